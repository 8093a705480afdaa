"""What those buttons are pressed with that can do nothing with the model on the page as it opens: it is too
large to learn anything in a minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from gpt2core.ui.page_data import TRAINABLE
from gpt2core.validation import GENERATE_FIELDS, SOURCES, TRAIN_FIELDS

# A run that takes about a minute on two cores.
LEARNS = asdict(TRAINABLE) | {"source": SOURCES[0], "steps": 900}


def of_a_model_that_learns(name: str, values: list[object], answers: Mapping[str, Any]) -> Iterable[object]:
    """`values` of the page as it opens, but for what the button `name` can do nothing with."""
    if name == "train":
        return (dict(zip(TRAIN_FIELDS, values, strict=True)) | LEARNS).values()
    if name == "before-after":
        (run,) = (answer for answer in answers.values() if answer["stage"] == "train")
        learnt = asdict(TRAINABLE) | {"weights": run["run"], "prompt": run["sample_prompt"]}
        asked = dict(zip(GENERATE_FIELDS, values, strict=True)) | learnt
        return (asked[field] for field in GENERATE_FIELDS)
    return values
