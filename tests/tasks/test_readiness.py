"""Whether an eval is fit to decide on: each fault is found with its numbers, and a good eval has none."""

from __future__ import annotations

import pytest

from curvefit.tasks.readiness import conclusion, half_width, items_needed, readiness
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item, Task

WORDS = "amber birch cedar delta ember frost grove heron iris jade kelp lotus maple north ochre pearl quartz".split()  # noqa: SIM905


def examples(side: str, n: int, targets: tuple[str, ...] = ("a", "b", "c", "d")) -> list[Item]:
    """Inputs that differ in several words, targets in turn."""
    return [
        Item(
            f"{side}{i}",
            f"{side} {WORDS[i % 17]} {WORDS[i // 17 % 17]} {WORDS[i * 7 % 17]} {i}",
            targets[i % len(targets)],
        )
        for i in range(n)
    ]


def task(pool=None, items=None, scorer="label", labels=("a", "b", "c", "d")) -> Task:
    return Task(
        name="t", instruction="", kind="k",
        pool=tuple(examples("pool", 120) if pool is None else pool),
        items=tuple(examples("item", 200) if items is None else items),
        scorer=make_scorer(scorer, labels), labels=labels,
    )  # fmt: skip


def messages(checked: Task, severity: str, **options) -> str:
    return " | ".join(finding.message for finding in readiness(checked, **options) if finding.severity == severity)


def test_a_good_eval_has_nothing_against_it():
    assert {finding.severity for finding in readiness(task())} == {"note"}


def test_the_gravest_comes_first():
    grave = [finding.severity for finding in readiness(task(items=examples("item", 10), pool=examples("pool", 20)))]
    assert grave == sorted(grave, key=["stop", "warn", "note"].index)
    assert {"stop", "warn", "note"} == set(grave)


@pytest.mark.parametrize(("n", "severity"), [(10, "stop"), (60, "warn"), (200, "note")])
def test_items_are_held_against_the_margin(n, severity):
    text = messages(task(items=examples("item", n)), severity)
    assert f"{n} distinct items: an accuracy near 50% is known to within" in text


def test_the_half_width_is_that_of_a_normal_interval():
    # R 4.3: qnorm(0.95) * 0.5 / sqrt(100)
    assert half_width(100, 0.9) == pytest.approx(0.08224268, rel=1e-6)


def test_items_needed_grow_with_the_square_of_the_margin_and_have_two_digits():
    assert items_needed(0.02, 0.9) == 1_600
    assert items_needed(0.2, 0.9) == 16
    assert items_needed(0.02, 0.99) > items_needed(0.02, 0.9)
    assert items_needed(0.9, 0.5) >= 1


def test_a_wide_margin_needs_no_more_items():
    assert "enough to tell a gain of 20 points from none" in messages(task(), "note", margin=0.2)


@pytest.mark.parametrize(
    ("n", "margin", "message"),
    [
        (10, 0.02, "Not fit to decide on yet."),
        # R 4.3: sqrt(0.9) * qnorm(0.95) * 0.5 / sqrt(75), and of 200
        (75, 0.02, "Fit to decide on gains of about 9 points or more; one of 2 points may stay open."),
        (200, 0.02, "Fit to decide on gains of about 5.5 points or more; one of 2 points may stay open."),
        (200, 0.2, "Fit to decide on."),
    ],
)
def test_the_conclusion_claims_no_more_than_the_items_can_tell(n, margin, message):
    checked = task(items=examples("item", n))
    assert conclusion(readiness(checked, margin), n, margin, 0.9) == message


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"margin": 1.0}, {"level": 1.0}, {"level": float("nan")}])
def test_a_margin_or_level_out_of_range_is_refused(options):
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        readiness(task(), **options)


def test_too_small_a_pool_is_found():
    assert "0 pool examples: no curve" in messages(task(pool=[]), "stop")
    assert "30 pool examples: the curve ends there" in messages(task(pool=examples("pool", 30)), "warn")


def test_a_pool_below_two_for_each_label_is_found():
    labels = tuple(f"l{i:02}" for i in range(40))
    checked = task(examples("pool", 70, labels), examples("item", 200, labels), labels=labels)
    assert "70 pool examples for 40 labels" in messages(checked, "warn")


def test_labels_never_shown_never_asked_or_rare_are_named():
    checked = task(pool=examples("pool", 90, ("a", "b", "c")), labels=("a", "b", "c", "d", "e"))
    assert "no pool example shows 'd'" in messages(checked, "warn")
    assert "no item asks for 'e'" in messages(checked, "note")
    rare = task(items=[*examples("item", 150, ("a", "b", "c")), Item("x", "a lone question", "d")])
    assert "fewer than 5 items each for 'd'" in messages(rare, "note")


@pytest.mark.parametrize(
    ("targets", "severity", "message"),
    [
        (("a",), "stop", "would score 100%: nothing is asked"),
        (("a",) * 19 + ("b",), "warn", "would score 95%"),
        (("a", "b"), "note", "would score 50%: the floor"),
    ],
)
def test_what_one_constant_answer_scores_is_told(targets, severity, message):
    assert message in messages(task(items=examples("item", 200, targets)), severity)


def test_contradicting_targets_bound_the_score():
    items = examples("item", 100)
    torn = [Item(f"torn{i}", items[i].input.upper(), "d" if items[i].target != "d" else "a") for i in range(5)]
    message = messages(task(items=[*items, *torn]), "warn")
    assert "5 item inputs with more than one target" in message
    assert "nobody can score more than 95.2%" in message
    pool = [*examples("pool", 80), Item("again", examples("pool", 1)[0].input, "d")]
    assert "1 pool input with more than one target" in messages(task(pool=pool), "note")


def test_items_that_repeat_another_are_counted():
    items = examples("item", 100)
    copies = [Item(f"copy{i}", items[i].input + "!", items[i].target) for i in range(10)]
    assert "10 of 110 items duplicate another" in messages(task(items=[*items, *copies]), "warn")


def test_items_that_repeat_another_do_not_make_an_eval_larger():
    items = examples("item", 19)
    copies = [Item(f"copy{i}", item.input + "!", item.target) for i, item in enumerate(items)]
    assert "19 distinct items: an accuracy near 50% is known to within" in messages(
        task(items=[*items, *copies]), "stop"
    )


def test_long_targets_and_long_examples_are_told():
    long = [Item(f"long{i}", f"{WORDS[i % 17]} {i} " + "word " * 1_000, f"{i} " + "text " * 500) for i in range(120)]
    checked = task(items=long, pool=[], scorer="exact", labels=())
    assert "the longest target has 2,50" in messages(checked, "warn")
    assert "a typical example has 7,5" in messages(checked, "note")


def test_a_scorer_that_does_not_credit_the_target_itself_is_found():
    checked = task(items=examples("item", 100, ("one", "2")), scorer="number", labels=())
    assert "on 50 of 100 items (first: item0)" in messages(checked, "stop")
    assert "on 120 of 120 pool examples" in messages(checked, "warn")
