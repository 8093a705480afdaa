"""What Gradio keeps of each visitor, without what nobody here reads.

Gradio 6.31 works out the configuration of every part of both pages for each new session, and once more for
each API call: 20 to 40 ms in which the server does nothing else, and 200 kB kept. Only its own deep links
read that, which this app does not have (its links are in ui/links.py).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState


def keep_lean() -> None:
    """From now on a new session starts with no configurations; each is worked out when it changes."""
    begin = SessionState.__init__

    def begin_lean(self: SessionState, blocks: Any) -> None:
        begin(self, SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]

    SessionState.__init__ = begin_lean  # type: ignore[method-assign]
