"""The house: who may import whom, and what must not load torch."""

import ast
import subprocess
import sys

import pytest
from serving import ROOT

CORE = ROOT / "gpt2core"
LABS = {path.stem for path in (CORE / "labs").glob("*.py")} - {"__init__", "answer"}
# module -> what of gpt2core it may import (DESIGN's arrows and what follows from them)
ARROWS = {
    "errors": set(),
    "config": {"errors"},
    "parameters": {"config"},
    "costs": {"config", "parameters"},
    "counters": {"config", "parameters"},
    "sheets": {"config", "costs", "counters", "parameters"},
    "text": set(),
    "figures": {"config", "parameters", "costs"},
    "charts": {"figures", "parameters", "text"},
    "export": {"config", "parameters", "costs"},
    "lesson": {"figures", "config", "text"},
    "model": {"config"},
    "device": set(),
    "build": {"model", "device", "costs", "config"},
    "inspection": {"build", "parameters", "config", "model"},
    "sampling": {"config"},
    "kernels": {"model", "costs", "device", "failures"},
    "lanes": {"kernels", "model"},
    "decoder": {"model", "costs", "kernels", "lanes"},
    "batch": {"config", "costs", "decoder", "lanes", "model", "requests", "sampling"},
    "generate": {"batch", "build", "config", "model", "sampling"},
    "requests": {"config"},
    "pool": {"batch", "build", "costs", "requests"},
    "admission": {"batch", "build", "config", "costs", "pool", "requests"},
    "building": {"admission", "build", "costs", "device", "kernels", "pool"},
    "scheduler": {
        "admission",
        "batch",
        "build",
        "building",
        "config",
        "device",
        "failures",
        "pool",
        "requests",
    },
    "failures": {"config", "device"},
    "tokenizer": {"config"},
    "jobs": {
        "admission",
        "batch",
        "config",
        "device",
        "inspection",
        "labs.answer",
        "requests",
        "scheduler",
        "tokenizer",
        "voice",
    },
    "voice": {"batch", "config", "labs.logits", "requests", "sampling", "tokenizer"},
    "labs.trace": {"model", "tokenizer"},
    "labs.gradients": {"model"},
    "labs.weights": {"model", "parameters"},
    "labs.tying": {"build", "config"},
    "labs.qkv": {"model"},
    "labs.devices": {"build", "config", "device", "generate", "model"},
    "labs.logits": {"config", "tokenizer"},
    "labs.measured": {"config", "costs", "model", "parameters"},
    "labs.answer": {
        "batch",
        "build",
        "config",
        "device",
        "requests",
        "tokenizer",
        *(f"labs.{name}" for name in LABS - {"logits"}),
    },
    "lab_charts": {"figures", "text"},
    "process": {"config", "requests"},
    "worker": {"failures", "jobs", "requests"},
}
LIGHT = (
    "errors", "config", "parameters", "costs", "text", "figures", "charts", "counters", "sheets", "export",
    "lab_charts", "lesson", "requests", "process",
)  # fmt: skip
STDLIB_ONLY = ("errors", "config", "text")


def imports(path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def inner(path) -> set[str]:
    """What of gpt2core a file imports: "config", "labs.trace"."""
    names = {name.removeprefix("gpt2core.") for name in imports(path) if name.startswith("gpt2core.")}
    return {name.split(".")[0] for name in names if not name.startswith("labs")} | {
        ".".join(name.split(".")[:2]) for name in names if name.startswith("labs.")
    }


def path_of(module: str):
    return CORE / f"{module.replace('.', '/')}.py"


def outer(path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)} - {"gpt2core"}


def test_every_module_is_in_the_plan():
    labs = {f"labs.{p.stem}" for p in (CORE / "labs").glob("*.py")} - {"labs.__init__"}
    assert ({p.stem for p in CORE.glob("*.py")} - {"__init__"}) | labs == set(ARROWS)


@pytest.mark.parametrize("module", ARROWS)
def test_arrows_run_one_way(module):
    assert inner(path_of(module)) <= ARROWS[module]


@pytest.mark.parametrize("module", ARROWS)
def test_the_core_knows_no_screen(module):
    path = path_of(module)
    assert not outer(path) & {"gradio", "spaces", "starlette", "fastapi"}
    assert "ui" not in inner(path)
    if module in STDLIB_ONLY:
        assert outer(path) <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_do_not_load_torch(module):
    code = f"import sys, gpt2core.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_page_stands_before_torch_is_in():
    code = "import sys, app; app.make_app(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_only_one_place_imports_spaces():
    users = [p for p in ROOT.rglob("*.py") if ".venv" not in p.parts and "spaces" in outer(p)]
    assert [p.name for p in users if "tests" not in p.parts] == ["where.py"]


def test_the_top_level_is_the_house():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    house = {"app.py", "gpt2core", "assets", "tests", "requirements.txt", "README.md"}
    checks = {"pyproject.toml", "package.json", "package-lock.json", "tsconfig.json", "eslint.config.mjs"}
    assert {name for name in top if not name.startswith(".")} <= house | checks | {"LICENSE"}
    assert house <= top
