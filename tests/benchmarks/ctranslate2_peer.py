"""CTranslate2 in fp32 on all cores, as a resident process in a virtual environment of its own. Greedy,
and never stopping early."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import ctranslate2
import numpy as np
from benchmarks.resident import seconds, serve
from ctranslate2.specs import TransformerDecoderModelSpec, common_spec

_END = "<|endoftext|>"
_generators: list[ctranslate2.Generator] = []


def _spec(folder: Path, config: dict[str, int]) -> TransformerDecoderModelSpec:
    """Its specification of a GPT-2 with the weights in `folder`, a .npy file for each tensor, named as in
    GPT-2's checkpoints, with nn.Linear layout."""

    def array(name: str) -> np.ndarray:
        return np.load(folder / f"transformer.{name}.npy")  # type: ignore[no-any-return]

    def layer_norm(spec: common_spec.LayerNormSpec, name: str) -> None:
        spec.gamma, spec.beta = array(f"{name}.weight"), array(f"{name}.bias")

    def linear(spec: common_spec.LinearSpec, name: str) -> None:
        spec.weight, spec.bias = array(f"{name}.weight"), array(f"{name}.bias")

    spec = TransformerDecoderModelSpec.from_config(
        config["n_layer"], config["n_head"], pre_norm=True, activation=common_spec.Activation.GELUTanh
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = decoder.projection.weight = array("wte.weight")
    decoder.position_encodings.encodings = array("wpe.weight")
    layer_norm(decoder.layer_norm, "ln_f")
    for n, layer in enumerate(decoder.layer):
        layer_norm(layer.self_attention.layer_norm, f"h.{n}.ln_1")
        linear(layer.self_attention.linear[0], f"h.{n}.attn.c_attn")
        linear(layer.self_attention.linear[1], f"h.{n}.attn.c_proj")
        layer_norm(layer.ffn.layer_norm, f"h.{n}.ln_2")
        linear(layer.ffn.linear_0, f"h.{n}.mlp.c_fc")
        linear(layer.ffn.linear_1, f"h.{n}.mlp.c_proj")
    spec.register_vocabulary([str(i) for i in range(config["vocab_size"] - 1)] + [_END])
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = _END
    spec.validate()
    spec.optimize()
    return spec


def load(folder: str, config: dict[str, int]) -> None:
    with tempfile.TemporaryDirectory() as converted:
        _spec(Path(folder), config).save(converted)
        _generators[:] = [
            ctranslate2.Generator(
                converted, device="cpu", compute_type="float32", inter_threads=1,
                intra_threads=len(os.sched_getaffinity(0)),
            )
        ]  # fmt: skip


def _generate(ids: list[int], tokens: int, rows: int = 1) -> list[list[int]]:
    found = _generators[0].generate_batch(
        [[str(i) for i in ids]] * rows, max_length=tokens, min_length=tokens, sampling_topk=1,
        include_prompt_in_result=False,
    )  # fmt: skip
    assert all(len(each.sequences_ids[0]) == tokens for each in found)
    return [each.sequences_ids[0] for each in found]


def greedy(ids: list[int], tokens: int) -> list[int]:
    return _generate(ids, tokens)[0]


def decode(ids: list[int], tokens: int, rows: int) -> float:
    return seconds(lambda: _generate(ids, tokens, rows))


if __name__ == "__main__":
    serve({"load": load, "greedy": greedy, "decode": decode})
