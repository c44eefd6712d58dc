"""matplotlib shows its figures; without IPython, and with a real one."""

import os
import subprocess

import pytest
from host import Worker
from shown import PNG, only, size


def test_matplotlib_shows_figures_once(either_worker):
    show = either_worker.show
    outcome = show("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('a')\nplt.show()\nprint('b')")
    result = only(outcome)
    width, height = size(result)
    assert result["metadata"] == {PNG: {"width": width / 2, "height": height / 2}}
    assert 800 < width < 1400 and 600 < height < 1100
    assert [what if type(what) is str else PNG for _, what in outcome.pieces] == ["a\n", PNG, "b\n"]
    assert show("1").results[0]["data"] == {"text/plain": "1"}
    # One that is left open is shown at the end; two are two.
    assert len(show("plt.plot([1]); plt.figure(); plt.plot([2]);").results) == 2
    assert show("plt.figure();").results == [], "nothing is on it"
    assert show("plt.show()").results == []


def test_a_figure_without_axes_is_shown_if_anything_is_on_it(library_worker):
    show = library_worker.show
    show("import matplotlib.pyplot as plt, numpy as np\nfrom matplotlib import lines, patches")
    for content in [
        "figimage(np.arange(100).reshape(10, 10))",
        "add_artist(patches.Circle((0.5, 0.5), 0.2))",
        "add_artist(lines.Line2D([0, 1], [0, 1]))",
        "legend(handles=[lines.Line2D([], [], label='a')])",
        "text(0.5, 0.5, 'x')",
        "subfigures(1, 2)[0].suptitle('x')",
        "subfigures(1, 2)[1].subfigures(2, 1)[0].text(0.5, 0.5, 'x')",
    ]:
        assert PNG in only(show("plt.figure().%s\nplt.show()" % content))["data"], content
    for empty in ["plt.figure()", "plt.figure().subfigures(1, 2)", "plt.figure(facecolor='red')"]:
        assert show(empty + ";\nplt.show()").results == [], empty


def test_a_figure_as_a_value_is_the_main_result_and_shown_once(library_worker):
    show = library_worker.show
    result = only(show("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nfig"))
    assert PNG in result["data"] and result["main"]
    # It is closed by now, but a value all the same.
    assert PNG in only(show("fig"))["data"]
    first, second = show("fig, ax = plt.subplots()\nax.plot([1])\ndisplay(fig)\nax.plot([5, 1]);").results
    assert first["data"] != second["data"]
    assert PNG in only(show("from matplotlib.figure import Figure\nf = Figure()\nf.subplots().plot([1])\nf"))["data"]


def test_a_figure_left_open_by_an_error_is_shown_in_its_own_run(library_worker):
    outcome = library_worker.show("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")
    assert outcome.error[0] == "ZeroDivisionError"
    assert len(outcome.results) == 1
    assert library_worker.show("None").results == []


def test_an_error_while_a_figure_is_drawn_is_the_error_of_the_run(library_worker):
    outcome = library_worker.show("import matplotlib.pyplot as plt\nplt.title('$\\\\nonsense$')\nplt.plot([1]);")
    assert outcome.error[0] == "ValueError" and "nonsense" in outcome.error[1]
    assert library_worker.show("None").success() == ""


def test_matplotlib_with_another_backend_is_shown_at_the_end(library_worker):
    code = "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"
    assert PNG in only(library_worker.show(code))["data"]
    assert library_worker.show("None").results == []


def test_an_animation_takes_its_own_place(library_worker):
    code = (
        "import matplotlib.pyplot as plt\nfor i in range(3):\n    plt.cla()\n    plt.plot([i, 1])\n    plt.pause(0.001)"
    )
    results = library_worker.show(code).results
    assert [result.get("update", False) for result in results] == [False, True, True]
    assert len({result["displayId"] for result in results}) == 1
    assert len({result["data"][PNG] for result in results}) == 3


ANIMATION = """
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from IPython.display import HTML
figure, axes = plt.subplots()
(line,) = axes.plot([0, 1])
page = HTML(FuncAnimation(figure, lambda i: line.set_ydata([0, i]) or (line,), frames=3).to_jshtml())
plt.close()
page"""


def test_an_animation_as_a_page_needs_no_network(either_worker):
    html = only(either_worker.show(ANIMATION))["data"]["text/html"]
    assert "<script" in html and html.count("data:image/png;base64,") == 3
    assert "<link" not in html and "https:" not in html and '.fa-pause::before{content:"▮▮"}' in html


FIGURES = {
    "plain": "plt.plot([1, 3, 2]); plt.title('A plot')",
    "at the edge": "plt.subplots(layout='constrained')[1].imshow([[1, 2], [3, 4]])",
    "beyond the edge": "plt.plot([1], label='a'); plt.legend(bbox_to_anchor=(1.3, 1))",
    "transparent": "plt.figure(facecolor='none'); plt.plot([1, 2])",
    "half transparent": "plt.figure(facecolor=(1, 0, 0, 0.5)); plt.plot([1, 2])",
    "full": "plt.figure().add_axes((0, 0, 1, 1)).imshow([[1, 2]], aspect='auto'); plt.axis('off')",
    "small": "plt.figure(figsize=(0.5, 0.5)); plt.plot([1])",
    "dark": "plt.style.use('dark_background'); plt.plot([1, 2])",
    "title for all": "figure, axes = plt.subplots(2, 2); figure.suptitle('All'); axes[0, 0].set_title('One'); figure.supxlabel('x')",
    "color bar": "plt.imshow([[1, 2], [3, 4]]); plt.colorbar(label='value'); plt.title('Colors')",
    "laid out": "[axes.set_ylabel('a label\\nof two lines') for axes in plt.subplots(2, 2, layout='tight')[1].flat]",
    "3D": "plt.figure().add_subplot(projection='3d').plot([1, 2], [2, 1], [1, 3]); plt.title('3D'); plt.xlabel('x')",
    "polar": "plt.polar([0, 1, 2], [1, 2, 3]); plt.title('Polar')",
    "axis on top": "plt.plot([1, 2]); plt.gca().xaxis.tick_top(); plt.title('above the labels')",
    "two scales": "plt.plot([1, 2]); plt.gca().twinx().plot([5e9, 5e9 + 1]); plt.ylabel('right'); plt.title('Twins')",
    "aligned": "figure, axes = plt.subplots(2); axes[0].plot([0, 1e6]); [a.set_ylabel('y') for a in axes]; figure.align_ylabels()",
    "inside another": "axes = plt.gca().inset_axes([0.8, 0.8, 0.19, 0.19]); axes.plot([1, 2]); axes.set_title('inside')",
    "without axes": "plt.plot([1, 2]); plt.axis('off'); plt.title('nothing around it')",
    "long labels": "plt.bar(['a long label %d' % i for i in range(6)], range(6)); plt.xticks(rotation=50)",
    "saved tight": "plt.rcParams['savefig.bbox'] = 'tight'; plt.plot([1, 2])",
    "without pyplot": "from matplotlib.figure import Figure; figure = Figure(); figure.subplots().plot([1, 2])",
    "for PDF": "plt.switch_backend('pdf'); plt.plot([1, 2])",
    "animated": "plt.plot([1, 2], lw=20, color='red', animated=True)",
    "blitted": "from matplotlib.animation import FuncAnimation; (line,) = plt.plot([1, 2], lw=20); a = FuncAnimation(plt.gcf(), lambda i: [line], frames=2, blit=True)",
    "no border": "plt.rcParams['savefig.pad_inches'] = 0; plt.plot([1, 2])",
    "a wide border": "plt.rcParams['savefig.pad_inches'] = 1; plt.plot([1, 2])",
    "without a frame": "plt.figure(frameon=False).add_axes((0, 0, 1, 1)).plot([1, 2]); plt.axis('off')",
    "framed": "plt.figure(edgecolor='red', linewidth=20); plt.plot([1, 2])",
    "with an image": "import numpy as np; plt.gcf().figimage(np.arange(10000).reshape(100, 100), resize=False); plt.gcf().text(0.5, 0.5, 'x')",
    "one step its own": "plt.plot([1, 2]); a = plt.gca().xaxis; a._update_ticks = type(a)._update_ticks.__get__(a)",
}
COMPARE = """
import base64, io
from PIL import Image, ImageChops, ImageStat
saved = io.BytesIO()
figure.savefig(saved, dpi=2 * figure.dpi, bbox_inches='tight', facecolor=figure.get_facecolor())
shown, saved = (Image.open(io.BytesIO(data)).convert('RGBA') for data in (base64.b64decode(picture), saved.getvalue()))
shown, saved = (Image.alpha_composite(Image.new('RGBA', one.size, 'blue'), one) for one in (shown, saved))
print(max(abs(a - b) for a, b in zip(shown.size, saved.size)), max(ImageStat.Stat(ImageChops.difference(shown, saved.resize(shown.size))).mean))"""


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_savefig_writes_it(library_worker, name):
    show = library_worker.show
    code = "import matplotlib.pyplot as plt\n%s\nfigure = globals().get('figure') or plt.gcf()\ndisplay(figure)\n"
    result, *_ = show(code % FIGURES[name] + "print(figure.dpi, type(figure.canvas).__module__)").results
    pixels, difference = show("picture = %r\n%s" % (result["data"][PNG], COMPARE)).success().split()
    assert int(pixels) <= 2 and float(difference) < 3, (pixels, difference)


def test_figures_that_are_shown_together_are_drawn_each_for_itself(library_worker):
    show = library_worker.show
    show("import matplotlib.pyplot as plt").success()
    sizes = ["(3, 2)", "(3, 2)", "(2, 3)", "(3, 2)"]
    makes = [
        "plt.figure(figsize=%s); plt.plot([%d, 1]); plt.title('%d')\n" % (size, i, i) for i, size in enumerate(sizes)
    ]
    alone = [only(show(make + "plt.show()"))["data"][PNG] for make in makes]
    assert len(set(alone)) == len(alone)
    assert [result["data"][PNG] for result in show("".join(makes) + "plt.show()").results] == alone
    # One that can't be drawn leaves nothing of it to the next.
    error = show("plt.figure(figsize=(3, 2)); plt.plot([1, 5]); plt.xlabel('$\\\\nonsense$'); plt.show()").error
    assert error[0] == "ValueError"
    assert only(show(makes[3] + "plt.show()"))["data"][PNG] == alone[3]
    threads = "from concurrent.futures import ThreadPoolExecutor\nfrom matplotlib.figure import Figure\nfigures = []\n"
    for i in range(4):
        threads += "f = Figure(figsize=(3, 2)); f.subplots().plot([%d, 1]); figures.append(f)\n" % i
    one_by_one = [result["data"][PNG] for result in show(threads + "for f in figures: display(f)").results]
    at_once = show("with ThreadPoolExecutor() as pool: list(pool.map(display, figures))").results
    assert sorted(result["data"][PNG] for result in at_once) == sorted(one_by_one)


def test_what_waits_for_a_drawing_gets_the_canvas_of_the_figure(library_worker):
    code = "import matplotlib.pyplot as plt\ncanvas = plt.figure().canvas\ncanvas.mpl_connect('draw_event', lambda event: seen.append(event.canvas.figure is canvas.figure))\nseen = []\nplt.plot([1])\nplt.show()\nprint(set(seen))"
    assert library_worker.show(code).success().endswith("{True}\n")


def test_a_step_of_the_users_own_stays(library_worker):
    code = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.xaxis._update_ticks = own = type(axes.xaxis)._update_ticks.__get__(axes.xaxis)\ndisplay(figure)\nprint(axes.xaxis._update_ticks is own)"
    assert library_worker.show(code).success() == "True\n"


def test_a_figure_that_was_shown_is_as_it_was(library_worker):
    show = library_worker.show
    make = "figure, axes = plt.subplots(); axes.plot([1, 2]); canvas = figure.canvas\n"
    state = (
        "\nprint([sorted(vars(one)) for one in (axes, axes.xaxis, axes.yaxis)], figure.dpi, figure.canvas is canvas)"
    )
    show("import io, matplotlib.pyplot as plt").success()
    saved = show(make + "figure.savefig(io.BytesIO())" + state).success()
    assert show(make + "display(figure)" + state).success() == saved
    # Titles and ticks still move.
    code = "axes.set_title('a'); axes.xaxis.tick_top(); axes.set_xlim(5, 6); display(figure); print(axes.title.get_position()[1] > 1, axes.xaxis.get_ticklabels()[0].get_text())"
    assert show(code).success() == "True 5.0\n"


def test_figures_can_be_svg(either_worker):
    show = either_worker.show
    module = "matplotlib_inline.backend_inline"
    show("from %s import set_matplotlib_formats\nimport matplotlib.pyplot as plt" % module).success()
    result = only(show("set_matplotlib_formats('svg')\nplt.plot([1])\nplt.show()"))
    assert result["data"]["image/svg+xml"].startswith("<svg") and PNG not in result["data"]
    assert "png, svg" in show("set_matplotlib_formats('bmp')").error[1]


FONTS = (
    "import json, matplotlib.font_manager as f; print(json.dumps(sorted(one.fname for one in f.fontManager.ttflist)))"
)
FIND = """
import json, matplotlib.font_manager as f
names = [f.FontProperties(family=[name]) for name in ('DejaVu Sans', 'sans-serif', 'serif', 'Liberation Sans', 'DejaVu Serif', 'No Such Font')]
names.append(f.FontProperties(weight='bold'))
print(json.dumps([f.findfont(name) for name in names]))"""


def test_a_first_plot_does_not_read_all_fonts_and_finds_the_same_ones_when_asked(libraries, tmp_path):
    python, _ = libraries
    plain = {**os.environ, "MPLCONFIGDIR": str(tmp_path / "plain")}
    wanted = [
        subprocess.run([python, "-c", code], env=plain, stdout=-1, check=True).stdout.decode() for code in (FONTS, FIND)
    ]
    worker = Worker(python, tmp_path)
    try:
        assert (
            PNG
            in only(worker.show("import matplotlib.pyplot as plt\nplt.title('$x^2$')\nplt.plot([1])\nplt.show()"))[
                "data"
            ]
        )
        cache = tmp_path / ".cache" / "matplotlib"
        assert not list(cache.glob("fontlist-*")), "nothing that is not complete is kept"
        kind = "import matplotlib.font_manager as f, os\nprint(type(f.fontManager).__name__, os.environ.get('MPL_IGNORE_SYSTEM_FONTS'))"
        assert worker.show(kind).success() == "LazyFontManager None\n"
        assert worker.show(FIND).success() == wanted[1]
        assert worker.show(FONTS).success() == wanted[0]
        assert worker.show(kind).success() == "FontManager None\n"
        assert list(cache.glob("fontlist-*"))
        # The next process has the list.
        assert (
            worker.show(
                "plt.rcParams['font.family'] = 'No Such Font'\nplt.plot([1])\nplt.savefig('x.pdf')\nplt.close()"
            ).error
            is None
        )
    finally:
        worker.close()
