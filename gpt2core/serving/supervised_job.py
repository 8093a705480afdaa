"""A job as the server keeps it while some process computes it: what it needs to go on in the next one, and
what its visitor is told."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from gpt2core.errors import ConfigError
from gpt2core.serving.messages import Event, Request, Rows, TrainEvent, TrainRequest, Visitor

# What its visitor hears; None: nothing more comes.
Inbox: TypeAlias = "queue.SimpleQueue[Event | None]"


class SupervisedJob:
    """`tell` is called with what its visitor is to hear; without it that goes into `inbox`. `generated` are
    the tokens that its rows have already."""

    def __init__(
        self, job_id: int, request: Request, visitor: Visitor,
        tell: Callable[[Event | None], None] | None = None, generated: Rows = (),
    ) -> None:  # fmt: skip
        self.id, self.request, self.visitor = job_id, request, visitor
        self.inbox: Inbox = queue.SimpleQueue()
        self._put = tell or self.inbox.put
        self.sent = False  # to the process that there is
        self.over = False  # its visitor has heard the last of it
        self.generated = generated
        self._text: Event | None = None  # the newest event with tokens, or a curve
        self._told: Event = {"stage": "wait"}
        self._resuming = False

    @property
    def in_line(self) -> bool:
        """Whether it waits for its turn, as far as was heard."""
        return self._told["stage"] == "wait" and "place" in self._told

    def wait_for_engine(self) -> None:
        """There is no engine yet that could begin with it."""
        self._tell({"stage": "wait", "notice": "loading"})

    def hear(self, event: Event) -> bool:
        """Passes on what the process says of it; whether it has got on."""
        rows, gets_on = rows_of(event), False
        if rows:
            self.generated, self._text, self._resuming = rows, event, False
        elif event["stage"] == "train":
            gets_on = self._hear_training(event)
        elif self._resuming and event["stage"] != "error" and not event.get("done"):
            if self._text is not None:
                return False  # it has shown its text, and goes on from there
            event["notice"] = "restarted"
        self._tell(event)
        return bool(rows) or gets_on

    def _hear_training(self, event: TrainEvent) -> bool:
        """What it shows from now on; whether that is a step more. The number of all steps is what its first
        process has found."""
        if isinstance(self.request, TrainRequest) and event["steps"]:
            self.request = replace(
                self.request, steps=event["steps"], seconds=0.0, batch_size=event["batch_size"],
                learning_rate=event["learning_rate"],
            )  # fmt: skip
        before = self._text
        self._text, self._resuming = event, False
        return before is None or before["stage"] != "train" or event["step"] > before["step"]

    def resume(self) -> None:
        """Its process is over, and another will go on with it."""
        self.sent, self._resuming = False, True
        event = self._text or self._told
        if event["stage"] != "error":
            event = event.copy()
            event["notice"] = "restarted"
            self._tell(event)

    def fail(self, code: str) -> None:
        self.refuse(ConfigError(code, "", ""))

    def refuse(self, error: ConfigError) -> None:
        self._tell({"stage": "error", "error": error.as_dict()})

    def end(self) -> None:
        """Nothing more comes."""
        self._put(None)

    def _tell(self, event: Event) -> None:
        self._told = event
        self._put(event)
        if event["stage"] == "error" or event.get("done"):
            self.over = True
            self.end()


def rows_of(event: Event) -> Rows:
    """The tokens that each row has been given, of an event that shows a text."""
    if event["stage"] == "generate":
        return [event["tokens"]]
    return event["rows"] if event["stage"] == "compare" else ()
