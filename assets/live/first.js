// The first seconds: the page takes the place of the picture that came before it (ui/server/prerender.py).

const PATIENCE = 4000; // milliseconds for which the picture of the chart waits for the chart
const awaited = new Set(["header", "presets", "control", "numbers", "navigation"]); // the first screen's

/** @type {() => void} */
let stand;
/**
 * Resolves when the first screen stands. Plotly waits for it: it keeps the browser busy for a second.
 * @type {Promise<void>}
 */
export const standing = new Promise((done) => { stand = done; });

/** @param {string} kind */
export function mounted(kind) {
  if (awaited.delete(kind) && !awaited.size) requestAnimationFrame(reveal);
}

function reveal() {
  document.documentElement.classList.add("stands");
  setTimeout(stand); // once it is painted
  const picture = document.getElementById("first-screen");
  if (!picture) return;
  const plot = document.querySelector("[data-chart=bar] .plot");
  if (!(plot instanceof HTMLElement) || !plot.checkVisibility()) return picture.remove();
  const { left, top, right, bottom } = plot.getBoundingClientRect();
  const corner = picture.getBoundingClientRect();
  const [x, y] = [left - corner.left, top - corner.top];
  const [end, below] = [x + right - left, y + bottom - top];
  const corners = [[x, y], [end, y], [end, below], [x, below]].map((point) => `${point[0]}px ${point[1]}px`);
  picture.style.clipPath = `polygon(${corners.join(", ")})`;
  const until = performance.now() + PATIENCE;
  const at = top + scrollY;
  const there = () => plot.checkVisibility() && Math.abs(plot.getBoundingClientRect().top + scrollY - at) < 1;
  (function look() {
    if (plot.dataset.drawn || !there() || performance.now() > until) picture.remove();
    else requestAnimationFrame(look);
  })();
}
