# What the standard library's modules are told of cells and of the client, once user code imports them.


def know_all_cells(linecache):
    """`linecache` was just imported."""
    for name, source in cells.items():
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def find_classes_too(inspect):
    """`inspect` was just imported: a class of a cell has the file that its methods have."""
    getfile = inspect.getfile

    def getfile_of_cells(object):
        if isinstance(object, type) and object.__module__ == "__main__":
            for name, member in vars(object).items():
                code = getattr(getattr(member, "__func__", member), "__code__", None)
                if code is not None and code.co_filename in cells:
                    return code.co_filename
            for name in reversed(list(cells)):
                if "class " + object.__name__ in cells[name]:
                    return name
        return getfile(object)

    inspect.getfile = getfile_of_cells


def ask_quietly(getpass):
    """`getpass` was just imported: the client is the terminal."""
    fallback = getpass.getpass
    getpass.getpass = lambda prompt="Password: ", stream=None, **options: (
        ask_line(prompt) if sys.stdin is own["stdin"] else fallback(prompt, stream)
    )


AFTER_IMPORT = {"linecache": know_all_cells, "inspect": find_classes_too, "getpass": ask_quietly}


class AfterImport:
    """A finder that lets the real ones find, and calls what AFTER_IMPORT has once the module is there."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        adapt = AFTER_IMPORT.pop(name, None)
        if adapt is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is AfterImport else finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            adapt(module)

        try:
            spec.loader.exec_module = exec_module
        except AttributeError:  # a frozen or built-in module's loader is a class
            pass
        return spec
