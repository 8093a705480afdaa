// Drawing takes longer than a slider takes to move again, and may fail.

import assert from "node:assert/strict";
import { test } from "node:test";

import { oneAtATime } from "../../assets/live/one_at_a_time.js";

/** Work of which each piece ends when the test says how. */
function work() {
  /** @type {{ done: () => void, fail: (reason: Error) => void }[]} */
  const pieces = [];
  const begin = () => new Promise((/** @type {(nothing: void) => void} */ done, fail) => pieces.push({ done, fail }));
  return { pieces, ask: oneAtATime(begin), settle: () => new Promise((then) => setImmediate(then)) };
}

test("what is asked for meanwhile is done once, afterwards", async () => {
  const { pieces, ask, settle } = work();
  for (let n = 0; n < 5; n += 1) ask();
  assert.equal(pieces.length, 1);
  pieces[0].done();
  await settle();
  assert.equal(pieces.length, 2);
  pieces[1].done();
  await settle();
  assert.equal(pieces.length, 2, "nobody asked again");
  ask();
  assert.equal(pieces.length, 3);
});

test("a failure is reported and ends nothing else", async () => {
  /** @type {unknown[]} */
  const reported = [];
  Object.assign(globalThis, { reportError: (/** @type {unknown} */ failure) => reported.push(failure) });
  const { pieces, ask, settle } = work();
  ask();
  ask();
  const failure = new Error("no network");
  pieces[0].fail(failure);
  await settle();
  assert.deepEqual(reported, [failure]);
  assert.equal(pieces.length, 2, "what was asked for meanwhile is done all the same");
  pieces[1].fail(failure);
  await settle();
  ask();
  assert.equal(pieces.length, 3);
});
