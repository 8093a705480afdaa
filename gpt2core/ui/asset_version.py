"""Under which path the browser fetches the app's own files: it changes when any of them does."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from gpt2core.i18n import ASSETS


def _version() -> str:
    """Of all that the files are made from: scripts, texts, the lesson, Python's page data, and Plotly."""
    digest = hashlib.sha256()
    made_from = (
        (ASSETS / "live", "*.js"), (ASSETS / "text", "*.json"), (ASSETS / "lesson", "*.md"),
        (ASSETS / "examples", "*.json"), (Path(__file__).parents[1], "*.py"),
    )  # fmt: skip
    for folder, kind in made_from:
        for path in sorted(folder.rglob(kind)):
            digest.update(path.read_bytes())
    digest.update(version("plotly").encode())
    return digest.hexdigest()[:12]


BASE = f"./live/{_version()}"
