"""What the contracts in pyproject.toml cannot say: they see imports, not what is loaded, and skip what they
do not name."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter

import grimp
import pytest
from app_process import ROOT

LIGHT = (
    "gpt2core", "gpt2core.charts.labs", "gpt2core.charts.parameters", "gpt2core.config",
    "gpt2core.counting.published_counts", "gpt2core.counting.tables", "gpt2core.errors",
    "gpt2core.export", "gpt2core.i18n", "gpt2core.lesson", "gpt2core.model.hub",
    "gpt2core.runtime.settings",
    "gpt2core.serving.client", "gpt2core.serving.messages", "gpt2core.serving.zero_gpu",
    "gpt2core.ui.server.routes", "gpt2core.ui.views", "gpt2core.validation",
)  # fmt: skip
STDLIB_ONLY = ("gpt2core.config", "gpt2core.errors", "gpt2core.i18n", "gpt2core.validation")
BARE = {"PATH": os.environ["PATH"]}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("gpt2core", include_external_packages=True, exclude_type_checking_imports=True)


def modules() -> set[str]:
    return {module for module in graph().modules if module.split(".")[0] == "gpt2core"}


def layers() -> list[str]:
    """The modules that the first contract names, each with all that is in it."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = " ".join(config["contracts"][0]["layers"])
    return [word for word in named.split() if word.startswith("gpt2core.")]


def within(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def test_every_module_is_in_a_layer() -> None:
    """Only packages whose parts have layers of their own are in none: they import nothing of the house, or,
    lazily, what a layer of theirs has."""
    outside = {m for m in modules() if not any(within(m, layer) for layer in layers())}
    assert outside == {"gpt2core", "gpt2core.counting", "gpt2core.model", "gpt2core.serving"}
    imported = {(m, found) for m in outside for found in graph().find_modules_directly_imported_by(m)}
    assert {arrow for arrow in imported if arrow[1] in modules()} == {
        ("gpt2core.model", "gpt2core.model.gpt")
    }


def test_no_import_leads_in_a_circle() -> None:
    """Module by module: packages may look at each other where their modules do not."""
    arrows = {module: graph().find_modules_directly_imported_by(module) & modules() for module in modules()}
    TopologicalSorter(arrows).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("module", STDLIB_ONLY)
def test_the_foundations_need_nothing_installed(module: str) -> None:
    imported = {name.split(".")[0] for name in graph().find_modules_directly_imported_by(module)}
    assert imported <= sys.stdlib_module_names | {"gpt2core"}


def test_only_the_page_stands_on_gradio() -> None:
    """Such an import exists at all: the contract would hold where nobody imports Gradio any more."""
    importers = graph().find_modules_that_directly_import("gradio")
    assert importers
    assert {name.split(".")[1] for name in importers} == {"ui"}


def loads_torch(code: str) -> bool:
    """Whether a process of its own, its environment next to empty, has torch loaded after `code`."""
    code = f"import sys; {code}; print('torch' in sys.modules)"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, env=BARE, stdout=subprocess.PIPE, check=True)
    return {b"True\n": True, b"False\n": False}[ended.stdout]


def test_light_modules_do_not_load_torch() -> None:
    assert not loads_torch(f"import {', '.join(LIGHT)}")


def test_the_page_stands_before_torch_is_in() -> None:
    assert not loads_torch("import app; app.make_app()")


def test_what_computes_loads_torch_and_sets_no_environment_variable() -> None:
    """Torch reads its environment when it is loaded; what stands there is for programs to say."""
    assert loads_torch(
        "import os; before = dict(os.environ); import gpt2core.serving.service; assert os.environ == before"
    )


def test_the_top_level_is_the_agreed_one() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    agreed = {"app.py", "gpt2core", "assets", "tests", "requirements.txt", "README.md"}
    # What the checks of JavaScript need may stand beside them.
    beside = {"LICENSE", "pyproject.toml", "package.json", "package-lock.json", "tsconfig.json"}
    assert {name for name in top if not name.startswith(".")} <= agreed | beside | {"eslint.config.mjs"}
    assert agreed <= top
