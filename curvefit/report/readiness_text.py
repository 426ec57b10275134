"""Whether an eval is fit to decide on, in words. Lives here: one sentence a finding, all in one; nothing is checked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from curvefit.curves.reason import Reason
from curvefit.plain_text import clean, listed
from curvefit.report.sentences import sentence
from curvefit.report.wording import counted, margin_text, percent, wrapped
from curvefit.tasks.duplicates import duplicate_groups
from curvefit.tasks.readiness import Finding, default_margin, smallest_gain
from curvefit.tasks.task import Task
from curvefit.tasks.task_assembly import about_broken, about_slips, about_spelling
from curvefit.trials.design import Design

__all__ = ["FINDINGS", "finding_sentence", "fitness_sentence", "margin_sentence", "margin_source", "readiness_summary"]

Values = Mapping[str, Any]


def finding_sentence(finding: Finding) -> str:
    """Return what a finding says, and what to do about it."""
    return FINDINGS[finding.code](finding.values)


def fitness_sentence(findings: Iterable[Finding], n_items: int, margin: float, level: float) -> str:
    """Return whether the eval is good enough to decide on, else what it needs; from its number of distinct items."""
    findings = tuple(findings)
    needs = list(dict.fromkeys(_NEEDS.get(f.code, "a scorer that fits") for f in findings if f.severity == "stop"))
    if needs:
        *others, last = needs
        return f"Not good enough yet: it needs {', '.join(others)}{' and ' if others else ''}{last}."
    if any(f.code == "items-grouped" and f.severity == "warn" for f in findings):
        return "Too few groups to tell how new ones would fare: get items of more groups."
    gain = smallest_gain(n_items, margin, level)
    if gain is None:
        return "Good enough to decide on."
    return f"Good enough to tell gains of about {_points(gain)}; a margin of {100 * margin:.2g} may stay open."


# What a finding that stops everything asks for; all others are about the scorer.
_NEEDS: Final = {"items-few": "more items", "pool-few": "a larger pool", "constant-all": "items of other answers"}


def margin_sentence(margin: float, n_items: int, level: float, *, stated: bool = False) -> str:
    """Return which margin is decided by, and where it comes from: from the user, or from so many items (0: unknown)."""
    points = margin_text(margin)
    if stated:
        return f"The margin is {points}, the smallest gain that counts, as you stated it."
    tell = _what_they_tell(margin, n_items, level)
    return f"The margin is {points}, the smallest gain that counts: {tell}. State your own with --margin."


def margin_source(margin: float, n_items: int, level: float) -> str:
    """Return where the margin of a study of so many items comes from, as far as its value tells."""
    of_items = math.isclose(margin, default_margin(n_items, level))
    return _what_they_tell(margin, n_items, level) if of_items else "as stated"


def _what_they_tell(margin: float, n_items: int, level: float) -> str:
    if not n_items:
        return "how many items were scored is not known"
    gain, items = smallest_gain(n_items, margin, level), counted(n_items, "item")
    if gain is None or gain <= margin:
        return f"about what {items} can tell"
    return f"with {items}, gains below about {100 * gain:.0f} mostly stay open"


def readiness_summary(
    task: Task, findings: Sequence[Finding], margin: float, level: float, *, about_margin: str = "", width: int = 80
) -> list[str]:
    """Return lines for the terminal: whether it is fit, what was read, findings by severity, notes on the reading.

    `about_margin` is a `margin_sentence`, which comes third.
    """
    parts = [
        clean(task.kind) or "no kind stated",
        f"{counted(len(task.items), 'item')} to score{_of_which(len(task.items))}",
        f"{len(task.pool):,} in the pool",
        *((counted(len(task.labels), "label"),) if task.labels else ()),
        f"scorer {clean(task.scorer.name)}",
    ]
    return [
        *wrapped(fitness_sentence(findings, len(duplicate_groups(task.items)), margin, level), width),
        *wrapped(f"{clean(task.name)}: {', '.join(parts)}.", width),
        *wrapped(about_margin, width),
        *(
            line
            for severity, text in _remarks(task, findings)
            for line in wrapped(f"{severity}: {clean(text, longest=4_000)}", width, "  ")
        ),
    ]


def _of_which(items: int) -> str:
    """Say how many of the items a run scores, unless it is told otherwise, where these are not all."""
    scored = Design().items
    return f" (a run scores {scored:,} of them; --items takes more)" if scored < items else ""


def first_remarks(task: Task, findings: Sequence[Finding]) -> list[str]:
    """Return at most three lines beside a plan: the gravest findings, then notes on the reading.

    What is but good to know is left out, and that there are few examples, whose numbers a plan has. Where there are
    more, the last line says how many and where they are.
    """
    wrong = [
        each for each in findings if each.severity == "stop" or (each.severity == "warn" and each.code not in _SHORT)
    ]
    told = _remarks(task, wrong)
    lines = [clean(f"{severity}: {text}", longest=_BRIEF) for severity, text in told]
    if len(lines) <= _FEW:
        return lines
    return [*lines[: _FEW - 1], f"and {len(lines) - _FEW + 1} more: curvefit check says all of it"]


_SHORT: Final = ("items-short", "pool-short")
_FEW: Final = 3  # lines
_BRIEF: Final = 200  # characters of one


def _remarks(task: Task, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return findings, then notes on the reading, each after how grave it is."""
    examples = task.examples
    said = (  # of which a finding says more
        *about_spelling(task.respelled, examples),
        *about_broken(task.broken, {example.id for example in examples}),
        *about_slips(task.labels, [example.target for example in examples]),
    )
    notes = [("note", note) for note in task.notes if note not in said]
    return [*((f.severity, finding_sentence(f)) for f in findings), *notes]


def _points(share: float) -> str:
    """Return a share in percentage points, without digits nobody knows."""
    text = f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"{text} point{'' if text == '1' else 's'}"


def _names(labels: Sequence[str]) -> str:
    return listed([repr(label[:40]) for label in labels], 5, last=" ")


def _items(v: Values) -> str:
    return f"{counted(v['items'], 'distinct item')}: an accuracy near 50% is known to within {_points(v['half_width'])}"


def _grouped(v: Values) -> str:
    if v["groups"] == 1:
        return f"all {v['items']:,} items are of one group: what is measured holds for that group alone"
    said = f"the {v['items']:,} items are of {v['groups']:,} groups"
    if v["groups"] < v["advised"]:
        return f"{said}, so few that intervals are wide; get items of {v['advised']} groups or more"
    return f"{said}: intervals count them as fewer, as far as items of a group fare alike"


def _constant(v: Values) -> str:
    return f"always answering {v['answer'][:40]!r} would score {100 * v['score']:.0f}%"


def _several_targets(v: Values, side: str) -> str:
    first = "first: " if v["count"] > 1 else ""
    pair = " and ".join(v["rows"][:2])
    return f"{counted(v['count'], f'{side} input')} with more than one target ({first}{pair})"


def _denied(v: Values) -> str:
    side = "items" if v["side"] == "items" else "pool examples"
    return (
        f"scorer {v['scorer']} gives the target itself less than full credit on {v['below']} of {v['of']} {side}"
        f" (first: {v['first']}); correct those, or take another scorer"
    )


_CHANGES: Final[Mapping[str, str]] = {
    "spacing": "with other white space",
    "fence": "in a code fence",
    "order": "in another order",
    "case": "in another case",
    "digits": "with other digits",
}


def _example(v: Values) -> str:
    return f"(for {v['first']}: {v['reply'][:60]!r})"


def _instead(v: Values) -> str:
    if v["scorer"] == "sql":
        return "give its database rows that tell them apart"
    return f"scorer {v['instead']} would not" if v["instead"] else "write a python: scorer that does not"


def _free(v: Values) -> str:
    return (
        f"targets are free text of about {v['words']} words that hardly occur twice, and scorer {v['scorer']} counts"
        " them as right only where each word is the same"
    )


def _odd(v: Values) -> str:
    field = f" of {v['field'][:40]!r}" if v["field"] else ""
    what = {
        "type": f"with a {v['odd']}{field}, where the others have a {v['usual']}",
        "format": f"with a date{field} as {v['odd']}, where others have {v['usual']}",
        "fence": f"in {v['odd']}, where others are in {v['usual']}",
        "extra": f"with a key {v['field'][:40]!r}, which the others do not have",
        "missing": f"without the key {v['field'][:40]!r}, which the others have",
    }[v["what"]]
    unless = ", unless they are to be copied as they stand" if v["what"] == "format" else ""
    return f"{counted(v['count'], 'target')} {what}: make them alike{unless} ({_listed(v)})"


def _broken(v: Values) -> str:
    target_is = "target is" if v["count"] == 1 else "targets are"
    then = "shown and trained on all the same" if v["kept"] else "left out, since a right reply would count as wrong"
    named = ", ".join(f"{row}: {problem}" for row, problem in zip(v["rows"][:_ROWS], v["problems"], strict=False))
    return f"{v['count']:,} {target_is} JSON that does not parse, and {then}: correct the file ({named}{_more(v)})"


def _spellings(v: Values) -> str:
    pairs = Counter(zip(v["written"], v["usual"], strict=True)).most_common()
    return listed([f"{was[:40]!r} for {usual[:40]!r} ({count})" for (was, usual), count in pairs], _ROWS, last=" ")


def _respelled(v: Values) -> str:
    is_written = "label is" if v["count"] == 1 else "labels are"
    return (
        f"{v['count']:,} {is_written} spelled otherwise than most and taken for the usual spelling, in prompts and in"
        f" the training file: {_spellings(v)}; correct them, or take scorer exact where they differ ({_listed(v)})"
    )


def _alike(v: Values) -> str:
    n = len(set(v["written"]))
    looks, it = ("looks like a typing error", "it") if n == 1 else ("look like typing errors", "they")
    return (
        f"{counted(n, 'rare label')} {looks}: {_spellings(v)}; correct the data, or"
        f" {it} {'stays a label of its' if n == 1 else 'stay labels of their'} own, in prompts and in the training file"
        f" ({_listed(v)})"
    )


def _respelled_field(v: Values) -> str:
    are = "is" if v["count"] == 1 else "are"
    return (
        f"{counted(v['count'], 'value')} of {v['field'][:40]!r} {are} spelled otherwise than most:"
        f" {_spellings(v)}; make them alike ({_listed(v)})"
    )


def _alike_field(v: Values) -> str:
    shown = zip(v["rows"][:_ROWS], v["written"], v["usual"], v["times"], strict=False)
    named = ", ".join(
        f"{row}: {was[:40]!r}, almost {usual[:40]!r}, which {times:,} have" for row, was, usual, times in shown
    )
    is_rare = "is rare and" if v["count"] == 1 else "are rare and each"
    return (
        f"{counted(v['count'], 'value')} of {v['field'][:40]!r} {is_rare} almost a common one: if misspelled, correct"
        f" the file ({named}{_more(v)})"
    )


def _doubtful(v: Values) -> str:
    shown = zip(v["rows"][:_ROWS], v["targets"], v["answers"], strict=False)
    named = ", ".join(f"{row}: {target[:30]!r}, rather {answer[:30]!r}" for row, target, answer in shown)
    more = f",{rest}" if (rest := _more(v)) else ""
    look = "looks" if v["count"] == 1 else "look"
    return f"{counted(v['count'], 'target')} {look} wrong to a classifier of the other examples: {named}{more}"


def _listed(v: Values) -> str:
    """Return the first rows by where they stand, and how many more there are."""
    return ", ".join(v["rows"][:_ROWS]) + _more(v)


def _more(v: Values) -> str:
    return f" and {v['count'] - _ROWS} more: curvefit check --json names all" if v["count"] > _ROWS else ""


_ROWS: Final = 5  # named in a sentence
_FREER: Final = "take scorer f1 or rouge, or a python: scorer of your own"

FINDINGS: Final[Mapping[str, Callable[[Values], str]]] = {
    "items-few": lambda v: f"{_items(v)}, which decides nothing; get {v['advised']} or more",
    "items-short": lambda v: (
        f"{_items(v)}; about {v['needed']:,} may be needed to tell a gain of {_points(v['margin'])} from none"
    ),
    "items-enough": lambda v: f"{_items(v)}; enough to tell a gain of {_points(v['margin'])} from none",
    "pool-few": lambda v: f"{counted(v['pool'], 'pool example')}: no curve can be drawn; get {v['advised']} or more",
    "pool-short": lambda v: (
        f"{v['pool']} pool examples: the curve ends there; {v['advised']} or more tell where it goes"
    ),
    "pool-for-labels": lambda v: (
        f"{counted(v['pool'], 'pool example')} for {v['labels']} labels: a curve often begins to rise only after one of"
        f" each; get {v['advised']} or more"
    ),
    "labels-not-shown": lambda v: (
        f"no pool example shows {_names(v['labels'])}, scored all the same; add examples of each"
    ),
    "labels-not-asked": lambda v: (
        f"no item has the label {_names(v['labels'])}: the accuracy says nothing about such inputs"
    ),
    "labels-lopsided": lambda v: (
        f"{percent(v['share'])} of the items have the label {_names([v['label']])}, but only {percent(v['usual'])} of"
        " all examples: near copies stay together when a file is split; add examples that differ"
    ),
    "labels-respelled": _respelled,
    "labels-alike": _alike,
    "labels-rare": lambda v: (
        f"fewer than {v['fewest']} items each for {_names(v['labels'])}: too few to tell how those fare"
    ),
    "constant-all": lambda v: f"{_constant(v)}: these items test nothing; get items with other targets",
    "constant-high": lambda v: f"{_constant(v)}, which leaves little to learn; get more items with other targets",
    "constant-floor": lambda v: f"{_constant(v)}: the floor to beat",
    "items-contradict": lambda v: (
        f"{_several_targets(v, 'item')}: nobody can score more than {100 * v['best']:.1f}%; settle which is right"
    ),
    "pool-contradicts": lambda v: f"{_several_targets(v, 'pool')}: they teach both; settle which is right",
    "items-repeated": lambda v: (
        f"{v['repeated']} of {v['items']} items duplicate another, exactly or nearly: they tell nothing new, and"
        " intervals come out too narrow"
    ),
    "items-grouped": _grouped,
    "pool-has-groups": lambda v: (
        f"{v['shared']:,} of {v['items']:,} items are of a group that the pool has too: on new groups accuracy may be"
        " lower; keep each group in one file"
    ),
    "target-long": lambda v: (
        f"the longest target has {v['characters']:,} characters: {v['scorer']} says little about text so long"
    ),
    "examples-long": lambda v: (
        f"a typical example has {v['characters']:,} characters: a prompt holds few; curvefit plan says how many fit"
    ),
    "examples-uneven": lambda v: (
        f"{counted(v['count'], 'example')} of {v['of']:,} {'has' if v['count'] == 1 else 'have'}"
        f" {100 * v['share']:.0f}% of all text, each more than {v['times']} times a typical one: they"
        f" {'make most of what prompts and training cost' if v['mostly'] else 'may not fit prompts with many examples'}"
        f"; cut what is not needed ({_listed(v)})"
    ),
    "target-denied": _denied,
    "target-rewritten": lambda v: (
        f"scorer {v['scorer']} takes {v['count']} of {v['of']} targets for wrong when they are written"
        f" {_CHANGES[v['change']]} {_example(v)}" + (f"; {_instead(v)}" if v["instead"] else "")
    ),
    "target-changed": lambda v: (
        f"scorer {v['scorer']} takes {v['count']} of {v['of']} targets for right even {_CHANGES[v['change']]}"
        f" {_example(v)}; {_instead(v)}"
    ),
    "target-other": lambda v: (
        f"scorer {v['scorer']} takes another item's target for right on {v['count']} of {v['of']} items {_example(v)}:"
        f" wrong replies would score about {100 * v['credit']:.0f}%; {_instead(v)}"
    ),
    "target-odd": _odd,
    "target-broken": _broken,
    "target-respelled": _respelled_field,
    "target-alike": _alike_field,
    "items-unlike": lambda v: (
        f"{v['count']:,} of {v['items']:,} items share no word with any pool example, so that none can be shown that"
        f" resembles them: add some ({_listed(v)})"
    ),
    "target-doubtful": _doubtful,
    "system-missing": lambda v: (
        f"{counted(v['count'], 'example')} of {v['of']:,} without a system message, where {v['usual']:,} have the same"
        f" one: they are asked, and trained on, without it; add it to them, or state it for all with --instruction"
        f" ({_listed(v)})"
    ),
    "system-alike": lambda v: (
        f"{counted(v['count'], 'example')} of {v['of']:,} with almost the system message that {v['usual']:,} have: a"
        f" model is asked, and trained on, with both; make them alike ({_listed(v)})"
    ),
    "examples-escaped": lambda v: (
        f"{counted(v['count'], 'example')} of {v['of']:,} with {v['written']} in the text in place of {v['letter']},"
        f" probably escaped twice: a model reads it so, and learns to write it so; correct the file ({_listed(v)})"
    ),
    "target-empty": lambda v: (
        f"{v['count']:,} of {v['of']:,} items have a target that returns no row, so that any query that returns none is"
        f" right there: change them, or add rows that they return ({_listed(v)})"
    ),
    "kind-unknown": lambda v: sentence(Reason("unsorted-kind", {"kind": v["kind"]})).removesuffix("."),
    "examples-unjudged": lambda v: (
        f"{v['count']:,} of {v['of']:,} examples are left out, and nothing here is about them: {v['reason']}"
    ),
    "judge-unlabelled": lambda v: (
        f"{clean(v['judge'])} judges the replies, and its errors cannot be measured: judge_labels.jsonl has"
        f" {v['right']} right and {v['wrong']} wrong replies; put some of both there"
    ),
    "target-free": lambda v: f"{_free(v)}: any model scores about 0, which says nothing; {_FREER}",
    "target-prefaced": lambda v: (
        f"scorer {v['scorer']} does not count a reply such as {v['reply'][:40]!r} as wholly right: ask for the answer"
        " alone in the instruction (of a single file: --instruction)"
    ),
    "target-program": lambda v: (
        f"targets are code of about {v['words']} words that hardly occurs twice, and scorer {v['scorer']} wants it"
        f" letter for letter: other code that does the same counts as wrong; run it in a python: scorer of your own"
    ),
    "target-freeish": lambda v: f"{_free(v)}: good replies in other words count as wrong; {_FREER}",
}
