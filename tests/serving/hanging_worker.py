"""An engine's process that hangs, or ends: `python hanging_worker.py HOW ADDRESS`, key on stdin."""

from __future__ import annotations

import sys
import time
from multiprocessing.connection import Client

if sys.argv[1] != "before it connects":
    connection = Client(sys.argv[-1], authkey=bytes.fromhex(sys.stdin.read().strip()))
if sys.argv[1] != "and ends":
    time.sleep(600)
