"""What a next step takes, in words."""

from __future__ import annotations

from curvefit.decision.next_steps import NextStep
from curvefit.report.step_text import effort_text


def test_a_share_of_cases_elsewhere_is_not_said_to_be_the_chance_of_this_study():
    """It was "the chance that similar examples do better" in each of 54 reports, 72% in all."""
    similar = NextStep("measure-retrieved", calls=90, chance=0.72)
    assert effort_text(similar) == "It takes about 90 calls; similar examples did better in 72% of cases elsewhere."
    more = NextStep("more-items", calls=90, chance=0.72)
    assert effort_text(more).endswith("the chance that this settles whether fine-tuning gains accuracy is 72%.")
