"""Every number that people meet as 'the' size of a GPT-2, and how each comes about.

Each is a polynomial made from THE table (parameters.py), so that the browser counts all of them while a
slider moves, and so that the difference to the right one is a polynomial too.
"""

from __future__ import annotations

from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import COUNTS, fields_of
from gpt2core.serving.messages.fields import Polynomial

PAD_TO = 64  # nanoGPT's vocab_size: 50,257 "padded up to nearest multiple of 64 for efficiency"


def less(polynomial: Polynomial, taken: Polynomial) -> Polynomial:
    """The first without the second."""
    return polynomial + tuple((-coefficient, factors) for coefficient, factors in taken)


_QKV_BIAS = COUNTS["tensor.transformer.h.{i}.attn.c_attn.bias"]
_PADDING: Polynomial = ((1, ("padding", "n_embd")), (1, ("padding", "n_embd", "untied")))

# In the order of the page: the right one first.
COUNTERS: dict[str, Polynomial] = {
    # sum(p.numel() for p in model.parameters()): torch names a shared parameter once
    "right": COUNTS["unique_total"],
    # torchinfo 1.8.0 adds up module by module
    "torchinfo": COUNTS["per_module_total"],
    # nanoGPT's model.py, get_num_params(): "non-embedding", which there means without wpe
    "nanogpt": less(COUNTS["unique_total"], COUNTS["component.position_embedding"]),
    # Raschka 2024, 'Build a Large Language Model (From Scratch)', chapter 4: qkv_bias=False, output untied;
    # and what it names after taking the output off again
    "raschka": less(COUNTS["per_module_total"], _QKV_BIAS),
    "no_qkv_bias": less(COUNTS["unique_total"], _QKV_BIAS),
    # nanoGPT, build-nanogpt and llm.c train with the vocabulary padded
    "padded": COUNTS["unique_total"] + _PADDING,
    # TransformerLens' HookedTransformerConfig, n_params, in its table of models "85M" for GPT-2 Small: the
    # matrices of attention and MLP alone. It is the N of Kaplan et al. 2020, too
    "matrices": ((12, ("n_layer", "n_embd", "n_embd")),),
    # huggingface.co/openai-community/gpt2, "137M params": its model.safetensors holds each block's causal
    # mask, h.N.attn.bias (1, 1, T, T), which transformers once kept among the weights
    "masks": (*COUNTS["unique_total"], (1, ("n_layer", "block_size", "block_size"))),
}

# Radford et al. 2019, table 2, by preset, in millions. openai/gpt-2's README: "our original parameter
# counts were wrong due to an error".
PAPER_MILLIONS = {"gpt2": 117, "gpt2-medium": 345, "gpt2-large": 762, "gpt2-xl": 1542}
PAPER: dict[str, Polynomial] = {name: ((n * 10**6, ()),) for name, n in PAPER_MILLIONS.items()}


def numbers_of(config: GPTConfig) -> dict[str, int]:
    """The numbers these polynomials may multiply: the table's, and the rows that padding adds to wte."""
    return fields_of(config) | {"padding": -config.vocab_size % PAD_TO}
