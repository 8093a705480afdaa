// The evaluator of the one table. tests/browser/test_live.py holds the real table's counts to Python's.

import assert from "node:assert/strict";
import { test } from "node:test";

import { evaluate, evaluateExactly } from "../../assets/live/evaluator.js";

/** @type {Record<string, [number, string[]][]>} */
const TABLE = { none: [], cube: [[3, ["a", "a", "b"]]], sum: [[2, ["a"]], [-1, ["b"]], [5, []]], off: [[7, ["zero"]]] };

test("products are summed", () => {
  const numbers = { a: 5, b: 7, zero: 0 };
  assert.deepEqual(evaluate(numbers, TABLE), { none: 0, cube: 525, sum: 8, off: 0 });
  assert.deepEqual(evaluateExactly(numbers, TABLE), { none: 0n, cube: 525n, sum: 8n, off: 0n });
});

test("beyond 2^53 only the exact one has every digit", () => {
  const numbers = { a: 999_999, b: 65_535, zero: 0 };
  const exact = 3n * 999_999n * 999_999n * 65_535n;
  assert.equal(evaluateExactly(numbers, TABLE).cube, exact);
  assert.notEqual(BigInt(evaluate(numbers, TABLE).cube), exact);
  assert.ok(Math.abs(Number(exact) / evaluate(numbers, TABLE).cube - 1) < 1e-15);
});
