# An error's traceback leads back to the line that failed:
# click a frame in it, or the buttons below the output.
def average(numbers):
    return sum(numbers) / len(numbers)


def report(name, numbers):
    print(f"{name}: {average(numbers):.1f}")


report("Mondays", [3, 5, 8])
report("Tuesdays", [])
