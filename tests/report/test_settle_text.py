"""How an answer was found out, in lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curvefit.report.settle_text import settle_lines
from curvefit.study import analyze

YOURS = "no step is left that this command takes by itself"


@pytest.mark.parametrize(
    ("training", "stopped", "said"),
    [("open", "", True), ("open", "--max-calls", False), ("pays", "", False)],
)
def test_an_open_answer_without_a_step_to_take_says_whose_turn_it_is(make_measured, training, stopped, said):
    study = analyze(make_measured())
    study = replace(study, advice=replace(study.advice, training=training), curve=replace(study.curve, stopped=stopped))
    assert (YOURS in " ".join(" ".join(settle_lines(study, [])).split())) is said
