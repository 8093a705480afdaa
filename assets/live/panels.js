// What a tab holds, and whether all of it is on the page: Gradio puts the parts of a tab there one by one, when it is
// first opened. The list of what is to come is Gradio's own.

/** @typedef {{ id: number, children?: Layout[] }} Layout */

/**
 * The ids of all components in a branch of the layout.
 * @param {Layout} branch
 * @returns {number[]}
 */
const within = ({ id, children = [] }) => [id, ...children.flatMap(within)];

/**
 * @param {Layout} branch
 * @param {number} id
 * @returns {Layout | undefined}
 */
function branchOf(branch, id) {
  if (branch.id === id) return branch;
  for (const child of branch.children ?? []) {
    const found = branchOf(child, id);
    if (found) return found;
  }
  return undefined;
}

/**
 * What is to come in the tab `name`: how many parts of live.js, and the elements that have an id.
 * @param {string} name
 */
function expected(name) {
  const { components, layout } = window.gradio_config;
  const tab = components.find(({ type, props }) => type === "tabitem" && props.id === name);
  const branch = tab && branchOf(layout, tab.id);
  if (!branch) throw new Error(`Gradio knows no tab ${name}`);
  const ids = new Set(within(branch));
  const inside = components.filter(({ id }) => ids.has(id));
  return {
    parts: inside.filter(({ props }) => props.js_on_load?.includes("/live.js")).length,
    ids: inside.flatMap(({ props }) => (props.elem_id ? [props.elem_id] : [])),
  };
}

/** Marks a part of the page as brought to life. @param {HTMLElement} element */
export function arrived(element) {
  element.dataset.live = "";
}

/** Whether the open panel is that of the tab `name`, and whole. @param {string} name */
export function isWhole(name) {
  const open = [...document.querySelectorAll(".house [role=tabpanel]")].find((panel) => panel.checkVisibility());
  if (!open || open.hasAttribute("data-awaits")) return false; // out_of_sight.js
  const { parts, ids } = expected(name);
  return open.querySelectorAll("[data-live]").length === parts && ids.every((id) => open.querySelector(`#${id}`));
}
