"""Fine-tuning at a model's provider. Lives here: what is trained on there, and each job taken as far as it goes.

A job is what costs. None is paid for twice: a training is named by all that decides it, that name is in the name of its
file and in the mark of its job, and before a job is made, the provider is asked whether there is one. So it does not
matter where a program was killed, nor whether what it kept is still there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

from curvefit.errors import CallFailed, DesignError, JournalError
from curvefit.models.hosted import HostedModel
from curvefit.models.trainable import JobOrder, JobStatus, TrainableModel
from curvefit.own_files import digest
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import ProbeDesign
from curvefit.training.upload_file import upload_file
from curvefit.trials.journal import Journal

__all__ = [
    "EPOCHS",
    "RemoteFineTuning",
    "RemotePlan",
    "RemoteTraining",
    "TrainingState",
    "TrainingSteps",
    "end_job",
    "follow_job",
    "plan_remote_fine_tuning",
    "start_job",
    "tuned_model",
]

EPOCHS: Final = 3  # what OpenAI takes by itself for files of some hundred examples
_PER_MESSAGE: Final = 8  # tokens around a message, at most: what chat templates add
# Seconds between two tries of what failed for now, and from the first look at a job to the longest pause between two.
_TRIES: Final = (2.0, 5.0, 15.0, 40.0)
_LISTED_AFTER: Final = 20.0  # seconds
_FIRST_LOOK, _SLOWER, _LAST_LOOK = 5.0, 1.5, 60.0
_LOOKS_FOR_NAME: Final = 10  # at a job that has succeeded
_T = TypeVar("_T")

Wait = Callable[[float], object]
Step = Literal["file", "order", "job", "succeeded", "ended"]


@dataclass(frozen=True, slots=True)
class RemoteTraining:
    """One fine-tuning to be made by a provider.

    Attributes
    ----------
    n_train, seed : int
        Which: examples, and the order they are the first of.
    epochs : int
        Passes over them.
    content : bytes
        The training file.
    tokens : int
        Of one pass, at most.
    key : str
        Names it by the model and all of the above.
    """

    n_train: int
    seed: int
    epochs: int
    content: bytes
    tokens: int
    key: str

    @property
    def file_name(self) -> str:
        """What its file is called at the provider."""
        return f"curvefit-{self.key[:16]}-n{self.n_train}.jsonl"

    @property
    def suffix(self) -> str:
        """What the fine-tuned model's name ends in; where it is deployed by hand, its name."""
        return f"cf-{self.key[:8]}-{self.n_train}"

    @property
    def billed_tokens(self) -> int:
        """What is billed, at most: all passes."""
        return self.tokens * self.epochs


@dataclass(frozen=True, slots=True)
class RemoteFineTuning:
    """One fine-tuning that a provider finished.

    Attributes
    ----------
    n_train, seed, epochs : int
        Which, and the passes it took.
    job, model : str
        The provider's names for it and for what came of it.
    asked_as : str
        The fine-tuned model, as `curvefit.resolve` takes it.
    trained_tokens : int or None
        What was billed, as the provider says.
    usd : float or None
        Its price, where that of a token is known.
    """

    n_train: int
    seed: int
    epochs: int
    job: str
    model: str
    asked_as: str
    trained_tokens: int | None
    usd: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RemotePlan:
    """A probe at a provider, made concrete.

    Attributes
    ----------
    design : ProbeDesign
        As asked for, with the sizes that the pool carries.
    trainings : tuple of RemoteTraining
        Small ones first.
    notes : tuple of str
        What a reader should know.
    """

    design: ProbeDesign
    trainings: tuple[RemoteTraining, ...]
    notes: tuple[str, ...]


def plan_remote_fine_tuning(task: Task, model: TrainableModel, wanted: ProbeDesign, epochs: int = EPOCHS) -> RemotePlan:
    """Make a probe at a provider concrete; nothing is sent.

    The pool is trained on without what duplicates an item. Passes are always stated, so that what a job costs at most
    is known before.

    Raises
    ------
    DesignError
        The pool is too small for any of the sizes, or a size is smaller than the provider takes.
    InputError
        The pool cannot be written in the provider's form.
    ModelUnavailable
        The provider cannot be asked to fine-tune.
    """
    files = [upload_file(task, model.trainer, seed=wanted.seed, draw=draw) for draw in range(wanted.seeds)]
    form, pool = files[0].format, len(files[0].records)
    if wanted.sizes[0] < form.least_rows:
        raise DesignError(
            f"{form.trainer} trains on {form.least_rows} examples or more, and {wanted.sizes[0]} are asked for; use --n"
            f" {form.least_rows} or more"
        )
    sizes = tuple(n for n in wanted.sizes if n <= pool)
    if not sizes:
        raise DesignError(
            f"{wanted.sizes[0]} training examples are more than the {pool} that the pool of {task.name!r} has; add"
            " examples or ask for fewer"
        )
    trainings = []
    for n in sizes:
        for seed, file in enumerate(files):
            part = replace(file, records=file.records[:n])
            content, tokens = part.encoded(), sum(_tokens(record, model) for record in part.records)
            key = digest([model.identity, content.decode(), seed, epochs])
            trainings.append(RemoteTraining(n, seed, epochs, content, tokens, key))
    left_out = ", ".join(map(str, wanted.sizes[len(sizes) :]))
    note = f"no training on {left_out}: the pool has only {pool}"
    return RemotePlan(replace(wanted, sizes=sizes), tuple(trainings), (note,) if left_out else ())


def _tokens(record: Mapping[str, Any], model: TrainableModel) -> int:
    return sum(model.count_tokens(message["content"]) + _PER_MESSAGE for message in record["messages"])


@dataclass(frozen=True, slots=True)
class TrainingState:
    """What is known of a training at its provider.

    Attributes
    ----------
    job : str
        The job that may still come to something; empty where none is known.
    ordered : bool
        Whether one was about to be made and is not known: it may be there.
    done : JobStatus or None
        That job, once it has succeeded.
    """

    job: str = ""
    ordered: bool = False
    done: JobStatus | None = None


class TrainingSteps:
    """What was done for trainings, in a journal: only ever appended to, and holding ids alone.

    Parameters
    ----------
    journal : Journal
        Where it is kept.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def record(self, training: RemoteTraining, step: Step, value: str) -> None:
        """Keep that a step was taken, or, of an order, that it is about to be: on disk when this returns."""
        row = (training.key, step, value, time.time())
        self._journal.write(("INSERT INTO training_steps VALUES (?, ?, ?, ?)", [row]))

    def state(self, training: RemoteTraining) -> TrainingState:
        """Return what the steps so far come to."""
        query = "SELECT step, value FROM training_steps WHERE training = ? ORDER BY rowid"
        rows = self._journal.read(query, training.key)
        state = TrainingState()
        for step, value in rows:
            if step == "order":
                state = TrainingState(ordered=True)
            elif step == "job":
                state = TrainingState(job=value)
            elif step == "ended":
                state = TrainingState()
            elif step == "succeeded":
                state = replace(state, done=self._done(value))
        return state

    def _done(self, value: Any) -> JobStatus:
        try:
            job, model, tokens = json.loads(value)
        except (TypeError, ValueError):
            raise JournalError(
                f"{self._journal.path}: damaged: what became of a fine-tuning cannot be read; move it away to start"
                " anew: jobs that were made are found again at the provider"
            ) from None
        return JobStatus(str(job), "succeeded", str(model), trained_tokens=tokens)


def start_job(
    training: RemoteTraining, model: TrainableModel, steps: TrainingSteps, afford: Callable[[], str], wait: Wait
) -> tuple[str, str]:
    """Make sure that there is a job, once: one that is there already is taken, whoever made it.

    `afford` is called before a job is made, and returns the cap that does not allow it, or nothing; `wait` waits so
    many seconds.

    Returns
    -------
    job, cap : str
        The job, or the cap for which none was made.

    Raises
    ------
    CallFailed
        The provider took no file, or no job.
    """
    state = steps.state(training)
    if state.job:
        return state.job, ""
    file, job = _found(training, model, state, wait)
    if job is None:
        if cap := afford():
            return "", cap
        if file is None:
            file = _patiently(lambda: _uploaded(training, model), wait, _LISTED_AFTER)
        steps.record(training, "file", file)
        order = JobOrder(file, training.suffix, training.key, training.epochs, training.seed)

        def make() -> JobStatus:
            found = model.find_job(order.file, training.key)  # made by a try before, whose answer got lost
            if found is not None:
                return found
            steps.record(training, "order", order.file)
            return model.create_job(order)

        job = _patiently(make, wait, _LISTED_AFTER)
    steps.record(training, "job", job.job)
    return job.job, ""


def end_job(training: RemoteTraining, model: TrainableModel, steps: TrainingSteps, wait: Wait) -> JobStatus | None:
    """End a training's job, whoever made it, and return how it stands; None where none is on its way.

    Raises
    ------
    CallFailed
        The provider does not say how it stands, or does not end it.
    """
    state = steps.state(training)
    if state.done is not None:
        return None
    job = state.job
    if not job:
        _, found = _found(training, model, state, wait)
        if found is None:
            return None
        job = found.job

    def end() -> JobStatus:
        now = model.job_status(job)  # providers refuse to end what has ended, as by a try before this one
        return model.cancel_job(job) if now.running else now

    now = _patiently(end, wait)
    if now.status == "succeeded":
        return None
    if not now.running:
        steps.record(training, "ended", now.status)
    return now


def _found(
    training: RemoteTraining, model: TrainableModel, state: TrainingState, wait: Wait
) -> tuple[str | None, JobStatus | None]:
    """Return the file and the job of a training that the provider has; None for what is not there."""
    file = _patiently(lambda: model.file_named(training.file_name), wait)

    def find() -> JobStatus | None:
        return model.find_job(file, training.key)

    job = _patiently(find, wait)
    if job is None and state.ordered:  # what was made a moment before a kill may not be listed yet
        wait(_LISTED_AFTER)
        job = _patiently(find, wait)
    return file, job


def follow_job(
    training: RemoteTraining,
    model: TrainableModel,
    steps: TrainingSteps,
    watch: Callable[[JobStatus], object],
    wait: Wait,
) -> RemoteFineTuning:
    """Wait until a training's job has succeeded.

    `watch` gets how the job stands, each time it was looked at; `wait` waits so many seconds.

    Raises
    ------
    CallFailed
        The job failed or was cancelled, for the provider's reason: then another one may be made. Or it succeeded, and
        names no model.
    """
    state = steps.state(training)
    status, pause, unnamed = state.done, _FIRST_LOOK, 0
    while status is None:
        now = _patiently(lambda: model.job_status(state.job), wait)
        watch(now)
        if now.status == "succeeded" and now.model:
            steps.record(training, "succeeded", json.dumps([now.job, now.model, now.trained_tokens]))
            status = now
        elif now.status in ("failed", "cancelled"):
            steps.record(training, "ended", now.problem)
            why = f": {now.problem}" if now.problem else ""
            raise CallFailed(f"{model.name}: {now.job} {_ENDINGS[now.status]}{why}; the same command makes another")
        elif now.status == "succeeded" and unnamed >= _LOOKS_FOR_NAME:
            raise CallFailed(
                f"{model.name}: {now.job} succeeded, but its model has no name yet; the same command later looks again"
            )
        else:
            unnamed += now.status == "succeeded"
            wait(pause)
            pause = min(pause * _SLOWER, _LAST_LOOK)
    return RemoteFineTuning(
        n_train=training.n_train,
        seed=training.seed,
        epochs=training.epochs,
        job=status.job,
        model=status.model,
        asked_as=tuned_model(training, model, status).name,
        trained_tokens=status.trained_tokens,
    )


def tuned_model(training: RemoteTraining, model: TrainableModel, done: JobStatus) -> HostedModel:
    """Return what came of a job that succeeded: by its own name, or by that it is to be deployed under."""
    return model.tuned(training.suffix if model.deployed_by_hand else done.model)


_ENDINGS: Final = {"failed": "failed", "cancelled": "was cancelled"}


def _uploaded(training: RemoteTraining, model: TrainableModel) -> str:
    return model.file_named(training.file_name) or model.upload(training.file_name, training.content)


def _patiently(call: Callable[[], _T], wait: Wait, listed_after: float = 0.0) -> _T:
    """Call again what failed for now, a few times.

    A call that may have been done must be one that looks first, once what was done is listed.
    """
    for pause in _TRIES:
        try:
            return call()
        except CallFailed as error:
            if not (error.retryable or error.billed):
                raise
            wait(max(pause, error.wait or 0.0, 0.0 if error.limited else listed_after))
    return call()
