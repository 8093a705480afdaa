// What could come next, most likely first, and which of it was chosen.

import { find, make, verbatim } from "./dom.js";
import * as store from "./store.js";

/** @import { NextToken } from "./types" */

/** @param {HTMLElement} root */
export function nextTokens(root) {
  const list = find(root, "ol");
  /** @type {NextToken | null} */
  let shown = null;
  return {
    /**
     * @param {NextToken} next
     * @param {{ known: boolean, decided: boolean }} so what of it is known at this stage
     */
    show(next, { known, decided }) {
      root.classList.toggle("unknown", !known);
      root.classList.toggle("decided", decided);
      if (next === shown) return;
      shown = next;
      const { candidates, chosen } = next;
      const most = Math.max(...candidates.map(({ probability }) => probability)) || 1;
      list.replaceChildren(...candidates.map(({ token, probability }, n) => {
        const item = make("li", "", n === chosen ? "chosen" : ""), bar = make("i");
        bar.style.width = `${(100 * probability) / most}%`;
        item.append(verbatim(make("b", token)), make("span", store.share(probability)), bar);
        return item;
      }));
    },
    chosen: () => find(list, ".chosen"),
  };
}
