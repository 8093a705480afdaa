"""What the handlers of the view 'Train' tell the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import pytest
from checkpoints import saved
from serving.engines import EngineHere
from ui.test_page_types import as_sent, misfits

from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import count_parameters
from gpt2core.model import hub
from gpt2core.model.tokenizer import N_BYTES
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages.page_events import BeforeAfterRunEvent, ForgetRunEvent, TrainRunEvent
from gpt2core.ui import dispatch
from gpt2core.ui.components.lab import LAB_FIELDS
from gpt2core.ui.labs import repeats, score
from gpt2core.ui.labs.request import handler
from gpt2core.ui.page_data import MOST_PARAMETERS, MOST_VOCAB, TRAINABLE, page_data
from gpt2core.ui.views import train
from gpt2core.validation import GENERATE_FIELDS, OPENAI, RANDOM, SHAPE_FIELDS, SOURCES, TRAIN_FIELDS

NOBODY = cast(gr.Request, None)
TEXT = "Tell me a story. " * 200
ASKED: dict[str, Any] = asdict(GPTConfig(1, 1, 16, 32, 256)) | {
    "seed": 0, "dtype": "float32", "source": "sums", "text": "", "steps": 3, "seconds": 60,
    "batch_size": 2, "learning_rate": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def engine_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "ENGINE", EngineHere())


def trained(**other: object) -> list[Any]:
    return list(train.train("en", NOBODY, *((ASKED | other)[field] for field in TRAIN_FIELDS)))


def texts(**other: object) -> Iterator[Any]:
    sampling = {"temperature": 1, "top_k": 0, "top_p": 1, "max_new_tokens": 4, "sample_seed": 0}
    asked = ASKED | sampling | {"prompt": ""} | other
    return train.before_after("en", NOBODY, *(asked[field] for field in GENERATE_FIELDS))


def test_events_of_a_run_and_the_texts_before_and_after() -> None:
    events = trained()
    assert [m for event in events for m in misfits(as_sent(event), TrainRunEvent)] == []
    assert (events[-1]["stage"], events[-1]["done"], events[-1]["step"]) == ("train", True, 3)
    shown = list(texts(weights=events[-1]["run"]))
    assert [m for event in shown for m in misfits(as_sent(event), BeforeAfterRunEvent)] == []
    both = [event for event in shown if event["stage"] == "before_after"]
    assert [event["done"] for event in both].index(True) == len(both) - 1
    last = both[-1]
    assert last["before"]["done"]
    assert last["after"]["done"]
    assert last["before"]["texts"] != last["after"]["texts"]
    assert both[0]["after"] is None


def test_without_such_a_run_there_is_a_sentence() -> None:
    *_, last = texts(weights="sums-0123456789abcdef")
    assert last["stage"] == "refused"
    assert "no such training run" in last["error"]


def test_a_text_is_kept_under_a_name_and_forgotten() -> None:
    (*_, last) = trained(source="text", text=TEXT)
    assert last["source"].startswith("text-")
    assert TEXT not in str(last)
    again = trained(source=last["source"])[-1]
    assert again["validation"] == last["validation"], "who has the name has the run"
    asked = ASKED | {"source": last["source"]}
    gone = list(train.forget("en", NOBODY, *(asked[field] for field in TRAIN_FIELDS)))
    assert [m for event in gone for m in misfits(as_sent(event), ForgetRunEvent)] == []
    assert gone[-1] == {"stage": "forgotten", "done": True}
    assert trained(source=last["source"])[-1]["stage"] == "refused"


def test_the_shapes_that_are_offered_are_of_use() -> None:
    data = page_data("en")["training"]
    assert data["shapes"].keys() == {*SOURCES, "text"}
    for shape in data["shapes"].values():
        config = GPTConfig(**shape)
        assert count_parameters(config).unique_total <= MOST_PARAMETERS
        assert N_BYTES <= config.vocab_size <= MOST_VOCAB
    assert data["least_vocab"] == N_BYTES
    assert data["shapes"]["stories-en"] == asdict(TRAINABLE)
    assert RANDOM == "random"


def test_a_lab_on_what_was_learnt_shows_before_and_after() -> None:
    """Texts that repeat, too: tied against untied is a question to random weights only."""
    values = ASKED | {"weights": trained()[-1]["run"], "prompt": "12+3", "layer": 1}
    for run in (repeats.run, handler("weights"), score.run):
        *_, last = run("en", NOBODY, *(values[field] for field in LAB_FIELDS))
        assert last["stage"] == "lab_shown"
        headings = [block["text"] for block in last["blocks"] if block["block"] == "heading"]
        assert len({*headings}) >= 2


def _score(weights: str) -> Any:
    values = ASKED | {"weights": weights, "prompt": "12+3=15", "layer": 1}
    *_, last = score.run("en", NOBODY, *(values[field] for field in LAB_FIELDS))
    return last


def _rows(weights: str) -> list[list[str]]:
    (table,) = (block for block in _score(weights)["blocks"] if block["block"] == "table")
    return cast(list[list[str]], table["rows"])


def test_random_learnt_and_openais_weights_score_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where OpenAI's cannot be had, the other two."""
    config = GPTConfig(**{field: ASKED[field] for field in SHAPE_FIELDS})
    run = trained()[-1]["run"]
    assert len(_rows(run)) == 2
    monkeypatch.setattr(hub, "SETTINGS", Settings(weights_folder=str(tmp_path)))
    monkeypatch.setitem(hub.RELEASED, "gpt2", replace(hub.RELEASED["gpt2"], config=config))
    saved(tmp_path / "gpt2", config)
    file = tmp_path / "gpt2" / "model.safetensors"
    right = file.read_bytes()
    file.write_bytes(b"no checkpoint")
    assert len(_rows(run)) == 2
    said = [block["text"] for block in _score(run)["blocks"] if block["block"] == "paragraph"]
    assert _score(OPENAI) == {"stage": "refused", "error": said[0]}
    assert _score(cast(str, 5))["stage"] == "refused"

    file.write_bytes(right)
    names, bits, *_ = zip(*_rows(run), strict=True)
    assert names == ("Random weights", "Trained here", "OpenAI's weights")
    assert len({*bits}) == 3
    assert [row[0] for row in _rows(OPENAI)] == ["Random weights", "OpenAI's weights"]
    assert len(_rows(RANDOM)) == 1
