from collections import Counter

import pytest

from curvefit.tasks.task import Item
from curvefit.trials.selection import choose_items, ordering, similar


def test_a_draw_depends_on_its_number_and_seed_alone(make_task):
    pool = make_task().pool
    assert ordering(pool, 3, seed=7) == ordering(pool, 3, seed=7)
    assert ordering(pool, 3, seed=7) != ordering(pool, 4, seed=7)
    assert ordering(pool, 3, seed=7) != ordering(pool, 3, seed=8)


@pytest.mark.parametrize("selection", ["random", "balanced"])
def test_a_draw_holds_every_example_once(make_task, selection):
    pool = make_task(pool=41).pool
    assert sorted(e.id for e in ordering(pool, 0, 1, selection)) == sorted(e.id for e in pool)


@pytest.mark.parametrize("shots", [1, 3, 4, 7, 16])
def test_a_balanced_draw_shows_labels_as_equally_as_it_can(make_task, shots):
    task = make_task(pool=40, labels=4)
    counts = Counter(e.target for e in ordering(task.pool, 2, 5, "balanced")[:shots])
    assert max(counts.values()) - min(counts[label] for label in task.labels) <= 1


def test_more_items_keep_the_first_ones(make_task):
    items = make_task(items=20).items
    assert choose_items(items, 12, seed=3)[:5] == choose_items(items, 5, seed=3)


def test_asking_for_more_items_than_there_are_gives_all(make_task):
    items = make_task(items=20).items
    assert sorted(e.id for e in choose_items(items, 99, seed=3)) == sorted(e.id for e in items)


def items_of(*inputs):
    return tuple(Item(f"row-{i}", text, "x") for i, text in enumerate(inputs))


def test_similar_examples_share_the_words_of_the_item_rare_words_first():
    pool = items_of("refund for the broken lamp", "the lamp is blue", "refund for the late parcel", "parcels from Oslo")
    (lamp,), (parcel,) = (similar(pool, items_of(query), 1, seed=0)[0] for query in ("broken lamp", "where is Oslo"))
    assert (lamp.id, parcel.id) == ("row-0", "row-3")
    assert similar(pool, items_of("refund the lamp"), 1, seed=0)[0][0].id == "row-0"


@pytest.mark.parametrize("query", ["xyzzy", "", "?!"])
def test_an_item_that_shares_no_word_gets_the_first_examples_of_the_first_draw(make_task, query):
    pool = make_task().pool
    assert similar(pool, items_of(query), 5, seed=3)[0] == ordering(pool, 0, seed=3)[:5]


def test_equally_similar_examples_do_not_come_in_the_order_of_the_file():
    pool = items_of(*["the same words"] * 30)
    first = similar(pool, items_of("the same words"), 8, seed=0)[0]
    assert first == ordering(pool, 0, seed=0)[:8]
    assert first != pool[:8]


def test_similarity_looks_at_the_context_too():
    pool = (Item("a", "what is it", "x", "a text on whales"), Item("b", "what is it", "x", "a text on bread"))
    assert similar(pool, (Item("i", "what is it", "x", "how bread is made"),), 1, seed=0)[0][0].id == "b"
