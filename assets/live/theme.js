// Colours of text and grid in charts: the page's theme, or white paper. style/page.css has them.

import { withoutSpecks } from "./figures.js";

/** @import { Figure } from "./types" */
/** @typedef {{ named: Record<string, string>, family: string, larger: number }} Theme `named`: --ink and others */

const NAMES = ["--ink", "--soft", "--line", "--card", "--accent"];
const AXES = /** @type {const} */ (["xaxis", "xaxis2", "yaxis"]);

/** @type {Theme | null} read once per change of theme: asking for styles makes the browser lay out */
let theme = null;
/** @type {(element: Element) => Theme} */
function themeOf(element) {
  const style = getComputedStyle(element);
  const named = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(name)]));
  return { named, family: style.fontFamily, larger: Number(style.getPropertyValue("--larger")) || 1 };
}

/** @type {Set<() => void>} */
const listeners = new Set();
/** Calls `redraw` in each new theme; returns what ends that. @param {() => void} redraw */
export function onRestyled(redraw) {
  listeners.add(redraw);
  return () => { listeners.delete(redraw); };
}
function themeChanged() {
  theme = null;
  for (const redraw of listeners) redraw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
new MutationObserver(themeChanged).observe(document.body, { attributeFilter: ["class"] });

/**
 * `figure` in the colours of a theme: the figure itself is changed.
 * @param {Figure} figure
 * @param {Theme} theme
 */
function dressed(figure, { named, family }) {
  const { data, layout } = figure;
  layout.font = { ...layout.font, color: named["--ink"], family };
  for (const name of AXES) {
    const axis = layout[name];
    if (axis) axis.gridcolor = named["--line"];
  }
  for (const { line } of layout.shapes ?? []) recolour(line, named);
  for (const trace of data) {
    if (trace.type === "heatmap") for (const stop of trace.colorscale) stop[1] = named[stop[1]] ?? stop[1];
    if (trace.type === "treemap") {
      withoutSpecks(trace);
      trace.marker.line.color = named["--card"];
      trace.textfont.color[0] = named["--ink"];
    }
    if (trace.type === "bar") recolour(trace.marker, named);
    if (trace.type === "scatter") for (const look of [trace.line, trace.marker]) recolour(look, named);
  }
  return figure;
}

/**
 * Puts the theme's colour where a figure only names it.
 * @param {{ color?: string | string[] } | undefined} look
 * @param {Record<string, string>} named
 */
function recolour(look, named) {
  if (typeof look?.color === "string") look.color = named[look.color] ?? look.color;
}

/** Gradio's own page, which has the theme's variables. */
const container = () => document.querySelector(".gradio-container") ?? document.body;

function ofPage() {
  theme ??= themeOf(container());
  return theme;
}
/** `figure` in the page's theme. @param {Figure} figure */
export const themed = (figure) => dressed(figure, ofPage());
/** How many times its usual size the type is: on a projector more than 1. */
export const larger = () => ofPage().larger;

/** `figure` on white, whatever the page is: for slides and print. @param {Figure} figure */
export function onPaper(figure) {
  const paper = document.createElement("span");
  paper.className = "on-paper";
  container().append(paper);
  const colors = themeOf(paper);
  paper.remove();
  figure.layout.paper_bgcolor = colors.named["--card"];
  return dressed(figure, colors);
}
