"""Studies compared, as one HTML file. Lives here: what fills comparison.html; jinja2 escapes it, nothing is fetched."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from curvefit.decision.paired_comparison import ItemChange, StudyPair
from curvefit.report.candidate_text import candidate_rows, has_costs
from curvefit.report.page import filled
from curvefit.report.sentences import examples_of, sentence
from curvefit.report.wording import clean, in_points, percent, points_span, span, sure
from curvefit.workflows.study_comparison import Compared, Comparison

__all__ = ["comparison_page"]

_LISTED: Final = 200  # items that changed, of each sort and pair
_MOST_LISTED: Final = 1_500  # of all of them
_SENTENCES: Final = 3  # differences told above the picture; more are folded
_INPUT: Final = 300  # characters of an input


def comparison_page(comparison: Comparison, picture: bytes, frontier: str, choice: Sequence[str]) -> str:
    """Return a page that needs no network and no scripting: answers, picture, accuracies, items that changed.

    `picture` is the PNG of the comparison and `frontier` the SVG of accuracy against cost; empty where there is none.
    `choice` says what to ship, and about models of several sizes.
    """
    from markupsafe import Markup

    listed = min(_LISTED, _MOST_LISTED // (2 * len(comparison.pairs) + 1))
    lead, *others = choice
    differences = [sentence(pair.reason) for pair in comparison.pairs]
    return filled(
        "comparison.html",
        title=_title([clean(study.name, longest=50) for study in comparison.studies]),
        lead=lead,
        others=others if len(differences) > _SENTENCES else [*others, *differences],
        differences=differences if len(differences) > _SENTENCES else [],
        together=len(differences) > 1,
        cautions=[sentence(reason) for reason in comparison.cautions],
        picture=base64.b64encode(picture).decode(),
        level=sure(comparison.level),
        margin=f"{100 * comparison.margin:g}",
        studies=[_study(study) for study in comparison.studies],
        named=any(study.name != study.model for study in comparison.studies),
        pairs=[_pair(pair, comparison, listed) for pair in comparison.pairs],
        candidates=candidate_rows(comparison.candidates)[:_MOST_LISTED] if has_costs(comparison.candidates) else [],
        frontier=Markup(frontier),  # noqa: S704 (our own drawing: its texts are paths)
        at_shots=[_row(pair) for pair in comparison.at_shots],
        missed=[(item, _input(item, comparison)) for item in comparison.missed[:listed]],
        unlisted=max(0, len(comparison.missed) - listed),
        version=version("curvefit"),
    )


def _title(names: Sequence[str]) -> str:
    first, second, *others = names
    return f"{first}, {second} and {len(others)} more" if others else f"{first} and {second}"


def _study(study: Compared) -> dict[str, Any]:
    prompt = study.prompt
    return {
        "name": clean(study.name),
        "model": clean(study.model),
        "task": clean(study.task),
        "accuracy": percent(study.accuracy.value),
        "interval": span(study.accuracy),
        "prompt": examples_of(prompt.shots, "retrieved" if prompt.retrieved else "random"),
        "tried": prompt.tried,
        "optimism": in_points(prompt.optimism),
        "n_items": f"{study.items:,}",
        "draws": f"{prompt.n_draws}",
    }


def _row(pair: StudyPair) -> dict[str, Any]:
    return {
        "first": clean(pair.first),
        "second": clean(pair.second),
        "shots": pair.shots,
        "difference": in_points(pair.difference.value),
        "interval": points_span(pair.difference),
        "outcome": {"open": "cannot be told apart"}.get(pair.outcome, pair.outcome),
        "n_items": f"{pair.items:,}",
        "needed": "–" if pair.needed is None else f"{pair.needed:,}",
        "needed_for_margin": "–" if pair.needed_for_margin is None else f"{pair.needed_for_margin:,}",
        "mcnemar": "–" if pair.mcnemar is None else f"{pair.mcnemar:.3g}",
    }


def _pair(pair: StudyPair, comparison: Comparison, listed: int) -> dict[str, Any]:
    sorts = [(pair.first, pair.lost), (pair.second, pair.gained)]
    return {
        **_row(pair),
        "sorts": [
            {
                "name": clean(name),
                "count": f"{len(changes):,}",
                "unlisted": max(0, len(changes) - listed),
                "changes": [_change(change, comparison) for change in changes[:listed]],
            }
            for name, changes in sorts
        ],
    }


def _change(change: ItemChange, comparison: Comparison) -> dict[str, str]:
    text = _input(change.item, comparison)
    return {"id": clean(change.item), "before": percent(change.before), "after": percent(change.after), "input": text}


def _input(item: str, comparison: Comparison) -> str:
    return clean(comparison.inputs.get(item, ""), longest=_INPUT)
