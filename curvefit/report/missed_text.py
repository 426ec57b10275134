"""What the prompt to use gets wrong. Lives here: how many items it misses, and how many are wholly right, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.measurement.failures import Failures
from curvefit.report.wording import counted, percent
from curvefit.study import Study

__all__ = ["missed_at_all", "missed_words", "wholly_right"]

_CODES: Final = {
    "always-missed": "a target that may be wrong itself",
    "unreadable": "no readable answer",
    "named": "what the scorer names",
    "format": "the form alone",
    "field": "some fields wrong",
    "label": "another label",
    "other": "another answer",
}


_MOST: Final = 0.5  # share of draws


def missed_words(study: Study, found: Failures | None) -> str:
    """Return how many items the prompt to use gets wrong, and mostly in which way; empty where nobody knows.

    Of several draws it is those that are missed in most: one wrong draw is enough to be missed at all, and more items
    are than an accuracy, which is a mean over draws, leaves to 100%. `missed_at_all` says those too.
    """
    missed = _missed_items(study, found)
    if missed is None:
        return ""
    failures = found.failures if found is not None else ()
    told = [each for each, share in zip(failures, missed.shares, strict=False) if share > _MOST or not missed.most]
    counts = Counter(each.code for each in told)
    mostly = f", mostly {_CODES[max(counts, key=counts.__getitem__)]}" if counts else ""
    return f"{_in_words(missed)}{mostly}{_by_judge(study)}"


def missed_at_all(study: Study, found: Failures | None) -> str:
    """Return how many items the prompt to use gets wrong in most draws, and in at least one."""
    missed = _missed_items(study, found)
    if missed is None:
        return ""
    others = 0 < missed.most < len(missed.shares)
    return f"{_in_words(missed)}{f', {len(missed.shares):,} in at least one' if others else ''}{_by_judge(study)}"


def _by_judge(study: Study) -> str:
    """Return whose word that is, where accuracy is without the errors of a judge: which items it errs on is unknown."""
    corrected = study.judge_correction is not None and study.judge_correction.status == "corrected"
    return ", according to the judge" if corrected else ""


@dataclass(frozen=True, slots=True)
class _Missed:
    """Items that a prompt misses: in which share of draws each, of how many, whether answers can be partly right."""

    shares: tuple[float, ...]
    items: int
    draws: int
    partly: bool

    @property
    def most(self) -> int:
        return sum(share > _MOST for share in self.shares)


def _missed_items(study: Study, found: Failures | None) -> _Missed | None:
    if found is not None:
        partly = any(0 < reply.score < 1 for failure in found.failures for reply in failure.replies[: failure.draws])
        shares = tuple(failure.missed / failure.draws for failure in found.failures)
        return _Missed(shares, found.items, found.draws, partly)
    scores = _scores_of_use(study)
    if scores is None:
        return None
    scores = scores[:, ~np.isnan(scores).all(axis=0)]
    draws, items = scores.shape
    shares = (scores < 1).sum(axis=0) / (~np.isnan(scores)).sum(axis=0)
    return _Missed(tuple(shares[shares > 0].tolist()), items, draws, _has_parts(scores))


def _in_words(missed: _Missed) -> str:
    count, of_items = len(missed.shares), counted(missed.items, "item")
    how = "not fully right" if missed.partly else "missed"
    if missed.draws < 2 or not count:
        return f"{count:,} of {of_items}{f' {how}' * missed.partly}"
    if min(missed.shares) == 1:
        return f"{count:,} of {of_items} {how} in every draw"
    if not missed.most:
        return f"{count:,} of {of_items} {how} in at least one draw, none in most"
    return f"{missed.most:,} of {of_items} {how} in {'both' if missed.draws == 2 else 'most'} draws"


def wholly_right(study: Study) -> str:
    """Return how many answers to the prompt to use are wholly right, and that its accuracy counts parts.

    Empty where no answer was partly right, or nobody knows.
    """
    share = study.wholly_right_share
    if share is None:
        return ""
    parts = "of the fields right" if study.curve.scorer == "json" else "counting parts"
    whole = f"{percent(share)} of answers wholly right"
    return f"{percent(study.accuracy_to_use.value)} {parts}; {whole}"


def _scores_of_use(study: Study) -> NDArray[np.float64] | None:
    """Return the scores (D, I) of the prompt to use; None of means alone."""
    curve = study.curve_of_use
    if curve.summary is not None:
        return None
    scores: NDArray[np.float64] = curve.scores[curve.shots == study.prompt_to_use.point.shots][0]
    return scores


def _has_parts(scores: NDArray[np.float64]) -> bool:
    """Whether any answer was partly right."""
    return bool(((scores > 0) & (scores < 1)).any())
