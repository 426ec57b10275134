"""Output of ``promptfoo eval --output results.json``. Lives here: what is where in it.

As documented at https://www.promptfoo.dev/docs/configuration/outputs and written by promptfoo 0.121. promptfoo has no
field for the number of shots. It is read from a variable or from a test's metadata under one of the names in `SHOTS`,
such as ``shots``; otherwise from the label of the prompt, such as ``5-shot`` or ``shots=5``. An item is a test's
variable ``item`` or ``id``, else all its variables but those that only follow the number of shots, as the examples do.
Repeats ask the same prompt again and are no draws.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from curvefit.results.fields import SHOTS, Fields
from curvefit.results.result import Result, Setting, Sheet

__all__ = ["claims", "read"]

_LABEL: Final = re.compile(
    rf"(?i)(?<![a-z0-9])(?:(\d{{1,9}}|zero|one)[ _-]?shots?|(?:{'|'.join(SHOTS)})\s*[=:]\s*(\d{{1,9}}))(?![a-z0-9])"
)
_WORDS: Final = {"zero": "0", "one": "1"}
_FAILED: Final = 2  # promptfoo's ResultFailureReason.ERROR: there is no reply; 1 is an assertion that does not hold


def claims(document: Any) -> bool:
    """Whether this is such a file."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("results"), dict)
        and isinstance(document["results"].get("results"), list)
    )


def read(document: Fields) -> list[Result]:
    """Read the score of every test, and every named score; NaN where the provider gave an error."""
    task = document.inner("config").text("description", "")
    labels = [_labelled(prompt) for prompt in document.inner("results").each("prompts")]
    rows = [(row, _shots(row, labels)) for row in document.inner("results").each("results")]
    follows = _following(rows)
    sheet = Sheet()
    for row, shots in rows:
        failed = row.held.get("failureReason") == _FAILED
        item = _item(row.inner("vars").held, follows)
        setting = Setting(shots, task, _model(row), "score")
        sheet.add(setting, item, math.nan if failed else row.share("score"))
        named = row.inner("namedScores")
        for name in named.held:
            sheet.add(setting._replace(metric=name), item, named.number(name))
    return sheet.results(document.file)


def _labelled(prompt: Fields) -> int | None:
    """Return the shots a prompt's label names; the label of a prompt that was given none is its text."""
    label = prompt.text("label", "")
    found = None if label == prompt.text("raw", "") else _LABEL.search(label)
    if found is None:
        return None
    said = found[1] or found[2]
    return int(_WORDS.get(said.lower(), said))


def _shots(row: Fields, labels: list[int | None]) -> int:
    for place in (row.inner("vars"), row.inner("testCase").inner("metadata")):
        shots = place.named_shots()
        if shots is not None:
            return shots
    number = row.held.get("promptIdx")
    shots = labels[number] if isinstance(number, int) and 0 <= number < len(labels) else None
    if shots is None:
        raise row.inner("vars").fault(
            "shots",
            "is missing: how many examples the prompt held; give each test a variable called shots, or each prompt a"
            " label such as 5-shot",
        )
    return shots


def _following(rows: list[tuple[Fields, int]]) -> set[str]:
    """Return the variables that have one value at each number of shots: they tell prompts apart, not items."""
    values: dict[str, set[tuple[int, str]]] = {}
    for row, shots in rows:
        for name, value in row.inner("vars").held.items():
            values.setdefault(name, set()).add((shots, _written(value)))
    return {*SHOTS, *(name for name, seen in values.items() if len(seen) == len({shots for shots, _ in seen}))}


def _item(given: Mapping[str, Any], follows: set[str]) -> str:
    own = next((name for name in ("item", "id") if name in given), None)
    if own is not None:
        return _written(given[own])
    own_values = {name: value for name, value in given.items() if name not in follows}
    return _written(next(iter(own_values.values())) if len(own_values) == 1 else own_values)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _model(row: Fields) -> str:
    if isinstance(row.held.get("provider"), str):
        return row.text("provider")
    provider = row.inner("provider")
    return provider.text("label", "") or provider.text("id", "")
