"""What the page is told has the types that the browser is checked against, and those are up to date."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
import typing
from dataclasses import asdict
from typing import Any

import pytest
from app_process import ROOT

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.i18n import ASSETS, LANGUAGES
from gpt2core.serving import service
from gpt2core.serving.messages import (
    LABS,
    BuildRequest,
    CompareRequest,
    Distribution,
    GenerateRequest,
    LabRequest,
    NextTokenRequest,
)
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.fields import Language, ShapeConfig
from gpt2core.serving.messages.figures import Trace
from gpt2core.serving.messages.page_data import PageData
from gpt2core.serving.messages.page_events import (
    BuildRunEvent,
    CompareRunEvent,
    Confirmation,
    Example,
    GenerateRunEvent,
    LabRunEvent,
    PartValues,
)
from gpt2core.serving.messages.requests import LabName
from gpt2core.ui.components import blocks, shape
from gpt2core.ui.labs.present import present
from gpt2core.ui.page_data import page_data

TINY = BuildRequest(GPTConfig(2, 2, 32, 48), 0, "cpu")


def misfits(value: Any, hint: Any, at: str = "") -> list[str]:
    """Where `value`, as JSON has it, is not of the type `hint`: also where a key is missing or unknown."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if typing.is_typeddict(hint):
        return _misfits_of_dict(value, hint, at)
    if origin in (typing.Required, typing.NotRequired):
        return misfits(value, args[0], at)
    if origin is typing.Literal:
        return [] if any(value == a and type(value) is type(a) for a in args) else [f"{at}: {value!r}"]
    if origin in (typing.Union, types.UnionType):
        found = [misfits(value, one, at) for one in args]
        return min(found, key=len)
    if origin is list and isinstance(value, list):
        return [m for i, v in enumerate(value) for m in misfits(v, args[0], f"{at}[{i}]")]
    if origin is tuple and args[1:] == (...,):
        return misfits(value, types.GenericAlias(list, (args[0],)), at)
    if origin is tuple and isinstance(value, list) and len(value) == len(args):
        return [m for v, a in zip(value, args, strict=True) for m in misfits(v, a, f"{at}[]")]
    if origin is dict and isinstance(value, dict):
        keys = [m for k in value for m in misfits(k, args[0], f"{at} key")]
        return keys + [m for k, v in value.items() for m in misfits(v, args[1], f"{at}.{k}")]
    plain = {float: (int, float), int: (int,), str: (str,), bool: (bool,), object: (object,)}
    allowed = plain.get(hint, (types.NoneType,) if hint is types.NoneType else ())
    fits = isinstance(value, allowed) and (isinstance(value, bool) <= (hint in (bool, object)))
    return [] if fits else [f"{at}: {value!r} is no {hint}"]


def _misfits_of_dict(value: Any, hint: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no {hint.__name__}"]
    hints = typing.get_type_hints(hint, include_extras=True)
    # Not __required_keys__: that takes NotRequired for required where annotations are still text.
    optional = {k for k, h in hints.items() if typing.get_origin(h) is typing.NotRequired}
    wanted = hints.keys() - hint.__optional_keys__ - optional
    lacks = [f"{at}.{key} is missing" for key in wanted - value.keys()]
    more = [f"{at}.{key} is unknown" for key in value.keys() - hints.keys()]
    inner = [m for k in value.keys() & hints.keys() for m in misfits(value[k], hints[k], f"{at}.{k}")]
    return lacks + more + inner


def as_sent(value: object) -> Any:
    """As it reaches the browser."""
    return json.loads(json.dumps(value))


def test_what_does_not_fit_is_found() -> None:
    config = asdict(TINY.config)
    assert misfits(as_sent(config), ShapeConfig) == []
    assert misfits(config | {"n_head": True}, ShapeConfig) != []
    assert misfits(config | {"n_heads": 1}, ShapeConfig) == [".n_heads is unknown"]
    del config["bias"]
    assert misfits(config, ShapeConfig) == [".bias is missing"]
    assert misfits([[1, "a"], [2]], list[tuple[int, str]]) != []
    assert misfits({"block": "code", "text": "", "look": None}, Block) != []


def test_the_browsers_types_are_generated_from_these() -> None:
    """If not: python tests/js/generate_types.py"""
    code = "import generate_types as g; assert g.TARGET.read_text() == g.generated()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests" / "js", check=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_data(lang: Language) -> None:
    assert misfits(as_sent(page_data(lang)), PageData) == []


@pytest.mark.parametrize("prompt", ["", "Hello"])
@pytest.mark.parametrize(
    ("kind", "hint"), [(GenerateRequest, GenerateRunEvent), (CompareRequest, CompareRunEvent)]
)
def test_events_of_a_text(kind: type[GenerateRequest], hint: object, prompt: str) -> None:
    seen = list(service.run(kind(TINY, prompt, SamplingOptions(max_new_tokens=4))))
    for event in map(as_sent, seen):
        distribution = event.pop("distribution", None)  # it goes to the chart: views/generate.py
        assert misfits(event, hint) == []
        assert distribution is None or misfits(distribution, Distribution) == []
    assert as_sent(seen[-1])["stop_reason"] == "length"


def test_events_of_a_build() -> None:
    seen = list(service.run(TINY))
    assert [m for event in seen for m in misfits(as_sent(event), BuildRunEvent)] == []
    assert seen[-1]["stage"] == "built"


@pytest.mark.parametrize("lab", LABS)
def test_events_of_a_lab(lab: LabName) -> None:
    *working, last = service.run(LabRequest(TINY, lab, "Hello", 1))
    assert last["stage"] == "lab_result"
    shown = present(last["result"], "en")
    end = {
        "stage": "lab_shown",
        "done": True,
        "seed": last["seed"],
        "weights": last["weights"],
        "config": last["config"],
        "blocks": shown,
    }
    for event in [*working, end]:
        assert misfits(as_sent(event), LabRunEvent) == []
    assert shown
    assert [m for block in shown for m in misfits(as_sent(block), Block)] == []


def test_what_the_temperature_lab_is_sent() -> None:
    *_, last = service.run(NextTokenRequest(TINY, "Hello", SamplingOptions(max_new_tokens=1)))
    assert last["stage"] == "lab_result"
    assert last["result"]["lab"] == "logits"
    assert misfits(as_sent(blocks.next_token(last["result"])), Block) == []


def test_examples() -> None:
    paths = [*(ASSETS / "examples").glob("*/*.json")]
    assert paths
    for path in paths:
        assert misfits(json.loads(path.read_text(encoding="utf-8")), Example, path.stem) == []


def test_what_python_confirms() -> None:
    values = [*asdict(TINY.config).values(), 0, "float32", "random"]
    for asked in (values, ["", *values[1:]], [*values[:-2], "float16", "random"]):
        assert misfits(as_sent(shape.confirm("en", *asked)), Confirmation) == []


def test_every_kind_of_part_has_a_type() -> None:
    code = "import app; print(*(getattr(b, 'js_on_load', '') for b in app.make_app().blocks.values()))"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    kinds = set(re.findall(r"mount\('(\w+)'", printed.stdout))
    assert kinds == set(typing.get_type_hints(PartValues))


def test_figures_of_a_chart_say_what_kind_they_are() -> None:
    kinds = {typing.get_args(typing.get_type_hints(trace)["type"])[0] for trace in typing.get_args(Trace)}
    assert kinds == {"bar", "scatter", "heatmap", "treemap"}
