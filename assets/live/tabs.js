// Gradio's tabs: which one is open, and opening one, by the id it has in Python. A tab is found by its
// name, `page.<id>_tab` in the texts, since the buttons in Gradio's '…' menu carry nothing else.

import { page, text } from "./words.js";

const nameOf = (id) => text(`page.${id}_tab`);
export const TABS = page.tabs; // the ids of all

// The outermost tabs of the page, once Gradio has put them there.
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

const openOne = (element) => element.querySelector('[role="tab"][aria-selected="true"]')?.dataset.tabId;

/** Opens a tab, wherever its button is; false if the page has none of that name. */
export async function openTab(id) {
  if (!TABS.includes(id)) return false;
  const buttons = (await bar).querySelectorAll('[role="tab"], .overflow-dropdown button');
  const button = [...buttons].find((b) => (b.dataset.tabId ?? "") === id || b.textContent.trim() === nameOf(id));
  button?.click();
  return Boolean(button);
}

const listeners = new Set();
let open = null;

/** Calls `then` when the tab `id` opens for the first time, and the page has been laid out. */
export function onceOpen(id, then) {
  const listener = (now) => {
    if (now !== id) return;
    listeners.delete(listener);
    setTimeout(then, 300);
  };
  onTab(listener);
}

/** Calls `listener(id)` when another tab opens, and at once for the one that is open. */
export function onTab(listener) {
  listeners.add(listener);
  if (open) listener(open);
}

bar.then((element) => {
  const look = () => {
    const now = openOne(element);
    if (!now || now === open) return;
    open = now;
    for (const listener of listeners) listener(open);
  };
  new MutationObserver(look).observe(element, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
  look();
});
