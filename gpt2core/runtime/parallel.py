"""Work that the cores share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 8  # pieces a thread may be ahead of whoever steps

T = TypeVar("T")
R = TypeVar("R")


def shared(work: Callable[[T], R], items: Iterable[T], n_threads: int) -> Generator[R, None, None]:
    """The results of `work` in the order of `items`, computed in threads while nobody lags far behind.

    Closing the generator ends the work; what is begun is waited for. One thread's work is whoever steps'.
    """
    if n_threads == 1:
        yield from map(work, items)
        return
    workers = ThreadPoolExecutor(n_threads)
    pending = deque[Future[R]]()
    try:
        for item in items:
            pending.append(workers.submit(work, item))
            if len(pending) > _AHEAD * n_threads:  # while nobody steps on, nothing more is done
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        workers.shutdown(wait=True, cancel_futures=True)
