// Numbers in the lesson's text that follow the sliders.

import { valueOf } from "./figures.js";
import * as store from "./store.js";

/** @import { Change, Numbers } from "./store.js" */

/**
 * A number that the text leaves to the sliders: a sum of counts, or its share of another, at a field's multiple.
 * @param {DOMStringMap} said
 * @param {Change} change
 */
export function counted({ of = "", over, at }, { numbers, quantities }) {
  if (at) {
    const [field, factor] = at.split("*");
    numbers = { ...numbers, [field]: numbers[field] * Number(factor) };
    quantities = store.evaluate(numbers);
  }
  /** @type {Numbers} */
  const known = { ...numbers, ...quantities, head_dim: numbers.n_embd / numbers.n_head };
  const value = valueOf(of.split(" "), known);
  if (over) return store.percent(value / known[over]);
  if (of.includes("bytes")) return store.bytes(value);
  return store.count(value);
}
