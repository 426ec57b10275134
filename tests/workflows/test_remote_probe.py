"""A probe at a provider, on a server that follows the published protocol: trained once, whatever happens."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from curvefit.decision.training_prices import training_price
from curvefit.errors import BudgetReached, CallFailed, DesignError, InputError, ModelUnavailable
from curvefit.measurement.judged_replies import replies_without_examples
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Prices
from curvefit.models.trainable import TrainableModel
from curvefit.report.probe_reader import read_probe, read_trained_scores
from curvefit.report.probe_report import probe_record, probe_summary, unit_sentence, write_probe
from curvefit.study import analyze
from curvefit.tasks.task import Judge
from curvefit.testing.fake_training_provider import FakeTrainingProvider
from curvefit.testing.faults import Faults
from curvefit.training.fine_tuning_plan import ProbeDesign
from curvefit.training.remote_training import TrainingSteps
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows.fine_tuning_probe import beside_probe, conclude_probe
from curvefit.workflows.prompt_and_weights import stacked_seeds
from curvefit.workflows.remote_probe import (
    RemoteRun,
    cancel_jobs,
    cost_of_remote_probe,
    listed_price,
    plan_remote_probe,
    tune_remotely,
    validation_of,
)

pytestmark = [pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning"), pytest.mark.slow]

KEY = "sk-test-0123456789abcdef"
WANTED = ProbeDesign((10, 20), 1, items=5)
WORDS = ("ash", "birch", "cedar", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "spruce", "willow", "yew")


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def task(make_task):
    """Questions that are no near duplicates of each other."""
    made = make_task(pool=40, items=5)

    def told(items):
        names = [f"{WORDS[i % 13]} {WORDS[i * 7 % 11]} {i * i}" for i in range(len(items))]
        return tuple(replace(item, input=name) for item, name in zip(items, names, strict=True))

    whole = told((*made.pool, *made.items))
    return replace(made, pool=whole[:40], items=whole[40:])


def learned(body):
    """Answer as the training has it: fine-tuned models name the right label, others always the first."""
    number = int(body["messages"][-1]["content"].split()[-1])
    return f"label-{round(number**0.5) % 4}" if body["model"].startswith("ft:") else "label-0"


def probe(server, task, out, wanted=WANTED, name="openai/any", prices=None, **run):
    """Train and score on a server; returns the measurement, its units, what was said, and the waits."""
    said, waits = [], []
    with closing(TrainableModel(name, api_base=server.base, prices=prices)) as model:
        planned, work = plan_remote_probe(task, model, wanted)
        how = RemoteRun(say=said.append, wait=waits.append, **run)
        curve, units, *_ = tune_remotely(planned, model, work, out, how)
    return curve, units, said, waits


def test_a_model_is_trained_on_each_size_and_scored_as_its_prompts_are(task, tmp_path):
    with FakeTrainingProvider(looks=2, reply=learned) as server:
        curve, units, said, waits = probe(server, task, tmp_path, usd_per_million=2.0)
        orders = [job["hyperparameters"] for job in server.jobs.values()]
        files = [[json.loads(row) for row in content.splitlines()] for content in server.contents.values()]
    assert curve.shots.tolist() == [0, 10, 20]
    assert curve.means.tolist()[1:] == [1.0, 1.0]
    assert curve.means[0] < 1
    assert [len(rows) for rows in files] == [10, 20]
    assert files[1][:10] == files[0], "the larger file begins with the smaller"
    assert files[0][0]["messages"][0] == {"role": "system", "content": "Answer."}
    assert orders == [{"n_epochs": 3}] * 2
    assert [(unit.n_train, unit.asked_as) for unit in units] == [
        (10, f"openai/{server.jobs['ftjob-2']['fine_tuned_model']}"),
        (20, f"openai/{server.jobs['ftjob-4']['fine_tuned_model']}"),
    ]
    assert units[0].usd == pytest.approx(units[0].trained_tokens * 2e-6)
    assert [line.split(": ")[1] for line in said] == [
        "ftjob-2", "ftjob-4", "ftjob-2 queued", "ftjob-2 running", "ftjob-2 succeeded",
        "ftjob-4 queued", "ftjob-4 running", "ftjob-4 succeeded",
    ]  # fmt: skip
    assert waits == [5.0, 7.5, 5.0, 7.5], "slower and slower for each job"


def test_what_a_judge_costs_is_planned_and_kept_within_the_caps(task, tmp_path):
    """Seen: a dry run of $0.06 in all, beside replies that a judge was to be asked about at $0.02."""
    judged = replace(task, judge=Judge("openai/judge", "Is it right?", price=(1000.0, 2000.0)))
    with FakeTrainingProvider(reply=learned) as server:
        with closing(TrainableModel("openai/any", api_base=server.base, prices=Prices(0.0, 0.0))) as model:
            planned, work = plan_remote_probe(judged, model, WANTED)
            run = RemoteRun(usd_per_million=2.0, limits=SpendingLimits(usd=0.5))
            cost = cost_of_remote_probe(planned, model, work, tmp_path, run)
            alone = cost_of_remote_probe(task, model, work, tmp_path, run)
        assert (cost.judging.calls, cost.calls) == (10, 10)
        assert cost.usd - alone.usd == pytest.approx(cost.judging.usd)
        assert alone.usd < 0.01 < 0.5 < cost.usd
        unpriced = replace(judged, judge=replace(judged.judge, price=()))
        with pytest.raises(DesignError, match="price of the judge"):
            probe(server, unpriced, tmp_path, prices=Prices(0.0, 0.0), usd_per_million=2.0, limits=run.limits)
        assert not server.jobs


def test_what_it_shows_is_a_probe_like_any_other(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        curve, units, *_ = probe(server, task, tmp_path, usd_per_million=2.0)
        model = TrainableModel("openai/any", api_base=server.base)
        study = analyze(measure(task, Design((0, 1, 4), draws=2, items=5), model, journal=tmp_path / "journal.sqlite"))
    made = conclude_probe(study, curve, units)
    assert made.gains[-1].value > 0
    write_probe(made, tmp_path)
    assert read_probe(tmp_path, study.curve).n_train == 20
    scores = read_trained_scores(tmp_path, study.curve)
    with Journal(scores.journal) as kept:
        said = [
            r.text for name, each in scores.by_model.items() for r in replies_without_examples(task, name, each, kept)
        ]
    assert sorted(said) == sorted(item.target for item in task.items)
    assert [unit["asked_as"] for unit in probe_record(made)["units"]] == [unit.asked_as for unit in units]
    words = " ".join(probe_summary(made, verbose=True).split())
    assert "small model" not in words
    assert "2 fine-tunings by the provider" in words
    assert f"openai/{server.jobs['ftjob-2']['fine_tuned_model']}" in words
    assert KEY not in json.dumps(probe_record(made))


def test_a_second_call_makes_nothing_and_asks_nothing_again(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        first, units, *_ = probe(server, task, tmp_path)
        before = server.requests.total(), server.traffic.requests
        second, same, said, _ = probe(server, task, tmp_path)
        assert (server.requests.total(), server.traffic.requests) == before
    assert np.array_equal(first.scores, second.scores)
    assert (same, said) == (units, [])


def moments(monkeypatch, at):
    """Kill at the moment of this number: before and after each request about a job, and each step that is kept."""
    passed = 0

    def moment():
        nonlocal passed
        passed += 1
        if passed == at + 1:
            raise Killed

    def watched(kind, name):
        original = getattr(kind, name)

        def call(*arguments):
            moment()
            value = original(*arguments)
            moment()
            return value

        monkeypatch.setattr(kind, name, call)

    watched(TrainableModel, "_asked")
    watched(TrainingSteps, "record")
    return lambda: passed


def test_killed_at_any_moment_it_goes_on_and_pays_once(task, tmp_path, monkeypatch):
    wanted = replace(WANTED, items=2)
    with monkeypatch.context() as patched, FakeTrainingProvider(reply=learned) as server:
        count = moments(patched, at=-1)
        whole, *_ = probe(server, task, tmp_path / "whole", wanted)
        total = count()
    assert total > 30
    for at in range(total):
        with FakeTrainingProvider(reply=learned) as server:
            with monkeypatch.context() as patched:
                moments(patched, at)
                with pytest.raises(Killed):
                    probe(server, task, tmp_path / str(at), wanted)
            resumed, *_ = probe(server, task, tmp_path / str(at), wanted)
            assert sorted(server.paid.values()) == [1, 1], at
            assert np.array_equal(resumed.scores, whole.scores)


def test_a_job_ordered_before_a_kill_is_given_time_to_be_listed(task, tmp_path, monkeypatch):
    with FakeTrainingProvider(reply=learned) as server:
        with monkeypatch.context() as patched:
            patched.setattr(TrainableModel, "create_job", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                probe(server, task, tmp_path)
        *_, waits = probe(server, task, tmp_path)
        assert waits == [20.0]
        assert sorted(server.paid.values()) == [1, 1]


def test_a_folder_that_was_lost_is_no_reason_to_pay_again(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        first, *_ = probe(server, task, tmp_path / "lost")
        again, *_ = probe(server, task, tmp_path / "another")
        assert server.requests["POST jobs"] == 2
        assert server.requests["POST files"] == 2
    assert np.array_equal(first.scores, again.scores)


def test_a_job_is_found_by_its_mark_where_its_file_was_removed(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        probe(server, task, tmp_path / "lost")
        server.files.clear()
        probe(server, task, tmp_path / "another")
        assert server.requests["POST jobs"] == 2


def test_a_job_is_found_on_a_later_page(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        probe(server, task, tmp_path / "lost", ProbeDesign((10,), 1, 5))
        others = {f"of-others-{i}": {**server.jobs["ftjob-2"], "id": f"of-others-{i}"} for i in range(150)}
        for job in others.values():
            job |= {"training_file": "x", "metadata": None}
        server.contents["x"] = b""
        server.jobs |= others
        server.requests.clear()
        probe(server, task, tmp_path / "another", ProbeDesign((10,), 1, 5))
        assert (server.requests["GET jobs"], server.requests["POST jobs"]) == (2, 0)


@pytest.mark.parametrize(
    "fates",
    [
        {"POST jobs": ["cut"]}, {"POST jobs": ["dropping"]}, {"POST jobs": ["limited", "failing", "cut"]},
        {"POST files": ["cut"]}, {"POST files": ["limited", "failing"]}, {"GET jobs": ["limited"]},
        {"GET jobs/id": ["failing", "limited", "dropping"]}, {"GET files": ["failing"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_fails_for_now_is_tried_again_and_paid_once(task, tmp_path, fates):
    with FakeTrainingProvider(fates=fates, reply=learned) as server:
        curve, _, _, waits = probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]
    assert curve.missing == 0
    assert waits, "after a pause"


def test_what_keeps_failing_ends_in_one_line_and_the_next_call_goes_on(task, tmp_path):
    with FakeTrainingProvider(fates={"POST jobs": ["failing"] * 5}, reply=learned) as server:
        with pytest.raises(CallFailed, match="openai/any: oops") as failed:
            probe(server, task, tmp_path)
        assert "\n" not in str(failed.value)
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]


@pytest.mark.parametrize(
    ("fates", "problem"),
    [
        ({"POST jobs": ["refused"]}, "no such parameter"),
        ({"POST files": ["refused"]}, "no such parameter"),
        ({"POST jobs": ["broke"]}, "You exceeded your current quota"),
        (
            {"GET files": ["denied"]},
            r"the key in OPENAI_API_KEY was refused by \S+ \(Incorrect API key provided: \[key\]\): set a valid one",
        ),
    ],
    ids=str,
)
def test_what_is_refused_is_told_in_the_providers_words(task, tmp_path, fates, problem):
    with FakeTrainingProvider(fates=fates, reply=learned) as server:
        with pytest.raises(CallFailed, match=f"^openai/any: {problem}$"):
            probe(server, task, tmp_path)
        assert not server.paid


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
def test_a_job_that_came_to_nothing_is_told_and_the_next_call_makes_another(task, tmp_path, ending):
    words = {"failed": "ftjob-2 failed: The job failed due to an internal error.", "cancelled": "ftjob-2 was cancelled"}
    with FakeTrainingProvider(ending=ending, reply=learned) as server:
        with pytest.raises(CallFailed, match=f"{words[ending]}; the same command makes another"):
            probe(server, task, tmp_path)
        assert not any(job["status"] == "succeeded" for job in server.jobs.values())
        server.ending = "succeeded"
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]
        assert server.requests["POST files"] == 2, "the file is still there"


def test_without_a_key_it_says_which_variable_to_set(task, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    model = TrainableModel("openai/gpt-4o-mini-2024-07-18")
    with pytest.raises(CallFailed, match="it needs a key, and there is none: set OPENAI_API_KEY"):
        model.file_named("any")


def test_no_key_is_in_any_file(task, tmp_path):
    with FakeTrainingProvider(fates={"POST jobs": ["denied"]}, reply=learned) as server:
        with pytest.raises(CallFailed):
            probe(server, task, tmp_path)
        probe(server, task, tmp_path)
    assert [file for file in tmp_path.rglob("*") if KEY.encode() in file.read_bytes()] == []


def cost(server, task, out, name="openai/any", **run):
    model = TrainableModel(name, api_base=server.base, prices=Prices(10.0, 10.0))
    planned, work = plan_remote_probe(task, model, WANTED)
    return cost_of_remote_probe(planned, model, work, out, RemoteRun(**run))


def test_the_cost_that_is_told_first_is_never_passed(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        first = cost(server, task, tmp_path, usd_per_million=1000.0)
        assert first.usd > first.training_usd > 0
        # Scoring the untrained model is no part of it: that is what a study has asked already.
        limits = SpendingLimits(usd=first.usd * 1.5)
        run = {"limits": limits, "usd_per_million": 1000.0, "prices": Prices(10.0, 10.0)}
        curve, units, *_ = probe(server, task, tmp_path, **run)
        assert curve.stopped == ""
        billed = sum(unit.trained_tokens for unit in units)
        assert cost(server, task, tmp_path).usd == 0.0
    assert (first.jobs, first.calls) == (2, 10)
    assert 0.5 * first.tokens < billed <= first.tokens
    assert limits.usd <= first.usd * 1.5


def test_a_job_that_the_cap_leaves_no_room_for_is_not_made(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        first = cost(server, task, tmp_path, usd_per_million=1000.0)
        run = {"usd_per_million": 1000.0, "prices": Prices(10.0, 10.0)}
        with pytest.raises(BudgetReached, match=r"--max-usd .* leaves too little to train on 10 examples .*no job"):
            probe(server, task, tmp_path, limits=SpendingLimits(usd=first.usd * 0.1), **run)
        assert not server.paid
        assert not server.files, "nor was anything uploaded for it"
        curve, units, *_ = probe(server, task, tmp_path, limits=SpendingLimits(usd=first.usd * 0.7), **run)
        assert list(server.paid.values()) == [1]
    assert [unit.n_train for unit in units] == [10]
    assert curve.shots.tolist() == [0, 10]
    assert curve.stopped.startswith("--max-usd")
    assert curve.missing == 0, "what was trained could be scored"


def test_what_is_there_already_counts_where_a_cap_leaves_out_what_comes_before_it(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        run = {"usd_per_million": 1000.0, "prices": Prices(0.001, 0.001)}
        probe(server, task, tmp_path, **run)
        two_seeds = ProbeDesign((10, 20), 2, items=5)
        curve, units, *_ = probe(server, task, tmp_path, two_seeds, limits=SpendingLimits(usd=0.01), **run)
        model = TrainableModel("openai/any", api_base=server.base)
        study = analyze(measure(task, Design((0, 1), draws=2, items=5), model))
        assert sorted(server.paid.values()) == [1, 1]
    assert [(unit.n_train, unit.seed) for unit in units] == [(10, 0), (20, 0)]
    assert curve.stopped.startswith("--max-usd")
    checked = validation_of(conclude_probe(study, curve, units))
    assert (checked.tuned.model, checked.tuned.stopped) == (units[1].asked_as, "")
    assert checked.tuned.scores.shape == (1, 1, 5)
    grouped = replace(curve, groups=tuple(n // 2 for n in range(curve.scores.shape[2])))
    assert validation_of(conclude_probe(study, grouped, units)).tuned.groups == (0, 0, 1, 1, 2)


def test_a_cap_on_dollars_without_a_price_is_refused_before_anything_is_sent(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        capped = {"limits": SpendingLimits(usd=1.0)}
        with pytest.raises(DesignError, match=r"price of training openai/any is not known.*--usd-per-million-trained"):
            probe(server, task, tmp_path, **capped)
        with pytest.raises(DesignError, match=r"price of asking what openai/any is fine-tuned to.*--price"):
            probe(server, task, tmp_path, **capped, usd_per_million=3.0)
        assert (server.requests.total(), server.traffic.requests) == (0, 0)


def test_the_list_of_prices_holds_where_nothing_was_stated_and_its_upper_end_counts(task, tmp_path):
    listed = replace(training_price("openai/gpt-4.1-mini"), training_low=500.0, training_high=1000.0)
    with FakeTrainingProvider(reply=learned) as server:
        stated, by_list = (
            cost(server, task, tmp_path, **run) for run in ({"usd_per_million": 1000.0}, {"listed": listed})
        )
        assert by_list.training_usd == stated.training_usd
        assert by_list.training_least_usd == pytest.approx(stated.training_usd / 2)
        assert stated.training_least_usd == stated.training_usd
        assert cost(server, task, tmp_path, usd_per_million=7.0, listed=listed).training_usd == pytest.approx(
            stated.training_usd * 0.007
        )
        run = {"listed": listed, "prices": Prices(10.0, 10.0)}
        with pytest.raises(BudgetReached, match="leaves too little to train on 10 examples"):
            probe(server, task, tmp_path, limits=SpendingLimits(usd=by_list.training_least_usd / 3), **run)
        curve, units, *_ = probe(server, task, tmp_path, limits=SpendingLimits(usd=by_list.usd * 1.5), **run)
        assert curve.stopped == ""
        assert [unit.usd for unit in units] == [None, None], "which end was paid is not known"
        unknown = replace(listed, training_low=math.nan, training_high=math.nan)
        with pytest.raises(DesignError, match="--usd-per-million-trained"):
            probe(server, task, tmp_path, limits=SpendingLimits(usd=1.0), listed=unknown)


def test_a_server_of_ones_own_has_no_listed_price_whatever_its_models_are_called(monkeypatch):
    named = "openai/gpt-4o-mini-2024-07-18"
    assert listed_price(TrainableModel(named)).training_high == 3
    assert listed_price(TrainableModel(named, api_base="http://localhost:1/v1")) is None
    azure = "azure/gpt-4.1-mini-2025-04-14"
    assert listed_price(TrainableModel(azure, api_base="https://mine.openai.azure.com")).training_high == 6.6
    assert listed_price(TrainableModel("openai/gpt-6-astra")) is None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert listed_price(TrainableModel(named)) is None


def test_a_cap_on_minutes_ends_the_waiting_and_not_the_job(task, tmp_path):
    with FakeTrainingProvider(looks=5, reply=learned) as server:
        with pytest.raises(BudgetReached, match=r"--max-minutes 0\.05 .* they go on at the provider"):
            probe(server, task, tmp_path, limits=SpendingLimits(minutes=0.05))
        assert sorted(server.paid.values()) == [1, 1]
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]


def interrupted(server, task, out):
    """All jobs are made, and the program ends at its first pause."""

    def end(seconds):
        raise Killed

    with closing(TrainableModel("openai/any", api_base=server.base)) as model:
        planned, work = plan_remote_probe(task, model, WANTED)
        with pytest.raises(Killed):
            tune_remotely(planned, model, work, out, RemoteRun(wait=end))


def test_jobs_are_cancelled_on_request_and_made_anew_afterwards(task, tmp_path):
    with FakeTrainingProvider(looks=50, reply=learned) as server:
        interrupted(server, task, tmp_path)
        with closing(TrainableModel("openai/any", api_base=server.base)) as model:
            _, work = plan_remote_probe(task, model, WANTED)
            assert [status.status for status in cancel_jobs(model, work, tmp_path)] == ["cancelled"] * 2
            assert cancel_jobs(model, work, tmp_path) == []
        assert not server.paid
        server.looks = 0
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]


def test_a_task_with_a_second_scorer_is_concluded_too(task, tmp_path):
    """Seen: an IndexError after the jobs were paid, and no line in the ledger."""
    task = replace(task, also_scored_by=replace(task.scorer, name="f1"))
    with (
        FakeTrainingProvider(reply=learned) as server,
        closing(TrainableModel("openai/any", api_base=server.base)) as model,
    ):
        curve = measure(task, Design((0, 2), 1, 5), model, journal=tmp_path / "j.sqlite")
        study = analyze(curve, n_train=20)
        planned, work = plan_remote_probe(task, model, WANTED, study)
        found = conclude_probe(study, *tune_remotely(planned, model, work, tmp_path, RemoteRun()))
        model.close()
    assert curve.also_scores is not None
    assert found.curve.also_scores.shape == found.curve.scores.shape
    assert validation_of(found).tuned.also_scores.shape == (1, 1, 5)


def test_several_seeds_train_on_examples_of_their_own(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:
        curve, units, *_ = probe(server, task, tmp_path, ProbeDesign((10,), 2, items=5))
        assert len(set(server.contents.values())) == 2
        assert [job["seed"] for job in server.jobs.values()] == [0, 1]
    assert curve.scores.shape == (2, 2, 5)
    assert [unit.seed for unit in units] == [0, 1]


@pytest.mark.parametrize(
    ("sizes", "error", "problem"),
    [
        ((4, 20), DesignError, "OpenAI trains on 10 examples or more, and 4 are asked for; use --n 10 or more"),
        ((100,), DesignError, "100 training examples are more than the 40 that the pool of 'made' has"),
    ],
)
def test_numbers_of_examples_that_cannot_be_are_refused(task, sizes, error, problem):
    with pytest.raises(error, match=problem):
        plan_remote_probe(task, TrainableModel("openai/any", api_base="http://localhost:1"), ProbeDesign(sizes))


def test_sizes_beyond_the_pool_are_left_out_and_named(task):
    model = TrainableModel("openai/any", api_base="http://localhost:1")
    _, work = plan_remote_probe(task, model, ProbeDesign((10, 64, 256), 1))
    assert work.design.sizes == (10,)
    assert work.notes == ("no training on 64, 256: the pool has only 40",)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("vertex_ai/gemini-2.5-flash", "could be made and not found again.*curvefit pool --to vertex"),
        ("anthropic/claude-haiku-4-5", "fine-tuning by API is known of openai and azure.*curvefit validate"),
    ],
)
def test_a_provider_that_cannot_be_followed_is_refused_and_the_way_round_is_named(task, name, problem):
    with pytest.raises(ModelUnavailable, match=problem):
        plan_remote_probe(task, TrainableModel(name), WANTED)


def test_a_study_asked_in_plain_text_cannot_stand_beside_a_chat_model_that_was_trained(task, tmp_path):
    with FakeTrainingProvider() as server:
        plain = TrainableModel("openai/any", api_base=server.base, form="plain")
        study = analyze(measure(task, Design((0, 1), draws=1, items=5), plain))
        with pytest.raises(InputError, match="a probe asks in turns; measure it again with --form chat"):
            plan_remote_probe(task, TrainableModel("openai/any", api_base=server.base), WANTED, study)


def test_azure_is_asked_by_the_name_that_the_model_is_to_be_deployed_under(task, tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_API_KEY", KEY)
    monkeypatch.setenv("AZURE_API_VERSION", "2024-10-21")

    def not_yet(moment):
        if moment == "after GET jobs/id":
            server.faults = Faults(fate="refused")

    with FakeTrainingProvider(reply=learned, notice=not_yet) as server:
        with pytest.raises(CallFailed, match=r"; deploy ft:any:\S+ under the name cf-\w{8}-10, then the same command"):
            probe(server, task, tmp_path, name="azure/any")
        server.faults, server.notice = Faults(), None
        _, units, *_ = probe(server, task, tmp_path, name="azure/any")
        assert sorted(server.paid.values()) == [1, 1]
        assert {content[:3] for content in server.contents.values()} == {b"\xef\xbb\xbf"}
        left = cost(server, task, tmp_path, name="azure/any")
        assert (left.jobs, left.calls, left.usd) == (0, 0, 0.0), "all of it was asked, under those names"
    assert [unit.asked_as[:9] for unit in units] == ["azure/cf-"] * 2


def test_a_fine_tuned_model_is_priced_as_what_it_was_made_of():
    model = TrainableModel("openai/gpt-4o-mini")
    named = model.tuned("ft:gpt-4o-mini-2024-07-18:acme:cf-1:x9")
    assert named.expect(1000, 1000, 10).usd == model.tuned_to_come().expect(1000, 1000, 10).usd
    assert named.expect(1000, 1000, 10).usd > model.expect(1000, 1000, 10).usd


def test_a_unit_says_what_it_was_in_one_line(task, tmp_path):
    lines = []
    with FakeTrainingProvider(reply=learned) as server:
        probe(server, task, tmp_path, usd_per_million=1.0, notify=lambda scored: lines.append(unit_sentence(scored)))
        name = server.jobs["ftjob-2"]["fine_tuned_model"]
    assert lines[0].startswith(f"1/2: 10 examples, seed 0: accuracy 100%; openai/{name}, ")
    assert lines[0].endswith("tokens trained, $0.0011")


def test_prompt_and_weights_are_measured_together_and_so_are_as_many_shown_as_trained_on(make_task, tmp_path):
    made = make_task(pool=60, items=5)
    with FakeTrainingProvider(reply=helped) as server, closing(TrainableModel("openai/any", api_base=server.base)) as m:
        prompted = measure(made, Design((0, 1, 4), draws=2, items=5), m, journal=tmp_path / "journal.sqlite")
        similar = measure(made, Design((2,), draws=1, items=5, selection="similar"), m)
        study = analyze(prompted.beside(similar))
        planned, work = plan_remote_probe(made, m, ProbeDesign((10, 20), 2, items=5), study)
        beside = beside_probe(study, planned, work.design)
        run = RemoteRun(usd_per_million=1.0)
        before = cost_of_remote_probe(planned, m, work, tmp_path, run, beside)
        asked = server.traffic.requests
        probe = conclude_probe(study, *tune_remotely(planned, m, work, tmp_path, run, beside))
        assert server.traffic.requests - asked == before.calls == 4 * 5 + 2 * 2 * 5 + 2 * 5
    assert [design.shots for design in beside.shown] == [(20,)]
    assert probe.over_shown.n == 20
    assert [point.shots for point in probe.study.points] == [0, 1, 4, 20], "as many shown is a prompt as well"
    assert validation_of(probe).best.point == probe.best.point
    drawn, near = probe.together
    assert (drawn.retrieved, drawn.point.shots, near.retrieved, near.point.shots) == (False, 1, True, 2)
    assert drawn.curve.scores.shape == (1, 2, 5)
    assert (drawn.point.accuracy.value, drawn.over_weights.value) == (1.0, 1.0)
    assert drawn.gain.value == pytest.approx(1 - probe.best.point.accuracy.value)
    written = probe_record(probe)["together"]
    assert [(each["n_train"], each["shots"], each["retrieved"]) for each in written] == [(20, 1, False), (20, 2, True)]
    words = " ".join(probe_summary(probe, verbose=True).split())
    assert "accuracy, fine-tuned and shown 1 example" in words
    assert "Shown the 2 most similar examples, the fine-tuned model changes by +100.0 points" in words
    assert "is not measured" not in words


def helped(body):
    """Right where the model is fine-tuned and shown an example too."""
    number = int(body["messages"][-1]["content"].split()[-1])
    both = body["model"].startswith("ft:") and len(body["messages"]) > 2
    return f"label-{number % 4}" if both else "nothing"


def test_what_a_probe_lacks_for_a_better_prediction_is_said(task, tmp_path):
    with (
        FakeTrainingProvider(reply=learned) as server,
        closing(TrainableModel("openai/any", api_base=server.base)) as m,
    ):
        study = analyze(measure(task, Design((0, 1), draws=2, items=5), m))
        curve, units, *_ = probe(server, task, tmp_path, ProbeDesign((10,), 1, items=5))
    words = " ".join(probe_summary(conclude_probe(study, curve, units)).split())
    assert "adds over showing as many, by which predictions are better, is not measured: add 32 to --n" in words


def test_jobs_that_a_killed_run_had_made_and_not_noted_are_cancelled_too(task, tmp_path, monkeypatch):
    """Made, but its answer never came; and where the folder is lost, nothing at all is known here."""
    with FakeTrainingProvider(looks=50, reply=learned) as server:
        record = TrainingSteps.record

        def killed_at_job(steps, training, step, value):
            if step == "job":
                raise Killed
            record(steps, training, step, value)

        with monkeypatch.context() as patched:
            patched.setattr(TrainingSteps, "record", killed_at_job)
            with pytest.raises(Killed):
                probe(server, task, tmp_path)
        assert list(server.paid.values()) == [1]
        with closing(TrainableModel("openai/any", api_base=server.base)) as model:
            _, work = plan_remote_probe(task, model, WANTED)
            waits = []
            assert [status.job for status in cancel_jobs(model, work, tmp_path / "lost")] == ["ftjob-2"]
            assert cancel_jobs(model, work, tmp_path, waits.append) == []
        assert waits == [20.0], "what was ordered a moment before may not be listed yet"
        assert not server.paid
        server.looks = 0
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]


def test_a_job_that_cannot_be_cancelled_is_told_with_those_that_were(task, tmp_path):
    with FakeTrainingProvider(looks=50, reply=learned) as server:
        interrupted(server, task, tmp_path)
        del server.jobs["ftjob-2"]
        with closing(TrainableModel("openai/any", api_base=server.base)) as model:
            _, work = plan_remote_probe(task, model, WANTED)
            with pytest.raises(CallFailed, match=r"No such object: ftjob-2; ended: ftjob-4; the same command"):
                cancel_jobs(model, work, tmp_path, lambda seconds: None)
        assert not server.paid


def test_what_keeps_one_job_from_being_cancelled_keeps_no_other(task, tmp_path):
    """The first has ended at the provider, which refuses to cancel it; of the second the first try fails for now."""
    fates = {"POST jobs/id": ["ok", "failing"]}
    with FakeTrainingProvider(looks=50, fates=fates, reply=learned) as server:
        interrupted(server, task, tmp_path)
        server.jobs["ftjob-2"]["status"] = "succeeded"
        server.jobs["ftjob-2"]["fine_tuned_model"] = "ft:any:fake:cf-1:1"
        with closing(TrainableModel("openai/any", api_base=server.base)) as model:
            _, work = plan_remote_probe(task, model, WANTED)
            ended = cancel_jobs(model, work, tmp_path, lambda seconds: None)
        assert [(status.job, status.status) for status in ended] == [("ftjob-4", "cancelled")]
        server.looks = 0
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1], "and what had succeeded is used"


def test_a_job_whose_answer_got_lost_is_given_time_to_be_listed(task, tmp_path, monkeypatch):
    waits = []
    listed = TrainableModel.find_job

    def late(model, file, mark):
        return listed(model, file, mark) if sum(waits) >= 15 else None

    monkeypatch.setattr(TrainableModel, "find_job", late)
    with (
        FakeTrainingProvider(fates={"POST jobs": ["cut"]}, reply=learned) as server,
        closing(TrainableModel("openai/any", api_base=server.base)) as model,
    ):
        planned, work = plan_remote_probe(task, model, ProbeDesign((10,), 1, items=5))
        tune_remotely(planned, model, work, tmp_path, RemoteRun(wait=waits.append))
        assert list(server.paid.values()) == [1]


def test_a_file_whose_answer_got_lost_is_not_uploaded_twice(task, tmp_path):
    """Of two files of one name, a job made of the second is not found by the first where jobs bear no mark."""
    with FakeTrainingProvider(fates={"POST files": ["cut"]}, reply=learned) as server:
        probe(server, task, tmp_path)
        assert len(server.files) == 2


def test_a_cap_on_calls_pays_for_no_job_that_could_not_be_scored(task, tmp_path):
    """Five items: asked of the untrained model, 5 calls; the first job and its scoring 6; of the second, 6 more."""
    with FakeTrainingProvider(reply=learned) as server:
        curve, units, *_ = probe(server, task, tmp_path, limits=SpendingLimits(calls=15))
        assert [unit.n_train for unit in units] == [10]
        assert list(server.paid.values()) == [1]
    assert (curve.stopped, curve.missing) == ("--max-calls 15", 0)


def test_a_job_that_succeeded_and_names_no_model_is_not_waited_for_without_end(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:

        def unnamed(moment):
            if moment == "before GET jobs/id":
                server.jobs["ftjob-2"] |= {"status": "succeeded", "fine_tuned_model": None}

        server.notice = unnamed
        with pytest.raises(CallFailed, match=r"openai/any: ftjob-2 succeeded, but its model has no name yet; .* later"):
            probe(server, task, tmp_path)
        server.notice = None
        server.jobs["ftjob-2"]["fine_tuned_model"] = "ft:any:fake:cf-1:1"
        probe(server, task, tmp_path)
        assert sorted(server.paid.values()) == [1, 1]


def test_an_impossible_number_of_trained_tokens_is_not_known(task, tmp_path):
    with FakeTrainingProvider(reply=learned) as server:

        def absurd(moment):
            if moment == "before GET jobs/id":
                made = {"status": "succeeded", "fine_tuned_model": "ft:any:fake:cf-1:1", "trained_tokens": 10**400}
                server.jobs["ftjob-2"] |= made

        server.notice = absurd
        _, units, *_ = probe(server, task, tmp_path, ProbeDesign((10,), 1, items=5), usd_per_million=1.0)
    assert (units[0].trained_tokens, units[0].usd) == (None, None)


def test_a_cap_within_what_a_later_seed_is_asked_is_named():
    first = Measurement(shots=np.array([1]), scores=np.ones((1, 1, 4)))
    assert stacked_seeds([first, replace(first, stopped="--max-calls 9")]).stopped == "--max-calls 9"
