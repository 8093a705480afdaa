"""What a link to the page may say. link_grammar.py reads links here; in the browser
assets/live/link_grammar.js reads them, and link.js writes them."""

from __future__ import annotations

import os

from gpt2core.config import SamplingOptions
from gpt2core.serving.messages.page_data import LinkData
from gpt2core.validation import FORMER_TABS, LIMITS, MODEL_FIELDS

# In the page's order; a teacher's link may fix them (`lock=`) or hide them (`hide=`).
LOCK_NAMES = (*MODEL_FIELDS, "prompt", "source", *(name for name in LIMITS if name not in MODEL_FIELDS))
# What else may be hidden, and the text that names it.
PARTS = {"presets": "preset.label", "more": "page.more"}
LINK_NAMES = (*LOCK_NAMES, "pin", "tab", "step", "solved", "lang", "lock", "hide", "projector")
# A Space's own page frames the app, which lives at another address; it hands its query on, not its path.
# https://huggingface.co/docs/hub/spaces-handle-url-parameters
SPACE_PAGE = f"https://huggingface.co/spaces/{os.environ['SPACE_ID']}" if "SPACE_ID" in os.environ else ""
# The page begins with another temperature than the API. Links are older than that: what says anything of
# a model or a text, but nothing of the temperature, means this one, and the page always writes its own.
UNSAID: dict[str, float] = {"temperature": SamplingOptions().temperature}
# Characters of a whole link. Proxies, chats and mail programs cut longer ones; of all that a link says only
# a prompt can be as long, and then it is left out.
LONGEST_LINK = 2000
# Characters after the question mark of a link that is drawn. 1500 make 133 squares a side (QR version 29)
# and take 0.05 s; longer links are for copying.
LONGEST_QUERY = 1500


def link_data() -> LinkData:
    """What link.js needs to know."""
    return {
        "names": LINK_NAMES, "unsaid": UNSAID, "lock": LOCK_NAMES, "hide": (*PARTS, *LOCK_NAMES),
        "former_tabs": FORMER_TABS, "longest": LONGEST_LINK, "longest_drawn": LONGEST_QUERY,
        "space_page": SPACE_PAGE,
    }  # fmt: skip
