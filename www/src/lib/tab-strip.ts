/** Makes a row of tabs scroll by the wheel of a mouse, which moves up and down only. */
export function scrollsByWheel(strip: HTMLElement): () => void {
  const scroll = (event: WheelEvent): void => {
    if (event.deltaX !== 0 || strip.scrollWidth <= strip.clientWidth) return;
    strip.scrollLeft += event.deltaY;
    event.preventDefault();
  };
  strip.addEventListener("wheel", scroll, { passive: false });
  return () => strip.removeEventListener("wheel", scroll);
}

/** Keeps the tab in view, also as it grows or its row shrinks. */
export function inView(tab: HTMLElement): () => void {
  const sizes = new ResizeObserver(() => tab.scrollIntoView({ block: "nearest", inline: "nearest" }));
  sizes.observe(tab);
  if (tab.parentElement) sizes.observe(tab.parentElement);
  return () => sizes.disconnect();
}
