// What the server computed: the built model and the generated text. All of it is set as text.

import { make } from "./dom.js";
import { follow, runOf } from "./runs.js";
import { staleness } from "./stale.js";
import * as store from "./store.js";
import { onceOpen, openTab } from "./tabs.js";

export function progress(label, share) {
  const box = make("div", "", "working");
  const bar = make("progress");
  bar.max = 1;
  if (share !== undefined) bar.value = share;
  bar.setAttribute("aria-label", label);
  box.append(make("p", label), bar);
  return box;
}

/** What happens before there is a result: how much of the model is built, or the place in line. */
export function patience(building, { progress: share, place }) {
  if (share) return store.text(building, { share: store.percent(share, 0) });
  return place ? store.text("build.in_line", { place: store.count(place) }) : store.text("build.waiting");
}

export const notices = (event) => (event.notice ? [make("p", store.text(`build.${event.notice}`), "notice")] : []);
export const refusal = (sentence) => {
  const node = make("p", sentence, "refusal");
  node.setAttribute("role", "alert");
  return node;
};

export function build(element, props, trigger, watch) {
  const root = element.querySelector(".result");
  let config = null;
  // On a phone the button beside the sliders is far above.
  const start = make("button", store.text("build.button"), "next-step");
  start.type = "button";
  start.addEventListener("click", () => document.getElementById("build").click());
  if (root.querySelector(".empty")) root.append(start);

  function show(event) {
    if (event.error) return root.replaceChildren(refusal(event.error));
    if (event.done) return finished(event);
    const share = event.progress;
    const label = event.stage === "count" ? store.text("build.counting") : patience("build.working", event);
    config = null;
    root.replaceChildren(...notices(event), progress(label, share || undefined));
  }

  function finished(event) {
    config = { ...event.config, seed: event.seed };
    const facts = make("dl", "", "facts");
    const fact = (name, value) => {
      const pair = make("div");
      pair.append(make("dt", store.text(`build.${name}`)), make("dd", value));
      facts.append(pair);
    };
    fact("device", event.device_name);
    fact("dtype", event.dtype);
    fact("seconds", store.text("build.seconds_value", { seconds: store.decimal(event.seconds) }));
    fact("weights", store.bytes(event.weight_bytes));
    fact("memory", store.text("build.memory_value", { before: store.bytes(event.memory_before), after: store.bytes(event.memory_after) }));
    fact("seed", store.count(event.seed));

    const check = make("table", "", "check");
    const printed = { printed: store.count(event.per_module_total), correction: store.count(event.tying_correction) };
    for (const [label, value] of [
      [store.text("build.closed_form"), event.closed_form],
      [store.text("build.measured"), event.unique_total],
      [store.text("build.torchinfo", printed), event.per_module_total - event.tying_correction],
    ]) {
      const row = make("tr");
      const head = make("th", label);
      head.scope = "row";
      row.append(head, make("td", store.count(value)));
      check.append(row);
    }
    const verdict = store.text(event.agrees ? "build.agree" : "build.disagree", { total: store.count(event.unique_total) });
    const table = make("pre", event.table);
    table.tabIndex = 0;
    const next = make("button", store.text("build.next"), "next-step");
    next.type = "button";
    next.addEventListener("click", () => {
      onceOpen("generate", () => document.querySelector(".right .tabs").scrollIntoView());
      openTab("generate");
    });
    root.replaceChildren(
      ...notices(event), make("p", "", "outdated"), make("h2", store.text("build.heading")), facts,
      ...(event.reused ? [make("p", store.text("build.reused"), "hint")] : []),
      make("h2", store.text("build.check")), check, make("p", verdict, event.agrees ? "verdict good" : "verdict bad"), next,
      make("h2", store.text("build.table")), make("p", store.text("build.table_note"), "hint"), table,
    );
    compare();
  }

  function compare() {
    const note = root.querySelector(".outdated");
    const numbers = config && store.shape();
    if (!note || !numbers) return;
    const moved = store.page.model_fields.some((f) => config[f] !== store.get(f));
    const shape = Object.fromEntries(Object.entries(config).map(([f, v]) => [f, store.count(Number(v))]));
    note.textContent = moved ? store.text("build.outdated", { shape: store.text("build.shape", shape) }) : "";
  }

  store.subscribe(compare);
  follow("build", element, props, watch, show, () => root.replaceChildren(make("p", store.text("build.stopped"), "empty")));
}

/** What a speech says before its first word. */
const waiting = (event) => progress(patience("generate.building", event), event.progress || undefined);
const speed = (event) => store.text("generate.speed", {
  tokens: store.count(event.n_tokens), speed: store.decimal(event.tokens_per_second, 1), device: event.device,
});
const ending = (event) => (event.stop_reason
  ? store.text(`generate.${event.stop_reason}`, { block_size: store.count(event.block_size) }) : "");

export function generation(element, props, trigger, watch) {
  const root = element.querySelector(".result");
  root.setAttribute("aria-live", "off"); // a screen reader gets the end, not every syllable
  const run = runOf("generate");
  const stale = staleness(root, run, store.page.generate_fields);
  const prompt = make("span", "", "prompted");
  const said = make("span", "", "said");
  const line = make("p", "", "speech");
  line.dir = "auto";
  line.tabIndex = 0; // it scrolls
  line.append(prompt, said);
  const facts = make("p", "", "facts-line");
  const end = make("p", "", "end");
  end.setAttribute("role", "status");

  function show(event) {
    if (event.error) return root.replaceChildren(refusal(event.error));
    if (event.stage !== "generate") {
      return root.replaceChildren(...notices(event), waiting(event));
    }
    prompt.textContent = event.start_token ?? run.asked.prompt;
    said.textContent = event.text;
    facts.textContent = speed(event);
    end.textContent = ending(event);
    const intro = event.start_token ? [make("p", store.text("generate.start_token", { token: event.start_token }), "hint")] : [];
    if (line.parentElement !== root) root.replaceChildren(...notices(event), stale.line, ...intro, line, facts, end);
    stale.look();
  }

  follow("generate", element, props, watch, show, (event) => {
    const sentence = store.text("generate.stopped", { tokens: store.count(event?.n_tokens ?? 0) });
    if (line.parentElement === root) end.textContent = sentence;
    else root.replaceChildren(make("p", sentence, "empty"));
  });
}

export function comparison(element, props, trigger, watch) {
  const root = element.querySelector(".result");
  root.setAttribute("aria-live", "off");
  const end = make("p", "", "end");
  end.setAttribute("role", "status");
  const grid = make("div", "", "grid");
  const fields = store.page.generate_fields.filter((field) => field !== "temperature"); // it has its own
  const stale = staleness(root, runOf("compare"), fields);
  let columns = [];

  function show(event) {
    if (event.error) return root.replaceChildren(refusal(event.error));
    if (event.stage !== "compare") {
      columns = [];
      return root.replaceChildren(...notices(event), waiting(event));
    }
    if (!columns.length) {
      columns = event.temperatures.map((t) => {
        const heading = t === 0 ? store.text("generate.compare_greedy") : store.text("generate.compare_at", { temperature: store.small(t) });
        const column = make("section");
        const [text, facts] = [make("p", "", "speech"), make("p", "", "facts-line")];
        text.dir = "auto";
        text.tabIndex = 0;
        column.append(make("h2", heading), text, facts);
        return { column, text, facts };
      });
      grid.replaceChildren(...columns.map((c) => c.column));
      root.replaceChildren(...notices(event), stale.line, grid, end);
    }
    stale.look();
    columns.forEach(({ text, facts }, i) => {
      text.textContent = event.texts[i];
      facts.textContent = store.text("generate.compare_facts", {
        entropy: store.decimal(event.entropies[i]), share: store.percent(event.repeat_shares[i], 0),
      });
    });
    end.textContent = [speed(event), ending(event)].join(" ");
  }

  follow("compare", element, props, watch, show, (event) => {
    const sentence = store.text("generate.stopped", { tokens: store.count(event?.n_tokens ?? 0) });
    if (columns.length) end.textContent = sentence;
    else root.replaceChildren(make("p", sentence, "empty"));
  });
}
