"""What a task is when nobody says. Lives here: rules that look at targets alone, in the order they are tried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from curvefit.tasks.call_trees import call_tree
from curvefit.tasks.json_reply import json_fault, read_json, read_lines
from curvefit.tasks.scorers import label_key, label_set
from curvefit.tasks.text_reply import DecimalMark, last_number, normalize, unfenced, usual_spellings

__all__ = ["Guess", "guess", "guesses", "label_instruction", "mostly_json", "usual_labels"]

_MOST_LABELS: Final = 200
_LABEL_LENGTH: Final = 60
_ROWS_PER_LABEL: Final = 5
_LISTED_LABELS: Final = 30  # so many are named in a default instruction
_MOST: Final = 0.6  # share of targets that decides what all are, where some are plain answers
_USES_PER_LABEL: Final = 3  # of a vocabulary small enough to be labels


@dataclass(frozen=True, slots=True)
class Guess:
    """How targets look.

    Attributes
    ----------
    kind, scorer : str
        As in a task.yaml.
    instruction : str
        A short one, for a task that comes without; see `label_instruction` for one that names the labels.
    options : mapping of str to str
        Of the scorer, where it needs any.
    """

    kind: str
    scorer: str
    instruction: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> str | Mapping[str, str]:
        """The scorer as in a task.yaml."""
        return {"type": self.scorer, **dict(self.options)} if self.options else self.scorer


def guess(targets: Sequence[str]) -> Guess:
    """Say what targets look like; the first that fits, in this order.

    ========================  ==================================================================== ==============
    kind                      targets                                                              scorer
    ========================  ==================================================================== ==============
    ``classification``        are lists of labels, parted by commas, semicolons or bars or as JSON ``labels``
                              lists of texts, that share their labels with other targets
    ``structured``            are all calls of functions as JSON, with a name and arguments         ``call``
    ``structured``            are JSON objects or lists, or JSON lines: 60% or more of them, and   ``json``
                              the rest is of one line each, or broken JSON
    ``classification``        are at most 200 different ones, on average on five rows or more, one ``label``
                              line of at most 60 characters each, and differ by more than case
    ``qa``                    are all numbers and nothing else, and can be read back as written:   ``number``
                              no dates, times, versions, phone numbers, units or ids such as 007
    ``code``                  are all calls of functions, such as ``f(a=1, b="x")``                ``call``
    ``code``                  look like SQL, a program, a shell command or a pattern: 60% or more  ``code``
    ``generation``            anything else                                                        ``normalized``
    ========================  ==================================================================== ==============

    Examples
    --------
    >>> from curvefit.tasks.scorer_choice import guess
    >>> guess(["12,50", "1.234,00"]).spec
    {'type': 'number', 'decimal': 'comma'}
    >>> guess(["10:30", "09:15"]).spec
    'normalized'
    """
    return next(guesses(targets))


def guesses(targets: Sequence[str]) -> Iterator[Guess]:
    """Return all that targets look like, the likeliest first; see `guess`."""
    return (result for rule in _RULES if (result := rule(targets)) is not None)


def mostly_json(targets: Sequence[str]) -> bool:
    """Whether so many targets are JSON objects, lists or lines that all are meant to be."""
    return sum(map(_is_json, targets)) >= _MOST * len(targets)


def usual_labels(targets: Sequence[str]) -> Mapping[str, str]:
    """Return how most spell each target, where targets are labels but for their spelling; else nothing.

    Spellings of one label differ in white space around them, or in what scorer ``label`` puts aside, such as case. In
    code, case means something.

    Examples
    --------
    >>> from curvefit.tasks.scorer_choice import usual_labels
    >>> usual_labels([*["bug", "billing"] * 9, "Bug", "billing "])
    {'bug': 'bug', 'billing': 'billing', 'Bug': 'bug', 'billing ': 'billing'}
    """
    usual = usual_spellings(targets, label_key)
    if guess([usual[target] for target in targets]).scorer != "label":
        return {}
    return {} if guess([target.strip() for target in targets]).scorer == "code" else usual


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


def _as_labels(targets: Sequence[str]) -> Guess | None:
    return Guess("classification", "label", "Answer with the right label.") if _are_labels(targets) else None


def _as_label_sets(targets: Sequence[str]) -> Guess | None:
    """Sets share members, or the same members stand in another order; all targets of one set are a ranking."""
    if not targets or any(_members(target) is None for target in targets):
        return None
    sets = [label_set(target) for target in targets]
    uses = Counter(label for labels in sets for label in labels)
    small = len(uses) <= min(_MOST_LABELS, uses.total() / _USES_PER_LABEL)
    several = [labels for labels in sets if len(labels) > 1]
    shared = any(count > 1 for count in Counter(label for labels in set(sets) for label in labels).values())
    permuted = len(set(targets)) > len(set(sets)) > 1
    if not small or not several or not (shared or permuted) or len(set(sets)) < 2:
        return None
    return Guess("classification", "labels", _set_instruction(targets))


def _set_instruction(targets: Sequence[str]) -> str:
    """Return an instruction that names the labels of sets, if they are few, and says how a set is written."""
    members = [part.strip() for target in targets for part in _members(target) or ()]
    names = sorted(set(usual_spellings(members, label_key).values()))
    as_json = 2 * sum(map(_is_json, targets)) > len(targets)
    what = "a JSON list of all labels that fit" if as_json else "all labels that fit, parted by commas"
    among = f", of these: {', '.join(names)}" if len(names) <= _LISTED_LABELS else ""
    nothing = " Where none fits, answer []." if any(not label_set(target) for target in targets) else ""
    return f"Answer with {what}{among}.{nothing}"


def _members(target: str) -> list[str] | None:
    """Return the texts in a list of labels, however it is written; None for what is none."""
    is_json, value = read_json(unfenced(target))
    if is_json and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        parts = value
    elif is_json or len(target.strip().splitlines()) > 1:
        return None
    else:
        parts = re.split(r"\s*[,;|、،؛，；]\s*", target.strip())
    fits = all(part.strip() and len(part) <= _LABEL_LENGTH and len(part.split()) <= 4 for part in parts)
    worded = all(any(map(str.isalpha, part)) and not re.search(r"[=<>(){}\[\]]", part) for part in parts)
    return parts if fits and worded else None


def _as_json(targets: Sequence[str]) -> Guess | None:
    odd = [target for target in targets if not _is_json(target)]
    if len(odd) > (1 - _MOST) * len(targets):
        return None
    plain = [target for target in odd if not json_fault(target)]
    if any(len(target.strip().splitlines()) > 1 for target in plain):
        return None
    shapes = {type(read_json(unfenced(target))[1]) for target in (*plain, *filter(_is_json, targets))}
    what = "a JSON object" if shapes == {dict} else "a JSON list" if shapes == {list} else "JSON"
    return Guess("structured", "json", f"Answer with {what}.")


def _as_json_calls(targets: Sequence[str]) -> Guess | None:
    values = [read_json(unfenced(target))[1] for target in targets]
    if not values or not all(
        _are_calls(value) and call_tree(unfenced(target)) for value, target in zip(values, targets, strict=True)
    ):
        return None
    return Guess("structured", "call", "Answer with the calls alone, as JSON.")


def _are_calls(value: Any) -> bool:
    """Whether these are calls and nothing besides, which is not compared: not all that has a name is one."""
    if isinstance(value, dict) and set(value) == {"tool_calls"}:
        value = value["tool_calls"]
    if isinstance(value, list):
        return bool(value) and all(isinstance(entry, dict) and _are_calls(entry) for entry in value)
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        return set(value) <= {"id", "type", "function"} and _are_calls(value["function"])
    return isinstance(value, dict) and set(value) in ({"name", "arguments"}, {"name", "parameters"})


def _as_calls(targets: Sequence[str]) -> Guess | None:
    """All look like calls by named arguments; a few may have names that Python has reserved, and cannot be read."""
    if not targets or not all(_NAMED_CALL.fullmatch(target.strip()) for target in targets):
        return None
    if sum(call_tree(target) is not None for target in targets) < _MOST * len(targets):
        return None
    return Guess("code", "call", "Answer with the call alone.")


def _is_json(text: str) -> bool:
    is_json, value = read_json(unfenced(text))
    return (is_json and isinstance(value, dict | list)) or read_lines(text) is not None


def _as_number(targets: Sequence[str]) -> Guess | None:
    decimal = _decimal_mark(targets)
    if decimal is None or not all(_reads_back(target.strip(), decimal) for target in targets):
        return None
    mark = "," if decimal == "comma" else r"\."
    fractions = [match[1] for target in targets if (match := re.search(rf"{mark}(\d+)$", target.strip()))]
    versions = len(set(map(len, fractions))) > 1 and any(len(f) > 1 and f.endswith("0") for f in fractions)
    if versions:  # 3.10 beside 3.9: as numbers, 3.10 is 3.1
        return None
    options = (("decimal", "comma"),) if decimal == "comma" else ()
    return Guess("qa", "number", "Answer with a number.", options)


def _decimal_mark(targets: Sequence[str]) -> DecimalMark | None:
    """Return the mark that the targets write fractions with, point where none shows.

    None where they use both, and some could be read either way: 1.234 is one number or another.
    """
    commas = any(re.search(r"\d,(?:\d{1,2}|\d{4,})$|\d\.\d{3},\d+$", target.strip()) for target in targets)
    points = any(re.search(r"\d\.(?:\d{1,2}|\d{4,})$|\d,\d{3}\.\d+$", target.strip()) for target in targets)
    if commas and points and any(re.fullmatch(r"\D?\d{1,3}[.,]\d{3}", target.strip()) for target in targets):
        return None
    return "comma" if commas and not points else "point"


def _reads_back(text: str, decimal: DecimalMark) -> bool:
    """Whether a text is one number, all of whose digits are read."""
    if not re.fullmatch(r"[-−–]?[\d.,'’_٫٬\u00a0\u2009\u202f ]+(?:[eE][-+]?\d+)?", text):
        return False
    value = last_number(text, decimal)
    if value is None:
        return False
    digits, read = (re.sub(r"\D", "", part) for part in (text, value.lstrip("-")))
    leading_zero = len(digits) > 1 and re.match(r"[-−–]?0\d", text)
    return digits in (read, read.removeprefix("0")) and not leading_zero


_SHELL: Final = (
    "awk|aws|az|bash|brew|cargo|cat|cd|chmod|chown|conda|cp|curl|cut|df|diff|docker|du|echo|env|export|find|gcloud|gh|"
    "git|go|grep|gzip|head|helm|kill|kubectl|ln|ls|make|mkdir|mv|node|npm|npx|pip|ps|pytest|python3?|rm|rsync|scp|sed|"
    "sort|ssh|sudo|systemctl|tail|tar|tee|terraform|touch|tr|uniq|unzip|wc|wget|xargs|yarn|zip"
)
_CODE: Final = (
    re.compile(r"(?is)\s*select\b.+\bfrom\b.*[*=<>(),;_.]|\s*SELECT\b.+\bFROM\b"),
    re.compile(
        r"(?s)\s*(?i:insert\s+into|delete\s+from|update\s+\S+\s+set|(?:create|alter|drop)\s+(?:table|view|index)"
        r"|with\s+\w+\s+as\s*\()\b.*"
    ),
    re.compile(
        r"\s*(?:def|class|import|from|return|for|while|if|print|function|const|let|var|public|static|#include)\b"
        r"[^\n]*[(){}=:;]"
    ),
    re.compile(rf"\s*(?:\$\s+)?(?:{_SHELL})(?:\s*$|(?=[^\n]*[-./|$*\"'=~<>])(?![^\n]*[a-z][.!?]$)[ \t][^\n]+$)"),
    re.compile(r"(?![^\n]*[a-z][.!?]$)\s*[a-z][\w.-]*[ \t](?:[^\n]*[ \t])?(?:-{1,2}[A-Za-z][\w-]*|\|[ \t]|\$\(|`)"),
    re.compile(r"\s*[\w.]+\([^\n]*\)\s*;?\s*$"),
    re.compile(r"(?=\S*[\\\[(^])(?=.*(?:\\[dwsbDWSB.]|\[[^\]]+\][+*?{]|\(\?|\^.*\$$))\^?\S.*$"),
)
# A line that opens a block, and its first.
_BLOCK: Final = re.compile(r"(?m)[:{(\[=;][ \t]*\n(?:[ \t]*\n)*(?:[ ]{2,}|\t)[^\s\d*•-]")
_DENSE: Final = 0.3  # share of characters that are signs, as in a pattern or a formula


def _as_code(targets: Sequence[str]) -> Guess | None:
    like = sum(_is_code(target) for target in targets)
    return Guess("code", "code", "Answer with the code alone.") if like and like >= _MOST * len(targets) else None


def _is_code(target: str) -> bool:
    text = unfenced(target)[:2_000]
    if "```" in target or any(pattern.match(text) for pattern in _CODE) or _BLOCK.search(text):
        return True
    text = re.sub(r"\$(?=\s?-?\.?\d)", "", text)  # an amount: no sign of code, however short
    signs = len(re.findall(r"[()\[\]{}*+|&<>~\\$=^.]", text))
    return signs >= _DENSE * len("".join(text.split())) and re.search(r"[*+|&~\\$=^]", text) is not None


_NAMED_CALL: Final = re.compile(r"[A-Za-z_][\w.]*\((?:\s*[A-Za-z_]\w*\s*=[^\n]*|\s*)\)")  # or without arguments
_RULES: Final[tuple[Callable[[Sequence[str]], Guess | None], ...]] = (
    _as_label_sets,
    _as_json_calls,
    _as_json,
    _as_labels,
    _as_number,
    _as_calls,
    _as_code,
    lambda targets: Guess("generation", "normalized", "Answer as the examples do."),
)
