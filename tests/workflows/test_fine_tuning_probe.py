"""Curves of fine-tuning set beside curves in context: made scores, nothing is trained."""

from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.decision.best_prompt import optimism_of
from curvefit.errors import InputError
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import paired_gain
from curvefit.study import analyze
from curvefit.trials.design import Design
from curvefit.workflows.fine_tuning_probe import check_comparable, conclude_probe
from curvefit.workflows.prompt_and_weights import with_shown


def made(truth, shots, draws=3, **changed):
    rng = np.random.default_rng(len(shots))
    scores = (rng.random((len(shots), draws, 50)) < np.array(truth)[:, None, None]).astype(float)
    names = tuple(f"i{n}" for n in range(50))
    curve = Measurement(shots=np.array(shots), scores=scores, task="made", model="local/x", items=names)
    return replace(curve, **changed)


def test_a_probe_sets_training_against_the_best_prompt():
    study = analyze(made((0.1, 0.4, 0.6), (0, 8, 64)))
    probe = conclude_probe(study, made((0.1, 0.3, 0.9), (0, 32, 512), draws=2), ())
    assert probe.best.point.shots == 64
    assert [gain.value > 0 for gain in probe.gains] == [False, True]
    assert probe.gains[1].low > 0
    assert 32 < probe.break_even.n_train.value < 512
    assert probe.forecast.at(512).value > probe.forecast.at(32).value


def test_a_better_prompt_that_the_probe_measured_itself_is_the_one_to_beat():
    study = analyze(made((0.1, 0.3, 0.2), (0, 4, 8)))
    curve = made((0.1, 0.4, 0.9), (0, 32, 128), draws=2)
    shown = made((0.6,), (32,), draws=4)
    shown = replace(shown, items=(*curve.items, "more"), scores=np.pad(shown.scores, ((0, 0), (0, 0), (0, 1))))
    probe = conclude_probe(study, curve, (), shown)
    assert [point.shots for point in probe.study.points] == [0, 4, 8, 32]
    assert (probe.best.point.shots, probe.best.point.n_draws, probe.best.point.n_items) == (32, 3, 50)
    assert probe.gains[-1] == paired_gain(curve, 128, probe.best.curve, 32, 0.9)
    assert probe.gains[-1].value == pytest.approx(curve.means[2] - shown.scores[0, :3, :50].mean())
    assert probe.optimism == optimism_of(probe.study.curve), "it was picked from all four"
    assert probe.probed(128).best_prompted == probe.best.point.accuracy.value
    assert probe.over_shown.n == 32
    in_pairs = replace(shown, groups=tuple(n // 2 for n in range(51)))
    assert with_shown(replace(study.curve, groups=in_pairs.groups[:50]), in_pairs).groups == in_pairs.groups[:50]
    for apart in (replace(shown, model="local/y"), replace(shown, items=("other",) * 51), None):
        assert conclude_probe(study, curve, (), apart).study is study


def test_a_study_of_means_alone_stays_as_it_is():
    means = Curve.from_means([0, 4], [0.1, 0.3])
    curve = replace(made((0.1, 0.3), (0, 4)), scores=means.scores, summary=means.summary, items=())
    assert with_shown(curve, made((0.6,), (32,))) is curve


def test_a_probe_sets_training_against_retrieved_examples_where_those_are_the_best_prompt():
    curve = made((0.1, 0.4, 0.6), (0, 8, 64))
    similar = made((0.7, 0.95), (1, 4), draws=1, design=Design((1, 4), 1, 50, selection="similar"))
    drawn, near = (
        conclude_probe(analyze(prompted), made((0.1, 0.3, 0.8), (0, 32, 512), draws=2), ())
        for prompted in (curve, curve.beside(similar))
    )
    assert (near.best.retrieved, near.best.point.shots) == (True, 4)
    assert near.gains[1].value < 0 < drawn.gains[1].value
    assert near.break_even.n_train.value > 512 > drawn.break_even.n_train.value


@pytest.mark.parametrize(
    "changed",
    [
        *({"task": "other"}, {"model": "local/y"}, {"items": ("other",) * 50}, {"form": "chat"}),
        {"asked": "an earlier instruction"},
    ],
)
def test_curves_that_cannot_be_compared_are_refused(changed):
    study = analyze(made((0.1, 0.4), (0, 8), **changed))
    with pytest.raises(InputError):
        conclude_probe(study, made((0.1, 0.4), (0, 32), asked="the instruction of now"), ())


def test_a_study_answered_on_one_item_is_refused_before_anything_is_trained():
    curve = made([0.5, 0.5], (0, 4))
    scores = np.full_like(curve.scores, np.nan)
    scores[0, 0, 0] = 1.0
    with pytest.raises(InputError, match="needs two items with a score"):
        check_comparable(analyze(replace(curve, scores=scores)), "made", "local/x", curve.items, "")
