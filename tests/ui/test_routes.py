"""The server's routes, and raw bodies: what is served, what is not taken, what strangers cannot reach."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest
import raw_http
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from gpt2core.ui.server.middleware.plain_errors import PlainErrors


@pytest.mark.parametrize("path", ["reset", "cancel", "queue/join", "call/build", "call/v2/build"])
def test_a_large_body_is_not_taken(server: str, path: str) -> None:
    answer = httpx.post(
        f"{server}gradio_api/{path}", content=b"{" + b" " * 2**22,
        headers={"content-type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 413
    assert len(answer.json()["error"]) > 20


@pytest.mark.parametrize("written", ["7.0", '" 7"', '"07"', "true"])
def test_a_function_has_one_number_and_one_way_to_write_it(server: str, written: str) -> None:
    body = f'{{"data": [], "fn_index": {written}, "session_hash": "x"}}'
    answer = httpx.post(
        f"{server}gradio_api/queue/join", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert "does not fit" in answer.json()["error"]


class Failing:
    """An app in which something goes wrong."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "path", "status"),
    [
        (KeyError("9999"), "/gradio_api/queue/join", 400),
        (TypeError("Parameter `colour` is not valid"), "/gradio_api/call/build", 400),
        (RuntimeError("a bug"), "/gradio_api/call/build", 503),
        (KeyError("a bug"), "/qr.svg", 503),
    ],
)
def test_only_a_call_that_does_not_fit_is_the_callers_fault(
    error: Exception, path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Anything else goes to the log."""
    answer = TestClient(PlainErrors(Failing(error))).post(path)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 20
    assert ("a bug" in caplog.text) == (status == 503)


def test_a_stream_where_nothing_is_to_be_heard_has_an_end(server: str) -> None:
    # httpx raises where a stream is cut off
    heard = httpx.get(f"{server}gradio_api/queue/data", params={"session_hash": "nobody"})
    assert heard.status_code == 200
    assert '"session_not_found":true' in heard.text


def test_a_link_leads_to_its_language(server: str) -> None:
    with httpx.Client(base_url=server, timeout=20) as http:
        assert http.get("?lang=vi&n_layer=3").headers["location"] == "./vi?lang=vi&n_layer=3"
        assert http.get("vi?lang=en").headers["location"] == "./?lang=en"
        assert http.get("?n_layer=3&amp;lang=vi.").headers["location"].startswith("./vi?")
        assert http.get("vi?lang=vi").status_code == http.get("?lang=xx").status_code == 200


def test_vendor_files_are_compressed_and_kept(server: str) -> None:
    with httpx.Client(base_url=server, timeout=20) as http:
        base = http.get("").text.partition("/live/")[2][:12]
        plotly = http.get(f"live/{base}/plotly.min.js", headers={"accept-encoding": "br"})
        assert plotly.headers["content-encoding"] == "br"
        assert "immutable" in plotly.headers["cache-control"]
        assert int(plotly.headers["content-length"]) < 1_500_000
        plain = http.get(f"live/{base}/store.js", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert http.get(f"live/{base}/nothing.js").status_code == 404


OUT = ("../../app.py", "../../../../../../etc/passwd", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py",
       "....//....//app.py", ".%2e/%2e./app.py", "..\\..\\app.py", "/etc/passwd")  # fmt: skip


@pytest.mark.parametrize("folder", ["live/{base}/", "export/", "static/", "assets/", "theme/", ""])
@pytest.mark.parametrize("way", OUT)
def test_no_path_leads_out_of_the_files_served(server: str, folder: str, way: str) -> None:
    base = httpx.get(server).text.partition("/live/")[2][:12]
    status, text = raw_http.get(server, f"/{folder.format(base=base)}{way}")
    assert status in (403, 404), text
    assert "import gradio" not in text
    assert "root:" not in text


def test_such_a_path_is_sent_as_it_is_written() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        heard = []

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(1000).partition(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 204 none\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        assert raw_http.get(f"http://127.0.0.1:{port}/", "/live/../app.py") == (204, "")
        answering.join()
    assert heard == [b"GET /live/../app.py HTTP/1.1"]


def test_health(server: str) -> None:
    assert httpx.get(server + "health").json()["status"] == "ok"
