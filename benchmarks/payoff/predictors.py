"""What predicts the payoff of fine-tuning? Compared on what the laboratory measured, and on published figures too.

Run: python -m benchmarks.payoff.predictors    (reads laboratory.csv, writes predictors.md, reliability.svg, gains.svg)

Every predictor is a set of features in one and the same linear model, so that only what is looked at differs. A task
(source) is predicted from the others alone. The comparison is with the base rate and with the same model that looks at
nothing, on the same cases: those for which the features exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.paths import REPORTS
from benchmarks.payoff.cases import LAB, BacktestCase, laboratory, published
from benchmarks.payoff.kept_aside import kept_aside
from benchmarks.payoff.linear_model import (
    MARGIN,
    Guess,
    Predict,
    able,
    base_rate,
    for_a_user,
    left_out,
    looking_at,
    scored,
    shipped,
)
from benchmarks.payoff.more_information import beyond_both, more, probed
from benchmarks.payoff.pictures import draw_gains, draw_reliability
from benchmarks.payoff.reliability import FEWEST, Shown, of_laboratory, of_published, told
from benchmarks.payoff.table import interval, read
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import evidence
from curvefit.payoff.metrics import auc, resampled

LookedAt = dict[str, tuple[str, ...] | Predict]

# What is looked at, by name. "kind" stands for a feature a group of tasks.
PREDICTORS: Final[LookedAt] = {
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
    "best prompt of 15% or more": ("reach",),
    "best prompt, times headroom": ("best, room",),
    "headroom, best prompt of 15% or more": ("headroom", "reach"),
}
SHIPPED: Final[LookedAt] = {"the shipped model": shipped}
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
# What the shipped model has to do better than.
PLAIN: Final = (
    "nothing", "last doubling (plain rule)", "headroom", "forecast gain to 4 times the shots", "kind of task",
)  # fmt: skip
# And that where there was room, without which part of it is arithmetic.
ROOMY: Final = (*PLAIN, "own probe, over 32 in the prompt", "own probe, over 32 in the prompt, times headroom")
# What might tell a task beyond the model from one with much to learn, which headroom alone cannot.
WITHIN: Final = (
    "nothing", "headroom", "forecast gain to 4 times the shots", "kind of task", "best prompt of 15% or more",
    "best prompt, times headroom", "headroom, best prompt of 15% or more",
)  # fmt: skip
GEMMA: Final = "local/gemma3-270m"
SMOLLM2: Final = "local/smollm2-135m"
# Units in view when a probe was first compared with as many examples in the prompt.
BEFORE: Final = {
    (GEMMA, task)
    for task in (
        "banking77-12", "berths", "capitals", "kubectl", "logquery", "pubmedqa-closed", "redaction", "reviews",
        "tickets",
    )
}  # fmt: skip
# And those in view when that became a term of the shipped model.
SHAPED: Final = {
    *BEFORE,
    *((GEMMA, task) for task in ("nl2regex", "pii_redaction")),
    *(
        (SMOLLM2, task)
        for task in ("banking77-12", "berths", "capitals", "kubectl", "pubmedqa-closed", "reviews", "tickets")
    ),
}
# And those when it was asked whether a best prompt near 0 means that a task is beyond the model.
REACHED: Final = {
    *SHAPED,
    (GEMMA, "snips_json"),
    *((SMOLLM2, task) for task in ("apibench_torchhub", "banking77-24", "logquery", "nl2bash", "nlupp_json")),
}


def compared(cases: Sequence[BacktestCase], predictors: LookedAt, known: Sequence[BacktestCase] = ()) -> str:
    """Return a table in Markdown: a line a predictor, on the cases it can say something about.

    They are predicted from one another, or from the other tasks among those `known`.
    """
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
        others = able(known, features) or some
        base = base_rate(some, others)
        found = scored(some, left_out(some, predicting, others), base)
        paid = np.array([case.paid for case in some])
        plain = as_it_stands(some, features[0], paid) if len(features) == 1 and features != ("kind",) else None
        lines.append(
            f"| {name} | {found.cases} ({found.paid}) | {interval(found.auc)} | {interval(plain) if plain else ''} |"
            f" {interval(found.ahead)} | {found.brier.value:.2f} | {((base - paid) ** 2).mean():.2f} |"
            f" {interval(found.coverage)} | {100 * found.error.value:.1f} | {interval(found.rank)} |"
        )
    return "\n".join(lines)


def as_it_stands(cases: Sequence[BacktestCase], feature: str, paid: NDArray[np.bool_]) -> Estimate:
    """Return the AUC of a bare feature, with its interval by resampling whole tasks (or sources)."""
    values = np.array([case.features[feature] for case in cases])
    _, cluster = np.unique([case.cluster for case in cases], return_inverse=True)
    return resampled(lambda some: auc(values[some], paid[some]), cluster)


def main() -> None:
    """Write every comparison there are figures for."""
    rows = read(REPORTS / "payoff" / "laboratory.csv")
    largest, every = laboratory(rows, largest=True), laboratory(rows, largest=False)
    others = [unit for unit in evidence() if unit.source != LAB]
    alone, both = published(others), published([*others, *(case.unit for case in largest if case.unit)])
    ours: LookedAt = {"the shipped model": for_a_user(others, largest)}
    probes, general, reach, plain, roomy = (
        {name: PREDICTORS[name] for name in names} for names in (PROBES, GENERAL, WITHIN, PLAIN, ROOMY)
    )
    known, shaped, reached = (since(largest, seen) for seen in (BEFORE, SHAPED, REACHED))
    gemma, smol = ([c for c in largest if c.unit and c.unit.model == model] for model in (GEMMA, SMOLLM2))
    panels = of_published(evidence(), MARGIN), of_laboratory(largest, others, MARGIN)
    few = [case for case in every if case.unit and case.unit.n_train == 32]
    lab, asked = "The laboratory", "What a probe with 32 examples says of the gain at the most"
    parts = {
        "Sources kept aside: before and now": kept_aside(evidence()),
        f"{lab}, each unit at its most examples, one task left out at a time": compared(largest, PREDICTORS | ours),
        f"{lab}, units whose best prompt leaves room to pay": compared(possible(largest), roomy | ours, largest),
        f"{lab}, what 32 examples gain, predicted from what the most did": compared(few, plain | ours, largest),
        f"{lab}, every number of examples, one task left out at a time": compared(every, PREDICTORS),
        "A probe over 32 in the prompt, on the units measured since that was thought of": compared(known, probes),
        "The same, units whose best prompt leaves room to pay": compared(possible(known), probes, known),
        f"{asked}: {GEMMA}, its own probe and SmolLM2's": compared(gemma, probes),
        f"{asked}: {SMOLLM2}, its own probe and Gemma's": compared(smol, probes),
        "Published figures, one source left out at a time": compared(alone, general | SHIPPED),
        "The same, without a vendor's figures and without sources that tried no prompt with examples": compared(
            [c for c in alone if c.unit and c.unit.stratum == "published"], general | SHIPPED
        ),
        "Published figures and the laboratory, which is one source": compared(both, general | SHIPPED),
        "The same, cases whose best prompt leaves room to pay": compared(possible(both), general | SHIPPED, both),
        "What a probe adds to the shipped model": probed(largest, largest, others),
        "The same on units whose best prompt leaves room to pay": probed(possible(largest), largest, others),
        "The same on the units measured since it was made so": probed(shaped, largest, others),
        "The same on data sets of which no unit was in view then": probed(elsewhere(largest, SHAPED), largest, others),
        "The same since another model's training over showing was in question": probed(reached, largest, others),
        "Headroom or beyond the model, on the units measured since": compared(reached, reach | ours, largest),
        "What more examples add": more(largest),
        "Beyond the probe and the prediction without it": beyond_both(every, largest, others),
        "Published figures, predicted with and without the laboratory": contaminated(alone, both),
        "How far the shipped prediction can be taken at its word": reliability(panels),
    }
    text = [f"## {title}\n\n{said}" for title, said in parts.items()]
    told = "\n\n".join(("# What predicts the payoff of fine-tuning", _LEGEND, *text))
    (REPORTS / "payoff" / "predictors.md").write_text(f"{told}\n", encoding="utf-8")
    draw_reliability(panels, REPORTS / "payoff" / "reliability.svg")
    draw_gains(panels, REPORTS / "payoff" / "gains.svg")


def possible(cases: Sequence[BacktestCase]) -> list[BacktestCase]:
    """Return the cases in which fine-tuning could gain more than the margin: that others did not pay is arithmetic."""
    return [case for case in cases if case.best < 1 - MARGIN]


def since(cases: Sequence[BacktestCase], seen: AbstractSet[tuple[str, str]]) -> list[BacktestCase]:
    """Return the cases of units that were not in view then."""
    return [case for case in cases if case.unit and (case.unit.model, case.unit.task) not in seen]


def elsewhere(cases: Sequence[BacktestCase], seen: AbstractSet[tuple[str, str]]) -> list[BacktestCase]:
    """Return the cases of data sets of which no unit was in view then."""
    known = {case.cluster for case in cases if case.unit and (case.unit.model, case.unit.task) in seen}
    return [case for case in cases if case.cluster not in known]


_LEGEND: Final = """\
`python -m benchmarks.payoff.predictors` made this from `laboratory.csv` and the shipped evidence. Each line looks at
some features only, in the same linear model; what is predicted was left out, with all of its task (or source). Paid:
the gain over the best prompt exceeded 2 points. AUC: of the predicted probability; as it stands: of the bare feature,
larger meaning likelier to pay, nothing learned. Probe: its gain over the best prompt; over 32 in the prompt: over as
many random examples as it was trained on, a comparison that was thought of after the first nine units (those of
`banking77-12`, `berths`, `capitals`, `kubectl`, `logquery`, `pubmedqa-closed`, `redaction`, `reviews` and `tickets`
with Gemma), the others having a table of their own. Ahead of the base rate: nats a case, positive is better. Brier:
beside the base rate's. Coverage: of 90% intervals. Error: mean absolute, of the gain. Rank: Spearman's correlation of
predicted and real gain. Counted: a probe as a case of the task, by a term (training over showing, times headroom), as
both, or as shipped (as a case; by the term too for the very model, unless it was trained on as many as are asked about;
decided with 18 units in view, among about two dozen ways). Best prompt of
15% or more: 0 below that, and 1 otherwise. Intervals are 90%, by resampling whole tasks (or sources), of differences to
no probe Student's over whole tasks."""


_RELIABILITY: Final = """\
The probability that fine-tuning pays which `curvefit` states, in groups of equal counts, against the share of cases
that paid. Published cases are predicted from all other sources, the laboratory being one, as `curvefit backtest` does;
the laboratory's from its other data sets and the published cases (one of those is of PubMedQA, as two of these are).
Intervals are Wilson's, 90%, and take cases for independent; those of one source are not quite, so that the truth is
wider. In the second picture each line is a case.

![Predicted probability that fine-tuning pays, against the share of cases in which it paid](reliability.svg)

![Predicted gain with its 90% interval, and measured gain, case by case](gains.svg)"""


def reliability(panels: Sequence[Shown]) -> str:
    """Return how predicted probabilities came true, for each set of cases."""
    return "\n\n".join((_RELIABILITY, *map(told, panels)))


def contaminated(alone: Sequence[BacktestCase], both: Sequence[BacktestCase]) -> str:
    """Return how the shipped model predicts published sources, knowing only other ones, or the laboratory too.

    Then as if its tiny models were like the larger ones, and with its tasks in no group: then it tells of room and
    size, and not of kinds of task.
    """

    def changed(**to: Any) -> list[BacktestCase]:
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
            f"| {name} | {interval(found.auc)} | {interval(found.ahead)} | {found.brier.value:.3f} |"
            f" {interval(found.coverage)} | {100 * found.error.value:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
