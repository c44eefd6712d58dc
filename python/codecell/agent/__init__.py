"""What the client sends to a stock Daytona toolbox: it is installed in the worker of a context, and takes part in each run there.

start.py        the start: loads the rest
agent.py        one run after the other
channel.py      frames to the client, through the toolbox
descriptors.py  descriptors 0 to 2 while a run lasts
signals.py      the client's interrupt, and the toolbox's
mailbox.py      files by which the client reaches a run
watch.py        a process that reports the worker's death
"""
