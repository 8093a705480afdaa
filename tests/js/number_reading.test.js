// Numbers as people type them, in both languages: typed_numbers.json says what each means.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { numberFormats } from "../../assets/live/number_formats.js";
import { inField, readNumber } from "../../assets/live/number_reading.js";

/** @typedef {{ lang: "en" | "vi", typed: string, whole: boolean, value: number | null }} Case */
/** @type {unknown} */
const file = JSON.parse(readFileSync(new URL("../fixtures/typed_numbers.json", import.meta.url), "utf8"));
const CASES = /** @type {Case[]} */ (file);

test(`${CASES.length} typed numbers are what was meant, or none`, () => {
  assert.ok(CASES.length >= 200);
  for (const { lang, typed, whole, value } of CASES) {
    assert.equal(readNumber(typed, lang, whole), value, JSON.stringify({ lang, typed, whole }));
  }
});

for (const lang of /** @type {const} */ (["en", "vi"])) {
  test(`what the page writes in ${lang} is read back`, () => {
    const { count, small } = numberFormats(lang);
    for (const n of [0, 1, 25, 768, 1600, 50_257, 1_000_000, 4_294_967_295]) {
      for (const written of [count(n), inField(n, lang)]) assert.equal(readNumber(written, lang, true), n, written);
    }
    for (const n of [0, 0.01, 0.1, 0.125, 1, 1.5, 12.25, 100, 0.0005, 1e-7]) {
      for (const written of [small(n), inField(n, lang)]) assert.equal(readNumber(written, lang, false), n, written);
    }
  });
}
