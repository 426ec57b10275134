"""What a next step takes, and the order of those that find something out."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import (
    NextStep,
    ProbeOutline,
    more_items,
    most_useful,
    priced,
    retrieved_shots,
    room_for_examples,
    wider,
    with_closing_step,
)
from curvefit.measurement.measurement import CutReplies, JudgeRecord, Measurement
from curvefit.models.base import Usage
from curvefit.payoff.predictor import Payoff
from curvefit.report.sentences import sentence
from curvefit.report.step_text import step_text
from curvefit.trials.design import Design

SHOTS, DRAWS, ITEMS = (0, 2, 8), 3, 20


def measured(usd=lambda k: 0.001 * (1 + k), concurrency=4, **more):
    """Each call at k shots takes 100 + 10 k tokens, 2 seconds and so many dollars."""
    calls = [ITEMS * (DRAWS if k else 1) for k in SHOTS]
    usage = tuple(
        Usage(n, n * (100 + 10 * k), 0, n, None if usd is None else n * usd(k), 2.0 * n)
        for k, n in zip(SHOTS, calls, strict=True)
    )
    return Measurement(
        shots=np.array(SHOTS), scores=np.ones((len(SHOTS), DRAWS, ITEMS)), design=Design(SHOTS, DRAWS, ITEMS),
        items=tuple(map(str, range(ITEMS))), pool=100, available=200, usage_by_shots=usage, concurrency=concurrency,
        model="openai/x", **more,
    )  # fmt: skip


def payoff(value=0.02, half=0.2):
    return Payoff(Estimate(value, value - half, value + half, 0.9), 0.5, 0.02, 90, (), None)


NARROW = Reason("narrow", {"shots": 16, "items": 40, "draws": 3, "lacks_examples": 0, "lacks_items": 0, "chance": 0.6})
PROBE = ProbeOutline(sizes=(32, 90), passes=(16, 10), seeds=2, pace=0.01, own=False)


def only(step, of=None, probe=PROBE, paid=None):
    (found,) = priced([step], of or measured(), paid, probe)
    return found


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        ("ship more-items see-errors fine-tune", "ship more-items fine-tune"),
        ("same-again ship measure-retrieved fine-tune", "same-again ship fine-tune"),
        ("use-classifier ship measure-retrieved see-errors fine-tune", "use-classifier ship fine-tune"),
        ("ship measure-retrieved see-errors", "ship measure-retrieved see-errors"),
        ("same-again state-error-usd ship fine-tune", "same-again state-error-usd ship"),
    ],
)
def test_of_more_than_three_steps_those_that_only_show_or_measure_are_left_out_first(codes, kept):
    assert [step.code for step in most_useful(list(map(NextStep, codes.split())))] == kept.split()


def test_more_items_and_shots_cost_what_the_new_requests_do_and_none_twice():
    step = only(NARROW)
    new = {0: 20, 2: 60, 8: 60, 16: 120}  # at 0 shots all draws share a request
    assert step.calls == sum(new.values())
    assert step.usd == pytest.approx(sum(n * 0.001 * (1 + k) for k, n in new.items()))
    assert step.minutes == pytest.approx(sum(new.values()) * 2 / 4 / 60)
    assert step.chance == 0.6


def test_more_items_are_shown_their_most_similar_examples_too_where_those_were_measured():
    of = measured()
    similar = replace(of, shots=np.array([1, 4]), scores=np.ones((2, 1, ITEMS)), usage_by_shots=())
    assert only(NARROW, replace(of, retrieved=similar)).calls == only(NARROW, of).calls + 2 * (40 - ITEMS)


def test_retrieved_examples_are_asked_for_once_an_item_as_far_as_the_pool_goes():
    assert only(Reason("measure-retrieved")).calls == 3 * ITEMS
    assert only(Reason("measure-retrieved"), measured().__class__(**{**vars(measured()), "pool": 5})).calls == 2 * ITEMS


def test_the_judge_is_asked_about_as_large_a_share_of_new_replies_as_so_far_and_counts_in_price_and_time():
    plain = measured()
    asked, step = sum(usage.calls for usage in plain.usage_by_shots), only(Reason("measure-retrieved"), plain)
    verdicts = Usage(asked // 2 + 20, 0, 0, 0, 0.01 * (asked // 2 + 20), 1.0 * (asked // 2 + 20))
    spent = {"usage": sum(plain.usage_by_shots, verdicts)}
    judge = JudgeRecord("grader", False, 9, 10, 9, 10, asked // 2 + 20)  # of 20 labels and of every second reply
    judged = only(Reason("measure-retrieved"), replace(plain, judge=judge, **spent))
    assert judged.calls == step.calls * 1.5
    assert judged.usd == pytest.approx(step.usd + 0.01 * step.calls / 2)
    assert judged.minutes == pytest.approx(step.minutes + 1.0 * step.calls / 2 / 60 / plain.concurrency)
    pairs = only(Reason("measure-retrieved"), replace(plain, judge=replace(judge, pairwise=True), **spent))
    assert pairs.calls == step.calls * 2
    unpriced = replace(plain, judge=judge, usage=replace(spent["usage"], usd=None))
    assert (only(Reason("measure-retrieved"), unpriced).calls, only(Reason("measure-retrieved"), unpriced).usd) == (
        judged.calls,
        None,
    )


@pytest.mark.parametrize(("context", "room"), [(None, 0), (100 + 1, 8), (100 + 16 + 100, 9), (100 + 16 + 10_000, 900)])
def test_a_prompt_has_room_for_as_many_examples_as_its_tokens_leave_and_a_tenth_less(context, room):
    """Each takes 10 tokens, beside 100 of the rest and 16 of the reply; what was measured had room."""
    assert room_for_examples(measured(model_context=context, cut=CutReplies(0, 9, 16))) == room
    assert room_for_examples(replace(measured(model_context=context), usage_by_shots=())) == 0


@pytest.mark.parametrize(
    ("step", "shots"),
    [
        (Reason("more-shots", {"missing": 1}), (0, 2, 8, 16)),
        (Reason("more-shots", {"missing": 2}), None),
        (Reason("add-examples", {"end": 64, "last": 8}), (0, 2, 8, 16, 20)),
        (Reason("narrow", {"shots": 16, "items": None, "draws": None}), (0, 2, 8, 16)),
        (Reason("narrow", {"shots": 32, "items": None, "draws": None, "lacks_room": 12}), None),
    ],
)
def test_no_step_measures_more_examples_than_a_prompt_has_room_for(step, shots):
    small = measured(model_context=323)  # 0.9 × (323 − 100) / 10 = 20.07
    found = wider(step, small)
    assert (None if found is None else found.shots) == shots
    assert retrieved_shots(small) == (1, 4, 16)
    assert retrieved_shots(replace(small, model_context=200)) == (1, 4)


def test_the_same_command_again_costs_the_requests_without_a_reply():
    of = measured()
    scores = of.scores.copy()
    scores[2, 1:] = np.nan
    step = only(Reason("same-again", {"limit": "--max-usd 1"}), replace(of, scores=scores))
    assert (step.calls, step.usd) == (2 * ITEMS, pytest.approx(2 * ITEMS * 0.009))


@pytest.mark.parametrize(
    ("of", "known"),
    [(measured(usd=None), (True, False, True)), (measured(concurrency=0), (True, True, False)),
     (replace(measured(), usage_by_shots=()), (True, False, False)), (replace(measured(), design=None), (False,) * 3)],
)  # fmt: skip
def test_what_is_not_known_is_none_and_no_guess(of, known):
    step = only(NARROW, of)
    assert (step.calls is not None, step.usd is not None, step.minutes is not None) == known
    assert step.chance == 0.6


def test_training_takes_the_tokens_of_its_examples_at_the_pace_of_the_model():
    step = only(Reason("probe"), paid=payoff())
    tokens = 10 * 2 * (32 * 16 + 90 * 10)
    assert step.minutes == pytest.approx(tokens * 0.01 * 1.2 / 60)
    assert (step.calls, step.usd) == (0, 0.0)
    own = only(Reason("probe"), probe=replace(PROBE, own=True), paid=payoff())
    assert own.minutes == pytest.approx(step.minutes + ITEMS * 5 * 2 / 60), "and what it scores"


def test_a_training_of_the_very_model_settles_more_than_one_of_another():
    hint, own = (only(Reason("probe"), probe=replace(PROBE, own=own), paid=payoff()).chance for own in (False, True))
    assert 0 < hint < own < 1


def test_what_a_provider_takes_for_training_is_not_known():
    step = only(Reason("probe"), probe=replace(PROBE, own=True, elsewhere=True, pace=None), paid=payoff())
    assert (step.code, step.usd, step.minutes) == ("probe-elsewhere", None, None)
    assert 0 < step.chance < 1


def test_a_provider_to_practise_with_trains_nothing_and_no_step_says_so():
    steps, outline = [Reason("improve-prompt"), Reason("probe")], replace(PROBE, own=True, elsewhere=True, pace=None)
    for made_up, kept in ((False, ["improve-prompt", "probe-elsewhere"]), (True, ["improve-prompt"])):
        found = priced(steps, measured(), payoff(), replace(outline, made_up=made_up))
        assert [step.code for step in found] == kept


def test_training_at_a_provider_on_the_list_is_priced_at_its_upper_end():
    here = replace(measured(), model="openai/gpt-4o-mini")
    outline = ProbeOutline((64, 256), (3, 3), seeds=1, pace=None, own=True, elsewhere=True)
    (step,) = priced([Reason("probe")], here, payoff(), outline)
    # 960 examples of 101 tokens at $3 a million, and 2 × ITEMS calls of 100 tokens sent and 1 got at $0.30 and $1.20.
    assert step.usd == pytest.approx(960 * 101 * 3e-6 + 2 * ITEMS * (100 * 0.3e-6 + 1.2e-6))
    own = replace(here, command=("curvefit", "run", "--api-base=http://localhost:1/v1"))
    assert priced([Reason("probe")], own, payoff(), outline)[0].usd is None
    hosted = priced([Reason("probe")], replace(here, model="azure/gpt-4o"), payoff(), outline)[0]
    assert "hosting_high" not in step.values, "OpenAI takes nothing for it"
    assert dict(hosted.values) == {"hosting_low": 1.7, "hosting_high": 2.04, "hosting_per": "hour"}


@pytest.mark.parametrize(
    ("model", "command", "unlisted"),
    [
        ("openai/gpt-4o-mini", (), False),
        ("openai/gpt-5.4", (), True),
        ("openai/gpt-4o-mini", ("curvefit", "run", "--api-base=http://localhost:1/v1"), True),
        ("local/gemma3-270m", (), False),
        ("hf:folder", (), False),
        ("simulated/rising", (), False),
    ],
)
def test_steps_that_train_say_where_the_list_has_no_price_of_it(model, command, unlisted):
    of = replace(measured(), model=model, command=command)
    outline = replace(PROBE, own=True, elsewhere=True, pace=None)
    steps = priced([Reason("fine-tune", {"n_train": 90, "pool": 100}), Reason("probe")], of, payoff(), outline)
    assert [bool(step.values.get("unlisted")) for step in steps] == [unlisted] * 2
    assert ["list of prices has none for training this model" in step_text(step) for step in steps] == [unlisted] * 2


@pytest.mark.parametrize(
    ("codes", "available", "items"),
    [
        (("improve-prompt",), 200, 100),
        (("show-similar",), 60, 60),
        (("ship", "see-errors"), 200, 100),
        ((), 200, 100),
        (("show-similar", "probe"), 200, None),  # training finds it out
        (("ship", "see-errors", "probe-elsewhere"), 200, 100),  # but after a high score it is the last and dearest
        (("constrain",), 200, None),  # the prompt comes first
        (("improve-prompt",), ITEMS, None),
        (("ship", "see-errors"), ITEMS + 15, None),  # for intervals that hardly narrow
        (("improve-prompt",), 0, None),  # nobody knows how many there are
    ],
)
def test_an_open_answer_has_a_step_that_scores_more_items_where_nothing_else_finds_it_out(codes, available, items):
    of, steps = replace(measured(), available=available), tuple(NextStep(code) for code in codes)
    found = with_closing_step(steps, of)
    if items is None:
        assert found == steps
        return
    assert [step.code for step in found] == [*codes[:1], "more-items", *codes[1:]]
    step = found[min(1, len(codes))]
    assert wider(step, of) == (SHOTS, DRAWS, items)
    assert step.calls == (items - ITEMS) * (1 + 2 * DRAWS), "at 0 shots all draws share a request"
    asked = replace(of, command=("curvefit", "run", "x.jsonl", "-m", "openai/x"))
    assert with_closing_step(steps, replace(asked, design=None)) == steps


@pytest.mark.parametrize(
    ("scored", "available", "then"), [(16, 200, "more-items"), (100, 200, "fine-tune"), (16, 16, "fine-tune")]
)
def test_where_few_items_could_not_judge_a_training_more_are_scored_first(scored, available, then):
    of = replace(measured(), available=available, items=tuple(map(str, range(scored))))
    found = with_closing_step((NextStep("show-similar"), NextStep("fine-tune")), of)
    assert [step.code for step in found] == ["show-similar", then]


def test_a_step_that_scores_more_items_says_what_has_the_fine_tuned_model_scored_on_them_too():
    of = replace(measured(), available=200)
    for again in ("", "probe", "validate"):
        (step,) = with_closing_step((), of, again=again)
        assert step == more_items(of, again=again)
        assert step.values.get("again", "") == again
        assert (f"Then run your curvefit {again} command again" in sentence(step)) == bool(again)


def test_more_items_are_no_step_where_many_are_scored_and_they_could_not_make_the_answer_sure():
    """From 100 items to the 120 there are, for $0.13, an interval of 24.5 points became one of 24.3."""
    of = replace(measured(), available=120, items=tuple(map(str, range(100))))
    ship = (NextStep("ship", {"shots": 8, "selection": "random"}), NextStep("see-errors"))
    assert with_closing_step(ship, of) == ship, "a prediction from other tasks is as sure as before"
    assert with_closing_step(ship, of, 0.45) == ship
    _, step, _ = with_closing_step(ship, of, 0.75)
    assert (step.code, step.chance > 0.1) == ("more-items", True)
    assert "The chance that this settles whether fine-tuning gains accuracy is" in step_text(
        replace(step, calls=None, usd=None, minutes=None)
    )


def test_the_chance_that_more_items_settle_it_is_that_of_simulated_ones():
    rng, sure = np.random.default_rng(0), 0.84162  # scipy.stats.norm.ppf(0.8)
    of = replace(measured(), available=80)
    for probability, z in ((0.6, 0.25335), (0.5, 0.0), (0.25, -0.67449)):  # scipy.stats.norm.ppf
        truth = rng.normal(z, 1.0, 200_000)  # in units of the error now, as far from the margin
        with_all = truth + rng.normal(0, np.sqrt(1 / 3), truth.size)  # of the 60 other items
        after = (z + 3 * with_all) / 4
        settled = np.abs(after) > sure / 2
        (step,) = with_closing_step((), of, probability)
        assert step.chance == pytest.approx(settled.mean(), abs=0.01)


def test_the_chance_that_training_settles_it_is_that_of_a_simulated_one():
    """Gains are drawn from the prediction, and measured with the error of 20 items."""
    rng = np.random.default_rng(0)
    error, prediction, sure = 0.05 * np.sqrt(5), 0.2 / 1.645, 0.84162  # scipy.stats.norm.ppf(0.8)
    for predicted in (0.1, -0.1):
        seen = rng.normal(predicted, prediction, 100_000) + rng.normal(0, error, 100_000)
        both = (predicted / prediction**2 + seen / error**2) / (1 / prediction**2 + 1 / error**2)
        apart = sure / np.sqrt(1 / prediction**2 + 1 / error**2)
        alone = [seen - 0.02 > sure * error, seen - 0.02 < -sure * error]
        settled = ((both - 0.02 > apart) & alone[0]) | ((both - 0.02 < -apart) & alone[1])
        step = only(Reason("probe"), probe=replace(PROBE, own=True), paid=payoff(predicted))
        assert step.chance == pytest.approx(settled.mean(), abs=0.01)


def test_that_training_does_not_pay_is_shown_only_by_nearly_as_many_examples():
    """On fewer it would show nothing, and is no step."""
    hopeless, own = payoff(-0.2, 0.1), replace(PROBE, own=True, sizes=(32, 72))
    assert only(Reason("probe"), probe=own, paid=hopeless).chance > 0.5
    assert priced([Reason("probe")], measured(), hopeless, replace(own, sizes=(32, 71))) == ()


@pytest.mark.parametrize(("chance", "named"), [(0.09, False), (0.11, True)])
def test_what_would_hardly_settle_anything_is_no_step_and_what_is_to_do_always_is(chance, named):
    todo = NextStep("ship", {"shots": 8, "selection": "random"})
    vain = Reason("narrow", {**NARROW.values, "chance": chance})
    found = [step.code for step in priced([todo, vain], measured(), None, None)]
    assert found == ["ship", *(["narrow"] if named else [])]


def test_what_finds_out_comes_in_the_order_of_its_cost_for_a_chance_and_what_is_to_do_keeps_its_place():
    steps = [NARROW, Reason("measure-retrieved"), Reason("fine-tune", {"n_train": 1, "pool": 1}), Reason("probe")]
    found = priced(steps, measured(), payoff(), PROBE)
    assert [step.code for step in found] == ["probe", "measure-retrieved", "fine-tune"]
    assert found[0].cost / found[0].chance < found[1].cost / found[1].chance
    dear = priced(steps, measured(), payoff(), replace(PROBE, pace=5.0))
    assert [step.code for step in dear] == ["measure-retrieved", "narrow", "fine-tune"]


def test_a_given_order_is_kept():
    steps = [NARROW, Reason("measure-retrieved")]
    assert [step.code for step in priced(steps, measured(), None, PROBE, in_order=True)] == [
        "narrow",
        "measure-retrieved",
    ]


@pytest.mark.parametrize(
    ("step", "shots"),
    [
        (NARROW, (0, 2, 8, 16)),
        (Reason("more-shots", {"missing": 2, "shots": 8, "items": 20, "draws": 3}), (0, 2, 8, 16, 32)),
        (Reason("add-examples", {"end": 100, "last": 8}), (0, 2, 8, 16, 32, 64, 100)),
        (Reason("add-examples", {"end": 8, "last": 8}), None),
        (Reason("past-classes", {"shots": 60, "items": 20, "draws": 3}), (0, 2, 8, 60)),
        (Reason("narrow", {**NARROW.values, "lacks_items": 3}), None),
        (Reason("ship", {"shots": 4, "selection": "random"}), None),
    ],
)
def test_what_a_step_measures_is_what_there_is_and_what_it_adds(step, shots):
    found = wider(step, measured())
    assert (None if found is None else found.shots) == shots


def test_more_numbers_of_shots_than_the_pool_has_examples_are_not_measured():
    assert wider(Reason("more-shots", {"missing": 4, "shots": 8, "items": 20, "draws": 3}), measured()) is None


def test_a_step_can_be_copied_whole():
    step = NextStep("ship", {"shots": 4}, 1, 2.0, 3.0, 0.5)
    assert copy.deepcopy(step) == step


@pytest.mark.parametrize("alike", [False, True])
def test_more_items_of_the_same_groups_are_worth_what_they_add(alike):
    """Seen: 240 items of the 12 groups of 60, said to settle it with 72%, that narrowed the interval by a sixth."""
    items, groups = 60, np.arange(60) // 5
    chance = np.random.default_rng(5).random(12)[groups] if alike else np.full(items, 0.5)
    scores = (np.random.default_rng(6).random((len(SHOTS), DRAWS, items)) < chance).astype(float)
    names = tuple(map(str, range(items)))
    alone = replace(measured(), scores=scores, readable=None, items=names, available=240)
    of_groups = replace(alone, groups=tuple(groups.tolist()))
    by_groups, by_items = (
        0.0 if (step := more_items(each, 0.75)) is None else step.chance for each in (of_groups, alone)
    )
    assert by_items > 0.5
    assert (by_groups < by_items - 0.1) == alike
    one_each = replace(alone, scores=scores[:, :, :1].repeat(items, axis=2), groups=of_groups.groups)
    assert more_items(one_each, 0.75) is None, "copies tell nothing, however many"
