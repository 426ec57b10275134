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


def nearest(pool, query, count=1, seed=0):
    """Return ids of the examples most similar to a query."""
    return [example.id for example in similar(pool, items_of(query), count, seed)[0].examples]


def test_similar_examples_share_the_words_of_the_item_rare_words_first():
    pool = items_of("refund for the broken lamp", "the lamp is blue", "refund for the late parcel", "parcels from Oslo")
    assert [nearest(pool, query) for query in ("broken lamp", "where is Oslo")] == [["row-0"], ["row-3"]]
    assert nearest(pool, "refund the lamp") == ["row-0"]


@pytest.mark.parametrize(
    ("inputs", "query", "best"),
    [
        (["5 + 4", "3 + 7", "9 - 2"], "1 + 4", "row-0"),
        (["What is 5 + 4?", "What is 3 + 7?", "What is 9 - 2?"], "What is 3 + 8?", "row-1"),
        (["一", "二", "三"], "二", "row-1"),
        (["👍", "🎉", "😀"], "😀", "row-2"),
        (["मैं खुश हूँ", "वह दुखी है", "यह किताब है"], "दुखी लोग", "row-1"),
        (["北京的天气很好", "我喜欢吃苹果", "他在上海工作"], "上海的工作", "row-2"),
        (["ฉันชอบกินข้าว", "วันนี้อากาศดี", "รถไฟมาช้า"], "อากาศวันนี้", "row-1"),
        (["Straße gesperrt", "Garten offen", "Haus leer"], "STRASSE", "row-0"),
    ],
)
def test_words_count_in_every_script_and_of_any_length(inputs, query, best):
    assert nearest(items_of(*inputs), query) == [best]


def test_single_letters_count_only_among_examples_that_are_alike_by_longer_words():
    pool = items_of("a b c d e lamp", "a parcel", "vitamin c", "vitamin d")
    assert nearest(pool, "a b c d parcel") == ["row-1"]
    assert nearest(pool, "vitamin d") == ["row-3"]


@pytest.mark.parametrize("query", ["xyzzy", "", "?!", "\u200d"])
def test_an_item_that_matches_nothing_is_shown_random_examples_of_its_own(make_task, query):
    pool = make_task(pool=40).pool
    items = tuple(Item(f"i{i}", query, "x") for i in range(30))
    neighbours = similar(pool, items, 2, seed=3)
    assert not any(near.matched for near in neighbours)
    assert len({near.examples for near in neighbours}) > 20
    assert neighbours == similar(pool, items, 2, seed=3)
    assert neighbours[:5] != similar(pool, items, 2, seed=4)[:5]


@pytest.mark.parametrize("texts", [["?"] * 8, ["", " "] * 4, ["+"] * 8])
def test_a_pool_of_punctuation_gives_examples_all_the_same(texts):
    assert len(similar(items_of(*texts), items_of("hello", "+"), 3, seed=0)[1].examples) == 3


def test_equally_similar_examples_are_not_the_same_ones_for_every_item():
    """One label fills the first rows of many files: what is equally similar to all would show that label to all."""
    pool = items_of(*["the same words"] * 30)
    items = tuple(Item(f"i{i}", "the same words", "x") for i in range(300))
    shown = Counter(example.id for near in similar(pool, items, 1, seed=0) for example in near.examples)
    assert len(shown) == 30
    assert max(shown.values()) < 30


def test_more_similar_examples_are_the_fewer_and_others_also_where_many_are_equally_similar():
    words = ["late", "refund", "card", "order"]
    pool = items_of(*(f"{words[i % 4]} {words[i // 4 % 4]}" for i in range(64)))
    items = items_of(*words, "late order", "card")
    four, eight = (similar(pool, items, count, seed=0) for count in (4, 8))
    assert [near.examples for near in four] == [near.examples[:4] for near in eight]


def test_an_item_is_shown_the_same_whichever_others_are_scored_with_it():
    pool, items = items_of(*["same"] * 9), tuple(Item(f"i{i}", "same", "x") for i in range(5))
    assert similar(pool, items, 4, seed=0)[3:] == similar(pool, items[3:], 4, seed=0)


def test_similarity_looks_at_the_context_too():
    pool = (Item("a", "what is it", "x", "a text on whales"), Item("b", "what is it", "x", "a text on bread"))
    item = Item("i", "what is it", "x", "how bread is made")
    assert similar(pool, (item,), 1, seed=0)[0].examples[0].id == "b"
