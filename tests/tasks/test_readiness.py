"""Whether an eval is fit to decide on: each fault is found with its numbers, and a good eval has none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.report.readiness_text import finding_sentence
from curvefit.tasks.readiness import default_margin, half_width, items_needed, readiness, smallest_gain
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
        name="t", instruction="", kind="classification",
        pool=tuple(examples("pool", 120) if pool is None else pool),
        items=tuple(examples("item", 200) if items is None else items),
        scorer=make_scorer(scorer, labels), labels=labels,
    )  # fmt: skip


def values(checked: Task, severity: str, code: str, **options) -> dict:
    """The values of the one finding of this severity and code."""
    (found,) = [f for f in readiness(checked, **options) if (f.severity, f.code) == (severity, code)]
    return dict(found.values)


def test_a_good_eval_has_nothing_against_it():
    assert {finding.severity for finding in readiness(task())} == {"note"}


def test_the_gravest_comes_first():
    grave = [finding.severity for finding in readiness(task(items=examples("item", 10), pool=examples("pool", 20)))]
    assert grave == sorted(grave, key=["stop", "warn", "note"].index)
    assert {"stop", "warn", "note"} == set(grave)


@pytest.mark.parametrize(
    ("n", "severity", "code"),
    [(10, "stop", "items-few"), (60, "warn", "items-short"), (200, "note", "items-short")],
)
def test_items_are_held_against_the_margin(n, severity, code):
    found = values(task(items=examples("item", n)), severity, code)
    assert (found["items"], found["half_width"]) == (n, half_width(n, 0.9))


def test_the_half_width_is_that_of_a_normal_interval():
    # R 4.3: qnorm(0.95) * 0.5 / sqrt(100)
    assert half_width(100, 0.9) == pytest.approx(0.08224268, rel=1e-6)


def test_items_needed_grow_with_the_square_of_the_margin_and_have_two_digits():
    assert items_needed(0.02, 0.9) == 1_600
    assert items_needed(0.2, 0.9) == 16
    assert items_needed(0.02, 0.99) > items_needed(0.02, 0.9)
    assert items_needed(0.9, 0.5) >= 1


def test_a_wide_margin_needs_no_more_items():
    assert values(task(), "note", "items-enough", margin=0.2)["margin"] == 0.2


@pytest.mark.parametrize(
    ("n", "margin", "smallest"),
    [
        # R 4.3: sqrt(0.9) * qnorm(0.95) * 0.5 / sqrt(75), and of 200
        (75, 0.02, 0.09009),
        (200, 0.02, 0.05517),
        (200, 0.2, None),
    ],
)
def test_no_smaller_gain_is_claimed_than_the_items_can_tell(n, margin, smallest):
    found = smallest_gain(n, margin, 0.9)
    assert found == (None if smallest is None else pytest.approx(smallest, rel=1e-3))


@pytest.mark.parametrize(
    ("n", "margin"),
    # sqrt(0.9) * qnorm(0.95) * 0.5 / sqrt(n), up to the next whole point, from 2 to 5
    [(1, 0.05), (100, 0.05), (243, 0.05), (300, 0.05), (400, 0.04), (1_000, 0.03), (1_600, 0.02), (10**6, 0.02)],
)
def test_the_default_margin_is_what_the_items_can_tell_in_whole_points_within_reason(n, margin):
    assert default_margin(n, 0.9) == margin


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"margin": 1.0}, {"level": 1.0}, {"level": float("nan")}])
def test_a_margin_or_level_out_of_range_is_refused(options):
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        readiness(task(), **options)


def test_too_small_a_pool_is_found():
    assert values(task(pool=[]), "stop", "pool-few")["pool"] == 0
    assert values(task(pool=examples("pool", 30)), "warn", "pool-short")["pool"] == 30


def test_a_pool_below_two_for_each_label_is_found():
    labels = tuple(f"l{i:02}" for i in range(40))
    checked = task(examples("pool", 70, labels), examples("item", 200, labels), labels=labels)
    assert values(checked, "warn", "pool-for-labels") == {"pool": 70, "labels": 40, "advised": 80}


def test_a_lone_label_written_almost_as_a_common_one_is_found():
    common = ("shipping", "billing", "shop")
    pool = [*examples("pool", 90, common), Item("x", "a lone question", "shiping")]
    items = examples("item", 150, common)
    found = values(task(pool, items, labels=(*common, "shiping")), "warn", "labels-alike")
    assert found == {"count": 1, "rows": ("x",), "written": ("shiping",), "usual": ("shipping",)}
    common = ("likely", "billing", "shop")
    pool, items = (
        [*examples("pool", 90, common), Item("x", "a lone question", "unlikely")],
        examples("item", 150, common),
    )
    distinct = task(pool, items, labels=(*common, "unlikely"))
    assert "labels-alike" not in {finding.code for finding in readiness(distinct, margin=0.02, level=0.9)}


def test_labels_that_look_like_typing_errors_are_told_wherever_data_is(tmp_path):
    """Seen: `biling`, five times, stood only among labels of few items, and in the prompts."""
    file = tmp_path / "chats.jsonl"
    written = [*("billing", "bug") * 180, *["biling"] * 5, "Billing"]
    file.write_text("".join(json.dumps({"input": f"chat {i}", "output": t}) + "\n" for i, t in enumerate(written)))
    named = "1 rare label looks like a typing error: 'biling' for 'billing' (5)"
    run = CliRunner()
    checked = run.invoke(cli, ["check", str(file), "--json"]).stdout
    (found,) = (each for each in json.loads(checked)["findings"] if each["code"] == "labels-alike")
    assert found["message"].startswith(f"{named}; correct the data, or it stays a label of its own")
    assert sorted(found["values"]["rows"]) == [f"chats.jsonl:{n}" for n in range(361, 366)]
    on = [str(file), "-m", "simulated/rising", "--out", str(tmp_path / "out")]
    assert named in run.invoke(cli, ["plan", *on[:3]]).stderr
    for command in ("run", "decide"):
        assert f"{named}; correct the data" in run.invoke(cli, [command, *on, "--dry-run"]).stderr


def labelled(name, counts):
    return [Item(f"{name} {label} {i}", f"{name} {label} {i} asks", label) for label, n in counts for i in range(n)]


@pytest.mark.parametrize(("of_a", "lopsided"), [(80, True), (60, False)])
def test_items_of_which_far_more_have_one_label_than_the_file_are_told(of_a, lopsided):
    """Seen: 80% of the items with one label, of a balanced file of near copies, and not a word of it."""
    rest = [("a", 100 - of_a), ("b", of_a)]
    uneven = task(labelled("pool", rest), labelled("item", [("a", of_a), ("b", 100 - of_a)]), labels=("a", "b"))
    found = [finding for finding in readiness(uneven) if finding.code == "labels-lopsided"]
    assert bool(found) == lopsided
    if lopsided:
        assert finding_sentence(found[0]) == (
            "80% of the items have the label 'a', but only 50% of all examples: near copies stay together when a file"
            " is split; add examples that differ"
        )


def test_labels_never_shown_never_asked_or_rare_are_named():
    checked = task(pool=examples("pool", 90, ("a", "b", "c")), labels=("a", "b", "c", "d", "e"))
    assert values(checked, "warn", "labels-not-shown") == {"labels": ("d",)}
    assert values(checked, "note", "labels-not-asked") == {"labels": ("e",)}
    rare = task(items=[*examples("item", 150, ("a", "b", "c")), Item("x", "a lone question", "d")])
    assert values(rare, "note", "labels-rare") == {"labels": ("d",), "fewest": 5}


@pytest.mark.parametrize(
    ("targets", "severity", "code", "score"),
    [
        (("a",), "stop", "constant-all", 1.0),
        (("a",) * 19 + ("b",), "warn", "constant-high", 0.95),
        (("a", "b"), "note", "constant-floor", 0.5),
    ],
)
def test_what_one_constant_answer_scores_is_told(targets, severity, code, score):
    found = values(task(items=examples("item", 200, targets)), severity, code)
    assert found == {"answer": "a", "score": pytest.approx(score)}


def test_contradicting_targets_bound_the_score():
    items = examples("item", 100)
    torn = [Item(f"torn{i}", items[i].input.upper(), "d" if items[i].target != "d" else "a") for i in range(5)]
    found = values(task(items=[*items, *torn]), "warn", "items-contradict")
    assert (found["count"], found["best"]) == (5, pytest.approx(1 - 5 / 105))
    assert found["rows"][:4] == (items[0].id, "torn0", items[1].id, "torn1")
    pool = [*examples("pool", 80), Item("again", examples("pool", 1)[0].input, "d")]
    assert values(task(pool=pool), "note", "pool-contradicts")["count"] == 1


def test_one_question_with_two_labels_contradicts_itself_under_two_system_messages_as_well():
    items = examples("item", 100)
    torn = [replace(items[i], id=f"torn{i}", target="abcd"[(i + 1) % 4], system="Route it.") for i in range(5)]
    found = values(task(items=[*items, *torn]), "warn", "items-contradict")
    assert (found["count"], found["first"]) == (5, items[0].input)
    other = [replace(item, id=f"other{i}", target="ab"[i % 2], system="Say the tone.") for i, item in enumerate(items)]
    crossed = task(items=[*items, *other])  # each text is asked twice, on purpose
    assert "items-contradict" not in {finding.code for finding in readiness(crossed)}


def test_a_few_examples_that_have_most_of_the_text_or_are_very_long_are_named():
    def with_long(places, length=6_000):
        pool = examples("pool", 120)
        return task(
            pool=[replace(each, input=each.input + length * "x" * (i in places)) for i, each in enumerate(pool)]
        )

    found = values(with_long((3, 8)), "warn", "examples-uneven")
    assert (found["count"], found["of"], found["rows"]) == (2, 320, ("pool3", "pool8"))
    assert 0.5 < found["share"] < 0.7
    assert found["mostly"] == 1
    found = values(with_long((3,)), "note", "examples-uneven")
    assert (found["mostly"], found["share"] < 0.5, found["rows"]) == (0, True, ("pool3",))
    for places, length in (((3,), 3_000), (range(0, 120, 3), 6_000)):  # not long for a prompt, and not a few
        assert "examples-uneven" not in {finding.code for finding in readiness(with_long(places, length))}


def test_items_that_repeat_another_are_counted():
    items = examples("item", 100)
    copies = [Item(f"copy{i}", items[i].input + "!", items[i].target) for i in range(10)]
    assert values(task(items=[*items, *copies]), "warn", "items-repeated") == {"repeated": 10, "items": 110}


def test_items_that_repeat_another_do_not_make_an_eval_larger():
    items = examples("item", 19)
    copies = [Item(f"copy{i}", item.input + "!", item.target) for i, item in enumerate(items)]
    assert values(task(items=[*items, *copies]), "stop", "items-few")["items"] == 19


def test_long_targets_and_long_examples_are_told():
    long = [Item(f"long{i}", f"{WORDS[i % 17]} {i} " + "word " * 1_000, f"{i} " + "text " * 500) for i in range(40)]
    checked = task(items=long, pool=[], scorer="exact", labels=())
    assert 2_500 <= values(checked, "warn", "target-long")["characters"] < 2_510
    assert 7_500 <= values(checked, "note", "examples-long")["characters"] < 7_600


def test_a_scorer_that_does_not_credit_the_target_itself_is_found():
    checked = task(items=examples("item", 100, ("one", "2")), scorer="number", labels=())
    found = values(checked, "stop", "target-denied")
    assert (found["below"], found["of"], found["side"], found["first"]) == (50, 100, "items", "item0")
    found = values(checked, "warn", "target-denied")
    assert (found["below"], found["of"], found["side"]) == (120, 120, "pool")


TIMES = tuple(f"{9 + i % 8}:{15 * (i % 4):02}" for i in range(32))


def test_a_scorer_that_reads_a_part_of_the_target_is_stopped_and_one_that_does_is_named():
    checked = task(items=examples("item", 160, TIMES), scorer="number", labels=())
    found = values(checked, "warn", "target-changed")
    assert (found["change"], found["count"], found["of"], found["instead"]) == ("digits", 160, 160, "label")
    changed = tuple(f"{9 + i}:30" for i in range(8))
    found = values(task(items=examples("item", 160, changed), scorer="number", labels=()), "stop", "target-other")
    assert (found["count"], found["credit"]) == (160, 1.0)


def test_a_scorer_that_denies_another_spelling_of_the_same_is_told_with_one_that_would_not():
    targets = tuple(f'{{"a": {i}, "b": "x"}}' for i in range(20))
    denied = [
        finding
        for finding in readiness(task(items=examples("item", 100, targets), scorer="normalized", labels=()))
        if finding.code == "target-rewritten"
    ]
    assert {finding.severity for finding in denied} == {"warn"}
    assert {finding.values["change"] for finding in denied} == {"spacing", "fence", "order"}
    assert {finding.values["instead"] for finding in denied} == {"json"}


def test_that_spacing_and_case_count_is_no_fault_of_a_scorer_named_for_it():
    targets = tuple(f"Street {WORDS[i]} {i}" for i in range(17))
    found = readiness(task(items=examples("item", 100, targets), scorer="exact", labels=()))
    assert {f.severity for f in found if f.code == "target-rewritten"} == {"note"}


def test_that_the_answer_has_to_stand_alone_is_told_where_it_has_to():
    assert values(task(), "note", "target-prefaced") == {"scorer": "label", "reply": "Answer: a"}
    numbers = task(items=examples("item", 100, ("17", "23", "5")), scorer="number", labels=())
    assert "target-prefaced" not in {finding.code for finding in readiness(numbers)}


def prose(i: int, n_words: int) -> str:
    return " ".join(WORDS[(i * 7 + j * j + i * j) % 17] for j in range(n_words)) + f" {i}."


@pytest.mark.parametrize(("n_words", "severity", "code"), [(40, "stop", "target-free"), (14, "warn", "target-freeish")])
@pytest.mark.parametrize("scorer", ["normalized", "exact", "code"])
def test_equality_with_free_text_decides_nothing(n_words, severity, code, scorer):
    items = [Item(f"i{i}", f"Sum up report {i}", prose(i, n_words)) for i in range(120)]
    found = values(task(items=items, scorer=scorer, labels=()), severity, code)
    assert (found["scorer"], found["words"]) == (scorer, n_words + 1)


def test_long_programs_are_warned_of_as_others_that_do_the_same_count_as_wrong():
    items = [
        Item(f"i{i}", f"Write {i}", f"def f(x):\n    for a in x:\n        print({', '.join(prose(i, 25).split())})")
        for i in range(60)
    ]
    assert values(task(items=items, scorer="code", labels=()), "warn", "target-program")["words"] > 25


@pytest.mark.parametrize(
    ("items", "scorer"),
    [
        ([Item(f"i{i}", f"Sum up report {i}", prose(i, 40)) for i in range(120)], "f1"),
        ([Item(f"i{i}", f"Sum up report {i}", prose(i % 60, 40)) for i in range(120)], "normalized"),  # from a list
        ([Item(f"i{i}", f"Mend: {prose(i, 40)}", f"Dear {prose(i, 40)}") for i in range(120)], "exact"),  # an edit
        ([Item(f"i{i}", f"Name {i}", f"{WORDS[i % 17]} {i}") for i in range(120)], "normalized"),
    ],
)
def test_equality_with_short_repeated_or_edited_text_may_decide(items, scorer):
    codes = {finding.code for finding in readiness(task(items=items, scorer=scorer, labels=()))}
    assert not codes & {"target-free", "target-freeish"}


def test_items_that_share_no_word_with_the_pool_are_named():
    lonely = [Item("x1", "zzyzx qqrrt", "a"), Item("x2", "wvvu tsrq", "b")]
    found = values(task(items=[*examples("item", 100), *lonely]), "note", "items-unlike")
    assert found == {"count": 2, "items": 102, "rows": ("x1", "x2")}
    assert not any(finding.code == "items-unlike" for finding in readiness(task()))


def french(rows=20, escaped=20, wrap="{}", target="a"):
    """Return a task of questions with accents, of which so many are written as escapes."""
    said = [f"Où est né le poète {WORDS[i % 17]}, numéro {i} ?" for i in range(rows)]
    texts = [wrap.format(json.dumps(text)[1:-1] if i < escaped else text) for i, text in enumerate(said)]
    pool = [Item(f"p{i}", text, target) for i, text in enumerate(texts[: rows // 2])]
    return task(pool, [Item(f"i{i}", text, target) for i, text in enumerate(texts[rows // 2 :])], "normalized", ())


def test_text_that_was_escaped_twice_is_found():
    found = values(french(), "warn", "examples-escaped")
    assert (found["count"], found["of"], found["written"], found["letter"]) == (20, 20, "\\u00f9", "ù")
    assert set(found["rows"]) == {f"{side}{i}" for side in "pi" for i in range(10)}


@pytest.mark.parametrize(
    "fine",
    [
        french(escaped=0),
        french(escaped=4),  # some file names or quotations
        french(escaped=10),  # as they are in as many others: one is asked to escape them, or to read escapes
        french(wrap='{{"text": "{}"}}'),
        french(wrap='{{"text": "See [1]: l\'homme, {}"}}'),
        french(wrap='print("{}")'),
        french(wrap="say = '{}'"),
        french(wrap="re.compile(r'[{}]')"),
        task([Item(f"p{i}", f"C:\\users\\u{i:04d}", "a") for i in range(20)]),
        task([Item(f"p{i}", f"it costs 5\\u20ac or {i}", "a") for i in range(20)]),
    ],
)
def test_escapes_that_belong_there_are_no_fault(fine):
    assert "examples-escaped" not in {finding.code for finding in readiness(fine)}


def agent_log(calls, texts=40):
    called = {"function": {"name": "look", "arguments": "{}"}, "id": "1", "type": "function"}
    reply = {"role": "assistant", "content": None, "tool_calls": [called]}
    asked = [{"role": "user", "content": f"Which region has number {n}?"} for n in range(calls + texts)]
    rows = [{"messages": [question, reply]} for question in asked[:calls]]
    return rows + [
        {"messages": [question, {"role": "assistant", "content": f"{question['content'][-4:]} east {n}"}]}
        for n, question in enumerate(asked[calls:])
    ]


def test_where_much_of_a_task_is_left_out_for_its_kind_that_is_said_first_and_of_little_only_noted():
    task = Task.from_records(agent_log(80))
    assert task.unjudged == (("the last reply is a call of a tool, and only text can be judged", 80, 120),)
    first = readiness(task)[0]
    assert (first.severity, first.code) == ("warn", "examples-unjudged")
    assert (first.values["count"], first.values["of"]) == (80, 120)
    assert "examples-unjudged" not in {finding.code for finding in readiness(Task.from_records(agent_log(5)))}


def test_a_kind_that_is_none_is_said_before_anything_is_asked():
    rows = [(f"what about {n}", f"answer {n}") for n in range(60)]
    found = {finding.code: finding for finding in readiness(Task.from_records(rows, kind="triage"))}
    assert (found["kind-unknown"].severity, found["kind-unknown"].values) == ("warn", {"kind": "triage"})
    assert "kind-unknown" not in {f.code for f in readiness(Task.from_records(rows, kind="multilingual-qa"))}
