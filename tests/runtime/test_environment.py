"""Importing gpt2core changes nothing for whoever imports it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from app_process import ROOT

import gpt2core

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "gpt2core").rglob("*.py")
)
# The page's modules import Gradio, and what runs inside of a Ray cluster Ray: they do as they like.
OTHERS = ("gpt2core.ui", "gpt2core.serving.ray_engine.replica", "gpt2core.serving.ray_engine.router")
CORE = [name for name in MODULES if not name.startswith(OTHERS)]
BARE = {"PATH": os.environ["PATH"]}  # so that a variable is seen even where the tests have it already


def printed(code: str) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=BARE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_leaves_environment_threads_and_logging_alone() -> None:
    before, after = "before = dict(os.environ)", "assert dict(os.environ) == before, set(os.environ)"
    quiet = "print(threading.active_count(), logging.getLogger('gpt2core').handlers, logging.root.handlers)"
    code = f"import logging, os, threading; {before}; import {', '.join(CORE)}; {after}; {quiet}"
    assert printed(code) == "1 [] []\n"


@pytest.mark.parametrize("name", gpt2core.__all__)
def test_public_names_stay_what_they_are_when_all_modules_are_loaded(name: str) -> None:
    """A module of the same name would take its place."""
    assert f"gpt2core.{name}" not in MODULES
    assert type(getattr(gpt2core, name)).__name__ in ("function", "type", "dict")


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = gpt2core.no_such_name
