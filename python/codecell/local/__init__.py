"""The worker of codecell-server: one process, one context.

main.py       the start
worker.py     what a worker does: takes a directory, runs cells
channel.py    frames to the server
commands.py   commands from it
governor.py   a thread that watches a cell run
"""
