// Parts that are drawn only while somebody can see them.

import * as store from "./store.js";

/** @import { Change } from "./store.js" */

/**
 * Calls `then` with the width of `element` in whole pixels, now and each time it has another size.
 * @param {Element} element
 * @param {(width: number) => void} then
 */
export const onWidth = (element, then) =>
  new ResizeObserver(([entry]) => then(Math.floor(entry.contentRect.width))).observe(element);

/**
 * Calls `then` with whether any of `element` is in the window, now and each time that changes.
 * @param {Element} element
 * @param {(seen: boolean) => void} then
 */
export const onSeen = (element, then) =>
  new IntersectionObserver((entries) => then(entries[entries.length - 1].isIntersecting)) // the newest comes last
    .observe(element);

/**
 * Calls `draw` with the newest shape after each change, but only while `root` is on a tab that is open.
 * @param {HTMLElement} root
 * @param {(change: Change) => void} draw
 */
export function whileSeen(root, draw) {
  /** @type {Change | null} */
  let newest = null;
  /** @type {Change | null} */
  let drawn = null;
  const update = () => {
    if (!newest || newest === drawn || !root.offsetParent) return;
    drawn = newest;
    draw(newest);
  };
  store.subscribe((change) => {
    newest = change;
    update();
  });
  new ResizeObserver(update).observe(root); // a tab that opens gives it a size
}
