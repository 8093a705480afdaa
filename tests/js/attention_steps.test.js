// The four steps of attention: by hand where that is easy, and what must hold always.

import assert from "node:assert/strict";
import { test } from "node:test";

import { attentionOf, largest } from "../../assets/live/attention_steps.js";

const HEAD = {
  products: [[2, 9, 9], [0, 2 * Math.log(3), 9], [-1, 4, 0.5]],
  values: [[1, 0], [0, 8], [5, 5]],
};

test("a token reads itself and those before it, by the softmax of the scaled products", () => {
  const { scaled, masked, weights, mixed } = attentionOf(HEAD, 4, 1); // √4 = 2: the scores are 0 and ln 3
  assert.equal(scaled[2], 4.5);
  assert.equal(masked[2], -Infinity);
  assert.deepEqual(weights.map((weight) => Number(weight.toFixed(12))), [0.25, 0.75, 0]);
  assert.deepEqual(mixed.map((value) => Number(value.toFixed(12))), [0.25, 6]);
});

test("the first token can only read itself", () => {
  const { weights, mixed } = attentionOf(HEAD, 4, 0);
  assert.deepEqual(weights, [1, 0, 0]);
  assert.deepEqual(mixed, [1, 0]);
});

test("weights add up to 1, however large the products", () => {
  const products = [[3000, 0, 0], [3000, -3000, 0], [3000, 3000, 3000]];
  for (const row of [0, 1, 2]) {
    const { weights } = attentionOf({ products, values: HEAD.values }, 1, row);
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  }
});

test("the largest of some numbers, the first of several", () => {
  assert.equal(largest([0.1, 0.7, 0.2]), 1);
  assert.equal(largest([0.5, 0.5]), 0);
});
