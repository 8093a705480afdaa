// The entropy that the page computes of what it gets of the logits is that of all of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mixture } from "../../assets/live/mixture.js";
import { fixture } from "./page.js";

/** @import { NextTokenResult } from "../../assets/live/types" */

const cases = /** @type {{ next: NextTokenResult, entropies: Record<string, number> }[]} */ (fixture("entropies"));

test("entropy at any temperature is Python's, to a thousandth of a nat", () => {
  for (const { next, entropies } of cases) {
    for (const [temperature, entropy] of Object.entries(entropies)) {
      const found = mixture(next, Number(temperature));
      assert.ok(Math.abs(found.entropy - entropy) < 1e-3, `${found.entropy}, not ${entropy}, at ${temperature}`);
    }
  }
});

test("the likeliest token weighs 1, so that its share is 1 / total", () => {
  /** @type {NextTokenResult} */
  const next = { lab: "logits", vocab_size: 3, std: 0, top: [["a", 0], ["b", 0]], bins: [] };
  assert.deepEqual(mixture(next, 1), { total: 2, entropy: Math.log(2) });
});
