// What the drawing is drawn with: lines and words, and the parts that can be pressed.

import { componentOf, inFigures, inSymbols, partOf, summary } from "./parts.js";
import * as store from "./store.js";

/** @import { Dim, Sizes } from "./parts.js" */
/** @import { StageKind } from "./forward_timeline.js" */
/** @import { Numbers } from "./store.js" */
/** @typedef {[number, number][]} Points */
/**
 * What is drawn. `w` is the width of a dimension in pixels.
 * @typedef {{ n: Numbers, size: Sizes, quantities: Numbers, chosen: string, w: (n: number) => number }} Scene
 */

const SVG = "http://www.w3.org/2000/svg";
const ARROW = 40;
export const MATRIX = 50, NORM = 22; // heights

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} children
 */
export function node(tag, attributes = {}, ...children) {
  const found = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, String(value));
  found.append(...children);
  return found;
}

/**
 * @param {string} content
 * @param {number} x
 * @param {number} y
 */
export function words(content, x, y, kind = "", anchor = "middle") {
  const found = node("text", { x, y, class: kind, "text-anchor": anchor });
  found.textContent = content;
  return found;
}

/** @param {Points} points */
const through = (points) => points.map((p) => p.join(",")).join(" ");
/** @param {Points} points */
export const line = (points, kind = "wire") => node("polyline", { points: through(points), class: kind });
/** @param {Points} points */
export const arrow = (points) =>
  node("polyline", { points: through(points), class: "wire", "marker-end": "url(#tip)" });
/**
 * @param {number} a
 * @param {number} b
 */
export const product = (a, b) => `${store.count(a)} × ${store.count(b)}`;

/** A layer of the drawing, and what draws on it. @param {Scene} scene */
export function pen({ n, size, quantities, chosen, w }) {
  const layer = node("g");
  let stage = "";
  /** @param {Node[]} nodes */
  function add(...nodes) {
    for (const each of nodes) {
      if (stage && each instanceof SVGElement && each.classList.contains("wire")) each.dataset.stage = stage;
    }
    layer.append(...nodes);
  }

  /**
   * A part that can be pressed.
   * @param {string} id
   * @param {Node[]} inside
   */
  function press(id, ...inside) {
    const part = node("g", {
      role: "button", tabindex: 0, "data-part": id, "aria-pressed": String(id === chosen),
      "aria-label": summary(partOf(id), n, quantities), class: "part",
      ...componentOf(partOf(id), n),
    }, ...inside);
    layer.append(part);
    return part;
  }

  /**
   * A matrix as wide above as what comes in and below as what goes out; returns where it ends.
   * @param {string} id
   * @param {number} x
   * @param {number} y
   * @param {number} above
   * @param {number} below
   * @param {string | null} figures
   */
  function matrix(id, x, y, above, below, figures, height = MATRIX) {
    const [a, b] = [w(above) / 2, w(below) / 2];
    const { label = "", color: own = "lm_head" } = partOf(id);
    const color = id === "lm_head" && n.tied ? "token_embedding" : own;
    const ink = `fill:${store.page.inks[color]}`;
    const shape = node("path", {
      d: `M${x - a},${y} H${x + a} L${x + b},${y + height} H${x - b} Z`, class: "shape",
      style: `fill:${store.page.colors[color]}`,
    });
    const name = words(label, x, y + (figures ? height / 2 - 3 : height / 2 + 4), "name");
    name.style.cssText = ink;
    const dims = words(figures ?? "", x, y + height / 2 + 13, "dims");
    dims.style.cssText = ink;
    press(id, shape, name, dims);
    return y + height;
  }

  /**
   * @param {string} id
   * @param {number} x
   * @param {number} y
   */
  const plus = (id, x, y) => press(
    id, node("circle", { cx: x, cy: y, r: 12, class: "shape neutral" }),
    node("path", { d: `M${x - 6},${y} h12 M${x},${y - 6} v12`, class: "sign" }),
  );

  /**
   * An arrow down, with the shape of what flows beside it; returns where it ends.
   * @param {number} x
   * @param {number} y
   * @param {Dim[]} dims
   */
  function down(x, y, dims, length = ARROW) {
    const middle = y + length / 2;
    add(
      arrow([[x, y], [x, y + length]]), words(inSymbols(dims), x + 9, middle - 2, "symbols", "start"),
      words(inFigures(dims, size), x + 9, middle + 12, "figures", "start"),
    );
    return y + length;
  }

  /** From here on wires belong to this stage of a forward pass. @param {StageKind} kind */
  const during = (kind) => { stage = kind; };
  return { layer, add, during, press, matrix, plus, down };
}
