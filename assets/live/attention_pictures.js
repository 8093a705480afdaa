// One head's attention as four pictures of the same numbers: scaled scores, mask, softmax, weighted sum.

import { attentionOf, largest } from "./attention_steps.js";
import { cell, find, findAll, make, verbatim } from "./dom.js";
import { measured } from "./forward_words.js";
import { node } from "./pen.js";
import * as store from "./store.js";

/** @import { HeadProducts } from "./types" */
/** @typedef {ReturnType<typeof attentionOf>} Row */
/** @typedef {"scaled" | "masked" | "softmax"} MatrixName */
/** @typedef {{ tokens: string[], head: HeadProducts, head_dim: number, token: number }} Shown `token` looks */

/** @type {readonly MatrixName[]} */
const MATRICES = ["scaled", "masked", "softmax"];
const FAINT = 0.06; // the least of a colour that is still seen as a cell
const [UP, DOWN, LEFT, RIGHT] = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

/**
 * @param {HTMLElement} root
 * @param {(token: number) => void} choose another token to look from
 */
export function attentionPictures(root, choose) {
  const steps = find(root, ".steps"), reading = find(root, ".reading"), table = find(root, ".row-table table");
  steps.style.setProperty("--tint", store.page.colors.attention);
  /** @param {string} name */
  const figure = (name) => find(root, `[data-step=${name}]`);
  /** @type {Shown | null} */
  let shown = null;
  /** @type {Row[]} */
  let rows = [];
  let column = 0;

  /** @param {MatrixName} name */
  function matrix(name) {
    const size = rows.length;
    const values = rows.map((row) => (name === "softmax" ? row.weights : row[name]));
    const finite = values.flatMap((row, i) => (name === "softmax" && !i ? [] : row)).filter(Number.isFinite);
    const most = Math.max(...finite.map(Math.abs)) || 1; // the first token can only look at itself: its 1 says nothing
    const svg = node("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" });
    for (const [i, row] of values.entries()) {
      for (const [j, value] of row.entries()) {
        const hidden = name !== "scaled" && j > i;
        const opacity = Math.min(1, FAINT + (1 - FAINT) * (Math.abs(value) / most));
        svg.append(node("rect", {
          x: j + 0.04, y: i + 0.04, width: 0.92, height: 0.92, "data-row": i, "data-column": j,
          class: hidden ? "hidden" : value < 0 ? "negative" : "positive", "fill-opacity": hidden ? 1 : opacity,
        }));
      }
    }
    svg.append(node("rect", { class: "looking", x: 0, width: size, height: 1 }));
    svg.append(node("rect", { class: "cursor", width: 1, height: 1 }));
    find(figure(name), ".picture").replaceChildren(svg);
  }

  /** @param {Shown} now */
  function mixture({ tokens, head, token }) {
    const { weights, mixed } = rows[token];
    const list = make("table");
    const first = make("tr");
    for (const name of ["", "a", ...mixed.map((_, n) => `v${n + 1}`)]) first.append(make("th", name));
    const most = Math.max(...head.values.flat().map(Math.abs)) || 1;
    /** @param {number[]} values */
    const tinted = (values) => values.map((value) => {
      const found = make("td", measured(value), value < 0 ? "negative" : "positive");
      found.style.setProperty("--share", `${(70 * Math.min(1, Math.abs(value) / most)).toFixed(0)}%`);
      return found;
    });
    const lines = weights.slice(0, token + 1).map((weight, j) => {
      const line = make("tr");
      line.dataset.column = String(j);
      line.append(make("th", tokens[j]), make("td", measured(weight)), ...tinted(head.values[j]));
      return line;
    });
    const sum = make("tr", "", "sum");
    sum.append(make("th", "z"), make("td", "Σ"), ...tinted(mixed));
    list.append(first, ...lines, sum);
    find(figure("mixed"), ".picture").replaceChildren(list);
  }

  function look() {
    if (!shown) return;
    const { tokens, token, head_dim } = shown, { products, scaled, weights } = rows[token];
    for (const name of MATRICES) {
      const svg = find(figure(name), "svg", SVGElement);
      find(svg, ".looking", SVGElement).setAttribute("y", String(token));
      const cursor = find(svg, ".cursor", SVGElement);
      cursor.setAttribute("x", String(column));
      cursor.setAttribute("y", String(token));
    }
    for (const line of findAll(figure("mixed"), "tr[data-column]", HTMLElement)) {
      line.classList.toggle("now", Number(line.dataset.column) === column);
    }
    reading.textContent = store.text(`forward.reading.${column > token ? "hidden" : "seen"}`, {
      from: tokens[token], to: tokens[column], product: measured(products[column]), head_dim: store.count(head_dim),
      scaled: measured(scaled[column]), weight: measured(weights[column]),
    });
  }

  function inWords() {
    if (!shown) return;
    const { tokens, token } = shown, { products, scaled, masked, weights } = rows[token];
    const head = make("tr");
    for (const name of ["token", "product", "scaled", "masked", "softmax"]) {
      head.append(make("th", store.text(`forward.column.${name}`)));
    }
    const lines = tokens.slice(0, rows.length).map((name, j) => {
      const line = make("tr");
      line.append(verbatim(make("th", name)));
      const hidden = masked[j] === -Infinity;
      for (const said of [products[j], scaled[j], masked[j], weights[j]].map((value, n) => (
        hidden && n === 2 ? "−∞" : measured(value)
      ))) line.append(cell("td", said));
      return line;
    });
    table.replaceChildren(head, ...lines);
  }

  /** @param {Event} event */
  function placeOf({ target }) {
    const found = target instanceof Element ? target.closest("[data-column]") : null;
    if (!(found instanceof SVGElement || found instanceof HTMLElement)) return null;
    const { row, column: at } = found.dataset;
    return { row: row === undefined ? null : Number(row), column: Number(at) };
  }
  // Not where it only comes to lie: what appears or scrolls under a resting pointer is "over", too.
  steps.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    if (!place || !shown || (place.row !== null && place.row !== shown.token) || place.column === column) return;
    column = place.column;
    look();
  });
  steps.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (!place) return;
    if (place.row !== null && place.row !== shown?.token) choose(place.row);
    column = place.column;
    look();
  });
  steps.addEventListener("keydown", (event) => {
    if (!shown || ![UP, DOWN, LEFT, RIGHT].includes(event.key)) return;
    event.preventDefault();
    const across = Number(event.key === RIGHT) - Number(event.key === LEFT);
    const along = Number(event.key === DOWN) - Number(event.key === UP);
    const to = Math.min(rows.length - 1, Math.max(0, column + across));
    const token = Math.min(rows.length - 1, Math.max(0, shown.token + along));
    if (token !== shown.token) choose(token);
    column = to;
    look();
  });

  return {
    /** @param {Shown} now */
    show(now) {
      if (now.head !== shown?.head) {
        rows = now.head.products.map((_, row) => attentionOf(now.head, now.head_dim, row));
        for (const name of MATRICES) matrix(name);
      }
      if (now.token !== shown?.token || now.head !== shown.head) column = largest(rows[now.token].weights);
      shown = now;
      const root_of = `√${store.count(now.head_dim)}`;
      find(figure("scaled"), "code").textContent = `s = q · k / ${root_of}`;
      find(figure("masked"), "code").textContent = "j > i: s = −∞";
      find(figure("softmax"), "code").textContent = "a = exp(s) / Σ exp(s)";
      find(figure("mixed"), "code").textContent = "z = Σ a · v";
      mixture(now);
      look();
      inWords();
    },
  };
}
