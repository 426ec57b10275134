"""Every exception curvefit raises on purpose. Lives here: the tree, nothing else.

::

    CurvefitError             one line that says what to do; the command line exits 1
    ├── InputError            a file the user wrote: names file, line and field
    ├── DesignError           a design that the task or the model's context cannot carry
    ├── CurveError            numbers that are no learning curve
    ├── JournalError          the journal cannot be read or written, or another run is using it
    ├── BudgetReached         a cap on spending was reached before there was anything to conclude from; exits 4
    ├── RepliesPending        a provider still works on a batch; exits 5
    └── ModelError
        ├── ModelUnavailable  unknown name, missing engine, missing or damaged model file
        ├── PromptTooLong     the prompt does not fit the context; nothing was sent
        └── CallFailed        the model was asked and gave no reply
            └── StillReasoning  it was still reasoning when its reply came to the cap of tokens
"""

from __future__ import annotations

__all__ = [
    "BudgetReached",
    "CallFailed",
    "CurveError",
    "CurvefitError",
    "DesignError",
    "InputError",
    "JournalError",
    "ModelError",
    "ModelUnavailable",
    "PromptTooLong",
    "RepliesPending",
    "StillReasoning",
]


class CurvefitError(Exception):
    """Base of all errors raised on purpose; the message is one line and says what to do.

    Examples
    --------
    >>> try:
    ...     cf.Design(shots="1,2")
    ... except cf.CurvefitError as error:
    ...     print(error)
    shots must be whole numbers, such as (0, 1, 2, 4), not '1,2'
    """

    __module__ = "curvefit"


class InputError(CurvefitError):
    """Something in a user's file, or in examples given in its place, cannot be used.

    Parameters
    ----------
    problem : str
        What is wrong and what to do about it.
    file, line, field : optional
        Where; each is put in front of the problem when known (``tasks.jsonl:12: output: ...``).
    """

    def __init__(self, problem: str, *, file: object = None, line: int | None = None, field: str | None = None) -> None:
        self.problem, self.file, self.line, self.field = problem, file, line, field
        place = "" if file is None else f"{file}:" if line is None else f"{file}:{line}:"
        super().__init__(" ".join(part for part in (place, f"{field}:" if field else "", problem) if part))


class DesignError(CurvefitError):
    """The design asks for more than the task or the context has."""


class CurveError(CurvefitError):
    """The numbers given are no learning curve."""


class JournalError(CurvefitError):
    """The journal cannot be read or written."""


class BudgetReached(CurvefitError):
    """A cap on spending was reached before there was anything to conclude from. What was paid for is kept."""


class RepliesPending(CurvefitError):
    """A provider still works on a batch: the same call again collects it."""


class ModelError(CurvefitError):
    """Something between this program and the language model."""


class ModelUnavailable(ModelError):
    """No such model, no engine to run it, or its file is missing or damaged."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's context; it was not sent.

    Parameters
    ----------
    problem, advice : str
        What does not fit, and what to do about it, which goes on from there.
    fits : tuple of int or None
        Of the numbers of shots that were planned, those that do fit; None where an item alone does not, or none were.
    """

    def __init__(self, problem: str, advice: str = "", fits: tuple[int, ...] | None = None) -> None:
        self.problem, self.fits = problem, fits
        super().__init__(f"{problem}{advice}")


class CallFailed(ModelError):
    """The model was asked and gave no reply.

    Parameters
    ----------
    problem : str
        What went wrong, in one line, without any key.
    retryable : bool
        Whether asking again may help: rate limits, server faults and dropped connections, but not a wrong key.
    refused : bool
        Whether it is about this request only, as a content filter is: others may well be answered.
    limited : bool
        Whether it only came too soon: the same request is expected to be answered later.
    wait : float or None
        Seconds the server asked to be left alone; None when it did not say.
    billed : bool
        Whether it may have to be paid for all the same, as when the connection broke before the reply was read.
    """

    def __init__(
        self,
        problem: str,
        *,
        retryable: bool = False,
        refused: bool = False,
        limited: bool = False,
        wait: float | None = None,
        billed: bool = False,
    ) -> None:
        self.retryable, self.refused, self.limited, self.wait, self.billed = retryable, refused, limited, wait, billed
        super().__init__(problem)


class StillReasoning(CallFailed):
    """The model was still reasoning when its reply came to the cap of tokens: with a higher one it may answer."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, refused=True, billed=True)
