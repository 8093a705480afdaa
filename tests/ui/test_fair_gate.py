"""Who is let through to Gradio, and in which order."""

from __future__ import annotations

import asyncio

from run_async import run_async

from gpt2core.ui.server.fair_gate import FairGate


def test_addresses_take_turns_and_nobody_is_forgotten() -> None:
    order: list[str] = []

    async def pass_through(gate: FairGate, address: str) -> None:
        async with gate.through(address):
            order.append(address)
            await asyncio.sleep(0)

    async def crowd() -> None:
        gate = FairGate(1)
        many = [asyncio.create_task(pass_through(gate, "many")) for _ in range(6)]
        await asyncio.sleep(0)
        few = [asyncio.create_task(pass_through(gate, address)) for address in ("a", "b")]
        await asyncio.gather(*many, *few)
        await pass_through(gate, "later")

    run_async(crowd())
    assert sorted(order) == ["a", "b", "later", *["many"] * 6]
    assert max(order.index("a"), order.index("b")) <= 4, order
    assert order[-1] == "later"


def test_so_many_at_a_time_and_no_more() -> None:
    inside, most = 0, 0

    async def pass_through(gate: FairGate, n: int) -> None:
        nonlocal inside, most
        async with gate.through(str(n)):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    async def crowd() -> None:
        gate = FairGate(4)
        await asyncio.gather(*[pass_through(gate, n) for n in range(20)])

    run_async(crowd())
    assert most == 4


def test_who_leaves_while_waiting_keeps_nobody_out() -> None:
    passed: list[str] = []

    async def pass_through(gate: FairGate, address: str) -> None:
        async with gate.through(address):
            passed.append(address)
            await asyncio.sleep(0.01)

    async def crowd() -> None:
        gate = FairGate(1)
        first = asyncio.create_task(pass_through(gate, "first"))
        await asyncio.sleep(0)
        gone = [asyncio.create_task(pass_through(gate, "gone")) for _ in range(3)]
        last = asyncio.create_task(pass_through(gate, "last"))
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(first, last), 5)
        await asyncio.wait_for(pass_through(gate, "again"), 5)

    run_async(crowd())
    assert passed == ["first", "last", "again"]
