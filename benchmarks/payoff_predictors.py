"""What predicts the payoff of fine-tuning? Compared on what the laboratory measured, and on published figures too.

Run: python benchmarks/payoff_predictors.py    (reads laboratory.csv, writes predictors.md, reliability.png, gains.png)

Every predictor is a set of features in one and the same linear model, so that only what is looked at differs. A task
(source) is predicted from the others alone. The comparison is with the base rate and with the same model that looks at
nothing, on the same cases: those for which the features exist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from payoff_cases import LAB, Case, laboratory, published
from payoff_pictures import draw_gains, draw_reliability
from payoff_reliability import FEWEST, Shown, of_laboratory, of_published, told
from payoff_scoring import (
    MARGIN,
    Guess,
    Predict,
    able,
    base_rate,
    beyond,
    for_a_user,
    left_out,
    looking_at,
    scored,
    shipped,
)
from payoff_table import REPORTS, read

from curvefit.curves.curve import Estimate
from curvefit.payoff.backtest import _auc
from curvefit.payoff.evidence import Unit, evidence

# What is looked at, by name. "kind" stands for a feature a group of tasks.
PREDICTORS: Final[dict[str, tuple[str, ...]]] = {
    "nothing": (),
    "last doubling (plain rule)": ("doubling",),
    "headroom": ("headroom",),
    "forecast gain to 4 times the shots": ("forecast",),
    "retrieved minus random": ("retrieved",),
    "unreadable replies": ("unread",),
    "choice minus free reply": ("choice",),
    "label margin": ("margin",),
    "label margin, of the target": ("lead",),
    "kind of task": ("kind",),
    "training examples": ("size",),
    "classes": ("classes",),
    "other model's best prompt": ("other best",),
    "other model's gain": ("other gain",),
    "other model's probe at 32": ("other probe",),
    "other model's probe, over 32 in the prompt": ("other trained",),
    "other model's probe, over 32 in the prompt, times headroom": ("other trained, room",),
    "own probe at 32": ("probe",),
    "own probe, over 32 in the prompt": ("trained",),
    "own probe, over 32 in the prompt, times headroom": ("trained, room",),
    "headroom, examples": ("headroom", "size"),
    "headroom, kind": ("headroom", "kind"),
    "headroom, examples, kind": ("headroom", "size", "kind"),
    "headroom, examples, kind, last doubling": ("headroom", "size", "kind", "doubling"),
    "headroom, retrieved": ("headroom", "retrieved"),
    "headroom, label margin": ("headroom", "margin"),
    "headroom, other model's probe": ("headroom", "other probe"),
    "headroom, own probe": ("headroom", "probe"),
    "headroom, own probe, over 32 in the prompt": ("headroom", "trained"),
    "headroom, examples, own probe": ("headroom", "size", "probe"),
}
# What published figures tell too; and what to hold a probe against.
GENERAL: Final = (
    "nothing", "last doubling (plain rule)", "headroom", "kind of task", "training examples", "headroom, examples",
    "headroom, kind", "headroom, examples, kind", "headroom, examples, kind, last doubling",
)  # fmt: skip
PROBES: Final = (
    "nothing", "headroom", "own probe at 32", "other model's probe at 32", "other model's gain",
    "headroom, own probe", "headroom, other model's probe",
    "own probe, over 32 in the prompt", "own probe, over 32 in the prompt, times headroom",
    "other model's probe, over 32 in the prompt", "other model's probe, over 32 in the prompt, times headroom",
)  # fmt: skip
# Units in view when a probe was first compared with as many examples in the prompt.
BEFORE: Final = {
    ("local/gemma3-270m", task)
    for task in (
        "banking77-12", "berths", "capitals", "kubectl", "logquery", "pubmedqa-closed", "redaction", "reviews",
        "tickets",
    )
}  # fmt: skip
# And those in view when that became a term of the shipped model.
SHAPED: Final = {
    *BEFORE,
    *(("local/gemma3-270m", task) for task in ("nl2regex", "pii_redaction")),
    *(
        ("local/smollm2-135m", task)
        for task in ("banking77-12", "berths", "capitals", "kubectl", "pubmedqa-closed", "reviews", "tickets")
    ),
}


def compared(cases: Sequence[Case], predictors: Mapping[str, Predict | tuple[str, ...]]) -> str:
    """Return a table in Markdown: a line a predictor, on the cases it can say something about."""
    if len({case.cluster for case in cases}) < FEWEST:
        return f"Too few tasks measured to leave one out: {len(cases)} cases."
    lines = [
        "| looked at | cases (paid) | AUC | as it stands | log-loss ahead of the base rate | Brier | base |"
        " coverage | error, points | rank |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, looked_at in predictors.items():
        features = looked_at if isinstance(looked_at, tuple) else ()
        some = able(cases, features)
        if len({case.cluster for case in some}) < FEWEST:
            lines.append(f"| {name} | {len(some)} | too few tasks |" + " |" * 7)
            continue
        predicting = looking_at(looked_at) if isinstance(looked_at, tuple) else looked_at
        base = base_rate(some)
        found = scored(some, left_out(some, predicting), base)
        paid = np.array([case.gain > MARGIN for case in some])
        plain = math.nan
        if len(features) == 1 and features != ("kind",):
            plain = _auc(np.array([case.features[features[0]] for case in some]), paid)
        lines.append(
            f"| {name} | {found.cases} ({found.paid}) | {_told(found.auc)} | {_figure(plain)} |"
            f" {_told(found.ahead)} | {found.brier.value:.2f} | {((base - paid) ** 2).mean():.2f} |"
            f" {_told(found.coverage)} | {100 * found.error.value:.1f} | {_told(found.rank)} |"
        )
    return "\n".join(lines)


def _told(e: Estimate) -> str:
    return "" if math.isnan(e.value) else f"{_figure(e.value)} ({_figure(e.low)} to {_figure(e.high)})"


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def main() -> None:
    """Write every comparison there are figures for."""
    rows = read(REPORTS / "laboratory.csv")
    largest, every = laboratory(rows, largest=True), laboratory(rows, largest=False)
    others = [unit for unit in evidence() if unit.source != LAB]
    said: dict[str, tuple[Sequence[Case], Mapping[str, Predict | tuple[str, ...]]]] = {
        "The laboratory, each unit at its most examples, one task left out at a time": (
            largest,
            {**PREDICTORS, "the shipped model": for_a_user(others, largest)},
        ),
        "The laboratory, every number of examples, one task left out at a time": (every, PREDICTORS),
    }
    since = [c for c in largest if c.unit and (c.unit.model, c.unit.task) not in BEFORE]
    said["A probe over 32 in the prompt, on the units measured since that was thought of"] = (
        since,
        {name: PREDICTORS[name] for name in PROBES},
    )
    for model, other in (("local/gemma3-270m", "SmolLM2"), ("local/smollm2-135m", "Gemma")):
        ours = [case for case in largest if case.unit and case.unit.model == model]
        title = f"What a probe with 32 examples says of the gain at the most: {model}, its own probe and {other}'s"
        said[title] = ours, {name: PREDICTORS[name] for name in PROBES}
    both = published([*others, *(case.unit for case in largest if case.unit)])
    general = {name: features for name, features in PREDICTORS.items() if name in GENERAL}
    alone = published(others)
    said["Published figures, one source left out at a time"] = alone, {**general, "the shipped model": shipped}
    said["Published figures and the laboratory, which is one source"] = both, {**general, "the shipped model": shipped}
    parts = ["# What predicts the payoff of fine-tuning", _LEGEND]
    parts += [f"## {title}\n\n{compared(cases, predictors)}" for title, (cases, predictors) in said.items()]
    later = [c for c in largest if c.unit and (c.unit.model, c.unit.task) not in SHAPED]
    parts += [f"## What a probe adds to the shipped model\n\n{probed(largest, largest, others)}"]
    parts += [f"## The same on the units measured since it was made so\n\n{probed(later, largest, others)}"]
    parts += [f"## Published figures, predicted with and without the laboratory\n\n{contaminated(alone, both)}"]
    panels = of_published(others, MARGIN), of_laboratory(largest, others, MARGIN)
    parts += ["## How far the shipped prediction can be taken at its word", reliability(panels)]
    (REPORTS / "predictors.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw_reliability(panels, REPORTS / "reliability.png")
    draw_gains(panels, REPORTS / "gains.png")


# Probes, by what they are called among `Case.probes`.
_PROBES: Final = {
    "own": "the same model, the fewest examples",
    "other": "the other model, the fewest examples",
    "other whole": "the other model, the most examples",
}


def probed(cases: Sequence[Case], known: Sequence[Case], others: Sequence[Unit]) -> str:
    """Return what each probe adds to the shipped model, counted in each way."""
    lines = [
        "| probe | counted | cases (paid) | AUC | nats ahead of no probe | error less by, points | coverage |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for probe, said in _PROBES.items():
        some = [case for case in cases if probe in case.probes]
        if len({case.cluster for case in some}) < FEWEST:
            lines.append(f"| {said} | | {len(some)} | too few tasks | | | |")
            continue
        base, without = base_rate(some), left_out(some, for_a_user(others, known))
        for way in ("not", "case", "term", "both", "shipped"):
            guess = without if way == "not" else left_out(some, for_a_user(others, known, probe, way))
            found, (nats, error) = scored(some, guess, base), beyond(some, guess, without)
            less = Estimate(100 * error.value, 100 * error.low, 100 * error.high, error.level)
            added = ("", "") if way == "not" else (_told(nats), _told(less))
            lines.append(
                f"| {said} | {way} | {found.cases} ({found.paid}) | {_told(found.auc)} | {added[0]} | {added[1]} |"
                f" {_told(found.coverage)} |"
            )
    return "\n".join(lines)


_LEGEND: Final = """\
`python benchmarks/payoff_predictors.py` made this from `laboratory.csv` and the shipped evidence. Each line looks at
some features only, in the same linear model; what is predicted was left out, with all of its task (or source). Paid:
the gain over the best prompt exceeded 2 points. AUC: of the predicted probability; as it stands: of the bare feature,
larger meaning likelier to pay, nothing learned. Probe: its gain over the best prompt; over 32 in the prompt: over as
many random examples as it was trained on, a comparison that was thought of after the first nine units (those of
`banking77-12`, `berths`, `capitals`, `kubectl`, `logquery`, `pubmedqa-closed`, `redaction`, `reviews` and `tickets`
with Gemma), the others having a table of their own. Ahead of the base rate: nats a case, positive is better. Brier:
beside the base rate's. Coverage: of 90% intervals. Error: mean absolute, of the gain. Rank: Spearman's correlation of
predicted and real gain. Counted: a probe as a case of the task, by a term (training over showing, times headroom), as
both, or as shipped (as a case; by the term too for the very model, unless it was trained on as many as are asked about;
decided with 18 units in view, among about two dozen ways). Intervals are 90%, by resampling whole tasks (or
sources), of differences to no probe Student's over whole tasks."""


_RELIABILITY: Final = """\
The probability that fine-tuning pays which `curvefit` states, in groups of equal counts, against the share of cases
that paid. Published cases are predicted from all other sources, by the code of `curvefit backtest`; the laboratory's
from its other tasks and the published cases. Intervals are Wilson's, 90%, and take cases for independent; those of one
source are not quite, so that the truth is wider. In the second picture each line is a case.

![Predicted probability that fine-tuning pays, against the share of cases in which it paid](reliability.png)

![Predicted gain with its 90% interval, and measured gain, case by case](gains.png)"""


def reliability(panels: Sequence[Shown]) -> str:
    """Return how predicted probabilities came true, for each set of cases."""
    return "\n\n".join((_RELIABILITY, *map(told, panels)))


def contaminated(alone: Sequence[Case], both: Sequence[Case]) -> str:
    """Return how the shipped model predicts published sources, knowing only other ones, or the laboratory too.

    Then as if its tiny models were like the larger ones, and with its tasks in no group: then it tells of room and
    size, and not of kinds of task.
    """

    def changed(**to: Any) -> list[Case]:
        return [replace(c, unit=replace(c.unit, **to)) if c.unit and c.cluster == LAB else c for c in both]

    base = base_rate(alone)
    lines = [
        "| known | AUC | log-loss ahead of the base rate | Brier | coverage | error, points |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    knowing = {
        "other published sources": alone,
        "those and the laboratory": both,
        "those and the laboratory, as if its models were larger": changed(tiny=False),
        "those and the laboratory, in no group of tasks": changed(kind=""),
    }
    for name, cases in knowing.items():
        guess = left_out(cases, shipped)
        ours = [i for i, case in enumerate(cases) if case.cluster != LAB]
        found = scored(alone, Guess(guess.gains[ours]), base)
        lines.append(
            f"| {name} | {_told(found.auc)} | {_told(found.ahead)} | {found.brier.value:.3f} |"
            f" {_told(found.coverage)} | {100 * found.error.value:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
