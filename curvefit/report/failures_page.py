"""What a model gets wrong, as a part of the page. Lives here: texts for page.html, cut so that the page stays small."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.measurement.failures import Failure, Failures
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.plain_text import clean, printable
from curvefit.report.failures_text import CODE_WORDS, asked_text
from curvefit.report.payoff_text import examples_shown
from curvefit.report.wording import counted, percent, span

__all__ = ["cut_text", "failures_on_page", "html_bytes", "one_line", "told_replies"]

_BYTES: Final = 1_000_000  # of all rows, as HTML
_ROWS: Final = 300
_TEXT: Final = 1_200  # characters of an input, or of a reply to the best prompt
_OTHER: Final = 300  # characters of a reply to another prompt
_SHORT: Final = 80  # of a name, or of what stands for a row
_PROMPTS: Final = 12  # of a row
_REPLIES: Final = 3  # of the best prompt that differ; of another one the commonest
_TABLE: Final = 60  # rows of a table
_RIGHT: Final = 0.5  # mean score from which a prompt has an item right
_KINDS: Final = {
    "always-missed": "the target may be wrong",
    "unreadable": "no readable answer",
    "named": "what the scorer names",
    "format": "the form alone",
    "field": "some fields",
    "label": "another label",
    "other": "another answer",
}


def failures_on_page(found: Failures) -> dict[str, Any]:
    """Return what page.html shows of failures: counts, tables, what to filter by, and rows up to a megabyte of them."""
    prompts = _prompts(found)
    rows, size = [], 0
    names = _Names()
    for failure in found.failures[:_ROWS]:
        row = _row(found, failure, prompts, names)
        size += html_bytes(row)
        if size > _BYTES:
            break
        rows.append(row)
    return {
        "rows": rows,
        "missed": f"{len(found.failures):,}",
        "left": len(found.failures) - len(rows),
        "lost": found.lost,
        "counts": [CODE_WORDS[code](count) for code, count in found.counts.items()],
        "filters": [
            {"name": name, "title": title, "choices": choices}
            for name, title, choices in (
                ("kind", "What is wrong", [(code, _KINDS[code]) for code in found.counts]),
                ("label", "Target", names.listed("label") if found.by_label else []),
                ("fields", "Wrong in it", names.listed("fields")),
                ("candidate", "Missed with", [(str(i), _said(prompt)) for i, prompt in enumerate(prompts)]),
            )
            if len(choices) > 1
        ],
        "tables": [
            {"title": title, "rows": [(one_line(name), _accuracy(e)) for name, e in list(table.items())[:_TABLE]],
             "left": max(0, len(table) - _TABLE)}
            for title, table in (("label", found.by_label), ("field", found.by_field))
            if table
        ],
        "confusion": [(one_line(t), one_line(a), f"{n:,}") for t, a, n in found.confusion[:_TABLE]],
        "suspects": [
            (_place(found, one.id), one_line(one.target), one_line(one.answer),
             "replies" if one.basis == "replies" else "a plain classifier")
            for one in found.suspects[:_TABLE]
        ],
        "suspects_left": max(0, len(found.suspects) - _TABLE),
        "resembling": [(_place(found, name), f"{n:,}") for name, n in found.resembling],
    }  # fmt: skip


class _Names:
    """Numbers in place of names, which may hold anything, spaces too."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = defaultdict(dict)

    def number(self, sort: str, name: str) -> str:
        known = self._known[sort]
        return str(known.setdefault(name, len(known)))

    def listed(self, sort: str) -> list[tuple[str, str]]:
        """Return numbers and names, by name."""
        return sorted(((str(i), one_line(name, 60)) for name, i in self._known[sort].items()), key=lambda pair: pair[1])


def _prompts(found: Failures) -> list[tuple[bool, int]]:
    """Return all prompts that replies are of, the best one first."""
    best = (found.retrieved, found.shots)
    there = {reply.prompt for failure in found.failures for reply in failure.replies}
    return [best, *sorted(there - {best})]


def _row(found: Failures, failure: Failure, prompts: Sequence[tuple[bool, int]], names: _Names) -> dict[str, Any]:
    by_prompt: dict[tuple[bool, int], list[JudgedReply]] = defaultdict(list)
    for reply in failure.replies:
        by_prompt[reply.prompt].append(reply)
    missed = [i for i, prompt in enumerate(prompts) if prompt in by_prompt and _mean(by_prompt[prompt]) < _RIGHT]
    if failure.score < 1 and 0 not in missed:
        missed.insert(0, 0)
    shown = [prompt for prompt in prompts if prompt in by_prompt][:_PROMPTS]
    return {
        "place": _place(found, failure.item.id),
        "kind": failure.code,
        "kind_words": _KINDS[failure.code],
        "label": names.number("label", failure.item.target.strip()) if found.by_label else "",
        "fields": " ".join(names.number("fields", name) for name in (*failure.fields, *failure.wrong)),
        "field_words": ", ".join(one_line(name, 40) for name in (*failure.fields, *failure.wrong)[:_REPLIES]),
        "candidate": " ".join(map(str, missed)),
        "score": percent(failure.score),
        "asked": one_line(failure.item.input),
        "input": cut_text(asked_text(failure.item)),
        "target": cut_text(failure.item.target),
        "target_short": one_line(failure.item.target),
        "answer": "no readable answer" if failure.answer is None else one_line(failure.answer),
        "replies": [(_said(prompt), told_replies(by_prompt[prompt], best=prompt == prompts[0])) for prompt in shown],
    }


def _mean(replies: Sequence[JudgedReply]) -> float:
    return sum(reply.score for reply in replies) / len(replies)


def told_replies(replies: Sequence[JudgedReply], *, best: bool, of: str = "draw") -> list[tuple[str, str]]:
    """Return different replies to one prompt with what they are worth, the commonest first; `of` is what repeats."""
    counts = Counter((reply.text, reply.score) for reply in replies).most_common()
    told = [
        (
            cut_text(text.strip(), _TEXT if best else _OTHER) or "(empty)",
            f"{_worth(score)}{f', {counted(n, of)}' if n > 1 else ''}",
        )
        for (text, score), n in counts[: _REPLIES if best else 1]
    ]
    more = len(counts) - len(told)
    return [*told, *([("…", f"and {more} more")] if more else [])]


def _worth(score: float) -> str:
    return {0.0: "wrong", 1.0: "right"}.get(score, percent(score))


def _said(prompt: tuple[bool, int]) -> str:
    retrieved, shots = prompt
    return examples_shown(shots, retrieved=retrieved)


def _accuracy(e: Estimate) -> tuple[str, str]:
    return percent(e.value), span(e)


def _place(found: Failures, name: str) -> str:
    return one_line(found.places.get(name, name))


def one_line(text: str, longest: int = _SHORT) -> str:
    """Return the beginning of a text as one line."""
    return clean(text[: 10 * longest], longest=longest)


def cut_text(text: str, longest: int = _TEXT) -> str:
    """Return the beginning of a text, without what drives a terminal or turns lines around."""
    return printable(text if len(text) <= longest else f"{text[:longest]}…")


def html_bytes(value: Any) -> int:
    """Return how many bytes the texts in a value take as HTML, with room for the tags around each."""
    if isinstance(value, str):
        return len(escape(value).encode("utf-8", "replace")) + 60
    if isinstance(value, Mapping):
        value = value.values()
    return sum(map(html_bytes, value))
