// Brings the page's gr.HTML components to life; gpt2core/ui/live.py has their markup.

import { page } from "./store.js";
import { control, more, presets, prompt, toggle } from "./controls.js";
import { chart } from "./charts.js";
import { numbers } from "./numbers.js";
import { build, comparison, generation } from "./results.js";

const KINDS = { control, more, switch: toggle, prompt, presets, chart, numbers, build, generation, comparison, header: () => {} };

document.documentElement.lang = page.lang;
document.title = page.texts["page.title"];

export function mount(kind, lang, element, props, trigger, watch) {
  KINDS[kind](element, props, trigger, watch);
}
