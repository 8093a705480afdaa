// The stages of a played forward pass: each once and in order, and later passes compute one token only.

import assert from "node:assert/strict";
import { test } from "node:test";

import { computed, duration, stagesOf, textLength } from "../../assets/live/forward_timeline.js";

test("a pass goes through the embedding, each block's two halves, ln_f, and ends in a token", () => {
  const kinds = stagesOf(2, 3, 1).map(({ kind, block }) => `${kind}${block || ""}`);
  assert.deepEqual(kinds, ["embed", "attention1", "mlp1", "attention2", "mlp2", "ln_f", "logits", "choose"]);
});

test("rows are computed one after the other, never more than there are", () => {
  const stages = stagesOf(2, 3, 2), first = stages.slice(0, 8), second = stages.slice(8);
  assert.deepEqual(first.map(({ row }) => row), [0, 1, 2, 3, 4, 5, 5, 5]);
  assert.deepEqual([0, 1, 2].map((row) => computed(first[1], row)), [3, 3, 0]);
  // What the first pass has computed stands, and only the new token goes through.
  assert.deepEqual([0, 1, 2, 5].map((row) => computed(second[1], row)), [4, 4, 3, 3]);
});

test("the chosen token joins the text, and goes in with the next pass", () => {
  const stages = stagesOf(1, 3, 2);
  assert.deepEqual(stages.map(textLength), [3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5]);
});

test("however many blocks there are, a pass takes about as long, and no stage flickers", () => {
  for (const n_layer of [1, 12, 48]) {
    const times = stagesOf(n_layer, 6, 2).map((stage) => duration(stage, n_layer));
    assert.ok(Math.min(...times) >= 90);
    assert.ok(times.reduce((sum, time) => sum + time, 0) < 30_000);
  }
});
