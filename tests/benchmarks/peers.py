"""The peers as resident processes behind one small interface: transformers, CTranslate2, and this
project's own engine without a server before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app_process import ROOT

from gpt2core.runtime.settings import TORCH_ENVIRONMENT
from gpt2core.serving.process import environment

_HERE = Path(__file__).parent
_CTRANSLATE2 = ("ctranslate2==4.8.5", "numpy==2.4.6")
PROMPT = list(range(100, 116))


class Peer:
    """A process that runs a program of this folder and answers one command after another."""

    def __init__(self, program: str, *, python: str | Path = sys.executable, **environment: str) -> None:
        answers, its_end = os.pipe()  # its stdout is for whatever libraries print
        self._process = subprocess.Popen(
            [python, _HERE / program, str(its_end)], cwd=ROOT, env=os.environ | environment,
            stdin=subprocess.PIPE, stdout=2, pass_fds=[its_end], text=True,
        )  # fmt: skip
        os.close(its_end)
        self._answers = os.fdopen(answers)

    def ask(self, command: str, **arguments: object) -> Any:
        """Its answer. Raises RuntimeError where it has ended; why stands on stderr."""
        assert self._process.stdin
        print(json.dumps({"command": command, **arguments}), file=self._process.stdin, flush=True)
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError(f"{self._process.args!r} ended at {command}")
        return json.loads(answer)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        with self._answers:
            self._process.communicate(timeout=20)  # closes its stdin, so that it ends


def transformers() -> Peer:
    """Has built GPT-2 Small, and generated with it, before it answers anything."""
    return Peer("transformers_peer.py", HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="", **TORCH_ENVIRONMENT)


def library() -> Peer:
    """This project as somebody has it who imports it."""
    return Peer("engine_peer.py", CUDA_VISIBLE_DEVICES="", **TORCH_ENVIRONMENT)


def engine() -> Peer:
    """This project as its server starts it."""
    return Peer("engine_peer.py", CUDA_VISIBLE_DEVICES="", **environment())


@contextmanager
def ctranslate2(ours: Peer) -> Iterator[Peer]:
    """It has the weights of `ours`, so its greedy text must be the same: that is asserted."""
    with Peer("ctranslate2_peer.py", python=_ctranslate2_python()) as peer:
        with tempfile.TemporaryDirectory() as folder:
            config = ours.ask("save", folder=folder)
            peer.ask("load", folder=folder, config=config)
        same = [each.ask("greedy", ids=PROMPT, tokens=16) for each in (ours, peer)]
        assert same[0] == same[1], same
        yield peer


def _ctranslate2_python() -> Path:
    """The Python of a virtual environment that has it and no torch, made where there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "gpt2-anatomy" / "-".join(_CTRANSLATE2).replace("==", "-")
    python, done = folder / "bin" / "python", folder / ".installed"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, *_CTRANSLATE2], check=True, stdout=sys.stderr)
        done.touch()
    return python
