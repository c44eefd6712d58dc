"""Questions about a live namespace: what is there, what may stand at the cursor, what a name means.

values.py     looks at values without running code of their classes
signatures.py how functions are called, and what their documentation says
text.py       what is at the cursor
modules.py    modules that can be imported
variables.py  the variables of a namespace
complete.py   what may stand at the cursor
describe.py   what stands at the cursor
questions.py  takes a question, gives the answer as JSON

An answer may be asked for in any thread, also while a cell runs. So nothing here runs code of the user's, imports a module, or takes more than a
few milliseconds: each loop has a limit, and a `Budget` ends what goes on for too long.
"""
