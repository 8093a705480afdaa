"""The README says nothing that isn't so: its figures, commands, examples and tree are tested."""

import inspect
import re
import subprocess
import tomllib
from dataclasses import fields

import gradio
import pytest
import yaml
from app_process import ROOT
from packaging.specifiers import SpecifierSet

from gpt2core import PRESETS, count_parameters
from gpt2core.config import DTYPE_BYTES
from gpt2core.runtime.settings import Settings
from gpt2core.runtime.start import OLDEST_PYTHON
from gpt2core.serving.ray_engine import deploy
from gpt2core.serving.zero_gpu import LONGEST_LOAN
from gpt2core.ui import api
from gpt2core.ui.server import limits

README = (ROOT / "README.md").read_text(encoding="utf-8")
MATTER = yaml.safe_load(README.split("---")[1])
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def test_the_front_matter_fits_the_pins() -> None:
    wanted = (ROOT / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in wanted if "==" in line)
    assert MATTER["sdk"] == "gradio"
    assert MATTER["sdk_version"] == pins["gradio"] == gradio.__version__
    assert (ROOT / MATTER["app_file"]).exists()
    assert len(MATTER["short_description"]) <= 60
    assert "spaces" not in pins
    (torch,) = [line for line in wanted if line.startswith("torch>")]
    assert f'`pip install "{torch}" ' in README
    tested = re.search("^torch==(.+?) ", (ROOT / "tests" / "requirements.txt").read_text(), re.MULTILINE)
    assert tested
    assert SpecifierSet(torch.removeprefix("torch")).contains(tested[1])


def test_a_gpu_is_lent_for_as_long_as_it_is_asked_for() -> None:
    assert f"at most {LONGEST_LOAN} seconds" in README


def test_the_pythons_are_those_that_are_let_in() -> None:
    oldest, newest = ((3, 11), (3, 14))
    assert f"Python {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}" in README
    assert f"{oldest} <= sys.version_info[:2] <= {newest}" in (ROOT / "tests" / "setup").read_text()
    assert oldest == OLDEST_PYTHON
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == f">={oldest[0]}.{oldest[1]}"
    assert oldest <= tuple(map(int, MATTER["python_version"].split("."))) <= newest


def test_every_figure_is_a_count() -> None:
    counts = [count_parameters(config) for config in PRESETS.values()]
    known = {n for c in counts for n in (c.unique_total, c.per_module_total, c.tying_correction)}
    figures = {int(f.replace(",", "")) for f in re.findall(r"\d{1,3}(?:,\d{3}){2,}", README)}
    assert figures
    assert figures <= known
    assert f'print(counts["unique_total"])  # {counts[1].unique_total}' in README


def test_the_two_commands_are_there() -> None:
    commands = [code.strip() for language, code in BLOCKS if language == "bash"]
    assert commands[:2] == ["bash tests/setup && .venv/bin/python app.py", "bash tests/run"]
    for script in ("tests/setup", "tests/run", "tests/other_pythons", ".ci/run"):
        subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert "tests/run" in (ROOT / ".ci/run").read_text()


def test_the_commands_for_many_machines_are_those_that_there_are() -> None:
    module = "-m gpt2core.serving.ray_engine.deploy"
    lines = "\n".join(code for language, code in BLOCKS if language == "bash")
    given = [line.partition(module)[2].split() for line in lines.splitlines() if module in line]
    assert [deploy.parser().parse_args(options).replicas for options in given] == [2, 2]
    variables = re.findall(r"^GPT2_ANATOMY_(\w+)=(\w+) FORWARDED_ALLOW_IPS", lines, re.MULTILINE)
    assert variables == [("ENGINE", "ray")] * 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_python_examples_run(n: int, server: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = [code for language, code in BLOCKS if language == "python"][n]
    code = code.replace("http://127.0.0.1:7860/", server).replace("http://127.0.0.1:7860", server)
    exec(compile(code.replace("seconds=60", "seconds=2"), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert ("354823168", "token_embedding", "0.135")[n] in printed


def test_the_endpoints_take_the_arguments_that_are_listed() -> None:
    rows = re.findall(r"^\| `/(\w+)` \| ([^|]+) \|", README, re.MULTILINE)
    shape = re.findall(r"\w+", rows[0][1].replace("`", ""))
    assert [name for name, _ in rows] == ["analyze", "build", "generate", "train", "score"]
    for name, listed in rows:
        function = inspect.unwrap(getattr(api, name))
        taken = [argument for argument in inspect.signature(function).parameters if argument != "caller"]
        own = re.findall(r"`([\w, ]+)`", listed.rpartition("then")[2])[0].split(", ")
        assert taken == (own if name == "analyze" else [*shape, *own])
    assert 'unless it is\n`"bfloat16"`' in README
    assert tuple(DTYPE_BYTES) == ("float32", "bfloat16")


CORE = ROOT / "gpt2core"


def test_the_tree_is_the_tree() -> None:
    """Every room and every file that stands in none, no more and no less."""
    tree = next(code for _, code in BLOCKS if "app.py  " in code)
    listed = re.findall(r"^  (\w+(?:\.py|/))", tree, re.MULTILINE)
    files = {path.name for path in CORE.glob("*.py")} - {"__init__.py"}
    rooms = {f"{path.parent.name}/" for path in CORE.glob("*/__init__.py")}
    assert sorted(listed) == sorted(files | rooms)
    for folder in re.findall(r"^(\w+)/", tree, re.MULTILINE):
        assert (ROOT / folder).is_dir()


def test_every_file_in_the_drawing_is_there() -> None:
    drawing = next(code for _, code in BLOCKS if "engine process" in code)
    paths = re.findall(r"[\w/]+\.(?:py|js)", drawing)
    assert len(paths) > 15
    for path in paths:
        assert (ROOT / path).exists() or [*CORE.rglob(path)], path


def test_the_settings_are_those_that_are_read() -> None:
    rows = re.findall(r"^\| `GPT2_ANATOMY_(\w+)` \| (\S*) ?\|", README, re.MULTILINE)
    assert {name.lower(): default for name, default in rows} == {
        field.name: f"{field.default:g}" if isinstance(field.default, int | float) else field.default
        for field in fields(Settings)
    }


def test_the_limits_are_those_that_hold() -> None:
    rows = re.findall(r"^\| [^|]*(?:an address|session)[^|]* \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    assert [(int(at_once), int(per_second)) for at_once, per_second in rows] == [
        limits.PAGES_PER_ADDRESS, limits.QR_CODES_PER_ADDRESS, limits.CALLS_PER_ADDRESS,
        limits.JOBS_PER_ADDRESS, limits.CALLS_PER_SESSION, limits.OVERLAPPING_JOBS_PER_SESSION,
    ]  # fmt: skip
    said = " ".join(README.split())
    for sentence in (
        f"At one time {limits.STREAMS_PER_ADDRESS} event streams of an address and {limits.STREAMS} in all "
        f"are open, and {limits.CONNECTIONS} connections.",
        f"A body has at most {limits.MOST_BYTES // 2**20} MiB and {limits.BODY_SECONDS:g} seconds to come, "
        f"a request's headers {limits.HEADER_SECONDS:g}.",
    ):
        assert sentence in said


def test_the_pictures_exist() -> None:
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (ROOT / path).stat().st_size > 10_000


def test_the_ratios_are_the_quotients() -> None:
    rows = re.findall(
        r"\| [^|]+ \| (?:[A-Za-z][\w ,]* )?([\d.]+) (s|tokens/s)[^|]* \| ([\d.]+) [^|]+ \| ([\d.]+) \|",
        README,
    )
    assert len(rows) >= 5
    on_a_gpu = re.findall(r"([\d,]+) (tokens/s); transformers (\d+) \(([\d.]+) times\)", README)
    assert len(on_a_gpu) == 2
    rows += [(theirs, unit, ours.replace(",", ""), ratio) for ours, unit, theirs, ratio in on_a_gpu]
    for theirs, unit, ours, ratio in rows:
        quotient = float(theirs) / float(ours) if unit == "s" else float(ours) / float(theirs)
        assert float(ratio) == pytest.approx(quotient, rel=0.06)  # the figures are rounded
    command = next(code for _, code in BLOCKS if code.startswith(".venv")).split()[1]
    assert (ROOT / command).exists()
