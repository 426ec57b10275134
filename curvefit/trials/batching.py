"""Asking by batch: submit, and collect with the same call later. Lives here: what goes into which file, and its end.

A call collects what has ended, submits what is still wanted, and does not wait: batches take up to a day. Replies go
to the journal under the same digests as those asked one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from curvefit.errors import CallFailed, DesignError, RepliesPending
from curvefit.models.base import Completion
from curvefit.models.batches import BatchModel, BatchStatus
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.runner import Outcome
from curvefit.trials.spending_limits import SpendingLimits, bidding
from curvefit.trials.submissions import Submission, Submissions
from curvefit.trials.trial_plan import Plan

__all__ = ["ask_by_batch"]

_LINES: Final = 50_000  # of one file, which is what OpenAI allows; of bytes it allows 200 MB
_BYTES: Final = 100_000_000
_AT_ONCE: Final = 500  # replies kept in one transaction


@dataclass(slots=True)
class _File:
    """A file in the making: its lines, and what they ask."""

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
        return len(self.lines) >= _LINES or self.size >= _BYTES


def ask_by_batch(plan: Plan, model: BatchModel, journal: Journal, limits: SpendingLimits | None = None) -> Outcome:
    """Collect the batches that have ended and submit what is still wanted.

    A request that its batch could not answer is missing from this outcome, and wanted by the next call. Caps count a
    request at the most it can cost when it is submitted; collecting spends nothing.

    Parameters
    ----------
    plan, model, journal, limits
        As of `curvefit.trials.runner.ask`; the cap on minutes has no meaning here.

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
    """One call: what came, what is out, and what went wrong."""

    def __init__(self, plan: Plan, model: BatchModel, journal: Journal, limits: SpendingLimits) -> None:
        self.plan, self.model, self.journal, self.limits = plan, model, journal, limits
        self.digests = tuple(plan.request(trial).digest(model.identity) for trial in plan.trials())
        self.old = len(journal.known(self.digests))
        self.submissions = Submissions(journal, model.identity)
        self.failures: Counter[str] = Counter()
        self.failed: set[str] = set()
        self.running: dict[str, BatchStatus] = {}  # by batch

    def finish(self) -> Outcome:
        for submission in self.submissions.out():
            self._see_to(submission)
        stopped = ""
        for file in self._wanted():
            if isinstance(file, str):
                stopped = file
                break
            self._see_to(self._upload(file), new=True)
        if self.running:
            raise RepliesPending(self._pending(stopped))
        known = len(self.journal.known(self.digests))
        return Outcome(self.digests, known - self.old, self.failures, stopped)

    def _wanted(self) -> Iterator[_File | str]:
        """Yield files of requests that have no reply and are not out; last the cap that ended it, if one did."""
        known = self.journal.known(self.digests) | self.failed
        for submission in self.submissions.out():
            known |= self.submissions.requests(submission.file).keys()
        if known.issuperset(self.digests):
            return
        bid, file, full = bidding(self.plan, self.model, self.limits), _File(), ""
        for position, digest in enumerate(self.digests):
            if digest in known:
                continue
            known.add(digest)
            if full := self.limits.commit(bid(position)):
                break
            trial = self.plan.trial(position)
            request = self.plan.request(trial)
            item = self.plan.items[trial.item].id
            origin = Origin(self.plan.task.name, self.model.name, trial.shots, trial.draw, item)
            file.stop = request.stop
            file.add(self.model.line(digest, request), digest, origin)
            if file.full:
                yield file
                file = _File()
        if file.lines:
            yield file
        if full:
            yield full

    def _upload(self, file: _File) -> Submission:
        name = self.model.upload(b"".join(file.lines))
        return self.submissions.uploaded(name, file.stop, file.requests)

    def _see_to(self, submission: Submission, *, new: bool = False) -> None:
        """Bring a submission as far as it goes now: submitted, running, or collected."""
        batch = submission.batch
        if batch is None:
            batch = self._submitted(submission.file, new=new)
        look = self.model.look(batch)
        if look.running:
            self.running[batch] = look
            return
        requests = self.submissions.requests(submission.file)
        answered = self._collect(look, submission, requests)
        self.submissions.ended(submission.file, look.status)
        if look.status == "failed":
            raise CallFailed(f"{self.model.name}: {batch} was refused: {look.problem or 'no reason given'}")
        self.failed |= requests.keys() - answered
        self.model.told(f"{batch} {look.status}: {len(answered)} of {len(requests)} requests answered")

    def _submitted(self, file: str, *, new: bool) -> str:
        """Return the batch made of a file, now or by a call that ended before it could keep which."""
        batch = None if new else self.model.find(file)
        if batch is None:
            try:
                batch = self.model.submit(file)
            except CallFailed as error:
                if not (error.retryable or error.billed):  # nothing was made of it: the next call uploads anew
                    self.submissions.ended(file, "refused")
                raise
            share = self.model.discount
            price = "" if share is None else f", at {100 * share:.0f}% of the price of single requests"
            self.model.told(f"submitted {len(self.submissions.requests(file))} requests as {batch}{price}")
        self.submissions.made(file, batch)
        return batch

    def _collect(self, look: BatchStatus, submission: Submission, requests: dict[str, Origin]) -> set[str]:
        """Keep the replies of a batch and return which requests have one; count why the others have none."""
        answered: set[str] = set()
        why: dict[str, str] = {}
        entries: list[tuple[str, Completion, Origin]] = []
        for file in look.files:
            for digest, came in self.model.replies(file, submission.stop):
                if isinstance(came, CallFailed):
                    if digest in requests or not digest:
                        why[digest] = str(came)
                elif digest in requests:
                    answered.add(digest)
                    entries.append((digest, came, requests[digest]))
                    if len(entries) >= _AT_ONCE:
                        self.journal.record_all(entries)
                        entries = []
        if entries:
            self.journal.record_all(entries)
        unread = why.pop("", f"{self.model.name}: the batch {look.status} without an answer to it")
        if look.status != "failed":
            self.failures.update(why.get(digest, unread) for digest in requests.keys() - answered)
        return answered

    def _pending(self, stopped: str) -> str:
        waiting = set(self.digests) & {
            digest for part in self.submissions.out() for digest in self.submissions.requests(part.file)
        }
        stands = ", ".join(f"{batch} {look.status}, {look.done} done" for batch, look in self.running.items())
        cap = f"; {stopped} leaves others for later" if stopped else ""
        here = len(self.journal.known(self.digests))
        return f"{len(waiting)} requests are out by batch ({stands}), {here} of {len(set(self.digests))} are here{cap}"
