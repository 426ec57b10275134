"""A language model whose true curve is known, so that the whole tool can be tried against the truth, at no cost.

It reads nothing: it counts the demonstrations in the prompt and is right as often as its `Truth` says. Whether one
reply is right depends on the item (some are hard), on the draw (some demonstrations are poor, which matters less the
more there are) and on chance, joined by a Gaussian copula, so that over items and draws the accuracy at k shots is
exactly `Truth.at(k)`. Everything follows from the seed and the prompt: equal requests get equal replies.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Final

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models.base import Completion, Cost, Form, Request
from curvefit.own_files import digest

__all__ = ["STUB", "TRUTHS", "SimulatedModel", "Truth", "is_made_up", "parse"]

STUB: Final = "stub"  # what the names of the models of `curvefit stub` begin with, behind any provider's

_NORMAL: Final = NormalDist()
# Shares of the copula's variance: about what real items and draws show (draws matter most at few shots).
_ITEM_SHARE: Final = 0.5
_DRAW_SHARE: Final = 0.08


@dataclass(frozen=True, slots=True)
class Truth:
    """The true accuracy as a function of shots, a Hill curve in k with a late fall if wanted.

    Attributes
    ----------
    floor, ceiling : float
        Accuracy at 0 shots, and where it tends to without a fall; in [0, 1].
    scale : float
        Shots at which half of the rise is done.
    steepness : float
        1 rises at once; larger rises later and faster.
    fall : float
        Accuracy lost per doubling beyond `peak`.
    peak : float
        Shots from which it falls.

    Examples
    --------
    >>> cf.Truth(floor=0.1, ceiling=0.9, scale=4).at(4)
    0.5
    """

    __module__ = "curvefit"

    floor: float
    ceiling: float
    scale: float = 4.0
    steepness: float = 1.0
    fall: float = 0.0
    peak: float = math.inf

    def at(self, shots: float) -> float:
        """Return the true accuracy at this number of shots."""
        power = math.pow(shots / self.scale, self.steepness)
        risen = self.floor + (self.ceiling - self.floor) * power / (1 + power)
        lost = self.fall * math.log2(max(1.0, shots / self.peak))
        return min(1.0, max(0.0, risen - lost))


TRUTHS: Final[Mapping[str, Truth]] = {
    "rising": Truth(0.05, 0.95, scale=64),
    "late": Truth(0.05, 0.9, scale=96, steepness=2.5),
    "plateau": Truth(0.1, 0.8, scale=0.5, steepness=2),
    "flat": Truth(0.3, 0.3),
    "falling": Truth(0.2, 0.85, scale=1, fall=0.12, peak=8),
}


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A `Model` that is right as often as its truth says.

    Parameters
    ----------
    name : str
        ``simulated/...``.
    truth : Truth
        The true curve.
    seed : int
        Decides every reply, with the prompt.
    answers : mapping of str to str
        Target by question text: what it needs to be right. `measure` fills it in from the task.
    answers_digest : str
        Digest of the answers.

    Examples
    --------
    >>> model = cf.SimulatedModel("simulated/mine", cf.Truth(floor=0.2, ceiling=0.8, scale=2), seed=1)
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], scorer="number")
    >>> curve = cf.measure(task, cf.Design(shots=(0, 1, 4), draws=2, items=20), model)
    >>> curve.scores.shape
    (3, 2, 20)
    """

    __module__ = "curvefit"

    name: str
    truth: Truth
    seed: int = 0
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    answers_digest: str = ""
    form: Form = "chat"
    context: int | None = None
    concurrency: int = 1
    keeps_prefix: bool = True
    thinking: int = 0
    _targets: tuple[str, ...] = field(init=False, repr=False, compare=False)  # in order, each once

    def __post_init__(self) -> None:
        object.__setattr__(self, "_targets", tuple(sorted(set(self.answers.values()))))

    @property
    def identity(self) -> str:
        """Truth, seed and answers: all that decides a reply besides the prompt."""
        return f"{self.name} {self.truth} seed={self.seed} answers={self.answers_digest}"

    def with_answers(self, answers: Mapping[str, str]) -> SimulatedModel:
        """Return this model with the targets it is to be right about."""
        answers_digest = digest(repr(sorted(answers.items())))
        return replace(self, answers=dict(answers), answers_digest=answers_digest)

    def count_tokens(self, text: str) -> int:
        """Return a token for every four characters, about English prose."""
        return -(-len(text) // 4)

    async def complete(self, request: Request) -> Completion:
        """Be right, or name another question's target."""
        if isinstance(request.prompt, str):
            raise CallFailed(f"{self.name} answers chat prompts only")
        reply = self.reply_to([(message.role, message.content) for message in request.prompt])
        question, shown = request.prompt[-1].content, any(m.role == "assistant" for m in request.prompt)
        prompt_tokens = sum(self.count_tokens(m.content) for m in request.prompt)
        return Completion(
            reply,
            choice=reply if request.labels else None,
            prompt_tokens=prompt_tokens,
            cached_tokens=prompt_tokens - self.count_tokens(question) if shown else 0,
            completion_tokens=self.count_tokens(reply),
            usd=0.0,
        )

    def reply_to(self, turns: Sequence[tuple[str, str]]) -> str:
        """Return the reply to a conversation: role and text of each turn, the question last.

        Raises
        ------
        CallFailed
            Its target is not known.
        """
        questions = [text for role, text in turns if role == "user"]
        shots = sum(role == "assistant" for role, _ in turns)
        question, draw = questions[-1] if questions else "", questions[0] if shots else ""
        if question not in self.answers:
            raise CallFailed(f"{self.name} lacks the target of {question[:60]!r}; it runs through measure() only")
        return self._reply(question, draw, shots)

    async def warm(self, request: Request) -> None:
        """Nothing is cached."""

    async def rest(self) -> None:
        """Nothing is held for a loop."""

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return nothing: it is free and takes no time to speak of."""
        return Cost(seconds=0.0, usd=0.0)

    def close(self) -> None:
        """Nothing is held."""

    def _reply(self, question: str, draw: str, shots: int) -> str:
        draw_share = _DRAW_SHARE / math.sqrt(shots) if shots else 0.0
        luck = (
            math.sqrt(_ITEM_SHARE) * self._normal(question)
            + math.sqrt(draw_share) * self._normal(draw)
            + math.sqrt(1 - _ITEM_SHARE - draw_share) * self._normal(question, draw, str(shots))
        )
        target = self.answers[question]
        if _NORMAL.cdf(luck) < self.truth.at(shots):
            return target
        wrong = len(self._targets) - 1
        if wrong < 1:
            return ""
        place = int(self._uniform("wrong", question, draw, str(shots)) * wrong)
        return self._targets[place + (place >= bisect_left(self._targets, target))]  # any but its own

    def _uniform(self, *parts: str) -> float:
        name = digest("\x1f".join((str(self.seed), *parts)))
        return (int(name[:16], 16) + 0.5) / 2**64

    def _normal(self, *parts: str) -> float:
        return _NORMAL.inv_cdf(self._uniform(*parts))


def is_made_up(name: str) -> bool:
    """Whether a model of that name, or what it was fine-tuned from, is there to try the tool with.

    What it measures says nothing.
    """
    return name.startswith("simulated/") or name.partition("/")[2].removeprefix("ft:").startswith(STUB)


def parse(name: str) -> SimulatedModel:
    """Return the model named ``simulated/TRUTH`` or ``simulated/TRUTH@SEED``.

    Raises
    ------
    ModelUnavailable
        No such truth.
    """
    truth, _, seed = name.removeprefix("simulated/").partition("@")
    if truth not in TRUTHS or not (seed or "0").isdecimal():
        raise ModelUnavailable(
            f"no model {name!r}; there are {', '.join(f'simulated/{t}' for t in TRUTHS)}, each with @SEED"
        )
    return SimulatedModel(name, TRUTHS[truth], seed=int(seed or 0))
