"""What a user of gradio_client sees of limits: none where one call follows the other, and a sentence where
they ask too much."""

from __future__ import annotations

from concurrent.futures import wait
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import ValidationError

from gpt2core.i18n import t
from gpt2core.ui.server import limits

TINY: dict[str, Any] = {"n_layer": 1, "n_head": 1, "n_embd": 16, "block_size": 64, "max_new_tokens": 2}


def test_who_waits_for_each_answer_is_never_refused(server: str) -> None:
    client = Client(server, verbose=False)
    for n in range(24):
        *_, last = client.submit(**TINY, sample_seed=n, api_name="/generate")
        assert last["done"]


def test_who_asks_too_much_reads_why(server: str) -> None:
    client = Client(server, verbose=False)
    call = TINY | {"block_size": 1024, "max_new_tokens": 500}  # takes a while, so that the others overlap
    most = int(limits.OVERLAPPING_JOBS_PER_SESSION.at_once)
    jobs = [client.submit(**call, sample_seed=n, api_name="/generate") for n in range(most + 25)]
    wait([job.future for job in jobs], timeout=60)
    refused = [str(error) for job in jobs if isinstance(error := job.exception(), ValidationError)]
    assert 10 < len(refused) < 35
    assert all(t("error.too_often", "en") in sentence for sentence in refused)


def test_a_value_that_is_not_allowed_is_named(server: str) -> None:
    client = Client(server, verbose=False)
    with pytest.raises(Exception, match=r"Vocabulary size \(vocab_size\) is 0, but"):
        client.predict(vocab_size=0, api_name="/analyze")
