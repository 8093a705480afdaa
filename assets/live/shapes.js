// A shape in one word, as the link's `pin` says it: 12-12-768-1024-50257-1-1, in the order of config.SHAPE_FIELDS.

import { page } from "./words.js";

/** A shape's fields as the numbers that the table's polynomials multiply. */
export function numbersOf(fields) {
  const tied = fields.tie_weights ? 1 : 0;
  const numbers = { untied: 1 - tied, tied };
  for (const field of page.shape_fields) numbers[field] = Number(fields[field]);
  return numbers;
}

export const wordOf = (numbers) => page.shape_fields.map((field) => numbers[field]).join("-");

/** The numbers of the shape that `word` says, or null if it says none that is allowed. */
export function readShape(word) {
  if (!/^([1-9]\d{0,6}-){5}[01]-[01]$/.test(word)) return null;
  const said = word.split("-").map(Number);
  const numbers = numbersOf(Object.fromEntries(page.shape_fields.map((field, i) => [field, said[i]])));
  const allowed = (field) => !(numbers[field] > page.limits[field]?.maximum);
  return page.shape_fields.every(allowed) && numbers.n_embd % numbers.n_head === 0 ? numbers : null;
}
