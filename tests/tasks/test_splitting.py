"""The split of one set of examples: nothing lost, nothing on both sides, no label lacks, order and targets aside."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.splitting import item_quota, split
from curvefit.tasks.task import Item


def make_examples(n: int, labels: int = 1) -> list[Item]:
    rng = random.Random(1)
    return [
        Item(f"i{i}", " ".join("".join(rng.choices("abcdefgh", k=5)) for _ in range(8)), f"l{i % labels}")
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("examples", "items"), [(2, 1), (3, 1), (40, 20), (200, 100), (300, 100), (600, 200), (1_500, 500), (9_000, 500)]
)
def test_a_third_is_scored_at_least_100_at_most_500_never_more_than_half(examples, items):
    assert item_quota(examples) == items


variants = st.sampled_from(["{}", "{}.", "so {}", "{} then", "{}x"])
texts = st.tuples(variants, st.sampled_from([example.input for example in make_examples(12)])).map(
    lambda v: v[0].format(v[1])
)
pools = st.lists(st.tuples(texts, st.sampled_from("abc")), min_size=2, max_size=40)


@given(pools, st.integers(0, 5), st.booleans())
def test_every_example_is_on_one_side_and_no_duplicate_on_the_other(rows, seed, labelled):
    examples = [Item(f"i{i}", text, target) for i, (text, target) in enumerate(rows)]
    try:
        pool, items = split(examples, seed, ("a", "b", "c") if labelled else ())
    except InputError:
        assert duplicated(examples[:1], examples[1:]) == [0]
        return
    assert sorted([*pool, *items], key=lambda example: int(example.id[1:])) == examples
    assert pool
    assert items
    assert duplicated(pool, items) == []


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_split_does_not_depend_on_the_order_of_the_file(rng, seed):
    examples = make_examples(30, labels=3)
    _, items = split(examples, seed, ("l0", "l1", "l2"))
    rng.shuffle(examples)
    _, again = split(examples, seed, ("l0", "l1", "l2"))
    assert set(again) == set(items)


def test_another_seed_gives_another_split():
    assert split(make_examples(60), 0)[1] != split(make_examples(60), 1)[1]


def test_rows_added_later_move_few_examples():
    examples = make_examples(640)
    before, after = (set(split(side, 0)[1]) for side in (examples[:600], examples))
    assert len(before - after) <= 20


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_a_corrected_target_moves_no_example(rng, seed):
    examples, labels = make_examples(120, labels=6), [f"l{n}" for n in range(6)]
    corrected = [replace(example, target=rng.choice(labels)) if rng.random() < 0.1 else example for example in examples]
    for before, after in zip(split(examples, seed, labels), split(corrected, seed, labels), strict=True):
        assert [example.id for example in before] == [example.id for example in after]


def test_the_pool_has_an_example_of_each_label():
    examples = [replace(each, target=f"rare{i // 2}") if i < 31 else each for i, each in enumerate(make_examples(90))]
    labels = {example.target for example in examples}
    for seed in range(10):
        pool, items = split(examples, seed, sorted(labels))
        assert {example.target for example in pool} == labels
        assert len(items) == item_quota(len(examples))


def test_a_group_of_copies_too_large_to_score_stays_in_the_pool():
    copies = [Item(f"c{i}", "the very same question", "l0") for i in range(100)]
    pool, items = split([*copies, *make_examples(10)], 0)
    assert set(copies) <= set(pool)
    assert items


def test_examples_that_are_all_one_cannot_be_split():
    with pytest.raises(InputError, match="two examples that are not duplicates"):
        split([Item("a", "same", "x"), Item("b", "Same.", "x")], 0)


def test_one_question_is_on_one_side_whatever_its_label_and_system_message():
    examples = make_examples(40, labels=2)
    again = [
        replace(example, id=f"again{i}", target="l2" if i % 3 else example.target, system=f"Route it, v{i % 2}.")
        for i, example in enumerate(examples[:20])
    ]
    for seed in range(5):
        pool, items = split([*examples, *again], seed, ("l0", "l1", "l2"))
        assert not {example.input for example in pool} & {item.input for item in items}
        assert duplicated(pool, items) == []


def test_system_messages_that_hold_what_is_asked_about_make_questions_of_their_own():
    texts = [example.input for example in make_examples(40)]
    examples = [
        Item(f"i{i}", question, f"{i}", system=text) for i, text in enumerate(texts) for question in ("Who?", "When?")
    ]
    examples = [replace(example, id=f"i{i}") for i, example in enumerate(examples)]
    pool, items = split(examples, 0)
    assert (len(pool), len(items)) == (40, 40)
    assert duplicated(pool, items) == []
