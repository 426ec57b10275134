"""What is out in batches. Lives here: what the journal knows of files and batches; nothing is submitted or collected.

The order of writing is what keeps a batch from being paid for twice: the file's id is kept before a batch is made of
it, so that after a crash between the two the provider can be asked whether there is one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curvefit.errors import JournalError
from curvefit.own_files import digest
from curvefit.trials.journal import Journal, Origin

__all__ = ["Submission", "Submissions"]


@dataclass(frozen=True, slots=True)
class Submission:
    """A file of requests that was uploaded and whose replies are not all here.

    Attributes
    ----------
    file : str
        The provider's name for it.
    batch : str or None
        The batch made of it; None when that is not known.
    stop : tuple of str
        Texts that end its replies.
    """

    file: str
    batch: str | None
    stop: tuple[str, ...]


class Submissions:
    """The batches of one model in a journal.

    Parameters
    ----------
    journal : Journal
        Where it is kept.
    identity : str
        The model's.
    """

    def __init__(self, journal: Journal, identity: str) -> None:
        self._journal = journal
        self._model = digest(identity)

    def record_upload(self, file: str, stop: tuple[str, ...], requests: Mapping[str, Origin]) -> Submission:
        """Keep that these requests lie with the provider; nothing is paid for yet."""
        self._journal.write(
            ("INSERT INTO submissions VALUES (?, ?, ?, ?)", [(file, self._model, json.dumps(stop), time.time())]),
            (
                "INSERT INTO submitted VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(file, digest, o.task, o.model, o.shots, o.draw, o.item) for digest, o in requests.items()],
            ),
        )
        return Submission(file, None, stop)

    def record_batch(self, file: str, batch: str) -> None:
        """Keep which batch was made of a file."""
        self._journal.write(("INSERT INTO batches VALUES (?, ?, ?)", [(file, batch, time.time())]))

    def record_end(self, file: str, status: str) -> None:
        """Keep that a batch has no more to give; its replies must have been recorded."""
        self._journal.write(("INSERT INTO endings VALUES (?, ?, ?)", [(file, status, time.time())]))

    def uncollected(self) -> list[Submission]:
        """Return what is out, oldest first."""
        rows = self._journal.read(
            "SELECT file, batch, stop FROM submissions LEFT JOIN batches USING (file)"
            " WHERE model = ? AND file NOT IN (SELECT file FROM endings) ORDER BY submissions.at, file",
            self._model,
        )
        return [Submission(file, batch, self._stop(file, stop)) for file, batch, stop in rows]

    def _stop(self, file: str, stop: Any) -> tuple[str, ...]:
        try:
            texts = json.loads(stop)
        except (TypeError, ValueError, RecursionError):
            texts = None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise JournalError(
                f"{self._journal.path}: damaged: what ends the replies of batch file {file!r:.60} cannot be read; move"
                " the journal away to start anew"
            )
        return tuple(texts)

    def requests(self, file: str) -> dict[str, Origin]:
        """Return the requests in a file, by digest."""
        rows = self._journal.read("SELECT request, task, model, shots, draw, item FROM submitted WHERE file = ?", file)
        return {digest: Origin(*origin) for digest, *origin in rows}

    def refuse_uncollected(self) -> None:
        """Refuse to ask one by one while batches are out.

        Raises
        ------
        JournalError
            Some are: what they hold would be paid for twice.
        """
        if batches := self.uncollected():
            raise JournalError(
                f"{self._journal.path}: {len(batches)} {'batch is' if len(batches) == 1 else 'batches are'} not"
                " collected yet, and asking now would pay twice; collect with --batch, or use another --out"
            )
