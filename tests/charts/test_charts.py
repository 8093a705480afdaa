"""Every chart is one that Plotly takes, and its numbers are those of the counts."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args

import plotly.graph_objects as go
import pytest
from random_configs import random_configs

from gpt2core import GPTConfig, count_parameters
from gpt2core.charts.base import COLORS, INK, fill, quantities, value_of
from gpt2core.charts.parameters import CHARTS
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import LANGUAGES
from gpt2core.serving.messages.fields import Component, Language
from gpt2core.serving.messages.figures import Chart, ChartKind
from gpt2core.ui.page_data import page_data

COUNTED = [kind for kind in CHARTS if kind != "distribution"]


def trace_of(chart: Chart, values: Mapping[str, int]) -> Any:
    """The first trace, as the browser gets it."""
    return json.loads(json.dumps(fill(chart, values)))["data"][0]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", CHARTS)
def test_plotly_accepts_every_figure(kind: ChartKind, lang: Language) -> None:
    go.Figure(fill(CHARTS[kind](lang), quantities(GPTConfig())))
    json.dumps(CHARTS[kind](lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_chart_of_every_kind(lang: Language) -> None:
    assert sorted(page_data(lang)["charts"]) == sorted(get_args(ChartKind))


@pytest.mark.parametrize("config", random_configs(30, seed=4), ids=str)
def test_bars_and_tiles_sum_to_the_total(config: GPTConfig) -> None:
    values, counts = quantities(config), count_parameters(config)
    bar = trace_of(CHARTS["bar"]("en"), values)
    assert sum(bar["x"]) == counts.unique_total
    assert sum(bar["customdata"]) == pytest.approx(1)
    tiles = trace_of(CHARTS["treemap"]("en"), values)
    size = dict(zip(tiles["ids"], tiles["values"], strict=True))
    for parent in ("model", *COMPONENTS):
        children = [i for i, p in zip(tiles["ids"], tiles["parents"], strict=True) if p == parent]
        assert sum(size[c] for c in children) == size[parent]


@pytest.mark.parametrize("config", random_configs(30, seed=5), ids=str)
def test_the_waterfall_ends_at_the_true_total(config: GPTConfig) -> None:
    counts = count_parameters(config)
    trace = trace_of(CHARTS["waterfall"]("en"), quantities(config))
    steps = list(zip(trace["base"], trace["y"], strict=True))
    for (base, height), (following, _) in pairwise(steps[: len(COMPONENTS)]):
        assert base + height == following
    modules, shared, total = steps[len(COMPONENTS) :]
    assert sum(steps[len(COMPONENTS) - 1]) == modules[1] == counts.per_module_total
    assert sum(shared) == counts.per_module_total
    assert total == (0, counts.unique_total)


def test_a_sign_is_a_sign() -> None:
    assert value_of(["a", "-b"], {"a": 5, "b": 2}) == 3


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("component", COMPONENTS)
def test_text_on_a_tile_can_be_read(component: Component) -> None:
    lighter, darker = sorted((luminance(COLORS[component]), luminance(INK[component])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_table_beside_a_chart_lists_its_numbers() -> None:
    values = quantities(GPTConfig())
    for kind in COUNTED:
        rows = CHARTS[kind]("en")["rows"]
        assert rows
        assert all(isinstance(value_of(e, values), int) for _, e in rows)
