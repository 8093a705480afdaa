// Figures are filled as Python fills them, and fitted to the width there is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fixture, openPage } from "./page.js";

/** @import { Bars, Charts, Figure, ShapeConfig, Tiles } from "../../assets/live/types" */
/** @typedef {{ lang: "en" | "vi", kind: keyof Charts, shape: ShapeConfig, figure: Figure }} Filled */

const filled = /** @type {Filled[]} */ (fixture("figures"));

/** @param {"en" | "vi"} lang */
async function open(lang) {
  const { load } = openPage({ lang });
  const [store, { numbersOf }] = [await load("store"), await load("shapes")];
  return { store, numbersOf, ...await load("figures"), ...await load("figure_fit"), ...await load("figure_words") };
}

for (const lang of /** @type {const} */ (["en", "vi"])) {
  test(`charts in ${lang} are filled as Python fills them`, async () => {
    const { store, numbersOf, fill } = await open(lang);
    const cases = filled.filter((each) => each.lang === lang);
    assert.ok(cases.length >= 20);
    for (const { kind, shape, figure } of cases) {
      assert.deepEqual(fill(store.page.charts[kind], store.evaluate(numbersOf({ ...shape }))), figure);
    }
  });
}

test("filling leaves the figure with its open places as it was", async () => {
  const { store, fill } = await open("en");
  const before = structuredClone(store.page.charts);
  fill(store.page.charts.bar, store.evaluate(store.shape()));
  assert.deepEqual(store.page.charts, before);
});

test("a place that a figure does not have is no place", async () => {
  const { store, fill } = await open("en");
  /** @type {import("../../assets/live/types").Chart} */
  const broken = { ...store.page.charts.bar, bind: [[["data", 7, "x"], [["unique_total"]]]] };
  assert.throws(() => fill(broken, { unique_total: 1 }), /a figure has no 7/);
});

test("the longest bar leaves its text the room it needs, at any width and size", async () => {
  const { store, fill, fit, reach } = await open("en");
  const spec = store.page.charts.bar;
  const quantities = store.evaluate(store.shape());
  for (const [width, room] of [[1000, 170], [400, 100]]) {
    for (const times of [1, 1.5]) {
      const figure = fill(spec, quantities);
      fit(figure, spec, width * times, "bar", times);
      const { layout } = figure;
      const length = width * times - layout.margin.l - 16;
      const longest = (reach(figure, spec) / (layout.xaxis?.range?.[1] ?? 0)) * length;
      assert.ok(Math.abs(length - longest - room * times) < 1e-6);
      assert.equal(layout.height, spec.figure.layout.height * times);
    }
  }
});

test("a waterfall's labels break where there is room for their longest word, else they lean", async () => {
  const { store, fill, fit } = await open("en");
  const spec = store.page.charts.waterfall;
  const at = (/** @type {number} */ width) => {
    const figure = fill(spec, store.evaluate(store.shape()));
    fit(figure, spec, width, "waterfall");
    return figure;
  };
  const [wide, narrow] = [at(1200), at(390)];
  assert.equal(wide.layout.xaxis?.tickangle, 0);
  assert.match(String(/** @type {Bars} */ (wide.data[0]).x), /<br>/);
  assert.equal(narrow.layout.xaxis?.tickangle, -60);
  assert.equal(/** @type {Bars} */ (narrow.data[0]).texttemplate, "%{customdata:.3s}");
});

test("an axis that must grow grows to a round number", async () => {
  const { roundUp } = await open("en");
  assert.deepEqual([1, 1.2, 163_037_184, 7.6, 99, 1e9].map(roundUp), [1, 1.5, 2e8, 10, 100, 1e9]);
});

test("tiles that would not cover a pixel are left out of all lists of a treemap", async () => {
  const { store, fill, withoutSpecks } = await open("en");
  const [map] = fill(store.page.charts.treemap, store.evaluate(store.shape())).data;
  const tiles = /** @type {Tiles} */ (map);
  withoutSpecks(tiles);
  const { ids, labels, parents, values, customdata, texttemplate, marker, textfont } = tiles;
  const lists = [ids, labels, parents, values, customdata, texttemplate, marker.colors, textfont.color];
  assert.deepEqual(new Set(lists.map((list) => list.length)), new Set([values.length]));
  assert.ok(values.every((value) => value >= values[0] / 1000));
  assert.ok(ids.includes("transformer.wte.weight") && !ids.includes("transformer.ln_f.weight"));
});

test("the bars of another model end where its marks stand", async () => {
  const { store, numbersOf, marksOf } = await open("en");
  const medium = store.evaluate(numbersOf({ ...store.page.presets["gpt2-medium"] }));
  const across = marksOf(store.page.charts.bar, medium);
  assert.deepEqual(across.map(({ x0, x1 }) => x1 - x0), Array(6).fill(0));
  assert.deepEqual(across.map(({ x0 }) => x0), store.page.components.map((name) => medium[`component.${name}`]));
  assert.ok(across.every(({ y0, y1 }, i) => i < y0 && y0 < y1 && y1 <= i + 0.5));
  const along = marksOf(store.page.charts.waterfall, medium);
  assert.equal(along[6].y0, medium.per_module_total);
  assert.equal(along[7].y1, medium.per_module_total, "what comes off hangs from the top");
  assert.equal(along[8].y0, medium.unique_total);
  assert.deepEqual(marksOf(store.page.charts.treemap, medium), []);
});

test("the likeliest tokens are each named once, as text; at temperature 1 one side says it all", async () => {
  const { store, distribution } = await open("en");
  const value = {
    ids: [5, 6, 7], labels: ["a", "a", "<b>&"], before: [0.5, 0.3, 0.2], after: [0.9, 0.1, 0],
    entropy_before: 1, entropy_after: 0.3, entropy_maximum: 10.8, temperature: 0.5,
  };
  const spec = store.page.charts.distribution;
  const { figure, rows, sentence } = distribution(spec, value);
  const sides = /** @type {Bars[]} */ (figure.data);
  assert.deepEqual(sides.map(({ x, y }) => [x, y]), [
    [value.before, ["a", "a #6", "&lt;b&gt;&amp;"]], [value.after, ["a", "a #6", "&lt;b&gt;&amp;"]],
  ]);
  assert.deepEqual(rows.lines[1], ["a #6", "30%", "10%"]);
  assert.match(sentence, /90%/);
  const one = distribution(spec, { ...value, temperature: 1 });
  assert.equal(one.figure.data.length, 1);
  assert.deepEqual(one.figure.layout.xaxis?.domain, [0, 1]);
  assert.equal(one.rows.head?.length, 2);
  assert.deepEqual(one.rows.lines[1], ["a #6", "30%"]);
});
