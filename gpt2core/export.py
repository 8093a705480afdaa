"""What a student takes home of a shape: its config as JSON, its tensors as CSV, and a script that
builds and runs it with nothing but torch installed.

The script is gpt.py's own source between a head and an end of its own, so that there is one GPT-2
to read, here and there.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields
from functools import cache
from math import prod
from pathlib import Path

from gpt2core.config import TOKENIZER_VOCAB, GPTConfig
from gpt2core.counting.costs import FP32_BYTES
from gpt2core.counting.parameters import TABLE, count_parameters, tensor_shapes
from gpt2core.model.transformers_config import for_transformers

COLUMNS = ("name", "component", "shape", "count", "fp32_bytes")


def config_json(config: GPTConfig) -> str:
    """The seven fields, which `read_config_json` reads back, and beside them what transformers' GPT2Config
    calls them, so that it reads the same model. Without biases there is no such GPT2Config, which the file
    says instead."""
    return json.dumps(asdict(config) | _for_transformers(config), indent=2) + "\n"


def read_config_json(text: str) -> GPTConfig:
    """The shape that `config_json` wrote. Raises ConfigError for values that make no GPT-2, and ValueError
    or KeyError for another kind of file."""
    found = json.loads(text)
    return GPTConfig(**{field.name: found[field.name] for field in fields(GPTConfig)})


def _for_transformers(config: GPTConfig) -> dict[str, object]:
    if not config.bias:
        return {"note": "transformers' GPT-2 always has biases: it has no configuration for this model"}
    return transformers_config(config)


def transformers_config(config: GPTConfig) -> dict[str, object]:
    """What transformers' GPT2Config calls the fields. It always has biases."""
    epsilon, std = _constant("LAYER_NORM_EPS"), _constant("INIT_STD")
    return for_transformers(config, layer_norm_epsilon=epsilon, initializer_range=std)


def tensors_csv(config: GPTConfig) -> str:
    """COLUMNS, then a line for each tensor of every block, a shared one once. Shapes are written as
    50257x768, nn.Linear's (out, in)."""
    components = {row.name: row.component for row in TABLE}
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(COLUMNS)
    for name, shape in tensor_shapes(config).items():
        size = prod(shape)
        component = components[_in_table(name)]
        lines.writerow([name, component, "x".join(map(str, shape)), size, size * FP32_BYTES])
    return written.getvalue()


def _in_table(name: str) -> str:
    """`transformer.h.7.ln_1.bias` -> `transformer.h.{i}.ln_1.bias`"""
    return ".".join("{i}" if part.isdecimal() else part for part in name.split("."))


def file_stem(config: GPTConfig) -> str:
    """`gpt2-12x12x768`, and what else is not GPT-2's own: `gpt2-4x4x64-t256-v1000-nobias-untied`."""
    usual = GPTConfig()
    stem = f"gpt2-{config.n_layer}x{config.n_head}x{config.n_embd}"
    stem += f"-t{config.block_size}" if config.block_size != usual.block_size else ""
    stem += f"-v{config.vocab_size}" if config.vocab_size != usual.vocab_size else ""
    return stem + ("" if config.bias else "-nobias") + ("" if config.tie_weights else "-untied")


_HEAD = '''"""A GPT-2 in one file, to be read from top to bottom. It needs torch and nothing else.

{n_layer} layers, {n_head} heads, embedding size {n_embd}: {total:,} parameters.
They are random: the model has learnt nothing, and what it says is noise.

    python {stem}.py --temperature 0.1 --tokens 50

Three parts: embeddings, blocks, unembedding. Three stages of the forward pass, one method each:
`embed`, `transform`, `unembed`. In the shapes, B is the batch, T the tokens, E is n_embd, H is n_head
and V is vocab_size.
"""
'''

_END = '''

@torch.inference_mode()
def generate(model: GPT, ids: list[int], n_tokens: int, temperature: float) -> list[int]:
    """Token ids and `n_tokens` more, as far as there are positions for them. All of them go through the
    model again for each new one: slow, but nothing to understand besides it."""
    device = model.wte.weight.device
    for _ in range(min(n_tokens, model.config.block_size - len(ids))):
        logits = model(torch.tensor([ids], device=device))[0, -1]  # (V,): what comes after the last token
        logits[TOKENIZER_VOCAB:] = -math.inf  # a larger vocabulary is padding: no text belongs to it
        if temperature == 0:
            token = logits.argmax()
        else:
            token = torch.multinomial(F.softmax(logits.double() / temperature, dim=-1), 1)
        ids = [*ids, int(token)]
    return ids


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds this GPT-2, counts it and lets it speak.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--temperature", type=float, default=1.0, help="0: the likeliest token, always")
    given = parser.parse_args()

    # One generator fills the tensors one after another. The page draws each tensor from a seed of its
    # own, so the same seed gives other weights there: just as random, but not the same.
    torch.manual_seed(given.seed)
    config = GPTConfig()
    model = GPT(config).eval()
    for name, parameter in model.named_parameters():  # a tied matrix comes once
        init_parameter(name, parameter, config, torch.default_generator)
    n_parameters = sum(p.numel() for p in model.parameters())
    assert n_parameters == EXPECTED, f"the page counted {EXPECTED:,}"
    print(f"{n_parameters:,} parameters")

    model.to("cuda" if torch.cuda.is_available() else "cpu")
    # <|endoftext|>, the token between two texts; where the vocabulary lacks it, its last one
    start = min(config.vocab_size, TOKENIZER_VOCAB) - 1
    print(generate(model, [start], given.tokens, given.temperature))


if __name__ == "__main__":
    main()
'''


def script(config: GPTConfig) -> str:
    """A Python file of this very shape: it prints the exact number of its parameters and generates.

    Raises ValueError if gpt.py is not built as this expects.
    """
    total = count_parameters(config).unique_total
    values = asdict(config)
    types = {field.name: field.type for field in fields(GPTConfig)}
    shape = [
        f"TOKENIZER_VOCAB = {TOKENIZER_VOCAB:_}  # ids of GPT-2's tokenizer",
        f"EXPECTED = {total:_}  # what the page counted, without building anything", "", "",
        "@dataclass(frozen=True)", "class GPTConfig:",
        *(f"    {name}: {types[name]} = {value!r}" for name, value in values.items()),
    ]  # fmt: skip
    head = _HEAD.format(**values, total=total, stem=file_stem(config))
    imports, definitions = _model()
    return head + imports + "\n".join(shape) + definitions + _END


@cache
def _source() -> str:
    """gpt.py as text: importing it would load torch."""
    return (Path(__file__).with_name("model") / "gpt.py").read_text(encoding="utf-8")


def _constant(name: str) -> float:
    _, _, after = _cut(_source(), f"\n{name} = ")
    return float(after.split()[0])


@cache
def _model() -> tuple[str, str]:
    """gpt.py's imports, then its definitions; what stands between them is for the script to say."""
    _, _, code = _source().split('"""', 2)
    imports, _, rest = _cut(code, "from gpt2core.config import GPTConfig\n")
    first, also_here, second = _cut(imports.removeprefix("\n"), "import math\n")
    constants, begin, classes = _cut(rest, "\n\nclass ")
    before = f"{first}import argparse\n{also_here}from dataclasses import dataclass\n{second}"
    return before + constants.lstrip(), f"\n{begin}{classes.rstrip()}\n"


def _cut(text: str, mark: str) -> tuple[str, str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise ValueError(f"gpt.py lacks {mark!r}")
    return before, found, after
