# A context is a Python process of its own, with its own variables.
# Run this, make a second context with "+" above the output, and run it there:
# the counter starts again. Come back, and it goes on.
import os

try:
    counter += 1
except NameError:
    counter = 1

print(f"process {os.getpid()}, run number {counter}")
