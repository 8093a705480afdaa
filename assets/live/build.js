// The built model: what was built, where, in what time, and whether the three ways to count it agree.

import { find, make } from "./dom.js";
import { exampleIn } from "./example.js";
import { instead, notices, progress, refusal } from "./progress.js";
import { follow } from "./runs.js";
import * as store from "./store.js";
import { openGenerate } from "./to_generate.js";

/** @import { BuiltEvent, PartValues } from "./types" */

const WORDS = { building: "build.working", working: "build.counting" };

/** @type {Part<PartValues["build"]>} */
export function build(element, props, _trigger, watch) {
  const root = find(element, ".result");
  /** @type {Record<string, import("./store.js").Value> | null} the model that stands here */
  let built = null;
  const outdated = make("p", "", "outdated");
  // On a phone the button beside the sliders is far above.
  const press = button("build.button", () => find(document, "#build").click());
  if (root.querySelector(".empty")) root.append(press);

  function compare() {
    const asked = built;
    if (!asked) return;
    const moved = store.page.model_fields.some((field) => asked[field] !== store.get(field));
    const shape = Object.fromEntries(
      Object.entries(asked).map(([field, n]) => [field, typeof n === "string" ? n : store.count(Number(n))]),
    );
    outdated.textContent = moved ? store.text("build.outdated", { shape: store.text("build.shape", shape) }) : "";
  }

  store.subscribe(compare);
  follow("build", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "built") {
      built = null;
      return root.replaceChildren(...notices(event), progress(event, WORDS));
    }
    built = { ...event.config, seed: event.seed, dtype: event.dtype, weights: event.weights };
    outdated.textContent = "";
    root.replaceChildren(...notices(event), outdated, ...report(event));
    compare();
  }, () => root.replaceChildren(instead(store.text("build.stopped"))));
  exampleIn(root, "build", ({ event }, line) => {
    if (event.stage === "built") root.replaceChildren(line, press, ...report(event, ["seconds", "memory"]));
  });
}

/**
 * @param {string} key of its text
 * @param {() => void} press
 */
function button(key, press) {
  const made = make("button", store.text(key), "next-step");
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {BuiltEvent} event
 * @param {string[]} [without] facts that would mislead: then it is an example, and nothing comes next
 */
function report(event, without = []) {
  const verdict = store.text(event.agrees ? "build.agree" : "build.disagree", {
    total: store.count(event.unique_total),
  });
  const table = make("pre", event.table);
  table.tabIndex = 0;
  const more = make("details");
  more.append(
    make("summary", store.text("build.details")), facts(event, without),
    make("h2", store.text("build.table")), make("p", store.text("build.table_note"), "hint"), table,
  );
  return [
    make("h2", store.text("build.heading")),
    ...(without.length ? [] : [make("p", inShort(event), "facts-line")]),
    ...(event.reused ? [make("p", store.text("build.reused"), "hint")] : []),
    check(event), make("p", verdict, event.agrees ? "verdict good" : "verdict bad"),
    ...(without.length ? [] : [button("build.next", () => void openGenerate())]), more,
  ];
}

/** @param {BuiltEvent} event */
const inShort = (event) => store.text("build.in_short", {
  seconds: store.decimal(event.seconds), device: event.device_name, dtype: event.dtype,
  weights: store.bytes(event.weight_bytes),
});

/**
 * @param {BuiltEvent} event
 * @param {string[]} without
 */
function facts(event, without) {
  const [before, after] = [store.bytes(event.memory_before), store.bytes(event.memory_after)];
  const list = make("dl", "", "facts");
  for (const [name, value] of [
    ["device", event.device_name],
    ["dtype", event.dtype],
    ["seconds", store.text("build.seconds_value", { seconds: store.decimal(event.seconds) })],
    ["weights", store.bytes(event.weight_bytes)],
    ["memory", store.text("build.memory_value", { before, after })],
    ["seed", store.count(event.seed)],
  ]) {
    if (without.includes(name)) continue;
    const pair = make("div");
    pair.append(make("dt", store.text(`build.${name}`)), make("dd", value));
    list.append(pair);
  }
  return list;
}

/** The three ways to count it. @param {BuiltEvent} event */
function check(event) {
  const { closed_form: closed, unique_total: measured, per_module_total: printed, tying_correction: tied } = event;
  const table = make("table", "", "check");
  const torchinfo = store.text("build.torchinfo", { printed: store.count(printed), correction: store.count(tied) });
  for (const { label, value } of [
    { label: store.text("build.closed_form"), value: closed },
    { label: store.text("build.measured"), value: measured },
    { label: torchinfo, value: printed - tied },
  ]) {
    const row = make("tr");
    const head = make("th", label);
    head.scope = "row";
    row.append(head, make("td", store.count(value)));
    table.append(row);
  }
  return table;
}
