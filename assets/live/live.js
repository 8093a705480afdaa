// Brings the page's gr.HTML components to life; gpt2core/ui/live.py has their markup.

import { page, query, subscribe } from "./store.js";
import { control, more, presets, prompt, toggle } from "./controls.js";
import { chart } from "./charts.js";
import { numbers } from "./numbers.js";
import { lab } from "./lab.js";
import { temperature } from "./temperature.js";
import { build, comparison, generation } from "./results.js";
import { lesson, wayback } from "./lesson.js";

const KINDS = { control, more, switch: toggle, prompt, presets, chart, numbers, build, generation, comparison, header, lab, temperature, lesson, wayback };

/** The link to the other language takes the page's state along. */
function header(element) {
  const link = element.querySelector("a.language");
  const path = link.getAttribute("href");
  subscribe(() => {
    const params = query();
    params.set("lang", link.lang);
    link.href = `${path}?${params}`;
  });
}

document.documentElement.lang = page.lang;
document.title = page.texts["page.title"];

export function mount(kind, lang, element, props, trigger, watch) {
  KINDS[kind](element, props, trigger, watch);
}
