"""What is taken home is opened and run."""

from __future__ import annotations

import csv
import io
import json
import os
import runpy
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from email.message import Message
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import pytest
import torch
from random_configs import random_configs
from transformers import AutoConfig, GPT2Config, GPT2LMHeadModel

from gpt2core import GPTConfig, count_parameters
from gpt2core.config import PRESETS
from gpt2core.export import COLUMNS, config_json, file_stem, read_config_json, script, tensors_csv
from gpt2core.model import gpt
from gpt2core.model.gpt import GPT

CONFIGS = [
    GPTConfig(2, 2, 32, 48, 400),
    GPTConfig(3, 1, 20, 16, 300, bias=False),
    GPTConfig(1, 4, 24, 8, 50_300, tie_weights=False),
    GPTConfig(2, 3, 12, 9, 77, bias=False, tie_weights=False),
]


@pytest.mark.parametrize("config", [*CONFIGS, *PRESETS.values()])
def test_the_json_is_the_config(config: GPTConfig) -> None:
    assert read_config_json(config_json(config)) == config


@pytest.mark.parametrize("config", [c for c in [*CONFIGS, *PRESETS.values()] if c.bias])
def test_transformers_reads_the_same_model_out_of_the_json(config: GPTConfig, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(config_json(config), encoding="utf-8")
    read = AutoConfig.from_pretrained(tmp_path)
    assert type(read) is GPT2Config
    direct = GPT2Config.from_json_file(tmp_path / "config.json")
    with torch.device("meta"):
        theirs, ours = GPT2LMHeadModel(direct), GPT(config)
    # Their Conv1D matrices are the transposes of ours.
    matrices = {name: sorted(p.shape) for name, p in theirs.named_parameters()}
    assert matrices == {name: sorted(p.shape) for name, p in ours.named_parameters()}
    assert direct.layer_norm_epsilon == read.layer_norm_epsilon == gpt.LAYER_NORM_EPS
    assert (direct.initializer_range, direct.activation_function) == (gpt.INIT_STD, "gelu_new")
    assert (direct.resid_pdrop, direct.embd_pdrop, direct.attn_pdrop) == (0, 0, 0)
    assert (direct.n_head, direct.n_positions) == (config.n_head, config.block_size)
    assert all(i is None or i < config.vocab_size for i in (direct.bos_token_id, direct.eos_token_id))


def test_the_json_says_that_transformers_has_no_model_without_biases() -> None:
    written = json.loads(config_json(CONFIGS[1]))
    assert "always has biases" in written["note"]
    assert not {"model_type", "architectures", "n_positions"} & set(written)


@pytest.mark.parametrize("config", [*CONFIGS, *random_configs(10, seed=3), GPTConfig()])
def test_the_csv_is_the_models_tensors(config: GPTConfig) -> None:
    lines = list(csv.DictReader(io.StringIO(tensors_csv(config))))
    assert tuple(lines[0]) == COLUMNS
    with torch.device("meta"):
        model = GPT(config)
    shapes = {line["name"]: tuple(map(int, line["shape"].split("x"))) for line in lines}
    assert shapes == {name: tuple(p.shape) for name, p in model.named_parameters()}
    counted = count_parameters(config)
    assert sum(int(line["count"]) for line in lines) == counted.unique_total
    assert sum(int(line["fp32_bytes"]) for line in lines) == 4 * counted.unique_total
    for component, total in counted.components.items():
        assert sum(int(line["count"]) for line in lines if line["component"] == component) == total


def written(config: GPTConfig, folder: Path) -> Path:
    path = folder / f"{file_stem(config)}.py"
    path.write_text(script(config), encoding="utf-8")
    return path


def run_alone(path: Path, *arguments: str) -> list[str]:
    """Runs a script where there is nothing else, and returns the lines it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, path.name, *arguments],
        cwd=path.parent, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


Run: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """As run_alone, in this process, which has loaded torch already."""

    def run(path: Path, *arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", [path.name, *arguments])
        with torch.random.fork_rng():
            runpy.run_path(str(path), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run


def check_said(config: GPTConfig, lines: list[str]) -> None:
    count, printed = lines
    assert count == f"{count_parameters(config).unique_total:,} parameters"
    ids = json.loads(printed)
    assert len(ids) == 6
    assert all(0 <= i < min(config.vocab_size, 50_257) for i in ids)


def test_the_script_runs_alone(tmp_path: Path) -> None:
    config = GPTConfig()
    path = written(config, tmp_path)
    check_said(config, run_alone(path, "--tokens", "5", "--temperature", "0.5"))


@pytest.mark.parametrize("config", CONFIGS)
def test_the_script_runs_for_any_shape(config: GPTConfig, tmp_path: Path, run_here: Run) -> None:
    check_said(config, run_here(written(config, tmp_path), "--tokens", "5", "--temperature", "0.5"))


def test_the_script_ends_with_the_context_and_repeats_itself(tmp_path: Path, run_here: Run) -> None:
    config = CONFIGS[2]
    path = written(config, tmp_path)
    first, again = (run_here(path, "--tokens", "99", "--seed", "3") for _ in range(2))
    assert first == again
    assert len(json.loads(first[1])) == config.block_size
    assert run_here(path, "--tokens", "99", "--seed", "4")[1] != first[1]


def test_the_script_is_gpt_py() -> None:
    """One GPT-2 to read: its classes stand in the script letter by letter."""
    source = Path(gpt.__file__).read_text(encoding="utf-8")
    assert source[source.index("class CausalSelfAttention") :].rstrip() in script(GPTConfig())
    assert "gpt2core" not in script(GPTConfig())


def test_names_tell_the_shape() -> None:
    assert file_stem(GPTConfig()) == "gpt2-12x12x768"
    assert file_stem(CONFIGS[3]) == "gpt2-2x3x12-t9-v77-nobias-untied"


def fetch(url: str) -> tuple[int, Message, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read().decode()


FILES = [("config.json", config_json), ("tensors.csv", tensors_csv), ("script.py", script)]


@pytest.mark.parametrize(("name", "make"), FILES)
def test_the_server_hands_them_out(server: str, name: str, make: Callable[[GPTConfig], str]) -> None:
    config = CONFIGS[3]
    query = "&".join(f"{field}={json.dumps(value)}" for field, value in asdict(config).items())
    status, headers, text = fetch(f"{server}export/{name}?{query}")
    assert (status, text) == (200, make(config))
    file_name = f"{file_stem(config)}.{name.split('.')[1]}"
    assert headers["Content-Disposition"] == f'attachment; filename="{file_name}"'
    assert fetch(f"{server}export/{name}")[2] == make(GPTConfig())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("n_layer=abc", 'Layers is "abc", but must be a whole number from 1 to 128.'),
        ("n_layer=99999999999", "Layers is 99999999999, but must be a whole number from 1 to 128."),
        ("n_layer=5.37", "Layers is 5.37, but must be a whole number from 1 to 128."),
        ("n_head=5&lang=vi", "Số head (attention head) đang là 5, nhưng phải là ước của"),
        ("bias=1", 'Biases is "1", but must be true or false.'),
        ("n_layer=" + quote("<script>"), 'Layers is "<script>"'),
        ("nonsense=1", "The call does not fit"),
    ],
)
def test_bad_values_get_one_sentence(server: str, query: str, sentence: str) -> None:
    status, headers, text = fetch(f"{server}export/script.py?{query}")
    assert status == 400
    assert text.startswith(sentence)
    assert headers.get_content_type() == "text/plain"
    assert fetch(f"{server}export/nonsense?{query}")[0] == 404
