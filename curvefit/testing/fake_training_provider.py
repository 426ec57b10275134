"""A server on this machine with files and fine-tuning jobs as OpenAI documents them, and faults.

Lives here: the fake other end of a fine-tuning API, for tests and rehearsals; nothing that asks. In a test::

    with FakeTrainingProvider(looks=2) as provider:  # a job has ended at the third look
        model = TrainableModel("openai/any", api_base=provider.base)
        ...
    assert set(provider.paid.values()) == {1}

A job is paid for when it is made, whether or not anybody follows it, unless it fails or is cancelled. As a process of
its own: ``python -m curvefit.testing.fake_training_provider '{"looks": 2}'``, which prints the address and ends when
its standard input does; its models answer with the beginning of a digest. One that answers as if it had learned a task
is `curvefit stub`.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from curvefit.own_files import digest
from curvefit.testing.fake_batch_provider import uploaded
from curvefit.testing.fake_provider import FakeProvider
from curvefit.testing.faults import FATES, Faults, json_response, response

__all__ = ["TRAINING_FATES", "FakeTrainingProvider", "examples_behind"]

# What can become of a request about files or jobs; "cut" is done, but its connection is cut instead of answered.
TRAINING_FATES: Final = ("ok", "cut", "dropping", "limited", "failing", "denied", "broke", "refused")
_FEWEST_ROWS: Final = 10
_COLLECTIONS: Final = ("files", "jobs")


class FakeTrainingProvider(FakeProvider):
    """A `FakeProvider` that also takes training files and fine-tuning jobs.

    Parameters
    ----------
    looks : int
        How often a job is seen on its way (``validating_files``, ``queued``, then ``running``) before it has ended.
    ending : str
        The status it ends with: ``succeeded``, ``failed`` or ``cancelled``. A file it cannot be trained on fails it.
    fates : mapping of str to iterable of str, optional
        What becomes of the first requests of a kind, of `TRAINING_FATES`: ``{"POST jobs": ["limited", "cut"]}``. Kinds
        are the methods and ``files``, ``jobs`` or ``jobs/id``.
    notice : callable, optional
        Gets ``before POST jobs`` and ``after POST jobs``, when a request comes and when it is done but not answered: a
        test kills who asked there.
    faults, reply
        As of `FakeProvider`; of every other request.
    """

    def __init__(
        self,
        looks: int = 0,
        ending: str = "succeeded",
        fates: Mapping[str, Iterable[str]] | None = None,
        notice: Callable[[str], None] | None = None,
        faults: Faults | None = None,
        reply: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        super().__init__(faults, reply=reply)
        self.looks, self.ending, self.notice = looks, ending, notice
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.requests: Counter[str] = Counter()  # by method and path without ids
        self._count = itertools.count(1)
        self._looks_at: Counter[str] = Counter()
        self._suffixes: dict[str, str] = {}
        self._fates = defaultdict(deque, {kind: deque(list(names)) for kind, names in (fates or {}).items()})

    @property
    def paid(self) -> Counter[str]:
        """By digest of model, training file, epochs and seed: how many jobs of them are paid for."""
        return Counter(
            digest([job["model"], self.contents[job["training_file"]].decode(), job["hyperparameters"], job["seed"]])
            for job in self.jobs.values()
            if job["status"] not in ("failed", "cancelled")
        )

    def _other(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        url = urlsplit(path)
        parts = [part for part in url.path.split("/") if part]
        place = next((at for at, part in enumerate(parts) if part in _COLLECTIONS), None)
        if place is None:
            return super()._other(method, path, headers, body)
        collection, rest = parts[place], parts[place + 1 :]
        kind = f"{method} {collection}{'/id' if rest else ''}"
        self.requests[kind] += 1
        queue = self._fates[kind]
        fate = queue.popleft() if queue else "ok"
        if fate not in ("ok", "cut"):
            key = headers.get("authorization", "").removeprefix("Bearer ")
            harm = FATES[fate]
            headers_back = {"Retry-After": "0"} if fate == "limited" else {}
            return response(harm.status, harm.body(b"", key), headers_back) if harm.status else b""
        if self.notice is not None:
            self.notice(f"before {kind}")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if collection == "files":
            answer = self._file(method, rest, headers, body) if method == "POST" or rest else self._listed_files(query)
        else:
            answer = self._job(method, rest, body, query)
        if self.notice is not None:
            self.notice(f"after {kind}")
        return b"" if fate == "cut" else answer

    def _file(self, method: str, rest: list[str], headers: dict[str, str], body: bytes) -> bytes:
        if method != "POST":
            return json_response(self.files[rest[0]]) if rest[0] in self.files else _missing(rest[0])
        name = f"file-{next(self._count)}"
        given = re.search(rb'filename="([^"]+)"', body)
        purpose = re.search(rb'name="purpose"\r\n\r\n([\w-]+)', body)
        self.contents[name] = uploaded(headers, body)
        self.files[name] = {
            "id": name, "object": "file", "bytes": len(self.contents[name]), "created_at": 1, "status": "processed",
            "filename": given[1].decode() if given else "", "purpose": purpose[1].decode() if purpose else "",
        }  # fmt: skip
        return json_response(self.files[name])

    def _listed_files(self, query: dict[str, str]) -> bytes:
        files = [file for file in self.files.values() if query.get("purpose") in (None, file["purpose"])]
        return _page(files, query, 10_000)

    def _job(self, method: str, rest: list[str], body: bytes, query: dict[str, str]) -> bytes:
        if method == "POST" and not rest:
            request = json.loads(body)
            if request["training_file"] not in self.files:
                return _missing(request["training_file"])
            return json_response(self._made(request))
        if not rest:
            return _page(list(self.jobs.values()), query, 20)
        if rest[0] not in self.jobs:
            return _missing(rest[0])
        job = self.jobs[rest[0]]
        if method == "POST":  # jobs/ID/cancel
            if job["status"] in ("succeeded", "failed", "cancelled"):
                return _refused(f"Job has already completed: {rest[0]}")
            job["status"] = "cancelled"
        elif job["status"] in ("validating_files", "queued", "running"):
            self._looks_at[rest[0]] += 1
            job["status"] = "queued" if self._looks_at[rest[0]] == 1 else "running"
            if self._looks_at[rest[0]] > self.looks:
                self._end(job)
        return json_response(job)

    def _made(self, request: dict[str, Any]) -> dict[str, Any]:
        name = f"ftjob-{next(self._count)}"
        self._suffixes[name] = request.get("suffix") or ""
        self.jobs[name] = {
            "id": name, "object": "fine_tuning.job", "created_at": 1, "finished_at": None, "error": None,
            "model": request["model"], "fine_tuned_model": None, "organization_id": "org-fake", "result_files": [],
            "status": "validating_files", "validation_file": None, "training_file": request["training_file"],
            "hyperparameters": request.get("hyperparameters") or {"n_epochs": "auto"}, "seed": request.get("seed") or 0,
            "trained_tokens": None, "estimated_finish": None, "integrations": [], "metadata": request.get("metadata"),
        }  # fmt: skip
        return self.jobs[name]

    def _end(self, job: dict[str, Any]) -> None:
        content = self.contents[job["training_file"]]
        problem = _objection(content)
        job["status"] = "failed" if problem else self.ending
        if job["status"] == "failed":
            message = problem or "The job failed due to an internal error."
            code = "invalid_training_file" if problem else "internal_error"
            job["error"] = {"code": code, "message": message, "param": "training_file" if problem else None}
        elif job["status"] == "succeeded":
            epochs = job["hyperparameters"].get("n_epochs", 1)
            rows = len(content.splitlines())
            job["fine_tuned_model"] = f"ft:{job['model']}:fake:{self._suffixes[job['id']]}:{job['id'][6:]}x{rows}"
            job["trained_tokens"] = len(content) // 4 * (epochs if isinstance(epochs, int) else 1)


def examples_behind(model: str) -> int:
    """Return on how many examples a model was trained here, by its name, which outlives the server; 0 for another.

    Examples
    --------
    >>> from curvefit.testing.fake_training_provider import examples_behind
    >>> examples_behind("ft:stub:fake:cf-4712c118-64:2x64"), examples_behind("stub")
    (64, 0)
    """
    named = re.fullmatch(r"ft:.*:fake:.*:\d+x(\d{1,9})", model)
    return int(named[1]) if named else 0


def _objection(content: bytes) -> str:
    """Return what OpenAI says of a file it cannot train on; empty where it can."""
    rows = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    if len(rows) < _FEWEST_ROWS:
        return f"Training file has {len(rows)} example(s), but must have at least {_FEWEST_ROWS} examples"
    for number, row in enumerate(rows, 1):
        try:
            last = json.loads(row)["messages"][-1]["role"]
        except (ValueError, LookupError, TypeError):
            last = ""
        if last != "assistant":
            return f"Invalid file format. Line {number}: expected messages that end with one of the assistant"
    return ""


def _page(values: list[dict[str, Any]], query: dict[str, str], usual: int) -> bytes:
    newest, limit = values[::-1], int(query.get("limit", usual))
    after = query.get("after")
    start = next((at + 1 for at, value in enumerate(newest) if value["id"] == after), 0)
    page = newest[start : start + limit]
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
    return json_response({"object": "list", "data": page, "has_more": start + limit < len(newest), **ends})


def _refused(why: str) -> bytes:
    error = {"message": why, "type": "invalid_request_error", "param": None, "code": "bad_request"}
    return json_response({"error": error}, 400)


def _missing(name: str) -> bytes:
    error = {"message": f"No such object: {name}", "type": "invalid_request_error", "param": None, "code": "not_found"}
    return json_response({"error": error}, 404)


_USAGE: Final = (
    "usage: python -m curvefit.testing.fake_training_provider ['{\"looks\": 2}'], an object of looks, ending and fates."
    " To rehearse the training of a task: curvefit stub TASK"
)


def main() -> None:
    """Serve as the JSON object in the first argument says until standard input ends; without one, until killed."""
    try:
        server = FakeTrainingProvider(**json.loads(sys.argv[1] if sys.argv[1:] else "{}"))
    except (ValueError, TypeError):
        sys.exit(_USAGE)
    with server as provider:
        print(provider.base, flush=True)
        sys.stdin.read()
        if os.path.samestat(os.fstat(sys.stdin.fileno()), Path(os.devnull).stat()):  # of what runs beside a shell
            threading.Event().wait()


if __name__ == "__main__":
    main()
