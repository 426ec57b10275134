"""Trials on the workers of a real Ray cluster, started here with two: the same curve as without, also when one dies."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pickle
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.measurement.measure import measure
from curvefit.models import cluster
from curvefit.models.base import Prices, Request
from curvefit.models.cluster import Cluster, ClusterModel, WorkerLost
from curvefit.models.hosted import HostedModel
from curvefit.models.resolve import resolve
from curvefit.testing.fake_provider import FakeProvider, Faults
from curvefit.trials.design import Design
from curvefit.trials.spending_limits import SpendingLimits

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="no Ray here: pip install 'curvefit[ray]'"),
    pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves its log files open
]

KEY = "sk-test-of-the-cluster-0123456789"
DESIGN = Design((0, 1, 2, 4), draws=3, items=10)


@pytest.fixture(scope="module")
def ray():
    """A cluster of two workers on this machine, with a key in its environment."""
    before = os.environ.get("OPENAI_API_KEY")
    os.environ["OPENAI_API_KEY"] = KEY
    started = ClusterModel(resolve("simulated/flat"), workers=2)
    assert started.concurrency == 2  # by which they are started, as in a run
    # In Ray a worker that is ended while it comes up may keep its processor, which the tests would wait for.
    cluster._load().get([worker.actor.greet.remote() for worker in started._workers])
    started._stop_workers()
    yield cluster._load()
    started.close()
    if before is None:
        del os.environ["OPENAI_API_KEY"]
    else:
        os.environ["OPENAI_API_KEY"] = before


@pytest.fixture
def spread(ray):
    """Return a maker of cluster models whose workers end with the test, and the lines they said."""
    spread_models, messages = [], []

    def over(model, workers=2):
        spread_models.append(ClusterModel(model, workers, say=messages.append))
        return spread_models[-1]

    over.messages = messages
    yield over
    for model in spread_models:
        model._stop_workers()  # the workers alone: others use the cluster, and the model, after this


def once_at(count, act):
    """Return a progress callback that acts when so many are answered."""
    acted = []

    def progress(done, total):
        if done >= count and not acted:
            acted.append(done)
            act()

    return progress


def kill_first_worker(model):
    os.kill(model._workers[0].pid, signal.SIGKILL)


def same(one, other):
    return np.array_equal(one.scores, other.scores, equal_nan=True) and one.usage == other.usage


def test_two_workers_give_the_curve_of_this_process_and_a_death_changes_no_reply(make_task, spread, tmp_path, capfd):
    alone = measure(make_task(), DESIGN, resolve("simulated/rising"))
    model = spread(resolve("simulated/rising"))
    together = measure(make_task(), DESIGN, model, journal=tmp_path / "together.sqlite")
    assert same(alone, together)
    assert len({worker.pid for worker in model._workers} - {os.getpid()}) == 2
    hurt = measure(
        make_task(),
        DESIGN,
        model,
        journal=tmp_path / "hurt.sqlite",
        progress=once_at(20, lambda: kill_first_worker(model)),
    )
    assert same(alone, replace(hurt, usage=replace(hurt.usage, faults=0)))
    assert hurt.notes == alone.notes
    assert [re.sub(r"\d calls?", "N calls", line) for line in spread.messages] == [
        "worker 1 of 2 died and is replaced; its N calls in flight will be asked again"
    ]
    assert capfd.readouterr().out == "", "results alone go to stdout"


def test_what_a_function_yields_on_a_worker_comes_as_it_is_made(ray):
    def counted(n):  # inside: a worker cannot import this module
        for number in range(n):
            yield number, os.getpid()

    found = list(Cluster(2).stream(counted, 3))
    assert [number for number, _ in found] == [0, 1, 2]
    assert {pid for _, pid in found} != {os.getpid()}


def test_a_function_whose_worker_died_is_told_from_one_that_failed(ray):
    def killed():
        yield "begun"
        os.kill(os.getpid(), signal.SIGKILL)

    def failed():
        yield "begun"
        raise ZeroDivisionError

    for function, error in ((killed, WorkerLost), (failed, ModelUnavailable)):
        events = Cluster(2).stream(function)
        assert next(events) == "begun"
        with pytest.raises(error):
            next(events)


def test_a_cluster_started_here_can_be_reached_from_here_only(ray):
    (node,) = ray.nodes()
    assert node["NodeManagerAddress"] == "127.0.0.1"


def test_of_hosted_calls_only_those_in_flight_on_the_dead_worker_are_asked_again(make_task, spread, ray, tmp_path):
    limits, items = SpendingLimits(calls=1000), 20
    with FakeProvider(Faults(latency=0.2)) as server:
        model = spread(HostedModel("openai/any", api_base=server.base))
        calls = items + 3 * 3 * items
        assert calls > 40 + model.concurrency, "some are sent only after the worker died, and to it too"
        curve = measure(
            make_task(), replace(DESIGN, items=items), model, journal=tmp_path / "j.sqlite", limits=limits,
            progress=once_at(40, lambda: kill_first_worker(model)),
        )  # fmt: skip
    (line,) = spread.messages
    in_flight = int(re.search(r"its (\d+) call", line).group(1))
    assert (curve.missing, curve.notes) == (0, ())
    assert curve.usage.calls == calls
    # Those in flight may have reached the server and even been answered before the worker died, or not.
    assert server.traffic.requests - curve.usage.calls <= in_flight
    assert server.traffic.requests <= limits.calls == curve.usage.calls + in_flight, "what was lost counts as sent"
    logs = Path(ray._private.worker.global_worker.node.get_session_dir_path())
    places = [tmp_path, logs]
    assert any(path.suffix == ".log" for path in logs.rglob("*"))
    for path in (path for place in places for path in place.rglob("*") if path.is_file()):
        assert KEY.encode() not in path.read_bytes(), path


def test_a_key_that_is_refused_is_tried_once_on_a_cluster_too(make_task, spread):
    with FakeProvider(Faults(fate="denied")) as server, pytest.raises(CallFailed, match="key"):
        measure(make_task(), DESIGN, spread(HostedModel("openai/any", api_base=server.base)))
    assert server.traffic.requests == 1


def test_replies_that_came_without_a_price_have_the_stated_one_on_a_cluster_too(make_task, spread, tmp_path):
    journal, prices = tmp_path / "j.sqlite", Prices(prompt=1.0, completion=2.0)
    with FakeProvider() as server:
        first = measure(make_task(), DESIGN, HostedModel("openai/any", api_base=server.base), journal=journal)
        priced = HostedModel("openai/any", api_base=server.base, prices=prices)
        again = measure(make_task(), DESIGN, spread(priced), journal=journal)
    used = first.usage
    assert used.usd is None
    assert again.usage.usd == prices.usd(used.prompt_tokens, used.cached_tokens, used.completion_tokens) > 0
    of_cached = HostedModel("openai/any", api_base="http://127.0.0.1:9", prices=Prices(1.0, 2.0, 0.5))
    shared = ClusterModel(of_cached, 2)
    assert shared.caches_from == of_cached.caches_from is not None
    assert shared.cached_usd(4000, 2000, 10) == of_cached.cached_usd(4000, 2000, 10) < of_cached.cached_usd(4000, 0, 10)


def test_the_embedded_engine_on_two_workers_reuses_prefixes_as_one_process_does(make_task, spread, gemma):
    task, design = make_task(items=2, labels=2), Design((1, 2), draws=2, items=2)
    alone = measure(task, design, gemma)
    model = spread(gemma)
    hurt = measure(task, design, model, progress=once_at(4, lambda: kill_first_worker(model)))
    assert np.array_equal(alone.scores, hurt.scores)
    assert alone.usage.cached_tokens == hurt.usage.cached_tokens > 0
    assert len(spread.messages) == 1


def test_a_worker_that_keeps_dying_is_given_up_and_the_last_one_ends_the_run(make_task, spread, monkeypatch):

    model = spread(resolve("simulated/flat"), workers=1)
    hire = model._start_actor

    def hire_dead():
        actor = hire()
        cluster._kill(actor)
        return actor

    monkeypatch.setattr(model, "_start_actor", hire_dead)
    with pytest.raises(ModelUnavailable, match=r"no worker is left; the last one, 1, died 3 times without a reply"):
        measure(make_task(), DESIGN, model)


def test_a_worker_that_would_ask_another_model_is_refused(make_task, spread, monkeypatch):
    model = spread(HostedModel("openai/any"), workers=1)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # after the cluster started
    model.set_model(HostedModel("openai/any"))
    with pytest.raises(ModelUnavailable, match="every node needs the same"):
        measure(make_task(), DESIGN, model)


def test_a_measurement_that_is_all_in_the_journal_starts_no_worker(make_task, spread, tmp_path):
    journal_path = tmp_path / "j.sqlite"
    first = measure(make_task(), DESIGN, resolve("simulated/rising"), journal=journal_path)
    model = spread(resolve("simulated/rising"))
    assert same(first, measure(make_task(), DESIGN, model, journal=journal_path))
    assert "_workers" not in vars(model)


def test_a_failure_on_a_worker_is_the_models_own(spread):
    model = spread(resolve("simulated/rising"), workers=1)
    with pytest.raises(CallFailed, match="answers chat prompts only") as caught:
        asyncio.run(model.complete(Request("plain", 8)))
    assert not caught.value.retryable


@pytest.mark.parametrize("name", ["openai/any", "simulated/rising@3"])
def test_a_pickled_model_is_what_it_was_made_from(name, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = resolve(name)
    packed = pickle.dumps(model)
    assert pickle.loads(packed).identity == model.identity  # noqa: S301 (our own)
    assert KEY.encode() not in packed


def test_without_ray_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'curvefit\[ray\]'"):
        ClusterModel(resolve("simulated/rising"))
