// The parts of the drawing: which tensors each holds and the shape of what goes in and comes out.

import { figureShape, shortName, symbolicShape } from "./inventory.js";
import { make, path } from "./dom.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { Component, TensorRow } from "./types" */
/** @typedef {"B" | "T" | "E" | "3E" | "4E" | "H" | "E/H" | "V" | "C"} Dim what a letter on an arrow stands for */
/** @typedef {Record<Dim, number>} Sizes */
/**
 * A part of the drawing.
 * @typedef {object} DrawingPart
 * @property {string} id
 * @property {string} [holds] how the names of its tensors begin
 * @property {Dim[]} into the shape of what goes in
 * @property {Dim[]} out the shape of what comes out
 * @property {Component} [color]
 * @property {string} [label]
 */

/** @type {Dim[]} */
const STREAM = ["B", "T", "E"];
/** @type {Dim[]} */
const HEADS = ["B", "H", "T", "E/H"];
const BLOCK = "transformer.h.{i}.";

/** In the order of the forward pass. @type {DrawingPart[]} */
export const PARTS = [
  { id: "wte", holds: "transformer.wte.", into: ["B", "T"], out: STREAM, color: "token_embedding", label: "wte" },
  { id: "wpe", holds: "transformer.wpe.", into: ["T"], out: ["T", "E"], color: "position_embedding", label: "wpe" },
  { id: "embed_add", into: STREAM, out: STREAM },
  { id: "blocks", holds: BLOCK, into: STREAM, out: STREAM },
  { id: "stream", into: STREAM, out: STREAM },
  { id: "ln_1", holds: `${BLOCK}ln_1.`, into: STREAM, out: STREAM, color: "layer_norm", label: "ln_1" },
  {
    id: "c_attn", holds: `${BLOCK}attn.c_attn.`, into: STREAM, out: ["B", "T", "3E"], color: "attention",
    label: "c_attn",
  },
  { id: "heads", into: ["B", "T", "3E"], out: HEADS },
  { id: "scores", into: HEADS, out: ["B", "H", "T", "T"], color: "attention" },
  { id: "attn_proj", holds: `${BLOCK}attn.c_proj.`, into: STREAM, out: STREAM, color: "attention", label: "c_proj" },
  { id: "x_at", into: STREAM, out: STREAM },
  { id: "ln_2", holds: `${BLOCK}ln_2.`, into: STREAM, out: STREAM, color: "layer_norm", label: "ln_2" },
  { id: "c_fc", holds: `${BLOCK}mlp.c_fc.`, into: STREAM, out: ["B", "T", "4E"], color: "mlp", label: "c_fc" },
  { id: "gelu", into: ["B", "T", "4E"], out: ["B", "T", "4E"], color: "mlp", label: "GELU" },
  { id: "mlp_proj", holds: `${BLOCK}mlp.c_proj.`, into: ["B", "T", "4E"], out: STREAM, color: "mlp", label: "c_proj" },
  { id: "x_ff", into: STREAM, out: STREAM },
  { id: "ln_f", holds: "transformer.ln_f.", into: STREAM, out: STREAM, color: "layer_norm", label: "ln_f" },
  { id: "lm_head", holds: "lm_head.", into: STREAM, out: ["B", "T", "V"], color: "lm_head", label: "lm_head" },
];
/** @param {string} id */
export function partOf(id) {
  const part = PARTS.find((each) => each.id === id);
  if (!part) throw new Error(`the drawing has no part ${id}`);
  return part;
}

/**
 * What the letters on the arrows stand for.
 * @param {Numbers} n
 * @param {number} batch
 * @param {number} tokens
 * @returns {Sizes}
 */
export const sizes = (n, batch, tokens) => ({
  B: batch, T: tokens, E: n.n_embd, "3E": 3 * n.n_embd, "4E": 4 * n.n_embd, H: n.n_head, "E/H": n.n_embd / n.n_head,
  V: n.vocab_size, C: n.block_size,
});
/** @param {string[]} dims */
export const inSymbols = (dims) => `(${dims.join(", ")})`;
/**
 * @param {Dim[]} dims
 * @param {Sizes} size
 */
export const inFigures = (dims, size) => dims.map((dim) => store.count(size[dim])).join(" × ");

/**
 * The tensors that a part holds, those left out that a switch has turned off.
 * @param {DrawingPart} part
 * @param {Numbers} n
 */
const rowsOf = ({ holds }, n) =>
  store.page.sheets.table.filter(
    (row) => holds !== undefined && row.name.startsWith(holds) && (!row.factor || n[row.factor]),
  );
/**
 * @param {TensorRow[]} rows
 * @param {Numbers} quantities
 */
const sumOf = (rows, quantities) => rows.reduce((total, row) => total + quantities[`tensor.${row.name}`], 0);

/**
 * The component whose numbers a part holds, as highlight.js looks for it; a tied lm_head is wte.
 * @param {DrawingPart} part
 * @param {Numbers} n
 * @returns {Record<string, string>}
 */
export function componentOf({ id, color, holds }, n) {
  if (!color || !holds) return {};
  return { "data-component": id === "lm_head" && n.tied ? "token_embedding" : color };
}

/** @param {DrawingPart} part */
export const nameOf = (part) => store.text(`drawing.name.${part.id}`);

/**
 * One sentence: its name, and how many of the parameters it holds.
 * @param {DrawingPart} part
 * @param {Numbers} n
 * @param {Numbers} quantities
 */
export function summary(part, n, quantities) {
  const count = sumOf(rowsOf(part, n), quantities);
  if (!count) return nameOf(part);
  const share = store.percent(count / quantities.unique_total);
  return store.text("drawing.summary", { name: nameOf(part), n: store.count(count), share });
}

/**
 * Bytes of one block's scores.
 * @param {Sizes} size
 * @param {Numbers} n
 */
export const scoreBytes = (size, n) => n.dtype_bytes * size.B * n.n_head * size.T * size.T;

/**
 * What the panel beside the drawing says of a part.
 * @param {DrawingPart} part
 * @param {Numbers} n
 * @param {Sizes} size
 * @param {Numbers} quantities
 * @returns {HTMLElement[]}
 */
export function about(part, n, size, quantities) {
  const title = make("h3", nameOf(part));
  if (part.color) {
    const dot = make("i", "", "dot");
    const shared = part.id === "lm_head" && n.tied;
    dot.style.background = store.page.colors[shared ? "token_embedding" : part.color];
    title.prepend(dot);
  }
  /** @type {HTMLElement[]} */
  const found = [title, make("p", store.text(`drawing.about.${part.id}`))];
  const flow = make("p", "", "flow");
  for (const { key, dims } of [{ key: "shape_in", dims: part.into }, { key: "shape_out", dims: part.out }]) {
    const line = make("span", store.text(`drawing.${key}`, { shape: inSymbols(dims) }));
    line.append(make("small", inFigures(dims, size)));
    flow.append(line);
  }
  found.push(flow);
  if (part.id === "heads") {
    const fill = { n_head: n.n_head, head_dim: store.count(size["E/H"]), n_embd: store.count(n.n_embd) };
    found.push(make("p", store.text("drawing.head_size", fill)));
  }
  if (part.id === "scores") {
    const fill = { size: store.bytes(scoreBytes(size, n)), dtype: store.get("dtype") };
    found.push(make("p", store.text("drawing.memory_scores", fill)));
  }
  const rows = rowsOf(part, n);
  if (!rows.length) {
    const none = part.id === "lm_head" ? "sheet.tensors.off_untied" : "drawing.no_parameters";
    return [...found, make("p", store.text(none), "none")];
  }
  const list = make("dl");
  const one = sumOf(rows, quantities);
  for (const row of rows) {
    const count = quantities[`tensor.${row.name}`] / (row.per_block ? n.n_layer : 1);
    const name = make("dt");
    const shape = make("small", `${symbolicShape(row)} ${figureShape(row, n)}`);
    name.append(path(shortName(row.name).replace("h.{i}.", "")), shape);
    list.append(name, make("dd", store.count(count)));
  }
  const times = rows[0].per_block ? ` × ${store.count(n.n_layer)}` : "";
  const whole = make("p", "", "whole");
  const share = store.text("drawing.share", { share: store.percent(one / quantities.unique_total) });
  whole.append(make("b", store.count(one)), make("small", `${store.text("drawing.whole")}${times}, ${share}`));
  found.splice(1, 0, whole); // where it is seen without scrolling
  return [...found, list];
}
