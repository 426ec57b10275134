"""Ask every trial of a design and score the replies. Lives here: the order of those steps; nothing is concluded."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from curvefit.errors import BudgetReached, CallFailed
from curvefit.measurement.measurement import Measurement, Note
from curvefit.measurement.scoring import Scored, score
from curvefit.models.base import Model
from curvefit.models.batches import BatchModel
from curvefit.tasks.task import Task, fingerprint
from curvefit.trials.batching import ask_by_batch
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.rate_limiter import Stop
from curvefit.trials.runner import INTERRUPTED, Outcome, Progress, ask
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.submissions import Submissions
from curvefit.trials.trial_plan import Plan, Settled, informed, plan

__all__ = ["measure", "plan_measurement"]


def plan_measurement(task: Task, design: Design, model: Model, journal: str | Path | None = None) -> Plan:
    """Return what `measure` would ask, without asking; what does not fit is refused here.

    What counting tokens found is kept in the journal, so that the same call again need not start the model.

    Parameters
    ----------
    task, design, model, journal
        As of `measure`.

    Raises
    ------
    DesignError, PromptTooLong
        The pool or the context cannot carry the design; no journal is made then.
    JournalError
        The journal cannot be read or written.
    """
    model = informed(model, task)
    if journal is None or Path(journal).exists():
        with Journal(journal) as kept:
            return _planned(task, design, model, kept)
    made = plan(task, design, model)
    with Journal(journal) as kept:
        kept.settle(Settled.key(task, design, model), Settled(made.design.shots, made.max_tokens))
    return made


def measure(
    task: Task,
    design: Design | Plan,
    model: Model,
    *,
    journal: str | Path | None = None,
    progress: Progress | None = None,
    limits: SpendingLimits | None = None,
) -> Measurement:
    """Ask the model every trial of the design and score the replies.

    Parameters
    ----------
    task, design, model
        What to ask, how much, and whom. A plan of the task for the model, as `plan_measurement` makes it or a part of
        one, is not made again. A `BatchModel` is not waited for: the same call again collects.
    journal : path, optional
        SQLite file that keeps every reply; the same call again asks only what it lacks. Without one nothing is kept.
    progress : callable, optional
        Called with (requests answered, requests in all).
    limits : SpendingLimits, optional
        What may be spent. Reaching a cap ends the asking, not the measurement: what there is comes back.

    Returns
    -------
    Measurement
        Scores of shape (shots, draws, items); NaN where the model gave no reply after repeated attempts, or was not
        asked because a cap was reached.

    Raises
    ------
    DesignError, PromptTooLong
        Before anything is sent: the pool or the context cannot carry the design.
    CallFailed
        The model cannot be asked. Replies so far are in the journal.
    BudgetReached
        A cap was reached before there was any reply.
    RepliesPending
        A batch is still running.
    JournalError
        The journal cannot be read or written, or another run is using it.
    """
    model = informed(model, task)
    with Journal(journal) as kept, kept.claimed():
        made = design if isinstance(design, Plan) else _planned(task, design, model, kept)
        if isinstance(model, BatchModel):
            outcome = ask_by_batch(made, model, kept, limits)
        else:
            Submissions(kept, model.identity).refuse()
            stop = Stop()
            outcome = _finish(ask(made, model, kept, progress, limits, stop), stop)
        return _measurement(made, model, score(made, kept, outcome.digests), outcome)


def _planned(task: Task, design: Design, model: Model, journal: Journal) -> Plan:
    """Plan by what the journal holds of the same plan, and keep in it what it lacks."""
    key = Settled.key(task, design, model)
    settled = journal.settled(key)
    made = plan(task, design, model, settled)
    if settled is None:
        journal.settle(key, Settled(made.design.shots, made.max_tokens))
    return made


def _finish(answering: Coroutine[None, None, Outcome], stop: Stop) -> Outcome:
    """Run to the end, also where an event loop is already running, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(answering)
    with ThreadPoolExecutor(max_workers=1) as aside:
        running = aside.submit(asyncio.run, answering)
        try:
            return running.result()
        except KeyboardInterrupt:
            stop.set(INTERRUPTED)  # and wait for what is in flight
            raise


def _measurement(made: Plan, model: Model, scored: Scored, outcome: Outcome) -> Measurement:
    trials = scored.scores.size
    missing = int(np.isnan(scored.scores).sum())
    if missing == trials:
        why = "".join(f"; {problem}" for problem in outcome.failures)
        if outcome.stopped:
            raise BudgetReached(f"{outcome.stopped} was reached before there was any reply; allow more{why:.400}")
        raise CallFailed(f"{model.name} answered none of {trials} trials; see --help on keys and --api-base{why:.400}")
    return Measurement(
        shots=np.asarray(made.design.shots),
        scores=scored.scores,
        task=made.task.name,
        kind=made.task.kind,
        model=model.name,
        form=made.form,
        design=replace(made.design, items=len(made.items)),
        n_labels=len(made.task.labels),
        pool=len(made.task.pool),
        available=len(made.task.items),
        commonest=scored.commonest,
        items=tuple(item.id for item in made.items),
        readable=scored.readable,
        choices=None if np.isnan(scored.choices).all() else scored.choices,
        usage=scored.usage,
        notes=(
            *(Note("task", text) for text in made.task.notes),
            *(Note("asking", text) for text in (*outcome.notes(missing, trials), *scored.notes())),
        ),
        stopped=outcome.stopped,
        path=made.task.path,
        asked=fingerprint(made.task, made.items),
    )
