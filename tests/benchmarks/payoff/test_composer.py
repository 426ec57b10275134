"""A composer of answers that are built."""

import numpy as np
import pytest

from benchmarks.payoff.composer import Composer, skeleton, tokens_of, within_reach

VERBS = {"Call": "call", "Write to": "mail", "Visit": "visit"}
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"]


def orders(count, seed=0):
    """Orders about somebody whose name is never the same, and the record each is to become."""
    rng, rows = np.random.default_rng(seed), []
    for _ in range(count):
        name = "".join(rng.choice(list("abdefgklmnoprstuvz"), 6)).capitalize()
        verb, day, hour = rng.choice(list(VERBS)), rng.choice(DAYS), int(rng.integers(1, 12))
        record = f'{{"do": "{VERBS[verb]}", "who": "{name}", "at": "{day} {hour}h"}}'
        rows.append((f"{verb} {name} on {day} at {hour}", record))
    return rows


def accuracy(examples, items):
    composer = Composer(examples)
    return np.mean([composer.answer(text) == target for text, target in items])


def test_a_grammar_of_copies_is_learned_and_holds_for_names_never_seen_the_better_the_more_examples():
    few, many = (accuracy(orders(n), orders(25, seed=1)) for n in (3, 100))
    assert few < 0.9 < many


def test_facts_are_not_learned_and_have_a_low_ceiling():
    facts = [("".join(f"c{n}"), f"t{n * 7919}") for n in range(120)]
    assert accuracy(facts[:80], facts[80:]) == 0
    assert within_reach(facts[:80], facts[80:]).mean() == 0


def test_where_the_input_says_nothing_of_the_answer_it_is_not_right_by_chance_alone():
    rng = np.random.default_rng(0)
    coins = [(f"toss {n}", str(rng.choice(["heads up", "tails up"]))) for n in range(200)]
    assert 0.3 < accuracy(coins[:100], coins[100:]) < 0.7


def test_the_same_examples_teach_the_same():
    first, second = (Composer(orders(12)) for _ in range(2))
    assert [first.answer(text) for text, _ in orders(12, 2)] == [second.answer(text) for text, _ in orders(12, 2)]


@pytest.mark.parametrize("examples", [[("a", "b")], [("", "")], [("", "x"), ("", "y")], [("👍 汉字", "汉字 👍")] * 3])
def test_few_or_strange_examples_are_no_fault(examples):
    composer = Composer(examples)
    assert isinstance(composer.answer("a 👍"), str)
    assert isinstance(composer.answer(""), str)


@pytest.mark.parametrize("text", ["", "a b", "f(x) -> {'y': 1}", "  two  spaces\n\nand lines ", "汉字 👍"])
def test_tokens_joined_are_the_text(text):
    assert "".join(tokens_of(text)) == text


def test_a_skeleton_has_slots_for_what_is_copied():
    assert skeleton("Get pods in shop", "kubectl get pods -n shop") == "kubectl□ -n□"


def test_an_answer_is_within_reach_if_input_and_examples_hold_its_tokens():
    reach = within_reach([("x", "call(ann)")], [("ring bob", "call(bob)"), ("ring bob", "call(zoe)")])
    assert reach.tolist() == [1.0, 0.0]
