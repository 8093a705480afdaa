// Texts are filled as Python fills them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fixture, openPage } from "./page.js";

/** @typedef {{ lang: "en" | "vi", key: string, fill: Record<string, string>, text: string }} Filled */

const filled = /** @type {Filled[]} */ (fixture("filled"));

for (const lang of /** @type {const} */ (["en", "vi"])) {
  test(`texts in ${lang} are filled as Python fills them`, async () => {
    const store = await openPage({ lang }).load("store");
    const cases = filled.filter((each) => each.lang === lang);
    assert.ok(cases.length >= 50);
    for (const { key, fill, text } of cases) assert.equal(store.text(key, fill), text, key);
  });
}

test("what is not filled in stays as it is, whatever JavaScript calls its own", async () => {
  const store = await openPage().load("store");
  assert.match(store.text("number.confirmed", { toString: "no" }), /\{total\}/);
});

test("a quantity is written in its unit", async () => {
  const { writing } = await openPage().load("store");
  assert.equal(writing("weight_bytes")(497_759_232), "497.8 MB");
  assert.equal(writing("flops_per_token")(284_812_800), "284.8 M");
  assert.equal(writing("unique_total")(124_439_808), "124,439,808");
  assert.equal(writing("constructor")(12), "12");
});
