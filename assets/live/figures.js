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
  for (const key of ["ids", "labels", "parents", "values", "customdata", "texttemplate"]) map[key] = only(map[key]);
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

/** How far the bars of a figure reach, in counts. */
export function reach(figure, spec) {
  if (!spec.room) return 0;
  const [bars] = figure.data;
  return Math.max(1, ...(spec.room[0] === "xaxis" ? bars.x : bars.y).map((n, i) => n + (bars.base?.[i] ?? 0)));
}

const ROUND = [1, 1.5, 2, 3, 5, 7.5, 10];
/** The next round number from `n` on: an axis that has to grow in a drag grows seldom. */
export function roundUp(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return power * ROUND.find((figure) => figure * power >= n);
}

/** A waterfall's labels, one word a line where the longest has room for that; else they lean. */
function label(figure, room) {
  const { layout, data: [bars] } = figure;
  const longest = Math.max(...bars.x.flatMap((name) => name.split(" ")).map((word) => word.length));
  layout.xaxis.tickangle = longest * layout.font.size * 0.58 > room / bars.x.length ? -60 : 0;
  if (layout.xaxis.tickangle) return letters(bars.x, layout) * 0.9;
  const lines = Math.max(...bars.x.map((name) => name.split(" ").length));
  bars.x = bars.x.map((name) => name.replaceAll(" ", "<br>"));
  return lines * 1.25 * layout.font.size;
}
const letters = (names, layout) => Math.max(...names.map((name) => name.length)) * layout.font.size * 0.58;

/** Fits a figure to the width it is drawn at, and leaves room for the texts at the bars' ends. `figure.most`
 * is how far its axis goes, where that is not as far as its bars. */
export function fit(figure, spec, width, kind, times = 1) {
  const { layout, data: [bars] } = figure;
  layout.width = width;
  enlarge(figure, times);
  let room = spec.room?.[1];
  let side = 0;
  if (width < NARROW * times) {
    layout.font.size = 12 * times;
    if (kind === "bar") {
      bars.y = spec.short.labels;
      bars.texttemplate = spec.short.texttemplate;
      room = spec.short.room;
    }
    if (kind === "waterfall") {
      layout.font.size = 11 * times;
      bars.texttemplate = bars.texttemplate.map((text) => text.replace(".4s", ".3s"));
    }
  }
  if (!room) return;
  room *= times;
  const axis = spec.room[0];
  const most = figure.most ?? reach(figure, spec);
  // Margins from the labels' length: Plotly's automargin would lay the chart out twice.
  if (kind === "bar") layout.margin.l = side = letters(bars.y, layout) + 12;
  else layout.margin.b = side = label(figure, width) + 24;
  const length = (axis === "xaxis" ? width : layout.height) - side - 16;
  layout[axis].range = [0, most / (1 - room / length)];
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
  figure.data[1].marker.color = "--accent"; // the theme's
  figure.data[0].x = value.before;
  figure.data[1].x = value.after;
  figure.layout.xaxis.title.text = store.text("chart.before");
  figure.layout.xaxis2.title.text = after;
  const rows = labels.map((name, i) => [name, store.share(value.before[i]), store.share(value.after[i])]);
  rows.head = [store.text("chart.part"), store.text("chart.before"), after];
  const same = value.temperature === 1;
  if (same) { // one side says it all
    figure.data.pop();
    figure.layout.xaxis.domain = [0, 1];
    delete figure.layout.xaxis2;
    rows.forEach((row) => row.pop());
    rows.head.pop();
  }
  const sentence = store.text(same ? "chart.distribution_summary_one" : "chart.distribution_summary", {
    before: store.decimal(value.entropy_before), after: store.decimal(value.entropy_after), temperature,
    maximum: store.decimal(value.entropy_maximum, 3), token: labels[0], share: store.share(value.after[0]),
  });
  return { figure, sentence, rows };
}
