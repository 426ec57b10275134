"""What a model gets wrong, in words and as a record. Lives here: sentences; every text of a file is made harmless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.measurement.failures import Failure, Failures, SuspectTarget
from curvefit.measurement.training_effect import TrainingEffect
from curvefit.plain_text import clean, listed
from curvefit.report.wording import counted, in_points, percent, span, wrapped
from curvefit.tasks.task import Item

__all__ = [
    "CODE_WORDS",
    "asked_text",
    "failures_record",
    "failures_summary",
    "first_look",
    "item_record",
    "over_all_replies",
]

_SCHEMA: Final = "curvefit.errors/1"
_SHOWN: Final = 60  # characters of a target or reply in a line
_TALK: Final = 300  # of a conversation: its last turn alone may be "yes, please"
_KEPT: Final = 4_000  # characters of a text in a record
_EXAMPLES: Final = 3
_PHRASE: Final = 200  # of what a scorer says is wrong
_NAMED: Final = 10  # things wrong with one item, in its lines

# What is said of so many items.
CODE_WORDS: Final[Mapping[str, Callable[[int], str]]] = {
    "always-missed": lambda n: f"{counted(n, 'target')} may be wrong: every able prompt gives the same other answer",
    "unreadable": lambda n: f"{counted(n, 'item')} without a readable answer",
    "named": lambda n: f"{counted(n, 'item')} where the scorer says what is wrong",
    "format": lambda n: f"{counted(n, 'item')} right but for the form: case, quotes, fence or words around the answer",
    "field": lambda n: f"{counted(n, 'item')} with some fields wrong",
    "label": lambda n: f"{counted(n, 'item')} with another label",
    "other": lambda n: f"{counted(n, 'item')} with another answer",
}
_CHANGE_WORDS: Final[Mapping[str, str]] = {
    "mended": "mends it",
    "broken": "breaks it",
    "wrong": "leaves it wrong",
    "right": "leaves it right",
}


def failures_summary(found: Failures, *, verbose: bool = False, width: int = 80) -> list[str]:
    """Return lines for the terminal: the answer first, about a dozen; with `verbose` every missed item."""
    lines = first_look(found, width=width, verbose=verbose)
    if verbose:
        lines += [line for text in _everything(found) for line in wrapped(text, width)]
    elif len(found.suspects) > _EXAMPLES:
        lines += wrapped("Every target to check, and every item: add --verbose, or --json for a program.", width)
    elif found.failures:
        lines += wrapped("Every item: add --verbose, or --jsonl for a program.", width)
    return lines


def first_look(found: Failures, *, width: int = 80, verbose: bool = False) -> list[str]:
    """Return how many items are missed, in which ways, and which targets to check; with `verbose` all of those."""
    lines = wrapped(_headline(found), width)
    for code, count in found.counts.items():
        lines += wrapped(f"· {CODE_WORDS[code](count)}{_detail(found, code)}{_mended(found, code)}", width, "  ")
    lines += [line for text in _training(found) for line in wrapped(text, width)]
    lines += _suspect_lines(found, width, None if verbose else _EXAMPLES)
    worst = _worst(found)
    if worst and not verbose:
        lines += wrapped(worst, width)
    if found.resembling and not verbose:
        names = ", ".join(_place(found, name) for name, _ in found.resembling[:_EXAMPLES])
        lines += wrapped(f"Pool examples most like the missed items, to show in the prompt: {names}.", width)
    if found.lost:
        lines += wrapped(
            f"! {counted(found.lost, 'trial')} left out: the journal does not tell which reply is theirs.", width
        )
    return lines


def failures_record(found: Failures) -> dict[str, Any]:
    """Return all of it, for JSON: texts with control characters escaped, and cut at 4,000 characters or fewer."""
    return {
        "schema": _SCHEMA,
        "task": _text(found.task),
        "model": _text(found.model),
        "prompt": _prompt(found.retrieved, found.shots),
        "items": found.items,
        "missed": len(found.failures),
        "counts": dict(found.counts),
        "by_label": {_text(name): asdict(value) for name, value in found.by_label.items()},
        "by_field": {_text(name): asdict(value) for name, value in found.by_field.items()},
        "wrong": [
            {"what": _text(what, _PHRASE), "items": n, "share": asdict(found.by_wrong[what])}
            for what, n in found.wrong.items()
        ],
        "confusion": [{"target": _text(t), "answer": _text(a), "count": n} for t, a, n in found.confusion],
        "suspects": [_suspect_record(found, suspect) for suspect in found.suspects],
        "resembling": [{"id": _text(i), "place": found.places.get(i), "items": n} for i, n in found.resembling],
        "lost": found.lost,
        "training": None if found.training is None else _training_record(found, found.training),
        "failures": [item_record(found, failure) for failure in found.failures],
    }


def asked_text(item: Item) -> str:
    """Return all that is asked: earlier turns with who said them, the background, the input."""
    earlier = (f"{role}: {text}" for role, text in item.turns)
    return "\n".join(filter(None, (*earlier, item.background, f"user: {item.input}" if item.turns else item.input)))


def item_record(found: Failures, failure: Failure) -> dict[str, Any]:
    """Return one missed item, for a line of JSON."""
    return {
        "id": _text(failure.item.id),
        "place": found.places.get(failure.item.id),
        "code": failure.code,
        "score": failure.score,
        "draws": failure.draws,
        "missed": failure.missed,
        "input": _text(asked_text(failure.item)),
        "target": _text(failure.item.target),
        "answer": None if failure.answer is None else _text(failure.answer),
        "fields": [_text(name) for name in failure.fields],
        "wrong": [_text(what, _PHRASE) for what in failure.wrong],
        "replies": [
            {
                "prompt": _prompt(reply.retrieved, reply.shots),
                "draw": reply.draw,
                "score": reply.score,
                "wrong": [_text(what, _PHRASE) for what in reply.wrong],
                "text": _text(reply.text),
            }
            for reply in failure.replies
        ],
        "training": None if found.training is None else _changed_record(found.training, failure.item.id),
    }


def _training_record(found: Failures, training: TrainingEffect) -> dict[str, Any]:
    of_code = Counter(each.code for each in found.failures if training.changes.get(each.item.id) == "mended")
    broken = [item for item, change in training.changes.items() if change == "broken"]
    return {
        "n_train": training.n_train,
        "items": len(training.changes),
        **training.counts,
        "mended_by_code": {code: of_code[code] for code in found.counts},
        "broken_items": [
            {"id": _text(item), "place": found.places.get(item), **_changed_record(training, item)} for item in broken
        ],
    }


def _changed_record(training: TrainingEffect, item: str) -> dict[str, Any]:
    return {
        "change": training.changes.get(item),
        "replies": [
            {
                "seed": reply.draw,
                "score": reply.score,
                "wrong": [_text(what, _PHRASE) for what in reply.wrong],
                "text": _text(reply.text),
            }
            for reply in training.replies.get(item, ())
        ],
    }


def _headline(found: Failures) -> str:
    n, prompt = len(found.failures), _prompt_words(found.retrieved, found.shots)
    names = f"{clean(found.task)} on {clean(found.model)}"
    if not n:
        return f"{names}: all {counted(found.items, 'item')} right with {prompt}."
    if found.draws < 2 or not found.shots:  # without examples all draws are one
        return f"{names}: {n} of {counted(found.items, 'item')} missed with {prompt}."
    if all(failure.missed == failure.draws for failure in found.failures):
        return f"{names}: {n} of {counted(found.items, 'item')} missed with {prompt}, in each of {found.draws} draws."
    most = sum(2 * failure.missed > failure.draws for failure in found.failures)
    of_draws = "both" if found.draws == 2 else f"most of {found.draws}"
    return (
        f"{names}: {most} of {counted(found.items, 'item')} missed with {prompt} in {of_draws} draws; {n} in at least"
        " one, listed here:"
    )


def _detail(found: Failures, code: str) -> str:
    if code in ("field", "named"):
        of_code = [failure for failure in found.failures if failure.code == code]
        counts = Counter(name for each in of_code for name in (each.fields if code == "field" else each.wrong))
        return f": {listed([f'{clean(name, longest=30)} ({n})' for name, n in counts.most_common()], _EXAMPLES)}"
    if code == "label" and found.confusion:
        pairs = found.confusion[:_EXAMPLES]
        rest = sum(n for *_, n in found.confusion[_EXAMPLES:])
        shown = [
            *(f"{_quoted(t, 20)} for {_quoted(s, 20)} ({n})" for s, t, n in pairs),
            *([f"{rest} more"] if rest else []),
        ]
        return f": {', '.join(shown)}"
    first = next(failure for failure in found.failures if failure.code == code)
    said = first.answer if first.answer is not None else first.replies[0].text
    return f". {_place(found, first.item.id)}: {_quoted(said, 40)} for {_quoted(first.item.target, 40)}"


def _mended(found: Failures, code: str) -> str:
    """Say how many items of a code training mends."""
    if found.training is None:
        return ""
    changes = [found.training.changes.get(each.item.id) for each in found.failures if each.code == code]
    return f". Fine-tuning mends {changes.count('mended')}" if any(changes) else ""


def over_all_replies(training: TrainingEffect) -> str:
    """Return how accuracy changes where counts of items, each by most replies, say the opposite; else nothing."""
    if not training.counts_mislead:
        return ""
    change = in_points(training.rise)
    return f" That counts each item by most of its replies; over all of them accuracy changes by {change} points."


def _training(found: Failures) -> Iterator[str]:
    """Say what training mends and breaks."""
    training = found.training
    if training is None:
        return
    n, counts = len(training.changes), training.counts
    if not n:
        yield "! The probe scored none of these items."
        return
    yield (
        f"Fine-tuning on {counted(training.n_train, 'example')} mends {counts['mended']} of {counted(n, 'item')},"
        f" breaks {counts['broken']} and leaves {counts['wrong']} wrong.{over_all_replies(training)}"
    )
    broken = [_place(found, item) for item, change in training.changes.items() if change == "broken"]
    if broken:
        yield f"Broken: {listed(broken, _EXAMPLES, last=' ')}."
    if not training.replies:
        yield (
            "! The fine-tuned model's replies are not in the probe's journal under a name of their own, so only their"
            " scores are known. Version 0.2.0 kept them under the model's name: some may be shown as the prompt's."
        )


def _suspect_lines(found: Failures, width: int, most: int | None) -> Iterator[str]:
    if not found.suspects:
        return
    shown = found.suspects[:most]
    named = "; ".join(_suspect_words(found, suspect) for suspect in shown)
    more = f"; and {len(found.suspects) - len(shown)} more" if len(shown) < len(found.suspects) else ""
    yield from wrapped(f"Check these targets first: {named}{more}.", width)
    yield from wrapped(
        "Correct them, and give the study's command again: only prompts that show a corrected example are asked again."
        " These may be many: curvefit plan counts them.",
        width,
    )


def _suspect_words(found: Failures, suspect: SuspectTarget) -> str:
    says = "replies say" if suspect.basis == "replies" else "a classifier says"
    return f"{_place(found, suspect.id)} {_quoted(suspect.target, 30)} ({says} {_quoted(suspect.answer, 30)})"


def _worst(found: Failures) -> str:
    for what, table in (("Worst field", found.by_field), ("Worst label", found.by_label)):
        if table and found.failures:
            name, accuracy = next(iter(table.items()))
            return f"{what}: {_quoted(name, 30)}, {_accuracy(accuracy)}."
    return ""


def _everything(found: Failures) -> Iterator[str]:
    for what, table in (("field", found.by_field), ("label", found.by_label)):
        for name, accuracy in table.items():
            yield f"{what} {_quoted(name, _SHOWN)}: {_accuracy(accuracy)}"
    for what, share in found.by_wrong.items():
        yield f"wrong {_quoted(what, _SHOWN)}: {percent(share.value)} of replies ({span(share)})"
    for failure in found.failures:
        place = _place(found, failure.item.id)
        often = f"wrong in {failure.missed} of {failure.draws} draws" if failure.draws > 1 else "wrong"
        score = f", score {percent(failure.score)}" if failure.score and failure.missed == failure.draws else ""
        asked = _quoted(asked_text(failure.item), _TALK) if failure.item.turns else _quoted(failure.item.input, _SHOWN)
        yield f"{place} [{failure.code}] {often}{score}: {asked}"
        yield f"  target {_quoted(failure.item.target, _SHOWN)}"
        if failure.wrong:
            yield f"  {_wrong(failure.wrong)}"
        said: dict[tuple[str, str], int] = {}
        for reply in failure.replies:
            key = (_prompt_words(reply.retrieved, reply.shots), _quoted(reply.text, _SHOWN))
            said[key] = said.get(key, 0) + 1
        for (prompt, text), n in said.items():
            yield f"  {prompt}: {text}" + (f" ({n} draws)" if n > 1 else "")
        yield from _fine_tuned(found, failure.item.id)
    if found.training is not None:
        for item, change in found.training.changes.items():
            if change == "broken":
                yield f"{_place(found, item)} [broken]"
                yield from _fine_tuned(found, item)
    for name, n in found.resembling:
        yield f"like {counted(n, 'missed item')}: pool example {_place(found, name)}"


def _fine_tuned(found: Failures, item: str) -> Iterator[str]:
    """Show what the fine-tuned models reply to an item, in verbose lines."""
    if found.training is None or item not in found.training.changes:
        return
    change = f"  fine-tuning {_CHANGE_WORDS[found.training.changes[item]]}"
    replies = found.training.replies.get(item, ())
    said = Counter((_quoted(reply.text, _SHOWN), _wrong(reply.wrong)) for reply in replies)
    for (text, wrong), n in said.items():
        yield f"{change}: {text}" + (f" ({n} seeds)" if n > 1 else "") + (wrong and f"; {wrong}")
    if not replies:
        yield change


def _wrong(phrases: Sequence[str]) -> str:
    named = ", ".join(_quoted(what, _SHOWN) for what in phrases[:_NAMED])
    return f"wrong: {named}" if named else ""


def _accuracy(e: Estimate) -> str:
    return f"{percent(e.value)} right ({span(e)})"


def _place(found: Failures, name: str) -> str:
    return clean(found.places.get(name, name), longest=_SHOWN)


def _prompt(retrieved: bool, shots: int) -> dict[str, Any]:
    return {"shots": shots, "selection": "retrieved" if retrieved else "random"}


def _prompt_words(retrieved: bool, shots: int) -> str:
    return f"the {counted(shots, 'most similar example')}" if retrieved else counted(shots, "example")


def _quoted(text: str, longest: int) -> str:
    return f"'{clean(text[: 10 * longest], longest=longest)}'"


def _text(text: str, longest: int = _KEPT) -> str:
    """Return a text without what drives a terminal or turns lines around; markup is for its reader to escape."""
    cut = text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape", "replace").decode() for c in cut)


def _suspect_record(found: Failures, suspect: SuspectTarget) -> dict[str, Any]:
    texts = {name: _text(getattr(suspect, name)) for name in ("id", "target", "answer")}
    return {**texts, "place": found.places.get(suspect.id), "chance": suspect.chance, "basis": suspect.basis}
