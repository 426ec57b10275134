"""The tone of the house: its rule accepts more than the target, names what is broken, and agrees with the labels."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item, Score

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "house_tone"
TARGET = "Call Dr Sato at extension 62. It'll cost 45 euros."
ITEM = Item("x", "Sorry, it will cost 45 euros! The user must kindly call Dr Sato at extension 62.", TARGET)


@pytest.fixture(scope="module")
def keeps_tone():
    return load_task(FOLDER).scorer


def test_every_target_keeps_the_rule_and_no_plain_answer_does(keeps_tone):
    task = load_task(FOLDER)
    for example in (*task.pool, *task.items):
        assert keeps_tone(example.target, example).value == 1, example
        assert keeps_tone(example.input, example).value == 0, example


def test_every_target_says_what_the_plain_answer_says():
    """Both sentences of the plain answer, put into the house's words without the scorer's tables."""
    for name in ("pool.jsonl", "items.jsonl"):
        for row in map(json.loads, (FOLDER / name).read_text(encoding="utf-8").splitlines()):
            text = re.sub(r"^(?:Unfortunately|Sorry|Please note)[,:] ", "", row["input"])
            who = r"(?:[Tt]he (?:customer|user|member))"
            text = re.sub(rf"{who} (?:must|should|can|has to) (?:simply |kindly )?", "DO:", text)
            for plain, house in {
                rf"{who} will": "You'll", rf"{who} does not": "You don't", rf"{who} cannot": "You can't",
                "[Ii]t will": "It'll", "[Ii]t is": "It's",
            }.items():  # fmt: skip
                text = re.sub(plain, house, text)
            parts = sorted(re.split(r"(?<=[.!]) ", text), key=lambda part: not part.startswith("DO:"))
            said = " ".join(part.removeprefix("DO:").rstrip(".!") + "." for part in parts)
            assert said[0].upper() + said[1:] == row["output"]


@pytest.mark.parametrize(
    "reply",
    [
        TARGET,
        "Call Dr Sato at extension 62, and it’ll cost 45 euros.",
        "Ring and call Dr Sato at extension 62: it'll cost you 45 euros",
    ],
)
def test_replies_that_keep_the_rule_are_right_whatever_the_target_is(keeps_tone, reply):
    assert keeps_tone(reply, ITEM).value == 1


@pytest.mark.parametrize(
    ("reply", "broken"),
    [
        ("It'll cost 45 euros. Call Dr Sato at extension 62.", "action first"),
        ("Call Dr Sato at extension 62. It'll cost the member 45 euros.", "second person"),
        ("Call Dr Sato at extension 62. It will cost 45 euros.", "contractions"),
        ("Call Dr Sato at extension 62. It'll cost 45 euros!", "no exclamation mark"),
        ("Call Dr Sato at extension 62, please. It'll cost 45 euros.", "words never said"),
        ("Call Dr Sato at extension 26. It'll cost 45 euros.", "names and numbers"),
        ("Call dr sato at extension 62. It'll cost 45 euros.", "names and numbers"),
        ("Call Dr Sato at extension 62. It'll take 45 euros.", "content"),
        ("Call Dr Sato at extension 62. It won't cost 45 euros.", "content"),
        ("Call Dr Sato at extension 62. It'll cost 45 euros, as we said and as we shall say once more.", "length"),
    ],
)
def test_one_fault_is_enough_and_is_named(keeps_tone, reply, broken):
    score = keeps_tone(reply, ITEM)
    assert (score.value, score.answer, score.wrong) == (0, reply, (broken,))


def test_an_empty_reply_is_unreadable_and_not_wrong(keeps_tone):
    assert keeps_tone(" \n", ITEM) == Score(0.0, answer=None)


def test_the_rule_agrees_with_every_label_of_the_judge_and_each_rule_but_length_has_one():
    task = load_task(FOLDER / "judged.yaml")
    examples = {example.id: example for example in task.pool}
    labels = task.judge.labels
    assert [label.right for label in labels].count(True) == 40 == len(labels) / 2
    scores = [task.also_scored_by(label.reply, examples[label.item]) for label in labels]
    assert [score.value == 1 for score in scores] == [label.right for label in labels]
    broken = {rule for score in scores for rule in score.wrong}
    assert {"action first", "second person", "contractions", "no exclamation mark", "words never said"} <= broken
    assert "names and numbers" in broken
    unlike = [label for label in labels if label.right and label.reply != examples[label.item].target]
    assert len(unlike) == 20


def test_judge_and_rule_read_the_same_examples():
    ruled, judged = load_task(FOLDER), load_task(FOLDER / "judged.yaml")
    assert (ruled.pool, ruled.items, ruled.instruction) == (judged.pool, judged.items, judged.instruction)
    assert judged.also_scored_by.name == ruled.scorer.name
