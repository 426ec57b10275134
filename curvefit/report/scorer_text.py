"""What two scorers make of the same replies, in words. Lives here: sentences; nothing is judged."""

from __future__ import annotations

from curvefit.decision.scorer_gap import ScorerGap
from curvefit.plain_text import clean
from curvefit.report.wording import counted, percent, with_interval

__all__ = ["scorer_sentences"]


def scorer_sentences(gap: ScorerGap | None) -> tuple[str, ...]:
    """Return in a sentence or two how much hangs on the scorer, and the second one's curve; nothing without one."""
    if gap is None:
        return ()
    first, second = (clean(name, longest=60) for name in gap.scorers)
    if first == second:  # with other options
        first, second = f"{first} (scorer)", f"{second} (also_scored_by)"
    at = next(i for i, point in enumerate(gap.points) if point.shots == gap.shots)
    ours, theirs = (percent(points[at].accuracy.value) for points in (gap.points, gap.also))
    more = ": the scorer decides more than the number of examples" if gap.decides_more else ""
    also = ", ".join(f"{percent(point.accuracy.value)} at {point.shots:,}" for point in gap.also)
    return (
        f"At {counted(gap.shots, 'shot')} the same replies score {ours} by {first} and {theirs} by {second}{more}."
        f" The difference is {with_interval(gap.difference)}. By {second}: {also} shots.",
    )
