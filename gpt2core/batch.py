"""All that is being said by one model at one time: speeches join and end between two steps."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpt2core.config import ConfigError, GPTConfig, SamplingOptions
from gpt2core.costs import captured_bytes, choice_bytes, lane_bytes, prompt_bytes
from gpt2core.decoder import Decoder
from gpt2core.lanes import Prompt, Row
from gpt2core.model import GPT
from gpt2core.requests import PROMPT_PART
from gpt2core.sampling import Step, choose

_steps_decoded = 0


def steps_decoded() -> int:
    """How many steps this process has computed: stands still when all have stopped."""
    return _steps_decoded


class Speech:
    """One prompt and its continuations, a row for each of `options`, all of the first one's length.

    Raises ConfigError for a prompt that is empty, too long, or holds ids the vocabulary lacks.
    """

    def __init__(self, ids: Sequence[int], options: Sequence[SamplingOptions], config: GPTConfig) -> None:
        check_ids(ids, config)
        self.ids, self.options = ids, options
        # A prompt that fills the context gets one token, so that a last step can say why.
        self.n_new = max(1, min(options[0].max_new_tokens, config.block_size - len(ids)))
        self._full = len(ids) + self.n_new >= config.block_size
        self.room = min(config.block_size, len(ids) + self.n_new)
        self.tokens: list[list[int]] = [[] for _ in options]
        self.last: list[Step] = []  # of the newest token, one a row
        self.said = 0  # tokens that each row has got; written last, for those who read along
        # time.perf_counter() when its prompt began, and at the newest token
        self.started = self.spoken_at = 0.0
        self.on_news: Callable[[], None] = lambda: None
        self.rows: list[Row] = []

    @property
    def done(self) -> bool:
        return self.said == self.n_new

    @property
    def next_stop(self) -> str | None:
        """Why the next token is the last one, if it is."""
        if self.said + 1 < self.n_new:
            return None
        return "context_full" if self._full else "length"

    def take(self, steps: list[Step]) -> None:
        """A further token for each row."""
        for tokens, step in zip(self.tokens, steps, strict=True):
            tokens.append(step.token_id)
        self.last, self.spoken_at = steps, time.perf_counter()
        self.said += 1
        self.on_news()


def check_ids(ids: Sequence[int], config: GPTConfig) -> None:
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
    """The speeches of one model. Each gets the tokens it would get alone."""

    def __init__(self, model: GPT, *, pack: bool | None = None) -> None:
        self.config, self.decoder = model.config, Decoder(model, pack=pack)
        self._dtype_bytes = model.wte.weight.element_size()
        self._prompts: deque[tuple[Speech, Prompt]] = deque()
        self._speaking: list[Speech] = []

    @property
    def speeches(self) -> list[Speech]:
        return [speech for speech, _ in self._prompts] + self._speaking

    @property
    def n_prompts(self) -> int:
        """How many have not said anything yet."""
        return len(self._prompts)

    @property
    def n_rows(self) -> int:
        return sum(len(speech.options) for speech in self.speeches)

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, reserved for the speeches there are."""
        lanes = sum(
            lane.k.nbytes + lane.v.nbytes + self._captured_bytes(lane.slots) for lane in self.decoder.lanes
        )
        # When a prompt is through, another may have taken the free slot it was to have.
        coming = sum(self.bytes_to_add(speech, own_slots=True) for speech, _ in self._prompts)
        return lanes + coming + choice_bytes(self.config, sum(len(s.options) for s in self._speaking))

    def bytes_to_add(self, speech: Speech, *, own_slots: bool = False) -> int:
        """Memory, in bytes, that `speech` is going to take."""
        slots = self.decoder.slots_to_add(speech.room, len(speech.options))
        slots = max(slots, len(speech.options)) if own_slots else slots
        n, part = len(speech.ids), min(len(speech.ids), PROMPT_PART)
        return (
            lane_bytes(self.config, speech.room, slots, self._dtype_bytes)
            + self._captured_bytes(slots)
            + prompt_bytes(self.config, n, part, self._dtype_bytes)
            + choice_bytes(self.config, len(speech.options))
        )

    def _captured_bytes(self, slots: int) -> int:
        return self.decoder.captures * captured_bytes(self.config, slots, self._dtype_bytes)

    def add(self, speech: Speech) -> None:
        self._prompts.append((speech, self.decoder.start(speech.ids)))

    def remove(self, speech: Speech) -> None:
        """Ends a speech, wherever it stands."""
        self._prompts = deque(pair for pair in self._prompts if pair[0] is not speech)
        if speech in self._speaking:
            self._speaking.remove(speech)
        for row in speech.rows:
            self.decoder.leave(row)
        speech.rows = []

    def feed(self, n_tokens: int = PROMPT_PART) -> bool:
        """Brings about `n_tokens` of the waiting prompts through; whether any were waiting.

        Every prompt gets its turn: a long one goes through in parts.
        """
        parts: list[tuple[Speech, Prompt, int]] = []
        while self._prompts and n_tokens > 0:
            speech, prompt = self._prompts.popleft()
            part = min(n_tokens, len(prompt.ids) - prompt.fed)
            speech.started = speech.started or time.perf_counter()
            parts.append((speech, prompt, part))
            n_tokens -= part
        if not parts:
            return False
        self.decoder.feed([(prompt, n) for _, prompt, n in parts])
        logits: list[Tensor] = []
        which: list[tuple[Speech, int]] = []
        for speech, prompt, _ in parts:
            if prompt.logits is None:
                self._prompts.append((speech, prompt))
                continue
            speech.rows = self.decoder.join(prompt, speech.room, len(speech.options))
            self._speaking.append(speech)
            logits += [prompt.logits] * len(speech.options)
            which += [(speech, n) for n in range(len(speech.options))]
        if which:
            self._take(torch.stack(logits), which)
        return True

    def step(self) -> bool:
        """One more token for every speech whose prompt is through; whether there was any."""
        spoken_by = {row: (s, n) for s in self._speaking for n, row in enumerate(s.rows)}
        which = [spoken_by[row] for row in self.decoder.rows]
        if which:
            logits = self.decoder.step([speech.tokens[n][-1] for speech, n in which])
            self._take(logits, which)
        return bool(which)

    def _take(self, logits: Tensor, which: Sequence[tuple[Speech, int]]) -> None:
        """Chooses a token for each row of (rows, V) logits and hands it to its speech."""
        steps = choose(
            logits,
            [speech.options[n] for speech, n in which],
            [len(speech.ids) + speech.said for speech, _ in which],
            [speech.next_stop for speech, _ in which],
        )
        global _steps_decoded
        _steps_decoded += 1
        found: dict[Speech, dict[int, Step]] = {}
        for (speech, n), step in zip(which, steps, strict=True):
            found.setdefault(speech, {})[n] = step
        for speech, by_row in found.items():
            speech.take([by_row[n] for n in range(len(speech.options))])
            if speech.done:
                self.remove(speech)
