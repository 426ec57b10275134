import sqlite3
from contextlib import closing

import pytest

from curvefit import Design, load_task, resolve
from curvefit.deciding import until_decided
from curvefit.study import measure

TASK = "sample_tasks/reviews"
DESIGN = Design(shots=(0, 1, 2, 4, 8, 16, 32, 64), draws=5, items=100)


@pytest.fixture
def task(request):
    return load_task(request.config.rootpath / TASK)


def journalled(path):
    with closing(sqlite3.connect(path)) as journal:
        return journal.execute("SELECT count(*) FROM replies").fetchone()[0]


def staged(task, truth, journal=None, **judging):
    model = resolve(f"simulated/{truth}")
    return until_decided(lambda part: measure(task, part, model, journal=journal), DESIGN, **judging)


def test_a_clear_curve_is_decided_before_all_is_asked(task, tmp_path):
    told = []
    journal = tmp_path / "journal.sqlite"
    study = staged(task, "plateau", journal, margin=0.1, told=told.append)
    assert study.verdict.trend == "plateau"
    assert study.curve.scores.shape[1:] < (5, 100)
    assert study.level > 0.9
    assert "settled" in study.curve.notes[-1]
    assert all("look" in sentence for sentence in told)
    assert journalled(journal) == study.curve.usage.calls


def test_what_all_of_the_design_could_hardly_settle_is_given_up_at_once(task):
    study = staged(task, "flat", margin=0.002)
    assert study.verdict.trend == "inconclusive"
    assert study.curve.scores.shape == (8, 2, 30)
    assert "given up" in study.curve.notes[-1]


def test_a_full_run_after_stages_asks_only_the_rest(task, tmp_path):
    seen = []
    journal = tmp_path / "journal.sqlite"
    staged(task, "plateau", journal, margin=0.1)
    before = journalled(journal)
    measure(
        task, DESIGN, resolve("simulated/plateau"), journal=journal,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[0][0] >= before > 0
    assert seen[-1][0] == seen[-1][1] == journalled(journal)
