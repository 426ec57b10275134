"""The invented language: a reader who has nothing but the grammar that the task ships translates every sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvefit.tasks.instructions import read_instructions
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "invented_language"
GRAMMAR = (FOLDER / "instructions" / "grammar.txt").read_text(encoding="utf-8")
PAST = {"saw": "see", "wanted": "want", "found": "find", "sold": "sell"}


def words(kind: str) -> dict[str, str]:
    """One line of the dictionary."""
    (line,) = re.findall(rf"^{kind}: (.*)$", GRAMMAR, re.MULTILINE)
    return dict(entry.split() for entry in line.split(", "))


PEOPLE, THINGS, VERBS, ADJECTIVES = map(words, ("People", "Things", "Verbs", "Adjectives"))
NOUN = rf"the (?:(?P<quality>{'|'.join(ADJECTIVES)}) )?(?P<noun>\w+?)(?P<plural>s?)"
VERB = (
    rf"(?:(?P<helper>do|does|did|will)(?P<denied> not)? )?(?:(?P<past>{'|'.join(PAST)})|(?P<verb>{'|'.join(VERBS)})s?)"
)


def phrase(english: str) -> str:
    found = re.fullmatch(NOUN, english)
    noun = found["noun"]
    said, ending = (PEOPLE[noun], "a") if noun in PEOPLE else (THINGS[noun], "i")
    said = f"mo {said}" if found["plural"] else said
    return f"{said} {ADJECTIVES[found['quality']]}{ending}" if found["quality"] else said


def translated(sentence: str) -> str:
    found = re.fullmatch(rf"(?P<subject>the .+?) {VERB} (?P<object>the .+)", sentence.lower())
    helper, denied = found["helper"], "ne " if found["denied"] else ""
    ending = "ul" if helper == "will" else "am" if found["past"] or helper == "did" else "e"
    stem = VERBS[found["verb"] or PAST[found["past"]]]
    return f"{phrase(found['subject'])} {phrase(found['object'])} {denied}{stem}{ending}"


@pytest.mark.parametrize("file", ["pool.jsonl", "items.jsonl"])
def test_the_grammar_file_alone_translates_every_sentence(file):
    rows = [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
    assert [row for row in rows if translated(row["input"]) != row["output"]] == []


def test_the_example_of_the_grammar_follows_it_and_is_no_item():
    english, orvani = GRAMMAR.strip().splitlines()[-1].split(": ")
    assert translated(english) == orvani
    assert english not in {item.input for item in load_task(FOLDER).items}


def test_the_pool_shows_every_word_so_that_the_pairs_alone_can_teach_it():
    shown = {word for example in load_task(FOLDER).pool for word in example.target.split()}
    wanted = {*PEOPLE.values(), *THINGS.values(), "mo", "ne"}
    wanted |= {stem + ending for stem in VERBS.values() for ending in ("e", "am", "ul")}
    wanted |= {stem + ending for stem in ADJECTIVES.values() for ending in "ai"}
    assert shown == wanted


def test_the_shorter_instruction_is_the_tasks_own_and_the_longer_one_begins_with_it():
    grammar, short = read_instructions([str(FOLDER / "instructions")])
    assert (grammar.name, short.name) == ("grammar", "short")
    assert short.text == load_task(FOLDER).instruction
    assert grammar.text.startswith(short.text)


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("Mo lomi sema tolu pili ne miram.", 1),  # case and a full stop say nothing
        ("tolu pili mo lomi sema ne miram", 0),  # object before subject
        ("lomi sema tolu pili ne miram", 0),  # one baker
        ("mo lomi semi tolu pili ne miram", 0),  # an ending for things after people
        ("mo lomi sema tolu pili ne mire", 0),
        ("mo lomi sema tolu pili miram", 0),
    ],
)
def test_each_rule_counts(reply, right):
    task = load_task(FOLDER)
    item = Item("x", "The old bakers did not see the small boat", "mo lomi sema tolu pili ne miram")
    assert task.scorer(reply, item).value == right
    assert 0.5 < task.also_scored_by(reply, item).value <= 1
