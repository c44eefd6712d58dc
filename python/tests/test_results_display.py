"""What code calls to show something: display(), update_display(), clear_output()."""

from shown import FORMS, only, plain


def test_display_shows_objects_in_order_and_none_of_them_is_the_main_result(worker):
    outcome = worker.show("display(1, 'two')\ndisplay({'text/x': 'raw', 'image/png': b'p'}, raw=True)\n3")
    outcome.success()
    assert outcome.results == [
        plain("1"),
        plain("'two'"),
        {"type": "result", "data": {"text/x": "raw", "image/png": "cA=="}, "metadata": {}},
        plain("3", main=True),
    ]


def test_display_takes_metadata_and_leaves_out_what_is_not_wanted(worker):
    result = only(
        worker.show(FORMS + "display(Forms(), include=['image/png', 'text/html'], metadata={'text/html': {'a': 1}})")
    )
    assert sorted(result["data"]) == ["image/png", "text/html"]
    assert result["metadata"] == {"image/png": {"width": 3}, "text/html": {"a": 1}}
    result = only(
        worker.show("display(Forms(), exclude=['image/png', 'image/jpeg', 'application/json', 'text/latex'])")
    )
    assert sorted(result["data"]) == ["image/svg+xml", "text/html", "text/markdown", "text/plain"]


def test_a_displayed_value_is_updated_by_its_id(worker):
    outcome = worker.show(
        "handle = display(1, display_id='mine')\nupdate_display(2, display_id='mine')\nhandle.update(3)"
    )
    outcome.success()
    assert outcome.results == [
        plain("1", displayId="mine"),
        plain("2", displayId="mine", update=True),
        plain("3", displayId="mine", update=True),
    ]
    # In a later run, too.
    assert only(worker.show("handle.update(4)")) == plain("4", displayId="mine", update=True)
    outcome = worker.show("one = display(display_id=True)\nother = display(display_id=True)\none.display(5)")
    ids = [result["displayId"] for result in outcome.results]
    assert ids[0] == ids[2] != ids[1] and len(ids[0]) == 32
    assert [result["data"] for result in outcome.results] == [{}, {}, {"text/plain": "5"}]


def test_wrong_calls_say_what_is_right(worker):
    assert "dictionaries of data by MIME type, not int" in worker.show("display(1, raw=True)").error[1]
    assert "needs a display_id" in worker.show("display(1, update=True)").error[1]
    assert worker.show("display(1, nonsense=1)").error[0] == "TypeError"
    trace = worker.show("def f():\n    display(1, raw=True)\nf()").error[2]
    assert trace.count("File ") == 2, trace


def test_clear_output_tells_the_client(worker):
    outcome = worker.show("print(1)\nclear_output(wait=True)\nprint(2)")
    assert outcome.success() == "1\n2\n"
    (result,) = outcome.results
    assert result["data"] == {"application/vnd.codecell.clear+json": {"wait": True}}
    assert worker.run("clear_output()").success() == "\r\x1b[K"


def test_what_a_method_of_the_value_shows_is_not_the_main_result(worker):
    code = """
class Shows:
    def _repr_html_(self):
        display(1)
        return '<b>'
    def __repr__(self): return 'shows'
Shows()"""
    outcome = worker.show(code)
    outcome.success()
    inner, value = outcome.results
    assert inner == plain("1")
    assert value["main"] and value["data"] == {"text/html": "<b>", "text/plain": "shows"}


def test_what_shows_itself_is_not_shown_twice(worker):
    code = """
class Own:
    def _ipython_display_(self): display({'text/plain': 'own'}, raw=True)
Own()"""
    assert only(worker.show(code)) == plain("own", main=True)
    code = """
class Fails:
    def _ipython_display_(self): raise NotImplementedError
    def __repr__(self): return 'fails'
Fails()"""
    assert only(worker.show(code)) == plain("fails", main=True)
