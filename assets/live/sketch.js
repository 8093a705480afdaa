// The model in one line beside the big number: embeddings, a slab for each block, and the way out. It grows
// with the sliders, and leads to the drawing.

import { node } from "./pen.js";
import { onWidth } from "./seen.js";
import * as store from "./store.js";
import { openTab } from "./tabs.js";

const HEIGHT = 84, TOP = 14, LEAST = 14; // pixels; TOP is the tie's room
const PER_DOUBLING = (HEIGHT - TOP - LEAST) / 9; // the width, from 32 to 16,384
const MATRIX = 34, POSITIONS = 9, GAP = 8, MOST = 26; // widths of wte and lm_head, of wpe, between parts, of a slab

/** @import { Change } from "./store.js" */
/** @import { Component } from "./types" */

/** Draws into `button`, which has room for it, after each change. @param {HTMLElement} button */
export function sketch(button) {
  const svg = node("svg", { "aria-hidden": "true", height: HEIGHT });
  button.append(svg);
  button.addEventListener("click", () => void openTab("drawing"));
  /** @type {Change | null} */
  let newest = null;
  let width = 0;

  function draw() {
    if (!newest || width < 120) return svg.replaceChildren();
    const { numbers: n, quantities: q } = newest;
    const { colors } = store.page;
    const middle = TOP + (HEIGHT - TOP) / 2;
    const tall = LEAST + PER_DOUBLING * Math.min(9, Math.max(0, Math.log2(n.n_embd) - 5));
    /** @type {(d: string, color: Component) => SVGElement} */
    const path = (d, color) => node("path", { d, fill: colors[color], "data-component": color });
    /** @type {(x: number, y: number, width: number, height: number) => string} */
    const box = (x, y, w, h) => `M${x},${y} h${w} v${h} h${-w} Z`;
    // A matrix between vocabulary and stream is as high as the one on one side, and as the other on the other.
    /** @type {(x: number, left: number, right: number, color: Component) => SVGElement} */
    const funnel = (x, left, right, color) => path(
      `M${x},${middle - left / 2} L${x + MATRIX},${middle - right / 2} V${middle + right / 2} `
      + `L${x},${middle + left / 2} Z`, color,
    );
    const most = HEIGHT - TOP, high = middle - tall / 2;
    const parts = [funnel(0, most, tall, "token_embedding")];
    let x = MATRIX + 2;
    parts.push(path(box(x, high, POSITIONS, tall), "position_embedding"));
    x += POSITIONS + GAP;
    const room = width - x - GAP - MATRIX;
    const each = Math.min(MOST, room / n.n_layer), thick = Math.max(each * 0.6, each - 3);
    const attention = tall * (q["component.attention"] / (q["component.attention"] + q["component.mlp"]));
    const slabs = Array.from({ length: n.n_layer }, (_, layer) => x + layer * each);
    parts.push(path(slabs.map((at) => box(at, high, thick, attention)).join(""), "attention"));
    parts.push(path(slabs.map((at) => box(at, high + attention, thick, tall - attention)).join(""), "mlp"));
    const heads = attention / n.n_head >= 2.5 ? n.n_head : 1; // finer cuts would be a grey smear
    const cuts = Array.from({ length: heads - 1 }, (_, i) => high + (attention * (i + 1)) / heads);
    const cutting = slabs.flatMap((at) => cuts.map((y) => `M${at},${y} h${thick}`)).join("");
    parts.push(node("path", { d: cutting, class: "cut" }));
    x += n.n_layer * each + GAP;
    parts.push(funnel(x, tall, most, n.tied ? "token_embedding" : "lm_head"));
    if (n.tied) {
      const tie = `M${MATRIX / 3},${TOP + 2} V5 H${x + (2 * MATRIX) / 3} V${TOP + 2}`;
      parts.push(node("path", { d: tie, class: "tie" }));
    }
    svg.setAttribute("width", String(Math.ceil(x + MATRIX + 1)));
    svg.replaceChildren(...parts);
  }

  store.subscribe((change) => {
    newest = change;
    draw();
  });
  if (button.parentElement) onWidth(button.parentElement, (now) => {
    width = now;
    draw();
  });
}
