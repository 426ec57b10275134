import numpy as np
import pytest

from benchmarks.payoff.cases import LAB
from benchmarks.payoff.kept_aside import ACCURACY, ARCSINE, LATER, NEWER, crps, parts
from benchmarks.payoff.linear_model import Guess
from curvefit.payoff.evidence import evidence


def test_the_score_of_draws_is_that_of_its_definition():
    rng = np.random.default_rng(0)
    draws, truth = rng.normal(size=(3, 400)), np.array([0.0, 1.0, -2.0])
    apart = np.abs(draws[:, :, None] - draws[:, None]).mean(axis=(1, 2)) / 2
    assert crps(Guess(draws), truth) == pytest.approx(np.abs(draws - truth[:, None]).mean(axis=1) - apart)


def test_true_and_narrow_draws_score_best():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 0.1, size=300)
    wide, right, narrow, off = (
        crps(Guess(rng.normal(shift, sd, size=(300, 500))), truth).mean()
        for shift, sd in ((0, 0.4), (0, 0.1), (0, 0.01), (0.2, 0.1))
    )
    assert right < min(wide, narrow, off)


def test_no_source_is_in_two_parts_and_all_cases_are_in_one():
    older, newer, later = parts(evidence())
    assert len(older) + len(newer) + len(later) == len(evidence())
    assert {case.unit.source for case in newer} == NEWER
    assert not NEWER & {case.unit.source for case in older}
    lab = {case.cluster for case in older if case.unit.source == LAB}
    assert {"banking77", "kubectl"} <= lab, "the laboratory's are left out by data set"
    assert LAB not in lab
    assert {case.cluster for case in later} == LATER, "what was measured after the choice is in neither part"


@pytest.mark.parametrize("scale", [ACCURACY, ARCSINE])
def test_a_scale_leads_back(scale):
    accuracy = np.linspace(0, 1, 21)
    assert scale.accuracy(scale.of(accuracy)) == pytest.approx(accuracy)
    assert np.all(np.diff(scale.of(accuracy)) > 0)
