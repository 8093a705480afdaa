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
 * Calls `draw` with the newest shape after each change, but only while `root` is on a tab that is open, and in a drag
 * only while it is in the window: then the rest follows when the control is let go of, or scrolled to. No size is asked
 * for on the way: after another part has changed, the browser would have to lay out the whole page to tell.
 * @param {HTMLElement} root
 * @param {(change: Change) => void} draw
 */
export function whileSeen(root, draw) {
  /** @type {Change | null} */
  let newest = null;
  /** @type {Change | null} */
  let drawn = null;
  let open = false, inWindow = false;
  const update = () => {
    if (!newest || newest === drawn || !open) return;
    drawn = newest;
    draw(newest);
  };
  store.subscribe((change) => {
    newest = change;
    const dragged = change.field !== null && !change.settled;
    if (inWindow || !dragged) update();
  });
  onSeen(root, (seen) => {
    inWindow = seen;
    if (seen) update();
  });
  new ResizeObserver(([entry]) => { // a tab that opens gives it a size
    open = entry.contentRect.width > 0;
    update();
  }).observe(root);
}
