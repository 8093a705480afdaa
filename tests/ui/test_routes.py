"""The server's routes, and raw bodies: what is served, what is not taken, what strangers cannot reach."""

import httpx
import pytest
from starlette.testclient import TestClient

from gpt2core.ui.server.middleware.plain_errors import PlainErrors


@pytest.mark.parametrize(
    "path", ["gradio_api/reset", "gradio_api/cancel", "gradio_api/queue/join", "login"]
)
def test_a_large_body_is_not_taken(server, path):
    answer = httpx.post(
        server + path, content=b"{" + b" " * 2**22, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (403, 413)
    assert len(answer.json()["error"]) > 20


@pytest.mark.parametrize("written", ["7.0", '" 7"', '"07"', "true"])
def test_a_function_has_one_number_and_one_way_to_write_it(server, written):
    body = f'{{"data": [], "fn_index": {written}, "session_hash": "x"}}'
    answer = httpx.post(
        f"{server}gradio_api/queue/join", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert "does not fit" in answer.json()["error"]


class Failing:
    """An app in which something goes wrong."""

    def __init__(self, error):
        self.error = error

    async def __call__(self, scope, receive, send):
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
def test_only_a_call_that_does_not_fit_is_the_callers_fault(error, path, status, caplog):
    """Anything else goes to the log."""
    answer = TestClient(PlainErrors(Failing(error))).post(path)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 20
    assert ("a bug" in caplog.text) == (status == 503)


def test_a_stream_where_nothing_is_to_be_heard_has_an_end(server):
    # httpx raises where a stream is cut off
    heard = httpx.get(f"{server}gradio_api/queue/data", params={"session_hash": "nobody"})
    assert heard.status_code == 200
    assert '"session_not_found":true' in heard.text


def test_nothing_can_be_uploaded_and_the_queue_cannot_be_skipped(server):
    with httpx.Client(base_url=server, timeout=20) as http:
        assert http.post("gradio_api/upload", files={"files": b"x"}).status_code == 403
        assert http.post("gradio_api/run/analyze", json={"data": [1]}).status_code == 404
        assert http.get("docs").status_code == 404
        assert http.get("monitoring").status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ["file=", "file/", "proxy="])
def test_nothing_is_fetched_for_strangers(server, method, name, tmp_path):
    """Gradio's `file=` would fetch any public address; it answers 403 for a private one and for a path."""
    for asked in (f"{server}health", "http://203.0.113.1/", str(tmp_path), "app.py"):
        assert httpx.request(method, f"{server}gradio_api/{name}{asked}", timeout=5).status_code == 404


def test_a_link_leads_to_its_language(server):
    with httpx.Client(base_url=server, timeout=20) as http:
        assert http.get("?lang=vi&n_layer=3").headers["location"] == "./vi?lang=vi&n_layer=3"
        assert http.get("vi?lang=en").headers["location"] == "./?lang=en"
        assert http.get("vi?lang=vi").status_code == http.get("?lang=xx").status_code == 200


def test_vendor_files_are_compressed_and_kept(server):
    with httpx.Client(base_url=server, timeout=20) as http:
        base = http.get("").text.partition("/live/")[2][:12]
        plotly = http.get(f"live/{base}/plotly.min.js", headers={"accept-encoding": "br"})
        assert plotly.headers["content-encoding"] == "br"
        assert "immutable" in plotly.headers["cache-control"]
        assert int(plotly.headers["content-length"]) < 1_500_000
        plain = http.get(f"live/{base}/store.js", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert http.get(f"live/{base}/../../app.py").status_code == 404
        assert http.get(f"live/{base}/nothing.js").status_code == 404


def test_health(server):
    assert httpx.get(server + "health").json()["status"] == "ok"
