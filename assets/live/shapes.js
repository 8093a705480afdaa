// A shape in one word, as the link's `pin` says it: 12-12-768-1024-50257-1-1, in the order of config.SHAPE_FIELDS.

import { readPin, shapeNumbers } from "./link_grammar.js";
import { page } from "./words.js";

/**
 * A model's fields as the numbers that the table's polynomials multiply.
 * @param {Record<string, import("./link_grammar.js").Value>} fields
 * @returns {Record<string, number>}
 */
export const numbersOf = (fields) => ({
  ...shapeNumbers(fields, page.shape_fields), dtype_bytes: page.dtype_bytes[String(fields.dtype)],
});

/** @param {Record<string, number>} numbers */
export const wordOf = (numbers) => page.shape_fields.map((field) => numbers[field]).join("-");

/**
 * The numbers of the shape that `word` says, or null if it says none that is allowed.
 * @param {string} word
 */
export const readShape = (word) => readPin(word, page);
