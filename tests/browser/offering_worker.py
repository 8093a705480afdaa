"""The engine on a device that offers other number formats than this one: `python offering_worker.py
FORMAT,... ADDRESS`, the key on stdin."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gpt2core.runtime import device
from gpt2core.serving import worker

if __name__ == "__main__":
    formats = tuple(sys.argv.pop(1).split(","))

    def dtypes_of(device_type: str, has_bf16: bool) -> tuple[str, ...]:
        return formats

    device.dtypes_of = dtypes_of
    worker.main()
