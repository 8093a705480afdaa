// On paper: which shape it is and the link that opens it, on every page.

import { find } from "./dom.js";
import { imprint } from "./imprint.js";
import "./paper.js"; // which hears of the paper first: charts are drawn anew in the light theme

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
    const { said, link } = imprint();
    line.textContent = `${said} ${link}`;
    const look = "font: 7.5pt system-ui, sans-serif; color: #444;";
    margins.replaceSync(`@page { margin: 13mm 12mm 16mm;
      @bottom-left { content: ${quoted(`${said} ${link.slice(0, 300)}`)}; ${look} width: 88%; }
      @bottom-right { content: counter(page); ${look} } }`);
  });
}
