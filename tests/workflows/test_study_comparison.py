"""Studies compared: their items are those of their tasks, all pairs hold together, and inputs are those of then."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.decision.candidates import Candidate
from curvefit.measurement.measurement import CutReplies
from curvefit.report.comparison_page import comparison_answer
from curvefit.report.comparison_report import choice_sentence, comparison_record, comparison_summary
from curvefit.tasks.loading import load_task_again
from curvefit.workflows.more_to_ask import more_to_ask
from curvefit.workflows.study_comparison import _best_of_all, _share_draws, compare

DESIGN = cf.Design(shots=(0, 4), draws=2, items=30)


def write(folder, rows, instruction="Which topic?"):
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"id": f"r{i}", "input": text, "output": label}) for i, (text, label) in enumerate(rows)]
    (folder / "data.jsonl").write_text("\n".join(lines))
    (folder / "task.yaml").write_text(f"name: topics\ndata: data.jsonl\ninstruction: {instruction}\nscorer: label\n")
    return str(folder)


ROWS = [(f"message number {i} about topic {i * 7919 % 1000}", "abc"[i % 3]) for i in range(90)]


def study(path, model="simulated/plateau", design=DESIGN):
    return cf.measure(cf.load_task(path), design, cf.resolve(model))


def test_a_prompt_that_changed_is_compared_on_the_same_items(tmp_path):
    old = study(write(tmp_path / "t", ROWS))
    new = study(write(tmp_path / "t", ROWS, "Name the topic."), "simulated/rising")
    assert old.asked != new.asked
    comparison = compare({"old": old, "new": new})
    assert comparison.pairs[0].items == 30
    assert comparison.cautions == ()
    assert comparison.inputs["r89" if "r89" in old.items else old.items[0]] in dict(ROWS)


def test_an_input_that_changed_is_not_paired_and_not_shown(tmp_path):
    old = study(write(tmp_path / "t", ROWS))
    edited = [(text.upper() if f"r{i}" == old.items[0] else text, label) for i, (text, label) in enumerate(ROWS)]
    new = study(write(tmp_path / "t", edited))
    comparison = compare([old, replace(new, model="other")])
    assert [r.code for r in comparison.cautions if r.code == "pair-changed"] == ["pair-changed"]
    assert comparison.pairs[0].items == 29
    assert all(not comparison.inputs.get(i, "").isupper() for i in old.items[1:])


def test_a_study_from_before_digests_is_known_by_its_task_where_that_is_as_it_was(tmp_path):
    new = study(write(tmp_path / "t", ROWS))
    old = replace(new, digests=(), model="old")
    moved = replace(new, items=tuple(f"x{i}" for i in new.items), model="moved", asked="")
    assert compare([old, moved]).pairs[0].items == 30, "by content, whatever the ids"
    write(tmp_path / "t", ROWS, "Another instruction.")
    with pytest.raises(cf.CurvefitError, match="other ids"):
        compare([old, moved])


def test_two_tasks_with_the_same_ids_are_refused(tmp_path):
    one, other = study(write(tmp_path / "t", ROWS)), study(write(tmp_path / "u", [(f"other {t}", o) for t, o in ROWS]))
    with pytest.raises(cf.CurvefitError, match=r"\d+ have the same id, but another input"):
        compare({"one": one, "other": other})


def judged_by(function, options=""):
    rows = [{"input": text, "output": label} for text, label in ROWS]
    task = cf.Task.from_records(rows, name="topics", scorer=cf.Scorer("mine", function, options))
    return cf.measure(task, DESIGN, cf.resolve("simulated/plateau"))


def test_two_scorers_of_one_name_and_other_code_are_two():
    def strict(credit):
        return lambda reply, item: credit * (reply.strip() == item.target)

    def first_letter(reply, item):
        return float(reply.strip()[:1] == item.target[:1])

    whole, half = judged_by(strict(1.0)), judged_by(strict(0.5))
    for other in (half, judged_by(first_letter)):
        assert whole.asked != other.asked
        with pytest.raises(cf.CurvefitError, match="have the same id, but another input, target or scorer"):
            compare({"one": whole, "other": other})
    assert (whole.asked, whole.digests) == (judged_by(strict(1.0)).asked, judged_by(strict(1.0)).digests)
    stated = {"one": judged_by(strict(1.0), "version 1"), "other": judged_by(strict(0.5), "version 1")}
    assert compare(stated).pairs[0].items == 30, "options say which one it is"


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("tasks") / "t", ROWS)
    return {name: study(path, f"simulated/{name}") for name in ("flat", "plateau", "rising")}


def test_three_studies_are_three_pairs_whose_intervals_are_wider_than_that_of_one(three):
    alone = compare({name: three[name] for name in ("flat", "plateau")}).pairs[0].difference
    all_three = compare(three)
    assert [(p.first, p.second) for p in all_three.pairs] == [
        ("flat", "plateau"), ("flat", "rising"), ("plateau", "rising"),
    ]  # fmt: skip
    widened = all_three.pairs[0].difference
    assert widened.value == alone.value
    assert widened.level == pytest.approx(1 - 0.1 / 3)
    assert widened.high - widened.low > alone.high - alone.low


def test_every_number_of_shots_in_common_is_compared_where_wanted(three):
    comparison = compare(three, all_shots=True)
    assert [p.shots for p in comparison.at_shots] == [0, 4] * 3
    assert all(p.shots is None for p in comparison.pairs)
    curve = three["plateau"]
    at_4 = comparison.at_shots[1]
    assert at_4.accuracies[1].value == pytest.approx(curve.means[1])
    assert at_4.difference.value == pytest.approx(curve.means[1] - three["flat"].means[1]), "nothing was picked"


def test_draws_that_one_lacks_are_to_be_asked_where_they_would_narrow_the_interval(tmp_path):
    few, many = (cf.Design(shots=(0, 4), draws=draws, items=30) for draws in (2, 5))
    first = cf.analyze(study(write(tmp_path / "t", ROWS), design=few))
    second = cf.analyze(study(write(tmp_path / "t", ROWS, "Name it."), design=many))
    studies = {"few": first, "many": second}
    (pair,) = compare(studies).pairs
    hang_on_draws = replace(pair, difference=cf.Estimate(0.0, -0.1, 0.1, 0.9), from_items=1e-4, from_draws=4e-4)
    (more,) = more_to_ask(hang_on_draws, studies)
    left = (2 / 5) / (1 / 2 + 1 / 5)  # of the variance of draws: 2 and 5, then 5 and 5
    assert more.narrower == pytest.approx(1 - math.sqrt((1 + 4 * left) / 5))
    assert (more.name, more.items, more.draws, more.step.calls) == ("few", 0, 3, 90)
    assert [*more_to_ask(replace(hang_on_draws, from_draws=0.0), studies)] == []
    assert [*more_to_ask(hang_on_draws, {"few": first.curve, "many": second})] == [], "of scores alone no more is asked"


def test_a_regression_is_of_the_first_alone(three):
    assert [p.second for p in compare({"plateau": three["plateau"], "flat": three["flat"]}).regressions] == ["flat"]
    assert compare({"flat": three["flat"], "plateau": three["plateau"]}).regressions == ()
    assert compare({"flat": three["flat"], "p": three["plateau"], "again": three["flat"]}).regressions == ()


def test_the_same_study_twice_is_named_as_such(three):
    twice = compare([three["plateau"], three["plateau"]])
    assert [r.code for r in twice.cautions] == ["pair-same-prompt"]
    assert [s.name for s in twice.studies] == ["A: simulated/plateau", "B: simulated/plateau"]
    copied = replace(three["plateau"], path="")
    assert [r.code for r in compare([copied, copied]).cautions] == ["pair-same-scores"], "of what file is not known"


def test_of_one_prompt_asked_of_more_items_none_is_the_cheaper_and_nothing_is_to_be_asked(tmp_path):
    """Seen: the one of --items 40 called the cheapest within 2 points of the one of --items 60."""
    path = write(tmp_path / "t", ROWS)
    designs = (cf.Design((0, 4), 2, items, 7, ordered_by="place") for items in (20, 40))
    few, more = (cf.analyze(study(path, design=design)) for design in designs)

    def choice(found):
        dear = zip(found.studies, (1.0, 2.0), strict=True)
        return replace(found, studies=tuple(replace(each, usd_per_1000=usd) for each, usd in dear)).choice

    found = compare({"few": few, "more": more}, margin=0.02)
    assert [r.code for r in found.cautions] == ["pair-left-out", "pair-same-prompt"]
    assert (choice(found).why, found.to_ask) == ("accuracy", ())
    assert choice_sentence(found).startswith("There is no choice between the two: they are the same prompt of the same")
    assert "report of few says: " in choice_sentence(found)
    reworded = replace(more, curve=replace(more.curve, overrides=(("instruction", "Sort it."),)))
    other = compare({"few": few, "more": reworded}, margin=0.02)
    assert choice(other).why == "usd_per_1000", "two prompts, though they score the same"


def test_items_that_nobody_has_right_are_named_by_id(three):
    first, second = three["flat"], three["plateau"]
    wrong = [np.where(np.arange(30) < 2, 0.0, 1.0) * np.ones(curve.scores.shape) for curve in (first, second)]
    curves = [replace(curve, scores=scores) for curve, scores in zip((first, second), wrong, strict=True)]
    assert compare(curves).missed == first.items[:2]


def test_replies_that_were_cut_off_are_named(three):
    cut = replace(three["flat"], cut=CutReplies(50, 60, 16))
    assert "pair-cut-off" in {r.code for r in compare([cut, three["plateau"]]).cautions}


def test_shared_draws_are_those_of_one_seed_and_pool(three, monkeypatch):
    found = []
    real = __import__("curvefit.decision.paired_comparison", fromlist=["x"]).paired_difference

    def noted(*arguments, shared_draws):
        found.append(shared_draws)
        return real(*arguments, shared_draws=shared_draws)

    monkeypatch.setattr("curvefit.decision.paired_comparison.paired_difference", noted)
    flat, plateau = three["flat"], three["plateau"]
    compare([flat, plateau])
    compare([flat, replace(plateau, design=replace(plateau.design, seed=1))])
    compare([flat, replace(plateau, pool=plateau.pool + 1)])
    assert found == [True, False, False]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "two studies, and 0"),
        (3, "studies are compared, in a list"),
        ("ab", "studies are compared, in a list"),
        ([1, 2], "a study or a measurement is needed"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(given, why):
    with pytest.raises(cf.CurvefitError, match=why):
        compare(given)


def test_margin_and_level_are_shares(three):
    with pytest.raises(cf.CurvefitError, match="margin lies between"):
        compare(three, margin=2)


def test_the_margin_is_the_smallest_of_the_studies_and_it_is_said_which_was_taken(three):
    at = {
        name: {margin: cf.analyze(curve, margin=margin) for margin in (0.02, 0.05, 0.1)}
        for name, curve in three.items()
    }
    flat, plateau, rising = (at[name] for name in ("flat", "plateau", "rising"))
    for studies, stated, margin, source in (
        ([flat[0.05], plateau[0.05]], None, 0.05, "studies"),
        ([flat[0.05], plateau[0.05]], 0.03, 0.03, "stated"),
        ([flat[0.05], three["plateau"]], None, 0.05, "studies"),  # a measurement alone has no margin
        ([flat[0.05], plateau[0.1], rising[0.05]], None, 0.05, "smallest"),
        ([three["flat"], three["plateau"]], None, 0.05, "default"),
    ):
        found = compare(studies, margin=stated)
        assert (found.margin, found.margin_source) == (margin, source)
        assert {pair.margin for pair in found.pairs} == {margin}
        said = {
            "studies": "points, that of the studies.",
            "smallest": "points, the smallest of the studies.",
            "stated": "points.",
            "default": "points, the default.",
        }
        text = " ".join(comparison_summary(found, verbose=True).split())
        assert f"The margin is {100 * margin:g} {said[source]}" in text
        assert comparison_record(found)["margin_source"] == source


@pytest.mark.parametrize(("items", "margin"), [(60, 0.05), (640, 0.04), (4_000, 0.02)])
def test_tables_have_the_margin_that_fit_takes_for_their_items(items, margin):
    def table(seed):
        scores = (np.random.default_rng(seed).random(items) < 0.6).astype(float)
        return cf.Curve(shots=[4], scores=scores[None, None], items=tuple(map(str, range(items))))

    found = compare([table(1), table(2)])
    assert found.margin == margin == cf.Criteria().margin_for(items)


def test_it_shows_itself(three):
    comparison = compare(three)
    assert repr(comparison).startswith("<Comparison of 3 studies: 'plateau' better than 'flat' by ")
    assert comparison._repr_html_().count("<tr>") == 4
    assert comparison.plot().get_xlabel().startswith("points")


def scored(model, right, shift=0):
    """A measurement of 60 items, of which so many are right, at 0 and 4 shots alike; from another one on, if wanted."""
    scores = np.tile(np.roll(np.arange(60) < right, shift), (2, 2, 1)).astype(float)
    return cf.Measurement(
        shots=np.array([0, 4]), scores=scores, task="t", model=model, items=tuple(map(str, range(60))), asked="same"
    )


def test_the_next_model_up_is_held_against_fine_tuning_this_one():
    compared = compare([scored("small", 18), scored("big", 54)])
    small, big = compared.studies

    def outcome(reached, low, high, model="another"):
        tuned = Candidate("fine-tuned on 100", small.model, 0, "predicted", cf.Estimate(reached, low, high, 0.9))
        pair = (replace(small, fine_tuned=tuned), replace(big, model=model))
        return [step.outcome for step in replace(compared, studies=pair).ladder]

    at = big.accuracy.value
    assert outcome(at - 0.5, at - 0.55, at - 0.45) == ["next-model"]
    assert outcome(at - 0.02, at - 0.3, at + 0.05) == ["open"]
    assert outcome(0.999, 0.998, 1.0, model=small.model) == []  # the same model is no step up
    tuned = Candidate("fine-tuned on 100", small.model, 0, "predicted", cf.Estimate(0.4, 0.3, 0.5, 0.9))
    searched = (replace(small, fine_tuned=tuned), replace(big, shippable=False))
    assert replace(compared, studies=searched).ladder == (), "nor is one that needs a perfect search"
    down = compare([scored("big", 54), scored("small", 18)])
    known = replace(down.studies[0], fine_tuned=Candidate("fine-tuned", "big", 0, "predicted", big.accuracy))
    assert replace(down, studies=(known, down.studies[1])).ladder == (), "nor is a worse one"
    assert compared.ladder == ()  # nothing is known of fine-tuning


def test_the_choice_is_the_cheapest_within_the_margin_of_the_best():
    alike = compare([scored("a", 40), scored("b", 39), scored("c", 3)])
    a, b, c = alike.studies
    known = replace(alike, studies=(replace(a, usd_per_1000=1.0), replace(b, usd_per_1000=0.2), c))
    assert (known.choice.ship.name, known.choice.runner_up.name, known.choice.why) == ("b", "a", "usd_per_1000")
    unknown = replace(alike, studies=(replace(a, usd_per_1000=1.0), b, c))
    assert (unknown.choice.ship.name, unknown.choice.why) == ("a", "accuracy")
    faster = replace(alike, studies=(replace(a, seconds_p50=2.0), replace(b, seconds_p50=1.0), c))
    assert (faster.choice.ship.name, faster.choice.why) == ("b", "seconds_p50")
    timed = replace(alike, studies=(replace(a, seconds_p50=2.0, seconds_p95=3.0), replace(b, seconds_p50=1.0), c))
    for p95, why in ((1.5, "seconds_p50"), (3.5, "accuracy")):  # the rarer, slow calls say otherwise
        slow = replace(timed, studies=(timed.studies[0], replace(timed.studies[1], seconds_p95=p95), c))
        assert slow.choice.why == why
    jitter = [replace(each, seconds_p50=p50, seconds_p95=3.0) for each, p50 in ((a, 1.1), (b, 1.0))]
    assert replace(alike, studies=(*jitter, c)).choice.why == "accuracy", "no more apart than two medians may be"
    far = compare([scored("a", 40), scored("b", 36, shift=15)])
    x, y = far.studies
    priced = replace(far, studies=(replace(x, usd_per_1000=1.0), replace(y, usd_per_1000=0.1)))
    assert (priced.pairs[0].outcome, priced.choice.ship.name, priced.choice.why) == ("open", "a", "accuracy")
    surely = compare([scored("a", 5), scored("b", 55)])
    assert (surely.choice.ship, surely.choice.why) == (surely.studies[1], "better")


def test_none_is_named_for_its_price_whose_own_report_ships_no_prompt():
    alike = compare([scored("a", 40), scored("b", 39)])
    dear, cheap = (replace(each, usd_per_1000=price) for each, price in zip(alike.studies, (1.0, 0.2), strict=True))
    cut = cf.analyze(replace(scored("b", 39), cut=CutReplies(200, 240, 16)))
    named = {
        ships: replace(alike, studies=(dear, replace(cheap, given=given))).choice
        for ships, given in (("prompt", cf.analyze(scored("b", 39))), ("nothing", cut))
    }
    assert (named["prompt"].ship.name, named["prompt"].why) == ("b", "usd_per_1000")
    assert cut.advice.ships == "nothing"
    assert (named["nothing"].ship.name, named["nothing"].why) == ("a", "accuracy")
    both = [replace(each, given=cut) for each in (dear, cheap)]
    assert replace(alike, studies=tuple(both)).choice.why == "accuracy"


def test_only_a_margin_that_was_stated_lets_a_lower_price_cost_more_than_two_points():
    """40 and 37 of 60 are 5 points apart. A study's own margin may be all that its items can tell."""
    apart = compare([scored("a", 40), scored("b", 37, shift=15)])
    a, b = apart.studies
    priced = replace(apart, margin=0.1, studies=(replace(a, usd_per_1000=1.0), replace(b, usd_per_1000=0.2)))
    for source, ship in (("studies", "a"), ("smallest", "a"), ("stated", "b")):
        assert replace(priced, margin_source=source).choice.ship.name == ship
    fine = replace(priced, margin=0.01, margin_source="studies")
    assert fine.tolerated_loss == 0.01, "a smaller margin is kept"


def at_error_usd(comparison, *each, most=None):
    """Return a comparison of studies whose reports state what a mistake costs; None: a report that does not."""

    def stating(compared, usd):
        costs = cf.Costs(1000.0, error_usd=usd or 0.0, upper_ends={} if most is None else {"error_usd": most})
        study = cf.analyze(compared.given)
        return replace(compared, given=study if usd is None else replace(study, costs=costs))

    return replace(comparison, studies=tuple(map(stating, comparison.studies, each)))


def test_a_cheaper_one_is_picked_only_where_its_mistakes_cost_less_than_it_saves():
    """One more of 60 wrong: 16.67 more mistakes in a thousand calls, where 0.80 is saved."""
    alike = compare([scored("a", 40), scored("b", 39)])
    a, b = alike.studies
    alike = replace(alike, studies=(replace(a, usd_per_1000=1.0), replace(b, usd_per_1000=0.2)))
    assert at_error_usd(alike, None, None).choice.ship.name == "b"
    lead = -alike.pairs[0].difference.value
    enough = 0.8 / 1000 / lead
    for usd, ship in ((0.9 * enough, "b"), (1.1 * enough, "a"), (0.4, "a")):
        for stated in ((usd, usd), (usd, None)):  # a mistake costs what it costs, whoever makes it
            choice = at_error_usd(alike, *stated).choice
            assert (choice.ship.name, choice.why) == (ship, "usd_per_1000")
            assert (choice.dearer is None) == (ship == "b")
            assert choice.more_mistakes == (0.0 if ship == "b" else lead)
    assert at_error_usd(alike, 0.1 * enough, 0.1 * enough, most=0.4).choice.ship.name == "a", (
        "as in a study's own report"
    )


def test_costs_of_a_mistake_that_differ_do_not_count():
    alike = compare([scored("a", 40), scored("b", 39)])
    a, b = alike.studies
    alike = replace(alike, studies=(replace(a, usd_per_1000=1.0), replace(b, usd_per_1000=0.2)))
    differ = at_error_usd(alike, 0.4, 0.5)
    assert (differ.error_usd, differ.choice.ship.name) == (0.0, "b")


def test_where_mistakes_cost_a_larger_loss_is_weighed_for_a_lower_price_and_none_is_taken_for_speed():
    apart = compare([scored("a", 40), scored("b", 37, shift=15)])
    a, b = apart.studies
    free = replace(apart, margin=0.1, margin_source="studies", studies=(
        replace(a, usd_per_1000=90.0), replace(b, usd_per_1000=0.2)))  # fmt: skip
    assert free.choice.ship.name == "a"
    assert at_error_usd(free, 0.4, 0.4).choice.ship.name == "b", "5 points at 0.40 are 20 in a thousand calls"
    near = compare([scored("a", 40), scored("b", 39)])
    timed = replace(near, studies=tuple(
        replace(each, seconds_p50=s) for each, s in zip(near.studies, (2.0, 1.0), strict=True)))  # fmt: skip
    assert timed.choice.why == "seconds_p50"
    assert at_error_usd(timed, 0.4, 0.4).choice.why == "accuracy"


def test_what_needs_the_right_documents_is_not_shipped_where_a_search_was_measured():
    arms = {
        context: replace(scored(context, right), overrides=(("context", context),))
        for context, right in (("none", 5), ("retrieved:3", 20), ("given", 55))
    }
    compared = compare(arms)
    assert [each.shippable for each in compared.studies] == [True, True, False]
    assert compared.choice.ship.name == "retrieved:3"
    assert {each.name.partition(": ")[0] for each in compared.candidates} == {"none", "retrieved:3"}
    for others in (("given", "none"), ("given", "retrieved:3")):
        two = compare({name: arms[name] for name in others})
        assert (two.choice.ship.name, two.choice.why, two.choice.runner_up.name) == (others[1], "only", "given")


def test_the_words_leave_out_what_needs_a_perfect_search_also_of_two():
    arms = {
        context: replace(scored(context, right), overrides=(("context", context),))
        for context, right in (("none", 5), ("retrieved:3", 40), ("given", 60))
    }
    three, two = compare(arms), compare({name: arms[name] for name in ("retrieved:3", "given")})
    assert comparison_answer(three) == "retrieved:3 is better than none."
    assert "given needs a perfect search, and is left out. Runner-up: none" in choice_sentence(three)
    assert comparison_answer(two) == "given is better than retrieved:3, but needs a perfect search."
    assert choice_sentence(two).startswith("Use retrieved:3 (")
    left = "given needs a perfect search, and is left out: its score is what such a search would reach."
    assert choice_sentence(two).endswith(left)
    handed = compare({"a": arms["given"], "b": replace(arms["given"], model="b", scores=arms["none"].scores)})
    assert choice_sentence(handed).startswith("Ahead is a (")
    assert choice_sentence(handed).endswith("All need a perfect search: measure with your own before you ship one.")


def write_library(folder, texts):
    """Ninety questions about boxes, of which every third names no document and is not answered."""
    rows = [{"input": f"Where is {n}?", "output": f"box {n}", "documents": [f"d{n}"] * (n % 3 > 0)} for n in range(90)]
    (folder / "data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    lines = [json.dumps({"id": f"d{n}", "text": texts(n)}) for n in range(90)]
    (folder / "documents.jsonl").write_text("\n".join(lines))
    (folder / "task.yaml").write_text("name: boxes\ndata: data.jsonl\nscorer: contains\ndocuments: documents.jsonl\n")


@pytest.mark.parametrize("finds", [True, False])
def test_no_search_is_to_be_mended_that_finds_all_and_what_is_given_away_is_said(tmp_path, finds):
    write_library(tmp_path, (lambda n: f"Where is {n}: in box {n}") if finds else lambda n: f"in box {n + 45}")
    arms = {
        context: cf.measure(
            load_task_again(tmp_path, (("context", context),)), DESIGN, cf.resolve("simulated/plateau"))
        for context in ("retrieved:2", "given")
    }  # fmt: skip
    arms = {name: replace(each, scores=np.full_like(each.scores, name == "given")) for name, each in arms.items()}
    compared = compare(arms)
    assert compared.studies[0].finds_all == finds
    unnamed = sum(int(load_task_again(tmp_path, ()).by_id[name].documents == ()) for name in arms["given"].items)
    given_away = [reason.values for reason in compared.cautions if reason.code == "pair-unnamed"]
    assert given_away == [{"name": "given", "unnamed": unnamed, "items": 30}]
    said = choice_sentence(compared)
    assert ("if seldom, improve it" in said, "The search finds all of these" in said) == (not finds, finds)
    good = {**arms, "retrieved:2": replace(arms["retrieved:2"], scores=np.ones_like(arms["given"].scores))}
    left = "given is left out: the search finds the right documents too, and shows others beside them."
    assert (left in choice_sentence(compare(good))) == finds


@pytest.mark.parametrize("library", [True, False])
def test_what_comes_with_each_input_is_shipped_and_what_is_one_of_a_library_is_not(tmp_path, library):
    rows = [{"input": f"Where is {n}?", "output": f"box {n}"} for n in range(90)]
    for n, row in enumerate(rows):
        row.update({"documents": [f"d{n}"]} if library else {"context": f"{n} is in box {n}"})
    (tmp_path / "data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    texts = [{"id": f"d{n}", "text": f"{n} is in box {n}"} for n in range(90)]
    (tmp_path / "documents.jsonl").write_text("".join(f"{json.dumps(text)}\n" for text in texts))
    documents = "documents: documents.jsonl\n" * library
    (tmp_path / "task.yaml").write_text(f"name: boxes\ndata: data.jsonl\nscorer: contains\n{documents}")
    none, given = (
        cf.measure(load_task_again(tmp_path, (("context", context),)), DESIGN, cf.resolve("simulated/plateau"))
        for context in ("none", "given")
    )
    right = replace(given, scores=np.ones_like(given.scores))
    wrong = replace(none, scores=np.zeros_like(none.scores))
    compared = compare({"without": wrong, "handed": right})
    assert compared.choice.ship.name == ("without" if library else "handed")
    said = choice_sentence(compared)
    assert ("Without a perfect search nothing here is worth shipping." in said) == library


def test_a_circle_of_pairs_on_items_of_their_own_still_names_one_and_never_as_surely_better():
    """Each two have other items in common, so that a beats b, b beats c and c beats a."""

    def on(model, right, wrong):
        names = (*(f"{right}{i}" for i in range(50)), *(f"{wrong}{i}" for i in range(50)))
        scores = np.tile(np.arange(100) < 50, (2, 2, 1)).astype(float)
        return cf.Measurement(shots=np.array([0, 4]), scores=scores, task="t", model=model, items=names)

    circle = compare([on("a", "x", "z"), on("b", "y", "x"), on("c", "z", "y")])
    assert {pair.outcome for pair in circle.pairs} == {"better", "worse"}
    assert circle.choice.why == "accuracy"


def test_draws_are_shared_only_where_the_pool_is_that_of_one_file(tmp_path):
    ours, theirs = (study(write(tmp_path / name, ROWS)) for name in ("t", "u"))
    assert _share_draws(ours, replace(ours, model="other"))
    assert not _share_draws(ours, theirs)


def test_what_is_said_of_the_winner_is_without_the_luck_of_the_best_of_all():
    rng = np.random.default_rng(3)
    equal = {f"{n}": scored(f"{n}", 0) for n in range(8)}
    equal = {name: replace(each, scores=(rng.random(each.scores.shape) < 0.7) * 1.0) for name, each in equal.items()}
    choice = compare(equal).choice
    assert choice.why == "accuracy"
    assert 0.02 < choice.optimism < 0.2
    assert choice.accuracy.value == pytest.approx(choice.ship.accuracy.value - choice.optimism)
    assert choice.tried == 16
    surely = compare([scored("a", 5), scored("b", 55)]).choice
    assert (surely.optimism, surely.accuracy) == (0.0, surely.ship.accuracy), "no luck was needed"


def test_the_winner_is_worth_its_score_and_its_interval_less_the_luck_of_the_pick():
    compared = compare([scored("a", 40), scored("b", 39, shift=15)])
    choice = replace(compared, optimism=0.03).choice
    seen, worth = choice.ship.accuracy, choice.accuracy
    assert (worth.value, worth.low, worth.high) == pytest.approx((seen.value - 0.03, seen.low - 0.03, seen.high - 0.03))


def test_a_winner_by_price_was_not_picked_for_its_score():
    alike = compare([scored("a", 40), scored("b", 39, shift=15)], margin=0.1)
    a, b = alike.studies
    priced = replace(alike, studies=(replace(a, usd_per_1000=1.0), replace(b, usd_per_1000=0.1))).choice
    assert alike.choice.optimism > 0
    assert (priced.why, priced.optimism, priced.accuracy) == ("usd_per_1000", 0.0, b.accuracy)


def test_how_lucky_a_score_is_is_not_judged_by_a_study_that_has_few_of_its_items():
    first, second = scored("a", 40), scored("b", 39, shift=15)
    few = replace(first, model="c", scores=first.scores[:, :, :5], items=first.items[:5])
    two, three = compare([first, second]), compare([first, second, few])
    assert (three.tried, three.optimism) == (two.tried, two.optimism)
    assert three.choice.ship.name == "a"
    alone = compare([first, few])
    assert (alone.tried, alone.optimism) == (first.tried, alone.choice.ship.prompt.optimism)
    of_few = compare([few, second])
    assert (of_few.choice.ship.name, of_few.tried) == ("c", 4), "all have what is picked by few"


def test_with_no_items_in_common_to_all_the_luck_of_the_best_of_all_is_unknown_and_takes_nothing_away():
    first, second = scored("a", 40), scored("b", 39, shift=15)
    elsewhere = replace(second, items=tuple(f"b{n}" for n in range(60)))
    assert min(_best_of_all([first, second])) > 0
    tried, luck = _best_of_all([first, elsewhere])
    assert (tried, math.isnan(luck)) == (4, True)
    unknown = replace(compare([first, second]), optimism=luck).choice
    assert (unknown.optimism, unknown.accuracy) == (0.0, unknown.ship.accuracy)


def table(right, items=40):
    """Return a table of which the first items are right; with the others they come last at the second number."""
    cells = [(k, 0, f"item {i}", float(i < right + k)) for k in (0, 4) for i in range(items)[:: 1 if k else -1]]
    return dict(zip(("shots", "draw", "item", "score"), zip(*cells, strict=True), strict=True))


def test_curves_of_tables_and_studies_of_them_are_paired_by_the_names_of_their_items():
    old, new = cf.Curve.from_frame(table(10)), cf.Curve.from_frame(table(25))
    comparison = compare({"old": old, "new": new})
    assert comparison.pairs[0].items == 40
    assert (len(comparison.pairs[0].gained), len(comparison.pairs[0].lost)) == (15, 0)
    of_studies = compare({"old": cf.analyze(old), "new": cf.analyze(new)})
    assert of_studies.pairs[0].difference == comparison.pairs[0].difference


def test_what_a_curve_lacks_to_be_compared_is_named():
    scores = np.ones((1, 1, 5))
    with pytest.raises(cf.CurvefitError, match="'old' does not name its items"):
        compare({"old": cf.Curve([4], scores), "new": cf.Curve([4], scores)})
    with pytest.raises(cf.CurvefitError, match="'old' has means alone"):
        compare({"old": cf.Curve.from_means([4], [0.5]), "new": cf.Curve([4], scores)})
    with pytest.raises(cf.CurvefitError, match="of a table in memory"):
        cf.read_scores({"shots": [1]})


@pytest.mark.parametrize("names", [("a", "b"), ("a",) * 10, tuple("abcdefghijkl")])
def test_items_without_a_name_of_their_own_each_are_not_compared(names):
    curve = cf.Curve(shots=[0, 1], scores=np.tile([0.0, 1.0], (2, 1, 5)), items=names)
    with pytest.raises(cf.CurvefitError, match="names for 10 items: each needs one of its own"):
        cf.compare({"a": curve, "b": curve})


def uneven(seed, right):
    """Two prompts of a table, with three draws of 30 items."""
    scores = (np.random.default_rng(seed).random((2, 3, 30)) < right).astype(float)
    return cf.Curve(shots=[0, 4], scores=scores, items=tuple(map(str, range(30))))


def test_what_to_expect_does_not_go_by_the_order_of_the_studies():
    one, other = uneven(0, 0.5), uneven(1, 0.55)
    found, turned = compare({"a": one, "b": other}), compare({"b": other, "a": one})
    assert found.optimism == pytest.approx(turned.optimism)
    assert found.pairs[0].difference.value == pytest.approx(-turned.pairs[0].difference.value)


def test_to_choose_between_copies_is_no_choice():
    one, other = uneven(0, 0.5), uneven(1, 0.55)
    two, three = compare({"a": one, "b": other}), compare({"a": one, "b": other, "c": replace(one)})
    assert (three.tried, three.optimism) == (two.tried, two.optimism)
    assert two.tried == 4
