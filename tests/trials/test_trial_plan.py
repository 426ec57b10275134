import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvefit.errors import DesignError, PromptTooLong
from curvefit.models.base import Completion
from curvefit.models.simulated import parse
from curvefit.tasks.task import Item, Score, Scorer, Task
from curvefit.trials import prompts
from curvefit.trials.design import Design, Trial
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.runner import ask
from curvefit.trials.selection import similar
from curvefit.trials.trial_plan import PromptLimits, plan
from curvefit.trials.workload import Planned, workload

from ..virtual_time import in_no_time

MODEL = parse("simulated/flat")


def _question_tokens(request, model):
    return sum(model.count_tokens(m.content) for m in request.prompt)


def test_every_number_of_shots_sees_the_same_items_and_a_longer_prefix(make_task):
    whole = plan(make_task(), Design((0, 1, 4), draws=2, items=5), MODEL)
    for draw in range(2):
        turns = [whole.request(Trial(k, draw, 3)).prompt for k in (1, 4)]
        assert turns[1][: len(turns[0]) - 1] == turns[0][:-1]
        assert turns[0][-1] == turns[1][-1]


def test_trials_come_draw_by_draw_then_shots_then_items(make_task):
    whole = plan(make_task(), Design((0, 2), draws=2, items=2), MODEL)
    assert [(t.draw, t.shots, t.item) for t in whole.trials()] == [
        (d, k, i) for d in (0, 1) for k in (0, 2) for i in (0, 1)
    ]


def test_at_zero_shots_all_draws_send_the_same(make_task):
    whole = plan(make_task(), Design((0, 1), draws=3, items=1), MODEL)
    zero = {whole.request(Trial(0, d, 0)).digest("m") for d in range(3)}
    one = {whole.request(Trial(1, d, 0)).digest("m") for d in range(3)}
    assert (len(zero), len(one)) == (1, 3)


@pytest.mark.parametrize("selection", ["random", "similar"])
def test_after_a_corrected_target_only_prompts_that_show_it_are_new(selection):
    rng, labels = random.Random(5), ["bug", "cost", "praise"]
    rows = [{"input": " ".join(rng.choices("abcdefghijklmnop", k=9)), "output": labels[i % 3]} for i in range(150)]
    design = Design((1, 4, 16), draws=1 if selection == "similar" else 3, items=50, selection=selection)
    before = plan(Task.from_records(rows), design, MODEL)
    for corrected in (before.items[0], before.orders[0][2]):
        other = labels[corrected.target == labels[0]]
        mended = [{**row, "output": other} if row["input"] == corrected.input else row for row in rows]
        after = plan(Task.from_records(mended), design, MODEL)
        shown = [corrected.input in (each.input for each in after.demonstrations(trial)) for trial in after.trials()]
        is_new = [now != then for now, then in zip(after.digests("m"), before.digests("m"), strict=True)]
        assert is_new == shown


def test_default_shots_stop_at_the_pool(make_task):
    assert plan(make_task(pool=20), Design(), MODEL).design.shots == (0, 1, 2, 4, 8, 16)


def test_default_shots_stop_at_the_context(make_task):
    model = replace(MODEL, context=200)
    whole = plan(make_task(pool=40), Design(), model)
    assert whole.design.shots[-1] < 32
    longest = max(_question_tokens(whole.request(t), model) for t in whole.trials())
    assert longest + whole.max_tokens <= 200


def test_shots_beyond_the_pool_are_refused_by_name(make_task):
    with pytest.raises(DesignError, match="64 shots need as many pool examples and 'made' has 40"):
        plan(make_task(), Design((0, 64)), MODEL)


def test_a_prompt_beyond_the_context_is_refused_naming_shots_and_tokens(make_task):
    with pytest.raises(PromptTooLong, match=r"32 shots make prompts of up to \d+ tokens.*200.*--shots up to"):
        plan(make_task(), Design((0, 1, 32)), replace(MODEL, context=200))


def test_an_item_longer_than_the_context_is_refused_even_without_shots(make_task):
    with pytest.raises(PromptTooLong, match="even without demonstrations"):
        plan(make_task(), Design((0, 1)), replace(MODEL, context=10))


def test_the_bound_on_tokens_holds_for_every_prompt(make_task):
    whole = plan(make_task(), Design((0, 3, 9), draws=3, items=10), MODEL)
    counts = whole.token_counts(MODEL.count_tokens)
    for trial in whole.trials():
        assert _question_tokens(whole.request(trial), MODEL) <= counts.longest_prompt(trial.shots)


@pytest.mark.parametrize("form", ["chat", "plain"])
def test_the_bound_on_tokens_and_the_shared_prefix_see_earlier_turns(make_task, form):
    talk = (("user", "Good morning to you."), ("assistant", "And to you."))
    task = make_task()
    sides = {side: tuple(replace(one, turns=talk) for one in getattr(task, side)) for side in ("pool", "items")}
    whole = plan(replace(task, **sides), Design((0, 1, 4), draws=2, items=5), replace(MODEL, form=form))
    counts = whole.token_counts(MODEL.count_tokens)
    for trial in whole.trials():
        prompt = whole.request(trial).prompt
        text = prompt if isinstance(prompt, str) else "".join(turn.content for turn in prompt)
        assert MODEL.count_tokens(text) <= counts.longest_prompt(trial.shots)
        assert text.count("Good morning to you.") == trial.shots + 1
        shared = prompts.opening(whole.task, whole.demonstrations(trial))
        assert whole.prefix_bytes(trial) == sum(len(turn.content) for turn in shared)


@pytest.mark.parametrize("form", ["chat", "plain"])
@pytest.mark.parametrize("selection", ["random", "similar"])
def test_tokens_are_bounded_closely_where_examples_have_system_messages_of_their_own(make_task, form, selection):
    task, texts = make_task(), ("You answer for shop number one. " * 4, "Another voice altogether. " * 6, "")
    sides = {
        side: tuple(replace(one, system=texts[i % 3]) for i, one in enumerate(getattr(task, side)))
        for side in ("pool", "items")
    }
    design = Design((1, 4), draws=1 if selection == "similar" else 2, items=6, selection=selection)
    whole = plan(replace(task, instruction="", **sides), design, replace(MODEL, form=form))
    counts = whole.token_counts(MODEL.count_tokens)
    for trial in whole.trials():
        prompt = whole.request(trial).prompt
        text = prompt if isinstance(prompt, str) else "".join(turn.content for turn in prompt)
        bound = counts.shared(whole.order(trial), trial.shots, trial.item) + counts.items[trial.item]
        room = counts.template_room * (2 + 2 * trial.shots) + 8 * (1 + trial.shots)
        assert (
            MODEL.count_tokens(text)
            <= bound
            <= min(MODEL.count_tokens(text) + room, counts.longest_prompt(trial.shots))
        )
        shared = prompts.opening(whole.task, whole.demonstrations(trial) if whole.nested else (), whole.system(trial))
        assert whole.prefix_bytes(trial) == sum(len(turn.content) for turn in shared)
    model = replace(MODEL.with_answers({}), form=form)
    with Journal(None) as empty, Journal(None) as other:
        other.record("of another run", Completion("x"), Origin("t", "m", 0, 0, "i"))
        assert workload(whole, model, empty) == workload(whole, model, other)


def test_the_workload_counts_shared_requests_once(make_task):
    model = MODEL.with_answers({})
    whole = plan(make_task(), Design((0, 1, 2), draws=3, items=10), model)
    with Journal(None) as journal:
        needed = workload(whole, model, journal)
    assert needed.calls == 10 + 2 * 3 * 10
    assert needed.done == 0
    assert needed.fresh_tokens < needed.prompt_tokens
    assert needed.completion_tokens <= needed.most_completion_tokens


@pytest.mark.parametrize("form", ["plain", "chat"])
@pytest.mark.parametrize("selection", ["random", "similar"])
def test_the_workload_is_the_same_whether_requests_are_written_out_or_told_apart_by_their_parts(
    make_task, form, selection
):
    task = make_task(items=8)
    twins = (*task.items, replace(task.items[0], id="twin"), replace(task.items[1], id="other", context="a table"))
    model = replace(MODEL.with_answers({}), form=form)
    whole = plan(replace(task, items=twins), Design((1, 2, 4), draws=3 - 2 * (selection == "similar"), items=10,
                                                    selection=selection), model)  # fmt: skip
    with Journal(None) as empty, Journal(None) as other:
        other.record("of another run", Completion("x"), Origin("t", "m", 0, 0, "i"))
        assert workload(whole, model, empty) == workload(whole, model, other)
    if selection == "random":
        assert workload(whole, model, Journal(None)).calls == len(whole) * 9 // 10  # the twins share a request


class Counted:
    """A model that keeps what it is asked."""

    name = identity = "counted"
    context, keeps_prefix, thinking, concurrency = None, False, 0, 4

    def __init__(self, form):
        self.form, self.got = form, []

    def count_tokens(self, text):
        return len(text)

    async def complete(self, request):
        self.got.append(request.digest(self.identity))
        return Completion("x")

    async def rest(self):
        pass


@settings(max_examples=40, deadline=None)
@given(
    shots=st.sets(st.integers(0, 4), min_size=1),
    similar_shots=st.sets(st.integers(1, 4)),
    draws=st.integers(1, 4),
    seed=st.integers(0, 99),
    form=st.sampled_from(["plain", "chat"]),
    kept=st.booleans(),
)
def test_as_many_calls_are_planned_as_the_model_gets(shots, similar_shots, draws, seed, form, kept):
    pool = tuple(Item(f"p{n}", f"question {n % 4}", "label") for n in range(6))  # some alike
    items = tuple(Item(f"i{n}", f"question {9 + n % 3}", "label") for n in range(5))
    task = Task("made", "Answer.", "qa", pool, items, Scorer("any", lambda reply, item: Score(0.5, reply)))
    model = Counted(form)
    designs = [Design(tuple(sorted(shots)), draws=draws, items=4, seed=seed)]
    if similar_shots:
        designs.append(Design(tuple(sorted(similar_shots)), draws=1, items=4, seed=seed, selection="similar"))
    plans, planned = [plan(task, design, model) for design in designs], Planned()
    with Journal(None) as journal:
        if kept:
            journal.record("of another run", Completion("x"), Origin("t", "m", 0, 0, "i"))
        needed = [workload(each, model, journal, planned).calls for each in plans]
        for each, calls in zip(plans, needed, strict=True):
            before = len(model.got)
            in_no_time(ask(each, model, journal))
            assert len(model.got) - before == calls
    assert len(set(model.got)) == len(model.got) == sum(needed)


SIMILAR = Design((1, 4), draws=1, items=6, selection="similar")


def test_each_item_is_shown_its_own_examples_the_most_similar_one_last(make_task):
    task = make_task()
    whole = plan(task, SIMILAR, MODEL)
    nearest = similar(task.pool, whole.items, 4, SIMILAR)
    for i in range(6):
        assert whole.demonstrations(Trial(4, 0, i)) == nearest[i].examples[::-1]
        *_, last, _, question = whole.request(Trial(4, 0, i)).prompt
        assert (last.content, question.content) == (nearest[i].examples[0].input, whole.items[i].input)


def test_a_plan_says_how_many_items_match_no_example(make_task):
    odd = tuple(Item(f"odd-{i}", "🦉", "x") for i in range(2))
    task = make_task(items=4)
    whole = plan(replace(task, items=(*task.items, *odd)), SIMILAR, MODEL)
    assert whole.notes() == ("2 of 6 items have no word in common with any example: random ones are shown there",)
    assert whole.part(items=3).matched == whole.matched[:3]
    assert plan(task, SIMILAR, MODEL).notes() == ()
    assert plan(task, Design((1, 4), draws=1, items=4), MODEL).notes() == ()


def test_similar_examples_start_at_one_where_no_number_is_said(make_task):
    whole = plan(make_task(), Design(draws=1, items=6, selection="similar"), MODEL)
    assert whole.design.shots == plan(make_task(), Design(draws=1, items=6), MODEL).design.shots[1:]


def test_similar_examples_are_as_many_trials_as_shots_and_items(make_task):
    whole = plan(make_task(), SIMILAR, MODEL)
    assert [(t.shots, t.item) for t in whole.trials()] == [(k, i) for k in (1, 4) for i in range(6)]


def test_what_similar_examples_take_is_never_less_than_the_prompts(make_task):
    whole = plan(make_task(), SIMILAR, MODEL)
    needed = workload(whole, MODEL, Journal(None))
    requests = sum(_question_tokens(whole.request(t), MODEL) for t in whole.trials())
    turns = sum(len(whole.request(t).prompt) for t in whole.trials())
    assert (
        requests <= needed.prompt_tokens <= requests + 20 * turns
    )  # words around a turn and the room a template takes
    assert needed.template_tokens == 8 * turns
    assert needed.fresh_tokens == needed.prompt_tokens  # no prompt extends another one


def test_similar_examples_that_do_not_fit_are_refused_before_anything_is_sent(make_task):
    with pytest.raises(PromptTooLong, match="32 similar examples make prompts of up to") as refused:
        plan(make_task(), replace(SIMILAR, shots=(1, 32)), replace(MODEL, context=200))
    assert refused.value.fits == (1,)
    with pytest.raises(PromptTooLong, match=r"1 similar example makes prompts of up to .*; use a model with a longer"):
        plan(make_task(), SIMILAR, replace(MODEL, context=40))


@pytest.fixture
def with_long(make_task):
    """Return a task of which so many pool examples, similar to all items, are very long."""

    def make(count):
        task = make_task()
        every = 50 * " ".join(item.input for item in task.items)
        longer = (replace(each, input=f"{each.input} {every}") for each in task.pool[:count])
        return replace(task, pool=(*longer, *task.pool[count:]))

    return make


def test_a_few_examples_too_long_for_the_context_do_not_take_similar_examples_from_all_items(with_long):
    task, model = with_long(2), replace(MODEL, context=400)
    whole = plan(task, SIMILAR, model)
    assert whole.design.shots == (1, 4)
    assert whole.too_long == ("row-0", "row-1")
    assert not {example.id for order in whole.orders for example in order} & set(whole.too_long)
    assert whole.notes() == ("2 of 40 examples are too long to be shown among the 4 most similar: row-0, row-1",)
    assert plan(task, SIMILAR, model, whole.prompt_limits) == whole  # as a journal keeps them
    assert plan(task, SIMILAR, replace(MODEL, context=50_000)).too_long == ()
    assert plan(task, replace(SIMILAR, shots=()), replace(MODEL, context=5_000)).too_long == (), (
        "it goes as far as fits"
    )


def test_what_does_not_fit_names_the_few_very_long_examples(with_long):
    with pytest.raises(PromptTooLong, match=r"32 shots make prompts .*flat holds; the longest: row-0; nothing was"):
        plan(with_long(1), Design((0, 32)), replace(MODEL, context=600))


def test_examples_are_left_out_for_their_length_only_where_they_are_few(with_long):
    with pytest.raises(PromptTooLong, match="1 similar example makes"):
        plan(with_long(20), SIMILAR, replace(MODEL, context=3_000))


def test_the_key_of_prompt_limits_stays_what_it_is_on_disk(make_task):
    """A journal of an earlier version is found by it: who renames a class or field that is hashed changes the key."""
    task, design = make_task(pool=2, items=2, labels=2), Design((0, 1), draws=1, items=2, seed=7, ordered_by="place")
    key = PromptLimits.key(task, design, MODEL)
    assert key == "a8da8e4c04ae2f28b3ac3d9c51bd178c7cfbfcd8d47c0bec461fd3c560cfd078"
    assert key != PromptLimits.key(task, replace(design, ordered_by="text"), MODEL), (
        "whose prompts are of other lengths"
    )
