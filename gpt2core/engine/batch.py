"""Continuous batching: all sequences of one model; they join and leave between two steps."""

from __future__ import annotations

from collections import Counter, abc
from dataclasses import dataclass

import torch
from torch import Tensor

from gpt2core.counting.costs import COSTS
from gpt2core.counting.footprint import cuda_graph_bytes, sampling_bytes
from gpt2core.counting.parameters import evaluate, fields_of
from gpt2core.engine.counters import Counters
from gpt2core.engine.kv_cache import Prefill
from gpt2core.engine.memory import sequence_bytes
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.engine.sequence import Sequence
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import Drawn, Step, choose
from gpt2core.serving.messages import PREFILL_CHUNK

# 0.1 s on two cores; a pass of fewer tokens than these takes hardly less.
_PASS_FLOPS, _FEWEST_IN_PASS = 40_000_000_000, 8


@dataclass(eq=False)
class _Prefilling:
    """A sequence whose prompts are not all computed yet."""

    sequence: Sequence
    prefills: list[Prefill]

    @property
    def next(self) -> Prefill | None:
        return next((prefill for prefill in self.prefills if prefill.logits is None), None)


class Batch:
    """The sequences of one model. Each gets the tokens it would get alone.

    `work` says who of their owners the last pass was for: tokens by owner.
    """

    def __init__(self, model: GPT, *, pack: bool = False, counters: Counters | None = None) -> None:
        self.config, self.runner = model.config, ModelRunner(model, pack=pack)
        self.counters = counters or Counters()
        self.work: Counter[str] = Counter()
        self._dtype_bytes = model.wte.weight.element_size()
        self._prefilling: list[_Prefilling] = []
        self._decoding: list[Sequence] = []
        self.is_new = True  # has made no pass yet
        self.flops_per_token = evaluate(COSTS["flops_per_token"], fields_of(self.config))

    @property
    def sequences(self) -> list[Sequence]:
        return [each.sequence for each in self._prefilling] + self._decoding

    @property
    def n_prefills(self) -> int:
        """How many have their prompt still before them."""
        return len(self._prefilling)

    @property
    def n_rows(self) -> int:
        return sum(len(sequence.options) for sequence in self.sequences)

    @property
    def rows_by_owner(self) -> Counter[str]:
        """Of those that decode. Empty where a step is always of all rows."""
        rows: Counter[str] = Counter()
        for sequence in self._decoding if not self.runner.captures else ():
            rows[sequence.owner] += len(sequence.options)
        return rows

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, reserved for the sequences there are."""
        caches = sum(c.k.nbytes + c.v.nbytes + self._graph_bytes(c.n_slots) for c in self.runner.caches)
        sampling = sampling_bytes(self.config, sum(len(s.options) for s in self._decoding))
        return caches + self.bytes_coming + sampling

    @property
    def bytes_coming(self) -> int:
        """Of these what is not taken yet: it is when a prefill is complete, and another sequence may have
        taken the free slot it was to have."""
        return sum(self.bytes_to_add(each.sequence, own_slots=True) for each in self._prefilling)

    def bytes_to_add(self, sequence: Sequence, *, own_slots: bool = False) -> int:
        """Memory, in bytes, that `sequence` is going to take."""
        slots = self.runner.slots_to_add(sequence.max_len, len(sequence.options))
        slots = max(slots, len(sequence.options)) if own_slots else slots
        return self._graph_bytes(slots) + sequence_bytes(self.config, sequence, slots, self._dtype_bytes)

    def _graph_bytes(self, slots: int) -> int:
        return self.runner.captures * cuda_graph_bytes(self.config, slots, self._dtype_bytes)

    def add(self, sequence: Sequence) -> None:
        prefills = [self.runner.begin_prefill(prompt) for prompt in sequence.prompts]
        self._prefilling.append(_Prefilling(sequence, prefills))

    def remove(self, sequence: Sequence) -> None:
        """Ends a sequence, wherever it stands."""
        self._prefilling = [each for each in self._prefilling if each.sequence is not sequence]
        if sequence in self._decoding:
            self._decoding.remove(sequence)
        for slot in sequence.slots:
            self.runner.free(slot)
        sequence.slots = []

    @property
    def chunk(self) -> int:
        """Tokens of prompts in one pass: fewer of a large model, so that none takes long."""
        return max(_FEWEST_IN_PASS, min(PREFILL_CHUNK, _PASS_FLOPS // self.flops_per_token))

    def prefill(
        self, n_tokens: int | None = None, priority: abc.Callable[[str], float] = lambda owner: 0.0
    ) -> bool:
        """Brings about `n_tokens` (None: a chunk) of the waiting prompts through; whether any were waiting.

        The owner with the least `priority` comes first, and of each owner every prompt gets its turn: a
        long one goes through in chunks.
        """
        self.work = Counter()
        n_tokens = n_tokens or self.chunk
        chunks: list[tuple[_Prefilling, Prefill, int]] = []
        # Sorting is stable: of those alike, who had a turn last time stands behind.
        for each in sorted(self._prefilling, key=lambda each: priority(each.sequence.owner)):
            if n_tokens <= 0:
                break
            prefill = each.next
            assert prefill is not None
            chunk = min(n_tokens, len(prefill.ids) - prefill.n_computed)
            each.sequence.start()
            chunks.append((each, prefill, chunk))
            self.work[each.sequence.owner] += chunk
            n_tokens -= chunk
        if not chunks:
            return False
        self.runner.prefill([(prefill, n) for _, prefill, n in chunks])
        self.is_new = False
        had_turn = [each for each, _, _ in chunks]
        self._prefilling = [each for each in self._prefilling if each not in had_turn]
        self._prefilling += [each for each in had_turn if each.next is not None]
        self._begin_decoding([each for each in had_turn if each.next is None])
        return True

    def _begin_decoding(self, complete: abc.Sequence[_Prefilling]) -> None:
        """The first token of those whose prompts are computed."""
        logits: list[Tensor] = []
        rows: list[tuple[Sequence, int]] = []
        for each in complete:
            sequence, n = each.sequence, len(each.sequence.options)
            prefills = each.prefills if len(each.prefills) == n else each.prefills * n
            sequence.slots = self.runner.allocate(prefills, sequence.max_len)
            self._decoding.append(sequence)
            resumed = sequence.n_generated * n
            self.counters.tokens_resumed += resumed
            self.counters.tokens_prefilled += sequence.n_to_prefill - resumed
            logits += [prefill.logits for prefill in prefills if prefill.logits is not None]
            rows += [(sequence, row) for row in range(n)]
        if rows:
            self._sample(torch.stack(logits), None, rows)

    def decode(self, owners: abc.Collection[str] | None = None) -> bool:
        """One more token for every sequence whose prefill is complete, or for those of some `owners` only;
        whether there was any."""
        self.work = Counter()
        row_of = {slot: (s, n) for s in self._decoding for n, slot in enumerate(s.slots)}
        slots = [s for s in self.runner.slots if owners is None or row_of[s][0].owner in owners]
        rows = [row_of[slot] for slot in slots]
        if rows:
            self.work.update(sequence.owner for sequence, _ in rows)
            tokens = [sequence.tokens[n][-1] for sequence, n in rows]
            options = [sequence.options[n] for sequence, n in rows]
            goes_on = all(s.n_generated + 2 <= s.max_new_tokens for s in self._decoding)
            self._sample(*self.runner.decode_and_draw(tokens, options, slots, goes_on=goes_on), rows)
        return bool(rows)

    def _sample(
        self, logits: Tensor, drawn: Drawn | None, rows: abc.Sequence[tuple[Sequence, int]]
    ) -> None:
        """Samples a token for each row of (rows, V) logits, if the step has not, and hands it to its
        sequence."""
        steps = choose(
            logits,
            [sequence.options[n] for sequence, n in rows],
            [len(sequence.ids) + sequence.n_generated for sequence, _ in rows],
            [sequence.next_stop_reason for sequence, _ in rows],
            drawn,
        )
        self.counters.steps_decoded += 1
        self.counters.tokens_generated += len(rows)
        found: dict[Sequence, dict[int, Step]] = {}
        for (sequence, n), step in zip(rows, steps, strict=True):
            found.setdefault(sequence, {})[n] = step
        for sequence, by_row in found.items():
            sequence.append([by_row[n] for n in range(len(sequence.options))])
            if sequence.finished:
                self.remove(sequence)
