"""What may be spent. Lives here: reserving before a call and charging after it; nothing is asked or priced."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

from curvefit.errors import DesignError
from curvefit.models.base import Completion, Model
from curvefit.trials.trial_plan import Plan

__all__ = [
    "CostBound",
    "SpendingLimits",
    "cost_bounds",
    "whole_cents",
]


@dataclass(frozen=True, slots=True)
class CostBound:
    """The most that calls can cost, mostly one: tokens sent and generated, and dollars."""

    tokens: int = 0
    usd: float = 0.0
    calls: int = 1


class SpendingLimits:
    """Caps on what is spent; measurements that share one spend it together.

    Every call is reserved at the most it can cost before it is sent and charged at what it did cost, so that no cap is
    passed with calls in flight. Every request sent is a call, whatever came of it. A call that broke off may be billed:
    it is charged at its bound. Tokens are bounded by an upper estimate, which grows should a reply ever exceed it.

    Parameters
    ----------
    usd, calls, tokens, minutes : number, optional
        At most so much; tokens sent and generated together, minutes from the first call on. None: any amount.

    Raises
    ------
    DesignError
        A cap that is not positive, or part of a call or token.

    Examples
    --------
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], scorer="number")
    >>> design, model = cf.Design(shots=(0, 1), draws=2, items=20), cf.resolve("simulated/flat")
    >>> cf.measure(task, design, model, limits=cf.SpendingLimits(calls=30)).stopped
    '--max-calls 30'
    """

    __module__ = "curvefit"

    def __init__(
        self,
        *,
        usd: float | None = None,
        calls: int | None = None,
        tokens: int | None = None,
        minutes: float | None = None,
    ) -> None:
        self.caps = {"usd": usd, "calls": calls, "tokens": tokens, "minutes": minutes}
        for name, cap in self.caps.items():
            if cap is not None and not (isinstance(cap, Real) and cap > 0):
                raise DesignError(f"--max-{name} (in Python: {name}) must be more than 0, not {cap!r:.40}")
            if cap is not None and name in ("calls", "tokens") and cap % 1:
                raise DesignError(f"--max-{name} (in Python: {name}) must be a whole number, not {cap!r:.40}")
        self.usd, self.calls, self.tokens = 0.0, 0, 0  # spent
        self.answered, self.answered_usd = 0, 0.0  # of the calls: those with a reply, and what these cost
        self._reserved_usd, self._reserved_tokens, self._in_flight = 0.0, 0.0, 0
        self._factor = 1.0
        self._ends_at = math.inf
        self._waiting: list[asyncio.Future[None]] = []

    def __repr__(self) -> str:
        return f"SpendingLimits({', '.join(f'{name}={cap}' for name, cap in self.caps.items() if cap is not None)})"

    @property
    def needs_bounds(self) -> bool:
        """Whether bounds must say what a call can cost; if not, an empty one does."""
        return self.caps["usd"] is not None or self.caps["tokens"] is not None

    def seconds_left(self) -> float:
        """Return how long calls may still be sent; starts the clock when first asked."""
        minutes = self.caps["minutes"]
        if minutes is not None and self._ends_at == math.inf:
            self._ends_at = time.monotonic() + 60 * minutes
        return self._ends_at - time.monotonic()

    async def reserve(self, bound: CostBound) -> str:
        """Set aside what a call can cost, once what is in flight leaves room for it.

        Returns
        -------
        str
            Empty when reserved; otherwise the cap that leaves no room, though nothing is in flight.
        """
        while cap := self.cap_reached_by(bound):
            if not self._in_flight:
                return cap
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        self._in_flight += 1
        self.calls += bound.calls
        self._reserved_usd += bound.usd * self._factor
        self._reserved_tokens += bound.tokens * self._factor
        return ""

    def charge(self, bound: CostBound, reply: Completion | None = None, *, billed: bool = False) -> None:
        """Replace what was set aside by what the call cost: that of its reply, all of it if billed, or nothing."""
        tokens, usd = bound.tokens * self._factor, bound.usd * self._factor
        used = 0
        if reply is not None:  # a server that does not count tokens is taken to have used its bound
            used = reply.prompt_tokens + reply.completion_tokens if reply.prompt_tokens else math.ceil(tokens)
        self._release(tokens, usd)
        if reply is not None:
            cost = usd if reply.usd is None else reply.usd
            self.answered += bound.calls
            self.answered_usd += cost
            self.tokens += used
            self.usd += cost
        elif billed:
            self.tokens += math.ceil(tokens)
            self.usd += usd
        if bound.tokens and used > tokens:
            self._widen_bounds(used / bound.tokens)

    def charge_bound(self, bound: CostBound) -> str:
        """Count a call as spent at its bound, where what it did cost will not be known in this run.

        Returns
        -------
        str
            Empty when counted; otherwise the cap that leaves no room.
        """
        if cap := self.cap_reached_by(bound):
            return cap
        self.calls += bound.calls
        self.tokens += math.ceil(bound.tokens * self._factor)
        self.usd += bound.usd * self._factor
        return ""

    def cancel(self, bound: CostBound) -> None:
        """Take back what was set aside for a call that was not sent."""
        self.calls -= bound.calls
        self._release(bound.tokens * self._factor, bound.usd * self._factor)

    def _release(self, tokens: float, usd: float) -> None:
        self._in_flight -= 1
        self._reserved_tokens -= tokens
        self._reserved_usd -= usd
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _widen_bounds(self, factor: float) -> None:
        """Bound costs higher from now on, those of the calls in flight as well."""
        self._reserved_tokens *= factor / self._factor
        self._reserved_usd *= factor / self._factor
        self._factor = factor

    def cap_reached_by(self, bound: CostBound) -> str:
        """Return the cap that spending so much more would pass, or nothing."""
        totals = {
            "usd": self.usd + self._reserved_usd + bound.usd * self._factor,
            "calls": self.calls + bound.calls,
            "tokens": self.tokens + self._reserved_tokens + bound.tokens * self._factor,
        }
        for name, amount in totals.items():
            cap = self.caps[name]
            # Sums of cents are not exact; what is no number reaches every cap.
            if cap is not None and not amount <= cap * (1 + 1e-9):
                return f"--max-{name} {cap:g}"
        return f"--max-minutes {self.caps['minutes']:g}" if self.seconds_left() <= 0 else ""


def cost_bounds(plan: Plan, model: Model, limits: SpendingLimits) -> Callable[[int], CostBound]:
    """Return a function from a request's position to the most it can cost; counts tokens only where a cap needs them.

    Raises
    ------
    DesignError
        A cap on dollars cannot be kept, because the model's price is unknown.
    """
    if not limits.needs_bounds:
        empty = CostBound()
        return lambda position: empty
    if limits.caps["usd"] is not None and model.expect(1, 1, 1).usd is None:
        raise DesignError(
            f"the price of {model.name} is unknown, so that --max-usd cannot be kept; state it with --price"
            " (in Python: resolve(NAME, prices=Prices(...)))"
        )
    counts, max_reply_tokens = plan.token_counts(model.count_tokens), plan.max_tokens

    def bound(position: int) -> CostBound:
        trial = plan.trial(position)
        prompt_tokens = counts.shared(plan.order(trial), trial.shots, trial.item) + counts.items[trial.item]
        return CostBound(
            prompt_tokens + max_reply_tokens, model.expect(prompt_tokens, prompt_tokens, max_reply_tokens).usd or 0.0
        )

    return bound


def whole_cents(usd: float) -> float:
    """Return an upper bound in whole cents: never less than it is, and no cent more for what floats leave over."""
    return math.ceil(round(100 * usd, 6)) / 100
