"""Failures that nobody caught become sentences."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.ui.gradio_compat import CALLING_PATHS, is_misfit, stream_was_refused
from gpt2core.ui.server.paths import route_path
from gpt2core.ui.server.refusals import refuse

log = logging.getLogger(__name__)


class PlainErrors:
    """A failure that nobody caught becomes a sentence. (Starlette's own handler for this sends
    its answer and then breaks the connection.)

    What a handler raises reaches the caller in the event stream. What is raised here on the way to one
    mostly comes from a call that does not fit: an unknown function or argument.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            calling = scope["type"] == "http" and route_path(scope).startswith(CALLING_PATHS)
            if started and calling and stream_was_refused(error):
                # Who listens where nothing is to be heard: the stream has told them, and needs an end.
                return await send({"type": "http.response.body", "body": b""})
            if started or scope["type"] != "http":
                raise
            misfit = calling and is_misfit(error)
            if not misfit:
                log.error("unexpected, at %s: %s", scope["path"], error, exc_info=error)
            key, status = ("error.call", 400) if misfit else ("error.unexpected", 503)
            await refuse(scope, status, key)(scope, receive, send)
