// What the drawing is drawn with: lines and words, and the parts that can be pressed.

import { inFigures, inSymbols, partOf, summary } from "./parts.js";
import * as store from "./store.js";

const SVG = "http://www.w3.org/2000/svg";
const ARROW = 40;
export const MATRIX = 50, NORM = 22; // heights

export function node(tag, attributes = {}, ...children) {
  const found = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

export function words(content, x, y, kind = "", anchor = "middle") {
  const found = node("text", { x, y, class: kind, "text-anchor": anchor });
  found.textContent = content;
  return found;
}

const through = (points) => points.map((p) => p.join(",")).join(" ");
export const line = (points, kind = "wire") => node("polyline", { points: through(points), class: kind });
export const arrow = (points) => node("polyline", { points: through(points), class: "wire", "marker-end": "url(#tip)" });
export const product = (a, b) => `${store.count(a)} × ${store.count(b)}`;

/** A layer of the drawing, and what draws on it. `w` is the width of a dimension in pixels. */
export function pen({ n, size, quantities, chosen, w }) {
  const layer = node("g");

  /** A part that can be pressed. */
  function press(id, ...inside) {
    const part = node("g", {
      role: "button", tabindex: 0, "data-part": id, "aria-pressed": String(id === chosen),
      "aria-label": summary(partOf(id), n, quantities), class: "part",
    }, ...inside);
    layer.append(part);
    return part;
  }

  /** A matrix as wide above as what comes in and below as what goes out; returns where it ends. */
  function matrix(id, x, y, above, below, figures, height = MATRIX) {
    const [a, b] = [w(above) / 2, w(below) / 2];
    const color = id === "lm_head" && n.tied ? "token_embedding" : partOf(id).color;
    const ink = `fill:${store.page.inks[color]}`;
    const shape = node("path", {
      d: `M${x - a},${y} H${x + a} L${x + b},${y + height} H${x - b} Z`, class: "shape", style: `fill:${store.page.colors[color]}`,
    });
    const name = words(partOf(id).label, x, y + (figures ? height / 2 - 3 : height / 2 + 4), "name");
    name.style.cssText = ink;
    const dims = words(figures ?? "", x, y + height / 2 + 13, "dims");
    dims.style.cssText = ink;
    press(id, shape, name, dims);
    return y + height;
  }

  const plus = (id, x, y) => press(id, node("circle", { cx: x, cy: y, r: 12, class: "shape neutral" }), node("path", { d: `M${x - 6},${y} h12 M${x},${y - 6} v12`, class: "sign" }));

  /** An arrow down, with the shape of what flows beside it; returns where it ends. */
  function down(x, y, dims, length = ARROW) {
    const middle = y + length / 2;
    layer.append(arrow([[x, y], [x, y + length]]), words(inSymbols(dims), x + 9, middle - 2, "symbols", "start"), words(inFigures(dims, size), x + 9, middle + 12, "figures", "start"));
    return y + length;
  }

  return { layer, add: (...nodes) => layer.append(...nodes), press, matrix, plus, down };
}
