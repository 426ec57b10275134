from collections import Counter
from dataclasses import replace

import pytest

from curvefit.tasks.task import Item
from curvefit.trials.design import Design
from curvefit.trials.selection import choose_items, orderings, similar


def drawn(pool, draw=0, **design):
    """Return one draw of a design, as ids."""
    *_, order = orderings(pool, Design(draws=draw + 1, **design))
    return [example.id for example in order]


def numbers(ids):
    """Return the numbers of rows."""
    return [int(name.removeprefix("row-")) for name in ids]


BY = pytest.mark.parametrize("ordered_by", ["text", "place"])


@BY
def test_a_draw_depends_on_its_number_and_seed_alone(make_task, ordered_by):
    pool, by = make_task().pool, {"ordered_by": ordered_by}
    assert drawn(pool, 3, seed=7, **by) == drawn(pool, 3, seed=7, **by)
    assert drawn(pool, 3, seed=7, **by) != drawn(pool, 4, seed=7, **by)
    assert drawn(pool, 3, seed=7, **by) != drawn(pool, 3, seed=8, **by)


@BY
@pytest.mark.parametrize("selection", ["random", "balanced"])
def test_a_draw_holds_every_example_once(make_task, selection, ordered_by):
    pool = make_task(pool=41).pool
    assert sorted(drawn(pool, seed=1, selection=selection, ordered_by=ordered_by)) == sorted(e.id for e in pool)


@BY
@pytest.mark.parametrize("shots", [1, 3, 4, 7, 16])
def test_a_balanced_draw_shows_labels_as_equally_as_it_can(make_task, shots, ordered_by):
    task = make_task(pool=40, labels=4)
    first = drawn(task.pool, 2, seed=5, selection="balanced", ordered_by=ordered_by)[:shots]
    counts = Counter(task.by_id[name].target for name in first)
    assert max(counts.values()) - min(counts[label] for label in task.labels) <= 1


def test_each_round_of_a_balanced_draw_has_an_order_of_its_own(make_task):
    task = make_task(pool=400, labels=4)
    orders = [drawn(task.pool, draw, selection="balanced") for draw in range(3)]
    rounds = [[task.by_id[name].target for name in order[n : n + 4]] for order in orders for n in range(0, 80, 4)]
    assert len(set(map(tuple, rounds))) > 15  # of 24 orders of four labels


@BY
def test_more_items_keep_the_first_ones(make_task, ordered_by):
    items = make_task(items=20).items
    most, few = (Design(items=n, seed=3, ordered_by=ordered_by) for n in (12, 5))
    assert choose_items(items, most)[:5] == choose_items(items, few)


@BY
def test_asking_for_more_items_than_there_are_gives_all(make_task, ordered_by):
    items = make_task(items=20).items
    found = choose_items(items, Design(items=99, seed=3, ordered_by=ordered_by))
    assert sorted(e.id for e in found) == sorted(e.id for e in items)


def test_studies_of_earlier_versions_keep_their_random_orders():
    """As version 0.7.0 drew them: what was paid for is found again."""
    rows = tuple(Item(f"row-{i}", f"text {i}", "ab"[i % 2]) for i in range(8))
    by = {"seed": 3, "ordered_by": "place"}
    assert numbers(item.id for item in choose_items(rows, Design(items=4, **by))) == [6, 7, 2, 1]
    assert numbers(drawn(rows, 1, **by)) == [5, 4, 3, 0, 2, 6, 1, 7]
    assert numbers(drawn(rows, 1, selection="balanced", **by)) == [7, 6, 2, 1, 3, 0, 4, 5]
    assert numbers(nearest(rows, "words", 3, **by)) == [2, 0, 6]


def test_the_order_of_a_text_is_the_same_on_every_machine_and_release():
    """By which later versions will find again what was paid for."""
    rows = tuple(Item(f"row-{i}", f"text {i}", "ab"[i % 2]) for i in range(8))
    assert numbers(item.id for item in choose_items(rows, Design(items=4, seed=3))) == [5, 2, 7, 0]
    assert numbers(drawn(rows, 1, seed=3)) == [7, 6, 1, 3, 0, 4, 5, 2]
    assert numbers(drawn(rows, 1, seed=3, selection="balanced")) == [6, 7, 1, 0, 4, 3, 5, 2]
    assert numbers(nearest(rows, "words", 3, seed=3)) == [7, 6, 2]


@pytest.mark.parametrize("selection", ["random", "balanced"])
def test_rows_that_come_go_or_move_leave_the_others_in_their_order(selection):
    rows = [Item(f"line-{i}", f"text {i}", "abc"[i % 3]) for i in range(60)]
    later = [replace(row, id=f"line-{i}") for i, row in enumerate([*reversed(rows[1:]), Item("", "new", "a")])]
    before, after = (
        [example.input for example in next(orderings(pool, Design(seed=5, selection=selection)))]
        for pool in (rows, later)
    )
    if selection == "random":
        assert [text for text in after if text != "new"] == [text for text in before if text != rows[0].input]
    else:  # a round more or less of one label
        assert sum(a == b for a, b in zip(before[:12], after[:12], strict=True)) >= 6
    scored = [{item.input for item in choose_items(pool, Design(items=20, seed=5))} for pool in (rows, later)]
    assert len(scored[0] & scored[1]) >= 19


def test_a_corrected_target_or_another_spelling_of_spaces_moves_nothing():
    rows = tuple(Item(f"row-{i}", f"text {i}", "a") for i in range(30))
    other = (replace(rows[0], target="b", input="Text  0"), *rows[1:])
    assert drawn(rows) == drawn(other)
    assert [item.id for item in choose_items(rows, Design(items=9))] == [
        item.id for item in choose_items(other, Design(items=9))
    ]


def test_every_example_comes_first_as_often_as_chance_has_it():
    """Chi-squared of 4,000 first places of 20 examples, and of which example comes second after which."""
    rows = tuple(Item(f"row-{i}", f"text {i}", "a") for i in range(20))
    orders = [tuple(example.id for example in order[:2]) for order in orderings(rows, Design(draws=4000))]
    first, pairs = Counter(one for one, _ in orders), Counter(orders)
    assert sum((first[row.id] - 200) ** 2 / 200 for row in rows) < 43.8  # 19 degrees of freedom, 0.1%
    expected = 4000 / 380
    assert sum((pairs[a.id, b.id] - expected) ** 2 / expected for a in rows for b in rows if a != b) < 470  # 379, 0.1%


def items_of(*inputs):
    return tuple(Item(f"row-{i}", text, "x") for i, text in enumerate(inputs))


def nearest(pool, query, count=1, **design):
    """Return ids of the examples most similar to a query."""
    return [example.id for example in similar(pool, items_of(query), count, Design(**design))[0].examples]


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
    items = tuple(Item(f"i{i}", query, "x", turns=(("user", chr(0x1200 + i)),)) for i in range(30))
    neighbours = similar(pool, items, 2, Design(seed=3))
    assert not any(near.matched for near in neighbours)
    assert len({near.examples for near in neighbours}) > 20
    assert neighbours == similar(pool, items, 2, Design(seed=3))
    assert neighbours[:5] != similar(pool, items, 2, Design(seed=4))[:5]


@pytest.mark.parametrize("texts", [["?"] * 8, ["", " "] * 4, ["+"] * 8])
def test_a_pool_of_punctuation_gives_examples_all_the_same(texts):
    assert len(similar(items_of(*texts), items_of("hello", "+"), 3, Design())[1].examples) == 3


def test_equally_similar_examples_are_not_the_same_ones_for_every_item():
    """One label fills the first rows of many files: what is equally similar to all would show that label to all."""
    pool = items_of(*["the same words"] * 30)
    items = tuple(Item(f"i{i}", "the same words", "x", turns=(("user", f"{i}"),)) for i in range(300))
    shown = Counter(example.id for near in similar(pool, items, 1, Design(seed=0)) for example in near.examples)
    assert len(shown) == 30
    assert max(shown.values()) < 30


def test_more_similar_examples_are_the_fewer_and_others_also_where_many_are_equally_similar():
    words = ["late", "refund", "card", "order"]
    pool = items_of(*(f"{words[i % 4]} {words[i // 4 % 4]}" for i in range(64)))
    items = items_of(*words, "late order", "card")
    four, eight = (similar(pool, items, count, Design(seed=0)) for count in (4, 8))
    assert [near.examples for near in four] == [near.examples[:4] for near in eight]


def test_an_item_is_shown_the_same_whichever_others_are_scored_with_it():
    pool, items = (
        items_of(*["same"] * 9),
        tuple(Item(f"i{i}", "same", "x", turns=(("user", f"{i}"),)) for i in range(5)),
    )
    assert similar(pool, items, 4, Design(seed=0))[3:] == similar(pool, items[3:], 4, Design(seed=0))


def test_similarity_looks_at_the_context_too():
    pool = (Item("a", "what is it", "x", "a text on whales"), Item("b", "what is it", "x", "a text on bread"))
    item = Item("i", "what is it", "x", "how bread is made")
    assert similar(pool, (item,), 1, Design(seed=0))[0].examples[0].id == "b"
