# plt.show() puts a picture here, between the lines that are printed.
# Without matplotlib: any object with a method _repr_svg_ or _repr_png_ is one.
import math

xs = [i / 10 for i in range(101)]
ys = [math.sin(x) * math.exp(-x / 8) for x in xs]
print("A wave that fades:")

try:
    import matplotlib.pyplot as plt
except ModuleNotFoundError:

    class Curve:
        def _repr_svg_(self):
            points = " ".join(f"{x * 50:.1f},{120 - y * 100:.1f}" for x, y in zip(xs, ys))
            return (
                '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="240">'
                '<line y1="120" x2="500" y2="120" stroke="#aaa"/>'
                f'<polyline points="{points}" fill="none" stroke="#3757d6" stroke-width="2"/></svg>'
            )

    display(Curve())
else:
    plt.plot(xs, ys)
    plt.title("sin x, fading")
    plt.show()

print("The last value is", round(ys[-1], 4))
