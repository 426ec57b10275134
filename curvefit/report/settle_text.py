"""How an answer was found out, in words. Lives here: a line for each thing done, and why others were not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from curvefit.command_words import option_values
from curvefit.curves.reason import Reason
from curvefit.decision.listed_costs import unlisted_training
from curvefit.decision.next_steps import PROMPT_STEPS, SETTLE_NOTHING, TRIALS, NextStep, priced
from curvefit.models.simulated import is_made_up
from curvefit.payoff.comparison import SURE_NOT
from curvefit.plain_text import clean
from curvefit.report.answer_text import doubt_words, not_surely, paid_words, pays_words, ship_sentence, unpaid_words
from curvefit.report.next_command import command_for, first_steps
from curvefit.report.sentences import sentence
from curvefit.report.step_text import effort_text, lasting, needs_install, step_sentence, step_text
from curvefit.report.training_text import probe_answer
from curvefit.report.wording import accuracy_text, bullets, chance_of, counted, dollars, wrapped
from curvefit.study import Study, TakenStep, outline_probe
from curvefit.workflows.settle import Taken

__all__ = [
    "is_measured_out",
    "over_all_starts",
    "settle_lines",
    "step_rows",
    "steps_of",
    "trial_left",
    "what_is_left",
    "what_would_settle",
    "why_open",
]


def settle_lines(
    study: Study,
    done: Sequence[Taken],
    folder: str = "",
    *,
    width: int = 80,
    asked_now: int | None = None,
    usd_now: float = 0.0,
) -> list[str]:
    """Return lines for the terminal: what was done to find out, and what was not and why.

    `asked_now` is how many calls this start had answered, which is said where others were kept, and `usd_now` what
    these cost, as far as that is known.
    """
    usage = study.curve.usage
    price = (
        "at an unknown price" if usage.usd is None else f"for {dollars(usage.usd)}" if usage.usd else "free of charge"
    )
    if usage.usd and is_made_up(study.curve.model):
        price += " at rehearsal prices, which nobody paid"
    if asked_now is not None and asked_now < usage.calls and not any(taken.probe for taken in done):
        price += f"; {f'{asked_now:,}' if asked_now else 'none'} of them asked now"
        price += f", for {dollars(usd_now)}" if usage.usd and usd_now else ""
    prompts = counted(len(study.points) + len(study.retrieved), "prompt")
    did = [f"Measured {prompts} in {counted(usage.calls, 'call')}, {price}."]
    if study.baseline is not None:
        did.append("Trained a plain classifier on the examples, free of charge.")
    did += [_taken(taken) for taken in done if not taken.problem]
    now = {taken.probe.curve.model for taken in done if taken.probe is not None}
    did += [
        f"Kept the earlier result of fine-tuning {clean(probe.model)} on {counted(probe.n_train, 'example')}."
        for probe in study.probes
        if probe.model not in now
    ]
    shown = {step.code: heading for heading, step, _ in first_steps(study, folder)}
    left = [f"{_not_done(t.step, shown)}: {clean(t.problem, longest=300)}." for t in done if t.problem]
    further = []
    if study.advice.training == "open" and not study.curve.stopped:
        left = left or [*filter(None, [why_open(study)])]
        if shown.keys().isdisjoint(TRIALS) and not (
            _rehearsal(study) or trial_left(study, folder)
        ):  # which is said above
            further = what_would_settle(study, folder, width=width)
    return ["How it was found out", *bullets(did, width), *bullets(left, width, "!"), *further]


def _not_done(step: Reason, shown: Mapping[str, str]) -> str:
    """Say which step was not taken: by its heading, where it is one of those to take next."""
    if heading := shown.get(step.code):
        return f"curvefit decide did not take the step under “{heading}”"
    return f"Not done: {sentence(step).rstrip('.')}"


def what_is_left(study: Study, folder: str = "", *, takes: bool = True) -> list[tuple[str, str, str | None]]:
    """Return what is left where training is open and nothing is left to measure: a heading, the words, a command.

    With `takes` also what that step takes.
    Also how to rehearse a training, where the model is one to practise with.
    """
    rehearsal, trial = _rehearsal(study), trial_left(study, folder)
    said = [_measured_out(study)] if is_measured_out(study) else []
    said += [rehearsal] if rehearsal else []
    said += [(step_text if takes else step_sentence)(trial)] if trial is not None else []
    to_try = Reason("probe-elsewhere") if rehearsal else trial
    command = None if to_try is None else command_for(to_try, study, folder)
    return [("What is left", " ".join(said), command)] if said else []


def trial_left(study: Study, folder: str = "") -> NextStep | None:
    """Return the trial training that is left where nothing is left to measure, and no first step names it."""
    shown = [step for _, step, _ in first_steps(study, folder)]
    trials = (step for step in study.advice.next_steps if step.code in TRIALS and step not in shown)
    return next(trials, None) if is_measured_out(study) else None


def is_measured_out(study: Study) -> bool:
    """Whether training is open, all items are scored, and no step measures anything more."""
    curve, advice = study.curve, study.advice
    if advice.training != "open" or not advice.judges_training or curve.stopped or curve.missing:
        return False
    all_scored = curve.design is not None and 0 < curve.available <= len(curve.items)
    return all_scored and all(step.code in _MEASURE_NOTHING for step in advice.next_steps)


_MEASURE_NOTHING: Final = (
    *TRIALS, "ship", "use-classifier", "show-similar", "fewer-examples", "see-errors", "improve-prompt",
    "rework-prompt", "fine-tune", "not-in-reach", "state-error-usd",
)  # fmt: skip


def _measured_out(study: Study) -> str:
    then = "It is for you to decide."
    if _is_trained(study):
        then = "Only new items, or more examples to train on, would tell more: else you decide."
    elif _rehearsal(study) or any(step.code in TRIALS for step in study.advice.next_steps):
        then = "A trial training may, or you decide without it."
    return f"All items are scored: no measuring can settle whether fine-tuning gains accuracy. {then}"


_REHEARSAL: Final = (
    "A trial training can be rehearsed: curvefit stub fine-tunes its made-up model too, and nobody is paid."
)


def _rehearsal(study: Study) -> str:
    """Say how a training is rehearsed, where one would be a step and the server is one to practise with."""
    outline, open_yet = outline_probe(study.curve), study.advice.training == "open" and not study.curve.stopped
    if outline is None or not outline.made_up:
        return ""
    return _REHEARSAL if open_yet and study.advice.judges_training and not _is_trained(study) else ""


def what_would_settle(study: Study, folder: str = "", *, width: int = 80) -> list[str]:
    """Return what would settle whether fine-tuning gains accuracy, and why it is no step; or that nothing is left.

    A command stands in a line of its own, to be copied.
    """
    said, command = _what_would_settle(study, folder)
    return [*wrapped(said, width), *([f"  {command}"] if command else [])]


def _what_would_settle(study: Study, folder: str) -> tuple[str, str]:
    if (
        study.curve.stopped or study.curve.mostly_cut_off or not study.advice.judges_training
    ):  # what comes first is said
        return "", ""
    if unpaid := unpaid_words(study):
        return _or_next(unpaid, study, folder)
    if doubt := doubt_words(study):
        return _or_next(f"fine-tuning likely gains accuracy, but {doubt}", study, folder)
    if study.advice.training == "does not pay" and (paid := paid_words(study)):
        return _or_next(paid, study, folder)
    if study.advice.training != "open":
        return _or_next(
            f"fine-tuning {_SETTLED[study.advice.training].format(pays=pays_words(study), likely=not_surely(study))}",
            study,
            folder,
        )
    outline = outline_probe(study.curve)
    more = next((step for step in study.advice.next_steps if step.code == "more-items"), None)
    if _is_trained(study) and more is not None:
        return f"This model was fine-tuned. {sentence(more)}", command_for(more, study, folder) or ""
    if _is_trained(study):
        return f"{_NOTHING}this model was fine-tuned; only more items, or examples to train on, would tell more.", ""
    trial = next((step for step in study.advice.next_steps if step.code in TRIALS), None)
    if outline is None and trial is not None:  # of a small model that runs here
        return step_text(trial), command_for(trial, study, folder) or ""
    if outline is None:
        return f"{_NOTHING}the task has too few examples to fine-tune on.", ""
    if rehearsal := _rehearsal(study):
        return rehearsal, command_for(Reason("probe-elsewhere"), study, folder) or ""
    command = command_for(Reason("probe-elsewhere" if outline.elsewhere else "probe"), study, folder)
    if command is None:
        return "", ""
    step = next(iter(priced((NextStep("probe"),), study.curve, study.payoff, outline)), None)
    settles = _HINTS if not outline.own else _HARDLY if step is None else _SETTLES
    if outline.own and step is not None and step.chance is not None:
        settles += f" (chance {chance_of(step.chance)})"
    likely = study.payoff is not None and study.payoff.probability > SURE_NOT
    if any(reason.code == "high-score" for reason in study.advice.reasons) and not likely:
        settles += "; none is advised, since fine-tuning gains less often over so good a prompt"
    takes = "" if step is None else effort_text(replace(step, chance=None))
    slot = _SLOT if outline.elsewhere and unlisted_training(study.curve) else ""
    install = "" if outline.elsewhere else needs_install(Reason("probe"))
    return f"{' '.join(filter(None, (f'{settles}.', takes, slot, install))).removesuffix('.')}:", command


def _or_next(settled: str, study: Study, folder: str) -> tuple[str, str]:
    """Say what is settled of training, and the step of the report that measures something else; else that none does."""
    for _, step, command in first_steps(study, folder):
        if command is not None and step.code not in (*_MEASURE_NOTHING, "use-for-now"):
            return f"{settled[0].upper()}{settled[1:]}. Next: {step_text(step)}", command
    return f"{_NOTHING}{settled}.", ""


_NOTHING: Final = "Nothing more to measure: "
_SETTLES: Final = "A small fine-tuning can settle whether that gains accuracy"
_HARDLY: Final = "A small fine-tuning is not likely to settle whether that gains accuracy, but shows more than prompts"
_HINTS: Final = "Fine-tuning a small model that runs here helps to predict whether fine-tuning yours gains accuracy"
_SLOT: Final = "Put the price of a million trained tokens in place of USD"
_SETTLED: Final = {
    "pays": "likely {pays}, and the report says how to go on",
    "does not pay": "would {likely}gain little or no accuracy",
}


_YOURS: Final = "The answer is open. One of the steps may settle it, but curvefit decide does not take that by itself"
_UNTIL_THEN: Final = "The answer is open, and stays so until the step above is taken."
_ONLY_TRAINING: Final = "The answer is open, and measuring more is not likely to settle it; only fine-tuning can."
_STAYS: Final = "This fine-tuning leaves the answer open."


def why_open(study: Study) -> str:
    """Return why `curvefit decide` ends with training open, and whether anything is left to do; else nothing.

    Nothing either where `what_is_left` says it.
    """
    if study.advice.training != "open" or study.curve.stopped or is_measured_out(study):
        return ""
    steps = study.advice.next_steps
    if not study.advice.judges_training or study.curve.mostly_cut_off:
        return _UNTIL_THEN
    yours = [step for step in steps if _may_settle(step) and command_for(step, study)]
    if yours:
        return f"{_YOURS}{_why_no_more_items(study) if yours[0].code == 'more-items' else ''}."
    ends = "what is left is the step above"
    if not steps or steps[0].code in PROMPT_STEPS:
        ends = "you are done: use that prompt" if steps else "you are done"
    if _is_trained(study):
        return f"{_STAYS} Without another, {ends}."
    return f"{_ONLY_TRAINING} Without it, {ends}."


def _why_no_more_items(study: Study) -> str:
    """Return why a command that decides scores no more items than it does."""
    if stated := option_values(study.curve.command, "--items")[-1:]:
        return f": it scores the {stated[0]} items that --items says"
    return f": it scores {counted(len(study.curve.items), 'item')} unless --items says more"


def _is_trained(study: Study) -> bool:
    """Whether this very model was fine-tuned, by a probe or by the user."""
    probes = () if study.payoff is None else study.payoff.probes
    return bool(study.validated) or any(probe.is_of(study.curve.model) for probe in probes)


def _may_settle(step: NextStep) -> bool:
    """Whether a step finds out whether training gains accuracy, and not only how good a prompt is."""
    return step.code not in SETTLE_NOTHING and (step.code != "more-items" or step.chance is not None)


def _taken(taken: Taken) -> str:
    took = lasting(taken.seconds / 60)
    if taken.probe is None:
        shots, design = taken.study.points[-1].shots, taken.study.curve.design
        drawn = "" if design is None else f", {counted(design.draws, 'draw')} and {counted(design.items, 'item')}"
        return f"Measured up to {counted(shots, 'shot')}{drawn}, in {took}, as the cheapest way to know more."
    sizes = " and ".join(f"{point.shots:,}" for point in taken.probe.points if point.shots)
    return f"Fine-tuned this model on {sizes} examples, here, in {took}, as the cheapest way to know more."


def steps_of(check: str, measured: Study, seconds: float, done: Sequence[Taken], folder: str) -> Iterator[TakenStep]:
    """Yield everything that was done, with what it said, as a study keeps it.

    `check` is what the check of the examples said, and `measured` what was concluded before any further step.
    """
    yield TakenStep("check", check)
    if measured.baseline is not None:
        point = measured.baseline.points(measured.level)[-1]
        said = f"Right on {accuracy_text(point.accuracy)} after {point.shots:,} examples."
        yield TakenStep("baseline", said, seconds=measured.baseline.seconds)
    usage = measured.curve.usage
    yield TakenStep("measure", ship_sentence(measured), usage.calls, usage.usd, seconds)
    for taken in done:
        after = taken.study.curve.usage if taken.probe is None else usage + taken.probe.usage
        usd = None if after.usd is None or usage.usd is None else max(0.0, after.usd - usage.usd)
        said = "" if taken.problem else ship_sentence(taken.study)
        if taken.probe is not None:
            said = probe_answer(taken.probe)
        yield TakenStep(
            taken.step.code,
            said,
            max(0, after.calls - usage.calls),
            usd,
            round(taken.seconds, 1),
            command_for(taken.step, taken.study, folder) or "",
            clean(taken.problem, longest=300),
        )
        usage = taken.study.curve.usage


def over_all_starts(steps: Sequence[TakenStep], before: Sequence[TakenStep], sent: int) -> tuple[TakenStep, ...]:
    """Return steps with the time of earlier starts too, as their calls are those of all.

    `before` are those of the study that was there, and `sent` is how many requests this start made. Where other calls
    are counted, as of a start that was killed or of `curvefit run`, nobody knows how long all took. What was measured
    in a step of its own, and now with all else, counts as that. Trainings are apart.
    """
    asked = [step for step in before if step.code not in ("check", "baseline", *TRIALS)]
    earlier, total = (sum(step.calls for step in each if step.code not in TRIALS) for each in (asked, steps))
    codes, took = {step.code for step in steps}, dict[str, list[float | None]](measure=[])
    for step in asked:
        took.setdefault(step.code if step.code in codes else "measure", []).append(step.seconds)

    def seconds(step: TakenStep) -> float | None:
        if step.code not in took:
            return step.seconds
        parts = [step.seconds, *took[step.code]]
        known = [each for each in parts if each is not None]
        return round(sum(known), 1) if len(known) == len(parts) and earlier <= total <= earlier + sent else None

    return tuple(replace(step, seconds=seconds(step)) for step in steps)


_DID: Final = {
    "check": "Checked the examples",
    "baseline": "Trained a plain classifier on them",
    "measure": "Measured prompts",
    "probe": "Fine-tuned this model",
    "probe-elsewhere": "Fine-tuning at the provider",
}


def step_rows(study: Study) -> list[dict[str, str]]:
    """Return what was done to find out, for the page: what, what it said, calls, dollars, minutes."""
    return [
        {
            "did": _DID.get(step.code, "Measured more"),
            "said": f"{step.said} Not done: {step.problem}.".strip() if step.problem else step.said,
            "calls": f"{step.calls:,}",
            "usd": "not known" if step.usd is None else dollars(step.usd),
            "minutes": "–" if step.seconds is None else f"{step.seconds / 60:,.1f}",
        }
        for step in study.steps
    ]
