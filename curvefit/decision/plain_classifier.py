"""A plain classifier beside the best prompt. Lives here: how far it leads, and whether it stands in for training.

It is trained in a second, and no call of it is paid: where it surely does better than every prompt, and fine-tuning is
predicted to add no more than the margin to it, it is to be tried before a model is fine-tuned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.cheaper_prompt import leads_by_more
from curvefit.decision.criteria import USEFUL
from curvefit.errors import CurveError
from curvefit.payoff.comparison import paired_gain
from curvefit.payoff.predictor import Payoff

__all__ = ["PlainClassifier", "plain_classifier"]


@dataclass(frozen=True, slots=True)
class PlainClassifier:
    """A plain classifier that is right more often than not, and as often as the best prompt.

    Attributes
    ----------
    accuracy : Estimate
        Trained on all examples.
    lead : Estimate or None
        That minus the best prompt's, item by item; None where the two have fewer than two items in common.
    n_train : int
        How many examples.
    """

    accuracy: Estimate
    lead: Estimate | None
    n_train: int

    def leads(self, margin: float) -> bool:
        """Whether it is surely better than the best prompt, and by more than the margin."""
        return leads_by_more(self.lead, margin)

    def reaches(self, payoff: Payoff | None, margin: float) -> bool:
        """Whether a fine-tuned model is predicted to be no more than the margin above it; both on the same items."""
        if payoff is None:
            return False
        if (stand_in := payoff.stand_in) is not None:
            return stand_in.fine_tuned.value - stand_in.classifier.value <= margin
        return payoff.fine_tuned is not None and payoff.fine_tuned.value - self.accuracy.value <= margin


def plain_classifier(learned: Curve, items: Sequence[str], best: Prompt, level: float) -> PlainClassifier | None:
    """Return what a classifier does beside the best prompt; None where it does no better, or was scored on fewer items.

    Nor where it may be wrong more often than right: both may be hardly right. `learned` is its accuracy over numbers of
    training examples, on `items`, by their ids.
    """
    plain = learned.points(level)[-1]
    as_good = plain.accuracy.low > USEFUL and plain.accuracy.value >= best.accuracy.value
    if not as_good or plain.n_items < best.point.n_items:
        return None
    return PlainClassifier(plain.accuracy, _lead(learned, items, plain.shots, best, level), plain.shots)


def _lead(learned: Curve, items: Sequence[str], n_train: int, best: Prompt, level: float) -> Estimate | None:
    """Return the classifier's accuracy minus the best prompt's, on the items of both; of means, as if of others."""
    if best.curve.summary is None:
        place = {name: i for i, name in enumerate(best.curve.items)}
        of_both = [(place[name], i) for i, name in enumerate(items) if name in place]
        if len(of_both) < 2:
            return None
        theirs, ours = map(list, zip(*of_both, strict=True))
        scores = np.full((*learned.scores.shape[:2], len(place)), np.nan)
        scores[:, :, theirs] = learned.scores[:, :, ours]
        learned = Curve(shots=learned.shots, scores=scores, groups=best.curve.groups)
    try:
        return paired_gain(learned, n_train, best.curve, best.point.shots, level)
    except CurveError:
        return None
