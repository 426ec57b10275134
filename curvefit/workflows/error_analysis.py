"""What a study's model gets wrong, from its folder. Lives here: study, journal and task brought together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.failures import Failures, SuspectTarget, failures_of, passing_score
from curvefit.measurement.judged_replies import JudgedReply, judged_replies, replies_without_examples
from curvefit.measurement.training_effect import TrainedScores, TrainingEffect, training_effect
from curvefit.study import Study
from curvefit.tasks.loading import places_of
from curvefit.tasks.task import Task
from curvefit.trials.journal import Journal
from curvefit.workflows.label_check import surely_wrong
from curvefit.workflows.study_task import task_of_study, whole_task
from curvefit.workflows.validation import Validation

__all__ = ["failures", "validation_changes"]


def failures(
    study: Study,
    folder: str | Path,
    task: str | Task | None = None,
    trained: TrainedScores | None = None,
    *,
    pool: bool = True,
) -> Failures:
    """Return what the prompt to use gets wrong, and why; nothing is sent to a model.

    Parameters
    ----------
    study : Study
        Made by `curvefit.analyze` of a measurement with a journal, or read by `curvefit.read_study`.
    folder : path
        Where its ``journal.sqlite`` is, or that file.
    task : str or Task, optional
        Its task, where it was made in memory, or where it is now, if that has moved, or is judged by code of its own;
        by default where the study read it.
    trained : TrainedScores, optional
        Of a probe beside the study, as `curvefit.report.probe_reader.read_trained_scores` returns them.
    pool : bool
        Whether the targets of pool and items are looked at by a classifier too, as `curvefit check` does, which takes
        seconds for thousands of them.

    Returns
    -------
    Failures
        The items that are missed, sorted by what is wrong; targets that may be wrong, of items and of the pool; what
        training changes.

    Raises
    ------
    InputError
        There is no journal, or none of the study's replies in it; the task is gone, or has changed since the study.

    Examples
    --------
    >>> import tempfile
    >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/rising")
    >>> folder = tempfile.mkdtemp()
    >>> design = cf.Design(shots=(0, 4), draws=2, items=20)
    >>> study = cf.analyze(cf.measure(task, design, model, journal=f"{folder}/journal.sqlite"))
    >>> found = cf.failures(study, folder)
    >>> found.items, 0 < len(found.failures) <= 20
    (20, True)
    """
    if not isinstance(folder, str | Path):
        raise InputError(f"a study's folder is named by its path, not by {type(folder).__name__}")
    path = Path(folder)
    file = path / "study.json" if path.is_dir() else path
    journal = path / "journal.sqlite" if path.is_dir() else path
    whole = task if isinstance(task, Task) else whole_task(study, file, task, to_ask=False)
    asked = task_of_study(study, file, whole)
    if not journal.is_file():
        raise InputError("is not there: it holds the replies; run the study's command again", file=journal)
    with Journal(journal, only_read=True) as kept:
        replies = judged_replies(study.curve, asked, kept)
    best, used = ((each.retrieved, each.point.shots) for each in (study.best, study.prompt_to_use))
    found = failures_of(asked, study.curve.model, replies, used, study.level)
    curves = (study.curve, *((study.curve.retrieved,) if study.curve.retrieved is not None else ()))
    scored = sum(int((curve.scores == curve.scores).sum()) for curve in curves)  # NaN is not itself
    by_replies = {one.id: one for one in found.suspects}
    unlikely = surely_wrong(whole) if pool else ()
    named = [  # those that `curvefit check` names, and then what the replies alone say
        by_replies.pop(one.example.id)
        if one.example.id in by_replies
        else SuspectTarget(one.example.id, one.example.target, one.answer, one.chance, "classifier")
        for one in unlikely
    ]
    return replace(
        found,
        suspects=(*named, *by_replies.values()),
        lost=scored - len(replies),
        places=places_of(asked.path or study.curve.path),
        training=None if trained is None else _effect(asked, trained, replies, best),
    )


def validation_changes(
    validation: Validation, folder: Path, task: Task, journal: Path, kept_as: str
) -> Failures | None:
    """Return what a study's prompt to use gets wrong, and what the fine-tuned model that was validated changes.

    None where the study's replies are not at hand.

    `folder` is where its study is, beside the journal of its replies; the task is as `task_of_study` returns it.
    `journal` has the fine-tuned model's replies, and calls it `kept_as`: see `curvefit.models.base.journal_name`.
    """
    tuned, payoff = validation.tuned, validation.payoff
    scores = dict(zip(tuned.items, tuned.scores[0, 0].tolist(), strict=True))
    trained = TrainedScores(0 if payoff is None else payoff.n_train, {kept_as: scores}, journal)
    try:
        return failures(validation.study, folder, task, trained, pool=False)
    except (CurvefitError, OSError):
        return None


def _effect(
    task: Task, trained: TrainedScores, prompted: Sequence[JudgedReply], best: tuple[bool, int]
) -> TrainingEffect:
    """Set what a probe trained beside the best prompt, with its replies as far as they are kept."""
    before: dict[str, list[JudgedReply]] = defaultdict(list)
    for reply in (each for each in prompted if each.prompt == best):
        before[reply.item].append(reply)
    replies: dict[str, tuple[JudgedReply, ...]] = {}
    if trained.journal.is_file():
        with Journal(trained.journal, only_read=True) as kept:
            for seed, (model, of_model) in enumerate(trained.by_model.items()):
                for reply in replies_without_examples(task, model, of_model, kept):
                    replies[reply.item] = (*replies.get(reply.item, ()), replace(reply, draw=seed))
    scores = {item: [reply.score for reply in told] for item, told in before.items()}
    effect = training_effect(trained, scores, passing_score(task, prompted), replies)
    return replace(
        effect,
        before={item: tuple(before[item]) for item in effect.changes},
        items={item.id: item for item in task.items if item.id in effect.changes},
    )
