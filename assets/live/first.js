// The first seconds: the page takes the place of the picture that came before it (ui/server/prerender.py).

import { subscribe } from "./store.js";

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
  carryOut(window.pressedEarly ?? []);
  picture.style.pointerEvents = "none";
  const plot = document.querySelector("[data-chart=bar] .plot");
  if (!(plot instanceof HTMLElement) || !plot.checkVisibility()) return picture.remove();
  const { left, top, right, bottom } = plot.getBoundingClientRect();
  const corner = picture.getBoundingClientRect();
  const [x, y] = [left - corner.left, top - corner.top];
  const [end, below] = [x + right - left, y + bottom - top];
  const corners = [[x, y], [end, y], [end, below], [x, below]].map((point) => `${point[0]}px ${point[1]}px`);
  picture.style.clipPath = `polygon(${corners.join(", ")})`;
  const at = top + scrollY;
  const there = () => plot.checkVisibility() && Math.abs(plot.getBoundingClientRect().top + scrollY - at) < 1;
  let changed = false; // the chart of another shape is not to be seen
  const leave = subscribe(({ field, settled }) => { changed ||= field !== null || settled; });
  (function look() {
    if (plot.dataset.drawn || changed || !there()) {
      leave();
      picture.remove();
    } else requestAnimationFrame(look);
  })();
}

/**
 * Does what was pressed on the picture, in the page itself, as soon as all of it is there.
 * @param {EarlyPress[]} presses
 */
function carryOut(presses) {
  const meant = presses.map(({ selector }) => document.querySelector(selector));
  if (meant.some((element) => !element)) return void requestAnimationFrame(() => carryOut(presses));
  for (const [i, { value }] of presses.entries()) press(meant[i], value);
}

/**
 * @param {Element | null} meant
 * @param {string | null} value of a slider
 */
function press(meant, value) {
  if (!(meant instanceof HTMLElement)) return;
  if (value !== null && meant instanceof HTMLInputElement) {
    meant.value = value;
    for (const kind of ["input", "change"]) meant.dispatchEvent(new Event(kind, { bubbles: true }));
  } else meant.click();
}
