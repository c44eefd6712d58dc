"""The worker of codecell-server: one process, one context.

main.py         the start
worker.py       what a worker does: takes a directory, runs cells
channel.py      frames to the server
commands.py     commands from it
questions.py    what clients ask about the namespace, answered at any time
tasks.py        tasks between cells
environment.py  the environment variables of one run
ending.py       the end of an idle worker
"""
