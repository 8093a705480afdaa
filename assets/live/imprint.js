// Which model it is and the link that opens it: on paper and in pictures that leave the page.

import { linkOf, query } from "./link.js";
import * as store from "./store.js";

/** @import { ShapeConfig } from "./types" */

/**
 * A line about a model, and the link; without `run`, of what stands in the sliders.
 * @param {ShapeConfig | null} [run] what was computed, where that may be another model
 */
export function imprint(run = null) {
  const shape = store.shape(run ?? {});
  const counts = Object.fromEntries(store.page.shape_fields.map((field) => [field, store.count(shape[field])]));
  const tied = store.text(shape.tied ? "lab.tied" : "lab.untied").toLocaleLowerCase(store.page.lang);
  const params = query();
  for (const field of run ? store.page.shape_fields : []) params.set(field, String(shape[field]));
  return {
    said: store.text("page.on_paper", {
      ...counts, tied, dtype: String(store.get("dtype")), total: store.count(store.evaluate(shape).unique_total),
    }),
    link: linkOf(params),
  };
}
