// Colours of text and grid in charts: the page's theme, or white paper. style/page.css has them.

import { withoutSpecks } from "./figures.js";

let theme = null; // read once per change of theme: asking for styles makes the browser lay out
function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name);
  const named = ["--ink", "--soft", "--line", "--card", "--accent"].map((name) => [name, value(name)]);
  return { ...Object.fromEntries(named), family: style.fontFamily, larger: Number(value("--larger")) || 1 };
}
/** What draws everything again in a new theme. */
export const restyled = new Set();
function themeChanged() {
  theme = null;
  for (const redraw of restyled) redraw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
new MutationObserver(themeChanged).observe(document.body, { attributeFilter: ["class"] });

function dressed(figure, theme) {
  figure.layout.font = { ...figure.layout.font, color: theme["--ink"], family: theme.family };
  for (const axis of ["xaxis", "xaxis2", "yaxis"]) {
    if (figure.layout[axis]) figure.layout[axis].gridcolor = theme["--line"];
  }
  for (const { line, marker, colorscale } of figure.data) {
    for (const look of [line, marker]) if (look?.color in theme) look.color = theme[look.color];
    for (const stop of colorscale ?? []) stop[1] = theme[stop[1]] ?? stop[1];
  }
  const [tiles] = figure.data;
  if (tiles.type === "treemap") {
    withoutSpecks(tiles);
    tiles.marker.line.color = theme["--card"];
    tiles.textfont.color[0] = theme["--ink"];
  }
  return figure;
}

function ofPage() {
  theme ??= themeOf(document.querySelector(".gradio-container") ?? document.body);
  return theme;
}
/** `figure` in the page's theme. */
export const themed = (figure) => dressed(figure, ofPage());
/** How many times its usual size the type is: on a projector more than 1. */
export const larger = () => ofPage().larger;

/** `figure` on white, whatever the page is: for slides and print. */
export function onPaper(figure) {
  const paper = document.createElement("span");
  paper.className = "on-paper";
  (document.querySelector(".gradio-container") ?? document.body).append(paper);
  const colors = themeOf(paper);
  paper.remove();
  figure.layout.paper_bgcolor = colors["--card"];
  return dressed(figure, colors);
}
