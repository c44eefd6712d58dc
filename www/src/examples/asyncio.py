# "await" works at the top level. Three tasks, one second.
import asyncio
import time


async def fetch(name, seconds):
    await asyncio.sleep(seconds)
    print(f"{time.perf_counter() - start:.1f} s  {name}")
    return name


start = time.perf_counter()
names = await asyncio.gather(fetch("slow", 1.0), fetch("quick", 0.3), fetch("steady", 0.6))
print("all done:", names)
