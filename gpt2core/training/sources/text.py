"""A visitor's own text: windows of it to learn from, its last tenth to be tried on."""

from __future__ import annotations

from itertools import count, islice

from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.training.sources.row import Row, all_counted, draws, encoder, packed, start_token
from gpt2core.validation import MAX_TEXT_CHARACTERS, OWN_TEXT

_TENTH = 10


class TextSource:
    """Raises ConfigError for a text that is too long, or whose part to learn from does not fill the
    context once: the last positions would have nothing to learn."""

    name = OWN_TEXT
    prompt = ""
    has_answers = False

    def __init__(self, text: str, config: GPTConfig) -> None:
        if len(text) > MAX_TEXT_CHARACTERS:
            raise ConfigError("too_long", "text", text, length=len(text), maximum=MAX_TEXT_CHARACTERS)
        ids = encoder(config)(text)
        needed = tokens_needed(config.block_size)
        if len(ids) < needed:
            size = config.block_size
            raise ConfigError("text_short", "text", len(ids), minimum=needed, block_size=size)
        at = len(ids) - held_out(len(ids))
        self._learned, self._held_out = ids[:at], ids[at:]
        self._start = start_token(config)
        self.validation_bytes = len(Tokenizer(config.vocab_size).bytes_of(self._held_out))
        self.floor: float | None = None
        self.validation_floor: float | None = None

    def rows(self, seed: int, step: int, n: int, length: int) -> list[Row]:
        size = min(length - 1, len(self._learned))
        places = len(self._learned) - size + 1
        begins = (drawn % places for drawn in islice(draws(self.name, seed, step), n))
        return [all_counted(self._start, self._learned[at : at + size], length) for at in begins]

    def validation(self, length: int) -> list[Row]:
        whole = Row(self._held_out, [True] * len(self._held_out))
        return list(packed(self._start, [whole], length))

    def questions(self) -> list[tuple[str, str]]:
        return []


def held_out(n_tokens: int) -> int:
    return max(1, n_tokens // _TENTH)


def tokens_needed(block_size: int) -> int:
    """The fewest tokens of which so many are left to learn from that they fill the context."""
    return next(n for n in count(block_size + 1) if n - held_out(n) >= block_size)
