// Fills the figures of charts/parameters.py with counts.

/** @import { Numbers } from "./store.js" */
/** @import { Chart, Expression, Figure, Path, Shape, Tiles } from "./types" */

/**
 * @param {Expression} expression
 * @param {Numbers} quantities
 */
export function valueOf(expression, quantities) {
  return expression.reduce((sum, name) => sum + (name[0] === "-" ? -quantities[name.slice(1)] : quantities[name]), 0);
}

/**
 * Puts `value` into an open place.
 * @param {object} figure
 * @param {Path} path
 * @param {number[]} value
 */
function place(figure, [key, ...rest], value) {
  if (!rest.length) Object.assign(figure, { [key]: value });
  else place(inside(figure, key), rest, value);
}

/**
 * @param {object} node
 * @param {string | number} key
 * @returns {object}
 */
function inside(node, key) {
  /** @type {unknown} */
  const found = Reflect.get(node, key);
  if (typeof found === "object" && found) return found;
  throw new Error(`a figure has no ${key}`);
}

// A tile of less than a thousandth of the map would not cover a pixel, but cost as much as any.
const SPECK = 0.001;
/** @param {Tiles} map */
export function withoutSpecks(map) {
  const kept = map.values.map((value) => value >= SPECK * map.values[0]);
  /**
   * @template T
   * @param {T[]} list
   */
  const only = (list) => list.filter((_, i) => kept[i]);
  const { ids, labels, parents, values, customdata, texttemplate, marker, textfont } = map;
  Object.assign(map, {
    ids: only(ids), labels: only(labels), parents: only(parents), values: only(values),
    customdata: only(customdata), texttemplate: only(texttemplate),
  });
  marker.colors = only(marker.colors);
  textfont.color = only(textfont.color);
}

/**
 * A figure with every open place filled: charts.fill in Python does the same.
 * @param {Chart} chart
 * @param {Numbers} quantities
 */
export function fill(chart, quantities) {
  const figure = structuredClone(chart.figure);
  for (const [path, expressions] of chart.bind) place(figure, path, expressions.map((e) => valueOf(e, quantities)));
  for (const [path, names, of] of chart.shares ?? []) {
    place(figure, path, names.map((name) => quantities[name] / quantities[of]));
  }
  return figure;
}

/** The first trace of a figure, where that is bars. @param {Figure} figure */
export function barsOf({ data: [bars] }) {
  if (bars.type !== "bar") throw new Error(`a figure of ${bars.type} has no bars`);
  return bars;
}

/**
 * Where each bar of a figure ends, in counts.
 * @param {Figure} figure
 * @param {Chart} spec
 */
function endsOf(figure, spec) {
  const bars = barsOf(figure);
  return (spec.room?.[0] === "xaxis" ? bars.x : bars.y).map((n, i) => Number(n) + (bars.base?.[i] ?? 0));
}

/**
 * How far the bars of a figure reach, in counts.
 * @param {Figure} figure
 * @param {Chart} spec
 */
export const reach = (figure, spec) => (spec.room ? Math.max(1, ...endsOf(figure, spec)) : 0);

// Of a bar's place, which is one wide with the bar in the middle: where no number stands. Numbers are wider than high.
const BELOW = [0.22, 0.5], BESIDE = [0.36, 0.5];
/**
 * Marks where the bars of another model end; nothing in a figure without bars.
 * @param {Chart} spec
 * @param {Numbers} quantities the other's
 * @returns {Shape[]}
 */
export function marksOf(spec, quantities) {
  if (!spec.room) return [];
  return endsOf(fill(spec, quantities), spec).map((end, i) => {
    const lying = spec.room?.[0] === "xaxis";
    const [from, to] = (lying ? BELOW : BESIDE).map((share) => i + share);
    const place = lying ? { x0: end, x1: end, y0: from, y1: to } : { x0: from, x1: to, y0: end, y1: end };
    return { type: "line", line: { color: "--ink", width: 3 }, ...place };
  });
}

const ROUND = [1, 1.5, 2, 3, 5, 7.5, 10];
/** The next round number from `n` on: an axis that has to grow in a drag grows seldom. @param {number} n */
export function roundUp(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return power * (ROUND.find((figure) => figure * power >= n) ?? 10);
}
