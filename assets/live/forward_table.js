// The lengths of a played forward pass as a table: a row for each stage, a column for each token.

import { make, find, verbatim } from "./dom.js";
import { measured, nameOfRow } from "./forward_words.js";

/** @import { ForwardResult } from "./types" */

/** @param {HTMLDetailsElement} details it is made when they are opened */
export function lengthsTable(details) {
  const table = find(details, "table");
  /** @type {ForwardResult | null} */
  let shown = null;
  function draw() {
    if (!details.open || !shown) return;
    const { lengths, tokens } = shown;
    const head = make("tr");
    head.append(make("th"), ...tokens.slice(0, lengths[0].length).map((token) => verbatim(make("th", token))));
    table.replaceChildren(head, ...lengths.map((values, row) => {
      const line = make("tr");
      line.append(make("th", nameOfRow(row, lengths.length)), ...values.map((value) => make("td", measured(value))));
      return line;
    }));
  }
  details.addEventListener("toggle", draw);
  return {
    /** @param {ForwardResult} data */
    show(data) {
      shown = data;
      draw();
    },
  };
}
