"""What is answered and what is not: every route that Gradio has, with its verdict."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import httpx
import pytest
import raw_http
from gradio.routes import App
from run_async import run_async
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from gpt2core.i18n import t
from gpt2core.ui.server.middleware.allowed_routes import AllowedRoutes

API = "/gradio_api"
# Each of Gradio's routes, and an address under it that is answered.
ALLOWED = {
    "GET /": "/",
    "HEAD /": "/",
    "GET /vi": "/vi",
    "GET /vi/": "/vi/",
    "GET /config": "/config",
    "GET /theme.css": "/theme.css",
    "GET /favicon.ico": "/favicon.ico",
    "GET /robots.txt": "/robots.txt",
    "GET /manifest.json": "/manifest.json",
    "GET /static/{path:path}": "/static/js/iframeResizer.contentWindow.min.js",
    "GET /assets/{path:path}": "/assets/{of the page}",
    "GET /gradio_api/info": f"{API}/info",
    "GET /gradio_api/startup-events": f"{API}/startup-events",
    "POST /gradio_api/queue/join": f"{API}/queue/join",
    "GET /gradio_api/queue/data": f"{API}/queue/data?session_hash=nobody",
    "POST /gradio_api/cancel": f"{API}/cancel",
    "POST /gradio_api/reset": f"{API}/reset",
    "POST /gradio_api/call/{api_name}": f"{API}/call/analyze",
    "POST /gradio_api/call/v2/{api_name}": f"{API}/call/v2/analyze",
    "GET /gradio_api/call/{api_name}/{event_id}": f"{API}/call/analyze/none",
    "GET /gradio_api/call/v2/{api_name}/{event_id}": f"{API}/call/v2/analyze/none",
}
ABSENT = """
    POST /login, POST /login/, GET /logout, GET /svelte/{path:path}, GET /config/, GET /pwa_icon,
    GET /pwa_icon/{size}, GET /monitoring, GET /monitoring/summary, GET /monitoring/{key},
    GET /gradio_api/deep_link, GET /gradio_api/user, GET /gradio_api/user/, GET /gradio_api/login_check,
    GET /gradio_api/login_check/, GET /gradio_api/token, GET /gradio_api/token/, GET /gradio_api/app_id,
    GET /gradio_api/app_id/, GET /gradio_api/dev/reload, GET /gradio_api/runs, GET /gradio_api/runs/,
    POST /gradio_api/run-history/connect, GET /gradio_api/run-history/buckets,
    GET /gradio_api/run-history/records,
    GET /gradio_api/run-history/records/{endpoint}/{record_id}/assets/{asset_id}, GET /gradio_api/info/,
    GET /gradio_api/openapi.json, GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name},
    GET /gradio_api/proxy={url_path:path}, HEAD /gradio_api/proxy={url_path:path},
    GET /gradio_api/file={path_or_url:path}, HEAD /gradio_api/file={path_or_url:path},
    POST /gradio_api/stream/{event_id}, POST /gradio_api/stream/{event_id}/close,
    GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8,
    GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext},
    GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file,
    GET /gradio_api/file/{path:path}, POST /gradio_api/reset/, GET /gradio_api/heartbeat/{session_hash},
    POST /gradio_api/api/{api_name}, POST /gradio_api/api/{api_name}/, POST /gradio_api/run/{api_name},
    POST /gradio_api/run/{api_name}/, POST /gradio_api/call/{api_name}/,
    POST /gradio_api/call/v2/{api_name}/, POST /gradio_api/component_server,
    POST /gradio_api/component_server/, GET /gradio_api/queue/status, GET /gradio_api/upload_progress,
    POST /gradio_api/upload, GET /gradio_api/theme.css, POST /gradio_api/process_recording,
    POST /gradio_api/vibe-edit, POST /gradio_api/vibe-edit/, POST /gradio_api/undo-vibe-edit,
    POST /gradio_api/undo-vibe-edit/, GET /gradio_api/vibe-code, GET /gradio_api/vibe-code/,
    POST /gradio_api/vibe-code, POST /gradio_api/vibe-code/, POST /gradio_api/vibe-starter-queries,
    POST /gradio_api/vibe-starter-queries/
"""
VERDICTS = ALLOWED | dict.fromkeys(" ".join(ABSENT.split()).split(", "))


def routes_of(routes: Sequence[Any], prefix: str = "") -> Iterator[str]:
    for route in routes:
        if included := getattr(route, "original_router", None):  # FastAPI's, for a router with a prefix
            yield from routes_of(included.routes, prefix)
        elif inner := getattr(route, "routes", None):  # a mount
            yield from routes_of(inner, prefix + route.path)
        else:
            yield from (f"{method} {prefix}{route.path}" for method in route.methods or {"ANY"})


async def laid_out() -> App:
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.HTML("a part")
    with blocks.route("Another page", "/vi"):
        gr.HTML("a part")
    return App.create_app(blocks, app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None})


def test_each_of_gradios_routes_has_a_verdict() -> None:
    """A new one is refused whatever it does; this says that it is there, to be judged."""
    assert set(routes_of(run_async(laid_out()).routes)) == set(VERDICTS)


def asked(server: str, verdict: str) -> str:
    """The address to try a verdict with."""
    allowed = VERDICTS[verdict]
    if allowed is None:
        return verdict.partition(" ")[2].replace("{", "").replace(":path}", "").replace("}", "")
    if "of the page" in allowed:
        return "/assets/" + httpx.get(server).text.partition('src="./assets/')[2].partition('"')[0]
    return allowed


def status(server: str, method: str, target: str, body: bytes = b"{}") -> tuple[int, str]:
    """Of a request that is sent as it stands, and is not listened to for long."""
    connection = http.client.HTTPConnection(server.removeprefix("http://").rstrip("/"), timeout=20)
    try:
        connection.request(method, target, body if method == "POST" else None,
                           {"content-type": "application/json"})  # fmt: skip
        answer = connection.getresponse()
        return answer.status, "" if answer.status == 200 else answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_is_carried_out(server: str, verdict: str) -> None:
    method = verdict.partition(" ")[0]
    found, text = status(server, method, asked(server, verdict))
    if VERDICTS[verdict] is None:
        assert found == 404
        if method != "HEAD":
            assert t("error.no_route", "en") in text, "it is our own 404"
    else:
        assert found not in (403, 404, 405), text
        assert found < 500
        assert t("error.no_route", "en") not in text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=https://x.org/"), ("GET", "/gradio_api/proxy=https://x.org/"),
        ("GET", "//gradio_api/app_id"), ("GET", "/%67radio_api/app_id"), ("GET", "/gradio_api%2Fapp_id"),
        ("GET", "/vi/../gradio_api/app_id"), ("GET", "/assets/../gradio_api/app_id"),
        ("GET", "/vi%0A"), ("GET", "/config/"), ("GET", "/CONFIG"), ("GET", "/config;x"),
        ("GET", "/config%20"), ("GET", "http://x/gradio_api/app_id"), ("GET", "/gradio_api/./app_id"),
        ("GET", "/static/img/logo.svg"), ("GET", "/gradio_api/queue/join"), ("GET", "/gradio_api/cancel"),
        ("GET", "/en"), ("HEAD", "/config"), ("POST", "/"), ("POST", "/vi"), ("PUT", "/"),
        ("DELETE", "/config"), ("OPTIONS", "/"), ("TRACE", "/"),
    ],
)  # fmt: skip
def test_no_way_of_writing_leads_around(server: str, method: str, path: str) -> None:
    # where the router takes it for an asset, Gradio says that it is none
    assert status(server, method, path)[0] == (403 if path.startswith("/assets/") else 404)


@pytest.mark.parametrize(
    "name",
    ["partial", "handle", "handle_1", "unnamed", "nothing", "14", "analyze%0A", "analyze/", "Analyze"],
)
def test_the_api_has_three_functions_and_the_pages_own_are_none(server: str, name: str) -> None:
    for path in (f"{API}/call/{name}", f"{API}/call/v2/{name}"):
        found, text = status(server, "POST", path, b'{"data": []}')
        assert (found, t("error.no_route", "en") in text) == (404, True)
        assert raw_http.get(server, f"{path}/none")[0] == 404


@pytest.mark.parametrize("path", ["", "vi", "?n_layer=3", "vi?tab=costs"])
def test_a_head_of_a_page_is_that_of_the_page(server: str, path: str) -> None:
    head, page = httpx.head(server + path), httpx.get(server + path)
    assert (head.status_code, head.text) == (200, "")
    same = ("content-type", "content-length", "content-encoding")
    assert [head.headers.get(name) for name in same] == [page.headers.get(name) for name in same]


def test_a_page_with_a_slash_behind_it_is_the_page(server: str) -> None:
    answer = httpx.get(f"{server}vi/?n_layer=3")
    assert (answer.status_code, answer.headers["location"]) == (307, "../vi?n_layer=3")


@pytest.mark.parametrize(
    ("path", "found"),
    [("/pre/config", 200), ("/config", 200), ("/pre", 404), ("/pre/", 200), ("/prefix", 404),
     ("/pre/gradio_api/app_id", 404), ("/pre/pre/config", 404), ("/preconfig", 404)],
)  # fmt: skip
def test_behind_a_proxys_prefix_the_same_holds(path: str, found: int) -> None:
    app = AllowedRoutes(Response("here"), [("GET", "/config"), ("GET", "/")])
    assert TestClient(app, root_path="/pre").get(path).status_code == found


def test_there_are_no_websockets() -> None:
    async def beyond(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("it gets no further")

    app = TestClient(AllowedRoutes(beyond, [("GET", "/config")]))
    with pytest.raises(WebSocketDisconnect), app.websocket_connect("/config"):
        pass
