"""What the tests of rich results share."""

import base64
import struct

PNG = "image/png"
FORMS = """
class Forms:
    def _repr_html_(self): return '<b>html</b>'
    def _repr_svg_(self): return '<svg/>'
    def _repr_png_(self): return b'png', {'width': 3}
    def _repr_jpeg_(self): return b'jpeg'
    def _repr_markdown_(self): return '*md*'
    def _repr_latex_(self): return '$x$'
    def _repr_json_(self): return {'a': [1, float('nan'), None, 'ä\\ud800']}
    def __repr__(self): return 'plain'
"""


def only(outcome):
    """The one result of a run that went well."""
    outcome.success()
    (result,) = outcome.results
    return result


def size(result):
    """Width and height of a PNG in pixels."""
    return struct.unpack_from(">II", base64.b64decode(result["data"][PNG]), 16)


def plain(text, **more):
    """A result that is text."""
    return {"type": "result", "data": {"text/plain": text}, "metadata": {}, **more}
