"""A server on this machine with files and batches as OpenAI documents them, and faults.

Lives here: the fake other end of a batch API, for tests and rehearsals; nothing that asks. In a test::

    with FakeBatchProvider(looks=2) as provider:  # a batch has ended at the third look
        model = BatchModel("openai/any", api_base=provider.base)
        ...
    assert provider.traffic.repeats == 0

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
from curvefit.testing.fake_provider import FakeProvider
from curvefit.testing.faults import SHAPES, json_response, response

__all__ = ["BATCH_FATES", "FakeBatchProvider", "uploaded"]

BATCH_FATES: Final = ("ok", "twice", "refused", "failing", "expired", "garbled", "empty", "lost")


class FakeBatchProvider(FakeProvider):
    """A `FakeProvider` that also takes batches.

    Parameters
    ----------
    looks : int
        How often a batch is seen running before it has ended.
    ending : str
        The status it ends with: ``completed``, ``expired``, ``cancelled``, or ``failed``, which gives no replies.
    fates : iterable of str
        What becomes of the first requests of all batches, of `BATCH_FATES`; the others are answered.
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
        self.requests: Counter[str] = Counter()  # by method and path without ids
        self._count, self._batch_count = itertools.count(1), itertools.count(1)
        self._looks_at: Counter[str] = Counter()
        self._fates, self._cut = deque(fates), set(cut)

    def _other(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        url = urlsplit(path)
        parts = [part for part in url.path.split("/") if part]
        place = next((at for at, part in enumerate(parts) if part in ("files", "batches")), None)
        if place is None:
            return super()._other(method, path, headers, body)
        collection, rest = parts[place], parts[place + 1 :]
        self.requests[f"{method} {collection}{'/id' if rest else ''}"] += 1
        if collection == "files":
            answer = self._file(method, rest, headers, body)
        else:
            answer = self._batch(method, rest, body, parse_qs(url.query))
        if method == "POST" and collection in self._cut:
            self._cut.discard(collection)
            return b""
        return answer

    def _file(self, method: str, rest: list[str], headers: dict[str, str], body: bytes) -> bytes:
        if method == "POST":
            name = f"file-{next(self._count)}"
            self.files[name] = uploaded(headers, body)
            about = {"filename": "requests.jsonl", "purpose": "batch", "status": "processed", "created_at": 1}
            return json_response({"id": name, "object": "file", "bytes": len(self.files[name]), **about})
        if rest[0] not in self.files:
            return _missing(rest[0])
        return response(200, self.files[rest[0]], {"Content-Type": "application/octet-stream"})

    def _batch(self, method: str, rest: list[str], body: bytes, query: dict[str, list[str]]) -> bytes:
        if method == "POST":
            request = json.loads(body)
            if request["input_file_id"] not in self.files:
                return _missing(request["input_file_id"])
            return json_response(self._make_batch(request))
        if not rest:
            newest = list(self.batches.values())[::-1]
            after, limit = query.get("after", [""])[0], int(query.get("limit", ["20"])[0])
            start = next((at + 1 for at, batch in enumerate(newest) if batch["id"] == after), 0)
            page = newest[start : start + limit]
            return json_response({"object": "list", "data": page, "has_more": start + limit < len(newest)})
        if rest[0] not in self.batches:
            return _missing(rest[0])
        batch = self.batches[rest[0]]
        if batch["status"] in ("validating", "in_progress"):
            self._looks_at[rest[0]] += 1
            batch["status"] = "in_progress"
            if self._looks_at[rest[0]] > self.looks:
                self._end(batch)
        return json_response(batch)

    def _make_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.files[request["input_file_id"]].splitlines()]
        for line in lines:
            self.traffic.fates["batched"] += 1
            self.traffic.billed[_digest(line)] += 1
        name = f"batch_{next(self._batch_count)}"
        self.batches[name] = {
            "id": name, "object": "batch", "endpoint": request["endpoint"], "errors": None, "metadata": None,
            "input_file_id": request["input_file_id"], "completion_window": request["completion_window"],
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
            request = json.loads(line)
            fate = self._fates.popleft() if self._fates else "ok"
            if fate in ("ok", "twice", "garbled", "empty"):
                replies += [self._replied(request, fate)] * (1 + (fate == "twice"))
                self.traffic.answered[_digest(request)] += 1
            elif fate != "lost":
                errors.append(_failed(request, fate))
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
        completion = SHAPES["/chat/completions"](choice, prompt, 0)
        if fate == "empty":
            del completion["choices"]
        result = {"status_code": 200, "request_id": "fake", "body": completion}
        return json.dumps({"id": "fake", "custom_id": line["custom_id"], "response": result, "error": None}).encode()


def _failed(line: dict[str, Any], fate: str) -> bytes:
    result: dict[str, Any] = {"id": "fake", "custom_id": line["custom_id"], "response": None, "error": None}
    if fate == "expired":
        result["error"] = {"code": "batch_expired", "message": "This request could not be executed before it expired."}
    else:
        status, message = (
            (400, "Blocked by the content filter") if fate == "refused" else (500, "The server had an error")
        )
        result["response"] = {"status_code": status, "request_id": "fake", "body": {"error": {"message": message}}}
    return json.dumps(result).encode()


def uploaded(headers: dict[str, str], body: bytes) -> bytes:
    """Return the file in a form as browsers send it."""
    boundary = re.search(r'boundary="?([^";]+)', headers["content-type"])
    assert boundary is not None  # noqa: S101 (no other form is sent)
    for part in body.split(b"--" + boundary[1].encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    raise ValueError("no file in the form")


def _digest(line: dict[str, Any]) -> str:
    return digest(line["body"])


def _missing(name: str) -> bytes:
    return json_response({"error": {"message": f"No such object: {name}", "type": "error"}}, 404)
