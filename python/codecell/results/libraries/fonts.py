"""matplotlib's fonts: a first plot does not wait until all fonts of the system have been read.

matplotlib reads them when it is imported, and keeps the list in the user's cache, which a fresh workspace does not have. There its own
fonts are enough until code asks for another one, or for the list.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..service import Results

IGNORE = "MPL_IGNORE_SYSTEM_FONTS"
GENERIC = ("serif", "sans-serif", "cursive", "fantasy", "monospace")


def import_quickly(results: "Results", execute, module):
    """Executes `matplotlib.font_manager`; where there is no list of fonts yet, with matplotlib's own fonts."""
    matplotlib = results.load("matplotlib")
    cache = matplotlib.get_cachedir()
    try:
        afm = results.load("matplotlib._afm")
    except ImportError:  # before matplotlib 3.6
        afm = None
    if afm is None or os.environ.get(IGNORE) or any(name.startswith("fontlist-v") for name in os.listdir(cache)):
        execute(module)
        return

    def skip(*_):
        raise NotImplementedError("fonts for PDF are read when they are wanted")

    parser = afm.AFM
    afm.AFM, os.environ[IGNORE] = skip, "1"
    try:
        execute(module)
    finally:
        afm.AFM = parser
        os.environ.pop(IGNORE, None)
    # A list that is not complete must not stay for others.
    written = os.path.join(cache, "fontlist-v%s.json" % module.FontManager.__version__)
    if os.path.exists(written):
        os.remove(written)
    complete_when_wanted(matplotlib, module)


def complete_when_wanted(matplotlib, module):
    """Has the one FontManager read the other fonts once they matter."""
    manager: Any = module.fontManager
    own = manager.ttflist
    names = {font.name.lower() for font in own}

    class LazyFontManager(module.FontManager):
        """A FontManager that knows matplotlib's own fonts, until others are asked for."""

        @property
        def ttflist(self):
            return own if is_searching[0] else complete().ttflist

        @property
        def afmlist(self):
            return complete().afmlist

        def findfont(self, prop, fontext="ttf", directory=None, *arguments, **options):
            if fontext != "ttf" or directory or not is_own(prop):
                complete()
            # Not `super()`: code may hold this method when the manager is complete.
            is_searching[0] = True
            try:
                return module.FontManager.findfont(self, prop, fontext, directory, *arguments, **options)
            finally:
                is_searching[0] = False

    is_searching = [False]

    def is_own(prop):
        """Whether the first family that is wanted is one of matplotlib's own."""
        families = module.FontProperties._from_any(prop).get_family()
        first = families[0] if families else "sans-serif"
        generic = matplotlib.rcParams.get("font." + first) if first in GENERIC else None
        return str(generic[0] if generic else first).lower() in names

    def complete():
        """The manager with all fonts: as matplotlib makes it, and keeps it for others."""
        if type(manager) is LazyFontManager:
            added = own[count:]  # by `addfont`
            whole = module._load_fontmanager()
            manager.__class__ = module.FontManager
            manager.__dict__.update(vars(whole))
            manager.ttflist.extend(added)
            module.FontManager._findfont_cached.cache_clear()
        return manager

    count = len(own)
    for name in ("ttflist", "afmlist"):
        vars(manager).pop(name, None)
    manager.__class__ = LazyFontManager
    module.findfont, module.get_font_names = manager.findfont, manager.get_font_names
