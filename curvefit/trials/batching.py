"""Asking by batch: submit, and collect with the same call later. Lives here: what goes into which file, and its end.

A call collects what has ended, submits what is still wanted, and does not wait: batches take up to a day. Replies go
to the journal under the same digests as those asked one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from curvefit.errors import CallFailed, DesignError, RepliesPending, StillReasoning
from curvefit.models.base import Completion
from curvefit.models.batches import BatchModel, BatchStatus
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.runner import Outcome
from curvefit.trials.spending_limits import SpendingLimits, cost_bounds
from curvefit.trials.submissions import Submission, Submissions
from curvefit.trials.trial_plan import Plan

__all__ = ["ask_by_batch"]

_MAX_LINES: Final = 50_000  # of one file, which is what OpenAI allows; of bytes it allows 200 MB
_MAX_BYTES: Final = 100_000_000
_ENTRIES_AT_ONCE: Final = 500  # replies kept in one transaction


@dataclass(slots=True)
class _File:
    """A file to be uploaded: its lines, and the requests in them."""

    lines: list[bytes] = field(default_factory=list)
    requests: dict[str, Origin] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    size: int = 0

    def add(self, line: bytes, digest: str, origin: Origin) -> None:
        self.lines.append(line)
        self.requests[digest] = origin
        self.size += len(line)

    @property
    def full(self) -> bool:
        return len(self.lines) >= _MAX_LINES or self.size >= _MAX_BYTES


def ask_by_batch(plan: Plan, model: BatchModel, journal: Journal, limits: SpendingLimits | None = None) -> Outcome:
    """Collect the batches that have ended and submit what is still wanted.

    A request that its batch could not answer is missing from this outcome, and wanted by the next call. Caps count a
    request at the most it can cost when it is submitted; collecting spends nothing.

    What it is given is as of `curvefit.trials.runner.ask`; the cap on minutes has no meaning here.

    Raises
    ------
    DesignError
        The journal is no file, so that the batches' ids would be lost.
    RepliesPending
        A batch is still running; the same call later collects it.
    CallFailed
        The provider refused a batch, or could not be asked. What was collected is kept.
    """
    if journal.path is None:
        raise DesignError("a batch is collected by a later call, which finds it in the journal: give one")
    return _Batching(plan, model, journal, limits or SpendingLimits()).finish()


class _Batching:
    """One call: replies collected, batches that run, and failures."""

    def __init__(self, plan: Plan, model: BatchModel, journal: Journal, limits: SpendingLimits) -> None:
        self.plan, self.model, self.journal, self.limits = plan, model, journal, limits
        self.digests = plan.digests(model.identity)
        self.answered_before = len(journal.copy_replies(self.digests, self._origin))
        self.submissions = Submissions(journal, model.identity)
        self.failures: Counter[str] = Counter()
        self.cut_off = 0
        self.unanswerable: set[str] = set()
        self.running: dict[str, BatchStatus] = {}  # by batch

    def finish(self) -> Outcome:
        for submission in self.submissions.uncollected():
            self._advance(submission)
        stopped = ""
        for file in self._files_to_submit():
            if isinstance(file, str):
                stopped = file
                break
            self._advance(self._upload(file), new=True)
        if self.running:
            raise RepliesPending(self._pending(stopped))
        n_answered = len(self.journal.answered(self.digests))
        return Outcome(self.digests, n_answered - self.answered_before, self.failures, stopped, self.cut_off)

    def _files_to_submit(self) -> Iterator[_File | str]:
        """Yield files of requests that have no reply and are not out; last the cap that ended it, if one did."""
        taken = self.journal.answered(self.digests) | self.unanswerable
        for submission in self.submissions.uncollected():
            taken |= self.submissions.requests(submission.file).keys()
        if taken.issuperset(self.digests):
            return
        bound_of, file, cap = cost_bounds(self.plan, self.model, self.limits), _File(), ""
        for position, digest in enumerate(self.digests):
            if digest in taken:
                continue
            taken.add(digest)
            if cap := self.limits.charge_bound(bound_of(position)):
                break
            request = self.plan.request(self.plan.trial(position))
            file.stop = request.stop
            file.add(self.model.line(digest, request), digest, self._origin(position))
            if file.full:
                yield file
                file = _File()
        if file.lines:
            yield file
        if cap:
            yield cap

    def _origin(self, position: int) -> Origin:
        trial = self.plan.trial(position)
        item = self.plan.items[trial.item].id
        return Origin(self.plan.task.name, self.model.name, trial.shots, trial.draw, item)

    def _upload(self, file: _File) -> Submission:
        name = self.model.upload(b"".join(file.lines))
        return self.submissions.record_upload(name, file.stop, file.requests)

    def _advance(self, submission: Submission, *, new: bool = False) -> None:
        """Take a submission as far as it goes now: submitted, running, or collected."""
        batch = submission.batch
        if batch is None:
            batch = self._batch_of(submission.file, new=new)
        status = self.model.status(batch)
        if status.running:
            self.running[batch] = status
            return
        requests = self.submissions.requests(submission.file)
        answered = self._collect(status, submission, requests)
        self.submissions.record_end(submission.file, status.status)
        if status.status == "failed":
            raise CallFailed(f"{self.model.name}: {batch} was refused: {status.problem or 'no reason given'}")
        self.unanswerable |= requests.keys() - answered
        self.model.say(f"{batch} {status.status}: {len(answered)} of {len(requests)} requests answered")

    def _batch_of(self, file: str, *, new: bool) -> str:
        """Return the batch made of a file, now or by a call that ended before it could keep which."""
        batch = None if new else self.model.find(file)
        if batch is None:
            try:
                batch = self.model.submit(file)
            except CallFailed as error:
                if not (error.retryable or error.billed):  # nothing was made of it: the next call uploads anew
                    self.submissions.record_end(file, "refused")
                raise
            share = self.model.discount
            price = "" if share is None else f", at {100 * share:.0f}% of the price of single requests"
            self.model.say(f"submitted {len(self.submissions.requests(file))} requests as {batch}{price}")
        self.submissions.record_batch(file, batch)
        return batch

    def _collect(self, status: BatchStatus, submission: Submission, requests: dict[str, Origin]) -> set[str]:
        """Keep the replies of a batch and return which requests have one; count why the others have none."""
        answered: set[str] = set()
        problems: dict[str, str] = {}
        entries: list[tuple[str, Completion, Origin]] = []
        try:
            for file in status.files:
                for digest, reply in self.model.replies(file, submission.stop):
                    if isinstance(reply, CallFailed):
                        if digest in requests or not digest:
                            problems[digest] = str(reply)
                            self.cut_off += isinstance(reply, StillReasoning)
                    elif digest in requests:
                        answered.add(digest)
                        entries.append((digest, reply, requests[digest]))
                        if len(entries) >= _ENTRIES_AT_ONCE:
                            full, entries = entries, []
                            self.journal.record_all(full)
        finally:  # what is read was paid for, whatever stands after it
            if entries:
                self.journal.record_all(entries)
        default_problem = problems.pop("", f"{self.model.name}: the batch {status.status} without an answer to it")
        if status.status != "failed":
            self.failures.update(problems.get(digest, default_problem) for digest in requests.keys() - answered)
        return answered

    def _pending(self, stopped: str) -> str:
        pending = set(self.digests) & {
            digest
            for submission in self.submissions.uncollected()
            for digest in self.submissions.requests(submission.file)
        }
        statuses = ", ".join(f"{batch} {status.status}, {status.done} done" for batch, status in self.running.items())
        cap = f"; {stopped} leaves others for later" if stopped else ""
        n_answered = len(self.journal.answered(self.digests))
        here = f"{n_answered} of {len(set(self.digests))} are here"
        return f"{len(pending)} requests are out by batch ({statuses}), {here}{cap}"
