// A chart as a file: SVG for slides and print, PNG for everything else.

import { make } from "./dom.js";
import * as store from "./store.js";

const TITLE = 24; // room for it, in pixels
const SCALE = 2; // pixels of a PNG for each of the screen's, so that it is sharp on a projector
const FORMATS = { svg: 1, png: SCALE };

/** The buttons. The file is named after `shape`, or what stands in the sliders, and `name`; `picture()`
 * promises { Plotly, figure }, the chart as it now stands. */
export function pictures({ name, title, shape = null }, picture) {
  const row = make("p", "", "pictures");
  for (const [format, scale] of Object.entries(FORMATS)) {
    const button = make("button", format.toUpperCase());
    button.type = "button";
    button.setAttribute("aria-label", store.text("export.picture", { title, format: format.toUpperCase() }));
    button.addEventListener("click", async () => {
      const { Plotly, figure: { data, layout } } = await picture();
      const { width, height } = layout;
      const size = store.page.size_fields.map((field) => shape?.[field] ?? store.get(field)).join("x");
      layout.title = {
        text: title, font: { size: TITLE * 0.75 },
        x: 0, xref: "container", y: 1, yref: "container", yanchor: "top", pad: { t: TITLE / 2, l: TITLE / 2 },
      };
      layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + 2 * TITLE };
      layout.height = height + 2 * TITLE;
      Plotly.downloadImage({ data, layout }, { format, width, height: layout.height, scale, filename: `gpt2-${size}-${name}` });
    });
    row.append(button);
  }
  return row;
}
