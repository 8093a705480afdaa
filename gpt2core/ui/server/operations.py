"""Routes for whoever runs the server: /health (it lives), /ready (it serves, or why not), /metrics."""

from __future__ import annotations

import ipaddress
import secrets

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gpt2core.runtime.settings import SETTINGS
from gpt2core.serving.supervisor import State
from gpt2core.ui.dispatch import ENGINE, IN_FLIGHT, METRICS, on_zero_gpu

_WHY_NOT: dict[State, str] = {
    "idle": "The engine has not been started yet.",
    "loading": "The engine is still loading.",
    "restarting": "The engine has ended and is being started again; jobs go on where they were.",
    "down": "The engine cannot be started; it is tried again every few seconds.",
    "closing": "The server is ending: running jobs may end, no others are taken.",
}
_FULL = "As many jobs as there may be are running and waiting."
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def health(_: Request) -> Response:
    """Alive, and how the engine does; `steps_decoded` stands still at rest."""
    engine = ENGINE.status
    return JSONResponse({"status": "ok", "steps_decoded": engine.steps_decoded,
                         "running": engine.running, "waiting": engine.waiting})  # fmt: skip


def ready(_: Request) -> Response:
    """200 where a job that comes now is served, else 503; `reason` says why not."""
    reason = None if on_zero_gpu() else (ENGINE.problem or _WHY_NOT.get(ENGINE.state))
    if reason is None and IN_FLIGHT.count() >= SETTINGS.max_jobs:
        reason = _FULL
    return JSONResponse({"ready": reason is None, "reason": reason}, 200 if reason is None else 503)


def metrics(request: Request) -> Response:
    """Counters in Prometheus' text format, for this machine alone unless a token is set."""
    if not _may_see_metrics(request):
        return Response("not found", 404)
    return Response(generate_latest(METRICS.registry), media_type=CONTENT_TYPE_LATEST)


def _may_see_metrics(request: Request) -> bool:
    if SETTINGS.metrics_token:
        given = request.headers.get("authorization", "").encode()
        return secrets.compare_digest(given, f"Bearer {SETTINGS.metrics_token}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False  # somebody else's, through a proxy on this machine
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


ROUTES = [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)]
