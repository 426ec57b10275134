"""What next steps take from the laboratory is what its table says."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from benchmarks.paths import REPORTS, ROOT
from benchmarks.payoff.table import read
from curvefit.decision.next_steps import BETWEEN_MODELS, RETRIEVAL_LED
from curvefit.payoff.evidence import ROUNDING


@pytest.fixture(scope="module")
def best():
    """The best accuracy of each way, by unit."""
    found = defaultdict(dict)
    for row in read(REPORTS / "payoff" / "laboratory.csv"):
        ways = found[row.task, row.model]
        ways[row.way] = max(row.value, ways.get(row.way, 0.0))
    return found


def test_the_most_similar_examples_led_in_as_many_units_as_is_said(best):
    both = [ways for ways in best.values() if {"random", "retrieved"} <= ways.keys()]
    led = sum(ways["retrieved"] - ways["random"] > 0.02 for ways in both)
    assert (led, len(both)) == RETRIEVAL_LED
    pages = [ROOT / "docs" / f"{page}.md" for page in ("commands", "deciding", "questions", "measuring", "claims")]
    for page in (*pages, REPORTS / "payoff" / "README.md"):
        said = page.read_text(encoding="utf-8")
        assert f"{led} of {len(both)} measured cases" in said, page
        assert "29 of 35" not in said, page


def test_the_best_prompt_had_similar_examples_by_however_little_in_as_many_units_as_is_said(best):
    trained = [ways for ways in best.values() if {"random", "retrieved", "gain"} <= ways.keys()]
    had = sum(ways["retrieved"] > ways["random"] for ways in trained)
    said = " ".join((REPORTS / "payoff" / "README.md").read_text(encoding="utf-8").split())
    assert f"had retrieved examples in {had} of the {len(trained)}, by however little" in said


def test_it_paid_in_as_many_units_as_is_said():
    rows = read(REPORTS / "payoff" / "laboratory.csv")
    last = {(row.task, row.model): row for row in rows if row.way == "gain"}  # by number of examples, ascending
    paid = [row for row in last.values() if row.value > 0.02 + ROUNDING]
    page = " ".join((REPORTS / "payoff" / "README.md").read_text(encoding="utf-8").split())
    assert f"**It paid in {len(paid)} of {len(last)}.** {len(last)} times" in page
    assert f"on {len({task for task, _ in last})} tasks. In {len(paid)} fine-tuning gained more than 2" in page
    assert f"In {sum(row.low > 0 for row in paid)} of them the whole 90% interval lies above none" in page
    claims, questions = ((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("claims", "questions"))
    assert f"it gained in {len(paid)} of {len(last)} cases of our own" in claims
    assert f"beside {len(last)} of our own" in claims
    assert f"it gained in {len(paid)} of the {len(last)}, not in all" in questions


def test_gains_of_two_models_on_a_task_differ_as_much_as_is_said(best):
    gains = defaultdict(list)
    for (task, _), ways in best.items():
        if "tuned" in ways:
            gains[task].append(ways["tuned"] - max(ways.get("random", 0.0), ways.get("retrieved", 0.0)))
    apart = [np.subtract(*pair) for pair in gains.values() if len(pair) == 2]
    assert len(apart) == 16
    assert np.sqrt(np.mean(np.square(apart))) == pytest.approx(BETWEEN_MODELS, abs=0.005)
