"""Ask every trial of a design and score the replies. Lives here: the order of those steps; nothing is concluded."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from curvefit.errors import BudgetReached, CallFailed
from curvefit.measurement.measurement import Measurement
from curvefit.measurement.scoring import ScoredReplies, score_replies
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
from curvefit.trials.trial_plan import Plan, PromptLimits, plan, with_targets

__all__ = ["measure"]


def measure(
    task: Task,
    design: Design,
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
        What to ask, how much, and whom. A `BatchModel` is not waited for: the same call again collects.
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
    model = with_targets(model, task)
    with Journal(journal) as records, records.exclusive():
        key = PromptLimits.key(task, design, model)
        prompt_limits = records.prompt_limits(key)
        trial_plan = plan(task, design, model, prompt_limits)
        if prompt_limits is None:
            records.store_prompt_limits(key, PromptLimits(trial_plan.design.shots, trial_plan.max_tokens))
        if isinstance(model, BatchModel):
            outcome = ask_by_batch(trial_plan, model, records, limits)
        else:
            Submissions(records, model.identity).refuse_uncollected()
            stop = Stop()
            outcome = _finish(ask(trial_plan, model, records, progress, limits, stop), stop)
        return _measurement(trial_plan, model, score_replies(trial_plan, records, outcome.digests), outcome)


def _finish(coroutine: Coroutine[None, None, Outcome], stop: Stop) -> Outcome:
    """Run to the end, also where an event loop is already running, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(max_workers=1) as executor:
        future = executor.submit(asyncio.run, coroutine)
        try:
            return future.result()
        except KeyboardInterrupt:
            stop.set(INTERRUPTED)  # and wait for what is in flight
            raise


def _measurement(trial_plan: Plan, model: Model, scored: ScoredReplies, outcome: Outcome) -> Measurement:
    trials = scored.scores.size
    missing = int(np.isnan(scored.scores).sum())
    if missing == trials:
        why = "".join(f"; {problem}" for problem in outcome.failures)
        if outcome.stopped:
            raise BudgetReached(f"{outcome.stopped} was reached before there was any reply; allow more{why:.400}")
        raise CallFailed(f"{model.name} answered none of {trials} trials; see --help on keys and --api-base{why:.400}")
    return Measurement(
        shots=np.asarray(trial_plan.design.shots),
        scores=scored.scores,
        task=trial_plan.task.name,
        kind=trial_plan.task.kind,
        model=model.name,
        form=trial_plan.form,
        design=replace(trial_plan.design, items=len(trial_plan.items)),
        n_labels=len(trial_plan.task.labels),
        pool=len(trial_plan.task.pool),
        available=len(trial_plan.task.items),
        commonest=scored.commonest,
        items=tuple(item.id for item in trial_plan.items),
        readable=scored.readable,
        choices=None if np.isnan(scored.choices).all() else scored.choices,
        usage=scored.usage,
        notes=(*trial_plan.task.notes, *outcome.notes(missing, trials), *scored.notes()),
        stopped=outcome.stopped,
        path=trial_plan.task.path,
        asked=fingerprint(trial_plan.task, trial_plan.items),
    )
