// A view is kept out of sight while what it begins with is on its way, so that nothing moves under the reader's eyes.

import { standing } from "./first.js";

const PATIENCE = 600; // milliseconds, from when the page stands

/** @type {WeakMap<Element, number>} how much each view waits for */
const awaited = new WeakMap();
/** @type {Set<Promise<void>>} */
const waiting = new Set();

/**
 * Keeps the view that `root` is in out of sight until `arrival`.
 * @param {HTMLElement} root
 * @param {Promise<void>} arrival
 */
export function outOfSight(root, arrival) {
  const view = root.closest("[role=tabpanel]");
  if (!view) return;
  const over = waitFor(view, arrival).finally(() => waiting.delete(over));
  waiting.add(over);
}

/**
 * @param {Element} view
 * @param {Promise<void>} arrival
 */
async function waitFor(view, arrival) {
  /** @param {number} by */
  const count = (by) => {
    const n = (awaited.get(view) ?? 0) + by;
    awaited.set(view, n);
    view.toggleAttribute("data-awaits", n > 0);
  };
  count(1);
  const impatience = standing.then(() => new Promise((done) => { setTimeout(done, PATIENCE); }));
  await Promise.race([arrival, impatience]);
  // Shown in the frame in which it was moved, a part would still be seen to jump.
  await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
  count(-1);
}

/** Resolves when all views can be seen: what keeps the browser busy for long is not to come before that. */
export async function allInSight() {
  while (waiting.size) await Promise.all(waiting);
}
