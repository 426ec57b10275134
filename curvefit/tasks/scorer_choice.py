"""What a task is when nobody says. Lives here: rules that look at targets alone, in the order they are tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from curvefit.tasks.json_reply import read_json
from curvefit.tasks.text_reply import normalize

__all__ = ["Guess", "alike", "guess", "label_instruction"]

_MOST_LABELS: Final = 200
_LABEL_LENGTH: Final = 60
_ROWS_PER_LABEL: Final = 5
_LISTED_LABELS: Final = 30  # so many are named in a default instruction


@dataclass(frozen=True, slots=True)
class Guess:
    """How targets look.

    Attributes
    ----------
    kind, scorer : str
        As in a task.yaml.
    instruction : str
        A short one, for a task that comes without; see `label_instruction` for one that names the labels.
    """

    kind: str
    scorer: str
    instruction: str


def guess(targets: Sequence[str]) -> Guess:
    """Say what targets look like; the first that fits, in this order.

    ========================  ==================================================================== ==============
    kind                      targets                                                              scorer
    ========================  ==================================================================== ==============
    ``structured``            are all JSON objects                                                 ``json``
    ``classification``        are at most 200 different ones, on average on five rows or more, one ``label``
                              line of at most 60 characters each, and differ by more than case
    ``qa``                    are all numbers                                                      ``number``
    ``generation``            anything else                                                        ``normalized``
    ========================  ==================================================================== ==============
    """
    return next(result for fits, result in _RULES if fits(targets))


def alike(targets: Sequence[str]) -> tuple[str, str] | None:
    """Return two targets that differ in case or spacing alone, where nothing else keeps all from being labels."""
    first: dict[str, str] = {}
    if not _are_labels([normalize(target) for target in targets]):
        return None
    return next((pair for t in targets if (pair := (first.setdefault(normalize(t), t), t))[0] != t), None)


def label_instruction(labels: Sequence[str]) -> str:
    """Return an instruction that names the labels, if they are few enough to be worth their tokens in every prompt."""
    if len(labels) > _LISTED_LABELS:
        return "Answer with the right label."
    return f"Answer with one of: {', '.join(labels)}."


def _are_labels(targets: Sequence[str]) -> bool:
    counts = Counter(targets)
    return (
        2 <= len(counts) <= min(_MOST_LABELS, len(targets) / _ROWS_PER_LABEL)
        and all(len(target) <= _LABEL_LENGTH and len(target.splitlines()) == 1 for target in counts)
        and len({normalize(target) for target in counts} - {""}) == len(counts)
    )


def _is_object(text: str) -> bool:
    is_json, value = read_json(text)
    return is_json and isinstance(value, dict)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text.replace(",", "")).is_finite()
    except InvalidOperation:
        return False


_RULES: Final[tuple[tuple[Callable[[Sequence[str]], bool], Guess], ...]] = (
    (lambda targets: all(map(_is_object, targets)), Guess("structured", "json", "Answer with a JSON object.")),
    (_are_labels, Guess("classification", "label", "Answer with the right label.")),
    (lambda targets: all(map(_is_number, targets)), Guess("qa", "number", "Answer with a number.")),
    (lambda targets: True, Guess("generation", "normalized", "Answer as the examples do.")),
)
