"""Where most replies were cut off, that is the answer: no advice, prediction or line in the ledger rests on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curvefit.errors import DesignError
from curvefit.measurement.measurement import CutReplies, Measurement
from curvefit.models.base import Usage
from curvefit.models.simulated import parse
from curvefit.report.next_command import command_for
from curvefit.report.payoff_text import payoff_sentences
from curvefit.report.study_reader import open_study
from curvefit.report.study_record import file_of, to_record
from curvefit.report.terminal import headline, outlook, summary
from curvefit.study import analyze
from curvefit.trials.design import Design
from curvefit.trials.trial_plan import PromptLimits, higher_cap, plan
from curvefit.workflows.full_study import Asking, decide
from curvefit.workflows.validation import conclude_validation, design_of, enter_validation

CUT = CutReplies(90, 120, 16)


@pytest.fixture
def curve(make_task):
    return decide(make_task(), Design((0, 1, 4), draws=2, items=20), parse("simulated/flat")).curve


def advised(curve, cut):
    return analyze(replace(curve, cut=cut))


def test_the_headline_is_how_many_were_cut_off_and_what_to_raise(curve):
    study = advised(curve, CUT)
    said = ": Ship nothing yet: 90 of 120 replies were cut off at 16 tokens; raise --reply-tokens."
    assert headline(study).endswith(said)
    assert [reason.code for reason in study.advice.reasons] == ["cut-off"]
    assert [step.code for step in study.advice.next_steps] == ["raise-reply-tokens"]
    assert "onstrain" not in summary(study, verbose=True)
    assert outlook(study) == "Whether the curve still rises is open: most replies were cut off."


def test_no_prediction_rests_on_replies_that_were_cut_off(curve):
    assert advised(curve, CutReplies(60, 120, 16)).payoff is not None
    study = advised(curve, CUT)
    assert (study.payoff, study.advice.training) == (None, "open")
    assert payoff_sentences(study) == ("What fine-tuning would add is not predicted: most replies were cut off.",)


def test_half_of_them_are_not_most():
    assert [CutReplies(count, 120, 16).most for count in (0, 60, 61)] == [False, False, True]


@pytest.mark.parametrize("cut", [None, CutReplies(0, 120, 16), CutReplies(60, 120, 16)])
def test_fewer_change_no_advice(curve, cut):
    assert advised(curve, cut).advice == advised(curve, None).advice


def test_the_next_command_is_the_same_with_a_higher_cap(curve):
    typed = ("curvefit", "run", "data.jsonl", "-m", "openai/any", "--reply-tokens", "400")
    study = advised(replace(curve, command=typed), CutReplies(90, 120, 400))
    command = command_for(study.advice.next_steps[0], study)
    assert command == "curvefit run data.jsonl -m openai/any --reply-tokens 1600"


def test_a_study_made_from_python_keeps_its_cap_in_later_commands(make_task):
    task = make_task(path="data.jsonl")
    study = decide(task, Design((0, 1, 4), 2, 20, reply_tokens=256), parse("simulated/flat"))
    rest = command_for(replace(study.advice.next_steps[0], code="measure-retrieved"), study)
    assert "--reply-tokens 256" in rest
    assert design_of(study).reply_tokens == 256


def test_the_study_file_keeps_the_cap_and_what_was_cut_off(curve, tmp_path):
    kept = replace(curve, cut=CUT, design=replace(curve.design, reply_tokens=16))
    (tmp_path / "study.json").write_bytes(file_of(to_record(analyze(kept))))
    read = open_study(tmp_path)
    assert (read.measurement.cut, read.measurement.design.reply_tokens) == (CUT, 16)
    assert read.conclude().advice.action == "raise-reply-tokens"


def test_nothing_goes_into_the_ledger(curve, tmp_path):
    study = analyze(replace(curve, model="any"))
    right = np.ones((1, 1, len(curve.items)))
    tuned = Measurement(shots=np.array([0]), scores=right, items=curve.items, model="tuned")
    file = tmp_path / "ledger.jsonl"
    for validation in (
        conclude_validation(study, replace(tuned, cut=CutReplies(15, 20, 16))),
        conclude_validation(replace(study, curve=replace(curve, cut=CUT)), tuned),
    ):
        assert enter_validation(validation, "tuned", file).refusal == "cut-off"
    assert not file.exists()
    assert enter_validation(conclude_validation(study, tuned), "tuned", file).refusal == ""


def test_looks_and_retrieved_examples_count_together(curve, make_task):
    both = decide(make_task(), curve.design, parse("simulated/flat"), Asking(retrieved=(1, 4))).curve
    assert both.cut.replies == both.usage.calls
    assert both.retrieved.cut is None
    looked = decide(make_task(), Design((0, 1, 4), 8, 20), parse("simulated/rising"), Asking(until_decided=True)).curve
    assert looked.cut.replies == looked.usage.calls
    assert Usage() == both.retrieved.usage


def test_a_stated_cap_is_the_cap_and_the_default_is_as_ever(make_task):
    task, model = make_task(), parse("simulated/flat")
    design = Design((0, 1), 2, 20)
    assert plan(task, replace(design, reply_tokens=100), model).max_tokens == 100
    assert plan(task, replace(design, reply_tokens=100), model, PromptLimits((0, 1), 8)).max_tokens == 100
    assert "reply_tokens" not in repr(design), "a journal names its plans by it"
    names = {PromptLimits.key(task, replace(design, reply_tokens=tokens), model) for tokens in (None, 100, 200)}
    assert len(names) == 3


@pytest.mark.parametrize("tokens", [0, -1, 1.5, "many"])
def test_a_cap_is_a_whole_number_of_tokens(tokens):
    with pytest.raises(DesignError, match="reply_tokens must be a whole number from 1 to 1,000,000,000"):
        Design(reply_tokens=tokens)


def test_the_cap_to_try_next_has_room_for_reasoning_and_grows():
    assert [higher_cap(tokens) for tokens in (8, 256, 1024, 4096)] == [1024, 1024, 4096, 16384]
