"""The app on a device that offers other number formats: `python offering_app.py FORMAT,...`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import app
from gpt2core.ui.dispatch import ENGINE

if __name__ == "__main__":
    worker = Path(__file__).with_name("offering_worker.py")
    ENGINE.supervisor.command = [sys.executable, str(worker), sys.argv[1]]  # type: ignore[attr-defined]
    app.launch()
