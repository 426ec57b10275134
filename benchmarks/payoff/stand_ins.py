"""What is learned without a language model beside real fine-tuning: as many examples of one pool, the same items.

Run: python -m benchmarks.payoff.stand_ins. On every task of reports/payoff/laboratory.csv it trains a classifier where
answers are picked from a few, and a composer where they are built. It writes the pairs of accuracies that
`curvefit.payoff.stand_in` predicts from (curvefit/payoff/stand_ins.csv), predicts each data set from the others, and
writes reports/payoff/baseline.md. Takes minutes of one core. Data: $CURVEFIT_DATA or ../shared/data.

Registered before the composer was run on any task that only scores: the tasks in `CHOOSING` chose its form, features,
penalty and steps, and that nothing is predicted where the ceiling is below a half. The others only score, once. How
the log-odds of a pair spread was chosen for picked answers and stays as it is. Floor and ceiling of `nl2regex`,
`pii_redaction`, `redaction` and `apibench_torchhub` had been seen before, in another form; of the others nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.paths import REPORTS, ROOT
from benchmarks.payoff.cases import LAB, data_set
from benchmarks.payoff.laboratory import ITEMS
from benchmarks.payoff.table import Row, read
from benchmarks.payoff.tasks import task_of
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import ROUNDING
from curvefit.payoff.metrics import auc, coverage_of, probability_above, resampled, resampled_mean
from curvefit.payoff.stand_in import Pair, PromptScore, fine_tuned_draws, gains_over
from curvefit.training.text_classifier import baseline, picks_answers

FILE: Final = ROOT / "curvefit" / "payoff" / "stand_ins.csv"
TABLE: Final = REPORTS / "payoff" / "baseline.md"
DRAWS: Final = 5  # subsets of the pool, as the random prompts of the laboratory have
MARGIN: Final = 0.02
SURE: Final = 0.8  # chance from which a prediction decides
COLUMNS: Final = ("source", "data_set", "task", "model", "n_train", "items", "classifier", "fine_tuned")
CHOOSING: Final = ("berths", "capitals", "crm_cards", "kubectl", "logquery", "nl2bash")
LEAST_CEILING: Final = 0.5  # below it answers are mostly made of what the examples do not hold
_SIZES: Final = ((0, 32), (33, 128), (129, 10**6))


@dataclass(frozen=True, slots=True)
class Prediction:
    """A pair, the best prompt of its unit, and the fine-tuned accuracy predicted from other data sets."""

    pair: Pair
    best_prompted: float
    low: float
    value: float
    high: float
    probability: float

    @property
    def gain(self) -> float:
        """What fine-tuning added."""
        return self.pair.fine_tuned - self.best_prompted


def measured_pairs(rows: Sequence[Row]) -> list[tuple[Pair, float]]:
    """Return each pair of the laboratory, with the best prompted accuracy of its unit."""
    found = []
    for task in sorted({row.task for row in rows}):
        loaded = task_of(task)
        tuned = [row for row in rows if row.task == task and row.way == "tuned" and row.n]
        if not tuned or not picks_answers(loaded):
            continue
        base = baseline(loaded, sorted({row.n for row in tuned}), DRAWS, ITEMS, 0)
        accuracy = dict(zip(base.curve.shots.tolist(), base.curve.means.tolist(), strict=True))
        for row in tuned:
            prompted = [r.value for r in rows if (r.task, r.model) == (task, row.model) and r.way in _PROMPTED]
            pair = Pair(
                LAB, data_set(task), task, row.model, row.n, len(base.items), round(accuracy[row.n], 4), row.value
            )
            found.append((pair, max(prompted)))
    return found


_PROMPTED: Final = ("random", "retrieved")


def predicted(pairs: Sequence[tuple[Pair, float]]) -> list[Prediction]:
    """Predict each pair from those of other data sets."""
    results = []
    for pair, best in pairs:
        others = [other for other, _ in pairs if other.data_set != pair.data_set]
        draws = fine_tuned_draws(others, np.full(4000, pair.classifier), pair.n_train, pair.items, tiny=True)
        low, value, high = (float(q) for q in np.quantile(draws, (0.05, 0.5, 0.95)))
        gains = gains_over(PromptScore(best), np.full(4000, best), draws, pair.items)
        results.append(Prediction(pair, best, low, value, high, float(probability_above(gains, MARGIN))))
    return results


def report(results: Sequence[Prediction]) -> str:
    """Return the tables in Markdown."""
    lines = [
        "# A plain classifier beside fine-tuned models", "",
        "Accuracy in percent on the same 100 items, after training on the same number of examples of the same pool.",
        "Predicted: the fine-tuned accuracy with its 90% interval, from the classifier's alone, by the pairs of the",
        "other data sets. Tasks whose answers are picked from a few; the others have no classifier.", "",
        "| task | model | examples | best prompt | classifier | fine-tuned | predicted | chance that it pays |",
        "| --- | --- | --: | --: | --: | --: | --- | --: |",
    ]  # fmt: skip
    lines += [
        f"| `{r.pair.task}` | {r.pair.model.rpartition('/')[2]} | {r.pair.n_train} | {_percent(r.best_prompted)} "
        f"| {_percent(r.pair.classifier)} | {_percent(r.pair.fine_tuned)} "
        f"| {_percent(r.value)} ({_percent(r.low)} to {_percent(r.high)}) | {_percent(r.probability)}% |"
        for r in results
    ]
    lines += ["", "## By number of training examples", ""]
    lines += [
        "| examples | pairs | classifier is off by | prediction is off by | intervals that hold | median width | paid "
        "| AUC | said yes | right | said no | right |",
        "| --- | --: | --- | --- | --- | --: | --: | --- | --: | --: | --: | --: |",
    ]
    for low, high in (*_SIZES, (0, 10**6)):
        part = [r for r in results if low <= r.pair.n_train <= high]
        lines.append(_summary(part, "all" if low == 0 and high > 32 else _range(part)))
    lines += [
        "",
        "Off by: mean absolute error, in points. Intervals are 90% ones, data sets resampled (there are 7); none where",
        "too few of them differ. Paid: fine-tuning gained more than 2 points over the best prompt. AUC: how well the",
        "predicted chance ranks those that paid above those that did not. Said yes: a chance of 80% or more that it",
        "pays; said no: 20% or less. `python -m benchmarks.payoff.stand_ins` made this.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _range(part: Sequence[Prediction]) -> str:
    sizes = sorted({r.pair.n_train for r in part})
    return str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"


def _summary(part: Sequence[Prediction], name: str) -> str:
    tuned = np.array([r.pair.fine_tuned for r in part])
    held = np.array([r.low <= r.pair.fine_tuned <= r.high for r in part])
    paid: NDArray[np.bool_] = np.array([r.gain > MARGIN + ROUNDING for r in part])
    chance = np.array([r.probability for r in part])
    _, cluster = np.unique([r.pair.data_set for r in part], return_inverse=True)
    errors = [
        resampled_mean(100 * np.abs(np.array(values) - tuned), cluster)
        for values in ([r.pair.classifier for r in part], [r.value for r in part])
    ]
    ranked = resampled(lambda some: auc(chance[some], paid[some]), cluster)
    width = 100 * np.median([r.high - r.low for r in part])
    yes, no = chance >= SURE, chance <= 1 - SURE
    cells = [
        name, str(len(part)), *(_with_interval(e, ".1f") for e in errors), _share(coverage_of(held, cluster)),
        f"{width:.0f}", str(paid.sum()), _with_interval(ranked, ".2f"),
        str(yes.sum()), str(paid[yes].sum()), str(no.sum()), str((~paid[no]).sum()),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _with_interval(e: Estimate, form: str) -> str:
    return f"{e.value:{form}}" + ("" if np.isnan(e.low) else f" ({e.low:{form}} to {e.high:{form}})")


def _share(e: Estimate) -> str:
    return f"{100 * e.value:.0f}%" + ("" if np.isnan(e.low) else f" ({100 * e.low:.0f} to {100 * e.high:.0f})")


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def main() -> None:
    """Write the pairs and the tables."""
    found = measured_pairs(read(REPORTS / "payoff" / "laboratory.csv"))
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(attrgetter(*COLUMNS), (pair for pair, _ in found)))
    TABLE.write_text(report(predicted(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
