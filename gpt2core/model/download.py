"""One file from the Hugging Face Hub, in a thread of its own: whoever waits for it may stop waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from gpt2core.errors import ConfigError

log = logging.getLogger(__name__)
FILE = "model.safetensors"
_ANSWER_SECONDS = 5.0  # the Hub has to say what it has
# With no byte for so long it is given up. huggingface_hub itself would try for minutes, and looking up a
# host without a network takes as long as the system likes.
STUCK_SECONDS = 15.0
_POLL_SECONDS = 0.1


def download_in_steps(name: str, repository: str, revision: str) -> Generator[float, None, Path]:
    """Fetches FILE into huggingface_hub's cache; yields the share that is there, 0 to 1.

    Closing the generator ends the download, which a later one resumes. No token is ever sent. Raises
    ConfigError('checkpoint_unreachable').
    """
    download = _Download(repository, revision)
    download.start()
    try:
        while download.is_alive():
            download.join(_POLL_SECONDS)
            if time.monotonic() - download.moved > STUCK_SECONDS:
                break
            yield download.share
    finally:
        download.abandoned = True
    if download.path is None:
        log.warning("%s could not be fetched: %r", repository, download.error or "nothing came")
        raise ConfigError("checkpoint_unreachable", "weights", name)
    return download.path


class _Download(threading.Thread):
    """A daemon: what is stuck in it must not keep the process from ending."""

    def __init__(self, repository: str, revision: str) -> None:
        super().__init__(name="download", daemon=True)
        self.path: Path | None = None
        self.error: Exception | None = None
        self.share, self.moved, self.abandoned = 0.0, time.monotonic(), False
        self._repository, self._revision = repository, revision

    def run(self) -> None:
        try:
            self.path = Path(self._fetch())
        except Exception as error:  # what it raises depends on huggingface_hub's version
            self.error = error

    def _fetch(self) -> str:
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

        # Asked first and once: hf_hub_download asks again and again where there is no network.
        url = hf_hub_url(self._repository, FILE, revision=self._revision)
        get_hf_file_metadata(url, token=False, timeout=_ANSWER_SECONDS)
        self.moved = time.monotonic()
        return hf_hub_download(
            self._repository, FILE, revision=self._revision, token=False, etag_timeout=_ANSWER_SECONDS,
            tqdm_class=_watched_by(self),
        )  # fmt: skip

    def came(self, n_bytes: float, total: float | None) -> None:
        """Called for each piece; an exception ends the download."""
        if self.abandoned:
            raise InterruptedError("nobody waits for it any more")
        self.moved = time.monotonic()
        self.share = min(1.0, self.share + n_bytes / total) if total else self.share


def _watched_by(download: _Download) -> Any:
    """A progress bar that draws nothing and tells `download`."""
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    class Watched(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._whole = kwargs.get("total")
            super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]
            download.came(kwargs.get("initial") or 0, self._whole)

        def update(self, n: float | None = 1) -> None:
            download.came(n or 0, self._whole)

    return Watched
