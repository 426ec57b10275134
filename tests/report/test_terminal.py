import math
import re
from dataclasses import replace

import numpy as np
import pytest

from curvefit.cli.screen import block
from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.reason import Reason
from curvefit.decision.candidates import Candidate
from curvefit.decision.sensitivity import Filling
from curvefit.measurement.measurement import Measurement, Note
from curvefit.payoff.predictor import Probed
from curvefit.payoff.reference_class import payoff_reasons
from curvefit.plain_text import clean
from curvefit.report.answer_text import ship_sentence
from curvefit.report.candidate_text import candidate_table
from curvefit.report.curve_plot import _marks
from curvefit.report.figure import plot
from curvefit.report.notebook import as_html
from curvefit.report.page import page
from curvefit.report.payoff_text import advice_reasons, examples_in, payoff_sentences
from curvefit.report.sentences import sentence
from curvefit.report.study_files import write_study
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import read_study
from curvefit.report.study_record import forecast_end, forecast_shots
from curvefit.report.terminal import headline, remarks, summary
from curvefit.study import analyze
from curvefit.trials.design import Design


def beside_the_curve(text):
    """The lines of a summary that are not the drawing, its axis and its legend."""
    return [line for line in text.splitlines() if line.strip() and not re.search("┤|●|^ *shots", line)]


def test_the_summary_opens_with_the_answer_and_ends_with_the_next_step(study):
    lines = summary(study).splitlines()
    assert " ".join(lines[: lines.index("")]) == headline(study)
    last = " ".join(lines[next(i for i, line in enumerate(lines) if line.startswith("Next: ")) :])
    assert last.startswith(f"Next: {sentence(study.advice.next_steps[0])}")


def test_a_summary_is_short_and_fits_a_terminal_of_80_columns(study):
    lines = beside_the_curve(summary(study))
    assert len(lines) <= 12
    assert all(len(line) <= 80 for line in summary(study).splitlines() if not line.startswith("  curvefit "))


def test_a_point_that_has_too_few_items_to_be_the_best_prompt_has_a_mark_of_its_own(study, stopped_early):
    """Seen: 100% at 128 shots, drawn as any other, above a best prompt of 88%."""
    drawn = summary(stopped_early)
    picture, legend = drawn.split(" shots ", 1)
    assert (picture.count("●"), picture.count("◐")) == (5, 1)
    assert picture.index("◐") < picture.index("●"), "the highest"
    assert "● measured  ◐ on too few items to be the best  ○ forecast" in legend
    assert "◐" not in summary(study)


def test_of_a_draw_that_a_spending_limit_ended_it_is_said_how_much_was_scored(make_measured):
    """Seen: 60 items × 3 draws, of which the last draw was asked of 20 items."""
    curve = make_measured(stopped="--max-calls 980")
    scores = curve.scores.copy()
    scores[-1, 2, 20:] = np.nan
    study = analyze(replace(curve, scores=scores))
    table = summary(study, verbose=True)
    assert re.search(r"^ +16 .* 60 × 3 \(140 scored\)", table, re.MULTILINE)
    assert re.search(r"^ +8 .* 60 × 3  ", table, re.MULTILINE), "and nothing where all was"
    cells = "<td>60</td><td>3 (140 scored)</td>"
    assert page(study).count(cells) == 1
    assert as_html(study).count(cells) == 1


@pytest.mark.parametrize("width", [60, 120])
def test_a_summary_is_as_wide_as_the_terminal(study, width):
    text = summary(study, verbose=True, width=width).splitlines()
    prose = [line for line in text if line.startswith(("  · ", "  ! "))]
    assert prose
    assert all(len(line) <= width for line in prose)
    assert all(len(line) <= width for line in summary(study, width=width).splitlines() if "curvefit " not in line)


def test_the_table_fits_a_narrow_terminal_with_all_its_columns():
    study = read_study("reports/tickets/local-gemma3-270m")
    for width in (60, 80):
        text = summary(study, verbose=True, width=width)
        assert re.search("^ +shots +accuracy +90% interval +items × draws +readable +choice$", text, re.MULTILINE)
        assert re.search("^ +64 +73% +66% to 79% +80 × 5 +100% +73%$", text, re.MULTILINE)
        assert all(len(line) <= width for line in text.splitlines() if "curvefit " not in line)


def test_what_each_would_cost_has_its_name_by_itself_where_there_is_no_room_beside():
    candidates = read_study("reports/contacts/local-gemma3-270m").candidates
    for width, name in ((60, "* fine-tuned on 128, trained here"), (80, "  no examples           0%  0% to 21%")):
        lines = candidate_table(candidates, width)
        assert any(line.startswith(name) for line in lines)
        assert max(map(len, lines)) <= width


def test_the_answer_rests_on_three_numbers_each_with_its_interval(study):
    rows = re.findall(r"^  (best prompt|more examples|fine-tuning) +\S+  \(\S+ to \S+\)", summary(study), re.MULTILINE)
    known = 1 if study.curve.mostly_cut_off else 2 + (study.payoff is not None)
    assert rows == ["best prompt", "more examples", "fine-tuning"][:known]


def test_each_number_says_what_it_is_over_and_the_brackets_of_which_level_they_are(make_measured):
    study = analyze(make_measured(), margin=0.05, level=0.8)
    text = summary(study)
    assert "bars and brackets: 80% intervals" in text
    last, horizon = study.points[-1].shots, study.verdict.horizon
    assert f"points from {last} to {horizon} random ones\n" in text
    chance = f"{study.payoff.probability:.0%}  chance of more than 5, the margin"
    assert re.search(rf"points over the best prompt, predicted;\n +{chance} \(brackets: 90%\)\n", text)
    assert "(brackets:" not in summary(analyze(make_measured(), margin=0.05))


def test_the_text_curve_stays_within_a_terminal(study):
    drawn = [line for line in summary(study).splitlines() if "┤" in line]
    assert len(drawn) == 11
    assert max(map(len, drawn)) <= 80


@pytest.mark.parametrize(("shots", "pool"), [((0, 4), 0), ((0, 4), 10), ((0, 1, 4), 4), ((0, 4), 400)])
def test_the_text_curve_goes_on_to_the_end_of_the_forecast(make_measured, shots, pool):
    measured = make_measured()
    rows = np.isin(measured.shots, shots)
    study = analyze(Measurement(measured.shots[rows], measured.scores[rows], pool=pool))
    axis = next(line for line in summary(study).splitlines() if line.startswith(" shots"))
    drawn = [int(number) for number in axis.split()[1:]]
    assert drawn[: len(shots)] == [*shots]
    assert drawn[-1] == (min(study.verdict.horizon, pool) if pool else study.verdict.horizon)


@pytest.mark.parametrize(
    ("pool", "horizon", "end"), [(400, 128, 128), (60, 60, 60), (48, 48, 48), (40, 64, 40), (32, 64, 32), (0, 256, 256)]
)
def test_no_forecast_goes_beyond_the_pool(pool, horizon, end):
    scores = np.random.default_rng(2).random((6, 4, 400)) < np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7])[:, None, None]
    shots = (0, 2, 4, 8, 16, 32)
    study = analyze(Measurement(shots, scores.astype(float), pool=pool, design=Design(shots, 4, 400, 0)))
    assert (study.verdict.horizon, max(forecast_shots(study)), forecast_end(study)) == (horizon, end, end)
    text, words = summary(study), sentence(study.verdict.reasons[0])
    reaches = horizon == end
    assert (f"points from 32 to {horizon} random ones" in text) is reaches
    assert ("points, if the pool had twice as many" in text) is not reaches
    assert (f"for which the pool has too few examples ({pool})" in words) is not reaches
    assert study.advice.action == "add-examples"
    rise = next(reason for reason in study.advice.reasons if reason.code == "rise-ahead")
    assert ("for which the pool has too few" in sentence(rise)) is not reaches
    assert max(step.values["end"] for step in study.advice.next_steps if step.code == "add-examples") <= max(end, 32)
    assert max(mark.x for mark in _marks(study)) == end
    (bands,) = [[band for band in plot(study).collections if band.get_hatch()]]
    assert [band.get_paths()[0].vertices[:, 0].max() for band in bands] == pytest.approx([end] if end > 32 else [])


def test_every_measured_point_is_drawn_and_tabled_for_those_who_ask(study):
    text = summary(study, verbose=True)
    drawing = "\n".join(line for line in text.splitlines() if "┤" in line)
    assert drawing.count("●") == len(study.points)
    rows = re.findall(r"^ +(\d+) +[\d–]+%", text, re.MULTILINE)
    assert [int(k) for k in rows] == [point.shots for point in (*study.points, *study.retrieved)]


def test_without_examples_all_draws_are_one_request_and_are_tabled_as_one(make_measured):
    study = analyze(make_measured())
    rows = [line.split() for line in summary(study, verbose=True).splitlines() if "×" in line and "draws" not in line]
    assert study.points[0].n_draws > 1
    assert [row[row.index("×") + 1] for row in rows] == ["1", *(str(point.n_draws) for point in study.points[1:])]


def test_everything_that_was_concluded_is_said_to_those_who_ask(study):
    text = " ".join(summary(study, verbose=True).split())
    verdict = () if study.curve.mostly_cut_off else study.verdict.reasons
    reasons = (*verdict, *advice_reasons(study), *study.advice.next_steps)
    assert [reason.code for reason in reasons if " ".join(sentence(reason).split()) not in text] == []


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
    reasons = payoff_reasons(study.payoff)
    assert [reason.code for reason in reasons][-1] == "rule-says"
    assert payoff_sentences(study) == tuple(map(sentence, reasons))


@pytest.mark.parametrize(
    ("changed", "lacks"),
    [({"kind": ""}, (1, 0)), ({"pool": 0}, (0, 1)), ({"kind": "", "pool": 0}, (1, 1))],
)
def test_where_nothing_is_predicted_it_says_what_is_lacking(make_measured, changed, lacks):
    study = analyze(make_measured(**changed))
    reason = Reason("not-predicted", dict(zip(("lacks_kind", "lacks_n_train"), lacks, strict=True)))
    assert payoff_sentences(study) == (sentence(reason),)


def test_a_prediction_that_was_asked_for_and_lacks_the_kind_is_not_passed_over(make_measured):
    lacking = "To predict what fine-tuning would add, give the kind of task"
    assert lacking in summary(analyze(make_measured(kind=""), n_train=500))
    assert lacking not in summary(analyze(make_measured(kind="")))
    assert lacking not in summary(analyze(make_measured(), n_train=500))


def test_a_kind_that_is_not_known_is_said_in_the_answer_since_it_changes_the_prediction(make_measured):
    said = "'extration' is no known kind of task; did you mean 'extraction'?"
    assert said in " ".join(summary(analyze(make_measured(kind="extration"), n_train=500)).split())


def test_one_of_a_thing_is_not_said_in_the_plural(make_measured, make_retrieved):
    both = make_retrieved(make_measured("rising"), (0.99, 0.3, 0.3))
    study = analyze(both, n_train=1)
    assert examples_in(study.best) == "the most similar example"
    text = " ".join(summary(study, verbose=True).split())
    assert not re.search(r"\b1 (?:most similar )?(?:examples|calls|draws|items)\b", text)


def warnings_of(study):
    return [line for line in summary(study).splitlines() if line.startswith("  ! ")]


@pytest.mark.parametrize(("missing", "stopped"), [(1, ""), (7, ""), (7, "--max-usd 1"), (0, "")])
def test_what_may_make_the_answer_wrong_is_said_in_a_line(make_measured, missing, stopped):
    curve = make_measured(model="local/x")
    scores = curve.scores.copy()
    scores[0, 0, :missing] = np.nan
    study = analyze(replace(curve, scores=scores, stopped=stopped))
    found = warnings_of(study)
    assert len(found) == (missing > 0)
    if missing:
        assert re.search(rf"\b{missing}\b", found[0])
        assert ("ended it early" in found[0]) == bool(stopped)
    if missing and not stopped:
        them, replies = ("it", "A reply is") if missing == 1 else ("them", "Replies are")
        assert found[0].endswith(f"on {them}.")
        assert remarks(study)[-1].startswith(f"{replies} missing")
        assert remarks(study)[-1].endswith(f"fill {them} in.")


def test_a_model_that_is_made_up_is_said_to_be(make_measured):
    assert "made up" in warnings_of(analyze(make_measured(model="simulated/rising")))[0]


def test_more_warnings_than_a_first_look_has_room_for_are_counted(make_measured):
    notes = tuple(Note("import", f"what no reader should miss, {n}") for n in range(5))
    found = warnings_of(analyze(make_measured(model="local/x", notes=notes)))
    assert len(found) == 3
    assert found[-1] == "  ! 3 more, with --verbose."


def test_with_verbose_only_what_may_make_the_answer_wrong_has_an_exclamation_mark_and_stands_once(make_measured):
    notes = (
        Note("task", "no kind is stated: taken for classification"),
        Note("asking", "3 of 40 items have no word in common with any example"),
        *(Note("import", f"what no reader should miss, {n}") for n in range(5)),
    )
    curve = make_measured(model="local/x", notes=notes)
    scores = curve.scores.copy()
    scores[0, 0, :7] = np.nan
    study = analyze(replace(curve, scores=scores))
    lines = summary(study, verbose=True, width=100).splitlines()
    marked = [line for line in lines if line.startswith("  ! ")]
    assert len(marked) == 6  # five of the import, and the missing replies
    assert all(sum(note.text in line for line in lines) == 1 for note in notes)
    assert not any(note.text in line for note in notes[:2] for line in marked)
    assert any("the answer stays the same" in line and line.startswith("  · ") for line in lines)
    assert "! 4 more, with --verbose." in summary(study)
    change = replace(study.sensitivity, changes=((Filling(1.0, "all"), "flat"),))
    depends = summary(replace(study, sensitivity=change), verbose=True, width=100)
    assert "  ! The verdict depends on the missing replies: 1 of " in depends


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "\u202eevil"])
def test_a_path_or_a_limit_cannot_write_to_the_terminal(make_measured, name):
    study = analyze(make_measured(path=name, stopped=name, command=("curvefit", "run", name)))
    for verbose in (False, True):
        text = block(summary(study, verbose=verbose, folder="out"))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        assert "curvefit run" not in text, "what cannot be printed cannot be pasted"


def test_where_training_is_known_to_pay_the_answer_says_so(make_measured):
    """By a fine-tuning of the very model on the very task."""
    curve = make_measured(items=20)
    gained = Probed(curve.model, 0.5, 64, Estimate(0.4, 0.35, 0.45, 0.9))
    before, after = analyze(curve), analyze(curve, probes=[gained])
    assert before.advice.action == after.advice.action == "measure-more"
    assert ship_sentence(before).endswith("whether fine-tuning gains accuracy is open.")
    assert "before you fine-tune" in ship_sentence(after) or "fine-tune: that likely gains accuracy" in ship_sentence(
        after
    )
    assert headline(after) == f"{curve.task} on {curve.model}: {ship_sentence(after)}"


@pytest.mark.parametrize("level", [0.9, 0.8])
def test_a_sure_chance_that_decides_nothing_says_why_and_fits_80_columns(make_measured, level):
    study = analyze(make_measured(), margin=0.025, level=level)
    advised = replace(study.advice, action="measure-more", training="open")
    sure = replace(study, advice=advised, payoff=replace(study.payoff, probability=0.9, basis=()))
    half = replace(sure, payoff=replace(study.payoff, probability=0.5))
    note = "chance of more than 2.5; too few cases to decide by\n"
    assert (note in summary(sure), note in summary(half)) == (True, False)
    assert ("(brackets: 90%)" in summary(sure)) == ("(brackets: 90%)" in summary(half)) == (level != 0.9)
    assert all(len(line) <= 80 for line in summary(sure).splitlines() if not line.startswith("  curvefit "))


def test_a_model_better_made_to_choose_than_with_any_free_reply_is_told_to_be_constrained(make_measured):
    """Also where the free replies of that number of shots are the worst of all."""
    curve = make_measured()
    choices = np.zeros_like(curve.scores)
    choices[0, :, :57] = 1.0
    better = analyze(replace(curve, choices=choices))
    assert "is right 95% of the time at 0 shots (90% interval 8" in remarks(better)[0]
    assert remarks(better)[0] in page(better)
    assert remarks(analyze(curve)) == ()
    assert remarks(analyze(replace(curve, choices=None))) == ()


def test_of_one_number_of_shots_nothing_is_forecast_anywhere(tmp_path):
    """What would be said is what is assumed of curves in general."""
    study = analyze(Curve.from_means([8], [0.5], n_items=100))
    two = analyze(Curve.from_means([4, 8], [0.4, 0.5], n_items=100))
    assert (study.has_forecast, two.has_forecast) == (False, True)
    write_study(study, tmp_path)
    (row,) = read_index(tmp_path).studies
    assert row.trend == "one number of shots: no curve"
    one = "One number of shots was measured: that is no curve yet, and nothing is forecast."
    for shown in (summary(study, verbose=True, width=200), page(study, ""), as_html(study)):
        assert one in shown
        assert not re.search(r"probably|fitted curve|more examples|more shots\s+add", shown.split("Glossary")[0])
    assert "○" not in summary(study)
    assert "more examples" in summary(two)
    assert "forecast" in [text.get_text() for text in two.plot().get_legend().get_texts()][1]
    assert not any("forecast" in text.get_text() for text in study.plot().get_legend().get_texts())


def test_what_is_unbeaten_is_so_by_price_alone_where_that_is_known():
    """Four similar examples at 6 cents and 44% were marked beside random ones at 3 and 51%, for a few milliseconds."""
    of = Estimate(0.51, 0.4, 0.6, 0.9)
    random = Candidate("4 random examples", "m", 4, "measured", of, 0.03, 0.2, 0.4)
    similar = replace(
        random, name="4 similar examples", accuracy=replace(of, value=0.44), usd_per_1000=0.06, seconds_p50=0.1
    )
    marked = [line for line in candidate_table([random, similar]) if line.startswith("*")]
    assert ["51%" in line for line in marked] == [True]
    timed = [replace(each, usd_per_1000=math.nan) for each in (random, similar)]
    assert len([line for line in candidate_table(timed) if line.startswith("*")]) == 2
