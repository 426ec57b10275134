"""From a classifier's accuracy to a fine-tuned model's."""

from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.payoff.hierarchy import PayoffQuery
from curvefit.payoff.predictor import ClassifierAccuracy, Probed, payoff_of
from curvefit.payoff.reference_class import payoff_reasons, training_decision
from curvefit.payoff.stand_in import Pair, fine_tuned_draws, pairs

CURVE = cf.Curve.from_means([0, 8, 32], [0.3, 0.5, 0.6], n_items=200)


def predicted(share, n=512, known=None, *, tiny=True, items=100):
    """Low, middle and high of the fine-tuned accuracy."""
    draws = fine_tuned_draws(known or pairs(), np.full(4000, share), n, items, tiny=tiny)
    return np.quantile(draws, [0.05, 0.5, 0.95])


def made(difference, n_data_sets=6, per=4, noise=0.0, seed=0):
    """Pairs in which a fine-tuned model's log-odds exceed the classifier's by a number, at any number of examples."""
    rng = np.random.default_rng(seed)
    known = []
    for d in range(n_data_sets):
        for _ in range(per):
            p = rng.uniform(0.2, 0.8)
            odds = np.log(p / (1 - p)) + difference + noise * rng.standard_normal()
            known.append(Pair("made", f"set-{d}", f"task-{d}", "m", 512, 10_000, p, 1 / (1 + np.exp(-odds))))
    return known


@pytest.mark.parametrize("difference", [-0.8, 0.0, 0.8])
def test_a_difference_that_is_always_the_same_is_learned(difference):
    low, middle, high = predicted(0.5, known=made(difference), items=10_000)
    truth = 1 / (1 + np.exp(-difference))
    assert low < truth < high
    assert middle == pytest.approx(truth, abs=0.04)


def test_the_interval_widens_with_the_noise_of_the_pairs():
    widths = [np.ptp(predicted(0.5, known=made(0.3, noise=noise))[[0, 2]]) for noise in (0.1, 0.5)]
    assert widths[1] > 1.5 * widths[0]


def test_few_examples_and_larger_models_have_wider_intervals():
    plain, early, large = predicted(0.7), predicted(0.7, n=32), predicted(0.7, tiny=False)
    assert np.ptp(early) > 1.5 * np.ptp(plain)
    assert np.ptp(large) > 1.2 * np.ptp(plain)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_an_accuracy_stays_one_and_rises_with_the_classifier_s(share):
    low, middle, high = predicted(share)
    assert 0 <= low <= middle <= high <= 1
    assert middle >= predicted(max(share - 0.3, 0.0))[1]


def test_a_data_set_left_out_is_predicted_within_its_intervals():
    known = pairs()
    held, errors = [], []
    for data_set in {pair.data_set for pair in known}:
        others = [pair for pair in known if pair.data_set != data_set]
        for pair in known:
            if pair.data_set == data_set and pair.n_train >= 128:
                low, middle, high = predicted(pair.classifier, pair.n_train, others, items=pair.items)
                held.append(low <= pair.fine_tuned <= high)
                errors.append(abs(middle - pair.fine_tuned))
    assert len(held) == 34
    assert np.mean(held) >= 0.85
    assert np.mean(errors) <= 0.04


def payoff(share, best=0.6, model="local/gemma3-270m", probes=(), task="new"):
    query = PayoffQuery("classification", 512, tiny=True, task=task, model=model)
    classifier = ClassifierAccuracy(np.array([share]), 200, best, at_probes=tuple(share for _ in probes))
    return payoff_of(CURVE, np.full(2000, best), query, margin=0.02, probes=probes, classifier=classifier)


def test_a_classifier_far_above_the_best_prompt_decides_for_training_and_one_far_below_against():
    assert training_decision(payoff(0.95)) == "pays"
    assert training_decision(payoff(0.4, best=0.8)) == "does not pay"
    assert training_decision(payoff(0.6)) == "open"


def test_no_gain_is_predicted_beyond_the_room():
    full = payoff(1.0, best=1.0)
    assert full.gain.high < 0.01, "as far as 200 items tell"
    assert full.probability < 0.02
    for share in (0.0, 0.5, 1.0):
        assert -share <= payoff(0.9, best=share).gain.low <= payoff(0.9, best=share).gain.high <= 1 - share + 0.03


def test_a_prompt_and_a_classifier_that_are_right_on_the_same_few_items_promise_no_gain():
    few = payoff_of(
        CURVE, np.full(2000, 0.94), PayoffQuery("classification", 512, tiny=True, task="new"), margin=0.02,
        classifier=ClassifierAccuracy(np.array([1.0]), 20, 1.0),
    )  # fmt: skip
    assert few.gain.value < 0.02
    assert few.probability < 0.4


def test_pairs_of_the_very_task_are_left_out():
    assert payoff(0.9).stand_in.pairs == len(pairs())
    own = payoff(0.9, task="tickets").stand_in
    assert own.pairs == len([pair for pair in pairs() if pair.task != "tickets"]) < len(pairs())


def test_a_probe_of_the_very_model_says_more_than_a_classifier():
    probe = Probed("local/gemma3-270m", 0.6, 512, cf.Estimate(0.3, 0.25, 0.35, 0.9))
    assert payoff(0.4, probes=[probe]).stand_in is None
    assert payoff(0.4, probes=[replace(probe, model="other")]).stand_in is not None


def test_a_probe_of_another_model_moves_the_prediction_towards_what_it_gave_over_the_classifier():
    plain = payoff(0.6, best=0.6).gain
    good, bad = (
        payoff(0.6, best=0.6, probes=[Probed("other", 0.6, 512, cf.Estimate(gain, gain - 0.05, gain + 0.05, 0.9))]).gain
        for gain in (0.3, -0.3)
    )
    assert bad.value < plain.value < good.value
    assert good.high - good.low < 1.5 * (plain.high - plain.low)


def test_reasons_name_the_classifier_in_the_place_of_cases():
    codes = {reason.code: reason.values for reason in payoff_reasons(payoff(0.9))}
    assert "measured-cases" not in codes
    assert codes["stand-in"]["classifier"].value == 0.9
    assert codes["stand-in"]["larger"] == 0
