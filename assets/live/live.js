// Brings the page's gr.HTML components to life; assets/templates has their markup.

import { find } from "./dom.js";
import { given, page, subscribe } from "./store.js";
import { choice } from "./choice.js";
import { control, more, presets, prompt, toggle } from "./controls.js";
import { chart } from "./charts.js";
import { mounted } from "./first.js";
import { numbers } from "./numbers.js";
import { highlight } from "./highlight.js";
import { lab } from "./lab.js";
import { temperature } from "./temperature.js";
import { drawing } from "./drawing.js";
import { forward } from "./forward.js";
import { sheet } from "./sheet.js";
import { compare, pin } from "./compare.js";
import { build } from "./build.js";
import { beforeAfter, comparison } from "./comparison.js";
import { generation } from "./generation.js";
import { learntNow } from "./learnt.js";
import { lesson, openLesson } from "./lesson.js";
import { navigation } from "./navigation.js";
import { inAddress, query } from "./link.js";
import { keep } from "./locks.js";
import { print } from "./print.js";
import { onProjector, projector } from "./projector.js";
import { arrived } from "./panels.js";
import { share } from "./share.js";
import { onTab } from "./tabs.js";
import { sections } from "./sections.js";
import { takeHome } from "./take_home.js";
import { tiles } from "./tiles.js";
import { forgotten } from "./forgotten.js";
import { training } from "./training.js";
import { ownText, source } from "./training_controls.js";
import { toGenerate } from "./to_generate.js";
import { wayback } from "./way_back.js";
import { weights } from "./weights.js";

/** @import { PartValues } from "./types" */

/** @type {{ [K in keyof PartValues]: Part<PartValues[K]> }} */
const KINDS = {
  control, more, switch: toggle, choice, prompt, presets, chart, numbers, build, generation, comparison, header, lab,
  temperature, tiles, sections, toGenerate, sheet, drawing, forward, lesson, wayback, navigation, pin, compare,
  source, ownText, weights, training, forgotten, beforeAfter,
};

/** The link to the other language takes the page's state along. @type {Part<null>} */
function header(element) {
  const link = find(element, "a.language", HTMLAnchorElement);
  const path = link.getAttribute("href");
  const lead = () => {
    const params = query();
    params.set("lang", link.lang);
    link.href = `${path}?${inAddress(params)}`;
  };
  subscribe(lead);
  onTab(lead);
  onProjector(lead);
  find(element, ".skip").addEventListener("click", () => find(document, ".tabs-row [aria-selected=true]").focus());
  find(element, ".lesson-button").addEventListener("click", () => openLesson());
  projector(element);
  share(element);
  takeHome(element);
  print(element);
  const page = element.closest(".gradio-container");
  if (page) highlight(page);
}

document.documentElement.lang = page.lang;
document.title = page.texts["page.title"];

// For Gradio's events: a control is on the page only once its tab was opened, but the state is always there.
window.stateOf = (fields) => fields.map(given);
// The same with the weights that a run has learnt, whichever are chosen.
window.stateWithLearnt = (fields) =>
  fields.map((field) => (field === "weights" ? learntNow() ?? given(field) : given(field)));

/**
 * What the script of each gr.HTML calls once it is on the page.
 * @template {keyof PartValues} K
 * @param {K} kind
 * @param {string} lang
 * @param {HTMLElement} element
 * @param {Props<PartValues[K]>} props
 * @param {Trigger} trigger
 * @param {Watch} watch
 */
export function mount(kind, lang, element, props, trigger, watch) {
  KINDS[kind](element, props, trigger, watch);
  keep(kind, element);
  arrived(element);
  mounted(kind);
}
