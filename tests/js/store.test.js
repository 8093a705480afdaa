// The page's one state: what it starts with, what moves with what, and how often its listeners are told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fixture, openPage } from "./page.js";

/** @import { ShapeConfig } from "../../assets/live/types" */
/** @typedef {{ shape: ShapeConfig, quantities: Record<string, string>, sheets: Record<string, string> }} Counted */

const counts = /** @type {Counted[]} */ (fixture("counts"));

test("every count of many shapes is Python's, to the last digit", async () => {
  const { load } = openPage();
  const [store, { numbersOf }, formula] = [await load("store"), await load("shapes"), await load("formula")];
  assert.ok(counts.length >= 70);
  for (const { shape, quantities, sheets } of counts) {
    const numbers = numbersOf({ ...shape });
    /** @param {Record<string, bigint>} values */
    const written = (values) => Object.fromEntries(Object.entries(values).map(([name, n]) => [name, String(n)]));
    assert.deepEqual(written(store.exactly(numbers)), quantities);
    assert.deepEqual(written(store.exactly(formula.numbersOf(numbers), store.page.sheets.polynomials)), sheets);
    for (const [name, n] of Object.entries(store.evaluate(numbers))) {
      const exact = BigInt(quantities[name]);
      if (exact <= Number.MAX_SAFE_INTEGER) assert.equal(BigInt(n), exact, name);
      else assert.ok(Math.abs(n / Number(exact) - 1) < 1e-12, name);
    }
  }
});

test("a page starts with what its link says, and says what it could not use", async () => {
  const store = await openPage({ lang: "vi", search: "?n_layer=3&n_embd=x&bias=false&prompt=a" }).load("store");
  assert.equal(store.page.lang, "vi");
  assert.deepEqual([store.get("n_layer"), store.get("n_embd"), store.get("bias")], [3, 768, false]);
  assert.equal(store.get("prompt"), "a");
  assert.equal(store.refused.length, 1);
  assert.match(store.refused[0], /"x"/);
  assert.equal(store.shape()?.bias, 0);
});

test("heads follow the width, and come back to what was wanted", async () => {
  const store = await openPage().load("store");
  store.set("n_head", 25);
  assert.equal(store.get("n_head"), 24);
  assert.equal(store.headsWanted(), 25);
  store.set("n_embd", 1600);
  assert.equal(store.get("n_head"), 25);
  store.setMany({ n_head: 12, n_embd: 768 });
  assert.equal(store.get("n_head"), 12);
});

test("what a teacher's link has fixed stays", async () => {
  const store = await openPage({ search: "?n_layer=5&lock=n_layer" }).load("store");
  store.set("n_layer", 9);
  store.setMany({ n_layer: 9, n_embd: 96 });
  assert.deepEqual([store.get("n_layer"), store.get("n_embd")], [5, 96]);
});

test("a bad value is kept and complained about, while the last good shape stands", async () => {
  const { load, frame } = openPage();
  const store = await load("store");
  frame();
  /** @type {number[]} */
  const totals = [];
  store.subscribe(({ quantities }) => totals.push(quantities.unique_total));
  store.set("n_layer", "");
  assert.equal(store.get("n_layer"), "");
  assert.match(store.complaint("n_layer", ""), /""/);
  assert.equal(store.shape(), null);
  assert.deepEqual(totals, [124_439_808, 124_439_808]);
});

test("listeners are told at once, then once a frame, of the newest; until they leave", async () => {
  const { load, frame } = openPage();
  const store = await load("store");
  frame();
  /** @type {(number | boolean)[][]} */
  const heard = [];
  const leave = store.subscribe(({ numbers, settled }) => heard.push([numbers.n_layer, settled]));
  store.set("n_layer", 1);
  store.set("n_layer", 2, { settled: true });
  store.set("n_layer", 3);
  assert.deepEqual(heard, [[12, false], [1, false]]);
  frame();
  assert.deepEqual(heard.at(-1), [3, true], "that the visitor let go in between is not lost");
  frame();
  leave();
  store.set("n_layer", 4);
  assert.equal(heard.length, 3);
});
