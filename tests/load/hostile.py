"""What strangers may send: none of it may hurt, and each of it gets a clear sentence."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from typing import Any

from client import Client
from orders import DEFAULTS, order_of

NUMBERS: list[Any] = [
    -1, 0, 5.37, -0.0001, 1e308, -1e308, float("nan"), float("inf"), float("-inf"),
    2**63, -(2**63), 10**400,
]  # fmt: skip
ODDITIES: list[Any] = [
    None, True, False, "", "12", "NaN", "0x10", "<script>alert(1)</script>", "../../etc/passwd", "{{7*7}}",
    "${7*7}", "' OR 1=1 --", "\x00", "\ud83d", "x" * 5000, [], [1], [[]], {}, {"a": 1},
    {"path": "/etc/passwd"}, {"__type__": "update", "value": 3},
]  # fmt: skip
ALWAYS_BAD = {  # what no field of this name can be
    "n_layer": [*NUMBERS, *ODDITIES, 129, 10**6],
    "n_head": [*NUMBERS, *ODDITIES, 7, 5, 129],  # do not divide 768
    "n_embd": [*NUMBERS, *ODDITIES, 16_385, 769],
    "block_size": [*NUMBERS, *ODDITIES, 65_537],
    "vocab_size": [*NUMBERS, *ODDITIES, 1_000_001],
    "bias": [*NUMBERS, *[o for o in ODDITIES if not isinstance(o, bool)]],
    "tie_weights": [*NUMBERS, *[o for o in ODDITIES if not isinstance(o, bool)]],
    "seed": [n for n in NUMBERS if n != 0] + ODDITIES + [2**32],
    "prompt": [None, True, 5, 1.5, [], {}, ["a"], "x" * 20_001, "word " * 3000],
    "temperature": [n for n in NUMBERS if n not in (0, 5.37)] + ODDITIES + [100.1],
    "top_k": [n for n in NUMBERS if n != 0] + [o for o in ODDITIES if o is not None] + [50_258],
    "top_p": NUMBERS + [o for o in ODDITIES if o is not None] + [1.01],
    "max_new_tokens": [*NUMBERS, *ODDITIES, 65_537],
    "sample_seed": [n for n in NUMBERS if n != 0] + ODDITIES + [2**32],
    "layer": [*NUMBERS, *ODDITIES, 129],
    "dtype": [*NUMBERS, *ODDITIES, "float16", "bfloat16 ", "FLOAT32"],
    "weights": [*NUMBERS, *ODDITIES, "gpt2", "../openai", "sums-0123456789abcdef.0", "OPENAI"],
}
FIELDS = {name: order_of(name) for name in ("analyze", "build", "generate")}
LABS = ("forward", "trace", "weights", "tying", "devices", "repeats", "logits")
PRESSES = [
    (name, order_of(name)) for name in ("generate", "compare", "build", *(f"lab-{lab}" for lab in LABS))
]
HORRORS = ("Traceback", 'File "', "site-packages", "Exception", "NaN%", "undefined")


def bad_call(draw: random.Random) -> tuple[str, list[Any]]:
    """An endpoint, and arguments of which at least one is not allowed."""
    endpoint = draw.choice(list(FIELDS))
    values = dict(DEFAULTS)
    for name in draw.sample(FIELDS[endpoint], draw.choice((1, 1, 1, 2, 5))):
        values[name] = draw.choice(ALWAYS_BAD[name])
    return endpoint, [values[name] for name in FIELDS[endpoint]]


def complaint(status: int, text: str) -> str | None:
    """What is wrong with an answer to nonsense, if anything is."""
    if status >= 500:
        return f"status {status}"
    if any(horror in text for horror in HORRORS):
        return f"shows its insides: {text[:200]}"
    if len(text.strip()) < 20:
        return f"says nothing: {text!r}"
    return None


def _stranger(draw: random.Random) -> dict[str, str]:
    """Headers of somebody else each time, so that nobody is refused for asking too often."""
    address = ".".join(str(draw.randint(1, 254)) for _ in range(4))
    return {"content-type": "application/json", "x-forwarded-for": address}


async def one_bad_call(client: Client, draw: random.Random) -> str | None:
    endpoint, data = bad_call(draw)
    body = json.dumps({"data": data}).encode("utf-8", "surrogatepass")
    url = f"{client.url}/gradio_api/call/{endpoint}"
    posted = await client.http.post(url, content=body, headers=_stranger(draw))
    if posted.status_code != 200:
        return complaint(posted.status_code, posted.text)
    said, ended = "", False
    async for event, answer in client.stream(f"/gradio_api/call/{endpoint}/{posted.json()['event_id']}"):
        if event == "error":
            said, ended = json.dumps(answer, ensure_ascii=False), True
        elif event == "complete":
            return f"was served: {endpoint}{data}"[:300]
    return complaint(200, said) if ended else "the stream ended without a word"


async def one_bad_press(client: Client, draw: random.Random) -> str | None:
    """The same through the page's own events."""
    button, order = draw.choice(PRESSES)
    values = DEFAULTS | {"layer": 1}
    name = draw.choice(order)
    if button.startswith("lab") and name in ("prompt", "layer"):
        # a lab looks at the beginning of a long prompt, and this one at no block
        name = "seed" if button in ("lab-repeats", "lab-logits") else "layer"
    if button == "compare" and name == "temperature":
        name = "n_layer"
    values[name] = draw.choice(ALWAYS_BAD[name])
    session = uuid.uuid4().hex
    body = {"data": [values[n] for n in order], "session_hash": session, "trigger_id": None,
            "fn_index": await client.page_function(button)}  # fmt: skip
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    url = f"{client.url}/gradio_api/queue/join"
    posted = await client.http.post(url, content=content, headers=_stranger(draw))
    if posted.status_code != 200:
        return complaint(posted.status_code, posted.text)
    said = ""
    async for _, message in client.stream(f"/gradio_api/queue/data?session_hash={session}"):
        if message["msg"] in ("process_generating", "process_completed"):
            said += json.dumps(message, ensure_ascii=False)
        if message["msg"] == "close_stream":
            break
    if '"error"' not in said:
        return f"was served: {button} {name}={values[name]!r}"[:300]
    return complaint(200, said)


async def one_misfit(client: Client, draw: random.Random) -> str | None:
    """Calls that fit no endpoint at all."""
    path, body = draw.choice([
        ("call/nothing", {"data": []}), ("call/build", {"data": {"n_layer": 3}}), ("call/build", {}),
        ("call/build", {"data": [1, 2]}), ("call/generate", {"wrong": 1}), ("queue/join", {"data": []}),
        ("queue/join", {"data": [], "fn_index": 9999, "session_hash": "x"}),
        ("queue/join", {"data": None, "fn_index": -1, "session_hash": "x"}),
        ("queue/join", {"data": [1], "fn_index": "a", "session_hash": 7}), ("run/predict", {"data": []}),
        ("call/v2/build", {"colour": 1}),
    ])  # fmt: skip
    posted = await client.http.post(f"{client.url}/gradio_api/{path}", json=body, headers=_stranger(draw))
    if posted.status_code >= 500 or any(horror in posted.text for horror in HORRORS):
        return f"{path} {body}: {posted.status_code} {posted.text[:200]}"
    return None


async def fuzz(client: Client, n: int, seed: int = 0, at_once: int = 16) -> list[str]:
    """What is wrong with the answers to `n` bad inputs."""
    draw = random.Random(seed)
    gate = asyncio.Semaphore(at_once)

    async def one(k: int) -> str | None:
        async with gate:
            way = (one_bad_call, one_bad_call, one_bad_press, one_bad_press, one_misfit)[k % 5]
            return await way(client, draw)

    return [wrong for wrong in await asyncio.gather(*[one(k) for k in range(n)]) if wrong]


async def too_large(client: Client, n: int, seed: int = 0) -> list[float]:
    """Seconds until each of `n` shapes that fit nowhere was refused."""
    draw, taken = random.Random(seed), []
    for _ in range(n):
        shape = {"n_layer": draw.randint(90, 128), "n_head": 1, "n_embd": draw.randint(12_000, 16_384)}
        start = time.perf_counter()
        outcome = await client.as_api(shape, draw.choice(("build", "generate")), _stranger(draw))
        taken.append(time.perf_counter() - start)
        assert outcome.refusal, outcome
        assert "memory" in outcome.refusal, outcome.refusal
    return taken
