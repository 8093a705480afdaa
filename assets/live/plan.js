// Where everything of the drawing stands. Units are pixels: it is laid out anew for each width, so that
// text keeps its size.

import { inFigures, inSymbols } from "./parts.js";
import { MATRIX, NORM, arrow, line, node, pen, product, words } from "./pen.js";
import * as store from "./store.js";

const NARROW = 600, LEAST = 56, MOST_PER_DOUBLING = 20; // widths: LEAST up to 32, then so much each doubling

/** The drawing of shape `n` at a width, with what is needed to press its parts. */
export function plan(width, n, size, quantities, chosen) {
  const narrow = width < NARROW;
  const leftWidth = narrow ? width : Math.round(width * 0.53);
  const doublings = (d) => Math.max(0, Math.log2(d) - 5);
  const step = Math.min(
    MOST_PER_DOUBLING,
    (leftWidth - 2 * LEAST - 56) / (doublings(size.V) + doublings(size.C)),
    ((narrow ? width : width - leftWidth) - LEAST - 96) / doublings(size["4E"]),
  );
  const w = (d) => LEAST + step * doublings(d);
  const svg = node("svg", { width, role: "group", "aria-labelledby": "drawing-title" });
  svg.append(node("defs", {}, node("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    node("path", { d: "M0,0 L8,4 L0,8 Z", class: "tip-of-arrow" }))));

  const scene = { n, size, quantities, chosen, w };
  const [forModel, forBlock] = [pen(scene), pen(scene)];

  // ---- one block, opened -------------------------------------------------------------------
  function block(left, right, top) {
    const { add, press, matrix, plus, down } = forBlock;
    const frame = node("rect", { x: left, y: top, width: right - left, rx: 12, class: "frame" });
    add(frame, words(store.text("drawing.one_block", { n: store.count(n.n_layer) }), left + 16, top + 25, "title", "start"));
    const stream = left + 30, x = Math.min(left + 62 + w(size["4E"]) / 2, right - 118);
    const rail = node("line", { x1: stream, x2: stream, class: "rail" });
    const along = words(store.text("drawing.stream"), stream - 11, top + 180, "figures");
    along.setAttribute("transform", `rotate(-90 ${stream - 11} ${top + 180})`);
    const group = press("stream", node("line", { x1: stream, x2: stream, y1: top + 40, class: "rail-room" }), rail, along);
    add(words("x", stream + 12, top + 50, "symbols", "start"));

    let y = top + 62;
    add(line([[stream, y], [x, y]]));
    y = matrix("ln_1", x, down(x, y, ["B", "T", "E"]), size.E, size.E, null, NORM);
    y = matrix("c_attn", x, down(x, y, ["B", "T", "E"]), size.E, size["3E"], product(size.E, size["3E"]));
    y = heads(x, down(x, y, ["B", "T", "3E"]));
    y = scores(x, down(x, y, ["B", "H", "T", "E/H"]));
    y = matrix("attn_proj", x, down(x, y, ["B", "T", "E"]), size.E, size.E, product(size.E, size.E));
    y += 26;
    add(arrow([[x, y - 26], [x, y], [stream + 14, y]]));
    plus("x_at", stream, y);
    add(words("x_at = x + …", stream + 18, y + 19, "symbols", "start"));

    y += 40;
    add(line([[stream, y], [x, y]]));
    y = matrix("ln_2", x, down(x, y, ["B", "T", "E"]), size.E, size.E, null, NORM);
    y = matrix("c_fc", x, down(x, y, ["B", "T", "E"]), size.E, size["4E"], product(size.E, size["4E"]));
    y = gelu(x, down(x, y, ["B", "T", "4E"]));
    y = matrix("mlp_proj", x, down(x, y, ["B", "T", "4E"]), size["4E"], size.E, product(size["4E"], size.E));
    y += 26;
    add(arrow([[x, y - 26], [x, y], [stream + 14, y]]));
    plus("x_ff", stream, y);
    add(words("x_ff = x_at + …", stream + 18, y + 19, "symbols", "start"));
    const bottom = y + 52;
    rail.setAttribute("y1", top + 40);
    rail.setAttribute("y2", bottom - 14);
    group.firstChild.setAttribute("y2", bottom - 14);
    add(arrow([[stream, bottom - 16], [stream, bottom - 4]]));
    frame.setAttribute("height", bottom + 4 - top);
    return bottom + 4;
  }

  function heads(x, y) {
    const height = 30, third = (w(size["3E"]) - 12) / 3, left = x - w(size["3E"]) / 2;
    const inside = [];
    for (const [i, letter] of ["Q", "K", "V"].entries()) {
      const from = left + i * (third + 6);
      inside.push(node("rect", { x: from, y, width: third, height, rx: 3, class: "shape", style: `fill:${store.page.colors.attention}` }));
      const cuts = third / size.H >= 2.5 ? size.H : 0; // finer cuts would be a grey smear
      for (let h = 1; h < cuts; h += 1) inside.push(node("path", { d: `M${from + (third * h) / cuts},${y} v${height}`, class: "cut" }));
      const name = words(letter, from + third / 2, y + 20, "name halo");
      name.style.cssText = `fill:${store.page.inks.attention};stroke:${store.page.colors.attention}`;
      inside.push(name);
    }
    const beside = x + w(size["3E"]) / 2 + 8;
    inside.push(words("H × E/H", beside, y + 12, "symbols", "start"), words(product(size.H, size["E/H"]), beside, y + 26, "figures", "start"));
    forBlock.press("heads", ...inside);
    return y + height;
  }

  function scores(x, y) {
    const side = 64, behind = Math.min(size.H, 4) - 1, left = x - side / 2;
    const inside = [];
    for (let i = behind; i >= 0; i -= 1) {
      const [a, b] = [left + 5 * i, y + 5 * (behind - i)];
      inside.push(node("rect", { x: a, y: b, width: side, height: side, class: i ? "scores" : "scores shape" }));
      inside.push(node("path", { d: `M${a},${b} L${a + side},${b + side} H${a} Z`, style: `fill:${store.page.colors.attention}` }));
    }
    const right = left + side + 5 * behind + 8, middle = y + side / 2;
    forBlock.press("scores", ...inside, words("attention", right, middle - 16, "name", "start"),
      words(inSymbols(["B", "H", "T", "T"]), right, middle + 2, "symbols", "start"),
      words(`${inFigures(["B", "H"], size)} ×`, right, middle + 17, "figures", "start"),
      words(inFigures(["T", "T"], size), right, middle + 31, "figures", "start"));
    return y + side + 5 * behind;
  }

  function gelu(x, y) {
    const height = 28, half = w(size["4E"]) / 2;
    const color = store.page.colors.mlp;
    const room = half > 50; // for its curve beside its name
    forBlock.press("gelu", node("rect", { x: x - half, y, width: 2 * half, height, rx: 4, class: "shape light", style: `--tint:${color}` }),
      words("GELU", room ? x - 12 : x, y + 19, "name"),
      node("path", { d: room ? `M${x + 12},${y + 20} q10,3 15,-1 t9,-12` : "", class: "curve" }));
    return y + height;
  }

  // ---- the whole model ---------------------------------------------------------------------
  function model(stack) {
    const { add, matrix, plus, down } = forModel;
    const stage = (key, y) => add(words(store.text(`drawing.stage.${key}`), 20, y, "stage", "start"));
    const x = leftWidth / 2 - (narrow ? 0 : 10), tie = 10;
    const tokens = Math.max(tie + 16 + w(size.V) / 2, x - w(size.C) / 2 - 14), positions = tokens + w(size.V) / 2 + 16 + w(size.C) / 2;
    const trunk = (tokens + positions) / 2;
    stage("embed", 12);
    let y = 36;
    add(words(store.text("drawing.ids"), tokens - 6, y, "symbols", "end"), words(inSymbols(["B", "T"]), tokens + 9, y - 2, "symbols", "start"),
      words(inFigures(["B", "T"], size), tokens + 9, y + 12, "figures", "start"));
    add(words("(T)", positions + 9, y - 2, "symbols", "start"), words(store.count(size.T), positions + 9, y + 12, "figures", "start"));
    add(arrow([[tokens, y - 12], [tokens, y + 22]]), arrow([[positions, y - 12], [positions, y + 22]]));
    const first = y + 22;
    matrix("wte", tokens, first, size.V, size.E, product(size.V, size.E));
    y = matrix("wpe", positions, first, size.C, size.E, product(size.C, size.E));
    const join = y + 30;
    add(arrow([[tokens, y], [tokens, join], [trunk - 14, join]]), arrow([[positions, y], [positions, join], [trunk + 14, join]]));
    plus("embed_add", trunk, join);
    y = down(trunk, join + 12, ["B", "T", "E"]);
    stage("transform", y - 14);
    const [slabs, slabTop] = [slab(trunk, y, stack), y];
    y = down(trunk, y + stack, ["B", "T", "E"]);
    stage("unembed", y - 4);
    y = matrix("ln_f", trunk, y, size.E, size.E, null, NORM);
    y = down(trunk, y, ["B", "T", "E"]);
    const last = y;
    y = matrix("lm_head", trunk, y, size.E, size.V, product(size.E, size.V));
    if (n.tied) {
      const from = trunk - (w(size.E) + w(size.V)) / 4, to = tokens - (w(size.E) + w(size.V)) / 4;
      add(line([[from, last + MATRIX / 2], [tie, last + MATRIX / 2], [tie, first + MATRIX / 2], [to, first + MATRIX / 2]], "tie"));
      const note = words(store.text("drawing.tied"), tie + 5, last + MATRIX / 2 + 40, "figures", "start");
      add(note);
    }
    y = down(trunk, y, ["B", "T", "V"]);
    add(words(store.text("drawing.logits"), trunk, y + 16, "symbols"));
    return { bottom: y + 26, slabTop, slabHeight: slabs, edge: trunk + w(size.E) / 2 };
  }

  /** n_layer slabs, each cut as its parameters are: attention, MLP. */
  function slab(x, y, height) {
    const each = height / n.n_layer, thick = Math.min(40, Math.max(each * 0.6, each - 3));
    const whole = w(size.E), left = x - whole / 2;
    const attention = quantities["component.attention"], mlp = quantities["component.mlp"];
    const cut = (whole * attention) / (attention + mlp);
    const all = (from, wide) => Array.from({ length: n.n_layer }, (_, i) => `M${from},${y + i * each + (each - thick) / 2} h${wide} v${thick} h${-wide} Z`).join("");
    forModel.press("blocks", node("rect", { x: left - 3, y: y - 2, width: whole + 6, height: height + 4, rx: 3, class: "room" }),
      node("path", { d: all(left, cut), class: "slab", style: `fill:${store.page.colors.attention}` }),
      node("path", { d: all(left + cut, whole - cut), class: "slab", style: `fill:${store.page.colors.mlp}` }),
      words(store.text("drawing.blocks", { n: store.count(n.n_layer) }), left - 8, y + height / 2 + 4, "symbols", "end"));
    return each;
  }

  let height;
  if (narrow) {
    const above = model(Math.min(200, 40 + 8 * n.n_layer));
    height = block(1, width - 1, above.bottom + 18);
  } else {
    const bottom = block(leftWidth + 14, width - 1, 1);
    const fixed = 430; // all of the model's column but the stack
    const { slabTop, slabHeight, edge, bottom: other } = model(Math.max(120, bottom - fixed - 20));
    const wedge = node("path", { d: `M${edge + 3},${slabTop} L${leftWidth + 14},13 V${bottom - 12} L${edge + 3},${slabTop + slabHeight} Z`, class: "wedge" });
    svg.append(wedge);
    height = Math.max(bottom, other);
  }
  svg.append(forModel.layer, forBlock.layer); // in the order in which a keyboard walks
  svg.setAttribute("height", Math.ceil(height + 2));
  return svg;
}
