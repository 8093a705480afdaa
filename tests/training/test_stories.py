"""The grammars: each story is one number and no other, and says so much and no more."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import pytest

from gpt2core.config import GPTConfig
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.training.sources import make_source
from gpt2core.training.sources.grammar import Gap, Grammar, Pattern, fill, grammar
from gpt2core.training.sources.row import draws
from gpt2core.training.sources.stories import held_out_numbers

LANGUAGES = ("en", "vi")
Chosen: TypeAlias = Mapping[str, int]


def sample(language: str, n: int) -> list[str]:
    stories = grammar(language)
    drawn = itertools.islice(draws("a test's own", language), n)
    return [stories.story(number % stories.n_stories) for number in drawn]


def capitalised(pattern: Pattern) -> Pattern:
    first, *rest = pattern
    if isinstance(first, Gap):
        return (first._replace(capital=True), *rest)
    return (first[0].upper() + first[1:], *rest)


def derivations(text: str, pattern: Pattern, g: Grammar, chosen: Chosen) -> Iterator[Chosen]:
    """Every way to read all of `text` as `pattern`: what was chosen for each slot."""
    if not pattern:
        if not text:
            yield chosen
        return
    part, rest = pattern[0], pattern[1:]
    if isinstance(part, str):
        if text.startswith(part):
            yield from derivations(text[len(part) :], rest, g, chosen)
        return
    for at, entry in enumerate(g.entries[part.slot]):
        if chosen.get(part.slot, at) == at:
            body = capitalised(entry[part.form]) if part.capital else entry[part.form]
            yield from derivations(text, (*body, *rest), g, {**chosen, part.slot: at})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_read_in_one_way_only(language: str) -> None:
    g = grammar(language)
    for text in sample(language, 200):
        read = list(derivations(text, g.story_pattern, g, {}))
        assert len(read) == 1
        assert read[0].keys() == g.entries.keys()
        assert fill(g.story_pattern, {slot: g.entries[slot][at] for slot, at in read[0].items()}) == text


def slots_of(part: Gap, g: Grammar) -> list[str]:
    """The gap's slot, and those that its entries have gaps of."""
    inner = (p for entry in g.entries[part.slot] for p in entry[part.form] if isinstance(p, Gap))
    return list(dict.fromkeys([part.slot, *(slot for gap in inner for slot in slots_of(gap, g))]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_been_read_decides_each_choice_that_follows(language: str) -> None:
    """So, from the left to the right, every story is read in one way: at each gap, whatever was chosen
    before, no text of one choice is the beginning of another's."""
    g, chosen = grammar(language), set[str]()
    for part in g.story_pattern:
        if isinstance(part, str):
            continue
        slots = slots_of(part, g)
        known, new = [s for s in slots if s in chosen], [s for s in slots if s not in chosen]
        for before in itertools.product(*(g.entries[slot] for slot in known)):
            texts = sorted(
                fill((part,), dict(zip(known + new, before + now, strict=True)))
                for now in itertools.product(*(g.entries[slot] for slot in new))
            )
            assert new or len(texts) == 1
            assert not any(b.startswith(a) for a, b in itertools.pairwise(texts))
        chosen.update(new)
    assert chosen == g.entries.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_more_stories_than_could_be_learned_by_heart(language: str) -> None:
    g = grammar(language)
    assert g.n_stories == math.prod(len(entries) for entries in g.entries.values()) >= 10**12
    for entries in g.entries.values():
        assert len({tuple(entry.items()) for entry in entries}) == len(entries)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_floor_is_what_the_best_code_needs_for_a_long_sample(language: str) -> None:
    """Each choice costs the logarithm of how often it was taken in the sample, which knows no grammar's
    probabilities; the bytes are counted."""
    g = grammar(language)
    numbers = [n % g.n_stories for n in itertools.islice(draws("long", language), 5_000)]
    nats = 0.0
    for entries in g.entries.values():
        taken = [0] * len(entries)
        for i, number in enumerate(numbers):
            numbers[i], at = divmod(number, len(entries))
            taken[at] += 1
        nats += sum(-n * math.log(n / len(numbers)) for n in taken if n)
    texts = [g.story(n % g.n_stories) for n in itertools.islice(draws("long", language), 5_000)]
    size = sum(len(text.encode()) for text in texts)
    source = make_source(f"stories-{language}", GPTConfig())
    assert source.floor is not None
    assert source.validation_floor is not None
    assert nats / size == pytest.approx(source.floor, rel=0.01)
    assert size / len(texts) == pytest.approx(g.mean_bytes, rel=0.01)
    held_out = held_out_numbers(language)
    exact = len(held_out) * math.log(g.n_stories) / source.validation_bytes
    assert source.validation_floor == pytest.approx(exact)
    assert 0.12 <= source.floor <= 0.25


def test_a_small_grammar_has_the_stories_and_the_entropy_that_one_counts_by_hand() -> None:
    slots = {
        "who": ["Ann|she", "Bob|he"],
        "thing": ["a cat|it", "two owls|them"],
        "end": ["{thing.it}", "ü"],
    }
    g = Grammar("{who} has {thing}. {Who.she}: {end}\n", slots, {"who": "name|she", "thing": "a|it"})
    stories = {g.story(n) for n in range(8)}
    assert stories == {
        "Ann has a cat. She: it\n", "Ann has two owls. She: them\n", "Ann has a cat. She: ü\n",
        "Ann has two owls. She: ü\n", "Bob has a cat. He: it\n", "Bob has two owls. He: them\n",
        "Bob has a cat. He: ü\n", "Bob has two owls. He: ü\n",
    }  # fmt: skip
    assert g.mean_bytes == sum(len(text.encode()) for text in stories) / 8
    assert g.entropy == pytest.approx(math.log(8))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_capital_letter_has_as_many_bytes_as_the_small_one(language: str) -> None:
    for entries in grammar(language).entries.values():
        for entry in entries:
            for pattern in entry.values():
                first = pattern[0]
                assert isinstance(first, Gap) or len(first[0].upper().encode()) == len(first[0].encode())


def test_a_context_shorter_than_a_story_learns_all_of_its_parts() -> None:
    """As held-out stories are read; else all of them but their beginnings would be new to it."""
    one = make_source("stories-en", GPTConfig(1, 1, 8, 64, 256))
    rows = [row for step in range(60) for row in one.rows(0, step, 4, length=65)]
    beginnings = sum(Tokenizer(256).decode(row.ids[1:5]) == "One " for row in rows)
    assert 0.15 < beginnings / len(rows) < 0.4  # of four parts
    assert {len(row.ids) == 65 for row in rows} == {True, False}
