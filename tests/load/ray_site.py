"""Engines of a Ray cluster, page processes and nginx before them, all on this machine, and who visits."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import ray_cluster
from client import Client, Outcome
from prometheus_client.parser import text_string_to_metric_families

READY_SECONDS = 90.0


class Site:
    """So many engines and pages, and nginx before the pages."""

    def __init__(self, engines: int, pages: int = 2) -> None:
        self._open = ExitStack()
        self.cluster = self._open.enter_context(ray_cluster.cluster_of(engines))
        with ThreadPoolExecutor(pages) as starting:
            self.pages = list(starting.map(lambda _: self.cluster.page(), range(pages)))
        self._open.callback(self._end_pages)
        self.url = self._open.enter_context(ray_cluster.nginx([url for _, url in self.pages]))

    def close(self) -> None:
        self._open.close()

    def _end_pages(self) -> None:
        for process, _ in self.pages:
            process.terminate()
        for process, _ in self.pages:
            process.wait(20)

    async def until_engines(self, n: int) -> None:
        """Returns when the last page knows of so many."""
        async with asyncio.timeout(READY_SECONDS):
            while len(await asyncio.to_thread(tokens_by_engine, self.pages[-1][1])) != n:
                await asyncio.sleep(0.2)


def tokens_by_engine(url: str) -> dict[str, float]:
    text = httpx.get(f"{url.rstrip('/')}/metrics", trust_env=False).text
    return {
        sample.labels["engine"]: sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples
        if sample.name == "gpt2_anatomy_engine_tokens_generated_total"
    }  # fmt: skip


async def visit(client: Client, requests: list[dict[str, Any]]) -> list[Outcome]:
    """Everybody with a cookie of their own, all at one moment: half as the page, half as the API."""
    visitors = [client.with_cookie(f"{n:032x}") for n in range(len(requests))]
    ways = [(v.as_page, v.as_api)[n % 2] for n, v in enumerate(visitors)]
    return list(await asyncio.gather(*[way(r) for way, r in zip(ways, requests, strict=True)]))
