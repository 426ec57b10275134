"""A model of one's own: a function from prompt to reply. Lives here: what makes a `Model` of it; nothing is loaded."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_args

from curvefit.errors import CallFailed, CurvefitError, ModelUnavailable
from curvefit.function_content import content_of
from curvefit.models.base import Completion, Cost, Form, Request
from curvefit.models.redaction import redact, redact_word, without_keys
from curvefit.own_files import digest
from curvefit.reasoning import without_reasoning

__all__ = ["FunctionModel"]


@dataclass(frozen=True, slots=True)
class FunctionModel:
    """A `Model` that asks a function of yours.

    The function gets the prompt and returns the reply; the same prompt should get the same reply. It need not know
    where the reply to a plain prompt ends, at the end of the line: it is cut there. What a call costs is unknown, and
    tokens are estimated: one for every three characters.

    Parameters
    ----------
    function : callable
        ``prompt -> reply``, sync or async. A plain prompt is text to be continued; a chat prompt is a list of
        ``{"role": ..., "content": ...}``, the last of them the user's.
    name : str
        For reports and the journal; by default the function's own.
    context : int or None
        How many tokens fit, prompt and reply together; None: any.
    form : "plain" or "chat"
        Which prompts it gets.
    concurrency : int
        How many calls it can serve at once; a sync function is called in as many threads.

    Raises
    ------
    ModelUnavailable
        It is no function, or a number or form is none.

    Notes
    -----
    A journal keeps replies by the model's identity: its name, the function's source, and the texts and numbers that it
    reads and does not set: defaults, variables around it, arguments of a ``partial``, attributes of its object. What
    the function calls is not part of that, so that a change there wants another name. A call that raises ends the
    measurement, and replies so far are kept; raise ``curvefit.errors.CallFailed(..., retryable=True)`` to be asked
    again.

    Examples
    --------
    >>> def shout(prompt: str) -> str:
    ...     return prompt.splitlines()[-2].removeprefix("In: ").upper()
    >>> task = cf.Task.from_records([(f"word {n}", f"WORD {n}") for n in range(40)], scorer="exact")
    >>> curve = cf.measure(task, cf.Design(shots=(0, 2), draws=1, items=10), cf.FunctionModel(shout))
    >>> curve.means.tolist()
    [1.0, 1.0]
    """

    __module__ = "curvefit"

    function: Callable[[Any], str | Awaitable[str]]
    name: str = ""
    context: int | None = None
    form: Form = "plain"
    concurrency: int = 1
    keeps_prefix: bool = False
    thinking: int = 0

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ModelUnavailable(f"a model of your own is a function from prompt to reply, not {self.function!r:.40}")
        name = self.name or getattr(self.function, "__name__", type(self.function).__name__)
        object.__setattr__(self, "name", name)
        if not isinstance(name, str):
            raise ModelUnavailable(f"a model's name is text, not {name!r:.40}")
        if self.form not in get_args(Form):
            raise ModelUnavailable(f"form is one of {', '.join(get_args(Form))}, not {self.form!r:.40}")
        for field, number in (("context", self.context), ("concurrency", self.concurrency)):
            if not (number is None and field == "context") and not (isinstance(number, int) and number > 0):
                raise ModelUnavailable(f"{field} of {name} must be a whole number above 0, not {number!r:.40}")

    @property
    def identity(self) -> str:
        """Name, source and what it was given: a journal is not to answer for a function that was rewritten."""
        source, code, held = content_of(self.function)
        told = [[key, redact_word(value) if isinstance(value, str) else value] for key, value in held]
        given = [code, *told] if code else told
        name = f"function:{self.name}"
        if source:
            name += f" {hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()}"
        return f"{name} {digest(given)}" if given else name

    def count_tokens(self, text: str) -> int:
        """Return a token for every three characters: more than English takes."""
        return -(-len(text) // 3)

    async def complete(self, request: Request) -> Completion:
        """Call the function.

        Raises
        ------
        CallFailed
            It raised, or returned no text.
        """
        prompt = request.as_given
        sent = prompt if isinstance(prompt, str) else "".join(turn["content"] for turn in prompt)
        began = time.perf_counter()
        text = without_reasoning(without_keys(await self._reply(prompt)))
        for stop in request.stop:
            text = text.lstrip().partition(stop)[0]
        return Completion(
            text,
            prompt_tokens=self.count_tokens(sent),
            completion_tokens=self.count_tokens(text),
            seconds=time.perf_counter() - began,
        )

    async def _reply(self, prompt: Any) -> str:
        try:
            if inspect.iscoroutinefunction(self.function):
                reply: Any = await self.function(prompt)
            else:
                reply = await asyncio.to_thread(self.function, prompt)
                if inspect.isawaitable(reply):  # of a callable object whose call is async
                    reply = await reply
        except CurvefitError as error:
            error.args = (redact(str(error)),)
            raise
        except Exception as error:
            raise CallFailed(f"{self.name} raised {type(error).__name__}: {redact(str(error))}") from error
        if not isinstance(reply, str):
            raise CallFailed(f"{self.name} returned {type(reply).__name__}; a reply is text")
        return reply

    async def warm(self, request: Request) -> None:
        """Nothing is cached."""

    async def rest(self) -> None:
        """Nothing is held for a loop."""

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return that price and time are unknown."""
        return Cost()

    def close(self) -> None:
        """Nothing is held."""
