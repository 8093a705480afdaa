// Gradio's tabs: which one is open, and opening one, by the id it has in Python. A tab is found by its
// name, `page.<id>_tab` in the texts, since the buttons in Gradio's '…' menu carry nothing else.

import { isWhole } from "./panels.js";
import { page, text } from "./words.js";

/** @param {string} id */
const nameOf = (id) => text(`page.${id}_tab`);
export const TABS = page.tabs; // the ids of all

/**
 * The outermost tabs of the page, once Gradio has put them there.
 * @type {Promise<Element>}
 */
const bar = new Promise((found) => {
  const look = () => {
    const element = document.querySelector(".house .tab-wrapper");
    if (!element?.querySelector('[role="tab"]')) return;
    watcher.disconnect();
    found(element);
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.documentElement, { childList: true, subtree: true });
  look();
});

/** @param {Element} element */
function openOne(element) {
  const selected = element.querySelector('[role="tab"][aria-selected="true"]');
  return selected instanceof HTMLElement ? selected.dataset.tabId : undefined;
}

/** Opens a tab, wherever its button is; false if the page has none of that name. @param {string} id */
export async function openTab(id) {
  if (!TABS.includes(id)) return false;
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = (await bar).querySelectorAll('[role="tab"], .overflow-dropdown button');
  const button = [...buttons].find((b) => (b.dataset.tabId ?? "") === id || b.textContent?.trim() === nameOf(id));
  button?.click();
  return button !== undefined;
}

/** @type {Set<(id: string) => void>} */
const listeners = new Set();
/** @type {string | null} */
let open = null;

/**
 * Calls `listener(id)` when another tab opens, and at once for the one that is open. Returns what ends that.
 * @param {(id: string) => void} listener
 */
export function onTab(listener) {
  listeners.add(listener);
  if (open) listener(open);
  return () => { listeners.delete(listener); };
}

/**
 * Resolves when the tab `id` is open and laid out, so that what stands in it can be found and scrolled to: to true, or
 * to false if another tab has been opened meanwhile.
 * @param {string} id
 * @returns {Promise<boolean>}
 */
export function laidOut(id) {
  return new Promise((done) => {
    let opened = false;
    /** @param {boolean} whole */
    const end = (whole) => {
      watcher.disconnect();
      leave();
      // What the parts draw when they have got a size is there after the next frame's layout.
      requestAnimationFrame(() => requestAnimationFrame(() => done(whole)));
    };
    const look = () => {
      if (opened && isWhole(id)) end(true);
    };
    const watcher = new MutationObserver(look);
    const attributeFilter = ["data-live", "data-awaits", "style"];
    watcher.observe(document.body, { childList: true, subtree: true, attributeFilter });
    const leave = onTab((now) => {
      if (now !== id && opened) return end(false);
      opened = now === id;
      queueMicrotask(look);
    });
  });
}

/**
 * Calls `then` when the tab `id` opens for the first time, and has been laid out.
 * @param {string} id
 * @param {() => void} then
 */
export const onceOpen = (id, then) => void laidOut(id).then((whole) => whole && then());

void bar.then((element) => {
  const look = () => {
    const now = openOne(element);
    if (!now || now === open) return;
    open = now;
    for (const listener of listeners) listener(open);
  };
  new MutationObserver(look).observe(element, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
  look();
});
