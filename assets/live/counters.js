// The sheet of counters: one below the other, each with what it adds to the right number or leaves out.

import { make } from "./dom.js";
import { formula, legend, valueOf } from "./formula.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { CounterRow, CounterSheet } from "./types" */
/** @import { Filler, SheetText } from "./sheet.js" */

/** @param {bigint} n */
const signed = (n) => {
  if (n === 0n) return store.text("sheet.no_difference");
  return n > 0n ? `+ ${store.count(n)}` : `− ${store.count(-n)}`;
};

/**
 * @param {Numbers} shape
 * @param {string} name
 */
function isPreset(shape, name) {
  const preset = store.page.presets[name];
  return store.page.shape_fields.every((field) => Number(preset[field]) === shape[field]);
}

/**
 * @param {CounterRow} row
 * @param {SheetText} text
 */
function lineOf(row, text) {
  const line = make("li", "", row.name === "right" ? "correct" : "");
  const value = make("b"), difference = make("span", "", "difference");
  const shared = make("i", "", "shared"), extra = make("i", "", "extra");
  extra.style.setProperty("--cause", store.page.colors[row.cause]);
  const bar = make("div", "", "bar");
  bar.setAttribute("aria-hidden", "true");
  bar.append(shared, extra);
  const why = make("p", "", "why"), symbolic = make("code"), figures = make("code", "", "figures");
  const figure = make("div", "", "figure"), story = make("div", "", "story");
  figure.append(value, difference);
  story.append(make("h3", text(row.name)), make("p", text(`${row.name}_who`)), bar, why, symbolic, figures);
  line.append(figure, story);
  return { row, line, value, difference, shared, extra, why, symbolic, figures };
}

/**
 * @param {HTMLElement} body
 * @param {CounterSheet} spec
 * @param {SheetText} text
 * @returns {Filler}
 */
export function counters(body, spec, text) {
  const symbols = make("p", "", "legend");
  const list = make("ol", "", "counters");
  const lines = spec.rows.map((row) => lineOf(row, text));
  list.append(...lines.map(({ line }) => line));
  body.append(symbols, list);

  return (shape, values) => {
    symbols.textContent = legend(shape);
    const all = spec.rows.map((row) => (row.only ? 0 : Number(valueOf(row.cells[0], values))));
    const width = (/** @type {bigint} */ n) => `${(100 * Number(n)) / Math.max(...all)}%`;
    for (const { row, line, value, difference, shared, extra, why, symbolic, figures } of lines) {
      line.hidden = row.only !== undefined && !isPreset(shape, row.only);
      if (line.hidden) continue;
      const own = valueOf(row.cells[0], values), apart = valueOf(row.cells[1], values);
      const isRight = row.name === "right";
      value.textContent = store.count(own);
      difference.textContent = isRight ? text("right_one") : signed(apart);
      shared.style.width = width(apart > 0n ? own - apart : own);
      extra.style.width = width(apart > 0n ? apart : -apart);
      extra.classList.toggle("missing", apart < 0n);
      const reason = text(apart ? `${row.name}_why` : `${row.name}_same`);
      const off = formula(row.cells[1], shape), whole = formula(row.cells[0], shape);
      why.textContent = isRight || !apart || row.only ? reason : `${off.symbols} = ${off.figures}: ${reason}`;
      // What a paper says is a number without a formula.
      symbolic.textContent = row.only ? "" : whole.symbols;
      figures.textContent = row.only ? "" : whole.figures;
    }
  };
}
