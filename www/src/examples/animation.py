# update_display shows something new in place of what has the same display_id.
import math
import time


class Pendulum:
    def __init__(self, angle):
        self.x, self.y = 150 + 120 * math.sin(angle), 20 + 120 * math.cos(angle)

    def _repr_svg_(self):
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="170">'
            f'<line x1="150" y1="20" x2="{self.x:.1f}" y2="{self.y:.1f}" stroke="#667085" stroke-width="2"/>'
            f'<circle cx="{self.x:.1f}" cy="{self.y:.1f}" r="14" fill="#3757d6"/></svg>'
        )


display(Pendulum(1), display_id="pendulum")
for step in range(1, 100):
    time.sleep(0.03)
    angle = math.cos(step / 8) * math.exp(-step / 80)
    update_display(Pendulum(angle), display_id="pendulum")
print("At rest.")
