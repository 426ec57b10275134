"""What may be spent. Lives here: reserving before a call and settling after it; nothing is asked or priced."""

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
    "Bid",
    "SpendingLimits",
    "bidding",
]


@dataclass(frozen=True, slots=True)
class Bid:
    """The most one call can cost: tokens sent and generated, and dollars."""

    tokens: int = 0
    usd: float = 0.0


class SpendingLimits:
    """Caps on what is spent; measurements that share one spend it together.

    Every call is reserved at the most it can cost before it is sent and settled at what it did cost, so that no cap is
    passed with calls in flight. Every request sent is a call, whatever came of it. A call that broke off may be billed:
    it is settled at its bid. Tokens are bid by an upper estimate, which grows should a reply ever exceed it.

    Parameters
    ----------
    usd, calls, tokens, minutes : number, optional
        At most so much; tokens sent and generated together, minutes from the first call on. None: any amount.

    Raises
    ------
    DesignError
        A cap that is not positive.

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
                raise DesignError(f"--max-{name} must be more than 0, not {cap}")
        self.usd, self.calls, self.tokens = 0.0, 0, 0  # spent
        self._held_usd, self._held_tokens, self._in_flight = 0.0, 0.0, 0
        self._factor = 1.0
        self._ends_at = math.inf
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def counts_tokens(self) -> bool:
        """Whether bids must say what a call can cost; if not, an empty one does."""
        return self.caps["usd"] is not None or self.caps["tokens"] is not None

    def seconds_left(self) -> float:
        """Return how long calls may still be sent; starts the clock when first asked."""
        minutes = self.caps["minutes"]
        if minutes is not None and self._ends_at == math.inf:
            self._ends_at = time.monotonic() + 60 * minutes
        return self._ends_at - time.monotonic()

    async def reserve(self, bid: Bid) -> str:
        """Set aside what a call can cost, once what is in flight leaves room for it.

        Returns
        -------
        str
            Empty when reserved; otherwise the cap that leaves no room, though nothing is in flight.
        """
        while full := self._full(bid):
            if not self._in_flight:
                return full
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        self._in_flight += 1
        self.calls += 1
        self._held_usd += bid.usd * self._factor
        self._held_tokens += bid.tokens * self._factor
        return ""

    def settle(self, bid: Bid, reply: Completion | None = None, *, billed: bool = False) -> None:
        """Replace what was set aside by what the call cost: that of its reply, all of it if billed, or nothing."""
        tokens, usd = bid.tokens * self._factor, bid.usd * self._factor
        used = 0
        if reply is not None:  # a server that does not count tokens is taken to have used what was bid
            used = reply.prompt_tokens + reply.completion_tokens if reply.prompt_tokens else math.ceil(tokens)
        self._release(tokens, usd)
        if reply is not None:
            self.tokens += used
            self.usd += usd if reply.usd is None else reply.usd
        elif billed:
            self.tokens += math.ceil(tokens)
            self.usd += usd
        if bid.tokens and used > tokens:
            self._raise_factor(used / bid.tokens)

    def commit(self, bid: Bid) -> str:
        """Count a call as spent at its bid, where what it did cost will not be known in this run.

        Returns
        -------
        str
            Empty when counted; otherwise the cap that leaves no room.
        """
        if full := self._full(bid):
            return full
        self.calls += 1
        self.tokens += math.ceil(bid.tokens * self._factor)
        self.usd += bid.usd * self._factor
        return ""

    def withdraw(self, bid: Bid) -> None:
        """Take back what was set aside for a call that was not sent."""
        self.calls -= 1
        self._release(bid.tokens * self._factor, bid.usd * self._factor)

    def _release(self, tokens: float, usd: float) -> None:
        self._in_flight -= 1
        self._held_tokens -= tokens
        self._held_usd -= usd
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _raise_factor(self, factor: float) -> None:
        """Bid higher from now on, for the calls in flight as well."""
        self._held_tokens *= factor / self._factor
        self._held_usd *= factor / self._factor
        self._factor = factor

    def _full(self, bid: Bid) -> str:
        """Return the cap that this bid would pass, or nothing."""
        wanted = {
            "usd": self.usd + self._held_usd + bid.usd * self._factor,
            "calls": self.calls + 1,
            "tokens": self.tokens + self._held_tokens + bid.tokens * self._factor,
        }
        for name, amount in wanted.items():
            cap = self.caps[name]
            if cap is not None and amount > cap * (1 + 1e-9):  # sums of cents are not exact
                return f"--max-{name} {cap:g}"
        return f"--max-minutes {self.caps['minutes']:g}" if self.seconds_left() <= 0 else ""


def bidding(plan: Plan, model: Model, limits: SpendingLimits) -> Callable[[int], Bid]:
    """Return what says the most a request can cost, by its position; it counts tokens only where a cap needs them.

    Raises
    ------
    DesignError
        A cap on dollars cannot be kept, because the model's price is unknown.
    """
    if not limits.counts_tokens:
        empty = Bid()
        return lambda position: empty
    if limits.caps["usd"] is not None and model.expect(1, 1, 1).usd is None:
        raise DesignError(
            f"the price of {model.name} is unknown, so that --max-usd cannot be kept; state it with --price"
        )
    lengths, most = plan.lengths(model.count_tokens), plan.max_tokens

    def bid(position: int) -> Bid:
        trial = plan.trial(position)
        prompt = lengths.opening + lengths.reach[plan.order(trial)][trial.shots] + lengths.items[trial.item]
        return Bid(prompt + most, model.expect(prompt, prompt, most).usd or 0.0)

    return bid
