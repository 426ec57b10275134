import asyncio
from dataclasses import dataclass, field, replace

import pytest

from curvefit.errors import CallFailed, PromptTooLong
from curvefit.models.base import Completion
from curvefit.models.simulated import SimulatedModel, parse
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.runner import ask
from curvefit.trials.trial_plan import plan

from ..virtual_time import in_no_time

DESIGN = Design((0, 1, 2), draws=3, items=4)
REQUESTS = 4 + 2 * 3 * 4


@dataclass
class Scripted:
    """A model that keeps a record of its requests and fails where the test wants it."""

    inner: SimulatedModel = field(default_factory=lambda: parse("simulated/rising"))
    fails: dict[int, Exception] = field(default_factory=dict)
    keeps_prefix: bool = True
    takes_key: bool = False
    loaded: bool = True
    concurrency: int = 2
    requests: list = field(default_factory=list)
    warmed: list = field(default_factory=list)
    busy: dict = field(default_factory=dict)
    name, identity, form, context, thinking = "scripted", "scripted", "chat", None, 0

    def count_tokens(self, text):
        return self.inner.count_tokens(text)

    async def complete(self, request):
        call = len(self.requests)
        self.requests.append(request)
        self.busy[request.cache_key] = self.busy.get(request.cache_key, 0) + 1
        assert not (self.keeps_prefix and self.busy[request.cache_key] > 1), "one draw on two lanes at once"
        await asyncio.sleep(0)
        self.busy[request.cache_key] -= 1
        if call in self.fails:
            raise self.fails[call]
        return Completion(f"reply {call}")

    async def rest(self):
        pass

    async def warm(self, request):
        self.warmed.append(request)

    def close(self):
        pass


def run(task, model, journal, design=DESIGN, **options):
    return in_no_time(ask(plan(task, design, model), model, journal, **options))


@pytest.mark.parametrize("keeps_prefix", [True, False])
def test_every_request_is_asked_once_and_shared_by_the_trials_that_send_it(make_task, keeps_prefix):
    model = Scripted(keeps_prefix=keeps_prefix)
    with Journal(None) as journal:
        outcome = run(make_task(), model, journal)
        assert len(model.requests) == outcome.new_replies == REQUESTS
        assert len(outcome.digests) == 3 * 3 * 4
        assert len(set(outcome.digests)) == len(journal) == REQUESTS


@dataclass
class Strict(Scripted):
    """A model that lets so many requests through in any minute, and says how long to wait."""

    allowed: int = 3
    refused: int = 0
    let: list = field(default_factory=list)

    async def complete(self, request):
        await asyncio.sleep(1)
        now = asyncio.get_running_loop().time()
        self.let = [moment for moment in self.let if moment > now - 60]
        if len(self.let) >= self.allowed:
            self.refused += 1
            raise CallFailed("slow down", retryable=True, limited=True, wait=self.let[0] + 60 - now)
        self.let.append(now)
        return await Scripted.complete(self, request)


@pytest.mark.parametrize("allowed", [3, 10, 60])
def test_a_strict_limit_costs_time_and_no_trial(make_task, allowed):
    model = Strict(concurrency=64, keeps_prefix=False, allowed=allowed)
    with Journal(None) as journal:
        outcome = run(make_task(items=40), model, journal, Design((0, 1, 2), draws=2, items=40))
    assert not outcome.failures
    assert outcome.new_replies == 200
    assert model.refused < 64 + 0.08 * 200, "those sent before the first refusal, and few after that"


def test_a_cache_that_cannot_be_warmed_costs_no_answer(make_task):
    stopped = Scripted(concurrency=1, fails={10: CallFailed("stop")})

    async def fails(request):
        raise CallFailed("a worker died", retryable=True)

    with Journal(None) as journal:
        with pytest.raises(CallFailed):
            run(make_task(), stopped, journal)
        resumed = Scripted()
        resumed.warm = fails
        run(make_task(), resumed, journal)
        assert len(journal) == REQUESTS


def test_a_server_that_refuses_everything_stops_the_run_and_one_that_refuses_much_does_not(make_task):
    def refusing(calls):
        return Scripted(concurrency=1, fails=dict.fromkeys(calls, CallFailed("no credit", refused=True)))

    with Journal(None) as journal, pytest.raises(CallFailed, match=r"10 requests in a row, .* no credit"):
        run(make_task(), refusing(range(1000)), journal)
    with Journal(None) as journal:
        assert run(make_task(), refusing(range(1, 1000)), journal).new_replies == 1


def test_an_item_whose_name_no_database_can_hold_loses_no_reply(make_task):
    task = make_task()
    odd = replace(task, items=tuple(replace(item, id=f"{item.id}-\ud800") for item in task.items))
    with Journal(None) as journal:
        assert run(odd, Scripted(), journal).new_replies == REQUESTS


def test_a_finished_run_asks_nothing_again(make_task):
    with Journal(None) as journal:
        first = run(make_task(), Scripted(), journal)
        again = Scripted()
        second = run(make_task(), again, journal)
    assert again.requests == []
    assert second.digests == first.digests
    assert second.new_replies == 0


def test_a_draw_is_asked_in_order_of_shots_then_items(make_task):
    model = Scripted()
    with Journal(None) as journal:
        run(make_task(), model, journal)
    for draw in range(3):
        sizes = [len(r.prompt) for r in model.requests if r.cache_key == f"draw-{draw}"]
        assert sizes == sorted(sizes)


def test_more_draws_and_items_ask_only_what_is_new(make_task):
    with Journal(None) as journal:
        run(make_task(), Scripted(), journal)
        more = Scripted()
        run(make_task(), more, journal, Design((0, 1, 2), draws=4, items=6))
    assert len(more.requests) == (6 + 2 * 4 * 6) - REQUESTS


@pytest.mark.parametrize(
    "change",
    [
        lambda task: replace(task, instruction="Answer well."),
        lambda task: replace(task, labels=(*task.labels, "label-new")),
        lambda task: replace(task, input_word="Q", pool=tuple(replace(e, target="label-9") for e in task.pool)),
    ],
)
def test_a_changed_prompt_is_never_answered_by_an_old_reply(make_task, change):
    task = make_task()
    with Journal(None) as journal:
        run(task, Scripted(), journal, Design((1, 2), draws=2, items=4))
        model = Scripted()
        run(change(task), model, journal, Design((1, 2), draws=2, items=4))
    assert len(model.requests) == 2 * 2 * 4


def test_another_model_is_never_answered_by_an_old_reply(make_task):
    with Journal(None) as journal:
        run(make_task(), Scripted(), journal)
        other = Scripted()
        other.identity = "another"
        run(make_task(), other, journal)
    assert len(other.requests) == REQUESTS


def test_a_passing_fault_is_asked_again(make_task):
    model = Scripted(fails={2: CallFailed("busy", retryable=True), 3: CallFailed("busy", retryable=True)})
    with Journal(None) as journal:
        outcome = run(make_task(), model, journal)
    assert len(model.requests) == REQUESTS + 2
    assert outcome.new_replies == REQUESTS


def test_a_request_that_fails_for_good_is_missing_and_the_rest_goes_on(make_task):
    model = Scripted(concurrency=1, fails=dict.fromkeys(range(3, 8), CallFailed("busy", retryable=True)))
    with Journal(None) as journal:
        outcome = run(make_task(), model, journal)
        assert outcome.new_replies == REQUESTS - 1 == len(journal)
    assert outcome.failures == {"busy": 1}


def test_a_refused_request_is_missing_and_the_rest_goes_on(make_task):
    model = Scripted(concurrency=1, fails={4: CallFailed("content filter", refused=True)})
    with Journal(None) as journal:
        assert run(make_task(), model, journal).new_replies == REQUESTS - 1
    assert len(model.requests) == REQUESTS, "a refusal is not asked again"


def test_what_was_asked_when_another_call_failed_for_good_is_waited_for_and_kept(make_task):
    model = Scripted(concurrency=4, keeps_prefix=False, fails={0: CallFailed("no credit")})
    with Journal(None) as journal:
        with pytest.raises(CallFailed, match="no credit"):
            run(make_task(), model, journal)
        assert len(journal) == len(model.requests) - 1 == 3, "those asked at the same time"


def test_a_key_is_tried_by_one_request_unless_there_was_a_reply_before(make_task):
    def asked(fails, journal, **known):
        fault = CallFailed("no such key")
        model = Scripted(concurrency=4, keeps_prefix=False, takes_key=True, fails={fails: fault}, **known)
        with pytest.raises(CallFailed, match="no such key"):
            run(make_task(), model, journal)
        return len(model.requests)

    with Journal(None) as journal:
        assert asked(0, journal) == 1
        assert asked(1, journal) == 4
        assert asked(0, journal) == 4, "replies were found"
        assert asked(0, journal, loaded=False) == 1, "the first loads what asks"


def test_a_reply_that_cannot_be_kept_ends_the_run_whatever_the_reason(make_task, monkeypatch):
    def broken(self, replies, attempts):
        raise OverflowError("too large for an INTEGER")

    monkeypatch.setattr(Journal, "record_all", broken)
    with Journal(None) as journal, pytest.raises(OverflowError, match="too large"):
        run(make_task(), Scripted(concurrency=4, keeps_prefix=False), journal)


def test_a_server_that_stays_silent_stops_the_run_instead_of_a_long_wait_for_every_request(make_task):
    model = Scripted(concurrency=1, fails=dict.fromkeys(range(3, 1000), CallFailed("nobody there", retryable=True)))
    with Journal(None) as journal:
        with pytest.raises(CallFailed, match=r"10 requests in a row, .* nobody there"):
            run(make_task(), model, journal)
        assert len(journal) == 3
    assert len(model.requests) == 3 + 10 * 5


def test_a_fault_that_will_not_pass_stops_the_run_and_keeps_the_replies(make_task):
    model = Scripted(concurrency=1, fails={5: CallFailed("no such key")})
    with Journal(None) as journal:
        with pytest.raises(CallFailed, match="no such key"):
            run(make_task(), model, journal)
        assert len(journal) == 5


def test_a_prompt_the_model_refuses_is_named_with_its_shots(make_task):
    model = Scripted(concurrency=1, fails={4: PromptTooLong("9000 tokens")})
    with Journal(None) as journal, pytest.raises(PromptTooLong, match="1 shots: 9000 tokens"):
        run(make_task(), model, journal)


def test_an_interrupted_draw_is_warmed_with_the_request_before_it(make_task):
    stopped = Scripted(concurrency=1, fails={10: CallFailed("stop")})
    with Journal(None) as journal:
        with pytest.raises(CallFailed):
            run(make_task(), stopped, journal)
        resumed = Scripted(concurrency=1)
        run(make_task(), resumed, journal)
    assert [r.prompt for r in resumed.warmed] == [stopped.requests[9].prompt]
    assert resumed.requests[0].prompt == stopped.requests[10].prompt


def test_progress_counts_up_to_all_requests(make_task):
    progress = []
    with Journal(None) as journal:
        run(make_task(), Scripted(concurrency=1), journal, progress=lambda done, total: progress.append((done, total)))
    assert progress == [(n, REQUESTS) for n in range(REQUESTS + 1)]
