"""Items that are right in one place and wrong in another, as a part of a page. Lives here: texts for changes.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from curvefit.decision.paired_comparison import ItemChange, StudyPair
from curvefit.measurement.failures import Failures
from curvefit.measurement.training_effect import TrainingEffect
from curvefit.report.failures_page import cut_text, html_bytes, one_line, told_replies
from curvefit.report.failures_text import asked_text, over_all_replies
from curvefit.report.pair_text import change_words
from curvefit.report.payoff_text import examples_shown
from curvefit.report.wording import counted, percent
from curvefit.workflows.study_comparison import Comparison

__all__ = ["flips_on_page", "training_aside", "training_on_page"]

_BYTES: Final = 1_000_000  # of all rows, as HTML
_ROWS: Final = 600
_OTHERWISE: Final = "otherwise"
_KINDS: Final = {"broken": "right before, wrong now", "mended": "wrong before, right now", "wrong": "wrong in both"}


def training_aside(found: Failures | None) -> dict[str, str] | None:
    """Return how many items training mends and breaks, and where to read them; None where that is not known."""
    if found is None or found.training is None or not found.training.changes:
        return None
    counts = found.training.counts
    text = (
        f"Of {counted(len(found.training.changes), 'item')} training mends {counts['mended']:,}, breaks"
        f" {counts['broken']:,} and leaves {counts['wrong']:,} wrong.{over_all_replies(found.training)}"
    )
    link = "changed" if any(counts[kind] for kind in _KINDS) else ""
    return {"heading": "What it mends and breaks", "text": text, "link": link, "words": "Read them"}


def training_on_page(found: Failures | None) -> dict[str, Any] | None:
    """Return the items that training mends, breaks or leaves wrong, with replies as far as they are kept."""
    if found is None or found.training is None or not any(found.training.counts[kind] for kind in _KINDS):
        return None
    effect = found.training
    rows = (
        _trained(found, effect, item) for kind in _KINDS for item, change in effect.changes.items() if change == kind
    )
    kinds = [(kind, words) for kind, words in _KINDS.items() if effect.counts[kind]]
    return _part(rows, {"kind": ("What training did", kinds)})


def flips_on_page(comparison: Comparison) -> dict[str, Any]:
    """Return the items that two studies score differently, pair by pair: first those that one alone has right."""
    names = [study.name for study in comparison.studies]
    pairs = [pair for pair in comparison.pairs if pair.changed]
    rows = (_flipped(comparison, pair, i, change, names) for i, pair in enumerate(pairs) for change in pair.changed)
    return _part(
        rows,
        {
            "kind": (
                "Right with",
                [*((str(i), one_line(name, 60)) for i, name in enumerate(names)), *_otherwise(pairs)],
            ),
            "pair": ("Pair", [(str(i), one_line(f"{p.first} and {p.second}")) for i, p in enumerate(pairs)]),
        },
    )


def _otherwise(pairs: Iterable[StudyPair]) -> list[tuple[str, str]]:
    """Return the choice of items that none has right alone, where there are any."""
    return [(_OTHERWISE, "neither alone")] if any(pair.moved for pair in pairs) else []


def _part(rows: Iterable[dict[str, Any]], choices: dict[str, tuple[str, list[tuple[str, str]]]]) -> dict[str, Any]:
    """Return rows up to a megabyte of them, how many more there are, and what they can be filtered by."""
    kept, left, size = list[dict[str, Any]](), 0, 0
    for row in rows:
        size += html_bytes(row)
        if len(kept) < _ROWS and size <= _BYTES:
            kept.append(row)
        else:
            left += 1
    filters = [
        {"name": name, "title": title, "choices": listed}
        for name, (title, listed) in choices.items()
        if len(listed) > 1
    ]
    return {"rows": kept, "left": left, "filters": filters}


def _trained(found: Failures, effect: TrainingEffect, item: str) -> dict[str, Any]:
    asked, before, after = effect.items.get(item), effect.before.get(item, ()), effect.replies.get(item, ())
    texts = [] if asked is None else [
        ("input", [(cut_text(asked_text(asked)), "")]),
        ("target", [(cut_text(asked.target), "")]),
    ]  # fmt: skip
    if before:
        shown = examples_shown(found.shots, retrieved=found.retrieved)
        texts.append((f"with {shown}", told_replies(before, best=True)))
    if after:
        texts.append(("fine-tuned", told_replies(after, best=True, of="seed")))
    change = effect.changes[item]
    place = one_line(found.places.get(item, item))
    return {
        "kind": change, "pair": "", "asked": one_line(asked.input) if asked is not None else place,
        "brief": _KINDS[change], "place": place, "texts": texts,
    }  # fmt: skip


def _flipped(
    comparison: Comparison, pair: StudyPair, number: int, change: ItemChange, names: list[str]
) -> dict[str, Any]:
    right = pair.second if change.after > change.before else pair.first
    brief = f"right with {one_line(right, 60)}" if change.flipped else change_words(pair, change)
    text = comparison.inputs.get(change.item, "")
    return {
        "kind": str(names.index(right)) if change.flipped else _OTHERWISE, "pair": str(number),
        "asked": one_line(text) or one_line(change.item), "brief": brief, "place": one_line(change.item),
        "texts": list(_sides(pair, change, text)),
    }  # fmt: skip


def _sides(pair: StudyPair, change: ItemChange, text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if text:
        yield "input", [(cut_text(text), "")]
    for name, score in ((pair.first, change.before), (pair.second, change.after)):
        yield one_line(name, 60), [(f"mean score {percent(score)}", "")]
