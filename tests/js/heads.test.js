// Heads split the width evenly.

import assert from "node:assert/strict";
import { test } from "node:test";

import { headsNear, nearest, widthsNear } from "../../assets/live/heads.js";

test("the head counts next to the wanted one divide the width", () => {
  assert.deepEqual(headsNear(12, 768, 128), [12]);
  assert.deepEqual(headsNear(25, 768, 128), [24, 32]);
  assert.deepEqual(headsNear(100, 97, 128), [97]);
  assert.deepEqual(headsNear(100, 202, 128), [2, 101]);
  assert.deepEqual(headsNear(100, 202, 99), [2]);
});

test("the widths next to the wanted one are multiples of the heads, within the limits", () => {
  const limit = { minimum: 1, maximum: 1000 };
  assert.deepEqual(widthsNear(768, 12, limit), [768]);
  assert.deepEqual(widthsNear(100, 12, limit), [96, 108]);
  assert.deepEqual(widthsNear(5, 12, limit), [12]);
  assert.deepEqual(widthsNear(999, 12, limit), [996]);
});

test("of two that are as near the smaller is taken", () => {
  assert.equal(nearest(4, [3, 5]), 3);
  assert.equal(nearest(25, [24, 32]), 24);
});
