"""How fast a model trains, and how much it learns: `python tests/benchmarks/training.py [--rounds N]`.

Tokens per second of a step against transformers' GPT2LMHeadModel with torch's fused AdamW, without dropout,
on the same rows, threads and shape, in turns; then runs as the page begins them: stories for 60 s, sums for
120 s. For a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

import torch
from benchmarks import machine
from benchmarks.table import cell, in_turns, print_head, print_row, rates, ratio
from transformers import GPT2Config, GPT2LMHeadModel

from gpt2core import GPTConfig, build
from gpt2core.engine.active_run import step_flops
from gpt2core.runtime.device import usable_cores, use_cores
from gpt2core.serving.messages import TrainRequest
from gpt2core.training.batches import Batch, batch_of
from gpt2core.training.plan import BETAS, EPS, MAX_GRAD_NORM, WEIGHT_DECAY, Plan, batch_size_for
from gpt2core.training.run import Run, planned
from gpt2core.training.shared_passes import SharedPasses, workers_for
from gpt2core.training.sources import Row, make_source
from gpt2core.training.trainer import Trainer

SHAPES = {
    "0.8 M": GPTConfig(4, 4, 128, 256, 256),
    "1.0 M": GPTConfig(3, 4, 160, 256, 256),
    "2.8 M": GPTConfig(6, 6, 192, 256, 256),
    "0.5 M": GPTConfig(3, 4, 112, 16, 256),
}
_STEPS = 8  # a round
CPU = torch.device("cpu")


def ours(config: GPTConfig, source: str) -> Callable[[], None]:
    plan = Plan(10_000, batch_size_for(config), 1e-4)
    model, flops = build(config, device="cpu").model, step_flops(_request(config, source, 1.0))
    passes = SharedPasses(model, *workers_for(CPU, plan.batch_size, flops))
    trainer = Trainer(model, make_source(source, config), plan, 0, passes)

    def step() -> None:
        for _ in trainer.step():
            pass

    return step


def theirs(config: GPTConfig, source: str) -> Callable[[], None]:
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size, n_positions=config.block_size, n_embd=config.n_embd,
            n_layer=config.n_layer, n_head=config.n_head, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
            use_cache=False,
        )
    )  # fmt: skip
    made = make_source(source, config)
    adamw = torch.optim.AdamW(
        model.parameters(), 1e-4, betas=BETAS, eps=EPS, weight_decay=WEIGHT_DECAY, fused=True
    )
    n = 0

    def step() -> None:
        nonlocal n
        batch = _batch(made.rows(0, n, batch_size_for(config), config.block_size + 1))
        n += 1
        labels = torch.cat([torch.full_like(batch.idx[:, :1], -100), batch.targets[:, :-1]], dim=1)
        model(batch.idx, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRAD_NORM)
        adamw.step()
        adamw.zero_grad(set_to_none=True)

    return step


def _request(config: GPTConfig, source: str, seconds: float) -> TrainRequest:
    values = {field: getattr(config, field) for field in GPTConfig.__dataclass_fields__}
    return planned(TrainRequest.parse(values | {"source": source, "seconds": seconds}))


def _batch(rows: list[Row]) -> Batch:
    return batch_of(rows, CPU)


def seconds(step: Callable[[], None]) -> float:
    begin = time.perf_counter()
    for _ in range(_STEPS):
        step()
    return (time.perf_counter() - begin) / _STEPS


def race(name: str, config: GPTConfig, source: str, rounds: int) -> None:
    peers = {"here": ours(config, source), "transformers": theirs(config, source)}
    taken: dict[str, list[float]] = {peer: [] for peer in peers}
    for step in peers.values():
        seconds(step)
    for _ in in_turns(rounds):
        for peer, step in peers.items():
            use_cores(usable_cores() if peer == "transformers" else 1)
            taken[peer].append(seconds(step))
    tokens = batch_size_for(config) * config.block_size
    here, peer = (cell(rates(tokens, taken[name]), "tokens/s") for name in ("here", "transformers"))
    print_row(
        f"a step of {name} parameters, {source}", here, peer, ratio(taken["transformers"], taken["here"])
    )


def learn(config: GPTConfig, source: str, seconds: float) -> None:
    run = Run(_request(config, source, seconds), CPU)
    begin, first = time.perf_counter(), 0.0
    with torch.enable_grad():
        for _ in run.parts():
            if not first and run.record.validation_loss is not None:
                first = time.perf_counter() - begin
    took, event = time.perf_counter() - begin, run.event()
    print(f"{source}: {event['steps']} steps in {took:.1f} s, first point after {first:.2f} s,")
    print(f"  validation loss {event['validation_loss']:.4f} nats a token, floor {event['floor']:.4f},")
    print(f"  accuracy {event['accuracy']}, {event['tokens_per_second']:.0f} tokens/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["race", "learn"])
    asked = parser.parse_args()
    torch.set_num_threads(usable_cores())
    print(machine.name())
    others = machine.Others()
    if asked.only != "learn":
        print_head("training")
        for name, source in (("0.8 M", "stories-en"), ("2.8 M", "stories-en"), ("0.5 M", "sums")):
            race(name, SHAPES[name], source, asked.rounds)
    if asked.only != "race":
        for name, source in (("1.0 M", "stories-en"), ("0.8 M", "stories-en"), ("0.8 M", "stories-vi")):
            learn(SHAPES[name], source, 60)
        learn(SHAPES["0.5 M"], "sums", 120)
    print(f"others had {others.share():.0%} of the machine meanwhile")


if __name__ == "__main__":
    main()
