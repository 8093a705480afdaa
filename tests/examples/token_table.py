"""What assets/vocabularies.json should say: a sentence in the tokens of vocabularies of several sizes."""

from __future__ import annotations

from gpt2core.config import TOKENIZER_VOCAB
from gpt2core.model.tokenizer import N_BYTES, Tokenizer
from gpt2core.ui.components.vocabularies import Sentence, Token

_SIZES = (N_BYTES, 1_000, 10_000, TOKENIZER_VOCAB)
_TEXTS = {
    "en": "The children were singing unbelievably quietly.",
    "vi": "Bọn trẻ hát khẽ đến mức không ai nghe thấy.",
}


def sentences() -> list[Sentence]:
    return [
        {"lang": lang, "text": text,
         "encoded": [{"vocab_size": size, "tokens": _tokens(Tokenizer(size), text)} for size in _SIZES]}
        for lang, text in _TEXTS.items()
    ]  # fmt: skip


def _tokens(tokenizer: Tokenizer, text: str) -> list[Token]:
    return [_token(tokenizer, token_id) for token_id in tokenizer.encode(text)]


def _token(tokenizer: Tokenizer, token_id: int) -> Token:
    raw = tokenizer.bytes_of([token_id])
    try:
        raw.decode()
    except UnicodeDecodeError:
        label = raw.decode(errors="backslashreplace").replace("\\x", "").replace(" ", "␣")
        return {"label": label, "whole": False}
    return {"label": tokenizer.label(token_id), "whole": True}
