"""Shapes that the tests build."""

from __future__ import annotations

from gpt2core.config import GPTConfig

TINY = GPTConfig(n_layer=2, n_head=2, n_embd=32, block_size=48, vocab_size=400)
WIDE = GPTConfig(2, 2, 64, 4096, 300)  # room for long texts
