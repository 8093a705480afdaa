// Writes a sum of polynomials as people do, in symbols and in a shape's numbers. What is written is what
// store.evaluate computes.

import * as store from "./store.js";

/** Field -> symbol, in the order in which they stand in a product. */
export const SYMBOLS = {
  n_layer: "L", n_head: "H", vocab_size: "V", padding: "P", block_size: "T", n_embd: "E",
};
const ORDER = Object.keys(SYMBOLS);
const POWERS = ["", "", "²", "³", "⁴"];

/** The numbers a sheet's polynomials multiply: the shape's, and the rows that padding adds to wte. */
export function numbersOf(shape) {
  const over = shape.vocab_size % store.page.sheets.pad_to;
  return { ...shape, padding: over ? store.page.sheets.pad_to - over : 0 };
}

/** Like terms added up, what is switched off left out: a list of [coefficient, fields]. */
function collect(parts, shape) {
  const found = new Map();
  for (const [multiple, name] of parts) {
    for (const [coefficient, factors] of store.page.sheets.polynomials[name]) {
      const switches = factors.filter((factor) => !(factor in SYMBOLS));
      if (switches.some((factor) => !shape[factor])) continue;
      const fields = factors.filter((factor) => factor in SYMBOLS);
      fields.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
      const key = fields.join("·");
      found.set(key, [(found.get(key)?.[0] ?? 0) + multiple * coefficient, fields]);
    }
  }
  return [...found.values()].filter(([coefficient]) => coefficient);
}

function product(coefficient, fields, write) {
  const factors = ORDER.filter((field) => fields.includes(field)).map(
    (field) => write(field) + POWERS[fields.filter((other) => other === field).length],
  );
  const size = Math.abs(coefficient);
  return (size === 1 && factors.length ? factors : [store.count(size), ...factors]).join("·");
}

function sum(terms, write) {
  if (!terms.length) return "0";
  return terms.map(([coefficient, fields], i) => {
    const sign = coefficient < 0 ? "−" : i ? "+" : "";
    return `${sign}${sign ? " " : ""}${product(coefficient, fields, write)}`;
  }).join(" ");
}

/** [in symbols, in numbers] */
export function formula(parts, shape) {
  const [multiple] = parts[0];
  const common = multiple > 1 && parts.every(([other]) => other === multiple);
  const terms = collect(common ? parts.map(([, name]) => [1, name]) : parts, shape);
  return [(field) => SYMBOLS[field], (field) => store.count(shape[field])].map((write) => {
    const inner = sum(terms, write);
    if (!common) return inner;
    return `${store.count(multiple)} × ${terms.length > 1 ? `(${inner})` : inner}`;
  });
}

/** What the symbols stand for, with the shape's numbers. */
export function legend(shape) {
  return ORDER.filter((field) => field !== "padding")
    .map((field) => `${SYMBOLS[field]} = ${store.count(shape[field])} (${store.text(`sheet.symbol.${field}`)})`)
    .join(" · ");
}

/** The value of a cell. */
export const valueOf = (parts, values) => parts.reduce((total, [multiple, name]) => total + multiple * values[name], 0);
