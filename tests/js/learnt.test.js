// The weights that a model can have: a run's belong to its shape and seed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";
import { RUN, told } from "./training_event.js";

/** @param {string} [search] */
async function opened(search = "") {
  const { load, frame } = openPage({ search });
  const [store, learnt] = [await load("store"), await load("learnt")];
  const frames = () => {
    for (let n = 0; n < 3; n++) frame();
  };
  frames();
  return {
    store, learnt, frames,
    names: () => learnt.choices().map(({ name }) => name),
    set: (/** @type {string} */ field, /** @type {string | number} */ value) => {
      store.set(field, value, { settled: true });
      frames();
    },
  };
}

test("a run's newest weights can be chosen, and those of its end when it is over", async () => {
  const { learnt, names } = await opened();
  learnt.learn(told());
  learnt.learn(told({ done: true }));
  assert.deepEqual([names(), learnt.learntNow()], [[], null], "nothing of it is kept");
  learnt.learn(told({ weights: `${RUN}.10` }));
  learnt.learn(told({ weights: `${RUN}.50` }));
  assert.deepEqual(names(), [`${RUN}.50`]);
  assert.deepEqual(learnt.choices().map(({ kind, steps }) => [kind, steps]), [["stories-en", 50]]);
  learnt.learn(told({ weights: `${RUN}.100`, done: true }));
  assert.deepEqual([names(), learnt.choices()[0].steps], [[RUN], 100]);
});

for (const [field, value, back] of /** @type {const} */ ([["n_layer", 3, 12], ["seed", 5, 0]])) {
  test(`another ${field} has random weights, until it is the run's again`, async () => {
    const { store, learnt, names, set } = await opened();
    learnt.learn(told({ done: true, weights: `${RUN}.100` }));
    set("weights", RUN);
    assert.equal(learnt.letGoNow(), null);
    set(field, value);
    assert.deepEqual([store.get("weights"), names(), learnt.learntNow()], ["random", [], null]);
    assert.equal(learnt.letGoNow()?.name, RUN);
    set(field, back);
    assert.deepEqual([store.get("weights"), names(), learnt.letGoNow()], ["random", [RUN], null]);
    assert.equal(learnt.learntNow(), RUN);
  });
}

test("the weights in a link are those of its shape", async () => {
  const { store, learnt, names, set } = await opened(`?n_layer=2&weights=${RUN}.350`);
  assert.deepEqual([store.get("weights"), names()], [`${RUN}.350`, [`${RUN}.350`]]);
  assert.equal(learnt.choices()[0].steps, 350);
  set("n_layer", 3);
  assert.equal(store.get("weights"), "random");
  const finished = await opened(`?steps=700&weights=${RUN}`);
  assert.equal(finished.learnt.choices()[0].steps, 700);
});

test("what was learnt from a forgotten text is gone, and the rest is not", async () => {
  const { store, learnt, names, set } = await opened();
  const run = "text-0123456789abcdef", source = "text-01234567890123456789";
  learnt.learn(told({ done: true, weights: `${RUN}.100` }));
  learnt.learn(told({ done: true, run, source, weights: `${run}.100` }));
  set("weights", run);
  let heard = 0;
  learnt.onUnlearnt(() => { heard += 1; });
  learnt.unlearn(source);
  assert.deepEqual([store.get("weights"), names(), heard], ["random", [RUN], 1]);
});
