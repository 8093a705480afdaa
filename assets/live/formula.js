// Writes a sum of polynomials as people do, in symbols and in a shape's numbers. What is written is what
// store.exactly computes.

import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { Factor, Parts } from "./types" */

/** Each quantity to the last digit. @typedef {Record<string, bigint>} Exact */
/** @typedef {[coefficient: number, fields: Factor[]]} Term */

/** Field -> symbol, in the order in which they stand in a product. @type {Partial<Record<Factor, string>>} */
const LETTERS = { n_layer: "L", n_head: "H", vocab_size: "V", padding: "P", block_size: "T", n_embd: "E" };
export const SYMBOLS = /** @type {Readonly<Record<Factor, string>>} */ (LETTERS);
const ORDER = /** @type {Factor[]} */ (Object.keys(LETTERS));
const POWERS = ["", "", "²", "³", "⁴"];

/**
 * The numbers a sheet's polynomials multiply: the shape's, and the rows that padding adds to wte.
 * @param {Numbers} shape
 * @returns {Numbers}
 */
export function numbersOf(shape) {
  const over = shape.vocab_size % store.page.sheets.pad_to;
  return { ...shape, padding: over ? store.page.sheets.pad_to - over : 0 };
}

/**
 * Like terms added up, what is switched off left out.
 * @param {Parts} parts
 * @param {Numbers} shape
 * @returns {Term[]}
 */
function collect(parts, shape) {
  /** @type {Map<string, Term>} */
  const found = new Map();
  for (const [multiple, name] of parts) {
    for (const [coefficient, factors] of store.page.sheets.polynomials[name] ?? store.page.quantities[name]) {
      const switches = factors.filter((factor) => !ORDER.includes(factor));
      if (switches.some((factor) => !shape[factor])) continue;
      const fields = factors.filter((factor) => ORDER.includes(factor));
      fields.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
      const key = fields.join("·");
      found.set(key, [(found.get(key)?.[0] ?? 0) + multiple * coefficient, fields]);
    }
  }
  return [...found.values()].filter(([coefficient]) => coefficient);
}

/**
 * @param {Term} term
 * @param {(field: Factor) => string} write
 */
function product([coefficient, fields], write) {
  const factors = ORDER.filter((field) => fields.includes(field)).map(
    (field) => write(field) + POWERS[fields.filter((other) => other === field).length],
  );
  const size = Math.abs(coefficient);
  return (size === 1 && factors.length ? factors : [store.count(size), ...factors]).join("·");
}

/**
 * @param {Term[]} terms
 * @param {(field: Factor) => string} write
 */
function sum(terms, write) {
  if (!terms.length) return "0";
  return terms.map((term, i) => {
    const sign = term[0] < 0 ? "−" : i ? "+" : "";
    return `${sign}${sign ? " " : ""}${product(term, write)}`;
  }).join(" ");
}

/**
 * A cell's formula, in symbols and in the shape's numbers.
 * @param {Parts} parts
 * @param {Numbers} shape
 */
export function formula(parts, shape) {
  const [multiple] = parts[0];
  const common = multiple > 1 && parts.every(([other]) => other === multiple);
  const terms = collect(common ? parts.map(([, name]) => [1, name]) : parts, shape);
  /** @param {(field: Factor) => string} write */
  const written = (write) => {
    const inner = sum(terms, write);
    if (!common) return inner;
    return `${store.count(multiple)} × ${terms.length > 1 ? `(${inner})` : inner}`;
  };
  return { symbols: written((field) => SYMBOLS[field]), figures: written((field) => store.count(shape[field])) };
}

/**
 * What the symbols stand for, with the shape's numbers.
 * @param {Numbers} shape
 */
export function legend(shape) {
  return ORDER.filter((field) => field !== "padding")
    .map((field) => `${SYMBOLS[field]} = ${store.count(shape[field])} (${store.text(`sheet.symbol.${field}`)})`)
    .join(" · ");
}

/**
 * The value of a cell, to the last digit.
 * @param {Parts} parts
 * @param {Exact} values
 */
export const valueOf = (parts, values) =>
  parts.reduce((total, [multiple, name]) => total + BigInt(multiple) * values[name], 0n);
