"""The server's process: what is set before it starts, and how it ends."""

from __future__ import annotations

import gc
import os
import signal
from queue import SimpleQueue

from gpt2core.runtime.settings import SETTINGS
from gpt2core.ui.dispatch import ENGINE

PROXIES = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"  # private addresses, RFC 1918


def trust_the_proxy() -> None:
    """On a Space all requests come from its proxy, on a private address, and without this all the world
    would be one visitor. uvicorn takes the last address in `X-Forwarded-For` that no proxy has."""
    if "SPACE_ID" in os.environ:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PROXIES)


def freeze_heap() -> None:
    """Takes what the page is made of out of the garbage collector's sight: going through Gradio's objects
    would stop everything for 0.2 s now and then."""
    gc.collect()
    gc.freeze()


def wait_for_shutdown() -> None:
    """Returns after SIGTERM or Ctrl-C, when running jobs have ended or their time is over."""
    # A second signal may come while the first is handled: an Event would wait for itself.
    stop: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stop.put(number))
    stop.get()
    ENGINE.close(SETTINGS.shutdown_seconds)
