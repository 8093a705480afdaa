// What the page finds in the browser besides the browser: Plotly, Gradio's own page, and the served data.

/** What of Plotly is used. Its own types (@types/plotly.js) do not know the fields that we leave open. */
interface Plotly {
  react(plot: HTMLElement, data: import("./types").Trace[], layout: import("./types").Layout,
    options: { displayModeBar: boolean }): Promise<Plot>;
  purge(plot: HTMLElement): void;
  downloadImage(figure: import("./types").Figure, options: {
    format: string; width: number; height: number; scale: number; filename: string;
  }): Promise<string>;
}

/** An element that Plotly has drawn in. */
interface Plot extends HTMLElement {
  on(event: "plotly_treemapclick", listener: (event: { points: { id: string }[] }) => boolean): void;
}

/** What Plotly's d3 has bound to an element: of a treemap's tile, the tile. */
interface Element {
  __data__?: { data?: { data?: { id?: string } } };
}

/** What of Gradio's own list of the page's components is used. `id` among the props is a tab's, as Python names it. */
interface GradioComponent {
  id: number;
  type: string;
  props: { id?: string; elem_id?: string; js_on_load?: string };
}

/** A press on the picture of the page: of which element, and where a slider was moved to. */
interface EarlyPress {
  selector: string;
  value: string | null;
}

interface Window {
  pressedEarly?: EarlyPress[];
  Plotly?: Plotly;
  gradio_config: { components: GradioComponent[]; layout: import("./panels").Layout };
  stateOf: (fields: string[]) => (number | string | boolean | undefined)[];
  stateWithLearnt: (fields: string[]) => (number | string | boolean | undefined)[];
}

/**
 * Of a part of the page, as Gradio hands it to the script of a gr.HTML: `value` is its component's; `offered`, which of
 * a control's choices the device has, is empty until that is known.
 */
interface Props<T> {
  value: T;
  offered?: string[];
}
type Trigger = (event: "release") => void;
type Watch = (name: "value" | "offered", listener: () => void) => void;
/** Brings one part of the page to life. */
type Part<T> = (element: HTMLElement, props: Props<T>, trigger: Trigger, watch: Watch) => void;

// What gpt2core/ui/assets.py serves beside this folder.
declare module "*/page-en.js" {
  const page: import("./types").PageData;
  export default page;
}
declare module "*/page-vi.js" {
  const page: import("./types").PageData;
  export default page;
}
