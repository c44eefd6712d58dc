"""Real libraries show their pictures, tables and charts; without IPython, and with a real one."""

import re
import subprocess

import pytest
from shown import PNG, only, size


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
    for mode in ("1", "L", "LA", "La", "P", "PA", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"):
        assert size(only(show("Image.new(%r, (3, 2))" % mode))) == (3, 2), mode
    # Of 16 bits as they are.
    show("import base64, io; wide = Image.new('I', (1, 1), 1000)").success()
    picture = only(show("wide"))["data"][PNG]
    assert show("print(Image.open(io.BytesIO(base64.b64decode(%r))).getpixel((0, 0)))" % picture).success() == "1000\n"


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


def test_a_frame_of_a_page_in_a_file_shows_the_page(either_worker):
    show = either_worker.show
    show("from IPython.display import IFrame\nopen('page.html', 'w').write('<h1>page</h1>')").success()
    assert only(show("IFrame('page.html', 300, 200)"))["data"]["text/html"] == "<h1>page</h1>"
    show(
        "open('my page.html', 'wb').write('<h1>\\u00fc</h1>'.encode('utf-16')); open('old.htm', 'wb').write(b'\\xfc')"
    ).success()
    pages = {
        "page.html?x=1#part": "<h1>page</h1>",
        "my%20page.html": "<h1>ü</h1>",
        "my page.html": "<h1>ü</h1>",
        "old.htm": "ü",
    }
    for address, page in pages.items():
        assert only(show("IFrame(%r, 300, 200)" % address))["data"]["text/html"] == page
    show(
        "import os\nopen('doc.pdf', 'wb').write(b'%PDF-1.4 \\xff'); os.mkfifo('fifo.html'); os.mkdir('folder.html')"
    ).success()
    others = ("doc.pdf", "fifo.html", "folder.html", "http://[")
    for address in ("https://example.org/page.html", "no-such-page.html", "data:text/html,page", *others):
        assert 'src="%s"' % address in only(show("IFrame(%r, 300, 200)" % address))["data"]["text/html"]


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
