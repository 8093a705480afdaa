"""An engine's process that hangs: `python hanging_worker.py HOW ADDRESS`, key on stdin."""

from __future__ import annotations

import sys
import time
from multiprocessing.connection import Client

if sys.argv[1] == "without reading":
    connection = Client(sys.argv[-1], authkey=bytes.fromhex(sys.stdin.read().strip()))
time.sleep(600)
