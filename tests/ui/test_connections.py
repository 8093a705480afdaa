"""Connections that bring no request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eventually import eventually
from starlette.responses import Response
from uvicorn import Config, Server

from gpt2core.ui.server.connections import limit_connections
from gpt2core.ui.server.limits import CONNECTIONS

SECONDS = 0.4


@contextmanager
def serving(http: str) -> Iterator[tuple[Config, int]]:
    """uvicorn's configuration and its port, limited while it runs, as Gradio leaves no other time."""
    server = Server(Config(Response("here"), port=0, http=http, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    limit_connections(server.config, SECONDS)
    yield server.config, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_who_sends_no_request_is_hung_up_on(http: str) -> None:
    with serving(http) as (_, port), socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        began = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while time.monotonic() - began < SECONDS / 2:  # a header every now and then
            connection.sendall(b"X-More: x\r\n")
            time.sleep(SECONDS / 8)
        assert connection.recv(1000) == b""
        assert time.monotonic() - began > SECONDS * 0.9


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_a_request_in_time_is_answered_and_so_is_the_next(http: str) -> None:
    with serving(http) as (_, port), socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        for _ in range(3):
            time.sleep(SECONDS * 0.6)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1000).endswith(b"here")
        assert connection.recv(1000) == b"", "and then none comes"


def test_there_is_a_most_of_connections() -> None:
    with serving("h11") as (config, _):
        assert config.limit_concurrency == CONNECTIONS
