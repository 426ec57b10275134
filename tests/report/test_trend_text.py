from dataclasses import replace

import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.reason import Reason
from curvefit.curves.verdict import GainProbabilities, Verdict
from curvefit.report.notebook import as_html
from curvefit.report.page import page
from curvefit.report.terminal import summary, trend_sentence
from curvefit.report.trend_text import chances, leaning_sentence, trend_phrase, trend_with_chance
from curvefit.study import analyze

GAIN = Estimate(0.05, -0.01, 0.12, 0.9)


def verdict(leaning, more, within, less, settle=None):
    of = GainProbabilities(more, within, less)
    return Verdict("inconclusive", leaning, of, GAIN, GAIN, 0.02, 128, (), settle or Reason("narrow"))


@pytest.mark.parametrize(
    ("leaning", "probabilities", "said"),
    [
        ("rising", (0.88, 0.10, 0.02), "Probably still rising at 64 shots: 88%."),
        ("plateau", (0.2, 0.7, 0.1), "Probably a plateau at 64 shots: 70%."),
        ("flat", (0.002, 0.996, 0.002), "Probably flat at 64 shots: over 99%."),
        ("rising", (0.55, 0.40, 0.05), "Perhaps still rising at 64 shots: 55% (level 40%, falling 5%)."),
        ("flat", (0.45, 0.5496, 0.0004), "Perhaps flat at 64 shots: 55% (still rising 45%, falling under 1%)."),
        ("falling", (0.2, 0.3, 0.5), "Perhaps falling at 64 shots: 50% (still rising 20%, level 30%)."),
    ],
)
def test_an_open_verdict_says_what_it_leans_to_and_below_two_thirds_what_else_it_may_be(leaning, probabilities, said):
    assert leaning_sentence(verdict(leaning, *probabilities), 64) == said


def test_what_the_forecast_does_not_know_of_is_said_instead_of_its_chance():
    falling = verdict("plateau", 0.01, 0.98, 0.01, Reason("see-fall", {"peak": 8}))
    assert leaning_sentence(falling, 64) == "Accuracy may be falling: it was higher at 8 shots."
    unseen = verdict("plateau", 0.01, 0.98, 0.01, Reason("past-classes", {"classes": 77}))
    assert leaning_sentence(unseen, 16) == (
        "Level so far, up to 16 shots. It may still rise once all 77 labels have been shown."
    )
    assert [trend_with_chance(v) for v in (falling, unseen)] == ["perhaps falling", "level so far"]


def test_the_few_words_are_those_of_the_sentence():
    found = verdict("rising", 0.88, 0.10, 0.02)
    assert trend_phrase(found) == "probably still rising"
    assert trend_with_chance(found) == "probably still rising (88%)"
    assert chances(found) == "still rising 88%, level 10%, falling 2%"
    decided = replace(found, trend="rising", to_settle=None)
    assert trend_phrase(decided) == trend_with_chance(decided) == "still rising"


def test_no_surface_leaves_a_reader_with_inconclusive():
    study = analyze(Curve.from_means([1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55], n_items=200))
    assert study.verdict.trend == "inconclusive"
    leaning = trend_with_chance(study.verdict)
    assert leaning.startswith("probably still rising (")
    texts = {"page": page(study, ""), "terminal": summary(study, verbose=True)}
    assert all(trend_sentence(study) in text for text in texts.values())
    assert "probably still rising" in summary(study)
    assert not [name for name, text in texts.items() if "inconclusive" in text]
    assert chances(study.verdict) in as_html(study.verdict)
