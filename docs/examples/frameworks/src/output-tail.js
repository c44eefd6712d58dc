const MAX_LINES = 2_000;
const MAX_CHARACTERS = 200_000;

/** The end of a program's output. `draw` gets it at most once per frame, however fast the program prints. */
export function outputTail(draw) {
  let text = "";
  let frame;

  const trim = () => (text = text.slice(-MAX_CHARACTERS).split("\n").slice(-MAX_LINES - 1).join("\n"));
  const drawNow = () => {
    frame = undefined;
    draw(trim());
  };

  return {
    print(piece) {
      text += piece;
      // A page in the background draws no frames, but its output goes on.
      if (text.length > 2 * MAX_CHARACTERS) trim();
      frame ??= requestAnimationFrame(drawNow);
    },
    clear() {
      text = "";
      frame ??= requestAnimationFrame(drawNow);
    },
  };
}
