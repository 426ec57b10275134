import json

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


def test_what_is_given_is_not_guessed():
    def judge(reply, item):
        return cf.Score(0.5, reply)

    task = cf.Task.from_records(
        REVIEWS, name="a/b", instruction="Say.", kind="qa", scorer=cf.Scorer("mine", judge), seed=1
    )
    assert (task.name, task.instruction, task.kind, task.labels) == ("a-b", "Say.", "qa", ())
    assert task.scorer("x", task.items[0]).value == 0.5
    assert cf.Task.from_records(REVIEWS, scorer={"type": "regex", "pattern": "good"}).scorer.name == "regex"


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
        ([("a", float("nan"))], {}, "is no text and no JSON value: float"),
        (REVIEWS, {"scorer": 3}, "scorer: must be text, not 3"),
        (REVIEWS, {"scorer": "exactly"}, "no scorer 'exactly'"),
        (REVIEWS, {"name": 3}, "name: must be text, not 3"),
    ],
)
def test_what_makes_no_task_is_refused_in_one_line(records, given, said):
    with pytest.raises(InputError, match=said):
        cf.Task.from_records(records, **given)
