"""What the laboratory measured, as figures: one row a number, in a file that needs nothing else to be read.

Lives here: from the pieces' files to reports/payoff/laboratory.csv, and from that to its table in Markdown.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import t

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import forecast
from curvefit.curves.variance import components
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import paired_gain
from curvefit.trials.design import Design

__all__ = ["Row", "digits", "figure", "gather", "in_full", "interval", "merged", "read", "table", "write"]

WAYS: Final = {"random": "context-*", "retrieved": "retrieved", "tuned": "tuned-*"}
IN_PART: Final = (2, 1, 128)  # draws, seeds and training examples of a unit measured in part
GAPS: Final = {"margin": "margins", "lead": "leads"}
LEVEL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes
    ----------
    task, kind, metric, model : str
        Of the unit.
    classes, pool, items : int
        Classes of the task (0: free text), examples to choose from, items scored.
    way : str
        ``random``, ``retrieved`` or ``tuned``: an accuracy, at so many demonstrations or training examples.
        ``forecast``: accuracy forecast from random ones. ``gain``: tuned minus the best prompted, items paired;
        ``in part``: the same of a unit measured in full, by what is measured at first. ``further``: tuned minus tuned
        on as many as units are measured to at first, items paired.
        ``seeds``: variance between trainings, beyond what items show; its estimate has no bias, and may be below 0.
        ``margin`` and ``lead``: nats between labels, mean of the items; see `label_margins`.
    n : int
        Demonstrations or training examples.
    value, low, high : float
        With its 90% interval.
    draws : int
        Orders of the pool, or seeds; 0 where that means nothing.
    parse_rate, choice : float
        Share of readable replies, and accuracy of the choice among labels, of a lead that by first tokens; NaN where
        there is none.
    """

    task: str
    kind: str
    metric: str
    model: str
    classes: int
    pool: int
    items: int
    way: str
    n: int
    value: float
    low: float
    high: float
    draws: int = 0
    parse_rate: float = float("nan")
    choice: float = float("nan")


def gather(out: Path) -> list[Row]:
    """Return the figures of every piece that is done, by task and model."""
    rows = []
    for folder in sorted(path for path in out.glob("*/*") if path.is_dir()):
        files = {way: list(folder.glob(f"{piece}.json")) for way, piece in WAYS.items()}
        # Of several, the one with most numbers of examples, and of draws or seeds: it holds the others.
        pieces = {way: max(map(_told, some), key=_extent) for way, some in files.items() if some}
        if (file := folder / "margin.json").is_file():
            gap = _told(file)
            if any(piece["items"] != gap["items"] for piece in pieces.values()):
                raise ValueError(f"the margin's items are not those of other pieces: {gap['task']}")
            rows += [*_unit(pieces), *_gaps(gap)]
        else:
            rows += list(_unit(pieces))
    return rows


def _told(file: Path) -> dict[str, Any]:
    piece: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return piece


def _extent(piece: dict[str, Any]) -> tuple[int, int]:
    return len(piece["shots"]), len(piece["scores"][-1])


def _unit(pieces: dict[str, dict[str, Any]]) -> Iterator[Row]:
    """Return figures of the pieces that score replies."""
    curves = {way: curve_of(piece, way) for way, piece in pieces.items()}
    if len({tuple(piece["items"]) for piece in pieces.values()}) > 1:
        raise ValueError(f"pieces of one unit scored different items: {next(iter(pieces.values()))['task']}")
    for way, piece in pieces.items():
        unit = _named(piece)
        readable, choices = (_means(piece.get(name)) for name in ("readable", "choices"))
        for i, point in enumerate(curves[way].points(LEVEL)):
            e = point.accuracy
            yield Row(
                **unit, way=way, n=point.shots, value=e.value, low=e.low, high=e.high, draws=point.n_draws,
                parse_rate=readable[i] if readable else float("nan"), choice=choices[i] if choices else float("nan"),
            )  # fmt: skip
        if way == "random":
            n = 4 * point.shots
            yield Row(**unit, way="forecast", n=n, **_sides(forecast(curves[way], level=LEVEL).at(n)))
        if way == "tuned" and not curves[way].one_draw:
            for n, variance in zip(curves[way].shots, np.diag(components(curves[way].scores).draws), strict=True):
                if n:
                    yield Row(**unit, way="seeds", n=int(n), value=float(variance), low=math.nan, high=math.nan)
        if way == "tuned" and len(pieces) == len(WAYS):
            for n in map(int, curves[way].shots[1:]):
                yield Row(**unit, way="gain", n=n, **_sides(_gain_of(curves, n)))
            for n in (int(n) for n in curves[way].shots if n > IN_PART[2]):
                further = paired_gain(curves[way], n, curves[way], IN_PART[2], LEVEL)
                yield Row(**unit, way="further", n=n, **_sides(further))
            in_part = {w: _in_part(piece, w) for w, piece in pieces.items()}
            if all(in_part[w].scores.shape[1] < curves[w].scores.shape[1] for w in ("random", "tuned")):
                n = int(in_part[way].shots[-1])
                yield Row(**unit, way="in part", n=n, **_sides(_gain_of(in_part, n)))


def _gain_of(curves: Mapping[str, Curve], n_train: int) -> Estimate:
    """Return what so many training examples gain over the best prompt, items paired."""
    best = max((curves[way] for way in ("random", "retrieved")), key=lambda curve: curve.means.max())
    return paired_gain(curves["tuned"], n_train, best, int(best.shots[best.means.argmax()]), LEVEL)


def _in_part(piece: dict[str, Any], way: str) -> Curve:
    """Return a piece as far as units are measured at first: 2 draws, or 1 seed and 128 examples."""
    kept = [i for i, n in enumerate(piece["shots"]) if way != "tuned" or n <= IN_PART[2]]
    times = {"random": IN_PART[0], "tuned": IN_PART[1]}.get(way, 1)
    scores = [piece["scores"][i][:times] for i in kept]
    return curve_of({**piece, "shots": [piece["shots"][i] for i in kept], "scores": scores}, way)


def _gaps(piece: dict[str, Any]) -> Iterator[Row]:
    """Return means over items with Student's 90% interval; of the leads, the share above 0 too."""
    for way, name in GAPS.items():
        for n, listed in zip(piece["shots"], piece[name], strict=True):
            values = np.array([value for value in listed if value is not None], dtype=float)
            if not len(values):
                continue
            mean, wide = float(values.mean()), math.nan
            if len(values) > 1:
                wide = float(t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
            right = float((values > 0).mean()) if way == "lead" else math.nan
            unit = _named(piece)
            yield Row(**unit, way=way, n=n, value=mean, low=mean - wide, high=mean + wide, draws=1, choice=right)


def _named(piece: dict[str, Any]) -> dict[str, Any]:
    unit = {name: piece[name] for name in ("task", "kind", "metric", "model", "classes", "pool")}
    return {**unit, "items": len(piece["items"])}


def curve_of(piece: dict[str, Any], way: str) -> Curve:
    """Return a piece's scores as a curve."""
    shots, scores = np.array(piece["shots"]), np.array(piece["scores"], dtype=float)
    design = Design(tuple(piece["shots"]), 1, scores.shape[2], selection="similar") if way == "retrieved" else None
    return Measurement(shots=shots, scores=scores, design=design)


def _means(values: list[Any] | None) -> list[float]:
    return [] if values is None else [float(np.nanmean(np.array(rows, dtype=float))) for rows in values]


def _sides(e: Estimate) -> dict[str, float]:
    return {"value": e.value, "low": e.low, "high": e.high}


def write(rows: Sequence[Row], file: Path) -> None:
    """Write rows, four digits a figure."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(field.name for field in fields(Row))
        for row in rows:
            writer.writerow(digits(v) if isinstance(v, float) else v for v in asdict(row).values())


def digits(value: float) -> str:
    """Return a number to four digits, empty where there is none; what rounding leaves of two equal ones is 0."""
    return "" if math.isnan(value) else f"{round(value, 9) + 0.0:.4g}"


def read(file: Path) -> list[Row]:
    """Read what `write` wrote."""
    kinds = {"int": int, "float": lambda text: float(text or "nan"), "str": str}
    with file.open(encoding="utf-8") as lines:
        return [Row(**{f.name: kinds[str(f.type)](row[f.name]) for f in fields(Row)}) for row in csv.DictReader(lines)]


def merged(known: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Return figures of both, by task and model; of a unit in both those of which there are more, else the new ones.

    So units measured elsewhere stay, and a unit measured again replaces one only when it went as far. Margins count for
    nothing in that, and stay with the unit whichever is kept: they rest on the same items and on no draws of it.
    """
    units: dict[tuple[str, str], list[Row]] = {}
    between: dict[tuple[str, str], list[Row]] = {}
    for some in (new, known):
        found: dict[tuple[str, str], list[Row]] = {}
        for row in some:
            found.setdefault((row.task, row.model), []).append(row)
        for key, figures in found.items():
            scored = [row for row in figures if row.way not in GAPS]
            units[key] = max(units.get(key, []), scored, key=_weight)
            between[key] = between.get(key) or [row for row in figures if row.way in GAPS]
    return [row for key in sorted(units) for row in (*units[key], *between[key])]


def _weight(figures: Sequence[Row]) -> tuple[int, int]:
    return len(figures), sum(row.draws for row in figures)


def table(rows: Sequence[Row]) -> str:
    """Return the units in Markdown, in percent; best prompted in bold, gains with their intervals."""
    rows = [row for row in rows if row.way not in (*GAPS, "seeds")]  # those are no accuracies
    shots = sorted({row.n for row in rows if row.way == "random"})
    near = sorted({row.n for row in rows if row.way == "retrieved"})
    head = [
        "task",
        "model",
        "draws, seeds",
        *map(str, shots),
        *(f"r{k}" for k in near),
        "fine-tuned (examples)",
        "gain, points",
    ]
    lines = [head, ["---"] * 3 + ["--:"] * (len(head) - 5) + ["---"] * 2]
    for task, model in dict.fromkeys((row.task, row.model) for row in rows):
        at = {(r.way, r.n): r for r in rows if (r.task, r.model) == (task, model)}
        best = max((r.value for (way, _), r in at.items() if way in ("random", "retrieved")), default=1.0)
        cells = [_cell(at.get((way, n)), best) for way, ns in (("random", shots), ("retrieved", near)) for n in ns]
        tuned = [f"{100 * r.value:.0f} ({n})" for (way, n), r in sorted(at.items()) if way == "tuned" and n]
        repeats = ", ".join(
            str(max((r.draws for r in at.values() if r.way == w), default=0)) for w in ("random", "tuned")
        )
        gains = [r for (way, _), r in sorted(at.items()) if way == "gain"]
        lines.append([f"`{task}`", model.removeprefix("local/"), repeats, *cells, ", ".join(tuned), _gain(gains[-1:])])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def in_full(rows: Sequence[Row]) -> str:
    """Return the gains of units measured in full beside what their first part said, in Markdown; empty without any."""
    head = ["| task | model | in part | in full | with more examples | which is more by |", "|---|---|--:|--:|--:|--:|"]
    lines = []
    for part in (row for row in rows if row.way == "in part"):
        gains = {r.n: r for r in rows if (r.task, r.model, r.way) == (part.task, part.model, "gain")}
        further = [r for r in rows if (r.task, r.model, r.way) == (part.task, part.model, "further")][-1:]
        last = "".join(f"{_gain([gains[r.n]])} at {r.n}" for r in further)
        cells = (
            f"`{part.task}`", part.model.removeprefix("local/"), _gain([part]), _gain([gains[part.n]]), last,
            _gain(further),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*head, *lines]) if lines else ""


def _cell(row: Row | None, best: float) -> str:
    if row is None:
        return ""
    told = f"{100 * row.value:.0f}"
    return f"**{told}**" if row.value == best else told


def _gain(last: Sequence[Row]) -> str:
    return "".join(f"{100 * r.value:+.0f} ({100 * r.low:+.0f} to {100 * r.high:+.0f})" for r in last).replace("-", "−")


def interval(e: Estimate) -> str:
    """Return a figure with its interval, which may not be known; nothing where there is no figure."""
    known = "no interval" if math.isnan(e.low) else f"{figure(e.low)} to {figure(e.high)}"
    return "" if math.isnan(e.value) else f"{figure(e.value)} ({known})"


def figure(value: float) -> str:
    """Return a figure; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.2f}".replace("-", "−")
