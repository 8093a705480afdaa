"""A real Ray cluster on this machine: raylets with a core each, engines, page processes, and nginx before
them as the README has it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from app_process import ROOT, free_port, start_server

# Before Ray is imported: it reports to nobody, and who has no token reaches nothing.
os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16),
}  # fmt: skip

_NGINX = "/usr/sbin/nginx"  # where Debian has it, and no user's PATH
_RAY = str(Path(sys.executable).with_name("ray"))
_STORE_BYTES = 80 * 2**20  # of shared memory for each raylet
_ENGINE_SHARE = "0.15"  # of the machine's memory for each engine's models
_HOST = "127.0.0.1"
# Several raylets on one machine: none has a port of its own choice.
_ANY_PORT = (
    "--node-manager-port", "--object-manager-port", "--min-worker-port", "--max-worker-port",
    "--runtime-env-agent-port", "--dashboard-agent-listen-port", "--dashboard-agent-grpc-port",
)  # fmt: skip


@dataclass
class Raylet:
    """What `ray start` has started."""

    node_id: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """kill -9 for all of it; workers end with their raylet."""
        if self.process.poll() is not None:
            return
        tree = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for child in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait(30)


class RayCluster:
    """A head without cores, to which pages belong, and raylets with one core each, for an engine each."""

    def __init__(self, raylets: int) -> None:
        self.folder = TemporaryDirectory(prefix="ray-", dir="/tmp")
        port = free_port()
        self.address = f"{_HOST}:{port}"
        self._all: list[Raylet] = []
        head = ("--head", "--port", str(port), "--include-dashboard", "false", "--num-cpus", "0")
        self._start(*head, "--temp-dir", self.folder.name)
        self.raylets = [self.add() for _ in range(raylets)]

    def _start(self, *options: str) -> Raylet:
        node_id = secrets.token_hex(28)
        ports = [part for name in _ANY_PORT for part in (name, "0")]
        raylet = Raylet(node_id, subprocess.Popen(
            [_RAY, "start", "--block", "--node-ip-address", _HOST, "--object-store-memory",
             str(_STORE_BYTES), *ports, *options],
            env=os.environ | {"RAY_OVERRIDE_NODE_ID_FOR_TESTING": node_id}, stdout=2,
        ))  # fmt: skip
        self._all.append(raylet)
        until = time.monotonic() + 60
        while not self._joined(node_id):
            assert time.monotonic() < until, "a raylet does not start"
            time.sleep(0.1)
        return raylet

    def _joined(self, node_id: str) -> bool:
        if not _answers(self.address):
            return False
        # Not sooner: it takes a second, and whoever collects tests is here.
        from ray._raylet import GcsClient  # type: ignore[attr-defined]

        nodes = GcsClient(self.address).get_all_node_info(timeout=5)
        return any(id_.hex() == node_id for id_ in nodes)

    @property
    def environment(self) -> dict[str, str]:
        """For who is to use it."""
        return {"RAY_ADDRESS": self.address, "GPT2_ANATOMY_MEMORY_SHARE": _ENGINE_SHARE}

    def add(self) -> Raylet:
        return self._start("--address", self.address, "--num-cpus", "1")

    def drain(self, raylet: Raylet, seconds: float) -> None:
        """Asks a raylet to go, as an operator does."""
        reason = ("--reason", "DRAIN_NODE_REASON_PREEMPTION", "--reason-message", "it is to go")
        command = (_RAY, "drain-node", "--address", self.address, "--node-id", raylet.node_id)
        deadline = ("--deadline-remaining-seconds", f"{seconds:.0f}")
        subprocess.run([*command, *reason, *deadline], check=True, stdout=2)

    def deploy(self, replicas: int) -> None:
        deploy = ("-m", "gpt2core.serving.ray_engine.deploy", "--replicas", str(replicas))
        python(*deploy, **self.environment).check_returncode()

    def page(self) -> tuple[subprocess.Popen[bytes], str]:
        """A page process, which belongs to the head, and its address."""
        return start_server(GPT2_ANATOMY_ENGINE="ray", FORWARDED_ALLOW_IPS=_HOST, RAY_ADDRESS=self.address)

    def close(self) -> None:
        for raylet in self._all:  # asked to end, each would wait half a minute for what still runs
            raylet.kill()
        with contextlib.suppress(OSError):
            self.folder.cleanup()


def _answers(address: str) -> bool:
    host, port = address.split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
        return True
    return False


@contextlib.contextmanager
def cluster_of(raylets: int) -> Iterator[RayCluster]:
    cluster = RayCluster(raylets)
    try:
        cluster.deploy(raylets)
        yield cluster
    finally:
        cluster.close()


@contextlib.contextmanager
def nginx(pages: list[str]) -> Iterator[str]:
    """nginx with the README's configuration, before the pages with these addresses; its own address."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert block, "the README has no nginx configuration"
    port = free_port()
    servers = "\n".join(f"    server {page.removeprefix('http://').rstrip('/')};" for page in pages)
    written = re.sub(r"( *server [\w.:]+;\n)+", servers + "\n", block[1], count=1)
    written = written.replace("listen 80;", f"listen 127.0.0.1:{port};")
    with TemporaryDirectory(prefix="nginx-", dir="/tmp") as folder:
        own = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\nhttp {{\n"
        paths = "".join(
            f"{name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        Path(folder, "nginx.conf").write_text(f"{own}access_log off;\n{paths}{written}\n}}\n")
        process = subprocess.Popen([_NGINX, "-p", folder, "-c", f"{folder}/nginx.conf"])
        url = f"http://127.0.0.1:{port}/"
        try:
            _until_up(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url + "health", timeout=2).close()
            return
        assert process.poll() is None, "nginx ended while it started"
        time.sleep(0.1)
    raise TimeoutError("nginx does not answer")


def python(*command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python` with `command`, to its end."""
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | environment, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
