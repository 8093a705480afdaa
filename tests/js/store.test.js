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
  assert.ok(counts.length >= 140);
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
  assert.equal(store.shape().bias, 0);
});

/** @type {[search: string, held: number | null][]} null: what the page begins with */
const TEMPERATURES = [
  ["", null], ["?tab=generate&lang=vi&projector=1", null], ["?step=3&lang=en", null], ["?__theme=dark", null],
  ["?n_layer=12&n_head=12&n_embd=768&seed=0&lang=en", 1], ["?prompt=a", 1], ["?n_layer=x", 1], ["?pin=x", 1],
  ["?n_layer=3&temperature=0.5", 0.5], ["?temperature=0", 0],
];

for (const [search, held] of TEMPERATURES) {
  test(`a link from before the page had a temperature of its own means 1: ${search}`, async () => {
    const store = await openPage({ search }).load("store");
    const first = store.page.limits.temperature.default;
    assert.ok(first > 0 && first < 1);
    assert.equal(store.get("temperature"), held ?? first);
    assert.equal(store.defaults.get("temperature"), first);
  });
}

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

test("bytes follow the number format, and no count does", async () => {
  const { load, frame } = openPage({ search: "?dtype=bfloat16" });
  const store = await load("store");
  /** @type {[number, number][]} */
  const seen = [];
  store.subscribe(({ quantities }) => seen.push([quantities.unique_total, quantities.weight_bytes]));
  frame();
  store.set("dtype", "float32");
  frame();
  store.set("dtype", "float16");
  assert.deepEqual(seen, [
    [124_439_808, 2 * 124_439_808], [124_439_808, 4 * 124_439_808], [124_439_808, 4 * 124_439_808],
  ]);
  assert.equal(store.complaint("dtype"), 'Number format is "float16", but must be one of: float32, bfloat16.');
});

/** @type {[search: string, offered: string[], held: string, initial: string, refused: RegExp | null][]} */
const OFFERS = [
  ["", ["float32", "bfloat16"], "float32", "float32", null],
  ["", ["bfloat16", "float32"], "bfloat16", "bfloat16", null],
  ["?dtype=float32", ["bfloat16", "float32"], "float32", "bfloat16", null],
  ["?dtype=bfloat16", ["bfloat16", "float32"], "bfloat16", "bfloat16", null],
  ["?dtype=bfloat16", ["float32"], "float32", "float32", /^Number format is "bfloat16", but must be float32 here/],
  ["?dtype=bfloat16&lock=dtype", ["float32"], "float32", "float32", /"bfloat16"/],
  ["?dtype=x", ["bfloat16", "float32"], "bfloat16", "bfloat16", /^Number format: "x" could not be used/],
];
for (const [search, offered, held, initial, refused] of OFFERS) {
  test(`a device that offers ${offered.join(", ")} and a link that says '${search}'`, async () => {
    const { load, frame } = openPage({ search });
    const store = await load("store");
    assert.equal(store.defaults.get("dtype"), "float32", "what is said before anybody knows");
    frame();
    store.offer("dtype", offered);
    assert.deepEqual([store.get("dtype"), store.defaults.get("dtype")], [held, initial]);
    assert.equal(store.shape().dtype_bytes, held === "float32" ? 4 : 2);
    assert.equal(store.refused.length, refused ? 1 : 0);
    if (refused) assert.match(store.refused[0], refused);
  });
}

test("what a visitor has chosen before the device was known stays", async () => {
  const store = await openPage().load("store");
  store.set("dtype", "float32", { settled: true });
  store.offer("dtype", ["bfloat16", "float32"]);
  assert.equal(store.get("dtype"), "float32");
});

test("what a teacher's link has fixed stays", async () => {
  const store = await openPage({ search: "?n_layer=5&lock=n_layer" }).load("store");
  store.set("n_layer", 9);
  store.setMany({ n_layer: 9, n_embd: 96 });
  assert.deepEqual([store.get("n_layer"), store.get("n_embd")], [5, 96]);
});

test("a width that fixed heads cannot share is refused, whether typed or set by a step of the lesson", async () => {
  const store = await openPage({ search: "?n_head=12&lock=n_head" }).load("store");
  store.setMany({ n_layer: 4, n_head: 4, n_embd: 128 }); // gpt-micro
  assert.deepEqual([store.get("n_layer"), store.get("n_head"), store.get("n_embd")], [4, 12, 768]);
  assert.match(store.complaint("n_embd"), /multiple of the 12 heads/);
  store.setMany({ n_layer: 6, n_head: 6, n_embd: 192 }); // gpt-mini
  assert.deepEqual([store.get("n_embd"), store.complaint("n_embd")], [192, ""]);
});

test("a value that is refused stands in its control, and changes nothing else", async () => {
  const { load, frame } = openPage();
  const store = await load("store");
  frame();
  /** @type {number[]} */
  const totals = [];
  store.subscribe(({ quantities }) => totals.push(quantities.unique_total));
  const before = store.all();
  /** @type {[string, string | number][]} */
  const refused = [["n_layer", ""], ["n_embd", 1600.5], ["n_head", 0], ["vocab_size", "1/2"], ["temperature", -1]];
  for (const [field, value] of refused) {
    store.set(field, value, { settled: true });
    frame();
    assert.equal(store.given(field), value);
    assert.notEqual(store.complaint(field), "");
  }
  assert.deepEqual(store.all(), before);
  assert.deepEqual(new Set(totals), new Set([124_439_808]));
  store.set("temperature", 0.1);
  assert.equal(store.get("temperature"), 0.1);
  store.set("n_head", 7);
  assert.equal(store.get("n_head"), 6, "heads share the width that holds, not the one that is refused");
  store.setMany({ n_layer: 12, n_embd: 64 });
  assert.deepEqual([store.complaint("n_layer"), store.given("n_embd")], ["", 64]);
});

test("a refusal names what was typed, and how numbers are written", async () => {
  const english = await openPage().load("store"), vietnamese = await openPage({ lang: "vi" }).load("store");
  english.set("vocab_size", "50.000", { typed: "50.000" });
  assert.equal(english.complaint("vocab_size"), 'Vocabulary size is "50.000", but must be a whole number from 1 to '
    + "1,000,000. Here numbers are written like 50,257 and 0.1.");
  english.set("n_layer", 129, { typed: "129" });
  assert.equal(english.complaint("n_layer"), "Layers is 129, but must be a whole number from 1 to 128.");
  english.set("n_layer", "", { typed: "" });
  assert.equal(english.complaint("n_layer"), 'Layers is "", but must be a whole number from 1 to 128.');
  vietnamese.set("temperature", 1500, { typed: "1.500" });
  assert.match(vietnamese.complaint("temperature"), / 1\.500,.* từ 0 đến 100\. .* 50\.257 và 0,1\.$/);
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
