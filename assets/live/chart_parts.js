// Says of the parts that Plotly has drawn which component each shows: highlight.js marks them.

import * as store from "./store.js";

/** @import { Chart } from "./types" */

/**
 * @param {HTMLElement} plot where a chart of counts is drawn
 * @param {Chart} spec
 */
export function nameParts(plot, { figure: { data: [first] } }) {
  const { components } = store.page;
  if (first.type !== "treemap") { // bars come in the order of the components, and after them sums
    for (const [i, bar] of plot.querySelectorAll(".point").entries()) name(bar, components[i]);
    return;
  }
  const parents = new Map(first.ids.map((id, i) => [id, first.parents[i]]));
  for (const tile of plot.querySelectorAll(".slice")) {
    const id = tile.__data__?.data?.data?.id ?? "";
    name(tile, components.find((each) => each === id || each === parents.get(id)));
  }
}

/**
 * @param {Element} part
 * @param {string | undefined} component
 */
function name(part, component) {
  if (component && part.getAttribute("data-component") !== component) part.setAttribute("data-component", component);
}
