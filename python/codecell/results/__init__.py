"""Rich results: what code shows beside text. Loaded for the first run whose client wants results.

service.py     what a host has of it: the value of the last expression, and everything on its way to the client
formatting.py  an object as a MIME bundle: its `_repr_…_` methods
pretty.py      long containers in lines
encoding.py    a MIME bundle as JSON
hooks.py       which libraries are adapted; libraries/ has each
notebook.py    `%pip`, `!command`, `>>> `
standins.py    modules of ours that user code can import
functions.py   display(), update_display(), clear_output(), for user code
"""
