"""From results to one curve. Lives here: choosing one task, model and metric, and putting scores into arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.item_groups import group_numbers
from curvefit.errors import CurveError, InputError
from curvefit.measurement.importers.averages import averaged
from curvefit.measurement.importers.result import SCORES_MISSING, Mean, Result, Unfinished, counted_shots, noted
from curvefit.measurement.measurement import Measurement, Note, absent_scores
from curvefit.models.redaction import redact_word
from curvefit.plain_text import listed

__all__ = ["assemble", "choose", "fate", "listed_runs"]

_Value = TypeVar("_Value", bound=Hashable)

_LISTED: Final = 20  # names in an error
_LISTED_RUNS: Final = 4  # files in a note
_CELLS_A_ROW, _MANY_CELLS = 100, 10**7  # beyond both, scores are no crossing of draws and items


def choose(results: Sequence[Result], **choices: str | None) -> list[Result]:
    """Return the results of one task, model and metric; what there is one of need not be said.

    Raises
    ------
    InputError
        Lists what there is to choose from.
    """
    chosen = list(results)
    for field, name in choices.items():
        names = list(dict.fromkeys(str(getattr(result.setting, field)) for result in chosen))
        if name is None and len(names) > 1:
            raise InputError(
                f"{len(names)} {field}s are in here and one makes a curve; choose it with --{field}: {_some(names)}",
                file=chosen[0].file,
            )
        if name is not None and names == [""]:
            raise InputError(f"no {field} is named in here: leave out --{field}", file=chosen[0].file)
        if name is not None and name not in names:
            raise InputError(f"there is no {field} {name!r} in here, only {_some(names)}", file=chosen[0].file)
        chosen = [result for result in chosen if name is None or getattr(result.setting, field) == name]
    return chosen


def _some(names: list[str]) -> str:
    return listed([name or "(without a name)" for name in sorted(names)], _LISTED, last=" ")


def assemble(results: Sequence[Result], unfinished: Sequence[Unfinished] = ()) -> Measurement:
    """Make one curve of the results of one task, model and metric.

    Items are paired by their ids, and NaN where a number of shots or a draw lacks one. Where the same scores are there
    one by one and as a mean, the mean is left out. So is, by name, a draw of which only the mean is known; but where a
    number of shots has none but such draws, all become means. Runs that did not finish are named, and what they were to
    score counts as missing unless another run scored it. So do scores that most of their draws and items have and that
    are not there.

    Raises
    ------
    InputError
        Scores that stand in two places, lie outside of [0, 1], or make no curve; a mean that would be certain.
    """
    fault = next((result.fault for result in results if result.fault), None)
    if fault is not None:
        raise fault
    results = [result for result in results if not (isinstance(result.scores, Mean) and _is_there(results, result))]
    _refuse_twice(results)
    results, of_draws = _without_bare_draws(results)
    for result in results:
        _refuse_outside(result)
        _refuse_certain(result)
    about, means = results[0], [isinstance(result.scores, Mean) for result in results]
    task, model = about.setting.task, about.setting.model
    left_out = [run for run in unfinished if run.task in ("", task) and run.model in ("", model)]
    try:
        curve, never_given = (averaged(results), 0) if any(means) else _paired(results, left_out)
    except CurveError as error:
        raise InputError(str(error), file=about.file) from error
    notes = [
        *(note for result in results for note in result.alarms),
        *_left_out(left_out, never_given),
        *of_draws,
        *_lost(results),
        *_only_means(results),
        *curve.notes,
        *(_unpaired(results) if not any(means) else []),
        *(note for result in results for note in result.notes),
        *_repeated(results),
        *_no_single_scores(results),
    ]
    shown = [result for result in results if result.setting.shots]
    return replace(
        curve,
        task=task or about.file.stem,
        model=redact_word(model),
        scorer=about.setting.metric,
        notes=tuple(dict.fromkeys(notes)),
        own_examples=bool(shown) and all(result.own_examples for result in shown),
    )


def _left_out(runs: Sequence[Unfinished], missing: int) -> Iterator[Note]:
    """Count and name the runs that did not finish, where there are any, and the replies that are missing for it."""
    if runs:
        one = len(runs) == 1
        count = "1 run without a result is" if one else f"{len(runs)} runs without a result are"
        replies = f"{'its' if one else 'their'} {missing:,} {'reply counts' if missing == 1 else 'replies count'}"
        lost = f", and {replies} as missing" if missing else ""
        yield noted(f"{count} left out{lost}: {listed_runs(runs)}", _RUNS_LEFT_OUT)


_RUNS_LEFT_OUT: Final = "some runs are left out"


def listed_runs(runs: Sequence[Unfinished]) -> str:
    """Name runs that did not finish, the first ones by name."""
    by_shots = sorted(runs, key=lambda run: (run.shots is None, run.shots or 0, run.file))
    return listed([f"{run.file.name} ({fate(run)})" for run in by_shots], _LISTED_RUNS, last=" ")


def fate(run: Unfinished) -> str:
    """Return what became of a run, and where."""
    return f"{run.status}{'' if run.shots is None else f', {counted_shots(run.shots)}'}"


def _lost(results: Sequence[Result]) -> Iterator[Note]:
    """Count the items without a score, where there are any."""
    lost = {
        id(result): (sum(map(math.isnan, result.scores.values())), len(result.scores))
        for result in results
        if not isinstance(result.scores, Mean)
    }
    total, of = (sum(counts[i] for counts in lost.values()) for i in (0, 1))
    if not total:
        return
    at: Counter[tuple[int, str]] = Counter()
    for result in results:
        at[result.setting.shots, result.file.name] += lost.get(id(result), (0, 0))[0]
    rows = [f"{count} at {counted_shots(shots)} ({file})" for (shots, file), count in at.items() if count]
    named = listed(rows, _LISTED_RUNS, last=" ")
    yield noted(f"{total:,} of {of:,} scores {'is' if total == 1 else 'are'} missing: {named}", SCORES_MISSING)


def _repeated(results: Sequence[Result]) -> Iterator[Note]:
    """Count the scores that are averages of repetitions, where there are any."""
    files = dict.fromkeys(result.file for result in results if result.averaged)
    if not files:
        return
    averages = sum(result.averaged for result in results)
    total = sum(len(_of(result)) for result in results if result.file in files)
    where = f"of {next(iter(files)).name}" if len(files) == 1 else f"in {len(files):,} files"
    yield noted(
        f"{averages:,} of {total:,} scores {where} {'is' if averages == 1 else 'are'} averaged over repetitions of the"
        " same prompt, which are no draws"
    )


def _unpaired(results: Sequence[Result]) -> Iterator[Note]:
    """Say so where numbers of shots were scored on different items."""
    asked, items = _items_by_shots(results), _items_by_shots(results, scored=True)
    if len(asked) < 2 or all(ids == asked[results[0].setting.shots] for ids in asked.values()):
        return
    everywhere, anywhere = set.intersection(*items.values()), set.union(*items.values())
    if everywhere:
        were = "was" if len(everywhere) == 1 else "were"
        yield noted(
            f"{len(everywhere):,} of {len(anywhere):,} items {were} scored at every number of shots: changes are"
            " measured item by item on what two numbers of shots have in common",
            _OTHER_ITEMS,
        )
        return
    some = any(items[a] & items[b] for a, b in combinations(items, 2))
    what = "no item was scored at every number of shots" if some else "each number of shots has other items"
    yield noted(
        f"{what}: changes are not measured item by item, and intervals are wider; give an item one name in all its"
        " rows",
        _OTHER_ITEMS,
    )


_OTHER_ITEMS: Final = "numbers of shots were scored on different items"


def _items_by_shots(results: Sequence[Result], *, scored: bool = False) -> dict[int, set[str]]:
    """Return the ids of the items at each number of shots, or of those alone that have a score there."""
    items: dict[int, set[str]] = {}
    for result in results:
        ids = (item for item, score in _of(result).items() if not (scored and math.isnan(score)))
        items.setdefault(result.setting.shots, set()).update(ids)
    return items


def _is_there(results: Sequence[Result], mean: Result) -> bool:
    """Whether the scores of a mean are there one by one; a mean without a draw is that of all draws."""
    shots, draw = mean.setting.shots, mean.setting.draw
    return any(
        not isinstance(result.scores, Mean)
        and result.setting.shots == shots
        and (not draw or result.setting.draw in ("", draw))
        for result in results
    )


def _without_bare_draws(results: Sequence[Result]) -> tuple[list[Result], list[Note]]:
    """Leave out draws of which only a mean is known where each number of shots has others, and name them."""
    single = [result for result in results if not isinstance(result.scores, Mean)]
    if {result.setting.shots for result in single} != {result.setting.shots for result in results}:
        return list(results), []
    bare = [result for result in results if isinstance(result.scores, Mean)]
    if not bare:
        return single, []
    count = "1 run is" if len(bare) == 1 else f"{len(bare)} runs are"
    why = "only a mean is known, where others have single scores"
    return single, [noted(f"{count} left out: {why}, at {_means_at(bare)}", _RUNS_LEFT_OUT)]


def _only_means(results: Sequence[Result]) -> Iterator[Note]:
    """Say where single scores are not known, if they are elsewhere or were to be read."""
    bare = [result for result in results if isinstance(result.scores, Mean)]
    if bare and (len(bare) < len(results) or any(result.unread for result in bare)):
        text = f"only means are compared, since single scores are not known at {_means_at(bare)}"
        yield noted(text, "only means are compared")


def _no_single_scores(results: Sequence[Result]) -> Iterator[Note]:
    """Say so where there are none at all; where errors are assumed for lack of them, that is said with these."""
    if all(isinstance(each.scores, Mean) and not (each.unread or math.isnan(each.scores.stderr)) for each in results):
        narrower = f"with {results[0].single_scores}, intervals are narrower"
        yield noted(f"only means are here: {narrower}", "only means are here")


def _means_at(bare: Sequence[Result]) -> str:
    """Name where only means are known, and why if single scores are at hand."""
    rows = [f"{counted_shots(result.setting.shots)} ({result.unread or result.file.name})" for result in bare]
    return listed(rows, _LISTED_RUNS, last=" ")


def _refuse_twice(results: Sequence[Result]) -> None:
    first_at: dict[tuple[int, str], Result] = {}
    for result in results:
        other = first_at.setdefault((result.setting.shots, result.setting.draw), result)
        if other is not result:
            where = "" if other.file == result.file else f" and in {other.file}"
            why = f"; {result.repeated}" if result.repeated else ""
            raise InputError(
                f"{counted_shots(result.setting.shots)} {'stands' if result.setting.shots == 1 else 'stand'}"
                f" here{where or ' twice'}; leave one of them out{why}",
                file=result.file,
            )


def _refuse_outside(result: Result) -> None:
    scores = {"": result.scores.accuracy} if isinstance(result.scores, Mean) else result.scores
    wrong = next((item for item, score in scores.items() if not (math.isnan(score) or 0 <= score <= 1)), None)
    if wrong is not None:
        raise InputError(
            f"{scores[wrong]:g}{f' of item {wrong!r}' if wrong else ''} does not lie in [0, 1]; choose another metric,"
            " or say what scores run from and to, such as curvefit fit --scale 1,5 (in Python: scale=(1, 5))",
            file=result.file, field=result.setting.metric or None,
        )  # fmt: skip


def _refuse_certain(result: Result) -> None:
    mean = result.scores
    if isinstance(mean, Mean) and mean.stderr == 0 and math.isnan(mean.n_items):
        raise InputError(
            f"the standard error at {counted_shots(result.setting.shots)} is 0, which would be certainty, and how many"
            " items there were is not said; give their number, or single scores",
            file=result.file, field=result.setting.metric or None,
        )  # fmt: skip


def _paired(results: Sequence[Result], unfinished: Sequence[Unfinished]) -> tuple[Measurement, int]:
    """Return a curve of single scores, and how many replies are missing because their run did not finish."""
    at = {(result.setting.shots, draw) for result in results for draw in ("", result.setting.draw)}
    lacking = [run for run in unfinished if run.shots is not None and (run.shots, run.draw) not in at]
    shots = _numbered(sorted({*(result.setting.shots for result in results), *(run.shots or 0 for run in lacking)}))
    draws = _numbered([*(result.setting.draw for result in results), *(run.draw for run in lacking if run.draw)])
    items = _numbered([item for result in results for item in _of(result)])
    rows = sum(len(_of(result)) for result in results)
    if len(shots) * len(draws) * len(items) > max(_CELLS_A_ROW * rows, _MANY_CELLS):
        raise InputError(
            f"{rows:,} rows name {len(draws):,} draws and {len(items):,} items, which looks like row numbers; give"
            " the same draw or item the same name in all its rows",
            file=results[0].file, field="draw, item",
        )  # fmt: skip
    scores = np.full((len(shots), len(draws), len(items)), np.nan)
    unscored, there = np.zeros((2, *scores.shape), dtype=bool)
    for result in results:
        scores_of = _of(result)
        place = shots[result.setting.shots], draws[result.setting.draw], [items[item] for item in scores_of]
        scores[place] = list(scores_of.values())
        unscored[place] = np.isnan(scores[place])
        there[place] = True
    absent = np.array([absent_scores(row) for row in there])
    unscored |= absent
    without_them = int(unscored.sum())
    for run in lacking:
        known = [items[item] for item in run.items if item in items]
        # A run without a name for its draw was to score all of them.
        of_draws = [draws[run.draw]] if run.draw in draws else list(draws.values())
        unscored[np.ix_([shots[run.shots or 0]], of_draws, known or list(items.values()))] = True
    curve = Measurement(
        shots=np.array(list(shots)),
        scores=scores,
        unscored=unscored,
        items=tuple(items),
        groups=_groups(results, items),
        digests=_digests(results, items),
        # Without examples there is nothing to draw, and so no name.
        draw_names=tuple(draws) if all(each.setting.draw or not each.setting.shots for each in results) else (),
        wholly_right=tuple(_wholly_right(results, k) for k in shots) if any(each.averaged for each in results) else (),
        notes=tuple(_listed_absent(list(shots), there, absent)),
    )
    return curve, int(unscored.sum()) - without_them


def _wholly_right(results: Sequence[Result], shots: int) -> float:
    """Return the share of replies at a number of shots that are wholly right, each item's repetitions as one."""
    there = [result for result in results if result.setting.shots == shots]
    shares = [
        result.wholly[item] if result.averaged else float(score >= 1)
        for result in there
        for item, score in _of(result).items()
        if not math.isnan(score)
    ]
    return float(np.mean(shares)) if shares else math.nan


def _listed_absent(shots: Sequence[int], there: NDArray[np.bool_], absent: NDArray[np.bool_]) -> Iterator[Note]:
    """Count the scores that are not there, where there are any."""
    counts = zip(shots, there.sum(axis=(1, 2)), absent.sum(axis=(1, 2)), strict=True)
    rows = [f"{n:,} of {n + lost:,} at {counted_shots(at)}" for at, n, lost in counts if lost]
    if rows:
        others = "the other counts as a missing reply" if absent.sum() == 1 else "the others count as missing replies"
        yield noted(f"not all scores are there, only {listed(rows, _LISTED_RUNS, last=' ')}: {others}", SCORES_MISSING)


def _groups(results: Sequence[Result], items: Iterable[str]) -> tuple[int, ...]:
    """Return the group of each item, as a number; an item that has none is its own."""
    groups = {item: group for result in results for item, group in result.groups.items()}
    return group_numbers((groups[item],) if item in groups else ("", item) for item in items)


def _digests(results: Sequence[Result], items: Iterable[str]) -> tuple[str, ...]:
    """Return a name by content of each item; none at all where one has none, or has two."""
    known: dict[str, set[str]] = {}
    for result in results:
        for item in _of(result):
            known.setdefault(item, set()).add(result.digests.get(item, ""))
    if any(len(known.get(item, ())) != 1 or "" in known[item] for item in items):
        return ()
    return tuple(next(iter(known[item])) for item in items)


def _of(result: Result) -> Mapping[str, float]:
    return {} if isinstance(result.scores, Mean) else result.scores


def _numbered(values: Iterable[_Value]) -> dict[_Value, int]:
    return {value: i for i, value in enumerate(dict.fromkeys(values))}
