import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision import advice
from curvefit.measurement.measurement import Note
from curvefit.payoff.predictor import Probed
from curvefit.report.page import page
from curvefit.report.terminal import _ANSWERS, answer, headline, remarks, shown, summary, training
from curvefit.report.wording import clean
from curvefit.study import analyze


def test_the_summary_opens_with_the_answer_and_ends_with_the_next_step(study):
    lines = summary(study).splitlines()
    assert lines[0] == headline(study)
    assert lines[-1].startswith("Next: ")


def test_the_text_curve_stays_within_a_terminal(study):
    drawn = [line for line in summary(study).splitlines() if "┤" in line]
    assert len(drawn) == 11
    assert max(map(len, drawn)) <= 80


def test_every_measured_point_is_drawn_and_tabled(study):
    text = summary(study)
    drawing = "\n".join(line for line in text.splitlines() if "┤" in line)
    assert drawing.count("●") == len(study.points)
    rows = re.findall(r"^ +(\d+) +[\d–]+%", text, re.MULTILINE)
    assert [int(k) for k in rows] == [point.shots for point in (*study.points, *study.retrieved)]


def test_the_headline_gives_its_interval(study):
    assert re.search(r"\(90% interval [+−]\d+\.\d to [+−]\d+\.\d\)", headline(study))


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "\u202eevil", "a\tb\x07"])
def test_names_cannot_write_to_the_terminal(make_measured, name):
    text = summary(analyze(make_measured(task=name, model=name, notes=(Note("asking", name),))))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert headline(analyze(make_measured(task=name))).count("\n") == 0


def test_long_names_are_cut():
    assert clean("x" * 500).endswith("…")
    assert len(clean("x" * 500)) == 80


def test_what_fine_tuning_would_add_is_said_with_what_it_rests_on_and_what_the_rule_says(make_measured):
    study = analyze(make_measured(), margin=0.05)
    lines = [line.strip() for line in summary(study).splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("Fine-tuning on 64 examples is predicted"))
    alike = len(study.payoff.basis)
    assert any(line.startswith(f"That rests on {alike} measured cases") for line in lines[start:])
    assert study.payoff.rule in lines[start:]
    assert training(study)[-1] == study.payoff.rule


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": ""}, "not predicted: the kind of task (curvefit fit --kind) would"),
        ({"pool": 0}, "not predicted: how many examples there are (--n-train) would"),
        (
            {"kind": "", "pool": 0},
            "not predicted: the kind of task (curvefit fit --kind) and how many examples there",
        ),
    ],
)
def test_where_nothing_is_predicted_it_says_what_is_lacking(make_measured, changed, said):
    assert said in summary(analyze(make_measured(**changed)))


def test_one_of_a_thing_is_not_said_in_the_plural(make_measured, make_retrieved):
    both = make_retrieved(make_measured("rising"), (0.99, 0.3, 0.3))
    study = analyze(both, n_train=1)
    assert shown(study.best) == "the most similar example"
    assert study.advice.next_step.startswith("Show each input the example most similar to it;")
    assert "Fine-tuning on 1 example is predicted" in summary(study)
    assert not re.search(r"\b1 (?:most similar )?(?:examples|calls|draws|items)\b", summary(study))


def test_every_advice_has_an_answer_to_fine_tune_or_keep_prompting():
    source = Path(advice.__file__).read_text()
    assert set(re.findall(r'Advice\(\n? *"([a-z-]+)"', source)) == set(_ANSWERS)


def test_where_training_is_known_to_pay_the_answer_says_so(make_measured):
    """By a fine-tuning of the very model on the very task."""
    curve = make_measured()
    gained = Probed(curve.model, 0.5, 64, Estimate(0.4, 0.35, 0.45, 0.9))
    before, after = analyze(curve), analyze(curve, probes=[gained])
    assert before.advice.action == after.advice.action
    assert "fine-tun" not in answer(before)
    assert "fine-tun" in answer(after)
    assert headline(after).startswith(f"{curve.task} on {curve.model}: {answer(after)}. The curve ")


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ("open", "prompt with more examples first; whether fine-tuning pays is open"),
        ("pays", "prompt with more examples, then fine-tune"),
        ("does not pay", "keep prompting, with more examples"),
    ],
)
def test_where_a_better_prompt_comes_first_the_answer_still_says_what_is_known_of_training(
    make_measured, decided, said
):
    study = analyze(make_measured())
    assert answer(replace(study, advice=replace(study.advice, action="add-examples", training=decided))) == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("classification", ""),
        ("Multilingual-QA", ""),
        (
            "extractoin",
            "'extractoin' is none of the kinds of task that cases are sorted by; did you mean 'extraction'?",
        ),
        ("triage", "'triage' is none of the kinds of task that cases are sorted by: classification, extraction, "),
    ],
)
def test_a_kind_that_no_case_is_of_is_named_with_those_there_are(make_measured, kind, said):
    lines = training(analyze(make_measured(kind=kind)))
    told = [line for line in lines if "cases are sorted by" in line]
    assert [line[: len(said)] for line in told] == ([said] if said else [])


def test_a_model_better_made_to_choose_than_with_any_free_reply_is_told_to_be_constrained(make_measured):
    """Also where the free replies of that number of shots are the worst of all."""
    curve = make_measured()
    choices = np.zeros_like(curve.scores)
    choices[0, :, :57] = 1.0
    better = analyze(replace(curve, choices=choices))
    assert "is right 95% of the time at 0 shots (90% interval 8" in summary(better)
    assert remarks(better)[0] in page(better)
    assert remarks(analyze(curve)) == ()
    assert remarks(analyze(replace(curve, choices=None))) == ()
