"""The app with an engine that has faults (faulty_worker.py): `python tests/load/faulty_app.py`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import app
from gpt2core.ui.dispatch import ENGINE

if __name__ == "__main__":
    worker = Path(__file__).with_name("faulty_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        ENGINE.supervisor.command = [sys.executable, str(worker), folder]  # type: ignore[attr-defined]
        app.launch()
