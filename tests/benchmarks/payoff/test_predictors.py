"""The laboratory's comparison of predictors, on cases whose truth is planted."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.paths import REPORTS, ROOT
from benchmarks.payoff import cases, more_information, predictors, table
from benchmarks.payoff import linear_model as scoring
from curvefit.payoff.hierarchy import FORM

pytestmark = pytest.mark.slow


def invented(cases, tasks=25, seed=0):
    """Cases of three a task: the gain follows headroom and not luck, and each task has an effect of its own."""
    rng = np.random.default_rng(seed)
    made = []
    for task in range(tasks):
        own = rng.normal(0, 0.03)
        for _ in range(3):
            best = rng.uniform(0.1, 0.9)
            gain = float(np.clip(0.6 * (1 - best) - 0.25 + own + rng.normal(0, 0.05), -best, 1 - best))
            made.append(cases.BacktestCase(f"t{task}", best, gain, {"headroom": 1 - best, "luck": rng.normal()}))
    return made


def judged(scoring, made, features):
    guess = scoring.left_out(made, scoring.looking_at(features))
    return scoring.scored(made, guess, scoring.base_rate(made))


def test_what_decides_the_gain_is_found_to_predict_it_and_luck_is_not():
    made = invented(cases)
    told, luck, nothing = (judged(scoring, made, f) for f in (("headroom",), ("luck",), ()))
    assert told.auc.low > 0.9
    assert told.ahead.low > 0.2
    assert told.error.high < nothing.error.low
    assert told.rank.value > 0.8 > 0.4 > luck.rank.value
    assert luck.ahead.low < 0 < told.ahead.low


def test_intervals_hold_nine_gains_in_ten():
    found = [judged(scoring, invented(cases, seed=s), ("headroom",)).coverage.value for s in range(4)]
    assert 0.85 <= np.mean(found) <= 0.95


def test_a_task_is_predicted_without_its_own_cases():
    made = invented(cases, tasks=6)
    changed = [replace(c, gain=-c.gain) if c.cluster == "t0" else c for c in made]
    before, after = (scoring.left_out(some, scoring.looking_at(("headroom",))).gains for some in (made, changed))
    own = np.array([c.cluster == "t0" for c in made])
    assert (before[own] == after[own]).all()
    assert (before[~own] != after[~own]).any(axis=1).all()


def test_a_gain_never_leaves_what_accuracy_allows():
    made = invented(cases, tasks=4)
    gains = scoring.predict(made[3:], made[:3], ()).gains
    best = np.array([[c.best] for c in made[:3]])
    assert (gains + best >= 0).all()
    assert (gains + best <= 1 + 1e-12).all()


def test_what_one_guess_is_better_by_has_students_interval_over_tasks():
    made = [
        replace(c, best=0.5, gain=g) for c, g in zip(invented(cases, tasks=4)[::3], (0.1, 0.2, -0.1, 0.3), strict=True)
    ]
    exact, off = (np.array([[c.gain + by] * 9 for c, by in zip(made, wrong, strict=True)]) for wrong in
                  ([0, 0, 0, 0], [0.1, 0.02, 0.04, -0.08]))  # fmt: skip
    nats, error = scoring.beyond(made, scoring.Guess(exact), scoring.Guess(off))
    expected = stats.t.interval(0.9, 3, np.mean([0.1, 0.02, 0.04, 0.08]), stats.sem([0.1, 0.02, 0.04, 0.08]))
    assert (error.low, error.high) == pytest.approx(expected)
    assert nats.value == pytest.approx(0.0)


def test_where_every_case_paid_nothing_tells_them_apart_and_nothing_is_claimed():
    made = [replace(c, best=0.1, gain=0.3 + 0.01 * i) for i, c in enumerate(invented(cases, tasks=6))]
    assert math.isnan(judged(scoring, made, ()).auc.value)


def test_the_base_rate_of_a_case_is_that_of_other_tasks():
    made = [
        cases.BacktestCase("a", 0.5, 0.1, {}),
        cases.BacktestCase("b", 0.5, 0.1, {}),
        cases.BacktestCase("b", 0.5, -0.1, {}),
    ]
    assert scoring.base_rate(made) == pytest.approx([2 / 4, 2 / 3, 2 / 3])


def test_predictors_are_compared_on_the_cases_that_have_their_features():
    made = invented(cases, tasks=8)
    part = [replace(c, features={"headroom": c.features["headroom"]}) if i < 6 else c for i, c in enumerate(made)]
    text = predictors.compared(part, {"nothing": (), "headroom": ("headroom",), "luck": ("luck",), "gone": ("none",)})
    counts = [line.split("|")[2].split()[0] for line in text.splitlines()[2:]]
    assert counts == ["24", "24", "18", "0"]
    assert "too few tasks" in text.splitlines()[-1]


def test_new_units_are_predicted_from_those_known_before_and_never_from_their_own_task():
    known = invented(cases, tasks=12)
    new = [replace(case, gain=-case.gain) for case in known if case.cluster in ("t0", "t1")]
    guess = scoring.left_out(new, scoring.looking_at(("headroom",)), known)
    others = [case for case in known if case.cluster != "t0"]
    alone = scoring.looking_at(("headroom",))(others, [case for case in new if case.cluster == "t0"])
    assert np.array_equal(guess.gains[:3], alone.gains)
    paid = np.mean([case.gain > scoring.MARGIN for case in others])
    assert scoring.base_rate(new, known)[0] == pytest.approx((paid * len(others) + 1) / (len(others) + 2))


def rows(table, task, model, tuned, best=0.5, near=0.6):
    """A unit's figures: 2 numbers of shots, retrieved at 1, fine-tuned at those given."""
    unit = {"task": task, "kind": "dsl", "metric": "exact", "model": model, "classes": 0, "pool": 600, "items": 100}
    figures = [("random", 0, 0.1), ("random", 1, best), ("forecast", 4, best + 0.1), ("retrieved", 1, near)]
    figures += [("tuned", 0, 0.1), *(("tuned", n, value) for n, value in tuned.items())]
    figures += [("gain", n, value - max(best, near)) for n, value in tuned.items()]
    return [table.Row(**unit, way=way, n=n, value=v, low=v, high=v, parse_rate=0.9) for way, n, v in figures]


def test_a_unit_tells_what_was_known_before_and_what_it_gained():
    told = rows(table, "x", "a", {32: 0.55, 512: 0.9}) + rows(table, "x", "b", {32: 0.7, 512: 0.8}, near=0.4)
    first, second = cases.laboratory(told, largest=True)
    assert (first.best, first.gain) == pytest.approx((0.6, 0.3))
    assert (second.best, second.gain) == pytest.approx((0.5, 0.3))
    wanted = {
        "headroom": 0.4, "doubling": 0.4 * math.log2(4 / 3), "forecast": 0.1, "retrieved": 0.1, "unread": 0.1,
        "probe": -0.05, "other best": 0.5, "other gain": 0.3, "other probe": 0.2, "size": math.log10(0.512),
        "kind programs": 1.0,
    }  # fmt: skip
    assert {name: first.features[name] for name in wanted} == pytest.approx(wanted)
    assert math.isnan(first.features["classes"])
    small = cases.laboratory(told, largest=False)[0]
    assert small.gain == pytest.approx(-0.05)
    assert "probe" not in small.features  # a probe does not predict itself


def test_variants_of_one_data_set_are_left_out_together():
    told = [row for name in ("bank-8", "bank-24", "bank") for row in rows(table, name, "a", {32: 0.9})]
    assert {case.cluster for case in cases.laboratory(told, largest=True)} == {"bank"}
    assert cases.data_set("ferry_facts") == cases.data_set("ferry_format"), "which ask the same inputs"


def test_a_probe_is_set_against_as_many_in_the_prompt_where_both_were_measured():
    told = rows(table, "x", "a", {32: 0.55, 512: 0.9})
    (unshown,) = cases.laboratory(told, largest=True)
    assert (unshown.probes["own"].n_train, unshown.probes["own"].over_shown) == (32, None)
    assert math.isnan(unshown.unit.over_shown)
    (shown,) = cases.laboratory([*told, replace(told[0], n=32, value=0.4, low=0.4, high=0.4)], largest=True)
    assert shown.probes["own"].over_shown.n == 32
    assert shown.unit.over_shown == shown.probes["own"].over_shown.gain.value == pytest.approx(0.15)


def test_how_much_units_differ_in_what_more_examples_add_is_found():
    """From 32 to 128 examples √(32/n) falls by a half, so that a unit adds twice of what is planted."""
    more = np.random.default_rng(0).normal(0.1, 0.03, size=60)
    told = [row for i, up in enumerate(more) for row in rows(table, f"t{i}", "a", {32: 0.6, 128: 0.6 + up})]
    added = FORM.step(np.full(60, 0.6), 0.6 + more)  # the best prompt has 0.6, and so has what 32 trained
    said = more_information.more(cases.laboratory(told, largest=True))
    mean, spread = (said.split(before)[1].split()[0] for before in ("mean ", "included, "))
    assert float(mean) == pytest.approx(2 * added.mean(), abs=0.006)
    assert float(spread) == pytest.approx(2 * added.std(ddof=1), abs=0.006)
    assert "60 units" in said
    assert more_information.more(cases.laboratory(told[:40], largest=True)).startswith("Too few tasks")


def test_a_prediction_above_its_probe_and_above_that_without_is_counted_and_measured_by_what_came_true():
    told = [row for i in range(12) for row in rows(table, f"t{i}", "a", {32: 0.7, 128: 0.8})]
    every = cases.laboratory(told, largest=False)
    said = more_information.beyond_both(every, cases.laboratory(told, largest=True), [])
    assert said.startswith("Of 12 trainings")
    above = int(re.search(r"without it in (\d+), and below both in 0", said)[1])
    by, missed, kept = (float(number) for number in re.findall(r"by (-?[\d.]+) \(", said.replace("−", "-")))
    assert above == 12
    assert by == pytest.approx(missed - kept, abs=0.02)
    assert more_information.beyond_both(every[:4], every, []) == "Too few tasks measured."


def test_the_interval_of_a_deviation_holds_it_nine_times_in_ten():
    rng = np.random.default_rng(0)
    found = [more_information._deviation(rng.normal(size=24), np.repeat(np.arange(12), 2)) for _ in range(800)]
    held = [e.low <= 1 <= e.high for e in found]
    assert np.mean(held) == pytest.approx(0.9, abs=0.03)


def test_new_units_are_compared_by_all_that_was_known_but_for_their_own_task():
    known = invented(cases, tasks=14)
    new = [case for case in known if int(case.cluster[1:]) < 7]
    looked = []

    def seeing(others, asked):
        looked.append(({case.cluster for case in others}, {case.cluster for case in asked}))
        return scoring.predict(others, asked, ())

    told = predictors.compared(new, {"seeing": seeing}, known)
    assert "| seeing | 21 (" in told
    assert sorted(task for _, asked in looked for task in asked) == sorted({case.cluster for case in new})
    assert all(others == {case.cluster for case in known} - asked for others, asked in looked)


def test_units_in_view_before_are_not_among_those_measured_since():
    told = [row for model in "ab" for row in rows(table, "x", model, {32: 0.55, 128: 0.9})]
    found = predictors.since(cases.laboratory(told, largest=True), {("a", "x")})
    assert [case.unit.model for case in found] == ["b"]


def test_own_units_enter_the_evidence_once_and_as_the_package_reads_them(tmp_path):
    file = tmp_path / "evidence.csv"
    names = (
        "source,stratum,citation,model,tiny,task,metric,kind,prompt,shots,zero_shot,best_prompted,doubling,n_train"
        ",fine_tuned,over_shown"
    )
    line = "zeta,published,somewhere,m,,t,exact,sql,examples,4,0.1,0.2,0.04,,0.4,"
    file.write_text(f"{names}\n{line}\n")
    for fine_tuned in (0.8, 0.9):
        told = rows(table, "x", "local/a", {32: 0.55, 512: fine_tuned})
        assert cases.add_evidence(told, file) == 1
    with file.open() as lines:
        ours, other = csv.DictReader(lines)
    assert other == dict(zip(names.split(","), line.split(","), strict=True))
    assert ours["source"] == cases.LAB
    wanted = {
        "shots": 1, "zero_shot": 0.1, "best_prompted": 0.6, "n_train": 512, "fine_tuned": 0.9,
    }  # fmt: skip
    assert {name: float(ours[name]) for name in wanted} == wanted
    assert (ours["stratum"], ours["prompt"]) == ("laboratory", "retrieved")


def test_the_shipped_evidence_has_the_laboratorys_figures_as_they_are_reported(tmp_path):
    shipped = (ROOT / "curvefit" / "payoff" / "evidence.csv").read_text()
    file = tmp_path / "evidence.csv"
    file.write_text(shipped)
    assert cases.add_evidence(table.read(REPORTS / "payoff" / "laboratory.csv"), file) >= 9
    assert file.read_text() == shipped, "run: python -m benchmarks.payoff.laboratory evidence"
