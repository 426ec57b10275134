"""Does a scorer tell right from wrong here? Lives here: trying it on the targets themselves, rewritten and changed.

No model is asked. What means the same must stay right: another white space, a code fence, another order of keys or of
labels. What means something else must be wrong: other digits, code in another case, the target of another item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from curvefit.errors import InputError
from curvefit.tasks.call_trees import call_tree
from curvefit.tasks.json_reply import leaves, read_json, read_lines
from curvefit.tasks.scorer_choice import Guess, guess, guesses
from curvefit.tasks.scorers import label_set, make_scorer
from curvefit.tasks.sql_results import quoted_swapcase
from curvefit.tasks.task import Item, Scorer
from curvefit.tasks.text_reply import last_number, normalize, unfenced

__all__ = ["Misjudgment", "faults", "is_sound", "sound_guess", "sound_scorer"]

Change = Literal["spacing", "fence", "order", "case", "digits", "other"]
Rewriting = Callable[[str], str | None]  # None where it would change nothing

_SAMPLE: Final = 200  # targets tried
_SHORT: Final = 60  # characters: in a longer target, a figure may be one of a reasoning
_TOLERATED: Final = 0.02  # share of targets, up to which a fault is that of a few odd ones
_FEW: Final = 3
_OTHERS: Final = 5  # targets of other items that each item is given


@dataclass(frozen=True, slots=True)
class Misjudgment:
    """One way in which a scorer errs.

    Attributes
    ----------
    change : str
        What was done to targets: ``spacing``, ``fence``, ``order``, ``case``, ``digits``; ``other`` is the target of
        another item in place of an item's own.
    denied : bool
        What stays right came out wrong; else what is wrong came out right.
    count, of : int
        How many, of how many tried.
    share : float
        Of ``other`` the mean credit, else ``count / of``; in [0, 1].
    first, reply : str
        An example: the item by id, and the reply.
    """

    change: Change
    denied: bool
    count: int
    of: int
    share: float
    first: str
    reply: str

    @property
    def grave(self) -> bool:
        """Whether it is more than a few odd targets."""
        return self.count >= min(_FEW, self.of) and self.share > _TOLERATED


def faults(scorer: Scorer, examples: Sequence[Item]) -> tuple[Misjudgment, ...]:
    """Try a scorer on at most 200 targets, evenly spread; see the top of this module.

    What is tried depends on what the targets look like (`curvefit.tasks.scorer_choice.guess`), not on the scorer. A
    target that does not get full credit itself is left out.

    Of SQL judged as such, the case of texts in quotes alone is changed: the rest has none that counts.

    A pattern or code of one's own says itself what counts: those are not tried with another case.

    Examples
    --------
    >>> from curvefit.tasks.soundness import faults
    >>> from curvefit.tasks.scorers import make_scorer
    >>> items = [cf.Item(f"{i}", f"Event {i}?", f"{9 + i % 3}:{15 * (i % 4):02}") for i in range(24)]
    >>> [(fault.change, fault.denied, fault.first) for fault in faults(make_scorer("number"), items)]
    [('digits', False, '0'), ('other', False, '0')]
    """
    shape = guess([example.target for example in examples]).scorer if examples else "normalized"
    sample = [example for example in _sample(examples) if scorer(example.target, example).value == 1]
    if not sample:
        return ()
    own = scorer.name.startswith("python:") or scorer.name == "regex"
    tried: list[Misjudgment | None] = []
    for denied, table in ((True, _STAY_RIGHT), (False, _TURN_WRONG)):
        for change, rewritings in table.get(shape, {}).items():
            if own and (change == "case" or (change == "digits" and scorer.name == "regex")):
                continue
            if change == "case" and shape == "code" and scorer.name == "sql":
                rewritings = (_other_quoted_case,)
            tried.append(_fault(scorer, sample, change, rewritings, denied=denied))
    tried.append(_credited_other(scorer, sample, shape))
    return tuple(fault for fault in tried if fault is not None)


def is_sound(scorer: Scorer, examples: Sequence[Item]) -> bool:
    """Whether nothing grave comes of trying a scorer."""
    return not any(fault.grave for fault in faults(scorer, examples))


def sound_guess(examples: Sequence[Item]) -> Guess:
    """Return the likeliest of what targets look like whose scorer is sound; where none is, the likeliest."""
    likely = list(guesses([example.target for example in examples]))
    return next((one for one in likely if _does(one.spec, examples)), likely[0])


def sound_scorer(examples: Sequence[Item]) -> str:
    """Return the first scorer, as in a ``task.yaml``, that credits all targets and errs on none; empty for none."""
    likely = [one.spec for one in guesses([example.target for example in examples])]
    spec = next((spec for spec in (*likely, "code", "exact") if _does(spec, examples)), "")
    return spec if isinstance(spec, str) else f"{{{', '.join(f'{key}: {value}' for key, value in spec.items())}}}"


def _does(spec: str | Mapping[str, str], examples: Sequence[Item]) -> bool:
    try:
        scorer = make_scorer(spec, tuple(sorted({example.target.strip() for example in examples})))
    except InputError:  # labels that differ in case alone
        return False
    sample = _sample(examples)
    return all(scorer(example.target, example).value == 1 for example in sample) and is_sound(scorer, examples)


def _sample(examples: Sequence[Item]) -> Sequence[Item]:
    return examples[:: max(1, -(-len(examples) // _SAMPLE))]


def _fault(
    scorer: Scorer, sample: Sequence[Item], change: Change, rewritings: Sequence[Rewriting], *, denied: bool
) -> Misjudgment | None:
    wrong: list[tuple[str, str]] = []
    of = 0
    for example in sample:
        replies = [reply for rewrite in rewritings if (reply := rewrite(example.target)) is not None]
        of += bool(replies)
        reply = next((reply for reply in replies if (scorer(reply, example).value < 1) is denied), None)
        if reply is not None:
            wrong.append((example.id, reply))
    return Misjudgment(change, denied, len(wrong), of, len(wrong) / of, *wrong[0]) if wrong else None


def _credited_other(scorer: Scorer, sample: Sequence[Item], shape: str) -> Misjudgment | None:
    """Give each item the targets of the next few that mean something else."""
    meanings = [_meaning(example.target, shape) for example in sample]
    values, credited, of = list[float](), dict[str, str](), 0
    for i, example in enumerate(sample):
        later = (j % len(sample) for j in range(i + 1, i + len(sample)))
        others = [sample[j].target for j in islice((j for j in later if meanings[j] != meanings[i]), _OTHERS)]
        of += bool(others)
        for other in others:
            values.append(scorer(other, example).value)
            if values[-1] == 1:
                credited.setdefault(example.id, other)
    if not credited:
        return None
    return Misjudgment("other", False, len(credited), of, sum(values) / len(values), *next(iter(credited.items())))


def _meaning(target: str, shape: str) -> Any:
    """Return what two targets share that mean the same."""
    if shape == "json":
        is_json, value = read_json(unfenced(target))
        return leaves(value, in_order=True) if is_json else normalize(target)
    if shape == "call":
        return call_tree(unfenced(target)) or target.strip()
    if shape == "labels":
        return label_set(target)
    if shape == "code":
        return target.strip()
    number = last_number(target) if shape == "number" else None
    return normalize(target) if number is None else float(number)


def _json_with(write: Callable[[Any], str]) -> Rewriting:
    def rewrite(target: str) -> str | None:
        is_json, value = read_json(unfenced(target))
        if not is_json or not isinstance(value, dict | list):
            return None
        text = write(value)
        return None if text == target else text

    return rewrite


def _keys_reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _keys_reversed(value[key]) for key in reversed(value)}
    return [_keys_reversed(inner) for inner in value] if isinstance(value, list) else value


def _fenced(language: str) -> Rewriting:
    def rewrite(target: str) -> str | None:
        plain = language == "json" and not read_json(target)[0] and read_lines(target) is None
        return None if "```" in target or plain else f"```{language}\n{target}\n```"

    return rewrite


def _members_reversed(target: str) -> str | None:
    is_json, value = read_json(unfenced(target))
    if is_json and isinstance(value, list):
        return json.dumps(value[::-1], ensure_ascii=False) if value != value[::-1] else None
    parts = re.split(r"(\s*[,;|、،؛，；]\s*)", target.strip())
    text = "".join(parts[::-1])
    return None if text == target.strip() else text


def _upper(target: str) -> str | None:
    text = target.upper()
    same = normalize(text) == normalize(target)  # not so for a few letters, such as the Turkish dotless i
    return text if same and text != target else None


def _other_case(target: str) -> str | None:
    text = target.swapcase()
    return None if text == target else text


def _other_quoted_case(target: str) -> str | None:
    text = quoted_swapcase(target)
    return None if text == target else text


def _spaced(target: str) -> str | None:
    text = re.sub(r"(?<=\S) (?=\S)", "  ", target)
    return None if text == target else text


def _trailing(target: str) -> str:
    return "\n".join(f"{line} " for line in target.split("\n")) + "\n"


def _all_digits(target: str) -> str | None:
    text = re.sub(r"[0-9]", _next_digit, target)
    return None if text == target else text


def _first_digits(target: str) -> str | None:
    if len(target) > _SHORT or re.search(r"\d[eE][-+]?\d", target):
        return None
    text = re.sub(r"[0-9]+", lambda run: re.sub(r"[0-9]", _next_digit, run[0]), target, count=1)
    return None if text == target else text


def _next_digit(digit: re.Match[str]) -> str:
    return str((int(digit[0]) + 1) % 10)


_DIGITS: Final[Sequence[Rewriting]] = (_all_digits, _first_digits)
# By what targets look like, as the scorer that is guessed for it.
_STAY_RIGHT: Final[Mapping[str, Mapping[Change, Sequence[Rewriting]]]] = {
    "json": {
        "spacing": (
            _json_with(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))),
            _json_with(lambda value: json.dumps(value, ensure_ascii=False, indent=2)),
        ),
        "fence": (_fenced("json"),),
        "order": (_json_with(lambda value: json.dumps(_keys_reversed(value), ensure_ascii=False)),),
    },
    "call": {
        "spacing": (_json_with(lambda value: json.dumps(value, ensure_ascii=False, indent=2)), _trailing),
        "fence": (_fenced("json"), _fenced("")),
        "order": (_json_with(lambda value: json.dumps(_keys_reversed(value), ensure_ascii=False)),),
    },
    "labels": {"order": (_members_reversed,), "case": (_upper,)},
    "label": {"spacing": (_trailing,), "case": (_upper,)},
    "number": {"spacing": (_trailing,)},
    "code": {"spacing": (_trailing,), "fence": (_fenced(""),)},
    "normalized": {"spacing": (_spaced, _trailing), "case": (_upper,)},
}
_TURN_WRONG: Final[Mapping[str, Mapping[Change, Sequence[Rewriting]]]] = {
    **{shape: {"digits": _DIGITS} for shape in ("json", "call", "labels", "label", "number", "normalized")},
    "code": {"digits": _DIGITS, "case": (_other_case,)},
}
