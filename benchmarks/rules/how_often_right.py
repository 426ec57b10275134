"""How often was each rule of thumb right about fine-tuning?

Run: python -m benchmarks.rules.how_often_right. Writes reports/rules.md from the shipped evidence, the laboratory
(reports/payoff/laboratory.csv), trainings in the reports of the sample tasks, and published tasks that were asked with
documents, which are read from payoff/icl_vs_ft.csv in $CURVEFIT_DATA or ../shared/data. Half a minute of one core.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Final

from benchmarks.paths import DATA, REPORTS
from benchmarks.payoff.cases import LAB, laboratory
from benchmarks.payoff.table import Row, read
from benchmarks.rules.known_before import MARGINS, of_documents, of_laboratory, of_published, of_reports
from benchmarks.rules.rules import ALWAYS, ENOUGH, NEVER, OURS, RETRIEVE, RULES, TALK, Case, Rule, Score, score
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import evidence
from curvefit.payoff.stand_in import pairs

__all__ = ["document_table", "every_case", "every_size", "in_short", "report", "rule_table"]

ORIGINS: Final = {
    "laboratory": "laboratory", "reports": "other sample tasks", "published": "published",
    "documents": "with documents",
}  # fmt: skip


def every_case(rows: Sequence[Row]) -> list[Case]:
    """Return all the cases there are; `rows` are the laboratory's."""
    units = evidence()
    measured = laboratory(rows, largest=True)
    others = [unit for unit in units if unit.source != LAB]
    known = {(case.unit.task, case.unit.model) for case in measured if case.unit}
    return [
        *of_laboratory(rows, measured, others, pairs()),
        *of_reports(REPORTS, known, units, pairs()),
        *of_published(units),
        *of_documents(DATA / "payoff" / "icl_vs_ft.csv", units),
    ]


def rule_table(cases: Sequence[Case], margin: float) -> str:
    """Return a line a rule in Markdown."""
    present = {case.origin for case in cases}
    origins = {origin: name for origin, name in ORIGINS.items() if origin in present}
    head = (
        "rule", "speaks of", "says nothing", "right", "balanced", "over always, points", "ours over it, points",
        "says do: right", "says don't: right", *origins.values(),
    )  # fmt: skip
    lines = [head, ("---", *("--:",) * (len(head) - 1))]
    for name, rule in RULES.items():
        found = score(cases, rule, margin)
        parts = [score([case for case in cases if case.origin == origin], rule, margin) for origin in origins]
        silent = "" if math.isnan(found.silent) else f"{100 * found.silent:.0f}%"
        ahead = "" if name == ALWAYS else _points(found.ahead)
        ours = "" if name == OURS else _points(found.behind_ours)
        cells = (
            name, str(found.spoke), silent, _percent(found.right), _percent(found.balanced), ahead, ours,
            f"{found.yes_right} of {found.yes}",
            f"{found.no_right} of {found.no}", *map(_count, parts),
        )  # fmt: skip
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document_table(cases: Sequence[Case]) -> str:
    """Return the published tasks with documents, a line each."""
    lines = [
        "| source | task | model | documents add, points | best prompt | fine-tuned, best | gain, points |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    for case in cases:
        if case.origin == "documents":
            unit = case.unit
            figures = (f"{100 * unit.best_prompted:.0f}%", f"{100 * unit.fine_tuned:.0f}%", _signed(unit.gain))
            cells = (unit.citation, unit.task, unit.model, _signed(case.retrieved), *figures)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _count(found: Score) -> str:
    return f"{found.yes_right + found.no_right} of {found.spoke}" if found.spoke else ""


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


def _percent(e: Estimate) -> str:
    if math.isnan(e.value):
        return ""
    known = "no interval" if math.isnan(e.low) else f"{100 * e.low:.0f} to {100 * e.high:.0f}"
    return f"{100 * e.value:.0f}% ({known})"


def _points(e: Estimate) -> str:
    if math.isnan(e.value):
        return ""
    known = "no interval" if math.isnan(e.low) else f"{_signed(e.low)} to {_signed(e.high)}"
    return f"{_signed(e.value)} ({known})"


def _other_steps(cases: Sequence[Case]) -> str:
    """Return how often the talk's rule is right where the last doubling has to add another number of points."""

    def beyond(step: float) -> Rule:
        return lambda case, margin: None if math.isnan(case.unit.doubling) else case.unit.doubling > step

    shares = {step: score(cases, beyond(step), MARGINS[0]).right for step in (0.0, 0.02, 0.05)}
    return ", ".join(f"{_percent(share)} with {100 * step:.0f}" for step, share in shares.items())


def report(cases: Sequence[Case], rows: Sequence[Row]) -> str:
    """Return the whole page."""
    two, five = (rule_table(cases, margin) for margin in MARGINS)
    counts = {origin: sum(case.origin == origin for case in cases) for origin in ORIGINS}
    data_sets = {case.cluster for case in cases if case.origin == "laboratory"}
    paid = {margin: sum(case.unit.paid(margin) for case in cases) for margin in MARGINS}
    named = {
        "laboratory": f"of our laboratory, on {len(data_sets)} data sets, with 100 items in most",
        "reports": "of sample tasks fine-tuned since, on fewer items",
        "published": "of others",
        "documents": "of others in which documents could be shown",
    }
    listed = "; ".join(f"{counts[origin]} {name}" for origin, name in named.items() if counts[origin])
    size = (
        f"{len(cases)} cases: {listed}."
        f" Fine-tuning gained more than 2 points in {paid[MARGINS[0]]} of them, and more than 5 in {paid[MARGINS[1]]}."
        f" Taking another step than 1 point for a rise, the talk's rule was right in {_other_steps(cases)}."
    )
    parts = {
        "# How often was each rule right?": (in_short(cases), fill(size, 120), _LEGEND),
        "## It pays if it gains more than 2 points": (two,),
        "## It pays if it gains more than 5 points": (five,),
        "## Retrieve first: the published cases with documents": (_DOCUMENTS, document_table(cases)),
        "## 500 examples: our own trainings of every size": (_SIZES, every_size(rows)),
    }
    return "\n\n".join(text for title, texts in parts.items() for text in (title, *texts)) + "\n"


_LEGEND: Final = """\
`python -m benchmarks.rules.how_often_right` made this. A case is one model on one task, prompted and fine-tuned; each
is counted at the most examples it was trained on. A rule is right where it says to fine-tune and the gain over the best
prompt is above 2 (or 5) points, or says not to and it is not. Brackets are 90% intervals, by resampling whole sources,
and of our own cases whole data sets.

- *Speaks of*: cases in which what the rule needs was measured. *Says nothing*: share of the other ones.
- *Balanced*: right if as many cases had paid as had not. A coin has 50%, and so have always and never.
- *Over always*: how much more often it is right than always fine-tuning is, on the cases that it speaks of. *Ours over
  it*: how much more often than it the last line is, on the same.
- *The talk's*: the curve rises where the last doubling of the examples added more than 1 point. *Shown to rise or to
  stay*: curvefit's own verdict on the same means (rising, or plateau, flat or falling), silent where they do not tell.
- *Retrieve*: on our own tasks the most similar examples, in the others documents. It helps where it adds more than 2
  points. *Format and syntax, facts*: by the kind of task; labels and free text are neither.
- *The classifier*: learned from as many examples, where answers are labels. *Cases*: the prediction that `curvefit run`
  makes of all tasks without a training. *Try*: that, knowing what 32 examples gained when trained on. Each of these is
  made of other sources, or other data sets.

What to keep in mind: wins are published more often than losses, so that always fine-tuning looks better here than it
will be for you. On 100 items a gain of 2 points lies within the error of measuring it. Of so many intervals some lie
above none by chance. The form of our prediction was [chosen with many of these cases in
view](payoff/README.md#what-was-decided-with-which-figures-in-view), and the rules of thumb were not. The talk is *Why
Fine Tuning is Dead* (2024). "50% first", "85%" and "500 examples" are numbers that are often heard; none of the three
documents that this project starts from has them."""

_DOCUMENTS: Final = """\
Figures of others, at the places named. Documents add: to the best prompt without them. Fine-tuned: the best of those
with and without documents in the prompt. The evidence that curvefit predicts from has none of these. By its authors,
much of what the model of RAFT lacks before training is the style of the answers; no prompt showed it examples. The last
two lines are two measures of one task."""


def in_short(cases: Sequence[Case]) -> str:
    """Return the findings, with their figures."""
    scores = {margin: {name: score(cases, rule, margin) for name, rule in RULES.items()} for margin in MARGINS}
    two, five = scores.values()
    talk, ours = two[TALK], two[OURS]
    curves = [case for case in cases if RULES[TALK](case, MARGINS[0]) is not None]
    always = score(curves, RULES[ALWAYS], MARGINS[0])
    helped = two[RETRIEVE]
    better = ". Where more than ".join(
        f"{100 * margin:.0f} points count: {_listed([n for n, s in found.items() if s.ahead.low > 0])}"
        for margin, found in reversed(scores.items())
    )
    lines = (
        f"**The talk's rule was right in {_percent(talk.right)}** of the {talk.spoke} cases that have a curve. Always"
        f" fine-tuning was right in {_percent(always.right)} of the same.",
        f"**All of ours together was right in {_percent(ours.right)}** of all {ours.spoke}, always fine-tuning in"
        f" {_percent(two[ALWAYS].right)} of these: a difference of {_points(ours.ahead)} points. On the talk's cases"
        f" that is {_points(talk.behind_ours)} points more often than its rule.",
        f"**Where more than 5 points count**, it was right in {_percent(five[OURS].right)}, always fine-tuning in"
        f" {_percent(five[ALWAYS].right)}: {_points(five[OURS].ahead)} points; and {_points(five[TALK].behind_ours)}"
        " points more often than the talk's rule.",
        "**Better than always fine-tuning**, with the whole 90% interval of the difference above none, where more than"
        f" {better}.",
        f"**Retrieve first, but do not stop there.** Where retrieval helped, training still paid in"
        f" {helped.no - helped.no_right} of {helped.no} cases: retrieval is the prompt to beat, and no reason against"
        " training.",
    )
    return "\n".join(fill(f"- {line}", 120, subsequent_indent="  ") for line in lines)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(f"*{name}*" for name in names) if names else "no rule"


def every_size(rows: Sequence[Row]) -> str:
    """Return how rules that need no curve do on each training of the laboratory, in Markdown."""
    cases = [Case(c.unit, c.cluster, "laboratory") for c in laboratory(rows, largest=False) if c.unit]
    lines = ["| rule | right | balanced | says do: right | says don't: right |", "|---|--:|--:|--:|--:|"]
    for name in (NEVER, ALWAYS, ENOUGH):
        found = score(cases, RULES[name], MARGINS[0])
        shares = f"{found.yes_right} of {found.yes} | {found.no_right} of {found.no}"
        lines.append(f"| {name} | {_percent(found.right)} | {_percent(found.balanced)} | {shares} |")
    return "\n".join(lines)


_SIZES: Final = """\
Above, each case stands at its most examples. Here each training of the laboratory counts: on 32, on 128, and on 512 or
as many as there were. Gains above 2 points."""


def main() -> None:
    """Write reports/rules.md."""
    rows = read(REPORTS / "payoff" / "laboratory.csv")
    (REPORTS / "rules.md").write_text(report(every_case(rows), rows), encoding="utf-8")


if __name__ == "__main__":
    main()
