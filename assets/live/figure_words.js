// What the figures of charts/parameters.py show, in words and as tables.

import { barsOf } from "./figures.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { Chart, Charts, Distribution, Figure } from "./types" */
/**
 * A figure as a table; `head` where it is not the usual one.
 * @typedef {{ head?: string[], lines: string[][] }} Rows
 */

/**
 * What a chart of counts shows, in a sentence.
 * @param {keyof Charts} kind
 * @param {Numbers} q quantities
 */
export function summary(kind, q) {
  /** @param {string[]} names */
  const largest = (names) => names.reduce((a, b) => (q[b] > q[a] ? b : a));
  /** @type {(key: string, fill: Record<string, string | number>) => string} */
  const say = (key, fill) => store.text(`chart.${key}`, fill);
  const total = store.count(q.unique_total);
  if (kind === "bar") {
    const name = largest(store.page.components.map((component) => `component.${component}`));
    return say("bar_summary", {
      largest: store.text(name), value: store.count(q[name]), total, share: store.percent(q[name] / q.unique_total),
    });
  }
  if (kind === "treemap") {
    const name = largest(Object.keys(q).filter((each) => each.startsWith("tensor.")));
    const short = name.slice("tensor.".length).replace("transformer.", "").replace("h.{i}.", "");
    return say("treemap_summary", {
      largest: short, value: store.count(q[name]), share: store.percent(q[name] / q.unique_total),
      one: q[name] / q[name.replace("tensor.", "repeats.")],
    });
  }
  const tied = q.tying_correction > 0 ? "tied" : "untied";
  return say(`waterfall_summary_${tied}`, {
    modules: store.count(q.per_module_total), correction: store.count(q.tying_correction), total,
  });
}

const ENTITIES = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"]]);

/**
 * The figure of the likeliest next tokens, what it says in words, and its numbers as a table.
 * @param {Chart} spec
 * @param {Distribution} value
 * @returns {{ figure: Figure, sentence: string, rows: Rows }}
 */
export function distribution(spec, value) {
  const temperature = store.small(value.temperature);
  const titles = [
    store.text("chart.before"),
    value.temperature === 0 ? store.text("chart.greedy") : store.text("chart.after", { temperature }),
  ];
  // Two tokens can look alike; the axis needs each once.
  const labels = value.labels.map(
    (label, i) => (value.labels.indexOf(label) === i ? label : `${label} #${value.ids[i]}`),
  );
  const y = labels.map((label) => label.replace(/[&<>]/g, (sign) => ENTITIES.get(sign) ?? sign));
  const same = value.temperature === 1; // one side says it all
  const sides = same ? [value.before] : [value.before, value.after];

  const { data, layout } = structuredClone(spec.figure);
  const traces = sides.map((x, i) => ({ ...barsOf({ data: [data[i]], layout }), x, y }));
  if (!same) traces[1].marker = { ...traces[1].marker, color: "--accent" }; // the theme's
  const { xaxis, xaxis2, ...others } = layout;
  const left = { ...xaxis, title: { text: titles[0] } }, right = { ...xaxis2, title: { text: titles[1] } };
  const axes = same ? { xaxis: { ...left, domain: [0, 1] } } : { xaxis: left, xaxis2: right };

  const sentence = store.text(same ? "chart.distribution_summary_one" : "chart.distribution_summary", {
    before: store.decimal(value.entropy_before), after: store.decimal(value.entropy_after), temperature,
    maximum: store.decimal(value.entropy_maximum, 3), token: labels[0], share: store.share(value.after[0]),
  });
  return {
    figure: { data: traces, layout: { ...others, ...axes } }, sentence,
    rows: {
      head: [store.text("chart.part"), ...titles.slice(0, sides.length)],
      lines: labels.map((name, i) => [name, ...sides.map((side) => store.share(side[i]))]),
    },
  };
}
