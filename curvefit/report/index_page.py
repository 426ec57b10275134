"""All studies of a folder, as a page, in words and as JSON. Lives here: what is written; what was read is given."""

from __future__ import annotations

import math
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from curvefit.errors import InputError
from curvefit.models.simulated import is_made_up
from curvefit.own_files import is_endless, write_whole
from curvefit.payoff.comparison import SURE
from curvefit.plain_text import clean
from curvefit.report.answer_text import ON_FEWER
from curvefit.report.page import filled
from curvefit.report.step_text import IN_SHORT
from curvefit.report.study_index import IndexedResult, IndexedStudy, StudyIndex
from curvefit.report.study_record import as_json
from curvefit.report.wording import (
    accuracy_text,
    best_of,
    bullets,
    chance_of,
    counted,
    dollars,
    in_points,
    margin_text,
    wrapped,
)

__all__ = ["INDEX_SCHEMA", "index_page", "index_record", "index_summary", "write_index"]

INDEX_SCHEMA: Final = "curvefit.index/1"

_MARK: Final = 'data-written-by="curvefit view"'  # of a page that may be written again


def write_index(index: StudyIndex, out: Path | None = None) -> Path:
    """Write the page, by default as ``index.html`` into the folder that was read, and return its path.

    Raises
    ------
    InputError
        It cannot be written, or there is one that is not of curvefit, which stays as it is.
    """
    path = out or index.folder / "index.html"
    try:
        if is_endless(path):
            raise InputError("is a device or a pipe; use another --out", file=path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and _MARK not in path.read_text(encoding="utf-8", errors="replace"):
            raise InputError("is not of curvefit and is left as it is; move it, then try again", file=path)
        with write_whole(path) as scratch:
            scratch.write_text(index_page(index, path.parent), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{error.strerror or error}; --out FILE writes it elsewhere", file=path) from error
    return path


def index_page(index: StudyIndex, place: Path | None = None) -> str:
    """Return a page of all that was read, to stand in `place`, by default the folder that was read.

    It fetches nothing; scripting only puts a command together.
    """
    from markupsafe import Markup

    place = place or index.folder

    return filled(
        "study_index.html",
        ("page.js", "index.js"),
        mark=Markup(_MARK),  # noqa: S704 (our own)
        title=f"{_counted(len(index.studies))} in {_named(index.folder)}",
        studies=[_cells(study, index, place) for study in index.studies],
        others=[_result(result, place) for result in index.others],
        problems=[(clean(str(error.file), longest=300), clean(_why(error), longest=300)) for error in index.problems],
        in_money=any(study.money for study in index.studies),
        any_results=any(study.results for study in index.studies),
        newest=index.newest,
        version=version("curvefit"),
    )


def _named(folder: Path) -> str:
    return clean(folder.resolve().name if str(folder) == "." else str(folder))


def _counted(studies: int) -> str:
    return "1 study" if studies == 1 else f"{studies:,} studies"


def _cells(study: IndexedStudy, index: StudyIndex, place: Path) -> dict[str, Any]:
    return {
        "task": clean(study.task) or "–",
        "model": clean(study.model) or clean(study.file.parent.name),
        "apart": study.apart,
        "place": _place(study, index),
        "link": _link(study.file.with_name("report.html"), place),
        "word": _word(study.file.parent),
        "answer": study.answer,
        "next": _next(study),
        "pays": _pays(study, f" for over {margin_text(study.margin)}"),
        "money": study.money or "–",
        "best": f"{accuracy_text(study.best)} with {study.prompt}",
        "trend": study.trend,
        "results": [_result(result, place) for result in study.results],
        "cost": _cost(study),
        "dated": _dated(study),
        "date": _iso(study.date),
    }


def _next(study: IndexedStudy) -> str:
    """Return whether anything is still to be decided, and the step that the report prints first, in few words."""
    standing: str
    step, standing = IN_SHORT.get(study.next_step, ""), study.standing
    if standing == "likely pays" and study.pays >= SURE:  # in accuracy, whatever that is in money
        standing = "likely gains accuracy"
    if study.needs_search:
        standing += ", given a perfect search"
    if study.standing == "settled" and step == "measure more":  # the curve alone is open
        step = f"keep the prompt, or {step}"
    return ": ".join(filter(None, (standing, step)))


def _pays(study: IndexedStudy, margin: str = "") -> str:
    """Return the chance that fine-tuning gains more than the margin, which is each study's own, and that in words."""
    if math.isnan(study.pays):
        return "–"
    notes = [
        f"as measured {ON_FEWER}" if study.on_fewer else "",
        "" if study.own is None else best_of(study.own.picked_from),
        "on too little evidence" if study.lacks_evidence else "",
    ]
    return ", ".join([f"{chance_of(study.pays)}{margin}", *filter(None, notes)])


def _place(study: IndexedStudy, index: StudyIndex) -> str:
    """Return as much of a study's folder as tells it from others of its name; nothing where there are none."""
    alike = [
        each.file.parent.relative_to(index.folder).parts
        for each in index.studies
        if (each.task, each.model, each.apart) == (study.task, study.model, study.apart)
    ]
    if len(alike) < 2:
        return ""
    own, most = study.file.parent.relative_to(index.folder).parts, min(map(len, alike)) - 1
    after = _shared([parts[::-1] for parts in alike], most)
    before = _shared(alike, most - after)
    return f"in {clean(str(Path(*own[before : len(own) - after])), longest=200)}"


def _shared(paths: Sequence[tuple[str, ...]], most: int) -> int:
    """Return how many first parts paths have in common, up to so many."""
    same = (len(set(parts)) == 1 for parts in zip(*paths, strict=False))
    return len(list(takewhile(bool, islice(same, max(most, 0)))))


def _result(result: IndexedResult, place: Path) -> dict[str, str]:
    # What shows a result stands beside its JSON; earlier versions made a picture of a probe alone.
    shown = (_link(result.file.with_suffix(ending), place) for ending in (".html", ".png"))
    of = " on ".join(clean(name) for name in (result.task, result.model) if name)
    return {
        "kind": result.kind,
        "of": of or clean(str(result.file.parent)),
        "text": result.text,
        "brief": ""
        if result.gain is None or math.isnan(result.gain.value)
        else f"{in_points(result.gain.value)} points",
        "link": next(filter(None, shown), ""),
    }


def _link(file: Path, place: Path) -> str:
    """Return the address of a file from the page, every sign of a name written so that it is nothing but that."""
    return quote(os.fsencode(os.path.relpath(file, place))) if file.is_file() else ""


def _word(folder: Path) -> str:
    """Return a folder as a word of a command; empty where a command cannot be pasted that has it."""
    word = str(folder)
    word = f"./{word}" if word.startswith("-") else word
    return shlex.quote(word) if word.isprintable() else ""


def _cost(study: IndexedStudy) -> str:
    usage = study.usage
    if not usage.calls:
        return "–"
    return f"{_price(study, usage.usd)}, {counted(usage.calls, 'call')}{_cost_beside(study)}"


def _cost_beside(study: IndexedStudy) -> str:
    """Say what was paid for probe and validations; nothing where they were free."""
    trained = {name for result in study.results for name in result.trained}
    beside = [result for result in study.results if result.model not in trained]  # else the probe paid for its replies
    kinds, prices = Counter(result.kind for result in beside), [result.usd for result in beside]
    known = [usd for usd in prices if usd is not None]
    if not any(known) and len(known) == len(prices):
        return ""
    named = " and ".join(kind if count == 1 else counted(count, kind) for kind, count in kinds.items())
    return f"; {_price(study, sum(known) if len(known) == len(prices) else None)} for its {named}"


def _price(study: IndexedStudy, usd: float | None) -> str:
    price = "price unknown" if usd is None else dollars(usd) if usd else "no price"
    return f"nothing ({price} at rehearsal prices)" if usd and is_made_up(study.model) else price


def _dated(study: IndexedStudy) -> str:
    """Return the day of the measurement, in UTC; where that is not known, that of the file, and that it is that."""
    return f"{'file changed' if study.measured is None else 'measured'} {_iso(study.date)[:10]}"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")


def _why(error: InputError) -> str:
    return f"{error.field}: {error.problem}" if error.field else error.problem


def index_record(index: StudyIndex) -> dict[str, Any]:
    """Return all that was read as JSON values: the rows of the page."""
    return as_json(
        {
            "schema": INDEX_SCHEMA,
            "folder": str(index.folder),
            "studies": [_study_record(study) for study in index.studies],
            "others": [_result_record(result) for result in index.others],
            "problems": [{"file": str(error.file), "problem": _why(error)} for error in index.problems],
        }
    )


def _study_record(study: IndexedStudy) -> dict[str, Any]:
    report = study.file.with_name("report.html")
    return {
        "file": str(study.file),
        "report": str(report) if report.is_file() else None,
        "measured": None if study.measured is None else _iso(study.measured),
        "written": _iso(study.written),
        "task": study.task,
        "model": study.model,
        "answer": study.answer,
        "pays": None if math.isnan(study.pays) else study.pays,
        "money": study.money or None,
        "action": study.action,
        "best_prompted": {**asdict(study.best), "prompt": study.prompt},
        "trend": study.trend,
        "usage": asdict(study.usage),
        "results": [_result_record(result) for result in study.results],
    }


def _result_record(result: IndexedResult) -> dict[str, Any]:
    return {
        **{name: getattr(result, name) for name in ("kind", "task", "model", "text", "n_train", "usd")},
        "file": str(result.file),
        "gain": None if result.gain is None or math.isnan(result.gain.value) else asdict(result.gain),
    }


def index_summary(index: StudyIndex, width: int = 80) -> str:
    """Return all that was read for the terminal: an answer a study, with its numbers below."""
    return "\n".join(_lines(index, width))


def _lines(index: StudyIndex, width: int) -> Iterator[str]:
    for study in index.studies:
        name = " on ".join(clean(name) for name in (study.task, study.model) if name) or clean(str(study.file.parent))
        name = ", ".join(filter(None, (name, study.apart, _place(study, index))))
        yield from wrapped(f"{name}: {study.answer}", width)
        best = f"best prompt {accuracy_text(study.best)} with {study.prompt}"
        over = f"chance that fine-tuning gains more than {margin_text(study.margin)}"
        pays = "" if math.isnan(study.pays) else f"{over} {_pays(study)}; "
        money = f"fine-tuning in money: {study.money}; " if study.money else ""
        yield from wrapped(
            f"{_next(study)}; {best}; {pays}{money}{study.trend}; {_cost(study)}; {_dated(study)}", width, "  "
        )
        for result in study.results:
            yield from wrapped(f"{result.kind}: {result.text}", width, "  ")
        yield f"  {clean(str(study.file.parent), longest=400)}"
    for result in index.others:
        of = _result(result, index.folder)["of"]
        yield from wrapped(f"{result.kind} {of}: {result.text}", width)
    yield from bullets((clean(str(error), longest=400) for error in index.problems), width, "!")
