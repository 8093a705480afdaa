"""One run of training from its first to its last step, part by part.

Nothing here depends on who watches. Evaluations, samples and snapshots come by the clock, and change no
weight.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

import torch
from safetensors.torch import load, save

from gpt2core.config import SamplingOptions
from gpt2core.counting.footprint import training_bytes, weight_bytes
from gpt2core.engine.active_run import step_flops
from gpt2core.engine.run_store import SNAPSHOT_BYTES, STORE_BYTES
from gpt2core.model.checkpoint import checkpoint_bytes, checkpoint_from_bytes
from gpt2core.model.generation import generate_rows
from gpt2core.model.gpt import GPT
from gpt2core.model.tokenizer import Tokenizer, prompt_ids
from gpt2core.model.weights import BuiltModel, build_in_steps
from gpt2core.runtime.device import use_cores
from gpt2core.serving.messages import Snapshot, TrainEvent, TrainRequest
from gpt2core.training.evaluation import ASKED, HeldOut, accuracy
from gpt2core.training.plan import Plan, batch_size_for, learning_rate_for, steps_for
from gpt2core.training.record import Record
from gpt2core.training.shared_passes import SharedPasses, workers_for
from gpt2core.training.sources import make_source
from gpt2core.training.trainer import Trainer

_EVALUATED_SHARE = 0.1  # of a run's time that may go into evaluations
_STEPPING_SHARE = 0.75  # that goes into steps; the rest are evaluations and samples
_FIRST_EVALUATION_SECONDS = 1.5
_TRIED_SECONDS, _MOST_TRIED = 1.0, 9  # how long a step takes is tried with so many
_SAMPLE_SECONDS, _SAMPLE_TOKENS, _SAMPLE_TEMPERATURE = 4.0, 160, 0.8


def planned(request: TrainRequest) -> TrainRequest:
    """The request with the shape's batch and rate where it leaves them open."""
    return replace(
        request, batch_size=request.batch_size or batch_size_for(request.config),
        learning_rate=request.learning_rate or learning_rate_for(request.config),
    )  # fmt: skip


class Run:
    """`request` is a planned one, with its text. `keep` is called with what is to be kept of the run, and
    `snapshot` is what was. Whoever steps through `parts` has gradients enabled. Raises ConfigError for a
    source that cannot be learnt from."""

    def __init__(
        self, request: TrainRequest, device: torch.device,
        keep: Callable[[Snapshot], None] = lambda snapshot: None, snapshot: Snapshot | None = None,
    ) -> None:  # fmt: skip
        self.request = snapshot.request if snapshot else request
        self.built: BuiltModel | None = None
        self._device, self._snapshot, self._keep = device, snapshot, keep
        self._source = make_source(request.kind, request.config, request.text)
        self.record = Record(self._source, device)
        self._trainer: Trainer | None = None
        self._workers = workers_for(device, request.batch_size, step_flops(request))
        if snapshot is not None:
            self.record.load(snapshot.event)

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, that it takes."""
        return training_bytes(self.request.config, self.request.batch_size)

    @property
    def done(self) -> bool:
        return self.record.done

    def event(self) -> TrainEvent:
        """All that is to be told of it."""
        return self.record.event(self.request)

    def parts(self) -> Generator[None, None, None]:
        """All of it. Between two parts others may have the device. Raises ConfigError."""
        parts = self._all()
        while True:
            begin, n_threads = time.perf_counter(), torch.get_num_threads()
            use_cores(self._workers[1])
            try:
                next(parts)
            except StopIteration:
                return
            finally:
                use_cores(n_threads)
                if not self.done:  # what is kept says the same of it as what is told
                    self.record.seconds += time.perf_counter() - begin
            yield

    def _all(self) -> Generator[None, None, None]:
        record = self.record
        self.built = yield from self._build()
        model = self.built.model.requires_grad_(True)
        passes = SharedPasses(model, *self._workers, autocast=self.request.model.dtype == "bfloat16")
        held_out = HeldOut(model, self._source, passes)
        record.held_out_tokens = max(1, held_out.n_tokens)
        if self._snapshot is None:
            yield from self._evaluate(model, held_out)
            if not self.request.steps:
                self.request = yield from self._with_steps(model, passes)
            record.seconds = 0.0
        trainer = self._trainer = self._new_trainer(model, passes)
        if self._snapshot is not None and self._snapshot.optimizer is not None:
            learnt = checkpoint_from_bytes(self._snapshot.weights, self.request.config, self._device)
            trainer.load_state(learnt, load(self._snapshot.optimizer))
        next_evaluation, next_sample = record.seconds + _FIRST_EVALUATION_SECONDS, record.seconds
        while trainer.n < self.request.steps:
            loss = yield from trainer.step()
            record.advance(trainer.n, trainer.tokens_seen, loss)
            yield
            if record.seconds >= next_evaluation and trainer.n < self.request.steps:
                took = yield from self._evaluate(model, held_out)
                if record.seconds >= next_sample:
                    yield from self._draw_sample(model)
                    next_sample = record.seconds + _SAMPLE_SECONDS
                self.keep()
                next_evaluation = record.seconds + max(_FIRST_EVALUATION_SECONDS, took / _EVALUATED_SHARE)
        yield from self._evaluate(model, held_out, asked=None)
        yield from self._draw_sample(model)
        yield
        model.requires_grad_(False)
        record.done = True
        self.keep()

    def _build(self) -> Generator[None, None, BuiltModel]:
        config, seed = self.request.config, self.request.model.seed
        drawing = build_in_steps(config, seed, self._device, torch.float32, reserved=True)
        while True:
            try:
                next(drawing)
            except StopIteration as drawn:
                built: BuiltModel = drawn.value
                return built
            yield

    def _new_trainer(self, model: GPT, passes: SharedPasses) -> Trainer:
        plan = Plan(self.request.steps, self.request.batch_size, self.request.learning_rate)
        return Trainer(model, self._source, plan, self.request.model.seed, passes)

    def _with_steps(self, model: GPT, passes: SharedPasses) -> Generator[None, None, TrainRequest]:
        """The request with as many steps as fit into its time, evaluations aside. A few steps are tried,
        and undone."""
        before = [parameter.detach().clone() for parameter in model.parameters()]
        trainer, begun, tried = self._new_trainer(model, passes), self.record.seconds, list[float]()
        while len(tried) < _MOST_TRIED and (len(tried) < 2 or self.record.seconds - begun < _TRIED_SECONDS):
            start = self.record.seconds
            yield from trainer.step()
            yield  # so that its last part is counted
            tried.append(self.record.seconds - start)
            if tried[0] > self.request.seconds:
                break
        with torch.no_grad():
            for parameter, value in zip(model.parameters(), before, strict=True):
                parameter.copy_(value)
        later = sorted(tried[1:] or tried)  # the first has kernels made
        steps = steps_for(self.request.seconds * _STEPPING_SHARE, later[len(later) // 2])
        return replace(self.request, steps=steps, seconds=0.0)

    def _evaluate(
        self, model: GPT, held_out: HeldOut, asked: int | None = ASKED
    ) -> Generator[None, None, float]:
        """How good the model is on what it has not seen; seconds that finding out took."""
        begin = self.record.seconds
        loss = yield from held_out.loss()
        yield
        if self._source.has_answers:
            self.record.accuracy = yield from accuracy(model, self._source.questions()[:asked])
            yield
        self.record.evaluated(loss)
        return self.record.seconds - begin

    def _draw_sample(self, model: GPT) -> Generator[None, None, None]:
        config = self.request.config
        ids = prompt_ids(self._source.prompt, config, after_start=True)[: config.block_size]
        temperature = 0.0 if self._source.has_answers else _SAMPLE_TEMPERATURE
        options = SamplingOptions(temperature=temperature, max_new_tokens=_SAMPLE_TOKENS)
        tokens: list[int] = []
        for (step,) in generate_rows(model, ids, [options]):
            tokens.append(step.token_id)
            yield
        self.record.sample = Tokenizer(config.vocab_size).decode(tokens)

    def keep(self) -> None:
        """Hands over for keeping what it has learnt so far, unless that is too much; where AdamW's two
        moments would make it so, without them, and then nobody can go on from it."""
        trainer, n_bytes = self._trainer, weight_bytes(self.request.config)
        if trainer is None or not trainer.n or n_bytes > (STORE_BYTES if self.done else SNAPSHOT_BYTES):
            return
        goes_on = not self.done and 3 * n_bytes <= SNAPSHOT_BYTES
        rest = save(trainer.state_beside_weights()) if goes_on else None
        snapshot = Snapshot(self.request, trainer.n, checkpoint_bytes(trainer.model), rest, self.event())
        self.record.weights = snapshot.event["weights"] = snapshot.name
        self._keep(snapshot)
