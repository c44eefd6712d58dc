# Each line is on the page as soon as Python prints it.
import sys
import time

for second in range(5, 0, -1):
    print(f"T-{second}")
    time.sleep(0.5)

print("Lift-off", end="")
for _ in range(12):
    print(".", end="", flush=True)
    time.sleep(0.1)
print()
print("and this went to stderr", file=sys.stderr)
