"""What the page is told has the types that the browser is checked against, and those are up to date."""

import json
import re
import subprocess
import sys
import types
import typing
from dataclasses import asdict

import pytest
from serving import ROOT

from gpt2core import jobs
from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.page_types import blocks, events, figures, page
from gpt2core.requests import (
    LABS,
    BuildRequest,
    CompareRequest,
    GenerateRequest,
    LabRequest,
    NextRequest,
)
from gpt2core.text import LANGUAGES
from gpt2core.ui import costs_tab, hardware_tab, inside_tab, shape
from gpt2core.ui.assets import page_data

TINY = BuildRequest(GPTConfig(2, 2, 32, 48), 0, "cpu")
PRESENT = {
    "trace": inside_tab.trace, "gradients": inside_tab.gradients, "weights": inside_tab.weights,
    "tying": hardware_tab.tying, "qkv": hardware_tab.qkv, "devices": hardware_tab.devices,
    "measured": costs_tab.measured,
}  # fmt: skip


def misfits(value, hint, at="") -> list[str]:
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
    if origin is tuple and isinstance(value, list) and len(value) == len(args):
        return [m for v, a in zip(value, args, strict=True) for m in misfits(v, a, f"{at}[]")]
    if origin is dict and isinstance(value, dict):
        keys = [m for k in value for m in misfits(k, args[0], f"{at} key")]
        return keys + [m for k, v in value.items() for m in misfits(v, args[1], f"{at}.{k}")]
    plain = {float: (int, float), int: (int,), str: (str,), bool: (bool,), object: (object,)}
    allowed = plain.get(hint, (types.NoneType,) if hint is types.NoneType else ())
    fits = isinstance(value, allowed) and (isinstance(value, bool) <= (hint in (bool, object)))
    return [] if fits else [f"{at}: {value!r} is no {hint}"]


def _misfits_of_dict(value, hint, at):
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no {hint.__name__}"]
    hints = typing.get_type_hints(hint, include_extras=True)
    # Not __required_keys__: that takes annotations which are still text for required ones.
    wanted = {
        k for k, h in hints.items() if hint.__total__ and typing.get_origin(h) is not typing.NotRequired
    }
    lacks = [f"{at}.{key} is missing" for key in wanted - value.keys()]
    more = [f"{at}.{key} is unknown" for key in value.keys() - hints.keys()]
    inner = [m for k in value.keys() & hints.keys() for m in misfits(value[k], hints[k], f"{at}.{k}")]
    return lacks + more + inner


def told(value):
    """As it reaches the browser."""
    return json.loads(json.dumps(value))


def test_what_does_not_fit_is_found():
    config = asdict(TINY.config)
    assert misfits(told(config), page.ShapeConfig) == []
    assert misfits(config | {"n_head": True}, page.ShapeConfig) != []
    assert misfits(config | {"n_heads": 1}, page.ShapeConfig) == [".n_heads is unknown"]
    del config["bias"]
    assert misfits(config, page.ShapeConfig) == [".bias is missing"]
    assert misfits([[1, "a"], [2]], list[tuple[int, str]]) != []
    assert misfits({"block": "code", "text": "", "look": None}, blocks.Block) != []


def test_the_browsers_types_are_generated_from_these():
    """If not: python tests/js/generate_types.py"""
    code = "import generate_types as g; assert g.TARGET.read_text() == g.generated()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests" / "js", check=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_data(lang):
    assert misfits(told(page_data(lang)), page.PageData) == []


@pytest.mark.parametrize("prompt", ["", "Hello"])
@pytest.mark.parametrize(
    ("kind", "hint"),
    [(GenerateRequest, events.GenerateRunEvent), (CompareRequest, events.CompareRunEvent)],
)
def test_events_of_what_the_model_says(kind, hint, prompt):
    seen = list(jobs.run(kind(TINY, prompt, SamplingOptions(max_new_tokens=4))))
    for event in seen:
        distribution = event.pop("distribution", None)  # it goes to the chart: generate_tab.py
        assert misfits(told(event), hint) == []
        assert distribution is None or misfits(told(distribution), events.Distribution) == []
    assert seen[-1]["stop_reason"] is not None or kind is GenerateRequest


def test_events_of_a_build():
    seen = list(jobs.run(TINY))
    assert [m for event in seen for m in misfits(told(event), events.BuildRunEvent)] == []
    assert seen[-1]["stage"] == "built"


@pytest.mark.parametrize("lab", LABS)
def test_events_of_a_lab(lab):
    *working, last = jobs.run(LabRequest(TINY, lab, "Hello", 1))
    shown = PRESENT[lab](last.pop("result"), "en")
    for event in [*working, last | {"blocks": shown}]:
        assert misfits(told(event), events.LabRunEvent) == []
    assert shown
    assert [m for block in shown for m in misfits(told(block), blocks.Block)] == []


def test_what_the_temperature_lab_is_sent():
    *_, last = jobs.run(NextRequest(TINY, "Hello", SamplingOptions(max_new_tokens=1)))
    assert misfits(told({"block": "next", "data": last["result"]}), blocks.Block) == []


def test_what_python_confirms():
    values = [*asdict(TINY.config).values(), 0]
    for asked in (values, ["", *values[1:]]):
        assert misfits(told(shape.confirm("en", *asked)), events.Confirmation) == []


def test_every_kind_of_part_has_a_type():
    code = "import app; print(*(getattr(b, 'js_on_load', '') for b in app.make_app().blocks.values()))"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    kinds = set(re.findall(r"mount\('(\w+)'", printed.stdout))
    assert kinds == set(typing.get_type_hints(events.PartValues))


def test_figures_of_a_chart_say_what_kind_they_are():
    kinds = {
        typing.get_args(typing.get_type_hints(trace)["type"])[0] for trace in typing.get_args(figures.Trace)
    }
    assert kinds == {"bar", "scatter", "heatmap", "treemap"}
