# Welcome. This is real Python, in a sandbox of its own.
# Press Run, or Ctrl+Enter (Cmd+Enter on a Mac).
import platform
import time

print(f"Hello from Python {platform.python_version()}")

for step in range(1, 6):
    print(f"  {step} {'●' * step}")
    time.sleep(0.2)

answer = 6 * 7  # variables stay: run `print(answer)` next
