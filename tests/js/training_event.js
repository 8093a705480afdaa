// A run of training as the server tells of it, for tests.

/** @import { TrainEvent } from "../../assets/live/types" */

const SMALL = {
  n_layer: 12, n_head: 12, n_embd: 768, block_size: 1024, vocab_size: 50_257, bias: true, tie_weights: true,
};
export const RUN = "stories-en-0123456789abcdef";

/** @param {Partial<TrainEvent>} [other] @returns {TrainEvent} */
export const told = (other = {}) => ({
  stage: "train", done: false, run: RUN, weights: null, source: "stories-en", step: 10, steps: 100,
  tokens_seen: 1000, seconds: 2, tokens_per_second: 500, batch_size: 4, learning_rate: 0.003,
  loss: 4, validation_loss: 3.5, perplexity: 33, bits_per_byte: 5,
  start_loss: 5.5, floor: 0.2, floor_bits_per_byte: 0.3, accuracy: null, sample: "", sample_prompt: "",
  training: { steps: [5, 10], tokens: [500, 1000], seconds: [1, 2], values: [5, 4] },
  validation: { steps: [0, 10], tokens: [0, 1000], seconds: [0, 2], values: [5.4, 3.5] },
  config: SMALL, seed: 0, dtype: "float32", device: "CPU", ...other,
});
