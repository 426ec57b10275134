from collections import Counter

import pytest

from curvefit.trials.selection import choose_items, ordering


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
