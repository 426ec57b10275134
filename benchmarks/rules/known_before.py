"""Every case that a rule can be tried on, with all that was known of it before it was fine-tuned.

Lives here: cases from the shipped evidence, the laboratory, the reports of sample tasks, and published tasks that were
asked with documents; and what curvefit says of each from the others.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.payoff.cases import LAB, BacktestCase, data_set
from benchmarks.payoff.linear_model import for_a_user, left_out
from benchmarks.payoff.table import LEVEL, Row
from benchmarks.rules.rules import Case
from curvefit import Curve, analyze
from curvefit.models.store import tiny
from curvefit.payoff.evidence import Unit, last_doubling
from curvefit.payoff.hierarchy import PayoffQuery, gains
from curvefit.payoff.metrics import probability_above
from curvefit.payoff.reference_class import are_few
from curvefit.payoff.stand_in import Pair, PromptScore, fine_tuned_draws, gains_over

__all__ = ["MARGINS", "of_documents", "of_laboratory", "of_published", "of_reports"]

FloatArray = NDArray[np.float64]

MARGINS: Final = (0.02, 0.05)
_DRAWS: Final = 4000
_TRAINED: Final = ("full-ft", "lora", "qlora", "rag+ft")
_KINDS: Final = {"api": "json/api"}  # as the data call kinds, where the evidence has another word


def of_published(units: Sequence[Unit]) -> list[Case]:
    """Return the cases of others, each predicted from all other sources; the laboratory is one."""
    found = []
    for unit in units:
        if unit.source != LAB:
            others = [other for other in units if other.source != unit.source]
            predicted = _by_cases(unit, others)
            found.append(Case(unit, unit.source, "published", predicted=predicted, few=_are_few(unit, others)))
    return found


def of_laboratory(
    rows: Sequence[Row], measured: Sequence[BacktestCase], units: Sequence[Unit], pairs: Sequence[Pair]
) -> list[Case]:
    """Return our own cases, each predicted from those of other data sets, and the evidence of others (`units`)."""
    with_try = [case for case in measured if "own" in case.probes]
    tried = left_out(with_try, for_a_user(units, measured, "own")).gains
    tries = {id(case): _chances(draws) for case, draws in zip(with_try, tried, strict=True)}
    found = []
    for case in measured:
        unit = case.unit
        assert unit is not None
        at = {(row.way, row.n): row for row in rows if (row.task, row.model) == (unit.task, unit.model)}
        others = [*units, *(other.unit for other in measured if other.unit and other.cluster != case.cluster)]
        ways = defaultdict(list)
        for (way, _), row in at.items():
            ways[way].append(row.value)
        found.append(
            Case(
                unit, f"{LAB}: {case.cluster}", "laboratory",
                retrieved=max(ways["retrieved"]) - max(ways["random"]) if ways["retrieved"] else math.nan,
                trend=_trend(sorted((n, r.value, r.low, r.high) for (way, n), r in at.items() if way == "random")),
                classifier=_by_classifier(unit, pairs),
                predicted=_by_cases(unit, others),
                tried=tries.get(id(case)),
                few=_are_few(unit, others),
            )
        )  # fmt: skip
    return found


def of_reports(
    folder: Path, known: Iterable[tuple[str, str]], units: Sequence[Unit], pairs: Sequence[Pair]
) -> list[Case]:
    """Return the cases of sample tasks that a report says were fine-tuned, and that are not `known`.

    `known` are tasks and models that the laboratory has measured, on more items. A study beside a probe tells what the
    most similar examples gave, and what a plain classifier learned.
    """
    seen, found = set(known), []
    for file in sorted(folder.glob("*/*/probe.json")):
        probe = _read(file)
        if (probe["task"], probe["model"]) in seen or not probe["gain"]:
            continue
        study = _read(file.with_name("study.json")) if file.with_name("study.json").is_file() else {}
        unit = _unit_of_report(probe)
        points = [(p["shots"], p["accuracy"], p["low"], p["high"]) for p in probe["prompted"]]
        near = max((p["accuracy"] for p in study.get("retrieved") or ()), default=math.nan)
        others = [other for other in units if data_set(other.task) != data_set(unit.task)]
        found.append(
            Case(
                unit, f"{LAB}: {data_set(unit.task)}", "reports",
                retrieved=near - max(mean for _, mean, _, _ in points),
                trend=_trend(points),
                classifier=_by_classifier(unit, [*_pairs_of_report(unit, probe, study), *pairs]),
                predicted=_by_cases(unit, others),
                few=_are_few(unit, others),
            )
        )  # fmt: skip
    return found


def _read(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


def _unit_of_report(probe: Mapping[str, Any]) -> Unit:
    gain = max(probe["gain"], key=lambda g: g["n_train"])
    best = probe["best_prompted"]
    shots, means = zip(*((p["shots"], p["accuracy"]) for p in probe["prompted"]), strict=True)
    return Unit(
        source=LAB, citation=f"reports/{probe['task']} of this project", model=probe["model"], task=probe["task"],
        metric="", kind=probe["kind"], shots=float(shots[-1]), best_prompted=best["accuracy"],
        doubling=last_doubling(shots, means) if len(shots) > 1 else math.nan, n_train=float(gain["n_train"]),
        fine_tuned=best["accuracy"] + gain["value"], tiny=tiny(probe["model"]), stratum="laboratory",
        prompt="retrieved" if best["retrieved"] else "examples" if best["shots"] else "zero-shot",
    )  # fmt: skip


def _pairs_of_report(unit: Unit, probe: Mapping[str, Any], study: Mapping[str, Any]) -> list[Pair]:
    """Return a case as a pair with the study's classifier, between the numbers of examples that this was trained on."""
    points = (study.get("baseline") or {}).get("points", ())
    if not points or not points[0]["n"] <= unit.n_train <= points[-1]["n"]:
        return []
    at = np.interp(math.log(unit.n_train), [math.log(p["n"]) for p in points], [p["accuracy"] for p in points])
    items = probe["best_prompted"]["n_items"]
    return [Pair(LAB, unit.task, unit.task, unit.model, int(unit.n_train), items, float(at), unit.fine_tuned)]


def of_documents(file: Path, units: Sequence[Unit]) -> list[Case]:
    """Return published tasks that one model was asked with documents and without, and was fine-tuned on.

    `file` is ``payoff/icl_vs_ft.csv`` of the shared data. Figures that were not read from their source do not count.
    The best fine-tuned model, with documents or without, stands against the best prompt of either sort.
    """
    at: dict[tuple[str, str, str, str], list[dict[str, str]]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["from_memory"] == "no":
                at[row["source"], row["model"], row["task"], row["metric"]].append(row)
    found = []
    for (source, model, task, metric), rows in at.items():
        shown = [float(r["value"]) for r in rows if r["method"] == "rag"]
        bare = [float(r["value"]) for r in rows if r["method"].startswith(("zero-shot", "icl"))]
        tuned = [r for r in rows if r["method"].startswith(_TRAINED)]
        if not (shown and bare and tuned):
            continue
        best = max(tuned, key=lambda r: float(r["value"]))
        kind = rows[0]["category"]
        unit = Unit(
            source=source, citation=_cited(best["licence_or_citation"]), model=model, task=task, metric=metric,
            kind=_KINDS.get(kind, kind), shots=math.nan, best_prompted=max(*shown, *bare), doubling=math.nan,
            n_train=float(best["n_ft"]) if best["n_ft"].isdigit() else math.nan, fine_tuned=float(best["value"]),
            prompt="retrieved",
        )  # fmt: skip
        others = [other for other in units if other.source != source]
        found.append(
            Case(
                unit, source, "documents",
                retrieved=max(shown) - max(bare),
                predicted=_by_cases(unit, others),
                few=_are_few(unit, others),
            )
        )  # fmt: skip
    return found


def _cited(text: str) -> str:
    """Return a citation without where its text is kept."""
    return re.sub(r" \(stored[^)]*\)|^repo | Apache-2.0$", "", text)


def _chances(draws: FloatArray) -> dict[float, float]:
    return {margin: float(probability_above(draws, margin)) for margin in MARGINS}


def _by_cases(unit: Unit, others: Sequence[Unit]) -> dict[float, float]:
    """Return what the shipped prediction says, as `curvefit backtest` has it."""
    query = PayoffQuery(unit.kind, unit.n_train, unit.tiny, zero_shot_only=unit.zero_shot_only)
    return _chances(gains(others, np.full(_DRAWS, unit.best_prompted), query))


def _are_few(unit: Unit, others: Sequence[Unit]) -> bool:
    return are_few([other for other in others if unit.group and (other.group, other.tiny) == (unit.group, unit.tiny)])


def _by_classifier(unit: Unit, pairs: Sequence[Pair]) -> dict[float, float] | None:
    """Return what a plain classifier of as many examples says, by the pairs of other data sets; None without one."""
    own = [p for p in pairs if (p.task, p.model, float(p.n_train)) == (unit.task, unit.model, unit.n_train)]
    if not own:
        return None
    others = [pair for pair in pairs if pair.data_set != own[0].data_set]
    learned = np.full(_DRAWS, own[0].classifier)
    tuned = fine_tuned_draws(others, learned, unit.n_train, own[0].items, tiny=unit.tiny)
    best = np.full(_DRAWS, unit.best_prompted)
    return _chances(gains_over(PromptScore(unit.best_prompted), best, tuned, own[0].items))


def _trend(points: Sequence[tuple[int, float, float, float]]) -> str:
    """Return the verdict on a curve of means with their intervals."""
    shots, means, low, high = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    if len(shots) < 2:
        return ""
    stderr = (high - low) / (2 * NormalDist().inv_cdf((1 + LEVEL) / 2))
    curve = Curve.from_means(shots.astype(int), means, stderr=stderr)
    return str(analyze(curve, margin=MARGINS[0]).verdict.trend)
