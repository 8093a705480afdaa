// The steps that a run takes: what the server has found stands in the page's state until something else is asked for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";

/** @param {string} [search] */
async function opened(search = "") {
  const { load, frame } = openPage({ search });
  const [store, { takeSteps }] = [await load("store"), await load("steps")];
  frame();
  return {
    store, takeSteps,
    set: (/** @type {string} */ field, /** @type {string | number} */ value) => {
      store.set(field, value, { settled: true });
      frame();
      frame();
    },
  };
}

/** @type {[field: string, value: string | number][]} */
const OTHERS = [["n_layer", 3], ["vocab_size", 256], ["source", "sums"], ["seconds", 30]];
for (const [field, value] of OTHERS) {
  test(`steps that the server has found go when ${field} changes`, async () => {
    const { store, takeSteps, set } = await opened();
    takeSteps(1200);
    assert.equal(store.get("steps"), 1200);
    set("seed", 4);
    set("learning_rate", 0.01);
    assert.equal(store.get("steps"), 1200, "the same number of steps, to be compared");
    set(field, value);
    assert.equal(store.get("steps"), 0);
  });
}

test("a link's steps go as well: they come from a run", async () => {
  const { store, set } = await opened("?steps=700&seconds=20");
  assert.equal(store.get("steps"), 700);
  set("seconds", 60);
  assert.equal(store.get("steps"), 0);
});

test("what the visitor has typed stays, and so does what a teacher has fixed", async () => {
  const { store, takeSteps, set } = await opened();
  takeSteps(1200);
  set("steps", 300);
  set("n_layer", 2);
  set("n_layer", 3);
  assert.equal(store.get("steps"), 300);
  const fixed = await opened("?steps=700&lock=steps");
  fixed.takeSteps(50);
  fixed.set("n_layer", 2);
  assert.equal(fixed.store.get("steps"), 700);
});

test("steps of a second run go in their turn", async () => {
  const { store, takeSteps, set } = await opened();
  takeSteps(1200);
  set("n_layer", 2);
  takeSteps(2400);
  assert.equal(store.get("steps"), 2400);
  set("source", "sorting");
  assert.equal(store.get("steps"), 0);
});
