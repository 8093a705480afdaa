"""What is said twice in a story is said in agreement, read off the text with no grammar at hand."""

from __future__ import annotations

import itertools
import re

from gpt2core.training.sources.grammar import grammar
from gpt2core.training.sources.row import draws

GIRLS = {"Mia", "Lily", "Anna", "Zoe", "Ruby", "Nora"}
ENGLISH = re.compile(
    r"One \w+ \w+, (?P<hero>\w+) found (?P<number>a|two|three|some) (?P<colour>\w+) (?P<thing>\w+)"
    r" \w+ the (?P<place>\w+)\. A \w+ (?P<animal>\w+) [a-z ]+\b(?P<it>it|them)(?: too)?\."
    r' "(?P<question>[\w ]+)\?" (?P<asked>[\w ]+)\.'
    r" The (?P<again>\w+) [\w ]+, and they \w+ (?P<moved>it|them) to the \w+\."
    r" (?:Later|Soon|At last|Then) (?P<who>\w+) \w+ the (?P<back>\w+ \w+) back to the (?P<home>\w+)\.\n"
)
CO_BE = {"Mai", "Lan", "Hoa", "Linh", "Hà", "Thảo"}
VIETNAMESE = re.compile(
    r"\w+ \w+, (?P<hero>\w+) thấy (?P<thing>[\w ]+) (?:đỏ|vàng|xanh|trắng|tím|hồng|nâu|cam) [\w ]+\."
    r" Một (?P<you>chú|cô|bác) (?P<animal>\w+) [\w ]+ (?P<it>nó|chúng)\."
    r' (?P<asker>\w+(?: bé)?) (?:hỏi|khẽ hỏi|cười hỏi): "(?P<question>[\w ]+)\?"'
    r" (?P<again>\w+ \w+) [\w ]+, rồi (?P<who>cả hai|cùng \w+(?: bé)?)"
    r" (?:đem|mang|đưa) (?P<rest>[\w ]+)\.\n"
)


def stories(language: str, n: int) -> list[str]:
    g = grammar(language)
    return [g.story(drawn % g.n_stories) for drawn in itertools.islice(draws("agreement", language), n)]


def test_english_names_objects_and_places_agree() -> None:
    seen = set[str]()
    for text in stories("en", 1_000):
        said = ENGLISH.fullmatch(text)
        assert said, text
        she, many = ("she" if said["hero"] in GIRLS else "he"), said["number"] != "a"
        it, are = ("them", "Are they") if many else ("it", "Is it")
        assert said["it"] == said["moved"] == it
        assert said["thing"].endswith("s") == many
        assert said["back"] == f"{said['colour']} {said['thing']}"
        assert said["home"] == said["place"]
        assert said["again"] == said["animal"]
        assert said["who"] in {she, said["hero"], "they"}
        assert said["asked"] in {f"asked {said['hero']}", f"{she} asked", f"{she} whispered"}
        if said["question"].endswith("yours"):
            assert said["question"] == f"{are} yours"
        assert not re.search(r"\ban? [aeiou]", text, re.IGNORECASE)  # 'a' before no vowel
        seen |= {said["hero"], said["animal"], said["who"], are}
    assert len(GIRLS & seen) == 6
    assert {"she", "he", "they", "Is it", "Are they"} <= seen


def test_vietnamese_pronouns_and_classifiers_agree() -> None:
    seen = set[str]()
    for text in stories("vi", 1_000):
        said = VIETNAMESE.fullmatch(text)
        assert said, text
        she = "cô bé" if said["hero"] in CO_BE else "cậu bé"
        assert said["asker"] in {said["hero"], she.capitalize()}
        assert said["who"] in {"cả hai", f"cùng {said['hero']}", f"cùng {she}"}
        # A thing keeps its classifier; one is counted where it is new.
        number, thing = said["thing"].split(" ", 1)
        assert said["it"] == ("nó" if number == "một" else "chúng")
        assert said["rest"].startswith((thing if number == "một" else said["thing"]) + " ")
        # An animal is spoken to as it is spoken of.
        assert said["again"] == f"{said['you'].capitalize()} {said['animal']}"
        words = said["question"].lower().split()
        assert set(words) & {"chú", "cô", "bác"} <= {said["you"]}
        assert set(words) & {"nó", "chúng"} <= {said["it"]}
        seen |= {said["you"], said["it"], she, *words}
    assert {"chú", "cô", "bác", "nó", "chúng", "cô bé", "cậu bé", "cháu"} <= seen
