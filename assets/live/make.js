// Small tools of the parts that are built here and not in Python.

import * as store from "./store.js";

/** An element with a text, never markup. */
export function make(tag, content = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  if (className) node.className = className;
  return node;
}

/** A tensor's name that may break after a dot. */
export function path(name) {
  const found = make("span");
  for (const step of name.split(/(?<=\.)/)) found.append(make("span", step), make("wbr"));
  return found;
}

/** Calls `draw` with the newest shape after each change, but only while `root` is on a tab that is open. */
export function whileSeen(root, draw) {
  let newest = null, drawn = null;
  const update = () => {
    if (!newest || newest === drawn || !root.offsetParent) return;
    drawn = newest;
    draw(newest);
  };
  store.subscribe((change) => {
    if (!change.quantities) return;
    newest = change;
    update();
  });
  new ResizeObserver(update).observe(root); // a tab that opens gives it a size
}
