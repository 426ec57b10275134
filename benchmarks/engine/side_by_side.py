"""What a step takes in which one engine goes on with several replies, each in a cache of its own. Prints a table.

Run: python -m benchmarks.engine.side_by_side [MODEL]

Prompts are computed one after the other, and only then do the replies go on together: a step computes one token of
each. Times are milliseconds of processor time. The last column: how many replies differ from what they are alone, in a
token or in one of the ten largest log-probabilities there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, Final
from unittest.mock import patch

from benchmarks.paths import ROOT
from curvefit.models import store
from curvefit.models.engine import Engine, library

TOGETHER: Final = (1, 2, 3, 4, 6, 8)
MOST: Final = max(TOGETHER)
ROUNDS: Final = 5
TOKENS: Final = 24
"""Tokens a reply, after its first."""
CONTEXT: Final = 1024


def load(file: Path) -> Engine:
    """Return an engine with a cache for each reply."""
    xllamacpp = library()
    plain = xllamacpp.Server

    def server(options: Any) -> Any:
        options.n_parallel, options.n_ctx, options.kv_unified = MOST, MOST * CONTEXT, False
        return plain(options)

    with patch.object(xllamacpp, "Server", server):
        return Engine(file, CONTEXT)


def prompts(engine: Engine) -> list[list[int]]:
    """Return prompts of unequal length, from a sample task."""
    rows = [json.loads(line) for line in (ROOT / "sample_tasks/crm_cards/pool.jsonl").read_text().splitlines()]
    shown = [f"In: {row['input']}\nOut: {row['output']}\n\n" for row in rows]
    return [engine.tokens("".join(shown[3 * n : 3 * n + 1 + n % 3]) + "In:") for n in range(MOST)]


def go_on(engine: Engine, slot: int, prompt: list[int], tokens: int, *, cached: bool) -> list[dict[str, Any]]:
    """Return the tokens of a reply, each with the ten most probable ones."""
    body = {"prompt": prompt, "max_tokens": tokens, "temperature": 0, "cache_prompt": cached, "id_slot": slot}
    response = engine._complete(body | {"n_probs": 10, "ignore_eos": True})
    steps: list[dict[str, Any]] = response["choices"][0]["logprobs"]["content"]
    return steps


def replies(engine: Engine, asked: dict[int, list[int]]) -> tuple[float, dict[int, Any]]:
    """Return what a step of these replies took, and the replies."""
    begun = {}
    for slot, prompt in asked.items():
        begun[slot] = [*prompt, go_on(engine, slot, prompt, 1, cached=False)[0]["id"]]
    began = time.process_time()
    with ThreadPoolExecutor(len(begun)) as pool:
        running = {slot: pool.submit(go_on, engine, slot, begun[slot], TOKENS, cached=True) for slot in begun}
        found = {slot: reply.result() for slot, reply in running.items()}
    return 1000 * (time.process_time() - began) / TOKENS, found


def main() -> None:
    """Measure and print."""
    os.environ["OMP_NUM_THREADS"] = "1"
    name = sys.argv[1] if len(sys.argv) > 1 else "local/gemma3-270m"
    engine = load(store.pull(store.find(name).name, print))
    asked = dict(enumerate(prompts(engine)))
    alone = {slot: replies(engine, {slot: prompt})[1][slot] for slot, prompt in asked.items()}
    times: dict[int, list[float]] = {count: [] for count in TOGETHER}
    apart = dict.fromkeys(TOGETHER, 0)
    for first, count in product(range(ROUNDS), TOGETHER):  # in turn, so that all see the same load
        step, found = replies(engine, {slot % MOST: asked[slot % MOST] for slot in range(first, first + count)})
        times[count].append(step)
        apart[count] += sum(reply != alone[slot] for slot, reply in found.items())
    print("| replies together | a step | a token | to alone | replies apart |\n|---|---|---|---|---|")
    for count in TOGETHER:
        step = median(times[count])
        share = step / count / median(times[1])
        print(f"| {count} | {step:.0f} | {step / count:.1f} | {share:.2f} | {apart[count]} of {count * ROUNDS} |")


if __name__ == "__main__":
    main()
