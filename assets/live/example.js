// What a part of the page shows until its run is started: what GPT-2 Small has shown where
// tests/examples/write_examples.py has pressed the button. It is no result: it never grows old and cannot be stopped.

import { make } from "./dom.js";
import { standing } from "./first.js";
import { outOfSight } from "./out_of_sight.js";
import { runOf } from "./runs.js";
import * as store from "./store.js";

/** @import { Example } from "./types" */

/** @type {Map<string, Promise<Example | null>>} by the run's name; null: it could not be had */
const fetched = new Map();

/** @param {string} name */
async function fetchExample(name) {
  await standing;
  try {
    const answer = await fetch(new URL(`./example-${store.page.lang}-${name}.json`, import.meta.url));
    return answer.ok ? /** @type {Example} */ (await answer.json()) : null;
  } catch {
    return null; // no network; then the part says what a press will show
  }
}

/**
 * Lets `show(example, line)` put the example of the run `name` into `root` below `line`, which says that it is one;
 * `end` takes away what is no result's to replace, when the run is started.
 * @param {HTMLElement} root
 * @param {string} name
 * @param {(example: Example, line: HTMLElement) => void} show
 * @param {() => void} [end]
 */
export function exampleIn(root, name, show, end = () => {}) {
  const run = runOf(name);
  if (run.asked) return;
  const example = fetched.get(name) ?? fetchExample(name);
  fetched.set(name, example);
  outOfSight(root, example.then((found) => {
    if (!found || run.asked) return;
    const { line, forget } = lineOf(found, name);
    const unname = named(root, line);
    show(found, line);
    run.examples.push(() => {
      root.style.setProperty("--example-height", `${root.offsetHeight}px`); // the room that waiting keeps
      forget();
      unname();
      line.remove();
      end();
    });
  }));
}

/**
 * The line above an example. It follows the sliders: of another model than theirs it says so.
 * @param {Example} example
 * @param {string} name
 */
function lineOf({ config, seed, prompt, source, cores }, name) {
  const line = make("p", "", "example");
  /** @type {Readonly<Record<string, unknown>>} */
  const model = { ...config, seed };
  const isSame = () => Object.keys(model).every((field) => model[field] === store.get(field));
  const [preset] = Object.entries(store.page.presets)
    .find(([, shape]) => store.page.shape_fields.every((field) => shape[field] === model[field])) ?? [];
  const about = [
    store.text("example.model", {
      name: preset ? store.text(`preset.${preset}`) : [config.n_layer, config.n_head, config.n_embd].join("/"),
      seed: store.count(seed),
    }),
    ...(source ? [store.text(`weights.${source}`)] : []),
    ...(prompt === "" ? [store.text("example.empty_prompt")] : []),
    ...(prompt ? [store.text("example.prompt", { prompt })] : []),
    ...(cores ? [store.text("example.cores", { cores: store.count(cores) })] : []),
  ].join(", ");
  const look = () => {
    const button = store.text(buttonOf(name));
    const said = store.text(isSame() ? "example.line" : "example.other", { about, button });
    if (line.textContent !== said) line.textContent = said;
  };
  runOf(name).onBlocked = look;
  return { line, forget: store.subscribe(look) };
}

const BUTTONS = new Map([
  ["build", "example.build"], ["generate", "generate.button"], ["compare", "generate.compare"],
  ["train", "train.button"], ["before-after", "train.compare"],
]);
/** The text of the button that shows the visitor's own: what cannot be pressed yet needs another one's run. */
const buttonOf = (/** @type {string} */ name) =>
  (runOf(name).blocked ? "train.button" : BUTTONS.get(name) ?? `${name.replace("-", ".")}_button`);

let lines = 0;
/**
 * Names `root` by the line in it, for whoever hears the page; that it has come is not read out. Returns what undoes it.
 * @param {HTMLElement} root
 * @param {HTMLElement} line
 */
function named(root, line) {
  lines += 1;
  line.id = `example-${lines}`;
  const role = root.tagName === "FIGURE" ? "figure" : "group";
  const before = Object.entries({ role, "aria-labelledby": line.id, "aria-live": "off" }).map(([name, value]) => {
    const had = root.getAttribute(name);
    root.setAttribute(name, value);
    return { name, had };
  });
  return () => {
    for (const { name, had } of before) {
      if (had === null) root.removeAttribute(name);
      else root.setAttribute(name, had);
    }
  };
}
