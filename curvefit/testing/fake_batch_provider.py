"""A server on this machine with files and batches as OpenAI documents them, and faults as told.

Lives here: the fake other end of a batch API, for tests and rehearsals; nothing that asks. In a test::

    with BatchStub(looks=2) as stub:  # a batch has ended at the third look
        model = BatchModel("openai/any", api_base=stub.base)
        ...
    assert stub.account.repeats == 0

What a batch was made of is billed when it is made, whether or not anybody collects it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from curvefit.own_files import digest
from curvefit.testing.fake_provider import Stub
from curvefit.testing.faults import SHAPES, response

__all__ = ["FATES", "BatchStub"]

FATES: Final = ("ok", "twice", "refused", "failing", "expired", "garbled", "empty", "lost")


class BatchStub(Stub):
    """A `Stub` that also takes batches.

    Parameters
    ----------
    looks : int
        How often a batch is seen running before it has ended.
    ending : str
        The status it ends with: ``completed``, ``expired``, ``cancelled``, or ``failed``, which gives no replies.
    fates : iterable of str
        What becomes of the first requests of all batches, of `FATES`; the others are answered.
    cut : iterable of str
        Ends of paths: the first request to each is done, but its connection is cut instead of answered.
    reply : callable, optional
        The right text for the body of a request; by default the beginning of the body's digest.
    """

    def __init__(
        self,
        looks: int = 0,
        ending: str = "completed",
        fates: Iterable[str] = (),
        cut: Iterable[str] = (),
        reply: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        super().__init__(reply=reply)
        self.looks, self.ending = looks, ending
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()  # by method and path without ids
        self._count, self._batch_count = itertools.count(1), itertools.count(1)
        self._seen_running: Counter[str] = Counter()
        self._fates, self._cut = deque(fates), set(cut)

    def _other(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        url = urlsplit(path)
        parts = [part for part in url.path.split("/") if part]
        kind = next((at for at, part in enumerate(parts) if part in ("files", "batches")), None)
        if kind is None:
            return super()._other(method, path, headers, body)
        what, rest = parts[kind], parts[kind + 1 :]
        self.asked[f"{method} {what}{'/id' if rest else ''}"] += 1
        if what == "files":
            said = self._file(method, rest, headers, body)
        else:
            said = self._batch(method, rest, body, parse_qs(url.query))
        if method == "POST" and what in self._cut:
            self._cut.discard(what)
            return b""
        return said

    def _file(self, method: str, rest: list[str], headers: dict[str, str], body: bytes) -> bytes:
        if method == "POST":
            name = f"file-{next(self._count)}"
            self.files[name] = _uploaded(headers, body)
            about = {"filename": "requests.jsonl", "purpose": "batch", "status": "processed", "created_at": 1}
            return _json({"id": name, "object": "file", "bytes": len(self.files[name]), **about})
        if rest[0] not in self.files:
            return _missing(rest[0])
        return response(200, self.files[rest[0]], {"Content-Type": "application/octet-stream"})

    def _batch(self, method: str, rest: list[str], body: bytes, query: dict[str, list[str]]) -> bytes:
        if method == "POST":
            asked = json.loads(body)
            if asked["input_file_id"] not in self.files:
                return _missing(asked["input_file_id"])
            return _json(self._made(asked))
        if not rest:
            newest = list(self.batches.values())[::-1]
            after, limit = query.get("after", [""])[0], int(query.get("limit", ["20"])[0])
            start = next((at + 1 for at, batch in enumerate(newest) if batch["id"] == after), 0)
            page = newest[start : start + limit]
            return _json({"object": "list", "data": page, "has_more": start + limit < len(newest)})
        if rest[0] not in self.batches:
            return _missing(rest[0])
        batch = self.batches[rest[0]]
        if batch["status"] in ("validating", "in_progress"):
            self._seen_running[rest[0]] += 1
            batch["status"] = "in_progress"
            if self._seen_running[rest[0]] > self.looks:
                self._end(batch)
        return _json(batch)

    def _made(self, asked: dict[str, Any]) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.files[asked["input_file_id"]].splitlines()]
        for line in lines:
            self.account.kinds["batched"] += 1
            self.account.billed[_digest(line)] += 1
        name = f"batch_{next(self._batch_count)}"
        self.batches[name] = {
            "id": name, "object": "batch", "endpoint": asked["endpoint"], "errors": None, "metadata": None,
            "input_file_id": asked["input_file_id"], "completion_window": asked["completion_window"],
            "status": "validating", "output_file_id": None, "error_file_id": None, "created_at": 1,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }  # fmt: skip
        return self.batches[name]

    def _end(self, batch: dict[str, Any]) -> None:
        """Write the files of replies and errors, in an order of their own, as providers do."""
        batch["status"] = self.ending
        if self.ending == "failed":
            problem = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None}
            batch["errors"] = {"object": "list", "data": [problem]}
            return
        replies, errors = [], []
        for line in reversed(self.files[batch["input_file_id"]].splitlines()):
            asked = json.loads(line)
            fate = self._fates.popleft() if self._fates else "ok"
            if fate in ("ok", "twice", "garbled", "empty"):
                replies += [self._replied(asked, fate)] * (1 + (fate == "twice"))
                self.account.answered[_digest(asked)] += 1
            elif fate != "lost":
                errors.append(_failed(asked, fate))
        for name, lines in (("output_file_id", replies), ("error_file_id", errors)):
            if lines:
                batch[name] = f"file-{next(self._count)}"
                self.files[batch[name]] = b"".join(line + b"\n" for line in lines)
        batch["request_counts"] |= {"completed": len(replies), "failed": len(errors)}

    def _replied(self, line: dict[str, Any], fate: str) -> bytes:
        if fate == "garbled":
            return b'{"custom_id": "\xff'
        body = line["body"]
        text = self._reply(body) if self._reply else _digest(line)[:12]
        prompt, *_ = self._cached(body["messages"])
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        made = SHAPES["/chat/completions"](choice, prompt, 0)
        if fate == "empty":
            del made["choices"]
        answered = {"status_code": 200, "request_id": "stub", "body": made}
        return json.dumps({"id": "stub", "custom_id": line["custom_id"], "response": answered, "error": None}).encode()


def _failed(line: dict[str, Any], fate: str) -> bytes:
    said: dict[str, Any] = {"id": "stub", "custom_id": line["custom_id"], "response": None, "error": None}
    if fate == "expired":
        said["error"] = {"code": "batch_expired", "message": "This request could not be executed before it expired."}
    else:
        status, message = (
            (400, "Blocked by the content filter") if fate == "refused" else (500, "The server had an error")
        )
        said["response"] = {"status_code": status, "request_id": "stub", "body": {"error": {"message": message}}}
    return json.dumps(said).encode()


def _uploaded(headers: dict[str, str], body: bytes) -> bytes:
    """Return the file in a form as browsers send it."""
    found = re.search(r'boundary="?([^";]+)', headers["content-type"])
    assert found is not None  # noqa: S101 (no other form is sent)
    for part in body.split(b"--" + found[1].encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    raise ValueError("no file in the form")


def _digest(line: dict[str, Any]) -> str:
    return digest(line["body"])


def _json(said: dict[str, Any]) -> bytes:
    return response(200, json.dumps(said).encode())


def _missing(name: str) -> bytes:
    return response(404, json.dumps({"error": {"message": f"No such object: {name}", "type": "error"}}).encode())
