"""Joins a cluster, or says in one sentence why that cannot be."""

from __future__ import annotations

import os
import socket
from importlib import metadata

from gpt2core.serving.ray_engine.names import NAMESPACE, RAY_VERSION

_CONNECT_SECONDS = 3.0
# Read by Ray when it is imported: it reports nothing to anybody.
_PRIVATE = {"RAY_USAGE_STATS_ENABLED": "0"}


class NoCluster(Exception):
    """Why there is no cluster to compute with: a sentence for whoever runs the server."""


def require_ray() -> None:
    """Raises NoCluster where the package is missing, or another version."""
    try:
        found = metadata.version("ray")
    except metadata.PackageNotFoundError:
        raise NoCluster(
            f'GPT2_ANATOMY_ENGINE=ray needs Ray: pip install "ray[serve]=={RAY_VERSION}".'
        ) from None
    if found != RAY_VERSION:
        raise NoCluster(f"Ray {found} is installed; this is made for {RAY_VERSION}.")


def join(address: str | None = None) -> None:
    """Makes this process a driver of the cluster at `address`, else RAY_ADDRESS. Raises NoCluster."""
    require_ray()
    address = address or os.environ.get("RAY_ADDRESS", "")
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise NoCluster(f"RAY_ADDRESS={address} is not the address of a cluster, such as 10.0.0.1:6379.")
    try:  # Ray itself would try for half a minute
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        raise NoCluster(f"No Ray cluster answers at {address}: {error.strerror or error}.") from None
    os.environ.update(_PRIVATE)
    import ray
    from ray._raylet import GcsClient  # type: ignore[attr-defined]  # Cython

    try:
        # With another token `init` would try for twenty seconds.
        GcsClient(address).get_all_node_info(timeout=_CONNECT_SECONDS)
        ray.init(address, namespace=NAMESPACE, log_to_driver=False, ignore_reinit_error=True)
    except Exception as error:  # of another version, or with another token: it says so itself
        raise NoCluster(f"The Ray cluster at {address} cannot be joined: {described(error)}") from error


def described(error: Exception) -> str:
    """In one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
