"""Real libraries show their pictures, tables and charts; without IPython, and with a real one."""

import base64
import os
import re
import struct
import subprocess

import pytest
from host import Worker
from shown import only

PNG = "image/png"


def size(result):
    """Width and height of a PNG in pixels."""
    return struct.unpack_from(">II", base64.b64decode(result["data"][PNG]), 16)


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
    "saved tight": "plt.rcParams['savefig.bbox'] = 'tight'; plt.plot([1, 2])",
    "without pyplot": "from matplotlib.figure import Figure; figure = Figure(); figure.subplots().plot([1, 2])",
    "for PDF": "plt.switch_backend('pdf'); plt.plot([1, 2])",
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


def test_figures_can_be_svg(either_worker):
    show = either_worker.show
    module = "matplotlib_inline.backend_inline"
    show("from %s import set_matplotlib_formats\nimport matplotlib.pyplot as plt" % module).success()
    result = only(show("set_matplotlib_formats('svg')\nplt.plot([1])\nplt.show()"))
    assert result["data"]["image/svg+xml"].startswith("<svg") and PNG not in result["data"]
    assert "png, svg" in show("set_matplotlib_formats('bmp')").error[1]


def test_pandas_and_polars_show_tables_and_plots(library_worker):
    show = library_worker.show
    result = only(show("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\ndf"))
    assert "<table" in result["data"]["text/html"] and result["data"]["text/plain"] == "   a\n0  1\n1  2"
    axes, picture = show("df.plot()").results
    assert axes["main"] and PNG in picture["data"]
    assert "<table" in only(show("df.style"))["data"]["text/html"]
    assert "<table" in only(show("import polars as pl\npl.DataFrame({'a': [1]})"))["data"]["text/html"]


def test_plotly_gives_its_figure_as_json(either_worker):
    mime = "application/vnd.plotly.v1+json"
    code = "import numpy as np\nimport plotly.graph_objects as go\nfig = go.Figure(go.Bar(x=[1, 2], y=np.array([3.5, np.nan])))\n"
    shown = only(either_worker.show(code + "fig.show()"))
    assert shown["data"][mime]["data"][0]["type"] == "bar" and "main" not in shown
    assert set(shown["data"]) == {mime, "text/plain"}
    value = only(either_worker.show("fig"))
    assert value["data"] == shown["data"] and value["main"]


def test_altair_gives_its_specification(either_worker):
    code = "import altair as alt, pandas as pd\nchart = alt.Chart(pd.DataFrame({'a': [1]})).mark_bar().encode(x='a')\n"
    result = only(either_worker.show(code + "chart"))
    (mime,) = set(result["data"]) - {"text/plain"}
    assert mime.startswith("application/vnd.vegalite.v") and result["data"][mime]["mark"]["type"] == "bar"
    assert result["data"]["text/plain"] == "<altair chart>" and result["main"]
    assert mime in only(either_worker.show("chart.show()"))["data"]


BOKEH = "from bokeh.plotting import figure, show\np = figure(width=300, height=300)\np.line([1, 2], [3, 4])\n"


def bokeh_page(result):
    """The page of a plot, which asks nothing of the network."""
    html = result["data"]["text/html"]
    assert html.startswith("<!DOCTYPE html>") and not re.search(r"<(script|link)[^>]*(src|href)=", html)
    # BokehJS, without the parts that this plot does not need.
    assert 1_000_000 < len(html) < 2_000_000
    return html


def test_bokeh_shows_a_page_that_needs_no_network(either_worker):
    outcome = either_worker.show(BOKEH + "show(p)")
    bokeh_page(only(outcome))
    assert outcome.stdout == outcome.stderr == ""
    value = only(either_worker.show("p"))
    assert value["main"] and bokeh_page(value) and value["data"]["text/plain"] == "<bokeh figure>"
    layout = only(either_worker.show("from bokeh.layouts import row\nrow(p, figure())"))
    assert bokeh_page(layout)


@pytest.mark.parametrize(
    "choice", ["output_notebook()", "output_file('plot.html')", "reset_output(); output_file('plot.html')"]
)
def test_bokeh_shows_a_plot_once_whatever_output_was_chosen(either_worker, choice):
    code = "import os\nfrom bokeh.io import output_file, output_notebook, reset_output\n" + choice + "\n" + BOKEH
    outcome = either_worker.show(code + "show(p)\nprint(os.path.exists('plot.html'))")
    bokeh_page(only(outcome))
    assert outcome.stdout == "%s\n" % ("output_file" in choice) and outcome.stderr == ""


def test_bokeh_updates_a_plot_in_its_place(either_worker):
    code = BOKEH + (
        "from bokeh.io import push_notebook\nh = show(p, notebook_handle=True)\n"
        "p.title.text = 'A new title'\npush_notebook(handle=h)\npush_notebook()"
    )
    first, *updates = either_worker.show(code).results
    assert "A new title" not in first["data"]["text/html"] and not first.get("update")
    for update in updates:
        assert update["update"] and update["displayId"] == first["displayId"]
        assert "A new title" in bokeh_page(update)
    assert len(updates) == 2


def test_bokeh_says_what_can_not_be_shown(library_worker):
    code = "from bokeh.io import push_notebook, show\n"
    assert "server of their own" in library_worker.show(code + "show(lambda document: None)").error[1]
    assert "call show(plot, notebook_handle=True) first" in library_worker.show(code + "push_notebook()").error[1]


def test_pillow_shows_pictures(library_worker):
    show = library_worker.show
    result = only(show("from PIL import Image\nim = Image.new('RGB', (40, 30), 'red')\nim.show()"))
    assert size(result) == (40, 30) and result["metadata"] == {PNG: {"width": 40, "height": 30}}
    assert set(only(show("im"))["data"]) == {PNG, "text/plain"}
    for mode in ("1", "L", "LA", "P", "PA", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"):
        assert size(only(show("Image.new(%r, (3, 2))" % mode))) == (3, 2), mode


def test_sympy_and_rich_show_what_they_have(either_worker):
    show = either_worker.show
    result = only(show("import sympy\nx = sympy.symbols('x')\nsympy.Integral(x**2, x)"))
    assert result["data"]["text/latex"] == "$\\displaystyle \\int x^{2}\\, dx$"
    assert "<pre" in only(show("from rich.table import Table\nt = Table('a')\nt.add_row('b')\nt"))["data"]["text/html"]
    outcome = show("import rich\nrich.print('[bold]hi')")
    assert outcome.success() == "hi\n" and outcome.results == []


@pytest.mark.parametrize("module", ["tqdm", "tqdm.auto", "tqdm.notebook"])
def test_tqdm_shows_its_bar_as_text(either_worker, module):
    outcome = either_worker.show(
        "from %s import tqdm, trange\nfor i in tqdm(range(3)): pass\nfor i in trange(2): pass" % module
    )
    outcome.success()
    assert "100%" in outcome.stderr and "3/3" in outcome.stderr and outcome.results == []
    assert "rror" not in outcome.stderr and "arning" not in outcome.stderr.replace("TqdmWarning: IProgress", "")


OBJECTS = """
from IPython.display import *
from IPython import get_ipython
import IPython
display(HTML('<b>'), Markdown('*x*'), Latex('$y$'), Math('x^2'), SVG('<?xml version="1.0"?><svg/>'), JSON({'a': 1}), Javascript('1'))
open('p.png', 'wb').write(b'\\x89PNG')
display(Image('p.png', width=3), Image(data=b'\\x89PNG'), Code('x=1', language='python'))
display(Audio([0, 1, 0], rate=8000), IFrame('https://example.org', 3, 4), Image(url='https://example.org/x.png'))
handle = display(HTML('<i>'), display_id='h')
update_display(HTML('<u>'), display_id='h')
clear_output()
print(get_ipython(), IPython.version_info[0] > 7)
"""


def test_the_objects_of_ipython_display(either_worker):
    outcome = either_worker.show(OBJECTS)
    assert outcome.success() == "None True\n", outcome.stderr
    data = [result["data"] for result in outcome.results]
    for index, (mime, content) in enumerate(
        [
            ("text/html", "<b>"),
            ("text/markdown", "*x*"),
            ("text/latex", "$y$"),
            ("text/latex", "$\\displaystyle x^2$"),
            ("image/svg+xml", "<svg/>"),
            ("application/json", {"a": 1}),
            ("application/javascript", "1"),
            (PNG, "iVBORw=="),
            (PNG, "iVBORw=="),
        ]
    ):
        assert data[index][mime].strip() == content if type(content) is str else data[index][mime] == content
    assert outcome.results[7]["metadata"][PNG]["width"] == 3
    assert ">x" in data[9]["text/html"] or "x=1" in data[9]["text/plain"] or "highlight" in data[9]["text/html"]
    assert "<audio" in data[10]["text/html"] and "<iframe" in data[11]["text/html"] and "<img" in data[12]["text/html"]
    assert [result.get("update", False) for result in outcome.results[13:15]] == [False, True]
    assert "application/vnd.codecell.clear+json" in data[15]


def test_one_form_is_shown_by_its_own_function(either_worker):
    code = (
        "import pandas as pd\nfrom IPython.display import display_html, display_png\nframe = pd.DataFrame({'a': [1]})\n"
    )
    first, second, third = either_worker.show(
        code + "display_html(frame)\ndisplay_html('<i>', '<b>', raw=True)"
    ).results
    assert list(first["data"]) == ["text/html"] and "<table" in first["data"]["text/html"]
    assert [second["data"], third["data"]] == [{"text/html": "<i>"}, {"text/html": "<b>"}]
    result = only(either_worker.show("display_png(b'png', raw=True, metadata={'width': 3})"))
    assert result["data"] == {PNG: "cG5n"} and result["metadata"] == {PNG: {"width": 3}}


# Rare classes: others can show the same.
RARE = {"FileLinks", "GeoJSON", "ProgressBar", "ScribdDocument"}


def test_the_names_of_ipython_display_are_there(libraries, library_worker):
    names = "import IPython.display as d\nprint(*[name for name in dir(d) if not name.startswith('_')])"
    ours = set(library_worker.show(names).success().split())
    python, ipython = libraries
    real = subprocess.run([python, "-c", names], env={"PYTHONPATH": str(ipython)}, stdout=-1, check=True, text=True)
    assert set(real.stdout.split()) - ours == RARE


def test_pages_and_addresses_that_a_browser_would_open(library_worker):
    code = """
import webbrowser
open('page.html', 'w').write('<h1>page</h1>')
import os
webbrowser.open('page.html')
webbrowser.open('file://' + os.path.abspath('page.html'))
webbrowser.open_new_tab('https://example.org/?a=1&b="<')
webbrowser.open('javascript:alert(1)'), webbrowser.open('missing.html')"""
    outcome = library_worker.show(code)
    outcome.success()
    html = [result["data"].get("text/html") for result in outcome.results]
    assert html[:2] == ["<h1>page</h1>"] * 2
    assert 'href="https://example.org/?a=1&amp;b=&quot;&lt;"' in html[2]
    assert outcome.results[3]["data"]["text/plain"] == "(False, False)"


def test_without_results_nothing_is_adapted(library_worker):
    code = "import sys\nimport matplotlib, PIL.ImageShow, webbrowser\nprint(matplotlib.get_backend(), 'IPython' in sys.modules, webbrowser._browsers.get('codecell'), [f for f in sys.meta_path if 'StandIn' in type(f).__name__])"
    assert library_worker.run(code).success() == "agg False None []\n"


def test_what_was_imported_before_results_were_wanted_is_adapted(library_worker):
    library_worker.run("import matplotlib.pyplot as plt, PIL.Image, PIL.ImageShow, plotly.io").success()
    assert PNG in only(library_worker.show("plt.plot([1])\nplt.show()"))["data"]
    assert PNG in only(library_worker.show("PIL.Image.new('L', (2, 2)).show()"))["data"]


def test_a_module_of_the_users_own_is_left_alone(library_worker):
    library_worker.show("open('webbrowser.py', 'w').write('x = 1'); open('altair.py', 'w').write('y = 2')").success()
    assert library_worker.show("import webbrowser, altair\nprint(webbrowser.x, altair.y)").success() == "1 2\n"


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
