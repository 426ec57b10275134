"""Ask every trial of a design and score the replies. Lives here: the order of those steps; nothing is concluded."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from curvefit.errors import (
    BudgetReached,
    CallFailed,
    CurvefitError,
    DesignError,
    InputError,
    JournalError,
    ModelUnavailable,
)
from curvefit.measurement.judging import ask_judge, asking, judge_model
from curvefit.measurement.measurement import CutReplies, Measurement, Note
from curvefit.measurement.scoring import ScoredReplies, answer_reader, answers_to, score_replies, score_reply
from curvefit.models.base import Completion, Model, Prices, Usage
from curvefit.models.batches import BatchModel
from curvefit.tasks.documents import unshown_documents
from curvefit.tasks.readiness import words_to_the_letter
from curvefit.tasks.task import Task, fingerprint, groups_of, item_digests
from curvefit.trials.batching import ask_by_batch
from curvefit.trials.design import Design, Trial
from curvefit.trials.journal import Journal, JournalPaths, journal_paths
from curvefit.trials.rate_limiter import Stop
from curvefit.trials.runner import INTERRUPTED, LimitWatch, Outcome, Progress, ask
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.submissions import Submissions
from curvefit.trials.trial_plan import Plan, PromptLimits, plan, still_reasoning, with_targets

__all__ = ["ScoreWatch", "at_stated_prices", "measure", "plan_measurement"]

_WIDTH: Final = 30  # characters of a bar
_WATCHING: Final = 0.05  # share of the time that may go into scores shown on the way


@runtime_checkable
class ScoreWatch(Protocol):
    """A `Progress` that is told scores on the way; not all of them, where scoring takes long."""

    def __call__(self, done: int, total: int) -> None:
        """Take how many requests are answered, and how many there are."""

    def scored(self, trial: Trial, score: float) -> None:
        """Take the score of a new reply, in [0, 1]."""


class _RunningScores:
    """Scores new replies for who follows; what counts is scored when all are here."""

    def __init__(self, follow: ScoreWatch, of: Plan) -> None:
        self._follow, self._plan, self._answer_of = follow, of, answer_reader(of.items)
        self._began, self._spent = time.perf_counter(), 0.0

    def __call__(self, done: int, total: int) -> None:
        self._follow(done, total)

    def limited(self, seconds: float) -> None:
        if isinstance(self._follow, LimitWatch):
            self._follow.limited(seconds)

    def replied(self, trial: Trial, reply: Completion) -> None:
        started = time.perf_counter()
        if self._spent > _WATCHING * (started - self._began):
            return
        answer = self._answer_of(reply)
        if answer is not None:
            with suppress(CurvefitError):  # a scorer's fault is said when all is scored
                self._follow.scored(
                    trial, score_reply(self._plan.task.scorer, answer, self._plan.items[trial.item]).value
                )
        self._spent += time.perf_counter() - started


def plan_measurement(task: Task, design: Design, model: Model, journal: JournalPaths | None = None) -> Plan:
    """Return what `measure` would ask, without asking; what does not fit is refused here.

    What counting tokens found is kept in the journal, so that the same call again need not start the model.

    Raises
    ------
    DesignError, PromptTooLong
        The pool or the context cannot carry the design; no journal is made then.
    JournalError
        The journal cannot be read or written.
    """
    model = with_targets(model, task)
    path = next(iter(journal_paths(journal)), None)
    if path is None or path.exists():
        with Journal(path) as records:
            return _planned(task, design, model, records)
    trial_plan = plan(task, design, model)
    with Journal(path) as records:
        records.store_prompt_limits(PromptLimits.key(task, design, model), trial_plan.prompt_limits)
    return trial_plan


def measure(
    task: Task,
    design: Design | Plan,
    model: Model,
    *,
    journal: JournalPaths | None = None,
    progress: Progress | bool | None = None,
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
        Of several the first keeps them; what the others hold of the same requests is copied, not asked again.
    progress : bool or callable, optional
        True draws a bar on stderr, where that is a terminal or a notebook; a function is called with (requests
        answered, requests in all).
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
    CurvefitError
        An argument is not what it is to be.

    Examples
    --------
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    >>> model = cf.resolve("simulated/plateau")
    >>> cf.measure(task, cf.Design(shots=(0, 1, 2, 4), draws=2, items=20, seed=7), model)
    <Measurement 'doubles' on 'simulated/plateau': 0, 1, 2, 4 shots; accuracy 0.050 to 0.775; 2 draws, 20 items>
    """
    _check(task, design, model, limits)
    journals = journal_paths(journal)
    if journal is not None and not journals:  # which keeps nothing of what is paid
        raise JournalError("a journal is named by its path, not by an empty list")
    with _following(progress) as follow:
        measured = _measured(task, design, model, journals, follow, limits)
    notes = measured.notes
    if isinstance(design, Design) and len(task.items) < design.items != Design().items:  # the default is a ceiling
        notes += (Note("asking", f"{design.items:,} items were to be scored, and the task has {len(task.items):,}"),)
    return replace(measured, notes=notes, journal=str(journals[0]) if journals else "")


def _measured(
    task: Task,
    design: Design | Plan,
    model: Model,
    journals: Sequence[Path],
    progress: Progress | None,
    limits: SpendingLimits | None,
) -> Measurement:
    model = with_targets(model, task)
    judge = None if task.judge is None else judge_model(task.judge, limits)
    path = journals[0] if journals else None
    with Journal(path, journals[1:]) as records, records.exclusive(), closing(judge) if judge else nullcontext():
        trial_plan = design if isinstance(design, Plan) else _planned(task, design, model, records)
        if isinstance(model, BatchModel):
            outcome = ask_by_batch(trial_plan, model, records, limits)
        else:
            Submissions(records, model.identity).refuse_uncollected()
            # Code of a user's own may take any time, and the asking would wait for it; a judge costs money.
            own = judge is None and not task.scorer.name.startswith("python:")
            if own and isinstance(progress, ScoreWatch):
                progress = _RunningScores(progress, trial_plan)
            stop = Stop()
            outcome = _finish(ask(trial_plan, model, records, progress, limits, stop), stop)
        if judge is None:
            return _measurement(trial_plan, model, score_replies(trial_plan, records, outcome.digests), outcome)
        answers = answers_to(trial_plan, records, outcome.digests)
        verdicts = ask_judge(task, answers, judge, records, asking(records, _finish, progress, limits))
        scored = score_replies(trial_plan, records, outcome.digests, verdicts.scores)
        if scored.replies and np.isnan(scored.scores).all() and not (outcome.stopped or verdicts.stopped):
            raise CallFailed(f"the judge {judge.name} gave no verdict that can be read; another model may, or rubric")
        outcome = replace(outcome, stopped=outcome.stopped or verdicts.stopped)
        measured = _measurement(trial_plan, model, scored, outcome)
        return replace(measured, usage=measured.usage + at_stated_prices(verdicts.usage, judge), judge=verdicts.record)


def _check(task: Any, design: Any, model: Any, limits: Any) -> None:
    """Refuse what is of another type, and say what would do."""
    if not isinstance(task, Task):
        raise InputError(f"a task is needed, such as load_task(PATH) or Task.from_records, not {type(task).__name__}")
    if not isinstance(design, Design | Plan):
        raise DesignError(f"a design is needed, such as Design(shots=(0, 1, 2, 4)), not {type(design).__name__}")
    if isinstance(design, Plan) and design.task != task:
        raise DesignError(
            f"the plan is of the task {design.task.name!r}, and {task.name!r} is another one: plan it anew"
        )
    if isinstance(model, type) or not callable(getattr(model, "complete", None)):
        wanted = "FunctionModel(function)" if callable(model) else "resolve(NAME)"
        raise ModelUnavailable(f"a model is needed, such as {wanted}, not {type(model).__name__}")
    if not (limits is None or isinstance(limits, SpendingLimits)):
        raise DesignError(f"limits are SpendingLimits(...), not {type(limits).__name__}")


@contextmanager
def _following(progress: Any) -> Iterator[Progress | None]:
    """Yield what is called with progress: nothing, a function of the caller's, or what draws a bar."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise DesignError(f"progress is True, False or a function of (done, total), not {type(progress).__name__}")
    if not isinstance(progress, bool):
        yield progress
        return
    notebook = type(sys.stderr).__module__.startswith("ipykernel.")
    if not (progress and (notebook or sys.stderr.isatty())):
        yield None
        return
    drawn = -1

    def draw(done: int, total: int) -> None:
        nonlocal drawn
        percent = 100 * done // max(total, 1)
        if percent != drawn:  # and not once a request: there may be a hundred thousand
            drawn = percent
            bar = "#" * (_WIDTH * percent // 100)
            sys.stderr.write(f"\r[{bar:-<{_WIDTH}}] {percent:3d}%  {done:,} of {total:,} requests")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        if drawn >= 0:
            sys.stderr.write("\n")


def _planned(task: Task, design: Design, model: Model, journal: Journal) -> Plan:
    """Plan by what the journal holds of the same plan, and keep in it what it lacks."""
    key = PromptLimits.key(task, design, model)
    stored = journal.prompt_limits(key)
    trial_plan = plan(task, design, model, stored)
    if trial_plan.prompt_limits != stored:
        journal.store_prompt_limits(key, trial_plan.prompt_limits)
    return trial_plan


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


def at_stated_prices(usage: Usage, model: Model) -> Usage:
    """Return it at the model's stated prices, where replies were kept that came when none was known."""
    prices: Prices | None = getattr(model, "stated_prices", None)
    if prices is None or usage.usd is not None or not usage.prompt_tokens:  # not every server counts tokens
        return usage
    return replace(usage, usd=prices.usd(usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens))


def _measurement(trial_plan: Plan, model: Model, scored: ScoredReplies, outcome: Outcome) -> Measurement:
    trials = scored.scores.size
    missing = int(np.isnan(scored.scores).sum())
    if missing == trials:
        why = "".join(f"; {problem}" for problem in outcome.failures)
        if outcome.stopped:
            raise BudgetReached(f"{outcome.stopped} was reached before there was any reply; allow more{why:.400}")
        if (cut_off := scored.cut_off + outcome.cut_off) and cut_off >= scored.replies + outcome.failures.total():
            raise CallFailed(f"{model.name}: {still_reasoning(cut_off, trial_plan.max_tokens)}")
        if scored.replies:
            raise CallFailed(
                f"{model.name}: none of {scored.replies:,} replies comes to an answer: each begins with reasoning that"
                " does not end; nothing is concluded: switch reasoning off where the model is served, or"
                " raise --reply-tokens of curvefit run (in Python: reply_tokens)"
            )
        raise CallFailed(f"{model.name} answered none of {trials} trials; see --help on keys and --api-base{why:.400}")
    usage = tuple(at_stated_prices(part, model) for part in scored.usage_by_shots)
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
        groups=groups_of(trial_plan.items),
        readable=scored.readable,
        choices=None if np.isnan(scored.choices).all() else scored.choices,
        scorer=trial_plan.task.scorer.name,
        also_scored_by="" if trial_plan.task.also_scored_by is None else trial_plan.task.also_scored_by.name,
        also_scores=scored.also,
        usage=sum(usage, Usage()),
        usage_by_shots=usage,
        seconds_by_shots=scored.seconds_by_shots,
        concurrency=outcome.concurrency,
        notes=(
            *(_of_unjudged(*each) for each in trial_plan.task.much_unjudged),
            *_of_free_text(trial_plan.task),
            *(Note("task", text) for text in trial_plan.task.notes),
            *(Note("asking", text) for text in (*trial_plan.notes(), *outcome.notes(missing, trials), *scored.notes())),
        ),
        stopped=outcome.stopped,
        cut=CutReplies(scored.cut_off + outcome.cut_off, scored.replies + outcome.cut_off, trial_plan.max_tokens),
        same_answers=scored.same_answers,
        path=trial_plan.task.path,
        overrides=trial_plan.task.overrides,
        documents=unshown_documents(trial_plan.task),
        # Of a hosted model litellm knows it, which is not loaded for replies that are all there.
        model_context=model.context if model.keeps_prefix else None,
        too_long=trial_plan.too_long,
        asked=fingerprint(trial_plan.task, trial_plan.items),
        digests=item_digests(trial_plan.task, trial_plan.items),
    )


def _of_free_text(task: Task) -> Iterator[Note]:
    """Yield the note that a scorer wants free text word for word, whatever was checked before."""
    if n_words := words_to_the_letter(task):
        other = "good replies in other words count as wrong"
        how = (
            f"scorer {task.scorer.name} counts free text of about {n_words} words as right only where each is the same"
        )
        instead = "take scorer f1 or rouge, or a function of your own"
        yield Note("task", f"{how}: {other}; {instead}", f"free text is judged word for word: {other}")


def _of_unjudged(reason: str, count: int, of: int) -> Note:
    """Return the note that much of the task is left out for its kind."""
    share = "most" if 2 * count > of else "many"
    text = f"{count:,} of {of:,} examples are left out, and nothing here is about them: {reason}"
    return Note("task", text, f"{share} of the task's examples are left out: {reason}")
