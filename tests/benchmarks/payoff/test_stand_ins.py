"""The page that sets plain classifiers beside fine-tuned models."""

from benchmarks.payoff.stand_ins import Prediction, report
from curvefit.payoff.stand_in import Pair


def test_the_page_counts_the_data_sets_that_it_resamples():
    predictions = [
        Prediction(Pair("lab", name, name, "local/m", n, 100, 0.5, 0.6), 0.4, 0.4, 0.5, 0.7, 0.9)
        for name in ("a", "b", "c")
        for n in (32, 128, 512)
    ]
    assert "(there are 3)" in report(predictions)
    assert "(there are 2)" in report([each for each in predictions if each.pair.data_set != "c"])
