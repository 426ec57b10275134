"""What asking costs and survives, beside a raw client and bare litellm, on a fake server on this machine, in one run.

Run: python -m benchmarks.asking.request_overhead [PART ...]      Parts: see PARTS.
The tables printed are those of reports/asking.md.

Every client is a function in CLIENTS and runs as a process of its own, so that its processor time and memory are its
own; all get the same requests, those of one plan. To add a peer, add a function. Read ratios: the machine may be busy,
and the clients of one row run in turn, A B A B.

CURVEFIT_BEFORE=FOLDER names another checkout of this repository, whose curvefit is the client ``before``.
CURVEFIT_PEERS=FOLDER is as for `other_tools`; where it holds lm-evaluation-harness, that is the client ``lm-eval``.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY = "sk-of-the-benchmark"
BEFORE = os.environ.get("CURVEFIT_BEFORE", "")
ALL = ("curvefit", "before", "litellm", "raw", "aiohttp")
SMALL, LONG = (1, 40), (100, 600)  # shots, and characters of an example: 60 KB in 200 messages


def plan_of(n: int, size: tuple[int, int], fewer: tuple[int, ...] = (), draws: int = 1) -> Any:
    """Return the task, design and plan of n items with so many shots, and with fewer ones."""
    from curvefit.models.simulated import parse
    from curvefit.tasks.task import Item, Score, Scorer, Task
    from curvefit.trials.design import Design
    from curvefit.trials.trial_plan import plan

    shots, width = size
    rows = [Item(f"r{i}", f"question {i} ".ljust(width, "x"), f"label-{i % 4}") for i in range(shots + n)]
    scorer = Scorer("any", lambda reply, item: Score(0.5, reply))
    task = Task("made", "Answer.", "qa", tuple(rows[:shots]), tuple(rows[shots:]), scorer)
    design = Design((*fewer, shots), draws=draws, items=n)
    return task, design, plan(task, design, parse("simulated/flat"))


def messages(made: Any, position: int) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in made.request(made.trial(position)).prompt]


async def fan_out(n: int, concurrency: int, ask: Callable[[int], Awaitable[object]]) -> None:
    """Ask n times, so many at once."""
    left = iter(range(n))

    async def work() -> None:
        for position in left:
            await ask(position)

    await asyncio.gather(*(work() for _ in range(concurrency)))


def raw(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str) -> None:
    """A bare HTTP client: no retries, nothing kept."""
    import httpx

    *_, made = plan_of(n, size)

    async def go() -> None:
        limits = httpx.Limits(max_connections=concurrency)
        async with httpx.AsyncClient(limits=limits, timeout=60, headers={"Authorization": f"Bearer {KEY}"}) as client:

            async def ask(position: int) -> None:
                sent = {"model": "any", "messages": messages(made, position), "max_tokens": 8, "temperature": 0}
                (await client.post(f"{base}/chat/completions", json=sent)).json()

            await fan_out(n, concurrency, ask)

    asyncio.run(go())


def aiohttp(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str) -> None:
    """The client that litellm sends by, bare."""
    import aiohttp

    *_, made = plan_of(n, size)

    async def go() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as client:

            async def ask(position: int) -> None:
                sent = {"model": "any", "messages": messages(made, position), "max_tokens": 8, "temperature": 0}
                async with client.post(f"{base}/chat/completions", json=sent) as reply:
                    await reply.json()

            await fan_out(n, concurrency, ask)

    asyncio.run(go())


def litellm(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str, *, patient: bool = False) -> None:
    """litellm alone; a patient one tries each request up to 20 times, waiting half a second and doubling."""
    from curvefit.models.hosted import _load

    acompletion = _load().acompletion
    *_, made = plan_of(n, size)

    async def ask(position: int) -> None:
        for attempt in range(20 if patient else 1):
            try:
                await acompletion(
                    model="openai/any", messages=messages(made, position), max_tokens=8, temperature=0,
                    api_base=base, num_retries=0, max_retries=0, timeout=60,
                )  # fmt: skip
                return
            except Exception:
                if not patient:
                    raise
                await asyncio.sleep(min(0.5 * 2**attempt, 4))

    asyncio.run(fan_out(n, concurrency, ask))


def naive(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str) -> None:
    litellm(base, n, size, concurrency, journal, patient=True)


def curvefit(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str) -> None:
    """The whole of `measure`: plan, pace, journal on disk, scores."""
    from curvefit.measurement.measure import measure
    from curvefit.models.hosted import HostedModel

    task, design, _ = plan_of(n, size)
    model = HostedModel("openai/any", api_base=base)
    model.__class__.concurrency = concurrency  # type: ignore[misc]  # the row's, not the product's
    measure(task, design, model, journal=journal)


def by_batch(base: str, n: int, journal: str) -> int:
    """Submit or collect once; 5 while replies are pending, as on the command line."""
    from curvefit.errors import RepliesPending
    from curvefit.measurement.measure import measure
    from curvefit.models.batches import BatchModel

    task, design, _ = plan_of(n, SMALL)
    try:
        measure(task, design, BatchModel("openai/any", api_base=base), journal=journal)
    except RepliesPending:
        return 5
    return 0


def transport(base: str, n: int, size: tuple[int, int], concurrency: int, journal: str) -> None:
    """`measure` with a model that answers at once: what is left is the runner's own."""
    from curvefit.measurement.measure import measure
    from curvefit.models.base import Completion

    class Instant:
        name = identity = "instant"
        form, context, keeps_prefix, thinking = "chat", None, False, 0

        def count_tokens(self, text: str) -> int:
            return len(text) // 4 + 1

        async def complete(self, request: Any) -> Completion:
            await asyncio.sleep(0)
            return Completion("reply")

        async def rest(self) -> None:
            pass

        async def warm(self, request: Any) -> None:
            pass

    task, design, _ = plan_of(n, size)
    model = Instant()
    model.concurrency = concurrency  # type: ignore[attr-defined]
    measure(task, design, model, journal=journal)  # type: ignore[arg-type]


CLIENTS = {
    "raw": raw, "aiohttp": aiohttp, "litellm": litellm, "naive": naive, "curvefit": curvefit, "transport": transport,
}  # fmt: skip


def serve_client(name: str, base: str, n: int, size: list[int], concurrency: int) -> None:
    """Be a client process: once small to load everything, then measured."""
    with tempfile.TemporaryDirectory() as folder:
        shape = (size[0], size[1])
        CLIENTS[name](base, 4, SMALL, 2, f"{folder}/warm.sqlite")
        forget(base)
        wall, cpu = time.perf_counter(), time.process_time()
        CLIENTS[name](base, n, shape, concurrency, f"{folder}/j.sqlite")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "mb": peak}))


def account(base: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{base}/traffic", timeout=10) as told:
        found: dict[str, Any] = json.loads(told.read())
        return found


def forget(base: str) -> None:
    """Start the server's account anew."""
    with urllib.request.urlopen(f"{base}/reset", timeout=10) as told:
        told.read()


@contextmanager
def stub(**behaviour: float) -> Iterator[str]:
    command = [sys.executable, "-m", "curvefit.testing.fake_provider", json.dumps(behaviour)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def run(name: str, base: str, n: int, size: tuple[int, int] = SMALL, concurrency: int = 64) -> dict[str, float]:
    """Run a client; nothing of one that is not there."""
    if name == "lm-eval":
        from benchmarks.asking import other_tools

        there = name in other_tools.THERE
        return {"rate": math.nan, **other_tools.run(name, base, n, size, concurrency)} if there else {}
    if name == "before" and not BEFORE:
        return {}
    arguments = ["curvefit" if name == "before" else name, base, str(n), json.dumps(size), str(concurrency)]
    root = Path(BEFORE if name == "before" else Path(__file__).parents[2]).absolute()
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(root)}
    command = [sys.executable, str(root / "benchmarks/asking/request_overhead.py"), "client", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "cpu_each": 1000 * found["cpu"] / n, "rate": n / found["wall"]}


def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    print(f"\n## {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    sys.stdout.flush()


def rounds(names: tuple[str, ...], times: int, measure: Callable[[str], float]) -> dict[str, list[float]]:
    """Measure clients in turn, A B A B, so that a drifting machine touches all alike; NaN where one is not there."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            found[name].append(measure(name))
    return found


def middle(values: list[float]) -> float | str:
    return "absent" if math.isnan(values[0]) else statistics.median(values)


def of(ours: list[float], theirs: list[float]) -> str:
    """Return ours as a share of theirs, round by round: the least and the most."""
    shares = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return "" if math.isnan(shares[0]) else f"{shares[0]:.2f} to {shares[-1]:.2f}x"


def processor() -> None:
    rows: list[tuple[object, ...]] = []
    with stub() as base:
        alone = rounds(("transport",), 3, lambda name: run(name, base, 2000)["cpu_each"])["transport"]
        rows.append(("runner alone, model that answers at once", middle(alone), "at most 0.3 ms", *[""] * 6))
        for title, size, n, names, goal in (
            ("short prompts", SMALL, 1000, (*ALL, "lm-eval"), "at most 0.4x litellm, 1x lm-eval"),
            ("60 KB in 200 messages", LONG, 80, ALL, "at most 0.2x litellm"),
        ):

            def each(name: str, n: int = n, size: tuple[int, int] = size, base: str = base) -> float:
                return run(name, base, n, size, 8).get("cpu_each", math.nan)

            found = rounds(names, 3, each)
            shares = "; ".join(f"{share} {name}" for name in names[1:] if (share := of(found["curvefit"], found[name])))
            others = [middle(found[name]) if name in found else "" for name in (*ALL, "lm-eval")]
            rows.append((title, others[0], goal, *others[1:], shares))
    head = ("ms a request", "curvefit", "goal", *ALL[1:], "lm-eval", "curvefit as a share of each, by round")
    table("Processor time, 8 at once", head, rows)


def at_once() -> None:
    """How many requests a second one process gets through, and whether its processor time is what bounds that."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ALL}
    with stub() as base:

        def rate(name: str) -> float:
            told = run(name, base, 3000 if name == "curvefit" else 600)
            found[name].append(told)
            return told.get("rate", math.nan)

        rates = rounds(ALL, 3, rate)
    rows: list[tuple[object, ...]] = []
    for name, values in rates.items():
        told = [one for one in found[name] if one]
        busy = [one["cpu"] / one["wall"] for one in told]
        each = statistics.median(one["cpu_each"] for one in told) if told else ""
        spread = f"{min(values):.0f} to {max(values):.0f}" if told else "absent"
        rows.append((name, spread, each, f"{min(busy):.0%} to {max(busy):.0%}" if told else ""))
    head = ("client", "requests/s; goal: 1,000", "ms of processor a request", "of a core used")
    table("A server that answers at once, 64 at once", head, rows)


def throughput() -> None:
    rows: list[tuple[object, ...]] = []
    for title, latency, n, other, goal in (
        ("1 s latency", 1.0, 1920, "raw", 0.97),
        ("50 ms latency", 0.05, 1000, "litellm", 0.9),
    ):

        def rate(name: str, latency: float = latency, n: int = n) -> float:
            with stub(latency=latency) as base:
                run(name, base, n)
                told = account(base)
            return len(told["answered"]) / (float(told["ended"]) - float(told["started"]))

        found = rounds(("curvefit", "litellm", "raw"), 2, rate)
        ratio = f"{of(found['curvefit'], found[other])} {other}; at least {goal}x"
        rows.append((title, *map(middle, found.values()), ratio))
    head = ("requests/s by the server's clock", "curvefit", "litellm", "raw", "ratio; goal")
    table("Throughput at concurrency 64", head, rows)


def limits() -> None:
    rows: list[tuple[object, ...]] = []
    for rate, n in ((200, 3000), (50, 1500)):
        for name in ("curvefit", "naive"):
            with stub(latency=0.05, rate=rate, failing=0.05, dropping=0.02) as base:
                run(name, base, n)
                told = account(base)
            limited = told["fates"].get("limited", 0)
            used = (told["requests"] - limited) / (told["ended"] - told["started"]) / rate
            lost = n - len(told["answered"])
            rows.append(
                (
                    f"{rate}/s, {n} requests",
                    name,
                    lost,
                    f"{limited / told['requests']:.1%}",
                    f"{used:.0%}",
                    told["repeats"],
                )
            )
    head = ("allowed", "client", "lost", "429s", "of the limit used", "answered twice")
    table("5% 500s, 2% billed drops, 50 ms; goals: 0 lost, at most 8% 429s, at least 85% used, 0 twice", head, rows)


def kills() -> None:
    """SIGKILL a run half way, 20 times, each time followed by one that finishes."""
    n, known_repeats, repeats, most = 200, 0, 0, 0
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONWARNINGS": "ignore"}
    for _ in range(20):
        with stub(latency=0.05) as base, tempfile.TemporaryDirectory() as folder:
            journal = Path(folder, "j.sqlite")
            command = [sys.executable, __file__, "once", base, str(n), str(journal)]
            with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as victim:
                while sum(account(base)["answered"].values()) < n // 2:
                    time.sleep(0.01)
                victim.send_signal(signal.SIGKILL)
            with sqlite3.connect(journal) as db:
                (kept,) = db.execute("SELECT COUNT(*) FROM replies").fetchone()
            db.close()
            time.sleep(0.3)  # the server writes what it had begun
            at_kill = account(base)
            subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
            after = account(base)
        again = after["repeats"] - at_kill["repeats"]
        # Of the calls answered before the kill, only those not yet in the journal may be asked again.
        known_repeats += max(0, again - (len(at_kill["answered"]) - kept))
        repeats, most = repeats + again, max(most, again)
    rows: list[tuple[object, ...]] = [(20, n, known_repeats, repeats, most, "0 journalled repeated; at most 64 a kill")]
    head = ("kills", "requests a run", "journalled calls repeated", "repeats in all", "most after one kill", "goal")
    table("SIGKILL half way", head, rows)


def caching() -> None:
    """How much of what is sent a provider's cache serves: curvefit, and the same requests in order, 64 at once."""
    from curvefit.measurement.measure import measure
    from curvefit.models.hosted import HostedModel, _load

    os.environ["OPENAI_API_KEY"] = KEY
    rows: list[tuple[object, ...]] = []
    for title, items in (("100 items", 100), ("15 items", 15)):
        task, design, made = plan_of(items, (64, 600), (8, 16, 32), draws=3)

        def bare(base: str, made: Any = made) -> None:
            async def ask(position: int) -> None:
                await _load().acompletion(
                    model="openai/any", messages=messages(made, position), max_tokens=8, temperature=0, api_base=base
                )

            asyncio.run(fan_out(len(made), 64, ask))

        def ours(base: str, task: Any = task, design: Any = design) -> None:
            measure(task, design, HostedModel("openai/any", api_base=base))

        share = []
        for client in (ours, bare):
            with stub(latency=0.3) as base:
                client(base)
                told = account(base)
            share.append(told["cached_tokens"] / told["prompt_tokens"])
        rows.append((f"8, 16, 32, 64 shots, 3 draws, {title}", len(made), *share))
    table("Share of tokens sent that a prefix cache served", ("design", "requests", "curvefit", "64 at once"), rows)


def batch_kills() -> None:
    """SIGKILL runs by batch at every one of the server's answers in turn, and start them again until one is through."""
    from curvefit.testing.fake_batch_provider import FakeBatchProvider

    n, killed, started, paid_twice, unanswered = 200, 0, 0, 0, 0
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONWARNINGS": "ignore"}
    for last in range(10):
        with FakeBatchProvider(looks=2) as server, tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "batch", server.base, str(n), f"{folder}/j.sqlite"]
            ended, allowed = None, last % 7 + 1
            while ended != 0:
                started, before = started + 1, server.requests.total()
                with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as victim:
                    while victim.poll() is None and server.requests.total() - before < allowed:
                        time.sleep(0.001)
                    if victim.poll() is None and killed < 2 * (last + 1):
                        victim.send_signal(signal.SIGKILL)
                        killed += 1
                ended = victim.returncode
            paid_twice += server.traffic.billed.total() - len(server.traffic.billed)
            unanswered += n - len(server.traffic.answered)
    rows: list[tuple[object, ...]] = [(killed, started, n, paid_twice, unanswered, "0 and 0")]
    head = ("kills", "starts", "requests a run", "paid for twice", "never answered", "goal")
    table("SIGKILL of runs by batch", head, rows)


def memory() -> None:
    with stub() as base:
        used = {name: run(name, base, 1000, LONG, 16)["mb"] for name in ("curvefit", "litellm")}
    ratio = used["curvefit"] / used["litellm"]
    rows: list[tuple[object, ...]] = [
        ("1000 calls of 60 KB", used["curvefit"], used["litellm"], f"{ratio:.2f}x; at most 1.2x")
    ]
    table("Memory", ("peak MB", "curvefit", "litellm", "ratio; goal"), rows)


def rerun() -> None:
    """A rerun whose replies are all in the journal, against importing litellm."""
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONWARNINGS": "ignore"}
    base_code = "import os; os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP='True', LITELLM_MODE='PRODUCTION')"
    with stub() as base, tempfile.TemporaryDirectory() as folder:
        again = [sys.executable, __file__, "once", base, "200", f"{folder}/j.sqlite"]
        subprocess.run(again, env=environment, check=True, stderr=subprocess.DEVNULL)
        commands = {"rerun": again, "nothing": [sys.executable, "-c", "import numpy, asyncio"],
                    "litellm": [sys.executable, "-c", f"{base_code}; import litellm"]}  # fmt: skip
        spent: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(7):
            for name, command in commands.items():
                start = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
                end = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent[name].append(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)
    each = {name: statistics.median(values) for name, values in spent.items()}
    ratio = each["rerun"] / each["litellm"]
    rows: list[tuple[object, ...]] = [(each["rerun"], each["nothing"], each["litellm"], f"{ratio:.2f}x; under 0.2x")]
    head = ("rerun of 200 requests, CPU s", "import numpy, asyncio", "import litellm", "ratio; goal")
    table("A fully journalled rerun", head, rows)


PARTS = {
    "processor": processor, "at_once": at_once, "throughput": throughput, "limits": limits,
    "caching": caching, "kills": kills, "batch_kills": batch_kills, "memory": memory, "rerun": rerun,
}  # fmt: skip


def main() -> None:
    match sys.argv[1:]:
        case ["client", name, base, n, size, concurrency]:
            serve_client(name, base, int(n), json.loads(size), int(concurrency))
        case ["once", base, n, journal]:
            curvefit(base, int(n), SMALL, 64, journal)
        case ["batch", base, n, journal]:
            sys.exit(by_batch(base, int(n), journal))
        case parts:
            for part in parts or PARTS:
                PARTS[part]()


if __name__ == "__main__":
    main()
