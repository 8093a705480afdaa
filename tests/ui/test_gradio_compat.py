"""What this app uses of Gradio beyond its public interface, one contract a test: the name of the test that
fails says what a new Gradio has changed. `tests/newest_gradio` runs them against the newest one."""

from __future__ import annotations

import gc
import inspect
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from gradio.http_server import Server
from gradio.routes import App
from run_async import run_async
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config

from gpt2core.ui import gradio_compat
from gpt2core.ui.gradio_compat import CALL_PATH, JOIN_PATH, STREAM_PATH

QUEUE = "a queue of its own"


class Recorder:
    """Sees what Gradio raises, from where the app's own middleware stands."""

    def __init__(self, app: ASGIApp, errors: list[Exception]) -> None:
        self.app, self.errors = app, errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            gradio_compat.told_to_handler(scope, "told", f"for {scope['path']}")
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            self.errors.append(error)
            raise


def whoami(name: str = "", caller: gr.Request | None = None) -> dict[str, Any]:
    assert caller is not None
    assert caller.client is not None
    told = gradio_compat.told_by_middleware(caller, "told")
    return {"name": name, "told": told, "event": gradio_compat.current_event_id(),
            "session": caller.session_hash, "host": caller.client.host}  # fmt: skip


def pressed(caller: gr.Request) -> dict[str, Any]:
    return whoami("page", caller)


class Page:
    """A page of Gradio's with one function behind a button and one in the API."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.blocks, self.app = run_async(self._laid_out())
        self.http = TestClient(self.app, raise_server_exceptions=False)

    async def _laid_out(self) -> tuple[gr.Blocks, App]:
        with gr.Blocks(analytics_enabled=False) as blocks:
            shown = gr.JSON()
            gr.Button().click(pressed, None, shown, api_visibility="private")
            gr.api(whoami, api_name="whoami", concurrency_id=QUEUE)
        recorder = Middleware(Recorder, errors=self.errors)
        return blocks, App.create_app(blocks, app_kwargs={"middleware": [recorder]})


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    page = Page()
    with page.http:
        page.blocks._queue.set_server_app(page.app)
        page.http.get("/gradio_api/startup-events")
        gc.collect()  # or their warnings would come in somebody else's test
        yield page
    gc.collect()


def test_the_page_joins_the_queue_and_listens_at_these_paths(page: Page) -> None:
    number = next(n for n, fn in page.blocks.fns.items() if fn.api_name != "whoami")
    asked = {"data": [], "fn_index": number, "session_hash": "s1"}
    joined = page.http.post(JOIN_PATH, json=asked)
    assert joined.status_code == 200
    heard = page.http.get(STREAM_PATH, params={"session_hash": "s1"}).text
    messages = [json.loads(line[6:]) for line in heard.splitlines() if line.startswith("data: ")]
    (done,) = [m for m in messages if m["msg"] == "process_completed"]
    assert done["success"], done
    assert done["output"]["data"][0]["session"] == "s1"


def call(page: Page, data: list[object]) -> tuple[str, dict[str, Any]]:
    """An API call as curl makes it: its event id, and what it gave."""
    event = page.http.post(f"{CALL_PATH}whoami", json={"data": data}).json()["event_id"]
    heard = page.http.get(f"{CALL_PATH}whoami/{event}").text
    assert heard.startswith("event: complete\n"), heard
    return event, json.loads(heard.partition("data: ")[2])[0]


def test_api_callers_call_and_listen_at_this_path(page: Page) -> None:
    assert call(page, ["Minh"])[1]["name"] == "Minh"


def test_a_handler_is_told_who_calls(page: Page) -> None:
    assert call(page, [""])[1]["host"] == "testclient"


def test_a_handler_knows_the_event_that_its_caller_listens_to(page: Page) -> None:
    event, found = call(page, [""])
    assert found["event"] == event


def test_outside_of_handlers_there_is_no_event() -> None:
    assert gradio_compat.current_event_id() is None


def test_a_handler_finds_what_the_middleware_has_left(page: Page) -> None:
    """Also where the call was queued in between."""
    assert call(page, [""])[1]["told"] == "for /gradio_api/call/whoami"


def test_nothing_is_told_where_nothing_was_left() -> None:
    assert gradio_compat.told_by_middleware(None, "told") is None
    assert gradio_compat.told_by_middleware(gr.Request(), "told") is None


def test_the_running_server_shows_its_configuration(page: Page) -> None:
    """And looks at it for each connection (tests/ui/test_connections.py)."""
    config = Config(page.app)
    launched = SimpleNamespace(server=Server(config))
    assert gradio_compat.server_config(cast(gr.Blocks, launched)) is config
    assert list(inspect.signature(Server.__init__).parameters)[1] == "config"


def test_functions_are_known_by_number_and_by_name_with_their_inputs_and_queue(page: Page) -> None:
    functions = gradio_compat.functions_of(page.blocks)
    by_name = functions["whoami"]
    assert (len(by_name.inputs), by_name.concurrency_id) == (1, QUEUE)
    assert set(gradio_compat.public_functions(page.blocks)) == {"whoami"}, "the page's own has no name here"
    assert {fn.concurrency_id == QUEUE for name, fn in functions.items() if name.isdigit()} == {True, False}
    assert by_name in [fn for name, fn in functions.items() if name.isdigit()]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(JOIN_PATH, {"data": [], "fn_index": 9999, "session_hash": "x"}, id="unknown number"),
        pytest.param(f"{CALL_PATH}v2/whoami", {"colour": 1}, id="unknown argument"),
    ],
)
def test_a_call_of_what_there_is_not_raises_what_we_take_for_a_misfit(
    page: Page, path: str, body: dict[str, Any]
) -> None:
    page.errors.clear()
    page.http.post(path, json=body)
    (error,) = page.errors
    assert gradio_compat.is_misfit(error), repr(error)


def test_a_bug_of_ours_is_no_misfit() -> None:
    assert not gradio_compat.is_misfit(RuntimeError("a bug"))


def test_a_stream_of_an_unknown_session_is_refused_by_an_http_exception(page: Page) -> None:
    page.errors.clear()
    page.http.get(STREAM_PATH, params={"session_hash": "nobody"})
    (error,) = page.errors
    assert gradio_compat.stream_was_refused(error), repr(error)
    assert not gradio_compat.stream_was_refused(RuntimeError("a bug"))
