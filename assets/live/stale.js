// What an earlier model said is not what the controls say now.

import { make } from "./dom.js";
import * as store from "./store.js";

/** @import { Value } from "./store.js" */

/**
 * A line for `root` that says so, while `root` fades, once one of `fields` is not what `run` was asked with.
 * @param {HTMLElement} root
 * @param {{ asked: Record<string, Value> | null }} run
 * @param {string[]} fields
 */
export function staleness(root, run, fields) {
  const line = make("p", "", "outdated");
  const look = () => {
    const { asked } = run;
    const moved = line.isConnected && asked !== null && fields.some((field) => asked[field] !== store.get(field));
    const text = moved ? store.text("generate.outdated") : "";
    if (line.textContent !== text) line.textContent = text;
    root.classList.toggle("stale", moved);
  };
  store.subscribe(look);
  return { line, look };
}
