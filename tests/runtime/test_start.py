"""What is in the way of a start is said in one sentence, and the exit status is 1."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from app_process import ROOT

from gpt2core.runtime import start


def started(python: str = sys.executable, **environment: str) -> tuple[int, str]:
    """Exit status of `python app.py`, and what it says last."""
    done = subprocess.run(
        [python, "app.py"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def sentence(status_and_said: tuple[int, str]) -> str:
    """What was said, if it was one sentence about why nothing was started."""
    status, said = status_and_said
    assert status == 1
    (line,) = [line for line in said.splitlines() if " INFO " not in line]
    return line


def test_nothing_is_in_the_way_here() -> None:
    assert start.obstacle(ROOT / "requirements.txt") is None


@pytest.mark.parametrize("port", ["abc", "70000", "-1", "7860.0"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    assert sentence(started(GRADIO_SERVER_PORT=port)).startswith(f"GRADIO_SERVER_PORT={port} is no port")


def test_a_setting_that_does_not_fit_is_named() -> None:
    said = sentence(started(GPT2_ANATOMY_MAX_JOBS="many"))
    assert said == "GPT2_ANATOMY_MAX_JOBS=many is not a number"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = sentence(started(GRADIO_SERVER_PORT=port, GRADIO_SERVER_NAME="127.0.0.1"))
    assert f"GRADIO_SERVER_PORT={port}: Address already in use" in said


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "::"])
def test_an_address_that_is_not_here_is_named(host: str) -> None:
    assert f"GRADIO_SERVER_NAME={host}" in sentence(started(GRADIO_SERVER_NAME=host))


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("torch>=2.11,<2.14\nno-such-package==1\nonly-there==2; sys_platform == 'win32'\n")
    said = start.obstacle(wanted)
    assert said
    assert said.startswith("Not installed for this Python: no-such-package. ")


def test_an_environment_with_nothing_in_it_is_told_what_it_needs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    said = sentence(started(str(tmp_path / "bare" / "bin" / "python")))
    assert "torch, gradio," in said
    assert said.endswith("bare/bin/python -m pip install -r requirements.txt")


def test_an_older_python_is_told_which_it_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    said = start.obstacle(ROOT / "requirements.txt")
    assert said
    assert said.startswith("Python 3.11 or newer is needed, and this is Python ")


def test_a_machine_without_a_folder_for_temporary_files_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert "TMPDIR" in str(start.obstacle(ROOT / "requirements.txt"))
