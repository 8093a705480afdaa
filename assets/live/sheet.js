// The sheets of gpt2core/counting/tables.py: built once, filled anew in each frame in which a slider has moved.

import { costs } from "./costs.js";
import { counters } from "./counters.js";
import { dataOf, find } from "./dom.js";
import { numbersOf } from "./formula.js";
import { devices, tensors } from "./inventory.js";
import { whileSeen } from "./seen.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { Exact } from "./formula.js" */

/** A sheet's own texts. @typedef {(key: string, fill?: Record<string, unknown>) => string} SheetText */
/** Fills a sheet for a shape. @typedef {(shape: Numbers, values: Exact, quantities: Numbers) => void} Filler */

/** @type {Record<string, (body: HTMLElement, text: SheetText, root: HTMLElement) => Filler>} */
const SHEETS = {
  counters: (body, text) => counters(body, store.page.sheets.sheets.counters, text),
  tensors: (body, text) => tensors(body, text),
  memory: (body, text, root) => costs(body, store.page.sheets.sheets.memory, text, root),
  flops: (body, text, root) => costs(body, store.page.sheets.sheets.flops, text, root),
  devices: (body, text) => devices(body, text),
};

/** @type {Part<null>} */
export function sheet(element) {
  const root = find(element, ".sheet");
  const name = dataOf(root, "sheet");
  const fill = SHEETS[name](find(root, ".body"), (key, more) => store.text(`sheet.${name}.${key}`, more), root);
  whileSeen(root, ({ numbers, quantities }) => {
    const shape = numbersOf(numbers);
    fill(shape, store.exactly(shape, store.page.sheets.polynomials), quantities);
  });
}
