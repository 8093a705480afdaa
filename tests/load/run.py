"""What a class of 100, a flood and a fool do to the app, in full, as a table.

    .venv/bin/python tests/load/run.py [names of rows]

Starts the app itself, on the CPU. The load generator runs on the same machine.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

import crowds
import fault_rows
import hostile
import learning
import memory
import ray_rows
import trespass
from app_process import ROOT, start_server
from client import Client
from gauges import transformers_in_turn

from gpt2core.serving.process import ENVIRONMENT


def table(name: str, *found: str) -> None:
    print(f"| {name} | {'; '.join(found)} |", flush=True)


async def a_class(client: Client, _: int) -> None:
    requests = [crowds.student(n) for n in range(100)]
    before = transformers_in_turn(requests)
    found = await crowds.crowd(client, requests)
    theirs = (before + transformers_in_turn(requests)) / 2
    table(
        "100 sessions, GPT-2 Small, 50 tokens each", f"{len(found['failures'])} failures",
        f"{crowds.mixed_up(found['outcomes'])} texts other than alone", f"{found['seconds']:.1f} s",
        f"transformers in turn {theirs:.0f} s: {theirs / found['seconds']:.1f} times as long",
        f"p95 of first text {found['first_p95']:.1f} s", f"health p99 {found['health_p99'] * 1e3:.0f} ms",
    )  # fmt: skip


async def many_shapes(client: Client, _: int) -> None:
    shapes = crowds.shapes(20)
    found = await crowds.crowd(client, [crowds.student(n, **shapes[n % 20]) for n in range(100)])
    table("100 sessions over 20 shapes", f"{len(found['failures'])} failures",
          f"{crowds.mixed_up(found['outcomes'])} mix-ups", f"{found['seconds']:.1f} s")  # fmt: skip


async def a_class_at_the_labs(client: Client, _: int) -> None:
    for labs in (["trace"], ["trace", "gradients", "weights", "tying", "qkv", "logits"]):
        start = time.perf_counter()
        outcomes = await crowds.at_the_labs(client, labs, 100)
        table(f"100 sessions press a lab of GPT-2 Small: {', '.join(labs)}",
              f"{sum(not o.ok for o in outcomes)} failures", f"{time.perf_counter() - start:.1f} s",
              f"median {crowds.median([o.seconds for o in outcomes]):.1f} s")  # fmt: skip


async def a_flooder(client: Client, _: int) -> None:
    await crowds.flood(client, 29, flooder=False, rounds=1)
    rounds = [(await crowds.flood(client, 29, flooder=False), await crowds.flood(client, 29, flooder=True))
              for _ in range(3)]  # fmt: skip
    quiet, loud = ([s for each in rounds for s in each[k]] for k in (0, 1))
    p95 = crowds.quantile(quiet, 0.95), crowds.quantile(loud, 0.95)
    table("1 flooder and 29 honest visitors", f"honest p95 {p95[1]:.2f} s against {p95[0]:.2f} s without",
          f"{p95[1] / p95[0]:.2f} times")  # fmt: skip


async def an_excess(client: Client, _: int) -> None:
    start = {"n_layer": 4, "n_embd": 256, "n_head": 4}
    let_in, refused = await crowds.excess(client, [crowds.student(n, **start) for n in range(500)])
    served = sum(outcome.ok for outcome in let_in)
    lost = 500 - served - len(refused)
    table("500 requests at once", f"{served} served, {len(refused)} refused, {lost} lost",
          f"slowest refusal {max(refused, default=0):.1f} s")  # fmt: skip


async def nonsense(client: Client, _: int) -> None:
    start = time.perf_counter()
    wrong = await hostile.fuzz(client, 10_000)
    well = await client.as_api({"n_layer": 1})
    table("10,000 bad inputs", f"{len(wrong)} without a clear sentence {wrong[:2]}",
          f"well after it: {well.ok}", f"{time.perf_counter() - start:.0f} s")  # fmt: skip


async def giants(client: Client, pid: int) -> None:
    before = trespass.tree_bytes(pid)
    taken = await hostile.too_large(client, 1000)
    grown = trespass.tree_bytes(pid) - before
    table("1,000 over-large shapes", f"p50 {crowds.median(taken) * 1e3:.0f} ms",
          f"slowest {max(taken) * 1e3:.0f} ms", f"grown by {grown / 1e6:.1f} MB")  # fmt: skip


async def leavers(client: Client, _: int) -> None:
    left = await crowds.disconnect(client, 100)
    abandoned = await crowds.abandon(client, 200)
    start = time.perf_counter()
    ok = (await client.as_api({"n_layer": 2, "max_new_tokens": 5})).ok
    table("100 disconnects, 200 abandoned jobs", f"quiet {left:.1f} s and {abandoned:.1f} s after",
          f"next request {time.perf_counter() - start:.2f} s ({ok})")  # fmt: skip


async def first_loads(client: Client, _: int) -> None:
    async def load() -> None:
        page = await client.http.get(client.url + "/")
        paths = {part.split('"')[0] for part in page.text.split('="./')[1:]}
        paths |= {f"live/{part.split('/')[0]}/plotly.min.js" for part in page.text.split("./live/")[1:2]}
        answers = await asyncio.gather(*[
            client.http.get(f"{client.url}/{path}", headers={"accept-encoding": "br"}) for path in paths
        ])  # fmt: skip
        assert all(answer.status_code == 200 for answer in answers)
        assert any(answer.headers.get("content-encoding") == "br" for answer in answers)

    start = time.perf_counter()
    await asyncio.gather(*[load() for _ in range(100)])
    table("100 first page loads at once", f"{time.perf_counter() - start:.1f} s")


async def strangers(client: Client, _: int) -> None:
    folder = Path("/tmp")
    before = trespass.folder_bytes(folder)
    through = await trespass.trespass(client, 200)
    grown = trespass.folder_bytes(folder) - before
    table("upload flood, path traversal, foreign Origin", f"got through: {through}",
          f"disk grew by {grown / 1e6:.1f} MB")  # fmt: skip


async def kill(client: Client, pid: int) -> None:
    crowd = asyncio.create_task(crowds.crowd(client, [crowds.student(n) for n in range(20)]))
    await asyncio.sleep(3)
    os.kill(pid, signal.SIGKILL)
    await asyncio.gather(crowd, return_exceptions=True)
    start = time.perf_counter()
    process, url = start_server()
    async with Client(url) as again:
        ok = (await again.as_api({"n_layer": 2, "max_new_tokens": 5})).ok
    table("kill -9 under load", f"serves {time.perf_counter() - start:.1f} s after a restart ({ok})")
    process.terminate()
    process.wait(20)


async def a_training_class(client: Client, _: int) -> None:
    found = await learning.beside_generating(client)
    table("50 open a teacher's training link at once, 50 generate", *learning.said(found))


def estimates() -> None:
    found = memory.estimates(30)
    over = [(e - p) / 1e6 for _, e, p in found]
    table("estimate against measured peak, 30 shapes", f"{len(memory.misjudged(found))} out of bounds",
          f"over by {min(over):.0f} to {max(over):.0f} MB", *memory.misjudged(found)[:5])  # fmt: skip


def drops() -> None:
    code = "import memory, json; print(json.dumps(memory.builds_and_drops(1000)))"
    folder = ROOT / "tests" / "load"
    command = [sys.executable, "-c", code]
    env = ENVIRONMENT | os.environ  # as the process that computes
    printed = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout
    table("1,000 builds and drops", f"over the second half: {printed.strip()}")


ON_THE_APP: dict[str, Callable[[Client, int], Awaitable[None]]] = {
    "class": a_class, "shapes": many_shapes, "labs": a_class_at_the_labs, "flooder": a_flooder,
    "excess": an_excess, "nonsense": nonsense, "giants": giants, "leavers": leavers, "loads": first_loads,
    "strangers": strangers, "kill": kill, "training": a_training_class,
}  # fmt: skip
ALONE: dict[str, Callable[[], None]] = {"estimates": estimates, "drops": drops}


async def on_the_app(scenario: Callable[[Client, int], Awaitable[None]]) -> None:
    process, url = start_server()
    await asyncio.sleep(8)  # until the computing is warm
    try:
        async with Client(url) as client:
            await scenario(client, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    wanted = sys.argv[1:] or [*ON_THE_APP, *fault_rows.ROWS, *ray_rows.ROWS, *ALONE]
    print("| load or fault | found |\n|---|---|")
    for name in wanted:
        if name in ALONE:
            ALONE[name]()
        elif rows := next((rows for rows in (fault_rows, ray_rows) if name in rows.ROWS), None):
            rows.run(name)
        else:
            asyncio.run(on_the_app(ON_THE_APP[name]))


if __name__ == "__main__":
    main()
