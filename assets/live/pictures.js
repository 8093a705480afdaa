// A chart as a file: SVG for slides and print, PNG for everything else.

import { make } from "./dom.js";
import * as store from "./store.js";

const TITLE = 24; // room for it, in pixels
const SCALE = 2; // pixels of a PNG for each of the screen's, so that it is sharp on a projector
const FORMATS = { svg: 1, png: SCALE };

/** @import { Figure, ShapeConfig } from "./types" */
/** @typedef {() => Promise<{ Plotly: Plotly, figure: Figure }>} Picture the chart as it now stands */

/**
 * The buttons. The file is named after `shape`, or what stands in the sliders, and `name`.
 * @param {{ name: string, title: string, shape?: ShapeConfig | null }} about
 * @param {Picture} picture
 */
export function pictures({ name, title, shape = null }, picture) {
  const row = make("p", "", "pictures");
  for (const [format, scale] of Object.entries(FORMATS)) {
    const button = make("button", format.toUpperCase());
    button.type = "button";
    button.setAttribute("aria-label", store.text("export.picture", { title, format: format.toUpperCase() }));
    button.addEventListener("click", () => void save(format, scale));
    row.append(button);
  }
  return row;

  /**
   * @param {string} format
   * @param {number} scale
   */
  async function save(format, scale) {
    const { Plotly, figure } = await picture();
    const { data, layout } = titled(figure, title);
    const { width = 0, height } = layout;
    const size = store.page.size_fields.map((field) => shape?.[field] ?? store.get(field)).join("x");
    await Plotly.downloadImage({ data, layout }, { format, width, height, scale, filename: `gpt2-${size}-${name}` });
  }
}

/**
 * `figure` with a title, and the room that it takes.
 * @param {Figure} figure
 * @param {string} title
 */
function titled({ data, layout }, title) {
  const { margin, height } = layout;
  return {
    data, layout: {
      ...layout, height: height + 2 * TITLE, margin: { ...margin, t: margin.t + 2 * TITLE },
      title: {
        text: title, font: { size: TITLE * 0.75 },
        x: 0, xref: "container", y: 1, yref: "container", yanchor: "top", pad: { t: TITLE / 2, l: TITLE / 2 },
      },
    },
  };
}
