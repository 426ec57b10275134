"""How many prompt tokens the embedded engine computes: in curvefit's order, in the naive one, and at least.

Run: python -m benchmarks.engine.prompt_tokens [--model local/gemma3-270m] [--items 60]    About 3 minutes on two cores.

Exit 1 if more than 1.2 times the lower bound is computed, or less than 20 times saved at 64 shots.

naive   every prompt computed whole; its tokens are counted, its wall time is taken on `NAIVE_ITEMS` items per row.
ours    what the engine says it computed, each draw on one lane: shots ascending, then items.
bound   each draw's demonstrations once, each item once per number of shots. Items that begin alike share even that,
        so that a row can lie below it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from statistics import mean

from curvefit.models.base import Request
from curvefit.models.engine import version
from curvefit.models.local import LocalModel

SHOTS = (0, 1, 2, 4, 8, 16, 32, 64)
DRAWS = 2
NAIVE_ITEMS = 3
MOST_OVER_BOUND, LEAST_SAVED = 1.2, 20.0

OPENING = "Which team should handle the message?\n\n"
THINGS = ("invoice", "login page", "delivery", "export", "password reset", "mobile app", "price list", "contract")
TROUBLES = ("is missing since Monday", "shows the wrong total", "stopped working", "is late again", "cannot be opened")
MANNERS = ("please help", "this is urgent", "my colleague has the same", "I tried twice", "what should I do")
TEAMS = ("amber", "birch", "coral", "delta")


def message(rng: random.Random) -> str:
    return f"The {rng.choice(THINGS)} {rng.choice(TROUBLES)}, {rng.choice(MANNERS)}."


@dataclass
class Row:
    """Sums over the requests of one number of shots."""

    calls: int = 0
    naive: int = 0
    ours: int = 0
    bound: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    naive_seconds: list[float] = field(default_factory=list)
    naive_cpu: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return the row of the printed table."""
        times = [self.seconds / self.calls, mean(self.naive_seconds), self.cpu / self.calls, mean(self.naive_cpu)]
        return (
            f"| {name} | {self.calls} | {self.naive:,} | {self.ours:,} | {self.bound:,} |"
            f" {self.ours / self.bound:.3f} | {self.naive / self.ours:.1f} | "
            + " | ".join(f"{1000 * t:.0f}" for t in times)
            + " |"
        )


@dataclass(frozen=True)
class Bench:
    """A model and a seeded task."""

    model: LocalModel
    pools: list[list[str]]
    items: list[str]

    def prefix(self, draw: int, shots: int) -> str:
        """Return what all items share."""
        return OPENING + "".join(self.pools[draw][:shots])

    def request(self, draw: int, shots: int, item: int, key: str) -> Request:
        """Return one request."""
        prompt = f"{self.prefix(draw, shots)}In: {self.items[item]}\nOut:"
        return Request(prompt, max_tokens=4, stop=("\n",), cache_key=key)

    async def measure(self, shots: tuple[int, ...], draws: int, name: str) -> dict[int, Row]:
        """Ask everything in curvefit's order; at 0 shots draws are the same and are asked once.

        One draw after the other on one thread, so that CPU time can be told apart by row; a study runs one a core.
        """
        rows = {k: Row() for k in shots}
        count = self.model.count_tokens

        async def follow(draw: int) -> None:
            reached = 0
            for k in shots:
                if k == 0 and draw:
                    continue
                row, shared = rows[k], count(self.prefix(draw, k))
                row.bound += shared - reached
                reached = shared
                for item in range(len(self.items)):
                    started = time.process_time()
                    reply = await self.model.complete(self.request(draw, k, item, f"{name}-{draw}"))
                    row.cpu += time.process_time() - started
                    row.calls += 1
                    row.naive += reply.prompt_tokens
                    row.ours += reply.prompt_tokens - reply.cached_tokens
                    row.bound += reply.prompt_tokens - shared
                    row.seconds += reply.seconds

        for draw in range(draws):
            await follow(draw)
        return rows

    async def time_naive(self, row: Row, shots: int) -> None:
        """Take the time of a few prompts computed whole: a new key each, so that nothing is reused."""
        for item in range(min(NAIVE_ITEMS, len(self.items))):
            started = time.process_time()
            reply = await self.model.complete(self.request(0, shots, item, f"naive-{shots}-{item}"))
            row.naive_cpu.append(time.process_time() - started)
            assert reply.cached_tokens == 0
            row.naive_seconds.append(reply.seconds)


async def bench(model: LocalModel, n_items: int) -> int:
    rng = random.Random(20)
    pools = [[f"In: {message(rng)}\nOut: {rng.choice(TEAMS)}\n\n" for _ in range(max(SHOTS))] for _ in range(DRAWS)]
    task = Bench(model, pools, [message(rng) for _ in range(n_items)])
    model.count_tokens("")
    rows = await task.measure(SHOTS, DRAWS, "ours")
    alone = (await task.measure((64,), 1, "alone"))[64]
    for shots, row in rows.items():
        await task.time_naive(row, shots)
    alone.naive_seconds, alone.naive_cpu = rows[64].naive_seconds, rows[64].naive_cpu
    total = Row()
    for row in rows.values():
        for name in ("calls", "naive", "ours", "bound", "seconds", "cpu"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    for name in ("naive_seconds", "naive_cpu"):  # weighted as asked
        setattr(total, name, [sum(mean(getattr(row, name)) * row.calls for row in rows.values()) / total.calls])

    print(f"{model.name}, {n_items} items x {DRAWS} draws, one thread, xllamacpp {version()}")
    print(f"computed prompt tokens; milliseconds per item, naive ones from {NAIVE_ITEMS} items a row\n")
    print("| shots | calls | naive | ours | bound | ours/bound | naive/ours | wall | naive wall | CPU | naive CPU |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for shots, row in rows.items():
        print(row.line(str(shots)))
    print(total.line("all"))
    print(alone.line(f"64 x {n_items} alone"))
    over = max(row.ours / row.bound for row in (total, alone))
    saved = alone.naive / alone.ours
    met = over <= MOST_OVER_BOUND and saved >= LEAST_SAVED
    print(f"\n{over:.3f} times the bound at most, {saved:.1f} times fewer than naive at 64 shots: ", end="")
    print("met" if met else f"NOT met ({MOST_OVER_BOUND}, {LEAST_SAVED:.0f})")
    return 0 if met else 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default="local/gemma3-270m")
    options.add_argument("--items", type=int, default=60)
    chosen = options.parse_args()
    model = LocalModel(chosen.model, lanes=1)
    try:
        return asyncio.run(bench(model, chosen.items))
    finally:
        model.close()


if __name__ == "__main__":
    sys.exit(main())
