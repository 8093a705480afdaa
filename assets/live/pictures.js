// A chart as a file: SVG for slides and print, PNG for everything else.

import { make } from "./dom.js";
import { imprint } from "./imprint.js";
import * as store from "./store.js";

const TITLE = 24; // room for it, in pixels
const SMALL = 10; // pixels of the lines below it, which say what the picture is of
const LETTER = 0.56; // of a letter's height is about its width
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
    const { said, link } = imprint(shape);
    const letters = Math.max(20, Math.floor((figure.layout.width ?? 600) / (SMALL * LETTER)));
    const { data, layout } = titled(figure, title, [...broken(said, " ", letters), ...broken(link, "&", letters)]);
    const { width = 0, height } = layout;
    const size = store.page.size_fields.map((field) => shape?.[field] ?? store.get(field)).join("x");
    await Plotly.downloadImage({ data, layout }, { format, width, height, scale, filename: `gpt2-${size}-${name}` });
  }
}

/**
 * A text in lines of at most so many letters, broken after `at` where that can be.
 * @param {string} text
 * @param {string} at
 * @param {number} letters
 */
function broken(text, at, letters) {
  const lines = [""];
  for (const piece of text.split(at).map((each, i, all) => (i < all.length - 1 ? each + at : each))) {
    if (lines[lines.length - 1].length + piece.length > letters) lines.push("");
    lines[lines.length - 1] += piece;
  }
  return lines;
}

/**
 * `figure` with a title, lines below it, and the room that they take.
 * @param {Figure} figure
 * @param {string} title
 * @param {string[]} lines
 */
function titled({ data, layout }, title, lines) {
  const { margin, height } = layout;
  const room = 2 * TITLE + 1.3 * SMALL * lines.length;
  return {
    data, layout: {
      ...layout, height: height + room, margin: { ...margin, t: margin.t + room },
      title: {
        text: title, font: { size: TITLE * 0.75 },
        subtitle: { text: lines.join("<br>"), font: { size: SMALL } },
        x: 0, xref: "container", y: 1, yref: "container", yanchor: "top", pad: { t: TITLE / 2, l: TITLE / 2 },
      },
    },
  };
}
