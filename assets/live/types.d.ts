// Types of what the server tells the page.
// Written by tests/js/generate_types.py from gpt2core/page_types: change them there.

export interface HeadingBlock {
  block: "heading";
  text: string;
}
export interface ParagraphBlock {
  block: "paragraph";
  text: string;
  look: string;
}
export interface CodeBlock {
  block: "code";
  text: string;
  look: string;
}
export interface TableBlock {
  block: "table";
  head: string[];
  rows: string[][];
}
export interface Choice {
  name: string;
  figure: Figure;
  says: string;
}
export interface FiguresBlock {
  block: "figures";
  label: string;
  choices: Choice[];
}
/** The next token's logits, less the largest: the likeliest one by one, the others by bin. */
export interface NextLogits {
  vocab_size: number;
  top: [string, number][];
  bins: [number, number][];
  std: number;
}
export interface NextBlock {
  block: "next";
  data: NextLogits;
}
export type Block = HeadingBlock | ParagraphBlock | CodeBlock | TableBlock | FiguresBlock | NextBlock;

export interface _Told {
  notice?: "quota";
}
/** There is no result yet. */
export interface _Working extends _Told {
  done?: false;
  blocks?: Block[];
}
export interface WaitEvent extends _Working {
  stage: "wait";
  place?: number;
  progress?: never;
}
/** The weights are drawn. */
export interface BuildEvent extends _Working {
  stage: "build";
  progress: number;
  place?: never;
}
/** The model stands and is counted in three ways. */
export interface CountEvent extends _Working {
  stage: "count";
  place?: never;
  progress?: never;
}
/** Comes before the events of the run that it speaks of, and again with each of them. */
export interface NoticeEvent {
  stage?: never;
  notice: "quota";
  done?: never;
  blocks?: never;
  place?: never;
  progress?: never;
}
/** The built model, and whether the three ways to count it agree. Bytes and seconds are measured. */
export interface BuiltEvent extends _Told {
  stage: "built";
  done: true;
  config: ShapeConfig;
  seed: number;
  device: string;
  device_name: string;
  dtype: string;
  seconds: number;
  weight_bytes: number;
  memory_before: number;
  memory_after: number;
  reused: boolean;
  closed_form: number;
  unique_total: number;
  per_module_total: number;
  tying_correction: number;
  agrees: boolean;
  table: string;
}
/** The likeliest next tokens before and after temperature. Entropies are in nats. */
export interface Distribution {
  ids: number[];
  labels: string[];
  before: number[];
  after: number[];
  entropy_before: number;
  entropy_after: number;
  entropy_maximum: number;
  temperature: number;
}
/** Everything that has been sampled so far. */
export interface _Text extends _Told {
  done: boolean;
  n_tokens: number;
  stop_reason: string | null;
  tokens_per_second: number;
  block_size: number;
  device: string;
  dtype: string;
}
export interface GenerateEvent extends _Text {
  stage: "generate";
  text: string;
  tokens: number[];
  repeat_share: number;
  start_token: string | null;
  probability: number;
}
/** The same prompt and noise at several temperatures; the lists have an entry for each. */
export interface CompareEvent extends _Text {
  stage: "compare";
  texts: string[];
  temperatures: number[];
  entropies: number[];
  repeat_shares: number[];
}
export interface LabWorkingEvent extends _Working {
  stage: "lab";
  place?: never;
  progress?: never;
}
/** What a lab has found, and the model it was found on, where that is a single one. */
export interface LabEvent extends _Told {
  stage: "lab";
  done: true;
  blocks: Block[];
  lab?: string;
  config?: ShapeConfig;
  seed?: number;
}
/** The end of a run that was refused or failed, as one sentence. */
export interface RefusalEvent {
  error: string;
}
export type WorkingEvent = WaitEvent | BuildEvent | CountEvent | NoticeEvent | LabWorkingEvent;
export type BuildRunEvent = WorkingEvent | BuiltEvent | RefusalEvent;
export type GenerateRunEvent = WorkingEvent | GenerateEvent | RefusalEvent;
export type CompareRunEvent = WorkingEvent | CompareEvent | RefusalEvent;
export type LabRunEvent = WorkingEvent | LabEvent | RefusalEvent;
export type PageEvent = BuildRunEvent | GenerateRunEvent | CompareRunEvent | LabRunEvent;
/** `asked` is what was counted, so that the page can tell an answer that comes too late. */
export interface Counted {
  asked: Record<ModelField, unknown>;
  unique_total: number;
}
export interface NotCounted {
  asked: Record<ModelField, unknown>;
  error: string;
}
export type Confirmation = Counted | NotCounted;
export interface PartValues {
  control: number | string;
  switch: boolean;
  prompt: string;
  chart: Distribution | null;
  numbers: Confirmation | null;
  build: BuildRunEvent | null;
  generation: GenerateRunEvent | null;
  comparison: CompareRunEvent | null;
  lab: LabRunEvent | null;
  more: null;
  presets: null;
  pin: null;
  compare: null;
  header: null;
  navigation: null;
  temperature: null;
  takeHome: null;
  sheet: null;
  drawing: null;
  lesson: null;
  wayback: null;
}

export type Language = "en" | "vi";
export type SizeField = "n_layer" | "n_head" | "n_embd";
export type SwitchField = "bias" | "tie_weights";
export type ShapeField = SizeField | "block_size" | "vocab_size" | SwitchField;
export type ModelField = ShapeField | "seed";
export type SamplingField = "temperature" | "top_k" | "top_p" | "max_new_tokens" | "sample_seed";
export type GenerateField = ModelField | "prompt" | SamplingField;
export type Factor = ShapeField | "tied" | "untied" | "padding";
export type Polynomial = [number, Factor[]][];
export type Component = "token_embedding" | "position_embedding" | "attention" | "mlp" | "layer_norm" | "lm_head";
export type Unit = "bytes" | "flops";
/** A GPTConfig. */
export interface ShapeConfig {
  n_layer: number;
  n_head: number;
  n_embd: number;
  block_size: number;
  vocab_size: number;
  bias: boolean;
  tie_weights: boolean;
}

export type Expression = string[];
export type Path = (string | number)[];
export interface Line {
  color?: string;
  width?: number;
  dash?: string;
}
/** Of bars and points. */
export interface Marker {
  color?: string | string[];
  opacity?: number[];
  size?: number;
  symbol?: string;
}
export interface Bars {
  type: "bar";
  x: Cell[];
  y: Cell[];
  marker: Marker;
  orientation?: "h";
  name?: string;
  base?: number[];
  width?: number;
  customdata?: number[];
  texttemplate?: string | string[];
  textposition?: string;
  textangle?: number;
  hovertemplate?: string;
  cliponaxis?: boolean;
  xaxis?: string;
}
export interface Lines {
  type: "scatter";
  mode: string;
  x: Cell[];
  y: number[];
  name?: string;
  line?: Line;
  marker?: Marker;
  cliponaxis?: boolean;
  hoverinfo?: string;
}
export interface ColorBar {
  thickness: number;
}
export interface Heatmap {
  type: "heatmap";
  x: number[];
  y: number[];
  z: ((number | null)[])[];
  zmin: number;
  zmax: number;
  colorscale: [number, string][];
  colorbar: ColorBar;
  xgap: number;
  ygap: number;
  hoverongaps: boolean;
  text: string[][];
  hovertemplate: string;
  showscale?: boolean;
}
export interface TileMarker {
  colors: string[];
  line: Line;
  pad: Edges;
}
export interface TileFont {
  color: string[];
}
export interface PathBar {
  visible: boolean;
  thickness: number;
}
export interface Tiling {
  packing: string;
}
/** A treemap; all lists have an entry for each tile. */
export interface Tiles {
  type: "treemap";
  branchvalues: string;
  ids: string[];
  labels: string[];
  parents: string[];
  values: number[];
  customdata: number[];
  texttemplate: string[];
  marker: TileMarker;
  textfont: TileFont;
  hovertemplate: string;
  pathbar: PathBar;
  tiling: Tiling;
  sort: boolean;
  maxdepth: number;
}
export type Trace = Bars | Lines | Heatmap | Tiles;
/** What Plotly draws. */
export interface Figure {
  data: Trace[];
  layout: Layout;
}
/** A bar chart's texts where there is little room, and the pixels beside the longest bar. */
export interface ShortBars {
  labels: string[];
  texttemplate: string;
  room: number;
}
/** A figure with open places: charts.py says what belongs where, figures.js fills it in. */
export interface Chart {
  title: string;
  figure: Figure;
  bind: [Path, Expression[]][];
  rows: [string, Expression][];
  shares?: [Path, string[], string][];
  room?: [Axis, number];
  short?: ShortBars;
}
export interface Charts {
  bar: Chart;
  treemap: Chart;
  waterfall: Chart;
  distribution: Chart;
  temperature: Chart;
}

export type Cell = number | string;
export type Axis = "xaxis" | "yaxis";
export interface Font {
  size?: number;
  family?: string;
  color?: string;
}
export interface Title {
  text: string;
}
export interface AxisLayout {
  title?: Title;
  type?: string;
  visible?: boolean;
  autorange?: "reversed";
  range?: number[];
  rangemode?: string;
  domain?: number[];
  side?: string;
  fixedrange?: boolean;
  automargin?: boolean;
  showgrid?: boolean;
  zeroline?: boolean;
  gridcolor?: string;
  nticks?: number;
  tick0?: number;
  dtick?: number;
  tickmode?: string;
  tickvals?: Cell[];
  ticktext?: string[];
  tickangle?: number;
  tickformat?: string;
  tickfont?: Font;
  ticklabelstandoff?: number;
}
/** Pixels on each side. */
export interface Edges {
  l: number;
  r: number;
  t: number;
  b: number;
}
export interface HoverLabel {
  bgcolor: string;
  bordercolor: string;
  font: Font;
}
export interface Legend {
  orientation: string;
  x: number;
  y: number;
}
export interface UniformText {
  minsize: number;
  mode: string;
}
export interface Layout {
  height: number;
  separators: string;
  paper_bgcolor: string;
  plot_bgcolor: string;
  margin: Edges;
  showlegend: boolean;
  font: Font;
  hoverlabel: HoverLabel;
  width?: number;
  bargap?: number;
  legend?: Legend;
  uniformtext?: UniformText;
  xaxis?: AxisLayout;
  xaxis2?: AxisLayout;
  yaxis?: AxisLayout;
}

export type Parts = [number, string][];
export type Cause = Component | "total";
export interface CounterRow {
  name: string;
  cells: [Parts, Parts];
  cause: Cause;
  only?: string;
}
export interface CounterSheet {
  rows: CounterRow[];
}
export interface CostRow {
  name: string;
  cells: (Parts | null)[];
  total?: boolean;
  aside?: boolean;
  against?: Parts;
}
export interface CostSheet {
  columns: string[];
  unit: Unit;
  rows: CostRow[];
}
export interface DeviceSheet {
  devices: Record<string, number>;
  inference: Parts;
  training: Parts;
  sequence: Parts;
}
export interface AllSheets {
  counters: CounterSheet;
  memory: CostSheet;
  flops: CostSheet;
  devices: DeviceSheet;
}
export interface TensorRow {
  name: string;
  component: Component;
  shape: [number, ShapeField][];
  factor: "bias" | "untied" | null;
  per_block: boolean;
}
export interface Sheets {
  polynomials: Record<string, Polynomial>;
  sheets: AllSheets;
  pad_to: number;
  table: TensorRow[];
}
export interface Limit {
  minimum: number;
  maximum: number;
  default: number;
}
export interface LinkData {
  names: string[];
  lock: string[];
  hide: string[];
  longest: number;
  space_page: string;
}
/** What the browser needs to count and draw by itself. */
export interface PageData {
  lang: Language;
  limits: Record<string, Limit>;
  sliders: Record<string, [number, number, number]>;
  logarithmic: string[];
  size_fields: SizeField[];
  shape_fields: ShapeField[];
  model_fields: ModelField[];
  generate_fields: GenerateField[];
  fractional: string[];
  presets: Record<string, ShapeConfig>;
  quantities: Record<string, Polynomial>;
  units: Record<string, Unit>;
  components: Component[];
  colors: Record<Cause, string>;
  inks: Record<Component, string>;
  labelled_share: number;
  charts: Charts;
  sheets: Sheets;
  labs: string[];
  tabs: string[];
  texts: Record<string, string>;
  link: LinkData;
}
