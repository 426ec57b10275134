"""Questions with choices. Lives here: where the choices and the right one stand, and how both are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.own_files import digest
from curvefit.plain_text import folded
from curvefit.tasks.draft import CONTEXTS, SYSTEMS, Draft, as_text, decoded, present

__all__ = ["LISTS", "is_multiple_choice", "lettered", "reader"]

_QUESTIONS: Final = (
    "question", "input", "prompt", "query", "text", "stem", "question_stem", "ctx", "goal", "sentence", "problem",
    "premise",
)  # fmt: skip
LISTS: Final = ("choices", "options", "endings")
_WRONG: Final = ("distractors", "incorrect_answers", "wrong_answers")
_ANSWERS: Final = (
    "answer", "answer_index", "answer_idx", "answer_key", "answerkey", "answerKey", "label", "target", "output",
    "completion", "response", "correct", "correct_answer", "correct_option", "correct_choice", "correct_index",
    "correct_idx", "gold", "gold_index", "cop",
)  # fmt: skip
_COLUMN: Final = re.compile(r"(|option|choice|answer|opt|op|ending|sol|distractor)[_ ]?([a-z]|\d{1,2})")
_LETTERED: Final = re.compile(r"\(?([A-Za-z])[).:]*(?:\s+(.*))?", re.DOTALL)
_FITS: Final = 0.95  # share of the file's answers that a way of reading them must explain


@dataclass(frozen=True, slots=True)
class _Choices:
    texts: tuple[str, ...]
    used: tuple[str, ...]
    names: tuple[str, ...] = ()  # their own, where the record has them
    right: str = ""  # what is right, where it stands apart from the wrong ones


def is_multiple_choice(record: Mapping[str, Any]) -> bool:
    """Whether a record has a question, choices and the right one of them."""
    record = _flat(record)
    if not any(name in record for name in _QUESTIONS):
        return False
    found = _choices(record)
    if found is None or len(found.texts) < 2:
        return False
    return bool(found.right) or _answer_name([record], found.used) is not None


def reader(records: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Draft | None]:
    """Return what reads records of multiple choice, which is settled by all of a file's.

    The choices follow the question, each on a line with its letter; the letter is the target. The right one may be
    given by its letter, by its text, or by its place, counted from 0 or from 1: the first of these that explains the
    file's answers.

    Returns
    -------
    callable
        It returns None where nothing explains the answers, so that these are no questions of multiple choice, and
        raises `InputError` for a record whose answer is none of its choices where most others are.
    """
    flat = [_flat(record) for record in records]
    found = [(record, choices) for record in flat if (choices := _choices(record)) is not None]
    apart = all(choices.right for _, choices in found)
    used = {name for _, choices in found for name in choices.used}
    name = None if apart else _answer_name(flat, tuple(used))
    how = _reading([(record.get(name or ""), choices) for record, choices in found if not choices.right])
    loose = how is None and not any(choices.right for _, choices in found)

    def read(record: Mapping[str, Any]) -> Draft | None:
        if loose:
            return None
        record = _flat(record)
        choices = _choices(record)
        if choices is None or len(choices.texts) < 2:
            raise InputError("holds fewer than two choices", field=LISTS[0])
        if len(choices.texts) > len(ascii_uppercase):
            raise InputError(f"{len(choices.texts)} choices are more than there are letters", field=choices.used[0])
        asked = present(record, _QUESTIONS) or _QUESTIONS[0]
        if not as_text(record[asked]).strip():
            raise InputError("is empty", field=asked)
        texts, remark = choices.texts, ""
        if choices.right:
            # In an order of its own: the right one first in every question would be learnt in no time.
            texts = tuple(sorted(texts, key=lambda text: digest(f"{record[asked]}|{text}")))
            place: int | None = texts.index(choices.right)
            remark = (
                "choices are shown lettered, in an order by their hash, and the letter of the right one is the target"
            )
        else:
            value = record.get(name or "")
            place = None if how is None else _READINGS[how](value, choices)
            remark = f"choices are shown lettered, and the letter is the target; {name} is read as {how}"
        if place is None:
            said = as_text(record.get(name or ""))
            raise InputError(f"{said!r:.60} is none of its {len(texts)} choices", field=name)
        before = [part for part in ("instruction", present(record, CONTEXTS), "premise") if part and part != asked]
        system = present(record, SYSTEMS)
        return Draft(
            input=f"{as_text(record[asked])}\n{lettered(texts)}",
            target=ascii_uppercase[place],
            context="\n".join(text for part in before if (text := as_text(record.get(part)))),
            system=as_text(record[system]) if system else "",
            used=frozenset(filter(None, (asked, *choices.used, name, *before, system))),
            remarks=(remark,),
        )

    return read


def lettered(texts: Sequence[str]) -> str:
    """Return choices as they are shown: each on a line with its letter."""
    return "\n".join(f"{letter}. {text}" for letter, text in zip(ascii_uppercase, texts, strict=False))


def _flat(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record whose question holds stem and choices, as those of ARC and CommonsenseQA, without that level."""
    question = record.get("question")
    if isinstance(question, Mapping) and "stem" in question:
        return {**record, **question, "question": question["stem"]}
    return record


def _choices(record: Mapping[str, Any]) -> _Choices | None:
    for name in LISTS:
        value = decoded(record.get(name))
        if isinstance(value, Mapping) and isinstance(value.get("text"), list):
            labels = value.get("label")
            return _Choices(_texts(value["text"]), (name,), _texts(labels) if isinstance(labels, list) else ())
        if isinstance(value, Mapping):
            held = {key: text for key, text in value.items() if text is not None}  # tables have every letter
            return _Choices(_texts(held.values()), (name,), tuple(map(str, held)))
        if isinstance(value, list) and value and all(isinstance(choice, Mapping) for choice in value):
            return _Choices(
                _texts(choice.get("text", choice.get("content")) for choice in value),
                (name,),
                _texts(choice.get("label", choice.get("key", choice.get("id"))) for choice in value),
            )
        if isinstance(value, list) and value:
            return _Choices(_texts(value), (name,))
    return _beside_wrong_ones(record) or _columns(record)


def _beside_wrong_ones(record: Mapping[str, Any]) -> _Choices | None:
    right = next((name for name in ("correct_answer", "correct", "answer") if name in record), None)
    if right is None:
        return None
    name = next((name for name in _WRONG if name in record), None)
    wrong = decoded(record[name]) if name is not None else None
    used: tuple[str, ...] = (name,) if name is not None else ()
    if not isinstance(wrong, list):
        used = tuple(name for name in record if re.fullmatch(r"distractor[_ ]?\d+", name.lower()) and record[name])
        wrong = [record[name] for name in used]
    if not wrong or not as_text(record[right]).strip():
        return None
    answer = as_text(record[right])
    return _Choices((answer, *(text for text in _texts(wrong) if text != answer)), (*used, right), right=answer)


def _columns(record: Mapping[str, Any]) -> _Choices | None:
    """Return choices in columns of their own: A, B, C; option_a, option_b; choice1, choice2; ending0, ending1."""
    by_prefix: dict[str, dict[str, str]] = {}
    for name in record:
        match = _COLUMN.fullmatch(str(name).lower())
        if match and match[1] != "distractor" and (match[1] or match[2].isalpha()) and as_text(record[name]).strip():
            by_prefix.setdefault(match[1], {})[match[2]] = name
    for places in by_prefix.values():
        for first in ("a", "0", "1"):
            run = list(_run(places, first))
            if len(run) >= 2:
                return _Choices(_texts(record[name] for name in run), tuple(run))
    return None


def _run(places: Mapping[str, str], first: str) -> Iterator[str]:
    place = first
    while place in places:
        yield places[place]
        place = str(int(place) + 1) if place.isdigit() else chr(ord(place) + 1)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(as_text(value) for value in values)


def _answer_name(records: Sequence[Mapping[str, Any]], used: Sequence[str]) -> str | None:
    """Return the field that names the right choice: the first that all records have, or most of them."""
    names = [name for name in _ANSWERS if name not in used]
    counts = {name: sum(name in record for record in records) for name in names}
    most = max(counts.values(), default=0)
    return next((name for name in names if most and counts[name] == most), None)


def _by_letter(answer: Any, choices: _Choices) -> int | None:
    if not isinstance(answer, str) or not answer.strip():
        return None
    if answer.strip() in choices.names[: len(choices.texts)]:
        return choices.names.index(answer.strip())
    match = _LETTERED.fullmatch(answer.strip())
    if match is None:
        return None
    place = ascii_uppercase.index(match[1].upper())
    if place >= len(choices.texts) or (match[2] and folded(match[2]) != folded(choices.texts[place])):
        return None
    return place


def _by_text(answer: Any, choices: _Choices) -> int | None:
    if not as_text(answer).strip():
        return None
    same = [i for i, text in enumerate(choices.texts) if folded(text) == folded(as_text(answer))]
    return same[0] if len(same) == 1 else None


def _by_place(first: int) -> Callable[[Any, _Choices], int | None]:
    def place(answer: Any, choices: _Choices) -> int | None:
        number = as_text(answer).strip()
        if not re.fullmatch(r"\d{1,2}(\.0)?", number):
            return None
        at = int(float(number)) - first
        return at if 0 <= at < len(choices.texts) else None

    return place


_READINGS: Final[Mapping[str, Callable[[Any, _Choices], int | None]]] = {
    "a letter": _by_letter,
    "the text of a choice": _by_text,
    "a number counted from 0": _by_place(0),
    "a number counted from 1": _by_place(1),
}


def _reading(answers: Sequence[tuple[Any, _Choices]]) -> str | None:
    """Return the first way of reading that explains the most answers, if it explains nearly all."""
    fits = {how: sum(read(*pair) is not None for pair in answers) for how, read in _READINGS.items()}
    best = max(fits, key=lambda how: fits[how])
    return best if fits[best] and fits[best] >= min(len(answers) - 1, _FITS * len(answers)) else None
