"""Continuous batching: all sequences of one model; they join and leave between two steps."""

from __future__ import annotations

import time
from collections import abc, deque

import torch
from torch import Tensor

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.counting.footprint import cuda_graph_bytes, kv_cache_bytes, prefill_bytes, sampling_bytes
from gpt2core.engine.kv_cache import Prefill, Slot
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.errors import ConfigError
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import Step, choose
from gpt2core.serving.messages import PREFILL_CHUNK

_steps_decoded = 0


def steps_decoded() -> int:
    """How many steps this process has computed: stands still when nothing runs."""
    return _steps_decoded


class Sequence:
    """One prompt and its continuations, a row for each of `options`, all of the first one's length.

    Raises ConfigError for a prompt that is empty, too long, or holds ids the vocabulary lacks.
    """

    def __init__(
        self, ids: abc.Sequence[int], options: abc.Sequence[SamplingOptions], config: GPTConfig
    ) -> None:
        check_ids(ids, config)
        self.ids, self.options = ids, options
        # A prompt that fills the context gets one token, so that a last step can say why.
        self.max_new_tokens = max(1, min(options[0].max_new_tokens, config.block_size - len(ids)))
        self._fills_context = len(ids) + self.max_new_tokens >= config.block_size
        self.max_len = min(config.block_size, len(ids) + self.max_new_tokens)
        self.tokens: list[list[int]] = [[] for _ in options]
        self.last_steps: list[Step] = []  # of the newest token, one a row
        self.n_generated = 0  # tokens that each row has got; written last, for those who read along
        # time.perf_counter() when its prefill began, and at the newest token
        self.started = self.last_token_at = 0.0
        self.on_token: abc.Callable[[], None] = lambda: None
        self.slots: list[Slot] = []

    @property
    def finished(self) -> bool:
        return self.n_generated == self.max_new_tokens

    @property
    def next_stop_reason(self) -> str | None:
        """Why the next token is the last one, if it is."""
        if self.n_generated + 1 < self.max_new_tokens:
            return None
        return "context_full" if self._fills_context else "length"

    def append(self, steps: list[Step]) -> None:
        """A further token for each row."""
        for tokens, step in zip(self.tokens, steps, strict=True):
            tokens.append(step.token_id)
        self.last_steps, self.last_token_at = steps, time.perf_counter()
        self.n_generated += 1
        self.on_token()


def check_ids(ids: abc.Sequence[int], config: GPTConfig) -> None:
    """Raises ConfigError where `ids` is no prompt for `config`."""
    if not ids:
        raise ConfigError("empty_prompt", "prompt", "")
    for token in ids:  # on a GPU an id out of range would poison the whole process
        if isinstance(token, bool) or not isinstance(token, int) or not 0 <= token < config.vocab_size:
            raise ConfigError("token_id", "prompt", token, vocab_size=config.vocab_size)
    if len(ids) > config.block_size:
        raise ConfigError(
            "prompt_too_long", "prompt", len(ids), block_size=config.block_size,
            excess=len(ids) - config.block_size,
        )  # fmt: skip


class Batch:
    """The sequences of one model. Each gets the tokens it would get alone."""

    def __init__(self, model: GPT, *, pack: bool | None = None) -> None:
        self.config, self.runner = model.config, ModelRunner(model, pack=pack)
        self._dtype_bytes = model.wte.weight.element_size()
        self._prefilling: deque[tuple[Sequence, Prefill]] = deque()
        self._decoding: list[Sequence] = []

    @property
    def sequences(self) -> list[Sequence]:
        return [sequence for sequence, _ in self._prefilling] + self._decoding

    @property
    def n_prefills(self) -> int:
        """How many have no token yet."""
        return len(self._prefilling)

    @property
    def n_rows(self) -> int:
        return sum(len(sequence.options) for sequence in self.sequences)

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, reserved for the sequences there are."""
        caches = sum(
            cache.k.nbytes + cache.v.nbytes + self._graph_bytes(cache.n_slots)
            for cache in self.runner.caches
        )
        # When a prefill is complete, another may have taken the free slot it was to have.
        coming = sum(self.bytes_to_add(sequence, own_slots=True) for sequence, _ in self._prefilling)
        return caches + coming + sampling_bytes(self.config, sum(len(s.options) for s in self._decoding))

    def bytes_to_add(self, sequence: Sequence, *, own_slots: bool = False) -> int:
        """Memory, in bytes, that `sequence` is going to take."""
        slots = self.runner.slots_to_add(sequence.max_len, len(sequence.options))
        slots = max(slots, len(sequence.options)) if own_slots else slots
        n, chunk = len(sequence.ids), min(len(sequence.ids), PREFILL_CHUNK)
        return (
            kv_cache_bytes(self.config, sequence.max_len, slots, self._dtype_bytes)
            + self._graph_bytes(slots)
            + prefill_bytes(self.config, n, chunk, self._dtype_bytes)
            + sampling_bytes(self.config, len(sequence.options))
        )

    def _graph_bytes(self, slots: int) -> int:
        return self.runner.captures * cuda_graph_bytes(self.config, slots, self._dtype_bytes)

    def add(self, sequence: Sequence) -> None:
        self._prefilling.append((sequence, self.runner.begin_prefill(sequence.ids)))

    def remove(self, sequence: Sequence) -> None:
        """Ends a sequence, wherever it stands."""
        self._prefilling = deque(pair for pair in self._prefilling if pair[0] is not sequence)
        if sequence in self._decoding:
            self._decoding.remove(sequence)
        for slot in sequence.slots:
            self.runner.free(slot)
        sequence.slots = []

    def prefill(self, n_tokens: int = PREFILL_CHUNK) -> bool:
        """Brings about `n_tokens` of the waiting prompts through; whether any were waiting.

        Every prompt gets its turn: a long one goes through in chunks.
        """
        chunks: list[tuple[Sequence, Prefill, int]] = []
        while self._prefilling and n_tokens > 0:
            sequence, prefill = self._prefilling.popleft()
            chunk = min(n_tokens, len(prefill.ids) - prefill.n_computed)
            sequence.started = sequence.started or time.perf_counter()
            chunks.append((sequence, prefill, chunk))
            n_tokens -= chunk
        if not chunks:
            return False
        self.runner.prefill([(prefill, n) for _, prefill, n in chunks])
        logits: list[Tensor] = []
        rows: list[tuple[Sequence, int]] = []
        for sequence, prefill, _ in chunks:
            if prefill.logits is None:
                self._prefilling.append((sequence, prefill))
                continue
            sequence.slots = self.runner.allocate(prefill, sequence.max_len, len(sequence.options))
            self._decoding.append(sequence)
            logits += [prefill.logits] * len(sequence.options)
            rows += [(sequence, n) for n in range(len(sequence.options))]
        if rows:
            self._sample(torch.stack(logits), rows)
        return True

    def decode(self) -> bool:
        """One more token for every sequence whose prefill is complete; whether there was any."""
        row_of = {slot: (s, n) for s in self._decoding for n, slot in enumerate(s.slots)}
        rows = [row_of[slot] for slot in self.runner.slots]
        if rows:
            logits = self.runner.decode([sequence.tokens[n][-1] for sequence, n in rows])
            self._sample(logits, rows)
        return bool(rows)

    def _sample(self, logits: Tensor, rows: abc.Sequence[tuple[Sequence, int]]) -> None:
        """Samples a token for each row of (rows, V) logits and hands it to its sequence."""
        steps = choose(
            logits,
            [sequence.options[n] for sequence, n in rows],
            [len(sequence.ids) + sequence.n_generated for sequence, _ in rows],
            [sequence.next_stop_reason for sequence, _ in rows],
        )
        global _steps_decoded
        _steps_decoded += 1
        found: dict[Sequence, dict[int, Step]] = {}
        for (sequence, n), step in zip(rows, steps, strict=True):
            found.setdefault(sequence, {})[n] = step
        for sequence, by_row in found.items():
            sequence.append([by_row[n] for n in range(len(sequence.options))])
            if sequence.finished:
                self.remove(sequence)
