// Links, read without a page. links.json says what each means; Python's reader is held to the same file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fault, readLink, readNames } from "../../assets/live/link_grammar.js";

/** @param {string} name */
const fixture = (name) => /** @type {unknown} */ (
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")));
const grammar = /** @type {import("../../assets/live/link_grammar.js").Grammar} */ (fixture("grammar"));
const links = /** @type {({query: string} & ReturnType<typeof readLink>)[]} */ (fixture("links"));

for (const { query, values, refused } of links) {
  test(`the link ?${query}`, () => assert.deepEqual(readLink(query, grammar), { values, refused }));
}

test("no field is looked up where JavaScript keeps its own names", () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    assert.deepEqual(readLink(`${name}=1&bias=${name}&pin=${name}&n_layer=${name}`, grammar).values, {});
    assert.equal(fault(name, 1, grammar), "");
    assert.deepEqual(readNames(`lock=${name}`, "lock", ["seed"]), { known: [], unknown: [name] });
  }
});

test("a list of names: each once, the first list only, empty ones left out", () => {
  const names = ["seed", "n_head"];
  const first = readNames("lock=n_head,,seed,n_head&lock=x", "lock", names);
  assert.deepEqual(first, { known: ["n_head", "seed"], unknown: [] });
  assert.deepEqual(readNames("lock=seed,no,seed", "lock", names), { known: ["seed"], unknown: ["no"] });
  assert.deepEqual(readNames("hide=seed", "lock", names), { known: [], unknown: [] });
});
