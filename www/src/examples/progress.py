# A progress bar redraws its line with "\r", as tqdm, pip and rich do.
import time

WIDTH = 30
TOTAL = 60

for done in range(TOTAL + 1):
    filled = WIDTH * done // TOTAL
    bar = "█" * filled + "░" * (WIDTH - filled)
    print(f"\r\x1b[36m{bar}\x1b[0m {100 * done // TOTAL:3d}%", end="", flush=True)
    time.sleep(0.04)

print("\n\x1b[32mDone.\x1b[0m")
