"""One request's tokens: its prompt, and what each of its rows has been given so far."""

from __future__ import annotations

import time
from collections import abc

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.engine.kv_cache import Slot
from gpt2core.errors import ConfigError
from gpt2core.model.sampling import Step


class Sequence:
    """One prompt and its continuations, a row for each of `options`, all of the first one's length.

    `generated` are tokens that each row has already, from another process or before a pause: they are
    prefilled like a prompt. `owner` is the address in whose name it is computed.

    Raises ConfigError for a prompt that is empty, too long, or holds ids the vocabulary lacks.
    """

    def __init__(
        self, ids: abc.Sequence[int], options: abc.Sequence[SamplingOptions], config: GPTConfig, *,
        generated: abc.Sequence[abc.Sequence[int]] = (), owner: str = "",
    ) -> None:  # fmt: skip
        check_ids(ids, config)
        self.ids, self.options, self.owner = ids, options, owner
        # A prompt that fills the context gets one token, so that a last step can say why.
        self.max_new_tokens = max(1, min(options[0].max_new_tokens, config.block_size - len(ids)))
        self._fills_context = len(ids) + self.max_new_tokens >= config.block_size
        self.max_len = min(config.block_size, len(ids) + self.max_new_tokens)
        self.tokens: list[list[int]] = [list(row) for row in generated] or [[] for _ in options]
        check_generated(self.tokens, options, self.max_new_tokens, config)
        self.last_steps: list[Step] = []  # of the newest token, one a row
        # Tokens that each row has got; written last, for those who read along.
        self.n_generated = len(self.tokens[0])
        self.n_resumed = self.n_generated  # of these, so many passed as a prefill
        # time.perf_counter() when its prefill began, and at the newest token
        self.started = self.last_token_at = 0.0
        self.on_token: abc.Callable[[], None] = lambda: None
        self.slots: list[Slot] = []

    @property
    def prompts(self) -> list[list[int]]:
        """What is prefilled: one prompt for all rows, or one for each where they have tokens already."""
        if not self.n_generated:
            return [list(self.ids)]
        return [[*self.ids, *row] for row in self.tokens]

    @property
    def n_to_prefill(self) -> int:
        """Tokens of all `prompts`."""
        rows = len(self.options) if self.n_generated else 1
        return rows * (len(self.ids) + self.n_generated)

    @property
    def finished(self) -> bool:
        return self.n_generated == self.max_new_tokens

    @property
    def next_stop_reason(self) -> str | None:
        """Why the next token is the last one, if it is."""
        if self.n_generated + 1 < self.max_new_tokens:
            return None
        return "context_full" if self._fills_context else "length"

    @property
    def tokens_per_second(self) -> float:
        """Of all rows together, since its prefill began."""
        n = (self.n_generated - self.n_resumed) * len(self.options)
        return n / max(1e-9, self.last_token_at - self.started)

    def start(self) -> None:
        """Its prefill begins, if it has not."""
        self.started = self.started or time.perf_counter()

    def append(self, steps: list[Step]) -> None:
        """A further token for each row."""
        for tokens, step in zip(self.tokens, steps, strict=True):
            tokens.append(step.token_id)
        if self.n_generated + 1 == self.max_new_tokens:
            steps = [step.detached() for step in steps]
        self.last_steps, self.last_token_at = steps, time.perf_counter()
        self.n_generated += 1
        self.on_token()

    def pause(self) -> None:
        """From now on all it has is to be prefilled again."""
        self.n_resumed, self.started = self.n_generated, 0.0
        self.last_steps = [step.detached() for step in self.last_steps]


def check_ids(ids: abc.Sequence[int], config: GPTConfig) -> None:
    """Raises ConfigError where `ids` is no prompt for `config`."""
    if not ids:
        raise ConfigError("empty_prompt", "prompt", "")
    _check_range(ids, config)
    if len(ids) > config.block_size:
        raise ConfigError(
            "prompt_too_long", "prompt", len(ids), block_size=config.block_size,
            excess=len(ids) - config.block_size,
        )  # fmt: skip


def check_generated(
    tokens: abc.Sequence[abc.Sequence[int]], options: abc.Sequence[SamplingOptions], most: int,
    config: GPTConfig,
) -> None:  # fmt: skip
    """Raises ValueError where `tokens` cannot be what the rows were given, and leaves one to come."""
    if len(tokens) != len(options) or len({len(row) for row in tokens}) != 1 or len(tokens[0]) >= most:
        raise ValueError(f"{[len(row) for row in tokens]} tokens for {len(options)} rows of {most}")
    for row in tokens:
        _check_range(row, config)


def _check_range(ids: abc.Sequence[int], config: GPTConfig) -> None:
    for token in ids:  # on a GPU an id out of range would poison the whole process
        if isinstance(token, bool) or not isinstance(token, int) or not 0 <= token < config.vocab_size:
            raise ConfigError("token_id", "prompt", token, vocab_size=config.vocab_size)
