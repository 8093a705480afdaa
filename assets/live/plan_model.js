// The whole model in the drawing: embeddings, the stack of blocks, and the way out.

import { inFigures, inSymbols } from "./parts.js";
import { MATRIX, NORM, arrow, line, node, product, words } from "./pen.js";
import * as store from "./store.js";

/** @import { Scene, pen } from "./pen.js" */

/**
 * Draws it. `middle` is the middle of its column, `stack` the height of the blocks. Returns where it ends, where
 * the stack begins, how high the first block is, and where the stack's right edge is.
 * @param {ReturnType<typeof pen>} drawn
 * @param {Scene} scene
 * @param {{ middle: number, stack: number }} room
 */
export function drawModel(drawn, scene, { middle: x, stack }) {
  const { add, during, matrix, plus, down } = drawn;
  const { n, size, w } = scene;
  /** @type {(key: string, y: number) => void} */
  const stage = (key, y) => add(words(store.text(`drawing.stage.${key}`), 20, y, "stage", "start"));
  const tie = 10;
  const tokens = Math.max(tie + 16 + w(size.V) / 2, x - w(size.C) / 2 - 14);
  const positions = tokens + w(size.V) / 2 + 16 + w(size.C) / 2;
  const trunk = (tokens + positions) / 2;
  stage("embed", 12);
  during("embed");
  let y = 36;
  add(
    words(store.text("drawing.ids"), tokens - 6, y, "symbols", "end"),
    words(inSymbols(["B", "T"]), tokens + 9, y - 2, "symbols", "start"),
    words(inFigures(["B", "T"], size), tokens + 9, y + 12, "figures", "start"),
    words("(T)", positions + 9, y - 2, "symbols", "start"),
    words(store.count(size.T), positions + 9, y + 12, "figures", "start"),
    arrow([[tokens, y - 12], [tokens, y + 22]]), arrow([[positions, y - 12], [positions, y + 22]]),
  );
  const first = y + 22;
  matrix("wte", tokens, first, size.V, size.E, product(size.V, size.E));
  y = matrix("wpe", positions, first, size.C, size.E, product(size.C, size.E));
  const join = y + 30;
  add(
    arrow([[tokens, y], [tokens, join], [trunk - 14, join]]),
    arrow([[positions, y], [positions, join], [trunk + 14, join]]),
  );
  plus("embed_add", trunk, join);
  y = down(trunk, join + 12, ["B", "T", "E"]);
  stage("transform", y - 14);
  const top = y;
  drawStack(drawn, scene, { x: trunk, y, height: stack });
  during("ln_f");
  y = down(trunk, y + stack, ["B", "T", "E"]);
  stage("unembed", y - 4);
  y = matrix("ln_f", trunk, y, size.E, size.E, null, NORM);
  during("logits");
  y = down(trunk, y, ["B", "T", "E"]);
  const last = y;
  y = matrix("lm_head", trunk, y, size.E, size.V, product(size.E, size.V));
  if (n.tied) {
    const slope = (w(size.E) + w(size.V)) / 4, from = last + MATRIX / 2, to = first + MATRIX / 2;
    add(
      line([[trunk - slope, from], [tie, from], [tie, to], [tokens - slope, to]], "tie"),
      words(store.text("drawing.tied"), tie + 5, from + 40, "figures", "start"),
    );
  }
  y = down(trunk, y, ["B", "T", "V"]);
  add(words(store.text("drawing.logits"), trunk, y + 16, "symbols"));
  return { bottom: y + 26, top, first: stack / n.n_layer, edge: trunk + w(size.E) / 2 };
}

/**
 * n_layer slabs, each cut as its parameters are: attention, MLP.
 * @param {ReturnType<typeof pen>} drawn
 * @param {Scene} scene
 * @param {{ x: number, y: number, height: number }} room
 */
function drawStack({ press }, { n, size, quantities, w }, { x, y, height }) {
  const each = height / n.n_layer, thick = Math.min(40, Math.max(each * 0.6, each - 3));
  const whole = w(size.E), left = x - whole / 2;
  const attention = quantities["component.attention"], mlp = quantities["component.mlp"];
  const cut = (whole * attention) / (attention + mlp);
  const tops = Array.from({ length: n.n_layer }, (_, i) => y + i * each + (each - thick) / 2);
  /** @type {(from: number, wide: number) => string} */
  const all = (from, wide) => tops.map((top) => `M${from},${top} h${wide} v${thick} h${-wide} Z`).join("");
  const { colors } = store.page;
  press(
    "blocks", node("rect", { x: left - 3, y: y - 2, width: whole + 6, height: height + 4, rx: 3, class: "room" }),
    node("path", { d: all(left, cut), class: "slab", style: `fill:${colors.attention}` }),
    node("path", { d: all(left + cut, whole - cut), class: "slab", style: `fill:${colors.mlp}` }),
    words(store.text("drawing.blocks", { n: store.count(n.n_layer) }), left - 12, y + height / 2 + 4, "symbols", "end"),
    // Where a forward pass is that is played: forward.js says in which block.
    node("rect", {
      x: left - 6, y: tops[0] - 3, width: whole + 12, height: thick + 6, rx: 3, class: "passing",
      style: `--each: ${each}px`,
    }),
  );
}
