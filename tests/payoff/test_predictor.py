import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.predicted_payoff import predict_payoff
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement
from curvefit.payoff import hierarchy
from curvefit.payoff import predictor as model
from curvefit.payoff.cross_validation import backtest
from curvefit.payoff.evidence import Unit, evidence
from curvefit.payoff.hierarchy import Form, PayoffQuery, gains
from curvefit.payoff.metrics import auc
from curvefit.payoff.predictor import OverShown, Probed, payoff_of, with_probes
from curvefit.payoff.reference_class import payoff_reasons
from curvefit.study import analyze
from curvefit.task_kinds import GROUPS

OWN = PayoffQuery("", 1000.0, False, "own", "own")
CURVE = Curve.from_means([1, 4], [0.5, 0.6], n_items=[300, 300])


def unit(source, kind, best, fine_tuned, n_train=1000.0, *, task="t", tiny=False):
    return Unit(source, "made up", "m", task, "accuracy", kind, 4.0, best, 0.0, n_train, fine_tuned, tiny)


def probed(gain, error=0.03, n_train=128):
    """A probe whose gain has an interval of 90%."""
    return Probed(
        "local/x", 0.5, n_train, Estimate(gain, max(gain - 5 / 3 * error, -1.0), min(gain + 5 / 3 * error, 1.0), 0.9)
    )


def of_own(unit):
    return replace(unit, source="own", task="own")


def invented(seed, sources=30):
    """Units whose gains follow the model: a group effect, a source effect and noise."""
    rng = np.random.default_rng(seed)
    kinds = [kinds[0] for kinds in GROUPS.values()]
    of_kind = dict(zip(kinds, (0.25, 0.15, -0.15, 0.0, -0.05), strict=True))
    units = []
    for s in range(sources):
        shift = rng.normal(0, 0.05)
        for number in range(3):
            kind = kinds[rng.integers(len(kinds))]
            best = rng.uniform(0.3, 0.7)
            gain = of_kind[kind] + 0.2 * (0.5 - best) + shift + rng.normal(0, 0.07)
            units.append(unit(f"s{s}", kind, best, float(np.clip(best + gain, 0, 1)), task=f"t{number}"))
    return units


@pytest.mark.parametrize(
    ("source", "task", "tiny", "unknown"),
    [
        ("elsewhere", "t0", False, 0.05**2 + 0.08**2),
        ("s3", "new", False, 0.08**2),
        ("s3", "t1", False, 0.0),
        ("s3", "t1", True, 0.0),
    ],
)
def test_given_its_spreads_the_posterior_is_that_of_regression_with_dummies(monkeypatch, source, task, tiny, unknown):
    """The same model in the space of weights: a column for all that units may share, a ridge for every prior."""
    monkeypatch.setattr(hierarchy, "_NOISE_SD", (0.06,))
    monkeypatch.setattr(hierarchy, "_EFFECT_SD", ((0.1,), (0.07,), (0.05,), (0.08,)))
    monkeypatch.setattr(hierarchy, "_LEARNING", np.array([0.4]))
    form = Form(retrieved_sd=0.04)
    units = invented(0, sources=8)
    units += [replace(u, n_train=100.0, fine_tuned=0.9 * u.fine_tuned, tiny=True, error=0.1) for u in units[::2]]
    units = [replace(u, over_shown=math.nan if i % 2 else 0.05 * (i % 7)) for i, u in enumerate(units)]
    units = [replace(u, model=f"m{i}", shots=float(i % 3), prompt=("retrieved", "examples")[i % 2])
             for i, u in enumerate(units)]  # fmt: skip
    usual = np.nanmean([u.over_shown for u in units])
    shared = [
        sorted(set(column) - {""}) for column in zip(*[PayoffQuery.of(u).effect_names() for u in units], strict=True)
    ]
    hierarchy._posterior_of.cache_clear()

    def row(best, query, over_shown):
        more = 0.0 if math.isnan(over_shown) else over_shown - usual
        dummies = [name == own for names, own in zip(shared, query.effect_names(), strict=True) for name in names]
        at = float(form.scale.of(np.array(best)) - form.scale.of(np.array(0.5)))
        slopes = [at * (name == query.effect_names()[0]) for name in shared[0]]
        flags = (query.zero_shot_only, query.retrieved)
        return np.array([1.0, at, (1 - best) * more, *map(float, (*flags, *dummies, *slopes))])

    def learning_term(n_train):
        return 0.4 * (math.sqrt(32 / 1000) - math.sqrt(32 / n_train))

    multiple = dict(form.noise)
    x = np.array([row(u.best_prompted, PayoffQuery.of(u), u.over_shown) for u in units])
    steps = [float(form.step(np.array(u.best_prompted), np.array(u.fine_tuned))) for u in units]
    y = np.array([step - learning_term(u.n_train) for step, u in zip(steps, units, strict=True)])
    precision = np.array([1 / ((0.06 * multiple[u.group]) ** 2 + u.error**2) for u in units])
    spreads = [sd for sd, names in zip((0.1, 0.07, 0.05, 0.08), shared, strict=True) for _ in names]
    prior = np.array([0.3, 0.25, 1.0, 0.15, 0.04, *spreads, *[0.3] * len(shared[0])])
    covariance = np.linalg.inv(x.T * precision @ x + np.diag(prior**-2.0))
    query = PayoffQuery("sql", 500.0, tiny, source, task, zero_shot_only=True)
    new = row(0.4, query, 0.4)
    mean = new @ covariance @ (x.T * precision) @ y + learning_term(500.0)
    sd = math.sqrt(new @ covariance @ new + unknown + (0.06 * multiple["programs"]) ** 2)
    drawn = form.step(np.full(40_000, 0.4), 0.4 + gains(units, np.full(40_000, 0.4), query, 0.4, form))
    hierarchy._posterior_of.cache_clear()
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / 200)
    assert drawn.std() == pytest.approx(sd, rel=0.02)


def test_what_tiny_models_gain_tells_of_larger_ones_only_as_far_as_the_evidence_has_both_alike():
    kinds = [kinds[0] for kinds in GROUPS.values()]
    rng = np.random.default_rng(6)

    def of(tiny, sign):
        return [
            unit(f"{tiny}{n}", kind, 0.5, 0.5 + sign * (0.25 if i % 2 else -0.25) + rng.normal(0, 0.05), tiny=tiny)
            for i, kind in enumerate(kinds) for n in range(4)
        ]  # fmt: skip

    larger = [u for u in of(False, 1) if u.kind != kinds[0]]
    with_tiny = {sign: [*larger, *of(True, sign)] for sign in (1, -1)}
    guess = {sign: gains(units, np.full(8000, 0.5), PayoffQuery(kinds[0], 1000.0)) for sign, units in with_tiny.items()}
    assert guess[1].mean() < -0.1, "tiny and larger models are alike in the other groups: so here"
    assert guess[-1].mean() > guess[1].mean() + 0.1
    assert guess[-1].std() > guess[1].std(), "they are unlike there, and little is known of this group"


def of_tasks(alike, seed=4, tasks=45):
    """Two models on every task, three tasks a source, whose gains have a known share in common."""
    rng = np.random.default_rng(seed)
    units = []
    for t in range(tasks):
        common = rng.normal(0, 0.2)
        for name in ("one", "other"):
            gain = 0.05 + alike * common + math.sqrt(1 - alike**2) * rng.normal(0, 0.2)
            plain = unit(f"s{t % 15}", "", 0.5, float(np.clip(0.5 + gain, 0, 1)), task=f"t{t}")
            units.append(replace(plain, model=name))
    return units


def test_a_probe_tells_by_as_much_as_models_on_one_task_are_alike():
    moved = {}
    for alike in (0.0, 0.95):
        without, low, high = (
            gains([*of_tasks(alike), *own], np.full(8000, 0.5), OWN)
            for own in ([], *[[unit("own", "", 0.5, score, task="own")] for score in (0.2, 0.9)])
        )
        moved[alike] = (high.mean() - low.mean()) / 0.7, (low.std() + high.std()) / 2 / without.std()
    assert moved[0.95][0] > 0.6
    assert moved[0.0][0] < 0.4
    assert moved[0.95][1] < 0.75 < moved[0.0][1]


def test_a_study_takes_a_probe_into_its_prediction_and_says_so():
    rng = np.random.default_rng(2)
    scores = (rng.random((3, 3, 60)) < np.array([0.1, 0.4, 0.6])[:, None, None]).astype(float)
    curve = Measurement(shots=np.array([0, 4, 16]), scores=scores, kind="poetry", pool=500)
    plain, bad, good = (analyze(curve, probes=probes) for probes in ((), [probed(-0.4)], [probed(0.45)]))
    assert bad.payoff.gain.value < plain.payoff.gain.value < good.payoff.gain.value
    assert plain.verdict == good.verdict
    assert good.payoff.probes == good.probes == (probed(0.45),)
    (counted,) = (reason.values for reason in payoff_reasons(good.payoff) if reason.code == "probed")
    assert (counted["model"], counted["n_train"], counted["gain"]) == ("local/x", 128, probed(0.45).gain)
    assert "probed" not in [reason.code for reason in payoff_reasons(plain.payoff)]


def led(seed, known=1.0, tasks=60):
    """Units gaining what training gave over showing, times the room; that comparison is known of some of them."""
    rng = np.random.default_rng(seed)
    made = []
    for t in range(tasks):
        lead, best = rng.uniform(-0.3, 0.5), rng.uniform(0.2, 0.8)
        plain = unit(f"s{t % 15}", "", best, float(np.clip(best + (1 - best) * lead, 0, 1)), task=f"t{t}")
        made.append(replace(plain, over_shown=lead if t < known * tasks else math.nan))
    return made


def compared(lead, model="m", error=0.0):
    """A probe whose gain over the best prompt is hardly known, and what training gave over showing."""
    shown = OverShown(32, Estimate(lead, max(lead - error, -1.0), min(lead + error, 1.0), 0.9))
    return replace(probed(0.0, error=0.59), model=model, over_shown=shown)


def drawn_with(units, *probes):
    known, query, over_shown = with_probes(units, replace(OWN, model="m"), probes)
    return gains(known, np.full(20_000, 0.5), query, over_shown)


@pytest.mark.parametrize("known", [1.0, 0.5])
def test_training_over_showing_counts_as_it_has_told_where_it_is_known(known):
    units = led(5, known)
    without = drawn_with(units, compared(0.5, "another")).mean()
    usual = float(np.nanmean([u.over_shown for u in units]))
    far, as_usual, ahead = (drawn_with(units, compared(lead)).mean() for lead in (-0.3, usual, 0.5))
    assert ahead - far == pytest.approx(0.4, abs=0.1)
    assert far < without - 0.05 < without + 0.05 < ahead
    assert as_usual == pytest.approx(without, abs=0.02), "who was probed gains no more for that"


def test_what_is_measured_badly_tells_little_and_of_two_the_better_one_counts():
    units = led(5)
    usual, sure, unsure = (drawn_with(units, probe).mean() for probe in (
        compared(float(np.mean([u.over_shown for u in units]))), compared(0.5, error=0.02), compared(0.5, error=0.5),
    ))  # fmt: skip
    assert unsure - usual < 0.6 * (sure - usual)
    both = with_probes(units, replace(OWN, model="m"), [compared(-0.3, error=0.5), compared(0.5, error=0.02)])[2]
    assert both == with_probes(units, replace(OWN, model="m"), [compared(0.5, error=0.02)])[2] > 0.4


def test_training_over_showing_tells_nothing_of_another_model_nor_of_what_was_measured_itself():
    query = replace(OWN, model="m")
    for told, setting in ((compared(0.5, "another"), query), (compared(0.5, ""), OWN),
                          (compared(0.5), replace(query, n_train=128.0)), (compared(0.5), query)):  # fmt: skip
        assert math.isnan(with_probes(led(5), setting, [told])[2]) == (setting != query or told.model != "m")
    assert math.isnan(with_probes(invented(1), query, [compared(0.5)])[2]), "nobody knows what it tells"


def test_without_a_probe_no_comparison_is_looked_at():
    units = led(5)
    untold = [replace(u, over_shown=math.nan) for u in units]
    assert np.array_equal(*(drawn_with(known) for known in (units, untold)))


def test_a_probe_tells_less_the_further_its_examples_are_from_those_asked_about():
    units = of_tasks(0.95)
    away = []
    for n in (1000, 500, 100, 32):
        low, high = (drawn_with(units, probed(gain, n_train=n)).mean() for gain in (-0.3, 0.3))
        away.append(high - low)
    assert all(near > far + 0.005 for near, far in pairwise(away))
    errors = [probed(0.1, error=0.0, n_train=32).unit(replace(OWN, n_train=n)).error for n in (32.0, 33.0, 128.0)]
    assert errors == pytest.approx([0.0, 0.5 * (1 - math.sqrt(32 / 33)), 0.5 * 0.5])


def test_what_leads_from_a_probe_to_the_prediction_adds_up_and_more_examples_may_lead_above_both():
    gained = Probed("m", 0.75, 128, Estimate(0.2, 0.1, 0.3, 0.9))
    best = np.full(4000, 0.7)
    of = PayoffQuery("extraction", 1000.0, tiny=True, model="m")
    alone, beside = (payoff_of(CURVE, best, of, margin=0.02, probes=probes) for probes in ((), (gained,)))
    path = beside.from_probe
    assert beside.gain.value > max(alone.gain.value, gained.gain.value)
    assert path.probe.gain.value + path.change == pytest.approx(beside.gain.value)
    assert path.examples > 0 < path.prompt, "more examples, and more room over 70% than over 75%"
    same = np.full(4000, 0.75), replace(of, n_train=128.0)
    as_many = payoff_of(CURVE, *same, margin=0.02, probes=(gained,)).from_probe
    assert (as_many.prompt, as_many.examples) == (0.0, 0.0)
    assert alone.from_probe is None
    assert payoff_of(CURVE, best, replace(of, model="another"), margin=0.02, probes=(gained,)).from_probe is None
    (said,) = (reason.values for reason in payoff_reasons(beside) if reason.code == "from-probe")
    assert (said["examples"], said["n_train"], said["prompted"]) == (path.examples, 128, pytest.approx(0.7))


def test_a_payoff_says_what_of_a_probe_counts():
    for name, n_train, lead in (("m", 500, True), ("another", 500, False), ("m", 128, False)):
        plain = predict_payoff(CURVE, kind="sql", n_train=n_train)
        reasons = payoff_reasons(replace(plain, probes=(compared(0.1, name, 0.05),), model="m"))
        assert [reason.values["n"] for reason in reasons if reason.code == "probe-lead"] == [32] * lead
        (counted,) = (reason.values for reason in reasons if reason.code == "probed")
        assert (counted["n_train"], counted["wanted"], counted["own"]) == (128, n_train, int(name == "m"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gain": Estimate(1.5, 1.4, 1.6, 0.9)}, "gain of a probe"),
        ({"gain": Estimate(0.1, math.nan, math.nan, 0.9)}, "gain of a probe"),
        ({"best_prompted": math.nan}, "best_"),
        ({"n_train": 0}, "at least 1"),
        ({"n_train": math.nan}, "at least 1"),
    ],
)
def test_a_probe_with_an_impossible_figure_is_refused(wrong, said):
    with pytest.raises(CurveError, match=said):
        replace(probed(0.1), **wrong)


@pytest.mark.parametrize(
    ("n", "gain"),
    [(15, Estimate(0.1, 0.0, 0.2, 0.9)), (65, Estimate(0.1, 0.0, 0.2, 0.9)), (32, Estimate(math.nan, 0.0, 0.2, 0.9))],
)
def test_training_over_showing_is_about_32_examples_and_a_change_of_accuracy(n, gain):
    with pytest.raises(CurveError, match="over_shown of a probe"):
        OverShown(n, gain)


def test_an_interval_cut_at_the_bounds_is_no_surer():
    query = replace(OWN, n_train=128.0)
    whole, cut = (replace(probed(0.9), gain=Estimate(0.9, 0.6, high, 0.9)).unit(query).error for high in (0.99, 1.0))
    assert whole == cut > 0.2


def near(prompted, gain, reach, items):
    """A probe of the very model, with so much to each side of its gain."""
    of = Estimate(gain, max(gain - reach, -1.0), min(gain + reach, 1.0), 0.9)
    return Probed("m", prompted, 128, of, optimism=0.0, items=items)


def test_as_many_items_say_less_near_the_ends_of_the_scale():
    """A point at 97% is as much there as four at one half: 29 of 30 said "95% to 100% once fine-tuned"."""
    query = replace(OWN, n_train=128.0, model="m")
    middle, high, low = (near(at, 0.0, 0.09, 30).unit(query).error for at in (0.5, 0.97, 0.03))
    assert middle < 0.03
    assert min(high, low) > 4 * middle
    loss, gain = (near(at, by, 0.09, 30).unit(query).error for at, by in ((0.3, -0.2), (0.1, 0.2)))
    assert loss > 1.5 * gain


@pytest.mark.parametrize(("prompted", "reach"), [(0.5, 0.09), (0.9, 0.07), (0.97, 0.04)])
def test_a_prediction_is_not_much_surer_than_the_very_model_s_own_training(prompted, reach):
    """At 90% its interval was little more than half as wide, and held the truth in 82% of simulations."""
    query = PayoffQuery("extraction", 128.0, source="own", task="own", model="m")
    units, asked, lead = with_probes(evidence(), query, [near(prompted, 0.0, reach, 100)])
    scored = np.random.default_rng(0).beta(100 * prompted + 0.5, 100 * (1 - prompted) + 0.5, 4_000)
    low, high = np.quantile(gains(units, scored, asked, lead), (0.05, 0.95))
    assert high - low > 0.7 * 2 * reach


def test_one_item_of_thirty_does_not_decide_that_training_pays():
    """29 of 30 prompted and 30 of 30 tuned: the probe's own chance of more than 2 points is 62%."""
    right = {0: 14, 1: 14, 4: 26, 16: 29}
    scores = [np.tile(np.arange(30) < count, (2, 1)) for count in right.values()]
    of = Measurement(shots=list(right), scores=np.array(scores, float), items=tuple(map(str, range(30))), model="m")
    for kind in ("extraction", "classification", "code"):
        study = analyze(of, margin=0.02, kind=kind, n_train=128, probes=(near(29 / 30, 1 / 30, 0.068, 30),))
        assert (study.payoff.probability < 0.8, study.payoff.gain.low < 0.0, study.advice.training) == (
            True,
            True,
            "open",
        )


def test_a_probe_measured_as_well_as_units_usually_are_counts_in_full():
    """The noise of the units holds such an error already, and so does what training over showing told of them."""
    query, units = replace(OWN, n_train=128.0, model="m"), led(5)
    told = [
        (probe.unit(query).error, with_probes(units, replace(query, n_train=999.0), [probe])[2])
        for error in (0.01, 0.08, 0.2)
        for probe in [replace(compared(0.5, error=error), gain=Estimate(0.0, -error, error, 0.9))]
    ]
    assert [error for error, _ in told[:2]] == [0.0, 0.0] < [told[2][0]]
    assert [lead for _, lead in told[:2]] == pytest.approx([0.5, 0.5])
    assert told[2][1] < 0.49


def test_a_probe_on_few_items_tells_less():
    sure, unsure = (drawn_with(of_tasks(0.95), probed(0.45, error)) for error in (0.01, 0.4))
    assert unsure.mean() < sure.mean() - 0.05
    assert unsure.std() > sure.std()


def test_what_examples_add_is_learnt_from_the_units():
    def few_lose(by):
        return [replace(u, n_train=32.0, fine_tuned=u.fine_tuned - by * (i % 2), source=f"{i}")
                if i % 2 else replace(u, source=f"{i}") for i, u in enumerate(invented(3))]  # fmt: skip

    steep, level = (
        np.subtract(*(gains(few_lose(by), np.full(8000, 0.6), PayoffQuery("", n)).mean() for n in (1000.0, 32.0)))
        for by in (0.5, 0.0)
    )
    assert steep > 0.3
    assert -0.01 < level < 0.1


@pytest.mark.parametrize("gain", [-0.3, 0.0, 0.3])
def test_more_examples_never_count_against_fine_tuning(gain):
    units = [*evidence(), of_own(probed(gain, n_train=16).unit(replace(OWN, kind="classification", n_train=16.0)))]
    by_size = [
        gains(units, np.full(8000, 0.6), replace(OWN, kind="classification", n_train=n)).mean()
        for n in (16.0, 75.0, 500.0, 5000.0)
    ]
    assert np.all(np.diff(by_size) > -0.003)


@pytest.mark.slow
def test_on_data_that_follow_it_the_prediction_is_calibrated_and_tells_apart():
    found = backtest(invented(1))
    assert 0.8 <= found.coverage.value <= 0.98
    assert found.auc.low > 0.75
    assert found.advantage.low > 0


def test_a_prediction_does_not_see_its_own_source():
    units = invented(2, sources=6)
    changed = [u if u.source != "s0" else unit("s0", u.kind, u.best_prompted, 1 - u.fine_tuned) for u in units]
    for before, after in zip(backtest(units).cases, backtest(changed).cases, strict=True):
        same = before.unit.source == "s0"
        assert (before.gain == after.gain) == same
        assert (before.base == after.base) or not same


@pytest.mark.parametrize("best", [0.0, 0.03, 0.5, 0.97, 1.0])
def test_a_step_on_the_scale_and_back_is_the_gain_and_no_step_leaves_the_room(best):
    form, start = hierarchy.FORM, np.full(101, best)
    tuned = np.linspace(0, 1, 101)
    assert form.gain(start, form.step(start, tuned)) == pytest.approx(tuned - best, abs=1e-9)
    for far in (-9.0, 9.0):
        assert 0 <= best + form.gain(np.array(best), np.array(far)) <= 1


def test_at_97_percent_more_than_2_points_can_be_unlikely():
    """The room is 3 points: two thirds of what is wrong would have to be mended."""
    units = [unit(f"s{s}", "sql", best, best + 0.2 * (1 - best), task=f"t{best}")
             for s in range(8) for best in (0.3, 0.5, 0.7, 0.9)]  # fmt: skip
    drawn = gains(units, np.full(8000, 0.97), PayoffQuery("sql", 1000.0))
    assert (drawn > 0.02).mean() < 0.2
    assert (gains(units, np.full(8000, 0.5), PayoffQuery("sql", 1000.0)) > 0.02).mean() > 0.7


def test_accuracies_of_whole_numbers_are_predicted_as_any_other():
    units = [unit(f"s{s}", "sql", 0.3, 0.5, task=f"t{s}") for s in range(8)]
    whole, share = (gains(units, np.zeros(800, dtype), PayoffQuery("sql", 1000.0)) for dtype in (int, float))
    assert np.array_equal(whole, share)


def test_the_very_model_fine_tuned_on_as_many_examples_counts_for_more_than_all_the_rest():
    query = replace(OWN, kind="classification", model="m")
    for gain in (-0.2, 0.0, 0.2):
        known, asked, _ = with_probes(list(evidence()), query, [replace(probed(gain, n_train=1000), model="m")])
        drawn = gains(known, np.full(8000, 0.5), asked)
        low, high = np.quantile(drawn, (0.05, 0.95))
        assert low < gain < high
        assert high - low < 0.25
        another = with_probes(list(evidence()), query, [replace(probed(gain, n_train=1000), model="another")])[0]
        far = np.quantile(gains(another, np.full(8000, 0.5), asked), (0.05, 0.95))
        assert far[1] - far[0] > 1.5 * (high - low)


def test_what_is_gained_more_over_a_prompt_without_examples_is_learnt():
    def made(more, sources=12):
        return [replace(unit(f"s{s}", "sql", 0.4, 0.5 + more * (s % 2), task="t"), shots=0.0 if s % 2 else 4.0)
                for s in range(sources)]  # fmt: skip

    def over_more(units):
        with_and_without = [replace(PayoffQuery("sql", 1000.0), zero_shot_only=only) for only in (True, False)]
        return float(np.subtract(*(gains(units, np.full(8000, 0.4), query).mean() for query in with_and_without)))

    assert over_more(made(0.2)) == pytest.approx(0.2, abs=0.05)
    assert over_more(made(0.0)) == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("kind", ["classification", "multilingual-qa", "a kind of its own"])
def test_a_gain_stays_within_what_accuracy_can_be(kind):
    for best in (0.02, 0.98):
        drawn = gains(evidence(), np.full(2000, best), PayoffQuery(kind, 100.0))
        assert drawn.min() >= -best
        assert drawn.max() <= 1 - best


def test_more_room_more_examples_and_a_known_kind_do_what_they_should():
    at = [
        gains(evidence(), np.full(8000, best), PayoffQuery("classification", 1000.0)).mean() for best in (0.2, 0.5, 0.8)
    ]
    assert all(low > high for low, high in pairwise(at))
    sizes = [predict_payoff(CURVE, kind="classification", n_train=n).gain.value for n in (30, 1000, 30_000)]
    assert sizes == sorted(sizes)
    known, unknown = (predict_payoff(CURVE, kind=kind, n_train=1000).gain for kind in ("json/api", "poetry"))
    assert unknown.high - unknown.low > known.high - known.low


def test_a_better_retrieved_prompt_leaves_less_to_gain():
    plain, same, better = (
        predict_payoff(CURVE, kind="extraction", n_train=1000, retrieved=score) for score in (None, 0.1, 0.9)
    )
    assert plain == same
    assert better.gain.value < plain.gain.value
    assert better.gain.high <= 0.1 + 1e-9


def test_a_payoff_names_what_it_rests_on_and_says_what_the_rule_says():
    found = predict_payoff(CURVE, kind="multilingual-mt", n_train=1000)
    assert 0 <= found.probability <= 1
    assert len(found.basis) == sum(u.group == "text" for u in evidence()) > 0
    assert (found.rule.rises, found.rule.alike) == (True, True)
    assert found.rule.doubling == pytest.approx(0.056, abs=5e-4)
    alone = predict_payoff(Curve.from_means([0, 8], [0.6, 0.6]), kind="poetry", n_train=1000)
    assert alone.basis == ()
    assert (alone.rule.doubling, alone.rule.rises, alone.rule.alike) == (0.0, False, False)


def test_the_rule_is_judged_by_the_cases_in_which_it_said_the_same(monkeypatch):
    gained = [(0.1, 0.2), (0.1, -0.2), (0.1, 0.2), (0.0, 0.2), (0.0, -0.1)]  # of the last doubling, of fine-tuning
    units = tuple(replace(unit(f"s{n}", "mt", 0.5, 0.5 + gain), doubling=last) for n, (last, gain) in enumerate(gained))
    monkeypatch.setattr(model, "evidence", lambda: units)
    flat = Curve.from_means([0, 8], [0.6, 0.6])
    rules = [predict_payoff(curve, kind="mt", n_train=100).rule for curve in (CURVE, flat)]
    assert [(rule.cases, rule.right) for rule in rules] == [(3, 2), (2, 1)]
    monkeypatch.setattr(model, "evidence", lambda: units[3:])
    assert predict_payoff(CURVE, kind="mt", n_train=100).rule.cases == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_train": 0}, "n_train must be a whole number, 1 to 1,000,000,000, not 0"),
        ({"n_train": 1.5}, "n_train must be a whole number, 1 to 1,000,000,000, not 1.5"),
        ({"n_train": math.nan}, "n_train must be a whole number, 1 to 1,000,000,000, not nan"),
        ({"n_train": 10**20}, "n_train must be a whole number, 1 to 1,000,000,000, not 1000"),
        ({"kind": " "}, "kind must be text, such as 'classification', not ' '"),
        ({"retrieved": "x"}, "retrieved must lie in"),
        ({"margin": "x"}, "margin lies between 0 and 1, not 'x'"),
        ({"retrieved": 1.2}, r"retrieved must lie in \[0, 1\], not 1.2"),
        ({"margin": 0.0}, "margin lies between 0 and 1"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, said):
    with pytest.raises(CurveError, match=said):
        predict_payoff(CURVE, **{"kind": "qa", "n_train": 100, **wrong})


@pytest.mark.parametrize(
    ("probed", "query", "tiny", "counts"),
    [("own", "own", False, False), ("own", "own", True, True), ("small", "own", False, True), ("", "", False, True)],
)
def test_a_probe_of_the_very_model_is_of_its_size_and_any_other_small(probed, query, tiny, counts):
    unit = Probed(probed, 0.5, 128, Estimate(0.1, 0.0, 0.2, 0.9)).unit(PayoffQuery("qa", 100, tiny, model=query))
    assert unit.tiny == counts


def test_a_probe_leads_to_no_more_than_a_perfect_score():
    """Its gain may be over fewer items than its best prompt was scored on."""
    assert Probed("m", 0.9, 128, Estimate(0.2, 0.1, 0.3, 0.9)).unit(PayoffQuery("qa", 100)).fine_tuned == 1.0


def test_auc_counts_ties_by_half_and_needs_both_outcomes():
    paid = np.array([True, True, False, False])
    assert auc(np.array([0.9, 0.5, 0.5, 0.1]), paid) == pytest.approx(0.875)
    assert auc(np.ones(4), paid) == 0.5
    assert math.isnan(auc(np.ones(4), np.ones(4, dtype=bool)))


def test_a_sample_task_is_not_predicted_from_its_own_fine_tuning():
    scores = np.array([0.0, 1.0, 1.0, 0.0] * 15).reshape(1, 3, 20)
    curve = Measurement(shots=np.array([4]), scores=scores, kind="dsl", model="local/gemma3-270m", pool=500)
    own, other = (analyze(replace(curve, task=name)).payoff for name in ("kubectl", "something else"))
    models = ("local/gemma3-270m", "local/smollm2-135m")
    assert set(other.basis) - set(own.basis) == {f"curvefit-lab: kubectl ({model})" for model in models}
    assert own.gain != other.gain


def test_small_matrices_are_solved_by_one_thread_whatever_the_program_around_uses(monkeypatch):
    """On a busy machine several threads took 15 times as long."""
    from scipy.linalg import lapack

    def threads():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    solve, inside = lapack.dpotrf, []

    def watched(*arguments, **options):
        inside.append(threads())
        return solve(*arguments, **options)

    monkeypatch.setattr(lapack, "dpotrf", watched)
    hierarchy._posterior_of.cache_clear()
    with threadpool_limits(2, "blas"):
        gains(evidence()[:5], np.full(10, 0.5), PayoffQuery("classification", 100))
        assert threads() == {2}
    assert inside[:1] == [{1}]


def test_what_a_probe_gained_counts_the_same_however_much_of_its_prompts_score_is_luck():
    """Seen: 28% for a probe of -2.0 points with luck of 7.7, and 64% for the same told as +5.7 without."""
    lucky = Probed("m", 0.8, 128, Estimate(-0.02, -0.08, 0.04, 0.9), optimism=0.077, items=100)
    fair = Probed("m", 0.723, 128, Estimate(0.057, -0.003, 0.117, 0.9), optimism=0.0, items=100)
    of = PayoffQuery("extraction", 128, model="m")
    one, other = (replace(probe.unit(of), error=0.0) for probe in (lucky, fair))
    assert (one.best_prompted, one.fine_tuned) == pytest.approx((other.best_prompted, other.fine_tuned))
    best = np.full(4_000, 0.8)
    paths = [payoff_of(CURVE, best, of, margin=0.02, probes=(probe,)).from_probe for probe in (lucky, fair)]
    assert abs(paths[0].cases - paths[1].cases) < 0.01
    assert [path.change for path in paths] == pytest.approx([paths[1].change] * 2, abs=0.01)
