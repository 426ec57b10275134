import html
import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError
from curvefit.measurement.measurement import JudgeRecord
from curvefit.payoff.comparison import paired_gain
from curvefit.payoff.predictor import OverShown
from curvefit.payoff.reference_class import payoff_reasons
from curvefit.report import figure
from curvefit.report.probe_page import probe_page, write_probe_pages
from curvefit.report.probe_reader import read_probe, read_probes, with_prompts_of
from curvefit.report.probe_report import probe_record, probe_summary, write_probe
from curvefit.report.study_files import write_report, write_study
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.terminal import summary
from curvefit.report.training_bars import picture_of_probe
from curvefit.report.training_text import probe_answer, when_it_gains
from curvefit.study import analyze
from curvefit.tasks.scorers import exact
from curvefit.tasks.task import Item, Scorer, Task, fingerprint
from curvefit.training.fine_tuning_plan import FineTuning
from curvefit.training.schedule import Check
from curvefit.workflows.fine_tuning_probe import conclude_probe

image = pytest.importorskip("matplotlib.image")

pytestmark = pytest.mark.usefixtures("plain_pictures")

_CHANGE = {"value": 0.1, "low": 0.0, "high": 0.2, "level": 0.9}


def tuned(like, truth=(0.05, 0.3, 0.8)):
    rng = np.random.default_rng(1)
    scores = (rng.random((3, 2, 60)) < np.array(truth)[:, None, None]).astype(float)
    return replace(like, shots=np.array([0, 32, 128]), scores=scores, readable=None, choices=None, design=None)


@pytest.fixture(scope="session")
def probe(make_measured):
    prompted = make_measured("rising")
    checks = (Check(1, 0.9, 0.25), Check(2, 0.8, 0.5))
    units = tuple(FineTuning(n, s, checks, "ab" * 32, "float32", "cpu", 30.0) for n in (32, 128) for s in (0, 1))
    return conclude_probe(analyze(prompted), tuned(prompted), units)


def words(probe, **options):
    """A probe's summary, however it is broken into lines."""
    return " ".join(probe_summary(probe, **options).split())


def test_a_gain_that_a_judge_saw_counts_without_its_errors(make_measured, probe):
    judge = JudgeRecord("grader", False, 7_500, 10_000, 7_500, 10_000, 30)
    prompted = replace(make_measured("rising"), judge=judge)
    behind = conclude_probe(analyze(prompted), tuned(prompted), probe.units)
    assert behind.gains == probe.gains
    assert behind.gain_without_optimism.value == pytest.approx(min(2 * probe.gain_without_optimism.value, 1.0))
    assert "grader judged the replies. Without its errors the gain is" in words(behind)
    assert "judged the replies" not in words(probe)


def few(make_measured, units, **changed):
    """A probe of 16 items whose training gave nothing, as far as so few can tell."""
    prompted = make_measured("rising", items=16, **changed)
    scores = np.broadcast_to(np.roll(prompted.scores[-1, :2], 1, axis=-1), (3, 2, 16))
    curve = replace(prompted, shots=np.array([0, 32, 128]), scores=scores, readable=None, choices=None, design=None)
    made = conclude_probe(analyze(prompted), curve, units)
    assert made.decision == "open" or made.is_likely
    return made


def test_a_probe_of_few_items_that_stays_open_says_how_to_score_more(make_measured, probe):
    made = few(make_measured, probe.units, available=200, command=("curvefit", "run", "x.jsonl", "-m", "openai/x"))
    lines = probe_summary(made, folder="out", study_path="out/study.json", width=500).splitlines()
    at = next(i for i, text in enumerate(lines) if text.startswith("Next:"))
    assert lines[at] == (
        "Next: Score more items, 100 in all. Then run your curvefit probe command again: with its folder kept, it only"
        " scores the new items."
    )
    assert lines[at + 1].startswith("  curvefit run x.jsonl -m openai/x --margin ")
    assert lines[at + 1].endswith(" --items 100")
    assert lines[at + 2].startswith("Then: Let it count in the prediction of its study")
    assert lines[at + 3] == "  curvefit report out/study.json --probe out"
    assert "Score more items, 100 in all" in probe_page(made, "")
    assert "Score 100 items" not in words(probe), "which is sure"


def test_a_probe_that_stays_open_on_all_items_there_are_says_how_many_it_takes(make_measured, probe):
    said = "16 items are few, and all that the task has: get 100 or more."
    assert said in words(few(make_measured, probe.units, available=16))
    assert said not in words(few(make_measured, probe.units, available=200))
    assert "Next: Let it count" in words(few(make_measured, probe.units, available=16))


def test_the_record_is_json_and_holds_figures_only(probe):
    record = json.loads(json.dumps(probe_record(probe), allow_nan=False))
    assert record["schema"] == "curvefit.probe/1"
    assert [point["n_train"] for point in record["fine_tuned"]] == [0, 32, 128]
    assert [point["shots"] for point in record["prompted"]] == [0, 1, 2, 4, 8, 16]
    assert record["best_prompted"]["accuracy"] == max(point["accuracy"] for point in record["prompted"])
    assert [gain["n_train"] for gain in record["gain"]] == [32, 128]
    assert record["units"][3]["chosen_epoch"] == 2
    assert record["units"][3]["accuracy"] == pytest.approx(np.mean(record["measurement"]["scores"][2][1]))
    even = record["break_even"]
    assert even["first"] <= even["low"] <= even["value"] <= even["high"] <= even["last"]


def test_a_training_that_comes_to_one_answer_for_everything_is_told_so(probe):
    caution = "always giving the commonest answer"
    same = probe.curve.scores[-1, 0]
    assert caution in words(replace(probe, curve=replace(probe.curve, commonest=same)))
    assert caution not in words(replace(probe, curve=replace(probe.curve, commonest=np.zeros(60))), verbose=True)


def shown_at(like, *shots):
    scores = (np.random.default_rng(3).random((len(shots), 2, 60)) < 0.4).astype(float)
    return replace(like, shots=np.array(shots), scores=scores, readable=None, choices=None, design=None)


@pytest.mark.parametrize(("shots", "n"), [((0, 32, 128), 32), ((0, 16, 128), None), ((0, 8, 512), None)])
def test_training_is_set_against_showing_as_many_near_32_item_by_item(make_measured, probe, tmp_path, shots, n):
    prompted = shown_at(make_measured(), *shots)
    made = conclude_probe(analyze(prompted), tuned(make_measured()), probe.units)
    write_probe(made, tmp_path)
    found = read_probe(tmp_path, prompted)
    assert found.over_shown == made.over_shown
    if n is None:
        assert found.over_shown is None
    else:
        assert found.over_shown == OverShown(n, paired_gain(made.curve, n, prompted, n, 0.9))


def test_a_prompt_of_the_probes_own_is_named_and_written_and_counts_in_its_study(make_measured, probe, tmp_path):
    prompted = shown_at(make_measured(), 0, 4)
    study = analyze(replace(prompted, scores=prompted.scores / 2))
    shown = shown_at(make_measured(), 32)
    made = conclude_probe(study, tuned(make_measured()), probe.units, shown)
    assert "accuracy with 32 examples, by this probe" in words(made)
    assert "which its study lacks: they count among the prompts here" in words(made, verbose=True)
    assert "with 32 examples, by this probe" in probe_page(made, "")
    assert "by this probe" not in words(probe, verbose=True)
    record = probe_record(made)
    assert [point["shots"] for point in record["prompted"]] == [0, 4, 32]
    assert record["best_prompted"]["accuracy"] == pytest.approx(shown.scores.mean())
    write_probe(made, tmp_path / "probe")
    write_study(study, tmp_path)
    file = open_study(tmp_path)
    probes = read_probes([tmp_path / "probe"], file)
    again = with_prompts_of([tmp_path / "probe"] * 2, file).conclude(probes=probes)
    assert again.points == made.study.points
    assert (again.best.point, again.optimism) == (made.best.point, made.optimism)
    assert again.payoff.fine_tuned.value == pytest.approx(made.best.point.accuracy.value + again.payoff.gain.value)
    of_another = replace(file, measurement=replace(file.measurement, model="local/y"))
    assert with_prompts_of([tmp_path / "probe"], of_another).measurement.shots.tolist() == [0, 4]
    torn = json.loads((tmp_path / "probe" / "probe.json").read_text())
    torn["shown"]["scores"] = [[[1, 0], [1]]]
    (tmp_path / "probe" / "probe.json").write_text(json.dumps(torn))
    with pytest.raises(InputError, match=r"measurement.scores: cannot be used"):
        with_prompts_of([tmp_path / "probe"], file)


def test_the_tile_of_a_gain_says_at_what_the_best_prompt_is_taken_where_that_changes_the_gain(probe):
    over = "over the best prompt, counted as"
    fair = 100 * (probe.best.point.accuracy.value - 0.0123)
    said = f"{over} {fair:.1f}%: some of its {fair + 1.23:.1f}% is luck of the pick"
    assert said in probe_page(replace(probe, optimism=0.0123), "")
    for optimism in (0.0, 0.0001, math.nan):
        assert over not in probe_page(replace(probe, optimism=optimism), "")


def test_of_several_numbers_that_were_trained_on_and_shown_the_one_nearest_32_counts(make_measured, probe):
    prompted = shown_at(make_measured(), 0, 16, 24, 64)
    for sizes, n in (((0, 16, 64), 16), ((0, 24, 64), 24), ((0, 16, 24), 24), ((0, 64, 512), 64)):
        fine_tuned = replace(tuned(make_measured()), shots=np.array(sizes))
        assert conclude_probe(analyze(prompted), fine_tuned, probe.units).over_shown.n == n


def test_items_that_only_the_probe_scored_say_nothing_of_training_over_showing(make_measured, probe):
    fine_tuned = tuned(make_measured())
    easy = np.where(np.arange(60) < 30, fine_tuned.scores, 0.0)
    prompted = shown_at(make_measured(), 0, 32)
    few = replace(prompted, scores=prompted.scores[:, :, :30], items=prompted.items[:30])
    made = conclude_probe(analyze(few), replace(fine_tuned, scores=easy), probe.units)
    assert made.over_shown.gain.value == pytest.approx(easy[1, :, :30].mean() - few.scores[1].mean())


def test_a_break_even_that_is_not_reached_is_null_and_is_said_so(probe):
    never = replace(probe.break_even, n_train=Estimate(math.inf, 100.0, math.inf, 0.9), chance=0.25)
    hopeless = replace(probe, break_even=never)
    assert probe_record(hopeless)["break_even"]["value"] is None
    assert (
        "Break-even with the best prompt: more than 512 training examples (90% interval 100 to more than 512)"
        in words(hopeless, verbose=True)
    )
    assert "Chance that fine-tuning breaks even by 512 training examples: 25%" in words(hopeless, verbose=True)


@pytest.mark.parametrize(
    ("low", "high", "decision", "answer"),
    [
        (0.1, 0.3, "pays", "fine-tuning gains accuracy, "),
        (-0.3, 0.01, "does not pay", "fine-tuning gains little or no accuracy, "),
        (0.0, 0.3, "pays", "fine-tuning likely gains accuracy, "),
        (-0.3, 0.1, "does not pay", "fine-tuning likely gains little or no accuracy, "),
        (-0.1, 0.25, "open", "whether fine-tuning gains accuracy is open, "),
    ],
)
def test_the_summary_opens_with_whether_training_pays(probe, low, high, decision, answer):
    changed = replace(probe, gains=(Estimate((low + high) / 2, low, high, 0.9),), optimism=0.0)
    assert changed.decision == decision
    assert probe_summary(changed).startswith(f"made on simulated/x: {answer}")


def test_a_gain_on_a_dozen_items_is_not_said_to_be_one(make_measured, probe):
    made = few(make_measured, probe.units, available=200)
    made, sure = (replace(made, gains=(Estimate(0.25, low, 0.5, 0.9),) * 2, optimism=0.0) for low in (-0.01, 0.01))
    assert sure.decision == "pays"
    assert (made.items, made.decision, made.probed(128).items) == (16, "open", 16)
    said = "too few items to say whether fine-tuning gains accuracy"
    assert words(made).startswith(f"made on simulated/x: {said}, ")
    whatever = "With fewer than 20 items, as here, it then stays open."
    assert whatever in words(made, verbose=True)
    assert said not in words(probe)
    assert whatever not in words(probe, verbose=True)


def test_whether_training_pays_is_judged_without_the_optimism_of_the_best_prompt(probe):
    margin = probe.study.margin
    just = replace(probe, gains=(Estimate(margin + 0.015, margin - 0.025, margin + 0.055, 0.9),), optimism=0.02)
    assert (just.decision, replace(just, optimism=0.0).decision) == ("pays", "open"), "92% and 73%"


def test_the_page_has_one_rule_of_when_training_pays(probe):
    assert re.findall("<dt>Gains accuracy</dt><dd>(.*?)</dd>", probe_page(probe, "")) == [
        when_it_gains(probe.study.margin)
    ]


def test_the_summary_is_short_rests_on_three_numbers_and_ends_with_a_command(probe):
    lines = [line for line in probe_summary(probe, folder="a b", study_path="s").splitlines() if line.strip()]
    assert len(lines) <= 12 + 2, "two say that its model is made up"
    assert [line.split("  ")[1] for line in lines if re.search(r"\(\S+ to \S+\)", line)] == [
        "fine-tuned", "best prompt", "gain",
    ]  # fmt: skip
    assert lines[-1] == "  curvefit report s --probe 'a b'"


@pytest.mark.parametrize("small", [True, False])
def test_what_comes_next_is_of_the_very_model_and_only_a_small_one_is_a_hint_for_others(probe, small):
    curve = replace(probe.study.curve, model="local/gemma3-270m" if small else "hf:mine")
    own = replace(probe, study=replace(probe.study, curve=curve))
    for text in (words(own, verbose=True), html.unescape(probe_page(own, ""))):
        assert "Let it count in the prediction of its study" in text
        hints = (", or of a larger model.", "for this small model")
        assert [hint in text for hint in hints] == [small, small]
        assert "the model you would ship" not in text


def test_a_gain_of_fewer_items_than_the_fine_tuned_model_was_asked_says_how_many(make_measured, probe):
    prompted = make_measured("rising")
    few = replace(prompted, scores=prompted.scores[:, :, :30], items=prompted.items[:30], readable=None)
    made = conclude_probe(analyze(few), tuned(prompted), probe.units)
    told = "! The gain is of the 30 items that both answered; the fine-tuned model was asked 60."
    assert told in words(made)
    assert "that both answered" not in words(probe)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_summary_of_a_probe_is_as_wide_as_the_terminal(probe, width):
    text = probe_summary(probe, verbose=True, width=width).splitlines()
    assert all(len(line) <= width for line in text if re.match("made|  [·!] |    [^ ]", line))


def test_the_table_and_what_a_probe_does_not_show_are_for_those_who_ask(probe):
    assert "items × seeds" not in words(probe)
    text = words(probe, verbose=True)
    assert "60 × 2" in text
    assert "A larger one may behave otherwise" in text


def test_one_seed_is_said_not_to_show_the_luck_of_training(probe, make_measured):
    prompted = make_measured("rising")
    fine_tuned = tuned(prompted)
    alone = conclude_probe(analyze(prompted), replace(fine_tuned, scores=fine_tuned.scores[:, :1]), probe.units[::2])
    warned = [
        "One seed cannot show how much the luck of training (its examples, their order, initial weights) matters: the"
        " intervals of the fine-tuned accuracies leave that out. Use --seeds 2 or more.",
        # sqrt(0.027 * 0.25 / 32 ** (1 / 3)) = 0.0461
        "The gain and the break-even assume as much luck as the choice of examples in prompts has in published runs: a"
        " standard deviation of 4.6 points at 32 examples and 50% accuracy.",
    ]
    assert [note["text"] for note in probe_record(alone)["notes"]] == ["one note"], "what is concluded is no note"
    assert (probe_record(alone)["one_seed"], probe_record(probe)["one_seed"]) == (True, False)
    assert all(f"! {note}" in words(alone, verbose=True) for note in warned)
    assert "! Use --seeds 2: with one seed" in words(alone)
    assert "One seed" not in words(probe, verbose=True)
    assert "· 1 fine-tuning took " in words(replace(alone, units=probe.units[:1]), verbose=True)


def test_the_picture_has_a_bar_for_each_training_beside_the_best_prompt_and_says_what_came_of_it(probe):
    beside = picture_of_probe(probe)
    assert [bar.accuracy for bar in beside.reached] == [point.accuracy for point in probe.points if point.shots]
    assert [bar.name.split()[-1] for bar in beside.reached] == ["32", "128"]
    assert {bar.sort for bar in beside.reached} == {"measured"}
    assert beside.said == "Fine-tuning gains accuracy, for this small model"
    assert probe_answer(probe).startswith(
        "Fine-tuning gains accuracy, for this small model: training on 128 examples gave +"
    )


def test_bars_that_are_many_have_short_names(probe):
    many = replace(probe, points=tuple(replace(probe.points[-1], shots=n) for n in (0, 8, 16, 32, 64)))
    assert [bar.name for bar in picture_of_probe(many).reached] == [f"tuned\non {n}" for n in (8, 16, 32, 64)]


def test_files_are_written_whole_and_the_same_each_time(probe, tmp_path, real_pictures):
    file, (drawn, problem) = (write(probe, tmp_path / "out") for write in (write_probe, write_probe_pages))
    page, picture, *others = drawn
    assert (file.name, page.name, picture.name, problem) == ("probe.json", "probe.html", "probe.png", "")
    assert [each.name for each in others] == ["probe-dark.png", "probe.svg"]
    pixels = image.imread(io.BytesIO(picture.read_bytes()))
    assert pixels.shape[:2] == (1000, 1600)
    assert pixels[..., :3].std() > 0.05
    before = [each.read_bytes() for each in (file, *drawn)]
    write_probe(probe, tmp_path / "out")
    write_probe_pages(probe, tmp_path / "out")
    assert [each.read_bytes() for each in (file, *drawn)] == before


def test_its_page_has_the_whole_command_that_makes_it_again(probe):
    named = replace(probe, study=replace(probe.study, curve=replace(probe.study.curve, path="data.jsonl")))

    def again(**given):
        text = probe_page(named, "", "out", "studies/x", **given)
        (command,) = re.findall('aria-label="Command that makes it again">(.*?)</pre>', text)
        return html.unescape(re.sub("<[^>]+>", "", command))

    assert again().startswith("curvefit probe data.jsonl -m ")
    assert again().endswith(" --n 32,128 --seeds 2 --items 60 --seed 7 --study studies/x --out out")
    assert again(command=["curvefit", "probe", "x y.jsonl"]) == "curvefit probe 'x y.jsonl'"


def test_a_picture_of_a_probe_that_fails_is_a_line_and_takes_the_old_one_away(probe, tmp_path, monkeypatch):
    (tmp_path / "probe.png").write_bytes(b"of an older probe")
    monkeypatch.setattr(figure, "pictures", lambda value: 1 / 0)
    (page,), problem = write_probe_pages(probe, tmp_path)
    assert "The picture could not be drawn" in page.read_text()
    assert problem.startswith("probe.png could not be drawn (ZeroDivisionError: ")
    assert not (tmp_path / "probe.png").exists()


def test_a_written_probe_is_read_as_its_largest_training_against_its_best_prompt(probe, tmp_path):
    write_probe(probe, tmp_path)
    for place in (tmp_path, tmp_path / "probe.json"):
        found = read_probe(place, probe.study.curve)
        assert (found.model, found.n_train) == ("simulated/x", 128)
        assert found.best_prompted == pytest.approx(probe.best.point.accuracy.value)
        assert found.gain == probe.gains[-1]
        assert found.optimism == probe.optimism


def test_optimism_that_an_older_probe_does_not_say_is_not_known_and_stays_so(probe, make_measured, tmp_path):
    told = probe_record(probe)
    del told["optimism"]
    (tmp_path / "probe.json").write_text(json.dumps(told))
    found = read_probe(tmp_path, make_measured())
    assert math.isnan(found.optimism)
    write_report(analyze(make_measured(), probes=[found]), tmp_path)
    assert json.loads((tmp_path / "study.json").read_text())["probes"][0]["optimism"] is None
    assert math.isnan(read_study(tmp_path / "study.json").probes[0].optimism)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"optimism": -0.1}, "optimism: -0.1 cannot be used"),
        ({"task": "other"}, "is not the study's task 'made'"),
        ({"schema": "curvefit.study/1"}, "'curvefit.study/1' is not curvefit.probe/1"),
        ({"gain": []}, "gain: .* needs at least 1 of them"),
        (
            {"gain": [{"n_train": 0, "value": 0.1, "low": 0.0, "high": 0.2}]},
            "n_train of a probe must be at least 1, not 0",
        ),
        (
            {"gain": [{"n_train": 9, "value": 0.1, "low": None, "high": None}]},
            r"gain\[0\].low: None cannot be used; needs a number",
        ),
        (
            {"gain": [{"n_train": 9, "value": True, "low": 0.0, "high": 1}]},
            r"gain\[0\].value: True cannot be used; needs a number",
        ),
        (
            {"gain": [{"n_train": 9, "value": 0.1, "low": 0.2, "high": 0.3}]},
            r"gain\[0\]: 0.1 does not lie between 0.2 and",
        ),
        ({"best_prompted": {"accuracy": 1.5}}, "best_prompted.accuracy: 1.5 cannot be used; needs at most 1"),
        ({"best_prompted": None}, "best_prompted: None cannot be used; needs an object"),
        ({"over_shown": 5}, "over_shown: 5 cannot be used; needs an object"),
        ({"over_shown": "x"}, "over_shown: 'x' cannot be used; needs an object"),
        ({"measurement": []}, "measurement: .* needs an object"),
        ({"over_shown": {"n": True, "gain": _CHANGE}}, "over_shown.n: True cannot be used"),
        (
            {"over_shown": {"n": 32, "gain": {**_CHANGE, "high": 9}}},
            "over_shown.gain.high: 9 cannot be used; needs at most 1",
        ),
        ({"over_shown": {"n": 32, "gain": {"value": 0.1}}}, "low: is missing"),
        ({"gain": [{"value": 0.1, "low": 0.0, "high": 0.2}]}, "n_train: is missing"),
    ],
)
def test_a_file_that_is_no_probe_of_the_task_is_named(probe, tmp_path, changed, said):
    (tmp_path / "probe.json").write_text(json.dumps({**probe_record(probe), **changed}))
    with pytest.raises(InputError, match=said) as refused:
        read_probe(tmp_path, probe.study.curve)
    assert str(tmp_path / "probe.json") in str(refused.value)


def test_a_probe_that_is_not_there_says_how_to_make_one(make_measured, tmp_path):
    with pytest.raises(InputError, match="make one with: curvefit probe TASK"):
        read_probe(tmp_path / "none.json", make_measured())


def test_a_study_keeps_the_probes_it_was_concluded_with(probe, make_measured, tmp_path):
    write_probe(probe, tmp_path)
    write_report(analyze(make_measured(), probes=[read_probe(tmp_path, make_measured())]), tmp_path)
    found = read_study(tmp_path / "study.json")
    assert found.probes == (read_probe(tmp_path, make_measured()),)
    assert found.payoff == analyze(make_measured(), probes=found.probes).payoff
    assert "of this task, simulated/x changed by" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(("asked", "taken"), [(None, 1), (32, 0), (40, 0), (64, 1), (128, 1), (10_000, 1), (1, 0)])
def test_the_fine_tuning_that_tells_most_of_the_number_asked_about_is_taken(
    probe, make_measured, tmp_path, asked, taken
):
    write_probe(probe, tmp_path)
    found = read_probe(tmp_path, make_measured(), n_train=asked)
    assert (found.n_train, found.gain) == ((32, 128)[taken], probe.gains[taken])
    if asked is not None:
        reasons = payoff_reasons(analyze(make_measured(), probes=[found], n_train=asked).payoff)
        (counted,) = (reason.values for reason in reasons if reason.code == "probed")
        assert (counted["n_train"] == counted["wanted"]) == (asked in (32, 128))
        below = [r.values["end"] > r.values["n_train"] for r in reasons if r.code == "extrapolated"]
        assert below == [True] * (asked in (1, 64)), "cases of more than 10,000 are known"


def test_a_comparison_with_random_examples_alone_says_so(probe, make_measured, make_retrieved):
    said = "add --retrieved 1,4,16 to your curvefit run"
    assert words(probe, verbose=True).count(said) == 1
    assert (probe.decision, said in words(probe)) == ("pays", True), "the better prompt may do as well"
    lost = replace(probe, gains=(Estimate(-0.1, -0.2, -0.05, 0.9),), optimism=0.0)
    assert (lost.decision, said in words(lost)) == ("does not pay", False)
    both = make_retrieved(make_measured("rising"))
    text = words(conclude_probe(analyze(both), tuned(both), probe.units), verbose=True)
    assert "--retrieved" not in text
    assert "with the 16 most similar examples" in text


@pytest.mark.parametrize(
    ("asked", "items", "same"),
    [("b", 60, False), ("a", 60, True), ("b", 40, True), ("", 60, True)],
)
def test_a_probe_of_another_task_of_that_name_is_refused(probe, make_measured, tmp_path, asked, items, same):
    """Known by what was asked, where the same items were scored; by name alone, where that cannot be compared."""
    write_probe(replace(probe, curve=replace(probe.curve, asked="a")), tmp_path)
    of = make_measured(items=items, asked=asked)
    if same:
        assert read_probe(tmp_path, of).gain == probe.gains[-1]
    else:
        with pytest.raises(InputError, match=r"probe\.json: task: is of another task of that name"):
            read_probe(tmp_path, of)


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "\u202eevil", "x" * 500])
def test_the_name_in_a_probe_cannot_write_to_the_terminal(probe, make_measured, tmp_path, name):
    (tmp_path / "probe.json").write_text(json.dumps({**probe_record(probe), "model": name}))
    text = summary(analyze(make_measured(), probes=[read_probe(tmp_path, make_measured())]), verbose=True, width=1000)
    assert not any(c in text for c in ("\x1b", "\u202e", "a\nb", "x" * 201))
    assert "of this task" in " ".join(text.split())


@pytest.mark.parametrize("name", ["local:/data/my  models/x.gguf", f"local:/{'deep/' * 60}x.gguf"])
def test_a_probe_of_a_file_with_an_unusual_path_is_of_that_very_model(probe, make_measured, tmp_path, name):
    (tmp_path / "probe.json").write_text(json.dumps({**probe_record(probe), "model": name}))
    assert read_probe(tmp_path, make_measured()).is_of(name)


def a_task(instruction="Name it.", count=80):
    rows = tuple(Item(f"i{n}", f"what is {n}?", str(n)) for n in range(count))
    return Task("made", instruction, "qa", rows[60:], rows[:60], Scorer("exact", exact))


@pytest.mark.parametrize(
    ("task", "same"),
    [
        (a_task(), True),
        (a_task("Name it briefly."), False),
        (a_task(count=61), False),  # without items that the probe scored
        (None, True),
    ],
)
def test_a_probe_of_other_items_is_known_by_what_the_task_asks_of_them(make_measured, probe, tmp_path, task, same):
    scored = tuple(f"i{n}" for n in range(30, 80))
    asked = fingerprint(a_task(), [*a_task().items[30:], *a_task().pool])
    fewer = analyze(replace(make_measured(items=40), asked="of fewer items", items=scored[:40]))
    write_probe(replace(probe, curve=replace(probe.curve, items=scored, asked=asked), study=fewer), tmp_path)
    of = make_measured(items=40, asked="another")
    if same:
        assert read_probe(tmp_path, of, lambda: task).gain == probe.gains[-1]
    else:
        with pytest.raises(InputError, match="is of another task of that name"):
            read_probe(tmp_path, of, lambda: task)


def test_a_probe_of_other_items_counts_in_the_study_it_was_compared_with_though_the_task_is_gone(
    make_measured, probe, tmp_path
):
    """As in a study folder that was copied away from its task."""
    scored = tuple(f"i{n}" for n in range(30, 80))
    compared = replace(make_measured(items=40), items=scored[:40], asked="of fewer items")
    there = replace(probe, curve=replace(probe.curve, items=scored, asked="of all"), study=analyze(compared))
    write_probe(there, tmp_path)

    def gone():
        raise InputError("there is no task")

    assert read_probe(tmp_path, compared, gone).gain == probe.gains[-1]
    with pytest.raises(InputError, match="there is no task"):
        read_probe(tmp_path, replace(compared, asked="of another instruction"), gone)


def test_a_probe_says_by_how_much_the_best_prompt_looks_better_than_it_is(probe):
    study = probe.study
    smoothed = study.best.forecast.at(study.best.point.shots).value
    assert probe_record(probe)["best_prompted_by_the_curve"]["value"] == pytest.approx(smoothed)
    text = words(probe, verbose=True)
    assert f"The best of {len(study.points)} prompts was picked" in text
    assert f"by about {100 * probe.optimism:.1f} points (estimated by resampling)" in text
    fair = f"{probe.best.point.accuracy.value - probe.optimism:.0%}"
    assert f"points over {fair}, the best prompt without luck" in probe_summary(probe)
    assert "without luck" not in probe_summary(replace(probe, optimism=0.0))
    assert probe_record(probe)["optimism"] == probe.optimism > 0
    assert f"puts it at {100 * smoothed:.0f}%" in text
