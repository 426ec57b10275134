"""One worker of many: what runs there, and what is known of it here. Lives here: nothing that knows the way there."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

from curvefit.errors import CurvefitError
from curvefit.models.base import Completion, Model, Request

__all__ = ["Answering", "Worker", "digest"]


class Answering:
    """What runs on a worker."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def greet(self) -> tuple[str, int]:
        """Return the digest of who would answer, and this process's number."""
        return digest(self._model), os.getpid()

    async def complete(self, request: Request) -> Completion | CurvefitError:
        """Return the reply, or why there is none: an error that were raised would bring its traceback along."""
        try:
            return await self._model.complete(request)
        except CurvefitError as error:
            return error

    async def warm(self, request: Request) -> CurvefitError | None:
        """Bring the cache to where it stands after this request."""
        try:
            await self._model.warm(request)
        except CurvefitError as error:
            return error
        return None


@dataclass(slots=True, eq=False)
class Worker:
    """A place where requests are answered, whichever process is there now.

    `deaths` counts those since the last reply; `last` is the newest request answered, from which a new process is
    warmed while it is `cold`.
    """

    number: int
    actor: Any
    pid: int = 0
    in_flight: int = 0
    deaths: int = 0
    cold: bool = False
    last: Request | None = None


def digest(model: Model) -> str:
    """Stand for who answers: what is compared need not be read."""
    return hashlib.sha256(model.identity.encode("utf-8", "surrogatepass")).hexdigest()
