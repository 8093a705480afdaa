// A chart as a file: SVG for slides and print, PNG for everything else.

import { make } from "./dom.js";
import * as store from "./store.js";

const TITLE = 24; // its size in pixels
const SCALE = 2; // pixels of a PNG for each of the screen's, so that it is sharp on a projector

/** Adds the buttons; `drawn()` promises { Plotly, figure }, the chart as it now stands, on white. */
export function pictures(root, kind, drawn) {
  const row = make("p", "", "pictures");
  const title = root.querySelector("h2").textContent;
  for (const format of ["svg", "png"]) {
    const button = make("button", format.toUpperCase());
    button.type = "button";
    button.setAttribute("aria-label", store.text("export.picture", { title, format: format.toUpperCase() }));
    button.addEventListener("click", async () => {
      const { Plotly, figure } = await drawn();
      const [n_layer, n_head, n_embd] = ["n_layer", "n_head", "n_embd"].map(store.get);
      figure.layout.title = { text: title, font: { size: TITLE * 0.75 }, x: 0, xref: "paper", y: 1, yref: "container", pad: { t: 12 } };
      figure.layout.margin = { ...figure.layout.margin, t: (figure.layout.margin?.t ?? 0) + 2 * TITLE };
      figure.layout.height += 2 * TITLE;
      const { width, height } = figure.layout;
      const filename = `gpt2-${n_layer}x${n_head}x${n_embd}-${kind}`;
      Plotly.downloadImage(figure, { format, width, height, filename, scale: format === "png" ? SCALE : 1 });
    });
    row.append(button);
  }
  root.append(row);
}
