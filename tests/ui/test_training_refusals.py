"""What /train and /score refuse, and how; and what becomes of a run over the real protocol."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from transformers import GPT2LMHeadModel
from ui.test_api_refusals import GOOD, LABELS, call_raw

from gpt2core import Tokenizer, count_parameters, load_checkpoint
from gpt2core.validation import SHAPE_FIELDS

TRAINS = GOOD | {
    "block_size": 32, "vocab_size": 256, "source": "sums", "text": "", "steps": 2, "seconds": 2,
    "batch_size": 2, "learning_rate": 0,
}  # fmt: skip
UNTRAINABLE: list[tuple[str, Any]] = [
    ("steps", -1), ("steps", 10**9), ("steps", math.nan), ("steps", 1.5), ("steps", "12"), ("seconds", 0),
    ("seconds", math.inf), ("batch_size", -1), ("batch_size", 10**6), ("learning_rate", -0.1),
    ("learning_rate", 2), ("learning_rate", math.nan), ("source", "novels"), ("source", None),
    ("source", ["sums"]), ("source", "text-0123456789abcdef0123"), ("text", 7), ("text", "x" * 200_001),
]  # fmt: skip
TEXTS = ["", "a", "a\ud800b", "too short a text for this context"]


@pytest.mark.parametrize(("field", "value"), UNTRAINABLE, ids=lambda v: repr(v)[:20])
def test_what_cannot_be_trained_gets_one_sentence(server: str, field: str, value: object) -> None:
    text = call_raw(server, "train", TRAINS | {field: value})
    assert text.startswith("event: error"), text
    sentence = json.loads(text.partition("data: ")[2])["error"]
    assert sentence.startswith(f"{LABELS[field]} ({field}) ")
    assert sentence.endswith(".")
    assert len(sentence) < 250


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_text_that_is_too_short_gets_one_sentence(server: str, text: str) -> None:
    heard = call_raw(server, "train", TRAINS | {"source": "text", "text": text})
    assert json.loads(heard.partition("data: ")[2])["error"].startswith("Your own text (text) is ")


@pytest.mark.parametrize("text", ["", "a"])
def test_a_text_of_one_token_has_no_score(server: str, text: str) -> None:
    heard = call_raw(server, "score", TRAINS | {"text": text})
    assert json.loads(heard.partition("data: ")[2])["error"].startswith("Your own text (text) is ")


def test_a_vocabulary_without_bytes_learns_nothing(server: str) -> None:
    heard = call_raw(server, "train", TRAINS | {"vocab_size": 255})
    sentence = json.loads(heard.partition("data: ")[2])["error"]
    assert "at least 256" in sentence


def test_a_run_that_was_trained_scores_speaks_and_goes_home(server: str, tmp_path: Path) -> None:
    told = call_raw(server, "train", TRAINS).strip().rpartition("data: ")[2]
    (last,) = json.loads(told)
    assert last["done"]
    mine = TRAINS | {"weights": last["run"]}
    assert '"done": true' in call_raw(server, "generate", mine)
    (scored,) = json.loads(call_raw(server, "score", mine | {"text": "12+34=46"}).partition("data: ")[2])
    assert len(scored["surprisals"]) == len(scored["pieces"]) - 1 == 7
    # As files that transformers reads.
    shape = {field: json.dumps(mine[field]) for field in SHAPE_FIELDS}
    with httpx.Client(base_url=server, timeout=20) as http:
        for name in ("model.safetensors", "config.json"):
            file = http.get(f"weights/{last['run']}/{name}", params=shape)
            assert file.status_code == 200, file.text
            (tmp_path / name).write_bytes(file.content)
        missing = http.get("weights/sums-0123456789abcdef/model.safetensors", params=shape)
    assert (missing.status_code, missing.text.endswith(".")) == (400, True)
    theirs = GPT2LMHeadModel.from_pretrained(tmp_path)
    ours = load_checkpoint(tmp_path).model
    idx = torch.tensor([Tokenizer(256).encode("12+34=46")])
    assert torch.allclose(theirs(idx).logits, ours(idx), atol=1e-4)
    assert theirs.num_parameters() == count_parameters(ours.config).unique_total

    other = call_raw(server, "generate", mine | {"n_layer": 3})
    assert json.loads(other.partition("data: ")[2])["error"].startswith("Weights (weights) is ")
