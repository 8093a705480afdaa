"""What each button and endpoint takes, in its order, and what stands there at first."""

from __future__ import annotations

from typing import Any

API_ORDER = (
    "n_layer", "n_head", "n_embd", "block_size", "vocab_size", "bias", "tie_weights", "seed",
    "prompt", "temperature", "top_k", "top_p", "max_new_tokens", "sample_seed", "dtype", "weights",
)  # fmt: skip
BUILD_ORDER = (*API_ORDER[:8], "dtype", "weights")
TRAIN_ORDER = (
    *API_ORDER[:8], "dtype", "source", "text", "steps", "seconds", "batch_size", "learning_rate",
)  # fmt: skip
LAB_ORDER = (*BUILD_ORDER, "prompt", "layer")
FORWARD_ORDER = (*(name for name in API_ORDER if name != "max_new_tokens"), "layer")
DEFAULTS: dict[str, Any] = {
    "n_layer": 12, "n_head": 12, "n_embd": 768, "block_size": 1024, "vocab_size": 50257, "bias": True,
    "tie_weights": True, "seed": 0, "prompt": "", "temperature": 1.0, "top_k": 0, "top_p": 1.0,
    "max_new_tokens": 50, "sample_seed": 0, "layer": 1, "dtype": "float32", "weights": "random",
    "source": "stories-en", "text": "", "steps": 0, "seconds": 60, "batch_size": 0, "learning_rate": 0,
}  # fmt: skip


def order_of(button: str) -> tuple[str, ...]:
    """The fields that a button of the page, or an endpoint of its name, takes."""
    if button.startswith("lab-"):
        return FORWARD_ORDER if button == "lab-forward" else LAB_ORDER
    return {
        "analyze": API_ORDER[:7],
        "build": BUILD_ORDER,
        "train": TRAIN_ORDER,
        "score": (*BUILD_ORDER, "text"),
    }.get(button, API_ORDER)
