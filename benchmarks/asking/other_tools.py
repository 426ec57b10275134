"""What other tools cost and lose when they ask, beside curvefit, on the same fake server in the same run.

Run: CURVEFIT_PEERS=FOLDER python -m benchmarks.asking.other_tools [PART ...]      Parts: see PARTS.
The tables printed are in reports/asking.md.

FOLDER holds a virtual environment for each Python tool, `inspect` (inspect-ai and openai), `lm-eval` (lm-eval[api]) and
`dspy`, and `promptfoo`, a folder with its node_modules; a tool that is not there is a row that says absent. The clients
take turns, A B A B, CURVEFIT_ROUNDS times (2), and a cell gives the least and the most. Read ratios: the machine may
be busy.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.asking import request_overhead as asking

ROUNDS = int(os.environ.get("CURVEFIT_ROUNDS", "2"))
BOUND = 150  # seconds after which a run is ended and judged by what it got
HERE = Path(__file__).with_name("tool_drivers.py")
PACKAGES = {"inspect": "inspect_ai", "lm-eval": "lm_eval", "dspy": "dspy", "promptfoo": "promptfoo"}
OURS = ("curvefit", "raw", "litellm")


def found() -> dict[str, Path]:
    """Return the interpreters of the tools that are there, and promptfoo's program."""
    folder = Path(os.environ.get("CURVEFIT_PEERS", "nowhere")).absolute()
    places = {name: folder / name / "bin/python" for name in PACKAGES}
    places["promptfoo"] = folder / "promptfoo/node_modules/.bin/promptfoo"
    return {name: place for name, place in places.items() if place.exists()}


THERE = found()


def version(name: str) -> str:
    """Return a tool's version as its own installation tells it."""
    if name not in THERE:
        return "absent"
    if name == "promptfoo":
        held = json.loads((THERE[name].parents[1] / "promptfoo/package.json").read_text())
        return str(held["version"])
    asked = f"from importlib.metadata import version; print(version({PACKAGES[name]!r}))"
    return subprocess.run([THERE[name], "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


def written(folder: str, n: int, size: tuple[int, int]) -> str:
    """Write n requests as a tool's process reads them; return where."""
    *_, made = asking.plan_of(n, size)
    place = Path(folder, "requests.json")
    place.write_text(json.dumps([asking.messages(made, position) for position in range(n)]))
    return str(place)


def start(name: str, how: str, base: str, requests: str, concurrency: int, state: str) -> subprocess.Popen[str]:
    """Start a tool's process, in a process group of its own and with the state folder for a home."""
    python = sys.executable if name == "promptfoo" else str(THERE[name])
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    environment = {
        **kept, "HOME": state, "OPENAI_API_KEY": asking.KEY, "PYTHONWARNINGS": "ignore",
        "PEER_PROGRAM": str(THERE[name]),
    }  # fmt: skip
    return subprocess.Popen(
        [python, HERE, name, how, base, requests, str(concurrency), state], env=environment, cwd=state, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], bound: float) -> dict[str, float]:
    """Wait for a tool and return what it told; nothing of one that failed or was ended for taking too long."""
    try:
        said, _ = process.communicate(timeout=bound)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {"stopped": bound}
    told: dict[str, float] = json.loads(said.splitlines()[-1]) if process.returncode == 0 else {}
    return told


def run(name: str, base: str, n: int, size: tuple[int, int] = asking.SMALL, concurrency: int = 64) -> dict[str, float]:
    """Run a client of either kind; `cpu_each` is milliseconds a request."""
    if name not in PACKAGES:
        return asking.run(name, base, n, size, concurrency)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = start(name, "measured", base, written(folder, n, size), concurrency, folder)
        told = ended(process, BOUND)
    return {**told, "cpu_each": 1000 * told["cpu"] / (n - 4)} if "cpu" in told else told


def spread(values: list[float], form: str = ".2f") -> str:
    """Return the least and the most of what was measured."""
    if not values:
        return "failed"
    low, high = f"{min(values):{form}}", f"{max(values):{form}}"
    return low if low == high else f"{low} to {high}"


def turns(clients: tuple[str, ...], measure: Callable[[str], float | None]) -> dict[str, list[float | None]]:
    """Measure each client that is there once a round, in turn."""
    values: dict[str, list[float | None]] = {name: [] for name in clients if name not in PACKAGES or name in THERE}
    for _ in range(ROUNDS):
        for name, held in values.items():
            held.append(measure(name))
    return values


def ratios(values: dict[str, list[float | None]], name: str, floor: str | None = None) -> list[float]:
    """Return curvefit over a client, round by round, each less what the floor client took in that round."""
    less = values[floor] if floor else [0.0] * ROUNDS
    rounds = zip(values["curvefit"], values[name], less, strict=True)
    return [(a - c) / (b - c) for a, b, c in rounds if a is not None and b is not None and c is not None and b > c]


def processor() -> None:
    """Print processor time a request of a short prompt."""
    _processor("short prompts", asking.SMALL, 600)


def long() -> None:
    """Print processor time a request of a long prompt."""
    _processor("60 KB in 200 messages", asking.LONG, 80)


def _processor(title: str, size: tuple[int, int], n: int) -> None:
    with asking.stub() as base:
        values = turns((*OURS, *PACKAGES), lambda name: run(name, base, n, size, 8).get("cpu_each"))
    rows: list[tuple[object, ...]] = []
    for name in (*OURS, *PACKAGES):
        if name not in values:
            rows.append((name, "absent", "", ""))
            continue
        each = [value for value in values[name] if value is not None]
        of_it = spread(ratios(values, name)) if name != "curvefit" else ""
        beyond = spread(ratios(values, name, "raw")) if name not in ("curvefit", "raw") else ""
        rows.append((name, spread(each), of_it, beyond))
    head = ("client", "ms a request", "curvefit / client", "the same beyond raw's; goal for Inspect: at most 0.4")
    asking.table(f"Processor time beside other tools, {title}", head, rows)


def throughput() -> None:
    """Print requests a second by the server's clock, at a latency of a second and 64 at once."""

    def rate(name: str) -> float | None:
        with asking.stub(latency=1.0) as base:
            run(name, base, 960)
            told = asking.account(base)
        answered, took = len(told["answered"]), told["ended"] - told["started"]
        return answered / took if answered == 960 else None

    values = turns((*OURS, *PACKAGES), rate)
    rows: list[tuple[object, ...]] = []
    for name in (*OURS, *PACKAGES):
        if name not in values:
            rows.append((name, "absent", ""))
            continue
        share = [a / b for a, b in zip(values[name], values["raw"], strict=True) if a is not None and b is not None]
        rows.append((name, spread([v for v in values[name] if v is not None], ".1f"), spread(share)))
    head = ("client", "requests/s by the server's clock", "of raw's; goal for curvefit: 0.97")
    asking.table("Throughput beside other tools, 1 s latency, 64 at once, 960 requests", head, rows)


def limits() -> None:
    """Print what is lost and wasted under faults and a limit of 200 requests a second."""
    n, rate = 3000, 200
    told: dict[str, list[dict[str, Any]]] = {}
    clients = ("curvefit", "naive", *PACKAGES)

    def once(name: str) -> None:
        with asking.stub(latency=0.05, rate=rate, failing=0.05, dropping=0.02) as base:
            held = run(name, base, n)
            told.setdefault(name, []).append({**asking.account(base), **held})

    turns(clients, once)  # type: ignore[arg-type]  # the account is the measurement
    rows: list[tuple[object, ...]] = []
    for name in clients:
        if name not in told:
            rows.append((name, "absent", *[""] * 5))
            continue
        seen = told[name]
        limited = [one["fates"].get("limited", 0) for one in seen]
        took = [one["ended"] - one["started"] for one in seen]
        used = [(o["requests"] - m) / t / rate for o, m, t in zip(seen, limited, took, strict=True)]
        # A tool's word on what it holds at its end counts, where it gave one; a tool that failed holds nothing.
        ours = name not in PACKAGES
        lost = [n - (len(one["answered"]) if ours or "stopped" in one else one.get("held", 0)) for one in seen]
        how = {"stopped": f"ended after {BOUND} s", "held": "finished"}
        ends = ["finished" if ours else next((how[k] for k in how if k in one), "failed") for one in seen]
        shares = [m / one["requests"] for m, one in zip(limited, seen, strict=True)]
        repeats = [float(one["repeats"]) for one in seen]
        rows.append((
            "litellm, 20 attempts" if name == "naive" else name, spread(list(map(float, lost)), ".0f"),
            spread(shares, ".1%"), spread(used, ".0%"), spread(repeats, ".0f"), spread(took, ".0f"),
            "; ".join(dict.fromkeys(ends)),
        ))  # fmt: skip
    head = ("client", "lost", "429s", "of the limit used", "answered twice", "seconds", "end")
    asking.table(f"Beside other tools: 5% 500s, 2% billed drops, {rate}/s allowed, {n} requests", head, rows)


def begun(name: str, base: str, n: int, folder: str) -> subprocess.Popen[str]:
    """Start a client of either kind that takes up what an earlier one left in the folder."""
    if name in PACKAGES:
        return start(name, "once", base, written(folder, n, asking.SMALL), 64, folder)
    command = [sys.executable, asking.__file__, "once", base, str(n), f"{folder}/j.sqlite"]
    environment = {**os.environ, "OPENAI_API_KEY": asking.KEY, "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


def killed(name: str, n: int) -> tuple[int, int, int]:
    """Kill a run half way and resume it.

    Returns
    -------
    tuple of int
        Calls answered before the kill and answered again, all answered twice, and calls never answered.
    """
    with asking.stub(latency=0.05) as base, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        victim = begun(name, base, n, folder)
        while len((known := asking.account(base))["answered"]) < n // 2 and victim.poll() is None:
            time.sleep(0.01)
        os.killpg(victim.pid, signal.SIGKILL)
        victim.communicate()
        time.sleep(0.3)  # the server writes what it had begun
        resumed = begun(name, base, n, folder)
        try:
            resumed.communicate(timeout=BOUND)
        except subprocess.TimeoutExpired:
            os.killpg(resumed.pid, signal.SIGKILL)
            resumed.communicate()
        told = asking.account(base)
    again = sum(told["answered"][digest] > 1 for digest in known["answered"])
    return again, told["repeats"], n - len(told["answered"])


def kills() -> None:
    """Print what a client asks again that was answered, after SIGKILL half way; litellm alone keeps nothing."""
    n, rows = 200, list[tuple[object, ...]]()
    for name in ("curvefit", *PACKAGES):
        if name in PACKAGES and name not in THERE:
            rows.append((name, "absent", "", ""))
            continue
        ends = [killed(name, n) for _ in range(3)]
        rows.append((name, *(", ".join(map(str, part)) for part in zip(*ends, strict=True))))
    rows.append(("litellm", "all: keeps nothing", "", ""))
    head = ("client", "answered before the kill and asked again", "with those in flight at the kill", "never answered")
    asking.table(f"SIGKILL half way of {n} requests, 64 at once, and resume; three kills each", head, rows)


PARTS = {"processor": processor, "limits": limits, "throughput": throughput, "kills": kills, "long": long}


def main() -> None:
    """Print the versions, then the tables of the parts named."""
    from importlib.metadata import version as here

    rows: list[tuple[object, ...]] = [("litellm", here("litellm")), *((name, version(name)) for name in PACKAGES)]
    asking.table("Versions", ("tool", "version"), rows)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
