// Where everything of the drawing stands. Units are pixels: it is laid out anew for each width, so that
// text keeps its size.

import { drawBlock } from "./plan_block.js";
import { drawModel } from "./plan_model.js";
import { node, pen } from "./pen.js";

/** @import { Sizes } from "./parts.js" */
/** @import { Numbers } from "./store.js" */

const NARROW = 600, LEAST = 56, MOST_PER_DOUBLING = 20; // widths: LEAST up to 32, then so much each doubling
const BESIDE_THE_STACK = 430; // all of the model's column but its stack of blocks

/**
 * The drawing of shape `n` at a width, with what is needed to press its parts.
 * @param {number} width
 * @param {{ n: Numbers, size: Sizes, quantities: Numbers, chosen: string }} shown
 */
export function plan(width, shown) {
  const { n, size } = shown;
  const narrow = width < NARROW;
  const leftWidth = narrow ? width : Math.round(width * 0.53);
  /** @param {number} dimension */
  const doublings = (dimension) => Math.max(0, Math.log2(dimension) - 5);
  const step = Math.min(
    MOST_PER_DOUBLING,
    (leftWidth - 2 * LEAST - 56) / (doublings(size.V) + doublings(size.C)),
    ((narrow ? width : width - leftWidth) - LEAST - 96) / doublings(size["4E"]),
  );
  const svg = node("svg", { width, role: "group", "aria-labelledby": "drawing-title" });
  const tip = {
    id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 10.5, markerHeight: 10.5, orient: "auto",
    markerUnits: "userSpaceOnUse", // a wire that is marked is thicker, its tip is not
  };
  svg.append(node("defs", {},
    node("marker", tip, node("path", { d: "M0,0 L8,4 L0,8 Z", class: "tip-of-arrow" }))));

  const scene = { ...shown, w: (/** @type {number} */ dimension) => LEAST + step * doublings(dimension) };
  const [forModel, forBlock] = [pen(scene), pen(scene)];
  let height;
  if (narrow) {
    const { bottom } = drawModel(forModel, scene, { middle: leftWidth / 2, stack: Math.min(200, 40 + 8 * n.n_layer) });
    height = drawBlock(forBlock, scene, { left: 1, right: width - 1, top: bottom + 18 });
  } else {
    const left = leftWidth + 14;
    const bottom = drawBlock(forBlock, scene, { left, right: width - 1, top: 1 });
    const stack = Math.max(120, bottom - BESIDE_THE_STACK - 20);
    const model = drawModel(forModel, scene, { middle: leftWidth / 2 - 10, stack });
    const { edge, top, first } = model;
    const wedge = `M${edge + 3},${top} L${left},13 V${bottom - 12} L${edge + 3},${top + first} Z`;
    svg.append(node("path", { d: wedge, class: "wedge" }));
    height = Math.max(bottom, model.bottom);
  }
  svg.append(forModel.layer, forBlock.layer); // in the order in which a keyboard walks
  svg.setAttribute("height", String(Math.ceil(height + 2)));
  return svg;
}
