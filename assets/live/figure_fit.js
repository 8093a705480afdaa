// Fits a figure to the width it is drawn at.

import { barsOf, reach } from "./figures.js";

/** @import { Bars, Chart, Charts, Figure, Layout } from "./types" */
/**
 * A figure, and how far its axis goes where that is not as far as its bars.
 * @typedef {Figure & { most?: number }} Fitted
 */

export const NARROW = 560; // pixels: on a phone long texts would leave no room for the bars

/**
 * Makes the texts of a figure, and the height that they need, so many times as large.
 * @param {Figure} figure
 * @param {number} times
 */
export function enlarge({ data: [first], layout }, times) {
  layout.height *= times;
  layout.font = { ...layout.font, size: sizeOf(layout) * times };
  for (const axis of [layout.xaxis, layout.yaxis]) if (axis?.tickfont?.size) axis.tickfont.size *= times;
  if (first.type === "treemap") first.marker.pad.t *= times;
  if (layout.uniformtext) layout.uniformtext.minsize *= times;
}

const sizeOf = (/** @type {Layout} */ layout) => layout.font.size ?? 12;

/**
 * A waterfall's labels, one word a line where the longest has room for that; else they lean. Returns their height.
 * @param {Bars} bars
 * @param {Layout} layout
 * @param {number} room
 */
function label(bars, layout, room) {
  const names = bars.x.map(String), words = names.map((name) => name.split(" "));
  const leans = width(words.flat(), layout) > room / names.length;
  layout.xaxis = { ...layout.xaxis, tickangle: leans ? -60 : 0 };
  if (leans) return width(names, layout) * 0.9;
  bars.x = words.map((each) => each.join("<br>"));
  return Math.max(...words.map((each) => each.length)) * 1.25 * sizeOf(layout);
}
/**
 * About how wide the longest of `names` is.
 * @param {string[]} names
 * @param {Layout} layout
 */
const width = (names, layout) => Math.max(...names.map((name) => name.length)) * sizeOf(layout) * 0.58;

/**
 * Shortens the texts of a figure for a phone.
 * @param {Figure} figure
 * @param {Chart} spec
 * @param {keyof Charts} kind
 * @param {number} times
 */
function shorten(figure, spec, kind, times) {
  figure.layout.font.size = 12 * times;
  if (kind === "bar" && spec.short) {
    Object.assign(barsOf(figure), { y: spec.short.labels, texttemplate: spec.short.texttemplate });
  }
  if (kind === "training" && spec.short) {
    for (const [i, trace] of figure.data.entries()) if (trace.type === "scatter") trace.name = spec.short.labels[i];
  }
  if (kind === "waterfall") {
    const bars = barsOf(figure);
    figure.layout.font.size = 11 * times;
    // One for all bars: of a list each bar would take its own.
    bars.texttemplate = String(bars.texttemplate).replace(".4s", ".3s");
  }
}

/**
 * Fits a figure to the width it is drawn at, and leaves room for the texts at the bars' ends.
 * @param {Fitted} figure
 * @param {Chart} spec
 * @param {number} wide pixels
 * @param {keyof Charts} kind
 */
export function fit(figure, spec, wide, kind, times = 1) {
  const { layout } = figure;
  layout.width = wide;
  enlarge(figure, times);
  const narrow = wide < NARROW * times;
  if (narrow) shorten(figure, spec, kind, times);
  if (!spec.room) return;
  const [name, usual] = spec.room;
  const room = (narrow && kind === "bar" && spec.short ? spec.short.room : usual) * times;
  const most = figure.most ?? reach(figure, spec);
  const bars = barsOf(figure);
  // Margins from the labels' length: Plotly's automargin would lay the chart out twice.
  let side = 0;
  if (kind === "bar") layout.margin.l = side = width(bars.y.map(String), layout) + 12;
  else layout.margin.b = side = label(bars, layout, wide) + 24;
  const length = (name === "xaxis" ? wide : layout.height) - side - 16;
  layout[name] = { ...layout[name], range: [0, most / (1 - room / length)] };
}
