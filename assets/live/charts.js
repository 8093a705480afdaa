// Draws the figures of charts.py: fills their open places from the store and hands them to Plotly.

import { make } from "./dom.js";
import { distribution, fill, fit, summary, valueOf, withoutSpecks } from "./figures.js";
import { pictures } from "./pictures.js";
import * as store from "./store.js";

let plotly = null;
/** Plotly, fetched once, when the first chart needs it. */
function load() {
  plotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("./plotly.min.js", import.meta.url);
    script.onload = () => done(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  });
  return plotly;
}

const OPTIONS = { displayModeBar: false };

let theme = null; // read once per change of theme: asking for styles makes the browser lay out
function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name);
  return { ink: value("--ink"), line: value("--line"), card: value("--card"), family: style.fontFamily };
}
const restyled = new Set();
function themeChanged() {
  theme = null;
  for (const redraw of restyled) redraw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
new MutationObserver(themeChanged).observe(document.body, { attributeFilter: ["class"] });

function themed(figure, theme) {
  figure.layout.font = { ...figure.layout.font, color: theme.ink, family: theme.family };
  for (const axis of ["xaxis", "xaxis2", "yaxis"]) {
    if (figure.layout[axis]) figure.layout[axis].gridcolor = theme.line;
  }
  const [tiles] = figure.data;
  if (tiles.type === "treemap") {
    withoutSpecks(tiles);
    tiles.marker.line.color = theme.card;
    tiles.textfont.color[0] = theme.ink;
  }
  return figure;
}

export function chart(element, props, trigger, watch) {
  const root = element.querySelector(".chart");
  const kind = root.dataset.chart;
  const plot = root.querySelector(".plot");
  const caption = root.querySelector("figcaption");
  const table = root.querySelector("table");
  const spec = store.page.charts[kind];
  plot.style.height = `${spec.figure.layout.height}px`; // room for it before it is drawn: nothing jumps
  let newest = null;
  let current = null; // the newest figure until it is drawn; out of sight it waits
  let drawing = false;
  let width = 0;
  let inSight = false;

  async function draw() {
    if (drawing || !current || !inSight || !width) return;
    drawing = true;
    const Plotly = await load();
    const figure = current;
    current = null;
    fit(figure, spec, width, kind);
    theme ??= themeOf(document.querySelector(".gradio-container") ?? document.body);
    await Plotly.react(plot, themed(figure, theme).data, figure.layout, OPTIONS);
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
    drawing = false;
    draw();
  }

  function show(figure, sentence, rows) {
    current = newest = figure;
    if (caption.textContent !== sentence) caption.textContent = sentence;
    fillTable(table, rows);
    draw();
  }

  let last = () => {};
  if (kind === "distribution") {
    caption.textContent = store.text("chart.distribution_empty");
    root.classList.add("empty");
    last = () => {
      if (!props.value) return;
      root.classList.remove("empty");
      show(...distribution(spec, props.value));
    };
    watch("value", last);
  } else {
    let quantities = null;
    last = () => {
      if (!quantities) return;
      const total = quantities.unique_total;
      const rows = spec.rows.map(([label, e]) => {
        const value = valueOf(e, quantities);
        return [label, store.count(value), store.percent(value / total)];
      });
      show(fill(spec, quantities), summary(kind, quantities), rows);
    };
    store.subscribe((change) => {
      if (!change.quantities || change.quantities === quantities) return;
      const same = quantities && Object.keys(quantities).every((n) => quantities[n] === change.quantities[n]);
      quantities = change.quantities;
      if (!same) last(); // heads change no count
    });
  }
  pictures(root, kind, async () => {
    const figure = structuredClone(newest);
    fit(figure, spec, width, kind);
    const paper = make("span", "", "on-paper"); // white, whatever the page is
    root.append(paper);
    const colors = themeOf(paper);
    paper.remove();
    figure.layout.paper_bgcolor = colors.card;
    return { Plotly: await load(), figure: themed(figure, colors) };
  });
  restyled.add(() => last());
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    if (width) last();
  }).observe(plot);
  new IntersectionObserver(([entry]) => {
    inSight = entry.isIntersecting;
    draw();
  }, { rootMargin: "-40px" }).observe(plot); // a sliver at the edge is not worth a frame of a drag
}

function fillTable(table, rows) {
  if (!table.parentElement.open && table.rows.length) table.replaceChildren();
  if (!table.parentElement.open) {
    table.parentElement.ontoggle = () => table.parentElement.open && fillTable(table, rows);
    return;
  }
  const head = [store.text("chart.part"), store.text("chart.parameters"), store.text("chart.share")];
  const line = (tag, cells) => {
    const row = document.createElement("tr");
    for (const content of cells) {
      const cell = document.createElement(tag);
      cell.textContent = content;
      row.append(cell);
    }
    return row;
  };
  if (rows.head) head.splice(0, 3, ...rows.head);
  table.replaceChildren(line("th", head), ...rows.map((cells) => line("td", cells)));
}
