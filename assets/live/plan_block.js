// One block in the drawing, opened: the stream, and what attention and the MLP add to it.

import { inFigures, inSymbols } from "./parts.js";
import { NORM, arrow, line, node, product, words } from "./pen.js";
import * as store from "./store.js";

/** @import { Scene, pen } from "./pen.js" */
/** @typedef {ReturnType<typeof pen>} Pen */

/**
 * Draws it; returns where it ends.
 * @param {Pen} drawn
 * @param {Scene} scene
 * @param {{ left: number, right: number, top: number }} room
 */
export function drawBlock(drawn, scene, { left, right, top }) {
  const { add, during, press, matrix, plus, down } = drawn;
  const { n, size, w } = scene;
  const frame = node("rect", { x: left, y: top, width: right - left, rx: 12, class: "frame" });
  const title = store.text("drawing.one_block", { n: store.count(n.n_layer) });
  add(frame, words(title, left + 16, top + 25, "title", "start"));
  const stream = left + 30, x = Math.min(left + 62 + w(size["4E"]) / 2, right - 118);
  const rail = node("line", { x1: stream, x2: stream, y1: top + 40, class: "rail" });
  const railRoom = node("line", { x1: stream, x2: stream, y1: top + 40, class: "rail-room" });
  const along = words(store.text("drawing.stream"), stream - 11, top + 180, "figures");
  along.setAttribute("transform", `rotate(-90 ${stream - 11} ${top + 180})`);
  press("stream", railRoom, rail, along);
  add(words("x", stream + 12, top + 50, "symbols", "start"));

  let y = top + 62;
  during("attention");
  add(line([[stream, y], [x, y]]));
  y = matrix("ln_1", x, down(x, y, ["B", "T", "E"]), size.E, size.E, null, NORM);
  y = matrix("c_attn", x, down(x, y, ["B", "T", "E"]), size.E, size["3E"], product(size.E, size["3E"]));
  y = drawHeads(drawn, scene, x, down(x, y, ["B", "T", "3E"]));
  y = drawScores(drawn, scene, x, down(x, y, ["B", "H", "T", "E/H"]));
  y = matrix("attn_proj", x, down(x, y, ["B", "T", "E"]), size.E, size.E, product(size.E, size.E));
  y += 26;
  add(arrow([[x, y - 26], [x, y], [stream + 14, y]]));
  plus("x_at", stream, y);
  add(words("x_at = x + …", stream + 18, y + 19, "symbols", "start"));

  y += 40;
  during("mlp");
  add(line([[stream, y], [x, y]]));
  y = matrix("ln_2", x, down(x, y, ["B", "T", "E"]), size.E, size.E, null, NORM);
  y = matrix("c_fc", x, down(x, y, ["B", "T", "E"]), size.E, size["4E"], product(size.E, size["4E"]));
  y = drawGelu(drawn, scene, x, down(x, y, ["B", "T", "4E"]));
  y = matrix("mlp_proj", x, down(x, y, ["B", "T", "4E"]), size["4E"], size.E, product(size["4E"], size.E));
  y += 26;
  add(arrow([[x, y - 26], [x, y], [stream + 14, y]]));
  plus("x_ff", stream, y);
  add(words("x_ff = x_at + …", stream + 18, y + 19, "symbols", "start"));
  const bottom = y + 52;
  for (const each of [rail, railRoom]) each.setAttribute("y2", String(bottom - 14));
  add(arrow([[stream, bottom - 16], [stream, bottom - 4]]));
  frame.setAttribute("height", String(bottom + 4 - top));
  return bottom + 4;
}

/**
 * Q, K and V side by side, each cut into heads; returns where they end.
 * @param {Pen} drawn
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
function drawHeads({ press }, { size, w }, x, y) {
  const { colors, inks } = store.page;
  const height = 30, third = (w(size["3E"]) - 12) / 3, left = x - w(size["3E"]) / 2;
  const inside = [];
  for (const [i, letter] of ["Q", "K", "V"].entries()) {
    const from = left + i * (third + 6);
    const look = { height, rx: 3, class: "shape", style: `fill:${colors.attention}` };
    inside.push(node("rect", { x: from, y, width: third, ...look }));
    const cuts = third / size.H >= 2.5 ? size.H : 0; // finer cuts would be a grey smear
    for (let h = 1; h < cuts; h += 1) {
      inside.push(node("path", { d: `M${from + (third * h) / cuts},${y} v${height}`, class: "cut" }));
    }
    const name = words(letter, from + third / 2, y + 20, "name halo");
    name.style.cssText = `fill:${inks.attention};stroke:${colors.attention}`;
    inside.push(name);
  }
  const beside = x + w(size["3E"]) / 2 + 8;
  const figures = product(size.H, size["E/H"]);
  inside.push(
    words("H × E/H", beside, y + 12, "symbols", "start"), words(figures, beside, y + 26, "figures", "start"),
  );
  press("heads", ...inside);
  return y + height;
}

/**
 * A T x T matrix of scores for each head, the half that may not be looked at left empty; returns where they end.
 * @param {Pen} drawn
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
function drawScores({ press }, { size }, x, y) {
  const side = 64, behind = Math.min(size.H, 4) - 1, left = x - side / 2;
  const inside = [];
  for (let i = behind; i >= 0; i -= 1) {
    const [a, b] = [left + 5 * i, y + 5 * (behind - i)];
    const half = `M${a},${b} L${a + side},${b + side} H${a} Z`;
    inside.push(
      node("rect", { x: a, y: b, width: side, height: side, class: i ? "scores" : "scores shape" }),
      node("path", { d: half, style: `fill:${store.page.colors.attention}` }),
    );
  }
  const right = left + side + 5 * behind + 8, middle = y + side / 2;
  press(
    "scores", ...inside, words("attention", right, middle - 16, "name", "start"),
    words(inSymbols(["B", "H", "T", "T"]), right, middle + 2, "symbols", "start"),
    words(`${inFigures(["B", "H"], size)} ×`, right, middle + 17, "figures", "start"),
    words(inFigures(["T", "T"], size), right, middle + 31, "figures", "start"),
  );
  return y + side + 5 * behind;
}

/**
 * The MLP's activation, with its curve where there is room beside its name; returns where it ends.
 * @param {Pen} drawn
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
function drawGelu({ press }, { size, w }, x, y) {
  const height = 28, half = w(size["4E"]) / 2, room = half > 50;
  const style = `--tint:${store.page.colors.mlp}`;
  const curve = room ? `M${x + 12},${y + 20} q10,3 15,-1 t9,-12` : "";
  press(
    "gelu", node("rect", { x: x - half, y, width: 2 * half, height, rx: 4, class: "shape light", style }),
    words("GELU", room ? x - 12 : x, y + 19, "name"), node("path", { d: curve, class: "curve" }),
  );
  return y + height;
}
