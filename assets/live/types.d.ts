// Types of what the server tells the page.
// Written by tests/js/generate_types.py from gpt2core/serving/messages: change them there.

export type Language = "en" | "vi";
export type SizeField = "n_layer" | "n_head" | "n_embd";
export type SwitchField = "bias" | "tie_weights";
export type ShapeField = SizeField | "block_size" | "vocab_size" | SwitchField;
export type ModelField = ShapeField | "seed" | "dtype" | "weights";
export type SamplingField = "temperature" | "top_k" | "top_p" | "max_new_tokens" | "sample_seed";
export type GenerateField = ModelField | "prompt" | SamplingField;
export type Dim = [number, ShapeField];
export type Factor = ShapeField | "tied" | "untied" | "padding" | "dtype_bytes";
export type Term = [number, Factor[]];
export type Polynomial = Term[];
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
export type Notice = "quota" | "no_gpu" | "too_long" | "may_end" | "loading" | "paused" | "restarted";

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
  yanchor?: string;
}
export interface UniformText {
  minsize: number;
  mode: string;
}
export interface Stroke {
  color: string;
  width: number;
}
/** A line across a figure; on an axis of names the nth has the place n. */
export interface Shape {
  type: "line";
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  line: Stroke;
}
/** What a figure says of its own. */
export interface OwnLayout {
  height: number;
  width?: number;
  bargap?: number;
  legend?: Legend;
  uniformtext?: UniformText;
  shapes?: Shape[];
  xaxis?: AxisLayout;
  xaxis2?: AxisLayout;
  yaxis?: AxisLayout;
}
/** With what every figure has (charts/base.py). */
export interface Layout extends OwnLayout {
  separators: string;
  paper_bgcolor: string;
  plot_bgcolor: string;
  margin: Edges;
  showlegend: boolean;
  font: Font;
  hoverlabel: HoverLabel;
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
  hovertemplate?: string;
}
export interface ColorBar {
  thickness: number;
  tickvals: number[];
  ticktext: string[];
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
/** A chart's names where there is little room; of bars also their texts, and the pixels beside the longest. */
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
export type ChartKind = "bar" | "treemap" | "waterfall" | "distribution" | "temperature" | "training";
export type Charts = Record<ChartKind, Chart>;

/** Of the last position's logits; `expected` is what init should give. */
export interface LogitSpread {
  std: number;
  minimum: number;
  maximum: number;
  expected: number;
}
/** A forward pass: lengths of the residual stream after each addition, attention of block `layer`. */
export interface TraceResult {
  lab: "trace";
  tokens: string[];
  layer: number;
  stream: number[];
  stream_unscaled: number[];
  attention: number[][][];
  logits: LogitSpread;
}
export interface Candidate {
  token: string;
  probability: number;
}
/** What could come next, most likely first, at the temperature that was asked for. The `chosen` one stands last where it is not among the most likely; `rank` is its place, from 1, among all tokens. */
export interface NextToken {
  candidates: Candidate[];
  chosen: number;
  rank: number;
}
/** One head of one block: q · k of each token (row) with each (column), before scaling and mask, and the first numbers of each token's v. */
export interface HeadProducts {
  products: number[][];
  values: number[][];
}
/** A played forward pass. T tokens have gone through, the last of `tokens` has only been chosen. */
export interface ForwardResult {
  lab: "forward";
  tokens: string[];
  n_prompt: number;
  n_given: number;
  lengths: number[][];
  attention: number[][][];
  passes: NextToken[];
  layer: number;
  head_dim: number;
  heads: HeadProducts[];
}
/** Norm of the gradient, block by block. */
export interface GradientResult {
  lab: "gradients";
  n_tokens: number;
  pre_ln: number[];
  post_ln: number[];
}
/** One row of the table of tensors, over all blocks. `histogram` (density per bin, from -reach to reach) is empty for tensors that start constant. */
export interface WeightStatistics {
  name: string;
  component: Component;
  count: number;
  mean: number;
  std: number;
  target_mean: number;
  target_std: number;
  histogram: number[];
  reach: number;
}
export interface WeightsResult {
  lab: "weights";
  rows: WeightStatistics[];
}
/** Where wte.weight and lm_head.weight lie, and what writing to the one did to the other. */
export interface TiedPair {
  wte_address: string;
  lm_head_address: string;
  before: number;
  written: number;
  after: number;
  matrix_bytes: number;
  unique_total: number;
}
export interface TyingResult {
  lab: "tying";
  tied: TiedPair;
  untied: TiedPair;
}
/** Seconds (medians) of one product and of three; the largest difference between their outputs. */
export interface QKVTiming {
  n_tokens: number;
  fused: number;
  separate: number;
  difference: number;
  repeats: number;
}
export interface QKVResult {
  lab: "qkv";
  n_embd: number;
  dtype: string;
  rows: QKVTiming[];
}
export interface DeviceTiming {
  device: string;
  dtype: string;
  build_seconds: number;
  tokens_per_second: number;
  weight_bytes: number;
  free_before: number;
  free_after: number;
}
/** Numbers by device, PyTorch's error where two devices meet, and what each device takes. */
export interface DevicesResult {
  lab: "devices";
  tensors: Record<string, number>;
  real_gpu: boolean;
  broken: string;
  mended: string;
  error: string;
  after: string;
  times: DeviceTiming[];
}
/** Closed form and measurement of each. */
export interface MeasuredResult {
  lab: "measured";
  forward_flops: [number, number];
  training_flops: [number, number];
  kept_bytes: [number, number];
}
/** Logits less the largest: the likeliest with their tokens, the others as (mean, count) by bin. */
export interface NextTokenResult {
  lab: "logits";
  vocab_size: number;
  top: [string, number][];
  bins: [number, number][];
  std: number;
}
export type LabResult = ForwardResult | TraceResult | GradientResult | WeightsResult | TyingResult | QKVResult | DevicesResult | MeasuredResult | NextTokenResult;

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
/** A text whose tokens are coloured by how much they surprised: nats, of each token but the first. */
export interface SurprisalsBlock {
  block: "surprisals";
  pieces: string[];
  surprisals: number[];
}
export interface NextBlock {
  block: "next";
  data: NextTokenResult;
}
export interface ForwardBlock {
  block: "forward";
  data: ForwardResult;
}
export type Block = HeadingBlock | ParagraphBlock | CodeBlock | TableBlock | FiguresBlock | SurprisalsBlock | NextBlock | ForwardBlock;

/** A curve: `values` in nats a token after so many steps, tokens, and seconds of computing. */
export interface Series {
  steps: number[];
  tokens: number[];
  seconds: number[];
  values: number[];
}
/** A run so far. Losses are in nats a token; None where there is none yet, or cannot be one. */
export interface TrainEvent {
  stage: "train";
  done: boolean;
  notice?: Notice;
  run: string;
  weights: string | null;
  source: string;
  step: number;
  steps: number;
  tokens_seen: number;
  seconds: number;
  tokens_per_second: number;
  batch_size: number;
  learning_rate: number;
  loss: number | null;
  validation_loss: number | null;
  perplexity: number | null;
  bits_per_byte: number | null;
  start_loss: number;
  floor: number | null;
  floor_bits_per_byte: number | null;
  accuracy: number | null;
  sample: string;
  sample_prompt: string;
  training: Series;
  validation: Series;
  config: ShapeConfig;
  seed: number;
  dtype: string;
  device: string;
}
/** How well a model predicts a text. Its first token is read and not predicted: it and its bytes count nowhere but in `pieces`. */
export interface ScoreEvent {
  stage: "score";
  done: true;
  notice?: Notice;
  bits_per_byte: number;
  perplexity: number | null;
  accuracy: number;
  loss: number;
  n_tokens: number;
  pieces: string[];
  surprisals: number[];
  weights: string;
  device: string;
  dtype: string;
}
/** A visitor's own text is gone, and what was learnt from it. */
export interface ForgottenEvent {
  stage: "forgotten";
  done: true;
  notice?: Notice;
}

/** `notice`: what a visitor should know besides. */
export interface _Event {
  notice?: Notice;
}
export interface WaitEvent extends _Event {
  stage: "wait";
  place?: number;
}
/** Weights are being drawn. */
export interface BuildEvent extends _Event {
  stage: "build";
  progress: number;
}
/** The model is there and is being counted. */
export interface CountEvent extends _Event {
  stage: "count";
}
/** A model's report, and its three counts: closed form, measured, and as torchinfo printed it. */
export interface BuiltEvent extends _Event {
  stage: "built";
  done: true;
  config: ShapeConfig;
  seed: number;
  device: string;
  device_name: string;
  dtype: string;
  weights: string;
  seconds: number;
  unique_total: number;
  weight_bytes: number;
  memory_before: number;
  memory_after: number;
  reused: boolean;
  closed_form: number;
  per_module_total: number;
  tying_correction: number;
  agrees: boolean;
  table: string;
}
/** The likeliest next tokens of one step, before and after temperature; entropies in nats. */
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
/** How far a text is. */
export interface _Progress extends _Event {
  done: boolean;
  n_tokens: number;
  stop_reason: string | null;
  tokens_per_second: number;
  block_size: number;
  device: string;
  dtype: string;
}
/** A continuation so far. */
export interface GenerateEvent extends _Progress {
  stage: "generate";
  text: string;
  tokens: number[];
  repeat_share: number;
  start_token: string | null;
  probability: number;
  distribution?: Distribution;
}
/** The same prompt and noise at several temperatures, so far. */
export interface CompareEvent extends _Progress {
  stage: "compare";
  texts: string[];
  rows: number[][];
  temperatures: number[];
  entropies: number[];
  repeat_shares: number[];
}
/** A lab has the model and is at work. */
export interface LabEvent extends _Event {
  stage: "lab";
}

/** A lab that waits for its next model, with what it shows meanwhile. */
export interface LabWaitEvent extends WaitEvent {
  blocks: Block[];
}
/** A lab whose next model is being built, with what it shows meanwhile. */
export interface LabBuildEvent extends BuildEvent {
  blocks: Block[];
}
/** What a lab has found, and the model it was found on, where that is a single one. */
export interface LabShownEvent {
  stage: "lab_shown";
  done: true;
  blocks: Block[];
  config?: ShapeConfig;
  seed?: number;
  dtype?: string;
  weights?: string;
  notice?: Notice;
}
/** The end of a run that was refused or failed, as one sentence. */
export interface RefusalEvent {
  stage: "refused";
  error: string;
}
export type WorkingEvent = WaitEvent | BuildEvent | CountEvent | LabEvent | LabWaitEvent | LabBuildEvent;
export type BuildRunEvent = WorkingEvent | BuiltEvent | RefusalEvent;
export type GenerateRunEvent = WorkingEvent | GenerateEvent | RefusalEvent;
export type CompareRunEvent = WorkingEvent | CompareEvent | RefusalEvent;
export type LabRunEvent = WorkingEvent | LabShownEvent | RefusalEvent;
export type TrainRunEvent = WorkingEvent | TrainEvent | RefusalEvent;
export type ScoreRunEvent = WorkingEvent | ScoreEvent | RefusalEvent;
export type ForgetRunEvent = WorkingEvent | ForgottenEvent | RefusalEvent;
/** The same texts by random weights, and by those that a run has learnt. None: nothing of it yet. */
export interface BeforeAfterEvent {
  stage: "before_after";
  done: boolean;
  before: CompareEvent;
  after: CompareEvent | null;
}
export type BeforeAfterRunEvent = WorkingEvent | BeforeAfterEvent | RefusalEvent;
export type PageEvent = BuildRunEvent | GenerateRunEvent | CompareRunEvent | LabRunEvent | TrainRunEvent | ForgetRunEvent | BeforeAfterRunEvent | ScoreRunEvent;
/** What a run shows until it is started: what a GPT-2 has shown elsewhere (assets/examples). */
export interface Example {
  config: ShapeConfig;
  seed: number;
  prompt?: string;
  source?: string;
  cores?: number;
  event: PageEvent;
  distribution?: Distribution;
}
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
/** What the values of the page's parts hold, by the kind of part (ui/components/html.py). */
export interface PartValues {
  control: number | string;
  switch: boolean;
  choice: string;
  prompt: string;
  chart: Distribution | null;
  numbers: Confirmation | null;
  build: BuildRunEvent | null;
  generation: GenerateRunEvent | null;
  comparison: CompareRunEvent | null;
  lab: LabRunEvent | null;
  forward: LabRunEvent | null;
  training: TrainRunEvent | null;
  forgotten: ForgetRunEvent | null;
  beforeAfter: BeforeAfterRunEvent | null;
  source: string;
  ownText: string;
  weights: string;
  more: null;
  presets: null;
  pin: null;
  compare: null;
  header: null;
  navigation: null;
  temperature: null;
  tiles: null;
  sections: null;
  toGenerate: null;
  sheet: null;
  drawing: null;
  lesson: null;
  wayback: null;
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
/** What sets a row apart. */
export interface CostMarks {
  total?: boolean;
  aside?: boolean;
  against?: Parts;
}
export interface CostRow extends CostMarks {
  name: string;
  cells: (Parts | null)[];
}
export interface CostSheet {
  columns: string[];
  unit: Unit;
  rows: CostRow[];
  column_of: Record<string, number>;
}
/** What has to fit on a device. */
export interface Needs {
  inference: Parts;
  training: Parts;
  sequence: Parts;
}
export interface DeviceSheet {
  devices: Record<string, number>;
  needs: Record<string, Needs>;
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
  shape: Dim[];
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
  unsaid: Record<string, number>;
  lock: string[];
  hide: string[];
  former_tabs: Record<string, [string, string]>;
  longest: number;
  longest_drawn: number;
  space_page: string;
}
/** What can be learnt in a minute. */
export interface TrainingData {
  shapes: Record<string, ShapeConfig>;
  most_parameters: number;
  most_vocab: number;
  least_vocab: number;
  most_characters: number;
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
  choices: Record<string, string[]>;
  words: Record<string, [string, string]>;
  dtype_bytes: Record<string, number>;
  presets: Record<string, ShapeConfig>;
  released: string[];
  quantities: Record<string, Polynomial>;
  units: Record<string, Unit>;
  components: Component[];
  colors: Record<Cause, string>;
  inks: Record<Component, string>;
  labelled_share: number;
  charts: Charts;
  training: TrainingData;
  sheets: Sheets;
  labs: string[];
  tabs: string[];
  texts: Record<string, string>;
  link: LinkData;
}
