import sqlite3
from contextlib import closing

import numpy as np
import pytest

from curvefit import Design, load_task, resolve
from curvefit.curves.value_of_information import Extent
from curvefit.measurement.measure import measure
from curvefit.report.study_reader import read_study
from curvefit.report.study_record import file_of, to_record
from curvefit.study import analyze
from curvefit.workflows.full_study import Asking, Criteria, decide

TASK = "sample_tasks/reviews"
DESIGN = Design(shots=(0, 1, 2, 4, 8, 16, 32, 64), draws=5, items=100, seed=1)


@pytest.fixture
def task(request):
    return load_task(request.config.rootpath / TASK)


def journalled(path):
    with closing(sqlite3.connect(path)) as journal:
        return journal.execute("SELECT count(*) FROM replies").fetchone()[0]


def write(study, folder):
    path = folder / "study.json"
    path.write_bytes(file_of(to_record(study)))
    return path


def in_looks(task, truth, margin, journal=None, notify=None):
    how = Asking(until_decided=True, journal=journal, notify=notify)
    return decide(task, DESIGN, resolve(f"simulated/{truth}"), how, Criteria(margin))


@pytest.fixture(scope="module")
def clear(request, tmp_path_factory):
    """A clear curve, decided in looks, its journal, and how many replies that had then."""
    journal = tmp_path_factory.mktemp("clear") / "journal.sqlite"
    study = in_looks(load_task(request.config.rootpath / TASK), "plateau", 0.1, journal)
    return study, journal, journalled(journal)


def test_a_clear_curve_is_decided_before_all_is_asked(clear):
    study, _, replies = clear
    assert study.verdict.trend == "plateau"
    assert study.curve.scores.shape[1:] < (5, 100)
    assert study.level > 0.9
    assert (study.looks.outcome, study.looks.level, study.looks.of) == ("settled", study.level, 4)
    assert study.looks.number < 4
    assert "look" not in " ".join(map(str, study.curve.notes)).lower(), "what is concluded is no note"
    assert analyze(study.curve, margin=0.02).looks is None, "by another margin, another verdict"
    assert replies == study.curve.usage.calls


def test_what_all_of_the_design_could_hardly_settle_is_given_up_at_once(task):
    study = in_looks(task, "rising", 0.1)
    assert study.verdict.trend == "inconclusive"
    assert study.curve.scores.shape == (8, 2, 30)
    assert (study.looks.number, study.looks.outcome) == (1, "given-up")
    assert 0 <= study.looks.chance < 0.02


@pytest.mark.slow
def test_shots_that_tell_nothing_more_are_left_behind_and_kept(task, tmp_path):
    prospects = []
    journal = tmp_path / "journal.sqlite"
    study = in_looks(task, "late", 0.02, journal, lambda *look: prospects.append(look))
    assert study.verdict.trend == "rising"
    curve = study.curve
    assert curve.shots.tolist() == list(DESIGN.shots) == list(curve.design.shots)
    asked = [(p.n_draws, p.n_items) for p in study.points]
    assert asked[-1] == curve.scores.shape[1:]
    assert (2, 30) in asked
    number, of, prospect = prospects[0]
    assert (number, of, prospect.shots[:2]) == (1, 4, (0, 1))
    assert len(prospect.shots) < len(DESIGN.shots)
    assert curve.usage.calls == journalled(journal) == Extent(curve.shots, *np.array(asked).T).calls
    assert curve.missing == 0
    assert np.isnan(curve.scores).sum() == curve.scores.size - sum(d * i for d, i in curve.extents) > 0
    again = read_study(write(study, tmp_path))
    assert (again.curve.missing, again.verdict.trend, again.looks) == (0, "rising", study.looks)
    whole = measure(task, DESIGN, resolve("simulated/late"), journal=journal)
    part = np.isnan(curve.scores)
    same = whole.scores[:, : curve.scores.shape[1], : curve.scores.shape[2]]
    order = [whole.items.index(item) for item in curve.items]
    assert order == list(range(len(order)))
    assert np.array_equal(same[~part], curve.scores[~part])


@pytest.mark.slow
def test_a_full_run_after_stages_asks_only_the_rest(task, clear):
    seen = []
    _, journal, before = clear
    measure(
        task, DESIGN, resolve("simulated/plateau"), journal=journal,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[0][0] >= before > 0
    assert seen[-1][0] == seen[-1][1] == journalled(journal)
