"""The page that sets plain classifiers beside fine-tuned models."""

import numpy as np

from benchmarks.payoff.stand_ins import Measured, Prediction, predicted, predicted_wider, report
from curvefit.payoff.stand_in import Pair


def test_the_page_counts_the_data_sets_that_it_resamples():
    predictions = [
        Prediction(Pair("lab", name, name, "local/m", n, 100, 0.5, 0.6), 0.4, 0.4, 0.5, 0.7, 0.9)
        for name in ("a", "b", "c")
        for n in (32, 128, 512)
    ]
    assert "(there are 3)" in report(predictions)
    assert "(there are 2)" in report([each for each in predictions if each.pair.data_set != "c"])


def test_where_data_sets_may_differ_for_good_intervals_are_wider_whatever_was_predicted_before():
    tuned = {"a": 0.3, "b": 0.55, "c": 0.75, "d": 0.9}
    pairs = [Pair("lab", d, d, "local/m", n, 100, 0.5, share) for d, share in tuned.items() for n in (128, 512)]
    measured = [Measured(pair, 0.4) for pair in pairs]
    usual, wider = (np.mean([r.high - r.low for r in way(measured)]) for way in (predicted, predicted_wider))
    assert wider > 1.2 * usual
    assert np.mean([r.high - r.low for r in predicted(measured)]) == usual
