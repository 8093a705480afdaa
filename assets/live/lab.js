// What a lab has found: blocks that gpt2core/ui/blocks.py describes. All words are set as text.

import { figureIn } from "./charts.js";
import { make } from "./dom.js";
import { pictures } from "./pictures.js";
import { notices, patience, progress, refusal } from "./results.js";
import { follow } from "./runs.js";
import * as store from "./store.js";
import { showNext } from "./temperature.js";

const row = (tag, cells) => {
  const line = make("tr");
  for (const content of cells) line.append(make(tag, content));
  return line;
};

const BLOCKS = {
  heading: ({ text }) => [make("h3", text)],
  paragraph: ({ text, look }) => [make("p", text, look)],
  code({ text, look }) {
    const code = make("pre", text, look);
    code.tabIndex = 0; // it scrolls
    return [code];
  },
  table({ head, rows }) {
    const box = make("div", "", "wide");
    box.tabIndex = 0;
    const table = make("table");
    table.append(row("th", head), ...rows.map((cells) => row("td", cells)));
    box.append(table);
    return [box];
  },
  figures({ label, choices }, about) {
    const plot = make("div", "", "plot");
    plot.setAttribute("aria-hidden", "true");
    const says = make("p", "", "says");
    const drawing = figureIn(plot);
    const show = (choice) => {
      drawing.show(choice.figure);
      says.textContent = choice.says;
    };
    if (choices.length < 2) {
      if (!choices.length) return [plot, says];
      show(choices[0]);
      return [plot, says, pictures(about, drawing.picture)];
    }
    const select = make("select");
    choices.forEach(({ name }, n) => select.append(new Option(name, n)));
    select.addEventListener("change", () => show(choices[select.value]));
    const named = make("label", `${label} `, "choice");
    named.append(select);
    says.setAttribute("aria-live", "polite");
    show(choices[0]);
    return [named, plot, says, pictures(about, drawing.picture)];
  },
  next({ data }) {
    showNext(data);
    return [];
  },
};

export function lab(element, props, trigger, watch) {
  const root = element.querySelector(".result");
  const name = `lab-${root.dataset.lab}`;
  const outdated = make("p", "", "outdated");
  let asked = null; // the model that was tried

  function show(event) {
    if (event.error) return root.replaceChildren(refusal(event.error));
    const about = { name: root.dataset.lab, title: store.text(`lab.${root.dataset.lab}_title`), shape: event.config };
    const found = (event.blocks ?? []).flatMap((block) => {
      if (block.block === "heading") about.title = block.text;
      return BLOCKS[block.block](block, { ...about });
    });
    if (!event.done) {
      const label = event.stage === "lab" ? store.text("lab.working") : patience("generate.building", event);
      return root.replaceChildren(...notices(event), ...found, progress(label, event.progress || undefined));
    }
    asked = event.config ? { ...event.config, seed: event.seed } : null;
    outdated.textContent = "";
    root.replaceChildren(...notices(event), ...(found.length ? [outdated, ...found] : []));
  }

  store.subscribe(() => {
    const moved = asked && store.page.model_fields.some((field) => asked[field] !== store.get(field));
    outdated.textContent = moved ? store.text("lab.outdated") : "";
  });
  follow(name, element, props, watch, show, () => root.replaceChildren(make("p", store.text("build.stopped"), "empty")));
}
