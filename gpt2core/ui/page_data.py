"""What the server tells the browser once, in a file of its own per language."""

from __future__ import annotations

from gpt2core.charts.base import COLORS, INK, LABELLED_SHARE, QUANTITIES, UNITS
from gpt2core.charts.labs import temperature_chart
from gpt2core.charts.parameters import CHARTS
from gpt2core.charts.training import training_chart
from gpt2core.config import DTYPE_BYTES, PRESETS, GPTConfig
from gpt2core.counting import tables
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import texts
from gpt2core.lesson import steps
from gpt2core.model.hub import offered
from gpt2core.serving.messages import LABS, shape_config
from gpt2core.serving.messages.fields import Language
from gpt2core.serving.messages.page_data import PageData, TrainingData
from gpt2core.ui.links import link_data
from gpt2core.validation import (
    CHOICES,
    FRACTIONAL,
    GENERATE_FIELDS,
    LIMITS,
    MAX_TEXT_CHARACTERS,
    MODEL_FIELDS,
    OWN_TEXT,
    SHAPE_FIELDS,
    SIZE_FIELDS,
    SOURCES,
    TABS,
    WORDS,
    Limit,
)

# What a slider offers: first, last, step. The number beside it takes all that LIMITS allows.
SLIDERS: dict[str, tuple[float, float, float]] = {
    "n_layer": (1, 48, 1),
    "n_head": (1, 25, 1),
    "n_embd": (64, 1600, 64),
    "temperature": (-2, 1, 0.01),  # the exponent of ten; its left end means 0
    "max_new_tokens": (1, 500, 1),
    "layer": (1, 48, 1),
}
LOGARITHMIC = ("temperature",)
# Shapes that learn in a minute on two cores: a text, and exercises, which are short. The vocabulary is the
# least that holds any text, one entry for each byte.
TRAINABLE = GPTConfig(3, 4, 160, 256, 256)
TRAINABLE_ON_EXERCISES = GPTConfig(3, 4, 112, 16, 256)
EXERCISES = ("sums", "sorting")
# Of larger ones little is seen in that time.
MOST_PARAMETERS, MOST_VOCAB = 3_000_000, 2_000
# These let the model generate, or predict, and look at what comes.
OWN_LABS = ("logits", "repeats", "score")


def page_data(lang: Language) -> PageData:
    """What the browser needs to count and draw by itself: the one table, limits, charts, texts."""
    limits = {**LIMITS, "step": Limit(0, len(steps(lang)), 0)}  # 0: no lesson is open
    return {
        "lang": lang,
        "limits": {
            name: {"minimum": limit.minimum, "maximum": limit.maximum, "default": limit.default}
            for name, limit in limits.items()
        },
        "sliders": SLIDERS, "logarithmic": LOGARITHMIC, "size_fields": SIZE_FIELDS,
        "shape_fields": SHAPE_FIELDS, "model_fields": MODEL_FIELDS, "generate_fields": GENERATE_FIELDS,
        "fractional": FRACTIONAL, "choices": CHOICES, "words": WORDS,
        "dtype_bytes": DTYPE_BYTES,
        "released": offered(),
        "presets": {name: shape_config(config) for name, config in PRESETS.items()},
        "quantities": QUANTITIES, "units": UNITS, "components": COMPONENTS, "colors": COLORS, "inks": INK,
        "labelled_share": LABELLED_SHARE,
        "charts": {
            **{kind: make(lang) for kind, make in CHARTS.items()}, "temperature": temperature_chart(lang),
            "training": training_chart(lang),
        },
        "training": _training(),
        "sheets": tables.page_data(), "labs": [*LABS, *OWN_LABS], "tabs": TABS,
        "texts": texts(lang), "link": link_data(),
    }  # fmt: skip


def _training() -> TrainingData:
    return {
        "shapes": {
            source: shape_config(TRAINABLE_ON_EXERCISES if source in EXERCISES else TRAINABLE)
            for source in (*SOURCES, OWN_TEXT)
        },
        "most_parameters": MOST_PARAMETERS, "most_vocab": MOST_VOCAB, "least_vocab": TRAINABLE.vocab_size,
        "most_characters": MAX_TEXT_CHARACTERS,
    }  # fmt: skip
