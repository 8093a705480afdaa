// The tokens of a played forward pass as columns, and below each how long its vector is after every stage.

import { make, verbatim } from "./dom.js";
import { computed, textLength } from "./forward_timeline.js";
import { measured, nameOfRow } from "./forward_words.js";
import { node } from "./pen.js";
import * as store from "./store.js";

/** @import { Stage } from "./forward_timeline.js" */
/** @import { Component, ForwardResult } from "./types" */

const HIGHEST = 400; // pixels of all rows together, if they are not too many
const [THIN, THICK] = [3, 14]; // pixels of a row
const GROWS = 6; // pixels of a row from which a bar is seen to grow
const NAME = 13; // pixels that the name of a block needs
const [LEAST_STROKE, STROKE] = [1, 9]; // pixels of an arc without weight, and what all of it adds

/**
 * The component whose colour a row of `lengths` has.
 * @param {number} row
 * @param {number} rows
 * @returns {Component}
 */
const componentOf = (row, rows) =>
  row === 0 ? "token_embedding" : row === rows - 1 ? "layer_norm" : row % 2 ? "attention" : "mlp";

/**
 * @param {ForwardResult} data
 * @param {(token: number, block: number) => void} pressed a token, and the block (0: none) in whose row it was
 */
export function forwardGrid({ tokens, lengths, attention }, pressed) {
  const rows = lengths.length, columns = tokens.length;
  const height = Math.round(Math.min(THICK, Math.max(THIN, HIGHEST / rows)));
  const box = make("div", "", "columns");
  box.style.cssText = `--columns: ${columns}; --row: ${height}px`;

  const head = verbatim(make("div", "", "track chips"));
  head.append(make("span"));
  const chips = tokens.map((token, n) => {
    const chip = make("button", "", "chip");
    chip.type = "button";
    chip.title = token;
    const length = make("small");
    chip.append(make("span", token), length);
    chip.addEventListener("click", () => pressed(n, 0));
    head.append(chip);
    return { chip, length };
  });

  const air = make("div", "", "track arcs");
  const arcs = node("svg", { viewBox: `0 0 ${columns} 1`, preserveAspectRatio: "none", "aria-hidden": "true" });
  arcs.style.stroke = store.page.colors.attention;
  air.append(make("span"), arcs);

  // The longest vector in the stream fills its cell; ln_f has a scale of its own.
  const longest = Math.max(...lengths.slice(0, -1).flat()), normed = Math.max(...lengths[rows - 1]);
  const every = Math.ceil(NAME / (2 * height)); // of so many blocks one has its name
  const cells = lengths.map((values, row) => {
    const line = make("div", "", "track stage-row");
    line.dataset.row = String(row);
    line.style.setProperty("--tint", store.page.colors[componentOf(row, rows)]);
    const block = (row + 1) / 2, named = row % 2 && row < rows - 1 && (block - 1) % every === 0;
    line.append(make("span", named ? store.count(block) : ""));
    const filled = values.map((value) => {
      const cell = make("i");
      cell.style.setProperty("--share", String(value / ((row === rows - 1 ? normed : longest) || 1)));
      line.append(cell);
      return cell;
    });
    return { line, filled, on: 0 };
  });
  const stack = make("div", "", height < GROWS ? "stack thin" : "stack");
  stack.setAttribute("aria-hidden", "true"); // the table below has the same numbers
  stack.append(...cells.map(({ line }) => line));
  box.append(head, air, stack);

  /** @param {Event} event */
  function cellOf({ target }) {
    const cell = target instanceof HTMLElement && target.tagName === "I" ? target : null;
    const at = cells.findIndex(({ line }) => line === cell?.parentElement);
    return cell && at >= 0 ? { cell, row: at, token: cells[at].filled.indexOf(cell) } : null;
  }
  stack.addEventListener("pointerover", (event) => {
    const found = cellOf(event);
    if (!found) return;
    const { cell, row, token } = found;
    cell.title = `${tokens[token]} · ${nameOfRow(row, rows)}: ${measured(lengths[row][token])}`;
  });
  stack.addEventListener("click", (event) => {
    const found = cellOf(event);
    if (found) pressed(found.token, found.row < rows - 1 ? Math.ceil(found.row / 2) : 0);
  });

  /**
   * What the token `from` reads in a block, as arcs.
   * @param {number[]} weights
   */
  function drawArcs(weights) {
    const from = weights.length - 0.5;
    arcs.replaceChildren(...weights.map((weight, to) => {
      const x = to + 0.5, far = Math.min(1, 0.25 + (from - x) / 6);
      const d = x === from ? `M${x},1 V0.7` : `M${x},1 C${x},${1 - far} ${from},${1 - far} ${from},1`;
      const width = LEAST_STROKE + STROKE * weight;
      return node("path", {
        d, "stroke-width": width.toFixed(2), "stroke-opacity": (0.55 + 0.45 * weight).toFixed(2),
      });
    }));
  }

  return {
    node: box,
    /**
     * Brings the picture to a stage. `token` is the one whose attention is shown.
     * @param {Stage} stage
     * @param {number} token
     */
    show(stage, token) {
      for (const [row, each] of cells.entries()) {
        const on = computed(stage, row);
        const [from, to] = [Math.min(on, each.on), Math.max(on, each.on)];
        for (let n = from; n < to; n += 1) each.filled[n].classList.toggle("on", n < on);
        each.on = on;
        each.line.classList.toggle("now", row === stage.row && stage.kind !== "choose");
      }
      for (const [n, { chip, length }] of chips.entries()) {
        chip.classList.toggle("absent", n >= textLength(stage));
        chip.classList.toggle("going", n >= stage.before && n < stage.tokens);
        chip.disabled = n >= stage.tokens;
        length.textContent = n < stage.tokens ? measured(lengths[stage.row][n]) : "";
      }
      if (stage.kind === "attention") drawArcs(attention[stage.block - 1][token]);
      else arcs.replaceChildren();
    },
    /** Marks the token that is looked into. @param {number | null} token */
    mark(token) {
      for (const [n, { chip }] of chips.entries()) chip.setAttribute("aria-pressed", String(n === token));
    },
    /** @param {number} token */
    chipOf: (token) => chips[token].chip,
  };
}
