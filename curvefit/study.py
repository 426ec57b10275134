"""The two halves and where they meet: `measure` asks, `analyze` concludes, `Study` holds both. Read this first.

::

    task, design, model --measure--> Measurement (a Curve that knows its origin) --analyze--> Study
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

import numpy as np

from curvefit.curves.case import Held
from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.forecast import Forecast
from curvefit.curves.verdict import Verdict, judge
from curvefit.errors import BudgetReached, CallFailed, CurveError
from curvefit.measurement import Measurement, Prompt, luck, seen
from curvefit.models.base import Model
from curvefit.models.batches import BatchModel
from curvefit.payoff.advice import Advice, advise
from curvefit.payoff.breakeven import over_constant, paired_gain
from curvefit.payoff.findings import Findings
from curvefit.payoff.model import Payoff, Probed, payoff_of, to_beat
from curvefit.predicting import asked_about, best_of, best_of_each, number_of_examples
from curvefit.tasks.task import Task, fingerprint
from curvefit.trials.batching import ask_by_batch
from curvefit.trials.design import Design
from curvefit.trials.gate import Stop
from curvefit.trials.journal import Journal
from curvefit.trials.plan import Plan, Settled, informed, plan
from curvefit.trials.purse import Purse
from curvefit.trials.runner import INTERRUPTED, Outcome, Progress, ask
from curvefit.trials.scoring import Scored, score
from curvefit.trials.submissions import Submissions

__all__ = ["Measurement", "Prompt", "Study", "analyze", "measure"]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A measured curve and everything concluded from it.

    Attributes
    ----------
    curve : Measurement
        What was measured.
    level, margin, seed
        What `analyze` was called with.
    n_train : int or None
        Examples to fine-tune on, as stated to `analyze`.
    probes : tuple of Probed
        As stated to `analyze`.
    points : tuple of Point
        Accuracy at each number of shots that has any score.
    parse_rate : tuple of float
        Share of replies an answer could be read from, one per point; NaN where unknown.
    choice : tuple of Point
        Accuracy of the constrained choice, one per point; empty where not measured.
    forecast, verdict, advice
        The conclusions.
    best : Prompt
        The best prompt measured.
    retrieved : tuple of Point
        Accuracy with the examples most similar to each item; empty where not measured.
    payoff : Payoff or None
        What fine-tuning would add over the best prompt; None where the kind of task or `n_train` is unknown.
    """

    curve: Measurement
    level: float
    margin: float
    seed: int
    points: tuple[Point, ...]
    parse_rate: tuple[float, ...]
    choice: tuple[Point, ...]
    forecast: Forecast
    verdict: Verdict
    advice: Advice
    best: Prompt
    retrieved: tuple[Point, ...] = ()
    payoff: Payoff | None = None
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()


def measure(
    task: Task,
    design: Design,
    model: Model,
    *,
    journal: str | Path | None = None,
    progress: Progress | None = None,
    purse: Purse | None = None,
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
    purse : Purse, optional
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
        key = Settled.key(task, design, model)
        settled = kept.settled(key)
        made = plan(task, design, model, settled)
        if settled is None:
            kept.settle(key, Settled(made.design.shots, made.max_tokens))
        if isinstance(model, BatchModel):
            outcome = ask_by_batch(made, model, kept, purse)
        else:
            Submissions(kept, model.identity).refuse()
            stop = Stop()
            outcome = _finish(ask(made, model, kept, progress, purse, stop), stop)
        return _measurement(made, model, score(made, kept, outcome.digests), outcome)


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
        notes=(*made.task.notes, *outcome.notes(missing, trials), *scored.notes()),
        stopped=outcome.stopped,
        path=made.task.path,
        asked=fingerprint(made.task, made.items),
    )


def analyze(
    curve: Curve,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    seed: int = 0,
    n_train: int | None = None,
    probes: Sequence[Probed] = (),
) -> Study:
    """Conclude from a curve: points, forecast, verdict, payoff of fine-tuning, advice. Pure: same input, same bytes.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`. What fine-tuning would add is over its best prompt, or over that of
        the retrieved examples it was put `Measurement.beside`.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    level : float
        Of every interval but that of the payoff, which is 90% as in its backtest; in (0, 1).
    seed : int
        Of the posterior's draws.
    n_train : int, optional
        Examples to predict the payoff of fine-tuning on; by default all of the pool, where there is one. It is
        predicted for a `Measurement` whose kind of task is known.
    probes : sequence of Probed, optional
        Small models that were fine-tuned on the same task: the payoff rests on them too.

    Raises
    ------
    CurveError
        Margin, level or n_train out of range.
    """
    for name, value in (("margin", margin), ("level", level)):
        if not 0.0 < value < 1.0:
            raise CurveError(f"{name} lies between 0 and 1, not {value!r}")
    n_train = None if n_train is None else number_of_examples(n_train)
    probes = tuple({repr(probe): probe for probe in probes}.values())  # one that is given twice counts once
    measured = curve if isinstance(curve, Measurement) else Measurement(**vars(curve))
    prompts = best_of_each(measured, level=level, seed=seed)
    drawn, best = prompts[0], best_of(prompts)
    ahead, points = drawn.ahead, drawn.points
    retrieved = prompts[1].points if measured.retrieved else ()
    held, classes = Held(measured.pool, measured.available), measured.n_labels
    verdict = judge(measured, ahead, margin=margin, horizon=measured.horizon, n_classes=classes, held=held)
    choice: tuple[Point, ...] = ()
    if measured.choices is not None:
        choice = seen(Curve(shots=measured.shots, scores=measured.choices), measured.observed, level)
    payoff = _predicted(measured, best, n_train or measured.pool, margin, probes)
    # The best of several is lucky: the more there are, the surer it has to be.
    sure = 1 - (1 - level) / measured.tried
    over = over_constant(best.curve, best.point.shots, best.curve.commonest, sure)
    lead = _lead(drawn, best)
    looked_at = Findings(
        kind=measured.kind,
        points=drawn.candidates,
        choice=tuple(compress(choice, measured.whole)),
        parse_rate=tuple(compress(measured.parse_rate, measured.whole)),
        verdict=verdict,
        payoff=payoff,
        retrieved=prompts[1].candidates if measured.retrieved in measured.compared else (),
        lead=lead,
        over_constant=over,
        tried=measured.tried,
        luck=luck(measured),
        pool=None if measured.design is None else measured.pool or None,
    )
    return Study(
        curve=measured,
        level=level,
        margin=margin,
        seed=seed,
        points=points,
        parse_rate=measured.parse_rate,
        choice=choice,
        forecast=ahead,
        verdict=verdict,
        advice=advise(looked_at),
        best=best,
        retrieved=retrieved,
        payoff=payoff,
        n_train=n_train,
        probes=probes,
    )


def _predicted(measured: Measurement, best: Prompt, n: int, margin: float, probes: Sequence[Probed]) -> Payoff | None:
    """Return what fine-tuning on n examples would add over the best prompt; None where n or the kind is unknown."""
    if not measured.kind or not n:
        return None
    asked = asked_about(measured, measured.kind, n)
    return payoff_of(measured, to_beat(best.shots, best.ahead), asked, margin=margin, probes=probes)


def _lead(drawn: Prompt, best: Prompt) -> Estimate | None:
    """Return by how much retrieved examples are ahead, item by item; None where they are not, or cannot be compared."""
    if best is drawn:
        return None
    try:
        level = best.point.accuracy.level
        return paired_gain(best.curve, best.point.shots, drawn.curve, drawn.point.shots, level)
    except CurveError:  # fewer than two items in common
        return None
