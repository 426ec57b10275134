"""Processor time of the embedded engine by two builds in turn, and whether they reply the same. Prints tables.

Run: python -m benchmarks.engine.two_builds OLD NEW [MODEL] [PART ...]

OLD and NEW are trees with a `curvefit` in them. Each answers in a process of its own, with one engine; they take turns
a few requests at a time, so that both see the same load. Parts: `few` (6 labels), `many` (151 labels), `structured`
(replies in a record format), `long` (about 1,000 tokens an item). Times are milliseconds of processor time a call.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from benchmarks.paths import ROOT

WORKER: Final = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from curvefit.models.base import Request
from curvefit.models.local import LocalModel
import curvefit
model = LocalModel(sys.argv[2], lanes=1, context=4096)
assert curvefit.__file__.startswith(sys.argv[1]), curvefit.__file__
model.count_tokens("loaded")
print("ready", flush=True)
for line in sys.stdin:
    replies, began = [], time.process_time()
    for asked in json.loads(line):
        key = asked.pop("cache_key")
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}
        r = model.answer(Request(**fields, cache_key=key))
        replies.append([r.text, r.choice, r.prompt_tokens, r.cached_tokens, r.completion_tokens])
    print(json.dumps([time.process_time() - began, replies]), flush=True)
"""
TURN: Final = 5
"""Requests a turn."""
ITEMS: Final = {"few": 15, "many": 15, "structured": 6, "long": 3}
SHOTS: Final = {"few": (0, 4, 16), "many": (0, 1, 4, 16, 64), "structured": (4, 16), "long": (0, 1)}
CAP: Final = {"few": 8, "many": 16, "structured": 64, "long": 8}


@dataclass(frozen=True, slots=True)
class Part:
    """Examples of one kind of task: input and target; and the labels, where there are any."""

    instruction: str
    pool: list[tuple[str, str]]
    items: list[tuple[str, str]]
    labels: tuple[str, ...] = ()


def parts() -> dict[str, Part]:
    """Return the tasks, from the sample tasks and made up."""
    few = ("B5", "F1", "K2", "M9", "T4", "Z8")
    pool, items = ([row for row in rows if row[1] in few] for rows in _sample("tickets"))
    shuffle = random.Random(0)
    texts = [text for name in ("tickets", "logquery", "crm_cards") for text, _ in _sample(name)[0]]
    padded = [("\n".join(shuffle.sample(texts, 60)) + f"\n{text}", label) for text, label in pool[:40]]
    return {
        "few": Part("Route each support ticket to its queue.", pool, items, few),
        "many": _intents(shuffle),
        "structured": Part("Turn each note of the agent into a chat reply with cards.", *_sample("crm_cards")),
        "long": Part("Route the last ticket to its queue.", padded[10:], padded[:10], few),
    }


def _intents(shuffle: random.Random) -> Part:
    """Return requests to a bank under 151 intents, whose names share words."""
    verbs = {
        "activate": "please switch on", "block": "put a stop to", "change": "I want a different",
        "check": "what about", "close": "I no longer need", "explain": "I do not get", "find": "where on earth is",
        "order": "send me", "renew": "it runs out soon, my", "report": "something is wrong with",
        "track": "how far is", "verify": "is it right,",
    }  # fmt: skip
    things = {
        "card": "card", "card_payment": "payment by card", "card_pin": "secret number",
        "cash_withdrawal": "money from the machine", "direct_debit": "monthly debit", "exchange_rate": "rate for euros",
        "identity": "passport check", "loan": "credit", "pending_transfer": "transfer that hangs",
        "refund": "money back", "savings": "savings book", "top_up": "top-up", "transfer": "transfer",
    }  # fmt: skip
    frames = ("{} my {}", "hello, {} the {} thanks", "{} this {}, can you?", "quick one: {} a {} today")
    labels = [f"{verb}_{thing}" for verb, thing in product(verbs, things)][:151]
    rows = []
    for verb, thing in product(verbs, things):
        label = f"{verb}_{thing}"
        rows += [(frame.format(verbs[verb], things[thing]), label) for frame in frames if label in labels]
    shuffle.shuffle(rows)
    return Part("Name the intent of each message.", rows[:400], rows[400:], tuple(labels))


def _sample(name: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    folder = ROOT / "sample_tasks" / name
    pool, items = (
        [(row["input"], row["output"]) for row in map(json.loads, (folder / f"{part}.jsonl").read_text().splitlines())]
        for part in ("pool", "items")
    )
    return pool, items


def requests(name: str, part: Part) -> Iterator[dict[str, Any]]:
    """Yield the requests in a runner's order: by number of shots, then by item."""
    order = random.Random(1).sample(part.pool, max(SHOTS[name]))
    for shots in SHOTS[name]:
        shown = "".join(f"In: {text}\nOut: {target}\n\n" for text, target in order[:shots])
        for text, _ in part.items[: ITEMS[name]]:
            yield {
                "prompt": f"{part.instruction}\n\n{shown}In: {text}\nOut:",
                "max_tokens": CAP[name],
                "stop": ["\n"],
                "labels": list(part.labels),
                "cache_key": name,
            }


def start(tree: Path, model: str) -> subprocess.Popen[str]:
    """Start a build's process and wait until its model is loaded."""
    command = [sys.executable, "-P", "-c", WORKER, str(tree), model]
    env = {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def answer(process: subprocess.Popen[str], asked: list[dict[str, Any]]) -> tuple[float, list[list[Any]]]:
    """Return seconds of processor time and the replies."""
    assert process.stdin is not None
    assert process.stdout is not None
    print(json.dumps(asked), file=process.stdin, flush=True)
    seconds, replies = json.loads(process.stdout.readline())
    return seconds, replies


def main() -> None:
    """Ask both builds and print what they took."""
    old, new, *rest = sys.argv[1:]
    model = rest.pop(0) if rest and rest[0].startswith("local") else "local/gemma3-270m"
    builds = [start(Path(tree).resolve(), model) for tree in (old, new)]
    print("| part | shots | calls | old | new | new/old | generated, old | new | replies apart | choices apart |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, part in parts().items():
        if rest and name not in rest:
            continue
        asked, n_items = list(requests(name, part)), min(ITEMS[name], len(part.items))
        total = [0.0, 0.0]
        for at, shots in enumerate(SHOTS[name]):
            spent, replies = [0.0, 0.0], ([], [])
            for turn, first in enumerate(range(at * n_items, (at + 1) * n_items, TURN)):
                some = asked[first : min(first + TURN, (at + 1) * n_items)]
                for which in (0, 1) if turn % 2 else (1, 0):
                    seconds, answers = answer(builds[which], some)
                    spent[which] += seconds
                    replies[which].extend(answers)
            total = [before + now for before, now in zip(total, spent, strict=True)]
            _print_row(name, shots, spent, replies)
        n_calls = len(asked)
        milliseconds = [f"{1000 * seconds / n_calls:.0f}" for seconds in total]
        print(
            f"| {name} | all | {n_calls} | {' | '.join(milliseconds)} | **{total[1] / total[0]:.2f}** | | | | |",
            flush=True,
        )
    for process in builds:
        process.terminate()


def _print_row(name: str, shots: int, spent: list[float], replies: tuple[list[Any], list[Any]]) -> None:
    n_calls = len(replies[0])
    apart = [[(a, b) for a, b in zip(*replies, strict=True) if a[field] != b[field]] for field in (0, 1)]
    for a, b in [pair for field in apart for pair in field]:
        print(f"apart: {a} {b}", file=sys.stderr)
    cells = [f"{1000 * seconds / n_calls:.0f}" for seconds in spent]
    cells.append(f"{spent[1] / spent[0]:.2f}")
    cells += [str(sum(reply[4] for reply in side)) for side in replies]
    cells += [str(len(pairs)) for pairs in apart]
    print(f"| {name} | {shots} | {n_calls} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
