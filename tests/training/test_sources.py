"""What is learned from and what is held out: rows, masks, and what is refused."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest
from app_process import ROOT

from gpt2core import GPTConfig, Tokenizer
from gpt2core.model.tokenizer import prompt_ids
from gpt2core.training.sources import SOURCES, TEXT, Row, Source, make_source
from gpt2core.training.sources.stories import VALIDATION_BYTES

EXERCISES = ("sums", "sorting")
STORIES = ("stories-en", "stories-vi")
VOCABULARIES = (256, 1_000, 50_257)
OWN_TEXT = "Xin chào! A text of my own,\n with 👋🏽 in it. " * 40


def source(name: str, vocab_size: int = 256, block_size: int = 64) -> Source:
    return make_source(name, GPTConfig(2, 2, 32, block_size, vocab_size), OWN_TEXT if name == TEXT else "")


def text_of(rows: list[Row], vocab_size: int) -> str:
    return Tokenizer(vocab_size).decode([token for row in rows for token in row.ids[1:]])


@pytest.mark.parametrize("name", [*SOURCES, TEXT])
@pytest.mark.parametrize("vocab_size", VOCABULARIES)
def test_rows_depend_on_their_arguments_only(name: str, vocab_size: int) -> None:
    rows = source(name, vocab_size).rows(seed=7, step=3, n=4, length=60)
    one = source(name, vocab_size)
    one.rows(seed=1, step=1, n=2, length=30)
    assert one.rows(seed=7, step=3, n=4, length=60) == rows
    assert len({tuple(row.ids) for row in rows}) == 4
    for other in ({"seed": 8, "step": 3}, {"seed": 7, "step": 4}):
        assert one.rows(**other, n=4, length=60) != rows
    start = prompt_ids("", GPTConfig(vocab_size=vocab_size))[0]
    for row in rows:
        assert row.ids[0] == start
        assert not row.counted[0]
        assert len(row.ids) == len(row.counted) <= 60
        assert any(row.counted)
        assert all(0 <= token < vocab_size for token in row.ids)


def test_the_rows_of_a_seed_are_the_same_in_every_python() -> None:
    (row,) = source("sums").rows(seed=0, step=0, n=1, length=30)
    assert text_of([row], 256) == "62+26=88\n97+8=105\n67+65=132\n"
    (row,) = source("stories-en").rows(seed=0, step=0, n=1, length=300)
    assert text_of([row], 256).startswith("One rainy day, Ben found a re")


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("vocab_size", VOCABULARIES)
def test_a_row_is_stories_as_the_tokenizer_reads_them(name: str, vocab_size: int) -> None:
    for row in source(name, vocab_size).rows(seed=0, step=0, n=3, length=600):
        assert len(row.ids) == 600
        assert row.counted == [False] + [True] * 599
        text = text_of([row], vocab_size)
        whole = text[: text.rindex("\n") + 1]
        ids = Tokenizer(vocab_size).encode(whole)
        assert row.ids[1 : 1 + len(ids)] == ids


@pytest.mark.parametrize("name", [*SOURCES, TEXT])
@pytest.mark.parametrize("vocab_size", VOCABULARIES)
def test_each_held_out_token_is_predicted_once(name: str, vocab_size: int) -> None:
    one, texts = source(name, vocab_size), set[str]()
    for length in (2, 17, 256, 100_000):
        rows = one.validation(length)
        assert all(2 <= len(row.ids) == len(row.counted) <= length for row in rows)
        assert not any(row.counted[0] for row in rows)
        texts.add(text_of(rows, vocab_size))
        counted = [t for row in rows for t, yes in zip(row.ids, row.counted, strict=True) if yes]
        assert len(Tokenizer(vocab_size).bytes_of(counted)) == one.validation_bytes
    assert len(texts) == 1
    if name in STORIES:
        assert len(next(iter(texts)).encode()) == one.validation_bytes
        assert VALIDATION_BYTES <= one.validation_bytes < VALIDATION_BYTES + 400


@pytest.mark.parametrize("name", SOURCES)
def test_held_out_rows_hold_whole_pieces_where_they_fit(name: str) -> None:
    end = Tokenizer(256).encode("\n")[0]
    rows = source(name).validation(400)
    assert all(row.ids[-1] == end for row in rows)
    for row, after in itertools.pairwise(rows):
        assert len(row.ids) + after.ids.index(end) > 400  # the next piece did not fit


@pytest.mark.parametrize("name", STORIES)
def test_no_held_out_story_is_learned_from(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one: Any = source(name)
    held_out = set(text_of(one.validation(10**6), 256).splitlines())
    assert len(held_out) > 60
    learned = set[str]()
    for step in range(100):
        learned |= set(text_of(one.rows(seed=0, step=step, n=2, length=2_000), 256).splitlines())
    assert not held_out & learned
    # Such a story would hardly ever come up: so hold out what has just been learned from.
    numbers = list(itertools.islice(one._numbers(0, 0), 3))
    one._held_out = frozenset(numbers[:2])
    assert next(one._numbers(0, 0)) == numbers[2]


@pytest.mark.parametrize("name", EXERCISES)
def test_only_answers_count(name: str) -> None:
    for vocab_size in VOCABULARIES:
        tokenizer = Tokenizer(vocab_size)
        for row in source(name, vocab_size).rows(seed=0, step=0, n=20, length=64):
            assert row.ids[1:] == tokenizer.encode(tokenizer.decode(row.ids[1:]))
            for asked, group in itertools.groupby(
                zip(row.ids[1:], row.counted[1:], strict=True), key=lambda pair: not pair[1]
            ):
                text = tokenizer.decode([token for token, _ in group])
                assert text[-1] == (("=" if name == "sums" else ">") if asked else "\n")


def right(name: str, question: str, answer: str) -> bool:
    if name == "sorting":
        return len(question) == 6 and question[-1] == ">" and answer == "".join(sorted(question[:-1]))
    left, other = question.removesuffix("=").split("+")
    return max(len(left), len(other)) <= 2 and answer == str(int(left) + int(other))


@pytest.mark.parametrize("name", EXERCISES)
def test_held_out_exercises_are_never_learned_from(name: str) -> None:
    one = source(name)
    questions = one.questions()
    assert len(set(questions)) == 500
    assert one.has_answers
    assert one.prompt == next(q for q, _ in questions if len(q) == 6)  # one that a class has to think about
    assert one.floor == one.validation_floor == 0.0
    assert all(right(name, question, answer) for question, answer in questions)
    asked = text_of(one.validation(64), 256).splitlines()
    assert asked == [question + answer for question, answer in questions]
    sign = "=" if name == "sums" else ">"
    learned = dict[str, str]()
    for step in range(100):
        for line in text_of(one.rows(seed=step, step=step, n=64, length=64), 256).splitlines():
            question, answer = line.split(sign)
            learned[question + sign] = answer
    assert all(right(name, *case) for case in learned.items())
    assert not learned.keys() & dict(questions).keys()
    if name == "sums":  # nearly all that there are; of a held-out pair neither order
        assert 0.85 * 10_000 < len(learned) < 0.95 * 10_000
        turned = {"+".join(question[:-1].split("+")[::-1]) + "=" for question, _ in questions}
        assert not learned.keys() & turned


def test_stories_have_no_questions() -> None:
    for name in (*STORIES, TEXT):
        assert source(name).questions() == []
        assert source(name).prompt == ""
        assert not source(name).has_answers


def test_sources_need_no_torch() -> None:
    code = "import sys, gpt2core.training.sources; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
