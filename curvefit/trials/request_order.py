"""What to ask next. Lives here: the order of requests and who waits for whom; nothing is asked.

A model that keeps prefixes gets each draw as one lane, asked in order: demonstrations are computed once. An item that
has demonstrations of its own is a lane of its own, and so are the items that share a system message. Behind an API
every request may go at once, but a provider's cache holds a prefix only when one prompt with it has been answered: so
of every prefix one request goes ahead, itself after the one that goes ahead for the next shorter prefix of its draw.
Short prefixes, which no cache holds, wait for nobody.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Sequence
from typing import Final

from curvefit.trials.trial_plan import Plan

__all__ = ["Lane", "Schedule"]

_LEAD: Final = 128  # requests by which a prefix's first one goes before its turn
# No provider but DeepSeek (64) caches less than 1,024 tokens, by their documentation; a token is at least a byte.
_CACHED_FROM: Final = 1024  # bytes

Lane = Sequence[int]


class Schedule:
    """Lanes of positions in a plan, handed out as they may be asked.

    Parameters
    ----------
    plan : Plan
        What the positions mean.
    positions : iterable of int
        What is to be asked, ascending.
    by_draw : bool
        Whether a draw is one lane.
    """

    def __init__(self, plan: Plan, positions: Iterable[int], *, by_draw: bool) -> None:
        groups: dict[tuple[int, int, str], list[int]] = {}
        for position in positions:
            trial = plan.trial(position)
            chain = (plan.order(trial), 0, plan.system(trial)) if by_draw else plan.prefix(trial)
            groups.setdefault(chain, []).append(position)
        self._ready: list[tuple[int, Lane]] = []
        self._followers: dict[int, list[tuple[int, Lane]]] = {}  # by the request that goes first
        self._leaders_out = 0  # of those that go first
        self._changed = asyncio.Event()
        leaders: dict[tuple[int, str], int] = {}  # by draw and system message, the last one that goes first
        for (draw, _, system), group in groups.items():
            if by_draw:
                self._ready.append((group[0], group))
                continue
            first, *rest = group
            if plan.prefix_bytes(plan.trial(first)) < _CACHED_FROM:
                self._ready += ((position, (position,)) for position in group)
                continue
            self._followers[first] = [(position, (position,)) for position in rest]
            lane = (first - _LEAD, (first,))
            if (draw, system) in leaders:
                self._followers[leaders[draw, system]].append(lane)
            else:
                self._ready.append(lane)
            leaders[draw, system] = first
        heapq.heapify(self._ready)

    async def take(self) -> Lane | None:
        """Return the lane to ask next, once there is one; None when nothing is left."""
        while not self._ready:
            if not self._leaders_out:
                return None
            self._changed.clear()
            await self._changed.wait()
        _, lane = heapq.heappop(self._ready)
        self._leaders_out += lane[0] in self._followers
        return lane

    def done(self, lane: Lane) -> None:
        """Let those go who waited for this lane, answered or not."""
        if (followers := self._followers.pop(lane[0], None)) is None:
            return
        self._leaders_out -= 1
        for entry in followers:
            heapq.heappush(self._ready, entry)
        self._changed.set()
