// The shape that is pinned as A, counted.

import { readShape } from "./shapes.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */

let word = "", bytes = 0;
/** @type {{ a: Numbers, ofA: Numbers } | null} */
let found = null;

/**
 * A's fields and its quantities, in a number format of so many bytes; null while nothing is pinned. The same object as
 * long as neither changes.
 * @param {number} dtypeBytes
 */
export function pinnedShape(dtypeBytes) {
  const wanted = String(store.get("pin") ?? "");
  if (wanted !== word || dtypeBytes !== bytes) {
    const a = readShape(wanted);
    found = a && { a, ofA: store.evaluate({ ...a, dtype_bytes: dtypeBytes }) };
    [word, bytes] = [wanted, dtypeBytes];
  }
  return found;
}
