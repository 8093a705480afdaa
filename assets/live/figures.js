// Fills and fits the figures of charts.py, and says what they show in words.

import * as store from "./store.js";

export function valueOf(expression, quantities) {
  return expression.reduce((sum, name) => sum + (name[0] === "-" ? -quantities[name.slice(1)] : quantities[name]), 0);
}

function place(figure, path, value) {
  const way = path.slice(0, -1);
  way.reduce((node, key) => node[key], figure)[path[path.length - 1]] = value;
}

// A tile of less than a thousandth of the map would not cover a pixel, but cost as much as any.
const SPECK = 0.001;
export function withoutSpecks(map) {
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

export const NARROW = 560; // pixels: on a phone long texts would leave no room for the bars

/** `figure` with its texts, and the height that they need, so many times as large. */
export function enlarge({ data: [{ marker }], layout }, times) {
  layout.height *= times;
  layout.font = { ...layout.font, size: layout.font.size * times };
  for (const axis of ["xaxis", "yaxis"]) if (layout[axis]?.tickfont?.size) layout[axis].tickfont.size *= times;
  if (marker?.pad) marker.pad.t *= times;
}

/** Fits a figure to the width it is drawn at, and leaves room for the texts at the bars' ends. */
export function fit(figure, spec, width, kind, times = 1) {
  const { layout, data: [bars] } = figure;
  layout.width = width;
  enlarge(figure, times);
  let room = spec.room?.[1];
  let side = 0;
  if (width < NARROW * times) {
    layout.font.size = 12 * times;
    if (kind === "bar") {
      bars.texttemplate = "%{customdata:.2%}";
      room = 64;
    }
    if (kind === "waterfall") {
      layout.xaxis.tickangle = -60;
      layout.font.size = 11 * times;
      bars.texttemplate = bars.texttemplate.map((text) => text.replace(".4s", ".3s"));
    }
  }
  if (!room) return;
  room *= times;
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

export function summary(kind, q) {
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

export function distribution(spec, value) {
  const figure = structuredClone(spec.figure);
  const temperature = store.small(value.temperature);
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
  return { figure, sentence, rows };
}
