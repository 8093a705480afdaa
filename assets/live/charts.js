// Draws the figures of charts.py: fills their open places from the store and hands them to Plotly.

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

export function valueOf(expression, quantities) {
  return expression.reduce((sum, name) => sum + (name[0] === "-" ? -quantities[name.slice(1)] : quantities[name]), 0);
}

function place(figure, path, value) {
  const way = path.slice(0, -1);
  way.reduce((node, key) => node[key], figure)[path[path.length - 1]] = value;
}

// A tile of less than a thousandth of the map would not cover a pixel, but cost as much as any.
const SPECK = 0.001;
function withoutSpecks(map) {
  const kept = map.values.map((value) => value >= SPECK * map.values[0]);
  const only = (list) => list.filter((_, i) => kept[i]);
  for (const key of ["ids", "labels", "parents", "values"]) map[key] = only(map[key]);
  map.marker.colors = only(map.marker.colors);
  map.textfont.color = only(map.textfont.color);
}

/** A figure with every open place filled: charts.fill in Python does the same. */
export function fill(chart, quantities) {
  const figure = structuredClone(chart.figure);
  for (const [path, expressions] of chart.bind) place(figure, path, expressions.map((e) => valueOf(e, quantities)));
  for (const [path, names, of] of chart.shares ?? []) place(figure, path, names.map((n) => quantities[n] / quantities[of]));
  return figure;
}

let theme = null; // read once per change of theme: asking for styles makes the browser lay out
function readTheme() {
  const style = getComputedStyle(document.querySelector(".gradio-container") ?? document.body);
  const value = (name) => style.getPropertyValue(name);
  theme = { ink: value("--ink"), line: value("--line"), card: value("--card"), family: style.fontFamily };
}
const restyled = new Set();
function themeChanged() {
  theme = null;
  for (const redraw of restyled) redraw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
new MutationObserver(themeChanged).observe(document.body, { attributeFilter: ["class"] });

function themed(figure) {
  if (!theme) readTheme();
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
  let current = null; // the newest figure; one that is out of sight is drawn when it comes in
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
    await Plotly.react(plot, themed(figure).data, figure.layout, OPTIONS);
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
    drawing = false;
    draw();
  }

  function show(figure, sentence, rows) {
    current = figure;
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
  }, { rootMargin: "60px" }).observe(plot);
}

const NARROW = 560; // pixels: on a phone long texts would leave no room for the bars

/** Fits a figure to the width it is drawn at, and leaves room for the texts at the bars' ends. */
function fit(figure, spec, width, kind) {
  const { layout, data: [bars] } = figure;
  layout.width = width;
  let room = spec.room?.[1];
  let side = 0;
  if (width < NARROW) {
    layout.font = { ...layout.font, size: 12 };
    if (kind === "bar") {
      bars.texttemplate = "%{customdata:.2%}";
      room = 64;
    }
    if (kind === "waterfall") {
      layout.xaxis.tickangle = -60;
      layout.font.size = 11;
      bars.texttemplate = bars.texttemplate.map((text) => text.replace(".4s", ".3s"));
    }
  }
  if (!room) return;
  // Margins from the labels' length: Plotly's automargin would lay the chart out twice.
  const longest = Math.max(...(kind === "bar" ? bars.y : bars.x).map((label) => label.length));
  const letters = longest * layout.font.size * 0.58;
  if (kind === "bar") layout.margin.l = side = letters + 12;
  else layout.margin.b = side = letters * (layout.xaxis.tickangle === -60 ? 0.9 : 0.52) + 24;
  const axis = spec.room[0];
  const ends = (axis === "xaxis" ? bars.x : bars.y).map((v, i) => v + (bars.base?.[i] ?? 0));
  const length = (axis === "xaxis" ? width : layout.height) - side - 16;
  layout[axis].range = [0, Math.max(1, ...ends) / (1 - room / length)];
}

function summary(kind, q) {
  const largest = (names) => names.reduce((a, b) => (q[b] > q[a] ? b : a));
  const say = (key, fill) => store.text(`chart.${key}`, fill);
  const total = store.count(q.unique_total);
  if (kind === "bar") {
    const name = largest(store.page.components.map((c) => `component.${c}`));
    return say("bar_summary", {
      largest: store.text(name), value: store.count(q[name]), total, share: store.percent(q[name] / q.unique_total),
    });
  }
  if (kind === "treemap") {
    const name = largest(Object.keys(q).filter((n) => n.startsWith("tensor.")));
    const value = q[name] / q[name.replace("tensor.", "repeats.")];
    const short = name.slice("tensor.".length).replace("transformer.", "").replace("h.{i}.", "");
    return say("treemap_summary", { largest: short, value: store.count(q[name]), share: store.percent(q[name] / q.unique_total), one: value });
  }
  const tied = q.tying_correction > 0 ? "tied" : "untied";
  return say(`waterfall_summary_${tied}`, {
    modules: store.count(q.per_module_total), correction: store.count(q.tying_correction), total,
  });
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

function distribution(spec, value) {
  const figure = structuredClone(spec.figure);
  const temperature = store.count(value.temperature);
  const after = value.temperature === 0 ? store.text("chart.greedy") : store.text("chart.after", { temperature });
  // Two tokens can look alike; the axis needs each once.
  const labels = value.labels.map((label, i) => (value.labels.indexOf(label) === i ? label : `${label} #${value.ids[i]}`));
  const safe = labels.map((label) => label.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"));
  figure.data[0].y = figure.data[1].y = safe;
  figure.data[0].x = value.before;
  figure.data[1].x = value.after;
  figure.layout.xaxis.title.text = store.text("chart.before");
  figure.layout.xaxis2.title.text = after;
  const rows = labels.map((label, i) => [label, store.percent(value.before[i], 3), store.percent(value.after[i], 3)]);
  rows.head = [store.text("chart.part"), store.text("chart.before"), after];
  const sentence = store.text("chart.distribution_summary", {
    before: store.decimal(value.entropy_before), after: store.decimal(value.entropy_after), temperature,
    maximum: store.decimal(value.entropy_maximum, 3), token: labels[0], share: store.percent(value.after[0], 3),
  });
  return [figure, sentence, rows];
}
