// On paper: which shape it is and the link that opens it, on every page.

import { find } from "./dom.js";
import { linkOf, query } from "./link.js";
import "./paper.js"; // which hears of the paper first: charts are drawn anew in the light theme
import * as store from "./store.js";

/** A text as CSS writes it. @param {string} text */
const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", " ")}"`;

/**
 * Keeps what stands on paper only: a line on top of the page, and where the browser can, the margin of every page.
 * @param {HTMLElement} element of the header
 */
export function print(element) {
  const line = find(element, ".print-only");
  const margins = new CSSStyleSheet(), theme = document.body.classList;
  let dark = false;
  document.adoptedStyleSheets.push(margins);
  window.addEventListener("afterprint", () => theme.toggle("dark", dark));
  window.addEventListener("beforeprint", () => {
    dark = theme.contains("dark");
    theme.remove("dark"); // theme.js draws the charts in the other colours before the page is laid out
    const { n_layer, n_head, n_embd, block_size, vocab_size } = store.shape();
    const shape = store.text("page.on_paper", {
      n_layer, n_head: store.count(n_head), n_embd: store.count(n_embd), block_size: store.count(block_size),
      vocab_size: store.count(vocab_size), total: store.count(store.evaluate(store.shape()).unique_total),
      tied: store.text(store.get("tie_weights") ? "lab.tied" : "lab.untied"), dtype: String(store.get("dtype")),
    });
    const link = linkOf(query());
    line.textContent = `${shape} ${link}`;
    const look = "font: 7.5pt system-ui, sans-serif; color: #444;";
    margins.replaceSync(`@page { margin: 13mm 12mm 16mm;
      @bottom-left { content: ${quoted(`${shape} ${link.slice(0, 300)}`)}; ${look} width: 88%; }
      @bottom-right { content: counter(page); ${look} } }`);
  });
}
