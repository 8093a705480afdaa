// Motion that explains ends where the counts are, and never shows one that is no whole number.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";

/** @param {{ calm?: boolean }} options */
async function glideOn(options = {}) {
  const { load, frame } = openPage(options);
  const { glide } = await load("glide");
  /** @type {Record<string, number>[]} */
  const drawn = [];
  const begin = performance.now();
  const stop = glide({ a: 100, b: 7 }, { a: 300, b: 7 }, (counts) => drawn.push(counts));
  return { drawn, stop, pass: (/** @type {number} */ after) => frame(begin + after) };
}

test("counts go from the old to the new ones, ever more slowly, in whole numbers", async () => {
  const { drawn, pass } = await glideOn();
  for (const after of [0, 100, 200, 300, 500, 600]) pass(after);
  const counts = drawn.map(({ a }) => a);
  assert.equal(drawn.length, 5, "no frame after the last");
  assert.deepEqual(drawn.at(-1), { a: 300, b: 7 });
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b));
  assert.ok(counts.every(Number.isInteger) && drawn.every(({ b }) => b === 7));
  assert.ok(counts[1] - counts[0] > counts[3] - counts[2]);
});

test("what has begun can be stopped", async () => {
  const { drawn, pass, stop } = await glideOn();
  pass(100);
  stop();
  pass(200);
  assert.equal(drawn.length, 1);
});

test("who asked for no motion gets none", async () => {
  const { drawn } = await glideOn({ calm: true });
  assert.deepEqual(drawn, [{ a: 300, b: 7 }]);
});
