"""A provider's batch API: requests go as a file, replies come as one, within a day, at about half the price.

Lives here: the protocol of files and batches, through litellm as `hosted` loads it; what is out is kept elsewhere. The
form is OpenAI's, https://platform.openai.com/docs/guides/batch, which Azure shares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models import wire
from curvefit.models.base import Completion, Request
from curvefit.models.hosted import HostedModel, _load
from curvefit.models.price_list import always_searches, dearest_usd, in_a_batch
from curvefit.models.redaction import redact

__all__ = ["BatchModel", "BatchStatus"]

# What a line asks for, by provider; litellm reaches further ones, whose files have other forms.
_URLS: Final = {"openai": "/v1/chat/completions", "azure": "/chat/completions"}
_TIMEOUT: Final = 600.0  # seconds for one file
_RETRIES: Final = 2  # times that what costs nothing is repeated; never so the making of a batch
_PAGE: Final = 100  # batches in a list, the most there can be
_PAGES: Final = 100  # after which a batch is not looked for any longer
_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})  # whatever else it says, it may still answer
_GONE: Final = frozenset({404, 410})
_PRICES: Final = ("input_cost_per_token", "output_cost_per_token")  # in litellm's list
_OF_LITELLM: Final = ("extra_body", "stream")  # among the parameters it makes, not for a body


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """How a batch stands.

    Attributes
    ----------
    status : str
        In OpenAI's words: ``in_progress``, ``completed``, ``expired``, ...
    done : int
        Requests dealt with.
    files : tuple of str
        Where replies and errors are; empty while it runs.
    problem : str
        Why the provider refused the whole batch.
    """

    status: str
    done: int
    files: tuple[str, ...]
    problem: str = ""

    @property
    def running(self) -> bool:
        """Whether there may be more to come."""
        return self.status not in _ENDED


class BatchModel(HostedModel):
    """A model that is asked by batch; its prices are those of batches.

    Parameters
    ----------
    name, options
        As of `HostedModel`. Stated prices are taken as the batch's own.
    say : callable, optional
        Gets a line for each batch submitted or collected; by default they go to stderr.

    Raises
    ------
    ModelUnavailable
        The provider has no batch API of this form.
    """

    def __init__(self, name: str, *, say: Callable[[str], None] | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.say = say or _to_stderr

    @property
    def discount(self) -> float | None:
        """The price of a request in a batch, as a share of one asked by itself; None where the list does not say."""
        if self._prices is not None or not self._batch_entry or always_searches(self._entry, self.name):
            return None  # a search costs as much in a batch
        shares = [self._batch_entry[name] / self._entry[name] for name in _PRICES if self._entry.get(name)]
        return max(shares) if len(shares) == len(_PRICES) else None

    @property
    def caches_from(self) -> None:
        """Nothing in a batch waits for what it shares to be cached."""

    def line(self, digest: str, request: Request) -> bytes:
        """Return a request as a line of a file; the digest comes back with its reply."""
        options = _load().utils.get_optional_params(
            model=self._routed[0],
            custom_llm_provider=self._provider,
            temperature=0,
            max_tokens=request.max_tokens,
            stop=list(request.stop) or None,
            drop_params=True,
        )
        parameters = {name: value for name, value in options.items() if name not in _OF_LITELLM}
        body = {"model": self._routed[0], "messages": wire.turns(request.prompt), **parameters}
        entry = {"custom_id": digest, "method": "POST", "url": _URLS[self._batch_provider], "body": body}
        return json.dumps(entry).encode() + b"\n"

    def upload(self, lines: bytes) -> str:
        """Upload a file and return its id; that costs nothing."""
        file = ("requests.jsonl", lines, "application/jsonl")
        return wire.id_of(self._call_litellm("create_file", file=file, purpose="batch", max_retries=_RETRIES).id)

    def submit(self, file: str) -> str:
        """Make a batch of a file, which is what costs, and return its id.

        Raises
        ------
        CallFailed
            It was refused, or the answer got lost: then `find` tells.
        """
        url = "/v1/chat/completions"
        batch = self._call_litellm(
            "create_batch", input_file_id=file, endpoint=url, completion_window="24h", max_retries=0
        )
        return wire.id_of(batch.id)

    def find(self, file: str) -> str | None:
        """Return the batch made of a file, if there is one."""
        after = None
        for _ in range(_PAGES):
            page = self._call_litellm("list_batches", after=after, limit=_PAGE, max_retries=_RETRIES)
            for batch in page.data:
                if batch.input_file_id == file:
                    return wire.id_of(batch.id)
            if not page.data or not getattr(page, "has_more", False):
                return None
            after = page.data[-1].id
        raise CallFailed(f"{self.name}: whether {file} was submitted is not among the newest {_PAGES * _PAGE} batches")

    def status(self, batch: str) -> BatchStatus:
        """Ask how a batch stands."""
        reply = self._call_litellm("retrieve_batch", batch_id=batch, max_retries=_RETRIES)
        counts, problems = reply.request_counts, getattr(reply.errors, "data", None) or ()
        answered, failed = (0, 0) if counts is None else (counts.completed or 0, counts.failed or 0)
        # What it says has ended before it says where the replies are has not ended yet.
        early = str(reply.status) in _ENDED and answered and not reply.output_file_id
        return BatchStatus(
            status="finalizing" if early else str(reply.status),
            done=answered + failed,
            files=tuple(wire.id_of(file) for file in (reply.output_file_id, reply.error_file_id) if file),
            problem=redact("; ".join(str(problem.message) for problem in problems))[:400],
        )

    def replies(self, file: str, stop: tuple[str, ...]) -> Iterator[tuple[str, Completion | CallFailed]]:
        """Yield the digest of each request in a file of replies or errors, and what came of it.

        A line that cannot be read at all has an empty digest, and so have all of a file that is kept no longer.
        """
        try:
            content = self._call_litellm("file_content", file_id=file, max_retries=_RETRIES).content
        except CallFailed as error:
            if not error.refused:
                raise
            yield "", CallFailed(f"{self.name}: {file} with the batch's replies is no longer there", billed=True)
            return
        for line in content.split(b"\n"):
            if line.strip():
                yield self._reply(line, stop)

    def _reply(self, line: bytes, stop: tuple[str, ...]) -> tuple[str, Completion | CallFailed]:
        try:
            result = json.loads(line)
            digest, response = str(result["custom_id"]), result.get("response") or {}
            body, status = response.get("body") or {}, response.get("status_code")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return "", CallFailed(f"{self.name}: a line of the batch's replies cannot be read", billed=True)
        if status != 200:
            problem = (
                result.get("error") or (body.get("error") if isinstance(body, dict) else body) or f"status {status}"
            )
            why = problem.get("message") or problem.get("code") if isinstance(problem, dict) else problem
            return digest, CallFailed(f"{self.name}: {redact(str(why))[:400]}", refused=True)
        if not isinstance(body, dict) or not body.get("choices"):  # litellm would make up an empty one
            return digest, CallFailed(f"{self.name}: the reply has no message", refused=True, billed=True)
        try:
            # Nobody waited for it by itself, so that it took no time of its own.
            return digest, self._completion(stop, _load().ModelResponse(**body), 0.0)
        except CallFailed as error:
            return digest, error
        except Exception as error:  # whatever is in a body, litellm's types complain about it in their own ways
            problem = f"{self.name}: the reply has no message: {redact(str(error))}"
            return digest, CallFailed(problem[:400], refused=True, billed=True)

    def _price(self, used: wire.TokenUsage, reply: Any = None) -> float | None:
        """Return dollars for so many tokens in a batch; None when the price is neither stated nor listed."""
        if self._prices is not None:
            return self._prices.usd(used.prompt, used.cached, used.completion, used.written)
        tokens = (used.prompt, used.cached, used.completion, used.written)
        return dearest_usd(self._batch_entry, *tokens, name=self.name)

    @cached_property
    def _batch_entry(self) -> dict[str, Any]:
        return in_a_batch(self._entry)

    def _call_litellm(self, function: str, **arguments: Any) -> Any:
        """Call litellm; what goes wrong comes in one line."""
        account = {"custom_llm_provider": self._batch_provider, "api_base": self._api_base, "api_key": self._api_key}
        try:
            return getattr(_load(), function)(**account, timeout=_TIMEOUT, **arguments)
        except Exception as error:
            call_failed = wire.failure(self.name, error, self._api_base, self._keys)
            call_failed.refused |= getattr(error, "status_code", None) in _GONE
            raise call_failed from None

    @cached_property
    def _batch_provider(self) -> str:
        if self._provider not in _URLS:
            known = " and ".join(_URLS)
            raise ModelUnavailable(f"{self.name}: batches are known of {known} only; leave --batch out")
        return self._provider


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
