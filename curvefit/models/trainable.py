"""Models that their provider fine-tunes. Lives here: the protocol of files and jobs; what is out is kept elsewhere.

It is OpenAI's, https://platform.openai.com/docs/api-reference/fine-tuning, which Azure shares and others serve. Spoken
by OpenAI's own client, which litellm brings: litellm's calls of the same names refuse a job whose record lacks a field
that OpenAI fills, and then a job that was made, and is paid for, looks like one that was not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models import wire
from curvefit.models.hosted import HostedModel, _load
from curvefit.models.redaction import redact

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["JobOrder", "JobStatus", "TrainableModel"]

_TIMEOUT: Final = 600.0  # seconds for one file
_LOOKED_THROUGH: Final = 10_000  # files, and jobs, after which ours is not looked for any longer
_UNMADE: Final = frozenset({"failed", "cancelled"})  # nothing came of it: another may be made
_ENDED: Final = _UNMADE | {"succeeded"}
# Azure's words for the same, as litellm has them.
_WORDS: Final = {"pending": "queued", "notRunning": "queued", "canceled": "cancelled", "canceling": "running"}
_MOST_TOKENS: Final = 10**15  # that anybody trains on
_MARK: Final = "curvefit"  # name under which a job says what it is
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a fine-tuning job is made of.

    Attributes
    ----------
    file : str
        The provider's name for the training file.
    suffix : str
        Ends the name of the fine-tuned model; 18 characters at most, which every provider takes.
    mark : str
        Names the job by all that decides it: one that has the same need not be paid for again.
    epochs, seed : int
        Passes over the file, and what decides their order.
    """

    file: str
    suffix: str
    mark: str
    epochs: int
    seed: int


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a fine-tuning job stands.

    Attributes
    ----------
    job : str
        Its id.
    status : str
        In OpenAI's words: ``validating_files``, ``queued``, ``running``, ``paused``, ``succeeded``, ``failed`` or
        ``cancelled``.
    model : str
        The fine-tuned model's own name; empty until there is one.
    problem : str
        Why it failed, as the provider says.
    trained_tokens : int or None
        What is billed; None where it does not say.
    """

    job: str
    status: str
    model: str = ""
    problem: str = ""
    trained_tokens: int | None = None

    @property
    def running(self) -> bool:
        """Whether there may be more to come."""
        return self.status not in _ENDED


class TrainableModel(HostedModel):
    """A model behind an API that also fine-tunes it.

    No call here is repeated by itself: a failure says whether asking again may help.

    Parameters
    ----------
    name, options
        As of `HostedModel`.

    Raises
    ------
    ModelUnavailable
        The provider has no fine-tuning of this protocol: at once, or when it is first needed.
    """

    def file_named(self, name: str) -> str | None:
        """Return the id of an uploaded training file of this name, the newest; None where there is none."""

        def look(client: OpenAI) -> str | None:
            files = client.files.list(purpose="fine-tune")
            return next((file.id for file in _first(files, "files") if file.filename == name), None)

        return self._asked(look)

    def upload(self, name: str, content: bytes) -> str:
        """Upload a training file and return its id; that costs nothing."""
        file = (name, content, "application/jsonl")
        return self._asked(lambda client: wire.id_of(client.files.create(file=file, purpose="fine-tune").id))

    def find_job(self, file: str | None, mark: str) -> JobStatus | None:
        """Return the newest job that was made of a file, or has the mark, and has not failed; None where none is."""

        def look(client: OpenAI) -> JobStatus | None:
            jobs = client.fine_tuning.jobs.list(limit=100)
            ours = (job for job in _first(jobs, "jobs") if _is_ours(job, file, mark))
            return next((status for job in ours if (status := _status(job)).status not in _UNMADE), None)

        return self._asked(look)

    def create_job(self, order: JobOrder) -> JobStatus:
        """Make a job, which is what costs.

        Raises
        ------
        CallFailed
            It was refused, or the answer got lost: then `find_job` tells.
        """
        marked = {"metadata": {_MARK: order.mark}} if self._provider == "openai" else {}

        def create(client: OpenAI) -> JobStatus:
            job = client.fine_tuning.jobs.create(
                model=self._routed[0],
                training_file=order.file,
                suffix=order.suffix,
                seed=order.seed,
                # The older way to say so, which all servers take.
                hyperparameters={"n_epochs": order.epochs},
                **marked,  # type: ignore[arg-type]  # a mapping of one known name
            )
            return _status(job)

        return self._asked(create)

    def job_status(self, job: str) -> JobStatus:
        """Ask how a job stands."""
        return self._asked(lambda client: _status(client.fine_tuning.jobs.retrieve(job)))

    def cancel_job(self, job: str) -> JobStatus:
        """End a job; what it has trained so far may be billed."""
        return self._asked(lambda client: _status(client.fine_tuning.jobs.cancel(job)))

    def tuned(self, model: str) -> HostedModel:
        """Return the fine-tuned model of this name: what a job came to, or the name that it was deployed under."""
        return HostedModel(
            f"{self._provider}/{model}", api_base=self._stated_api_base, form=self.form, prices=self._prices
        )

    @property
    def deployed_by_hand(self) -> bool:
        """Whether the provider answers for a fine-tuned model only once its customer has deployed it."""
        return self._provider == "azure"

    def tuned_to_come(self) -> HostedModel:
        """Return a model of the price that the fine-tuned one will have, as far as litellm's list says it."""
        bare = self._routed[0]
        wanted = re.compile(rf"ft:{re.escape(bare)}(-\d{{4}}(-\d\d-\d\d)?)?$")
        listed = sorted(filter(wanted.match, _load().model_cost))
        return self.tuned(listed[-1] if listed else f"ft:{bare}")

    @cached_property
    def trainer(self) -> str:
        """The name of the form that the provider takes training files in, of `training.upload_formats`."""
        provider = self._provider
        if provider in ("vertex_ai", "vertex_ai_beta", "gemini"):
            raise ModelUnavailable(
                f"{self.name}: a tuning job of Vertex AI could be made and not found again, so that a kill might pay"
                " twice; write its file with curvefit pool --to vertex, tune there, and check with curvefit validate"
            )
        if provider not in ("openai", "azure"):
            raise ModelUnavailable(
                f"{self.name}: fine-tuning by API is known of openai and azure, and of servers like OpenAI's"
                " (openai/NAME with --api-base); write a file with curvefit pool, and check with curvefit validate"
            )
        return provider

    @cached_property
    def _client(self) -> OpenAI:
        import openai

        settings: dict[str, Any] = {"timeout": _TIMEOUT, "max_retries": 0}
        if self.trainer == "azure":
            key = os.environ.get("AZURE_OPENAI_API_KEY") or os.environ.get("AZURE_API_KEY")
            version = os.environ.get("AZURE_API_VERSION") or os.environ.get("OPENAI_API_VERSION") or "2024-10-21"
            if self._api_base is None:
                raise ModelUnavailable(f"{self.name}: set AZURE_API_BASE to your resource's address, or use --api-base")
            return openai.AzureOpenAI(azure_endpoint=self._api_base, api_key=key, api_version=version, **settings)
        group = os.environ.get("OPENAI_ORGANIZATION")  # as litellm calls it, by which the model is asked
        return openai.OpenAI(base_url=self._api_base, api_key=self._api_key, organization=group, **settings)

    def close(self) -> None:
        """Close the connections made for files and jobs; they are made again when needed."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    def _asked(self, call: Callable[[OpenAI], _T]) -> _T:
        """Ask once; what goes wrong comes in one line, in the provider's words where it has any."""
        try:
            return call(self._client)
        except (CallFailed, ModelUnavailable):
            raise
        except Exception as error:
            said = _said(error)
            if said:
                error.args = (said,)
            raise wire.failure(self.name, error, self._api_base, self._keys) from None


def _said(error: Exception) -> str:
    """Return the message within what a provider answered; empty where there is none."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return str(inner.get("message") or "") if isinstance(inner, Mapping) else ""


def _first(found: Iterable[_T], what: str) -> Iterable[_T]:
    """Yield what a provider lists, all pages of it."""
    for number, value in enumerate(found):
        if number >= _LOOKED_THROUGH:
            raise CallFailed(f"more than {_LOOKED_THROUGH:,} {what} are there: whether ours is one of them is not seen")
        yield value


def _is_ours(job: Any, file: str | None, mark: str) -> bool:
    marks = getattr(job, "metadata", None) or {}
    return (file is not None and job.training_file == file) or marks.get(_MARK) == mark


def _status(job: Any) -> JobStatus:
    """Read a job; servers fill fewer fields than OpenAI, and its client checks none."""
    error = getattr(job, "error", None)
    tokens, status = getattr(job, "trained_tokens", None), str(job.status)
    return JobStatus(
        job=wire.id_of(job.id),
        status=_WORDS.get(status, status),
        model=str(getattr(job, "fine_tuned_model", None) or ""),
        problem=redact(str(getattr(error, "message", None) or ""))[:400],
        trained_tokens=tokens if isinstance(tokens, int) and 0 <= tokens < _MOST_TOKENS else None,
    )
