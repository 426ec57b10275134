"""Output of ``promptfoo eval --output results.json``. Lives here: what is where in it.

As documented at https://www.promptfoo.dev/docs/configuration/outputs and written by promptfoo 0.121. promptfoo has no
field for the number of shots. It is read from a variable or from a test's metadata under one of the names in `SHOTS`,
such as ``shots``; otherwise from the label of the prompt, such as ``5-shot`` or ``shots=5``. An item is a test's
variable ``item`` or ``id``, else all its variables but those that only follow the number of shots, as the examples do.
A draw is a variable, or in a test's metadata, under one of the names in `DRAWS`, such as ``draw`` or ``seed``; repeats
ask the same prompt again and are no draws. Prompts that differ in more than the
number of shots make curves of their own, told apart in the task's name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from curvefit.measurement.importers.fields import SHOTS, Fields
from curvefit.measurement.importers.result import Result, ScoreSheet, Setting, noted, short_id
from curvefit.measurement.measurement import Note

__all__ = ["claims", "read"]

_LABEL: Final = re.compile(
    rf"(?i)(?<![a-z0-9])(?:(\d{{1,9}}|zero|one)[ _-]?shots?|(?:{'|'.join(SHOTS)})\s*[=:]\s*(\d{{1,9}}))(?![a-z0-9])"
)
_EDGES: Final = " -_:,;/()"  # what stays around a name when the number of shots is cut out
_BEGINS: Final = 20  # characters of a prompt that tell its text from a label
_WORDS: Final = {"zero": "0", "one": "1"}
_IDS: Final = ("item", "id")
_CROSSED: Final = 0.9  # of all pairs of two variables' values; of fewer, neither says much of the other
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
    columns = list(document.inner("results").each("prompts"))
    texts = [prompt.text("raw", "") for prompt in columns]  # promptfoo lists a prompt once for each provider
    numbers = [texts.index(text) if text else i for i, text in enumerate(texts)]
    prompts = [_Prompt.of(number + 1, prompt) for number, prompt in zip(numbers, columns, strict=True)]
    several = len({prompt.name for prompt in prompts}) > 1
    rows = [(row, _setting(document, row, prompts, several)) for row in document.inner("results").each("results")]
    follows = _following(rows)
    sheet = ScoreSheet()
    scored = [(row, setting) for row, setting in rows if not _is_unchecked(row)]
    if rows and not scored:
        raise document.inner("results").fault("results", f"none of {len(rows)} tests has {_ASSERTION}")
    for number, (row, setting) in enumerate(scored):
        variables = row.inner("vars").values
        item = short_id(_item(variables, follows))
        sheet.name(
            item, "promptfoo", {name: _text(variables[name]) for name in sorted(variables) if name not in follows}
        )
        test = row.text("testIdx", f"row {number}")  # a repeat is a test of its own
        sheet.add_once(setting, item, math.nan if _failed(row) else row.share("score"), row, "score", test)
        named = row.inner("namedScores")
        for name in named.values:
            sheet.add_once(setting._replace(metric=name), item, named.score(name), named, name, test)
    unchecked = len(rows) - len(scored)
    lacking = "is left out: it lacks" if unchecked == 1 else "are left out: they lack"
    note = f"{unchecked} of {len(rows)} tests of {document.file.name} {lacking} {_ASSERTION}"
    left_out = noted(note, "tests without an assertion are left out")
    notes = (*([left_out] if unchecked else []), *_crossed([row for row, _ in scored], follows))
    return [
        replace(result, notes=(*result.notes, *notes), repeated=_TWO_DRAWS) for result in sheet.results(document.file)
    ]


_TWO_DRAWS: Final = "where they are two draws, give each test a variable called draw"

_ASSERTION: Final = "an assertion, and promptfoo gives 1 for anything then; add assert to the test"


def _is_unchecked(row: Fields) -> bool:
    """Whether nothing was asserted of the reply: promptfoo calls that passed."""
    grading = row.values.get("gradingResult")
    if not isinstance(grading, Mapping) or _failed(row):
        return False
    test = row.inner("testCase").values
    checked = grading.get("componentResults") or grading.get("assertion") or test.get("assert")
    return grading.get("reason") == "No assertions" or bool(test and not checked)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A prompt's name without the number of shots, and that number where its label has it."""

    name: str
    shots: int | None

    @classmethod
    def of(cls, number: int, prompt: Fields) -> _Prompt:
        label, begins = prompt.text("label", ""), prompt.text("raw", "").strip()[:_BEGINS]
        if begins:  # A prompt that was given no label has its text for one, behind the name of its file if it has one.
            label = label.partition(begins)[0]
        match = _LABEL.search(label)
        if match is None:
            return cls(label.strip(_EDGES) or f"prompt {number}", None)
        number_in_label = match[1] or match[2]
        return cls(_LABEL.sub(" ", label).strip(_EDGES), int(_WORDS.get(number_in_label.lower(), number_in_label)))


def _setting(document: Fields, row: Fields, prompts: list[_Prompt], several: bool) -> Setting:
    number = row.values.get("promptIdx")
    prompt = prompts[number] if isinstance(number, int) and 0 <= number < len(prompts) else _Prompt("", None)
    task = document.inner("config").text("description", "")
    return Setting(
        _shots(row, prompt),
        "/".join(part for part in (task, prompt.name if several else "") if part),
        _model(row),
        "score",
        next(filter(None, (place.named_draw() for place in _places(row))), ""),
    )


def _places(row: Fields) -> tuple[Fields, Fields]:
    """Return where a user may say what a prompt held."""
    return row.inner("vars"), row.inner("testCase").inner("metadata")


def _shots(row: Fields, prompt: _Prompt) -> int:
    for place in _places(row):
        shots = place.named_shots()
        if shots is not None:
            return shots
    if prompt.shots is None and row.scale.unstated_shots is not None:
        return row.scale.unstated_shots
    if prompt.shots is None:
        raise row.inner("vars").fault(
            "shots",
            "is missing: how many examples the prompt held; give each test a variable called shots, or each prompt a"
            " label such as 5-shot",
        )
    return prompt.shots


def _failed(row: Fields) -> bool:
    """Whether there was no reply; versions without a reason of failure leave out the grading then."""
    return row.values.get("failureReason") == _FAILED or bool(
        row.values.get("error") and "failureReason" not in row.values and row.values.get("gradingResult") is None
    )


def _following(rows: list[tuple[Fields, Setting]]) -> set[str]:
    """Return the variables that have one value at each number of shots and draw: they tell prompts apart, not items."""
    values: dict[str, set[tuple[int, str, str]]] = {}
    for row, setting in rows:
        for name, value in row.inner("vars").values.items():
            values.setdefault(name, set()).add((setting.shots, setting.draw, _text(value)))
    return {
        name for name, triples in values.items() if len(triples) == len({(shots, draw) for shots, draw, _ in triples})
    }


def _item(variables: Mapping[str, Any], follows: set[str]) -> str:
    id_variable = next((name for name in _IDS if name in variables), None)
    if id_variable is not None:
        return _text(variables[id_variable])
    own = {name: value for name, value in variables.items() if name not in follows}
    return _text(next(iter(own.values())) if len(own) == 1 else own)


def _crossed(rows: list[Fields], follows: set[str]) -> Iterator[Note]:
    """Say so where items differ in nothing but one variable, which crosses all the others: it may be a draw."""
    variables = [row.inner("vars").values for row in rows]
    if any(name in values for values in variables for name in _IDS):
        return
    items = {tuple(sorted((n, _text(v)) for n, v in values.items() if n not in follows)) for values in variables}
    counts = []
    for name in {name for item in items for name, _ in item}:
        values = {value for item in items for known, value in item if known == name}
        others = {tuple(pair for pair in item if pair[0] != name) for item in items}
        if 1 < len(values) < len(others) and len(items) > _CROSSED * len(values) * len(others):
            counts.append((len(values), name, len(others)))
    if counts:
        _, name, others_alone = min(counts)
        yield noted(
            f"{len(items):,} items are {others_alone:,} that differ in the variable {name} alone, and count as"
            " independent ones; where it tells draws of examples apart, call it draw",
            "items that may be draws count as independent ones",
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _model(row: Fields) -> str:
    if isinstance(row.values.get("provider"), str):
        return row.text("provider")
    provider = row.inner("provider")
    return provider.text("label", "") or provider.text("id", "")
