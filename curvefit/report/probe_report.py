"""A probe as probe.json, picture and words. Lives here: what is written and said; conclusions are given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from curvefit.decision.next_steps import USUAL_ITEMS
from curvefit.measurement.measurement import observed_points
from curvefit.payoff.comparison import over_constant, paired_items, without_optimism
from curvefit.plain_text import clean
from curvefit.report import study_record as record
from curvefit.report.first_screen import made_up
from curvefit.report.judge_text import gain_behind_judge
from curvefit.report.next_command import command_for, report_command
from curvefit.report.payoff_text import examples_in, gain_line, of_optimism, unretrieved
from curvefit.report.probe_reader import PROBE_SCHEMA
from curvefit.report.sentences import constant_sentence, sentence
from curvefit.report.study_files import deliver_files
from curvefit.report.subject_text import subject
from curvefit.report.together_text import together_lines, together_record, together_sentences
from curvefit.report.training_text import chance_to_gain, is_of_users, more_items_of, next_use, paid_words, probe_words
from curvefit.report.wording import (
    accuracy_line,
    bullets,
    chance_of,
    change_cell,
    counted,
    dollars,
    percent,
    span,
    sure,
    with_interval,
    wrapped,
)
from curvefit.training.remote_training import RemoteFineTuning
from curvefit.workflows.fine_tuning_probe import Probe, ScoredUnit, Unit
from curvefit.workflows.prompt_and_weights import near_32

__all__ = [
    "break_even_words",
    "over_shown_unknown",
    "probe_alarms",
    "probe_facts",
    "probe_limits",
    "probe_record",
    "probe_steps",
    "probe_summary",
    "prompt_of_probe",
    "unit_sentence",
    "write_probe",
]


def write_probe(probe: Probe, out: str | Path) -> Path:
    """Write ``probe.json`` into a folder, made when missing; no example and no weight is in it.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    (file,) = deliver_files({"probe.json": record.file_of(probe_record(probe))}, out)
    return file


def probe_record(probe: Probe) -> dict[str, Any]:
    """Return a probe as JSON values; what is undefined or infinite is null."""
    curve, study, best, even = probe.curve, probe.study, probe.best, probe.break_even
    return record.as_json({
        "schema": PROBE_SCHEMA,
        "task": curve.task,
        "kind": curve.kind,
        "model": curve.model,
        "level": study.level,
        "seed": study.seed,
        "prompted": [
            {"shots": point.shots, **record.counted_record(point)}
            for point in observed_points(study.curve, study.level)
        ],
        "fine_tuned": [{"n_train": point.shots, **record.counted_record(point)} for point in probe.points],
        "best_prompted": {
            "shots": best.point.shots, **record.counted_record(best.point), "retrieved": best.retrieved,
        },
        "best_prompted_by_the_curve": record.estimate_record(best.forecast.at(best.point.shots)),
        "gain": [
            {"n_train": point.shots, **record.estimate_record(gain)}
            for point, gain in zip((p for p in probe.points if p.shots), probe.gains, strict=True)
        ],
        "gain_without_optimism": record.estimate_record(probe.gain_without_optimism),
        "optimism": probe.optimism,
        "over_shown": probe.over_shown and asdict(probe.over_shown),
        "shown": None if probe.shown is None else record.measurement_record(probe.shown),
        "together": [{"n_train": probe.points[-1].shots, **together_record(each)} for each in probe.together],
        "break_even": {
            **record.estimate_record(even.n_train), "chance": even.chance, "first": even.first, "last": even.last,
        },
        "forecast": [{"n_train": n, **record.estimate_record(probe.forecast.at(n))} for n in _forecast_sizes(probe)],
        "units": [_unit_record(probe, unit) for unit in probe.units],
        "usage": asdict(probe.usage),
        "paid": {"calls_usd": probe.usage.usd, "training_usd": probe.training_usd, "usd": probe.usd},
        "one_seed": probe.one_seed,
        "notes": record.note_records(curve.notes),
        "measurement": {
            "n_train": curve.shots, "scores": curve.scores, "readable": curve.readable, "choices": curve.choices,
            "items": list(curve.items), "asked": curve.asked, "study_asked": study.curve.asked,
        },
    })  # fmt: skip


def unit_sentence(scored: ScoredUnit) -> str:
    """Return how a fine-tuning went, in one line."""
    unit = scored.unit
    opening = (
        f"{scored.number}/{scored.of}: {counted(unit.n_train, 'example')}, seed {unit.seed}: accuracy"
        f" {percent(scored.accuracy)}"
    )
    if isinstance(unit, RemoteFineTuning):
        paid = "" if unit.usd is None else f", {dollars(unit.usd)}"
        trained = "" if unit.trained_tokens is None else f", {unit.trained_tokens:,} tokens trained{paid}"
        return f"{opening}; {clean(unit.asked_as)}{trained}{'' if scored.new else ' (trained before)'}"
    took = f", {unit.seconds:.0f} s" if scored.new else " (trained before)"
    return (
        f"{opening}; best after pass {unit.chosen.epoch} of {unit.checks[-1].epoch}, with"
        f" {percent(unit.chosen.exact)} of held-out replies exact{took}"
    )


def _unit_record(probe: Probe, unit: Unit) -> dict[str, Any]:
    values = asdict(unit)
    if not isinstance(unit, RemoteFineTuning):
        values["chosen_epoch"] = unit.chosen.epoch
    return {**values, "accuracy": probe.accuracy_of(unit)}


_SMALL: Final = "This is a small model, fine-tuned with LoRA. A larger one may behave otherwise."


def probe_summary(
    probe: Probe, *, verbose: bool = False, width: int = 80, folder: str = "PROBE", study_path: str = "STUDY"
) -> str:
    """Return a probe for the terminal: answer, three numbers, next command.

    With `verbose` also everything else that is known: table, break-even, what the numbers do not show. Commands, which
    are not broken, name `folder` and `study_path`, where the probe and its study are kept.
    """
    study, last = probe.study, probe.points[-1]
    lines = [
        *wrapped(f"{subject(study.curve)}: {probe_words(probe)}.", width),
        "",
        accuracy_line("fine-tuned", last.accuracy, f"accuracy, trained on {counted(last.shots, 'example')}"),
        *together_lines(probe.together),
        accuracy_line("best prompt", probe.best.point.accuracy, f"accuracy with {prompt_of_probe(probe)}"),
        gain_line(study.curve.tried, probe.gains[-1], probe.best.point.accuracy.value, probe.optimism),
        f"  brackets: {sure(study.level)} intervals",
        *bullets((*probe_alarms(probe), *over_shown_unknown(probe)), width, "!"),
        "",
    ]
    if verbose:
        lines += [*_everything(probe, width), ""]
    if paid := paid_words(probe):
        lines += [*wrapped(f"It cost {paid}.", width), ""]
    for heading, said, command in probe_steps(probe, folder, study_path):
        lines += wrapped(f"{heading}: {said}", width)
        lines += [f"  {command}"] if command else []
    return "\n".join(lines)


def probe_steps(probe: Probe, folder: str, study_path: str) -> list[tuple[str, str, str | None]]:
    """Return what to do with a probe, first things first, with its heading and its command.

    Where few items leave open what training gives, that is to score more; then to let it count in the study.
    """
    use = (next_use(probe), report_command(study_path, folder))
    more = more_items_of(probe)
    if more is None:
        return [("Next", *use)]
    path = Path(study_path)
    where = "" if study_path == "STUDY" else str(path.parent if path.suffix else path)
    return [("Next", sentence(more), command_for(more, probe.study, where)), ("Then", *use)]


def prompt_of_probe(probe: Probe) -> str:
    """Return which examples the best prompt shows, and whether the probe measured it."""
    shown = probe.shown
    own = shown is not None and not probe.best.retrieved and probe.best.point.shots == shown.shots[0]
    return f"{examples_in(probe.best)}{', by this probe' if own else ''}"


def probe_alarms(probe: Probe) -> Iterator[str]:
    """Yield what may make the answer wrong, in a line each."""
    last = probe.points[-1]
    yield from made_up(probe.study)
    yield from unretrieved(probe.study, probe.decision, decides=True)
    constant = over_constant(probe.curve, last.shots, probe.curve.commonest, probe.gains[-1].level)
    yield from constant_sentence(last.accuracy, constant)
    seen = without_optimism(probe.gains[-1], probe.optimism)
    yield from gain_behind_judge(probe.curve, probe.gain_without_optimism, seen)
    pairs = paired_items(probe.curve, last.shots, probe.best.curve, probe.best.point.shots)
    if 0 < pairs < last.n_items:
        yield (
            f"The gain is of the {counted(pairs, 'item')} that both answered; the fine-tuned model was asked"
            f" {last.n_items}."
        )
    if (probe.decision == "open" or probe.is_likely) and 0 < pairs == probe.study.curve.available < USUAL_ITEMS:
        yield f"{counted(pairs, 'item')} are few, and all that the task has: get {USUAL_ITEMS} or more."
    if probe.one_seed:
        yield "Use --seeds 2: with one seed, how much the luck of training matters is assumed, not measured."


def over_shown_unknown(probe: Probe) -> tuple[str, ...]:
    """Say so where it is not known what training adds over showing as many examples, and how to know it."""
    if probe.over_shown is not None:
        return ()
    near = near_32(probe.sizes)
    why = "add 32 to --n" if near is None else f"a prompt has no room for {near}, or they were not asked"
    return (
        f"What training on about 32 examples adds over showing as many, by which predictions are better, is not"
        f" measured: {why}.",
    )


def _everything(probe: Probe, width: int) -> list[str]:
    """Return table, break-even, what the numbers rest on and what they do not show."""
    limits = (*probe_limits(probe), *(clean(note.text, longest=200) for note in probe.curve.notes))
    return [*_table(probe), "", *bullets(probe_facts(probe), width), "", *bullets(limits, width, "!")]


def probe_facts(probe: Probe) -> list[str]:
    """Return how the gain was found, where training breaks even, and what it took, a sentence each."""
    study, even, gain = probe.study, probe.break_even, probe.gains[-1]
    last, best = probe.points[-1], probe.best.point
    pairs = paired_items(probe.curve, last.shots, probe.best.curve, best.shots)
    return [
        f"As measured, fine-tuning on {counted(last.shots, 'example')} changes accuracy by {with_interval(gain)}"
        f" against the best prompt, item by item on the {pairs} that both answered.",
        *_shown_too(probe),
        *of_optimism(study, gain, probe.optimism, f" at {counted(last.shots, 'training example')}"),
        chance_to_gain(probe.chance, study.margin, few_items=probe.has_too_few_items),
        f"Break-even with the best prompt: {break_even_words(probe)}.",
        f"Chance that fine-tuning breaks even by {even.last:,} training examples: {chance_of(even.chance)}.",
        *together_sentences(probe.together),
        _of_training(probe),
    ]


def _shown_too(probe: Probe) -> tuple[str, ...]:
    """Say that the probe compares with a prompt that its study as it was measured lacks."""
    if probe.shown is None or probe.shown.shots[0] not in probe.study.curve.shots:
        return ()
    count = counted(int(probe.shown.shots[0]), "example")
    return (f"The probe measured prompts with {count}, which its study lacks: they count among the prompts here.",)


def probe_limits(probe: Probe) -> list[str]:
    """Return what the numbers do not show, a sentence each."""
    return [
        *(() if is_of_users(probe) else (_SMALL,)),
        *_of_one_seed(probe),
        *unretrieved(probe.study, probe.decision, decides=False),
    ]


def _of_training(probe: Probe) -> str:
    """Say what the fine-tunings took, and where they are."""
    remote = [unit for unit in probe.units if isinstance(unit, RemoteFineTuning)]
    count = counted(len(probe.units), "fine-tuning")
    if not remote:
        seconds = sum(unit.seconds for unit in probe.units if not isinstance(unit, RemoteFineTuning))
        return f"{count} took {seconds / 60:.0f} min of training; the adapters are in units/."
    billed, usd = [unit.trained_tokens for unit in remote], [unit.usd for unit in remote]
    tokens = "" if None in billed else f", {sum(filter(None, billed)):,} tokens trained"
    price = "" if None in usd else f", {dollars(sum(filter(None, usd)))}"
    return f"{count} by the provider{tokens}{price}: {', '.join(clean(unit.asked_as) for unit in remote)}."


def _table(probe: Probe) -> list[str]:
    """Return accuracy and gain for each number of training examples, as rows."""
    level = sure(probe.study.level)
    rows = [
        f"  {'trained on':>10} {'accuracy':>9} {level + ' interval':>14} {'over best prompt':>22} {'items × seeds':>14}"
    ]
    gains = iter(probe.gains)
    for point in probe.points:
        gain = next(gains) if point.shots else None
        over = "–" if gain is None else change_cell(gain)
        counts = f"{point.n_items} × {point.n_draws if point.shots else 1}"
        accuracy = f"{percent(point.accuracy.value):>9} {span(point.accuracy):>14}"
        rows.append(f"  {point.shots:>10} {accuracy} {over:>22} {counts:>14}")
    return rows


def _of_one_seed(probe: Probe) -> tuple[str, ...]:
    """Say what one fine-tuning of each size leaves out of the intervals, and what they have in its place."""
    if not probe.one_seed:
        return ()
    n = probe.sizes[0]
    return (
        "One seed cannot show how much the luck of training (its examples, their order, initial weights) matters:"
        " the intervals of the fine-tuned accuracies leave that out. Use --seeds 2 or more.",
        "The gain and the break-even assume as much luck as the choice of examples in prompts has in published runs: a"
        f" standard deviation of {100 * probe.assumed_seed_deviation:.1f} points at {n} examples and 50% accuracy.",
    )


def break_even_words(probe: Probe) -> str:
    """Return from how many training examples on training is as good as the best prompt, with its interval."""
    even = probe.break_even
    n = even.n_train

    def within_reach(value: float) -> str:
        if math.isinf(value):
            return f"more than {even.last:,}"
        return f"{even.first:,} or fewer" if value <= even.first else f"{value:,.0f}"

    if within_reach(n.low) == within_reach(n.high):
        return f"{within_reach(n.value)} training examples"
    interval = f"{sure(n.level)} interval {within_reach(n.low)} to {within_reach(n.high)}"
    return f"{within_reach(n.value)} training examples ({interval})"


def _forecast_sizes(probe: Probe) -> list[int]:
    """Return the measured numbers of training examples and two doublings beyond."""
    return [*probe.sizes, 2 * probe.sizes[-1], 4 * probe.sizes[-1]]
