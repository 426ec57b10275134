import json

import numpy as np
import pytest

import curvefit as cf
from curvefit.errors import InputError

REVIEWS = [{"text": f"review {n} {n * 7919}", "label": ["bad", "good"][n % 2]} for n in range(60)]


def fields(task):
    return {name: getattr(task, name) for name in task.__slots__ if name not in ("scorer", "path")}


@pytest.mark.parametrize(
    "records",
    [
        REVIEWS,
        [{"input": f"{n} + {n}", "output": 2 * n, "split": ["train", "test"][n % 2]} for n in range(40)],
        [
            {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}]}
            for n in range(9)
        ],
    ],
)
@pytest.mark.parametrize("seed", [0, 5])
def test_records_make_the_task_that_a_file_of_them_does(records, seed, tmp_path):
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    task, same = cf.Task.from_records(records, name="made", seed=seed), cf.load_task(file, seed=seed)
    assert fields(task) == fields(same)
    assert (task.scorer.name, task.scorer.options) == (same.scorer.name, same.scorer.options)


def test_a_pair_is_input_and_output():
    pairs = [(record["text"], record["label"]) for record in REVIEWS]
    assert cf.Task.from_records(iter(pairs)).pool == cf.Task.from_records(REVIEWS).pool
    assert cf.Task.from_records(iter(pairs), name=None).name == "task"


def test_values_of_numpy_and_missing_ones_of_a_table_are_read_as_the_lines_of_a_file():
    nan, missing = float("nan"), type("NAType", (), {"__bool__": lambda self: 1 / 0})()
    inputs, labels = np.array([f"review {n}" for n in range(40)]), np.array([n % 2 for n in range(40)])
    pairs = [(str(text), int(label)) for text, label in zip(inputs, labels, strict=True)]
    plain = fields(cf.Task.from_records(pairs))
    assert plain["labels"] == ("0", "1")
    for records in (
        zip(inputs, labels, strict=True),
        np.array(pairs, dtype=object),
        [{"input": i, "output": np.int32(o), "context": (nan, missing, None)[o]} for i, o in pairs],
    ):
        assert fields(cf.Task.from_records(records)) == plain
    turns = [[{"role": "user", "content": i}, {"role": "assistant", "content": f"{o}"}] for i, o in pairs]
    talks = [cf.Task.from_records([{"messages": of(turn)} for turn in turns]) for of in (list, np.array)]
    assert fields(talks[0]) == fields(talks[1])


def test_what_is_given_is_not_guessed():
    def judge(reply, item):
        return cf.Score(0.5, reply)

    task = cf.Task.from_records(
        REVIEWS, name="a/b", instruction="Say.", kind="qa", scorer=cf.Scorer("mine", judge), seed=1
    )
    assert (task.name, task.instruction, task.kind, task.labels) == ("a-b", "Say.", "qa", ())
    assert task.scorer("x", task.items[0]).value == 0.5
    assert cf.Task.from_records(REVIEWS, scorer={"type": "regex", "pattern": "good"}).scorer.name == "regex"


@pytest.mark.parametrize("judged", [bool, np.bool_, float])
def test_a_scorer_may_return_a_number_or_a_truth(judged):
    scorer = cf.Scorer("mine", lambda reply, item: judged(reply == item.target))
    task = cf.Task.from_records(REVIEWS, scorer=scorer)
    assert [task.scorer(reply, task.items[0]) for reply in (task.items[0].target, "x")] == [
        cf.Score(1.0, task.items[0].target),
        cf.Score(0.0, "x"),
    ]


@pytest.mark.parametrize(
    ("records", "given", "said"),
    [
        (3, {}, "records are a list of dicts or of .* pairs, not int"),
        ("ab", {}, "not str"),
        ({"input": "a", "output": "b"}, {}, "not dict"),
        ([], {}, "holds no examples"),
        ([("a", "b"), ("c",), ("d",)], {}, r"records:2: is no dict and no \(input, output\) pair"),
        ([{"input": "a"}], {}, "records:1: output: missing"),
        ([("a", object())], {}, "records:1: .*is no text and no JSON value: object"),
        ([("a", float("nan"))], {}, "records:1: output: is empty"),
        (type("DataFrame", (list,), {"columns": ("input",)})(), {}, r"not DataFrame; frame.to_dict\("),
        (REVIEWS, {"scorer": 3}, "scorer: must be text, not 3"),
        (REVIEWS, {"scorer": print}, r'a function is given with a name: curvefit.Scorer\("name", function\)'),
        (REVIEWS, {"scorer": "exactly"}, "no scorer 'exactly'"),
        (REVIEWS, {"name": 3}, "name: must be text, not 3"),
    ],
)
def test_what_makes_no_task_is_refused_in_one_line(records, given, said):
    with pytest.raises(InputError, match=said):
        cf.Task.from_records(records, **given)
