"""Codes and numbers in words. Lives here: one sentence a code, for reasons and for steps; nothing is concluded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.payoff.evidence import GROUPS
from curvefit.report.wording import clean, counted, in_points, percent, span, sure, with_interval

__all__ = ["CODES", "constant_sentence", "examples_of", "sentence"]

Values = Mapping[str, Any]


def sentence(reason: Reason) -> str:
    """Return what a reason or a step says, in a sentence or two.

    Raises
    ------
    KeyError
        No such code: every code that is given has its words here, which a test sees to.
    """
    return CODES[reason.code](reason.values)


def examples_of(shots: int, selection: str, *, each: str = "each input") -> str:
    """Return which examples a prompt shows: ``16 examples``, ``the 4 examples most similar to each input``."""
    if selection == "retrieved":
        return f"the {'example' if shots == 1 else f'{shots} examples'} most similar to {each}"
    return counted(shots, "example") if shots else "no examples"


def _chance(share: float) -> str:
    """Return a probability found by sampling: no more is known than that it is rare or common."""
    return "under 1%" if share < 0.01 else "over 99%" if share > 0.99 else f"{100 * share:.0f}%"


def _points(share: float) -> str:
    return f"{100 * share:g} point{'' if share == 0.01 else 's'}"


# Why the verdict is what it is.


def _gain_left(v: Values) -> str:
    return (
        f"Going from {v['start']} to {counted(v['end'], 'shot')} is forecast to change accuracy by"
        f" {with_interval(v['gain'])}. The chance that it adds more than the margin of {_points(v['margin'])} is"
        f" {_chance(v['p_more'])}; that it takes away more, {_chance(v['p_less'])}."
    )


def _next_doubling(v: Values) -> str:
    return (
        f"The next doubling alone, to {counted(v['end'], 'shot')}, is forecast to change accuracy by"
        f" {with_interval(v['gain'])}; the chance of more than the margin is {_chance(v['p_more'])}."
    )


def _rise(v: Values) -> str:
    change: Estimate = v["change"]
    known = "" if change.low > 0 or change.high < 0 else " That is no established change."
    return (
        f"From {v['start']} to {counted(v['end'], 'shot')} accuracy changed by {with_interval(change)}, widened for"
        f" {v['compared']} comparisons.{known}"
    )


def _fall(v: Values) -> str:
    return (
        f"From its peak at {v['start']} to {counted(v['end'], 'shot')} accuracy changed by"
        f" {with_interval(v['change'])}, widened since the peak was picked among {v['compared']}."
    )


def _one_draw(v: Values) -> str:
    return (
        "One draw cannot show how much the choice of examples matters: use --draws 5. Intervals of single accuracies"
        f" count items only; forecast and verdict assume the spread of published runs, {100 * v['sd_at_1']:.0f} points"
        f" of standard deviation at 1 shot and {100 * v['sd_at_64']:.0f} at 64."
    )


# What would settle it.


def _lacks(v: Values) -> str:
    """Say what the task has too little of; draws and items are chosen from all there are, so more changes them."""
    missing = {"pool examples": v.get("lacks_examples") or 0, "items": v.get("lacks_items") or 0}
    parts = [f"{count:,} more {name}" for name, count in missing.items() if count]
    if not parts:
        return ""
    return f" That takes {' and '.join(parts)} than the task has; with new ones everything is asked again."


def _calls(v: Values) -> str:
    """Say how many more calls that takes, where what has been asked still counts."""
    if v["calls"] is None or v.get("lacks_examples") or v.get("lacks_items"):
        return ""
    return f" ({counted(v['calls'], 'more call')})"


def _more_shots(v: Values) -> str:
    there = "is 1 number" if v["count"] == 1 else f"are {v['count']} numbers"
    return (
        f"Measure {v['missing']} more numbers of shots, each about twice the one before{_calls(v)}: there {there} above"
        f" 0, and a curve takes {v['needed']}.{_lacks(v)}"
    ).replace("Measure 1 more numbers", "Measure 1 more number")


def _past_classes(v: Values) -> str:
    return (
        f"Measure up to {v['shots']} shots{_calls(v)}: there are {v['classes']} classes, the largest prompt holds"
        f" {counted(v['last'], 'example')}, and the rise may start once every class is shown.{_lacks(v)}"
    )


def _see_fall(v: Values) -> str:
    change = f": {with_interval(v['change'])} since {counted(v['peak'], 'shot')}" if "change" in v else ""
    wide = f", or twice the items and draws ({v['wide_calls']:,} calls)" if v["wide_calls"] is not None else ""
    return (
        f"Measure {v['shots']} shots{_calls(v)}{wide}. Accuracy may be falling, or this is bad luck{change}.{_lacks(v)}"
    )


def _see_rise(v: Values) -> str:
    return (
        f"Measure twice the items and draws{_calls(v)}. Little is left to gain; still open is whether examples helped"
        f" at all, and so how few would do.{_lacks(v)}"
    )


def _narrow(v: Values) -> str:
    parts = [f"up to {v['shots']} shots"] if v["shots"] > v["now_shots"] else []
    if v["stderr_divisor"] > 1:
        parts.append(f"with standard errors {v['stderr_divisor']:.1f} times smaller")
    elif v["items"] is not None:
        pairs = (("items", v["items"], v["now_items"]), ("draws", v["draws"], v["now_draws"]))
        more = [f"{then:,} {name} instead of {now:,}" for name, then, now in pairs if then > now]
        parts += [f"{'with ' if parts else ''}{' and '.join(more)}"] if more else []
    return f"Measure {' '.join(parts)}{_calls(v)}: a chance of {_chance(v['chance'])} of a clear verdict.{_lacks(v)}"


def _not_in_reach(v: Values) -> str:
    change: Estimate = v["change"]
    most = 100 * max(abs(change.low), abs(change.high))
    return (
        f"Decide by cost, or by a larger margin: even {v['times']} times the items and draws, and {v['shots']:,} shots,"
        f" would give a clear verdict with a chance of {_chance(v['chance'])} at most. With {sure(change.level)}"
        f" confidence more examples change accuracy by less than {max(most, 0.1):.1f} points."
    )


# What advice rests on.


def _best_prompt(v: Values) -> str:
    a: Estimate = v["accuracy"]
    text = (
        f"The best prompt scores {percent(a.value)} ({sure(a.level)} interval {span(a)}), with"
        f" {examples_of(v['shots'], v['selection'])}."
    )
    if "retrieved_accuracy" in v:
        near: Estimate = v["retrieved_accuracy"]
        similar = examples_of(v["retrieved_shots"], "retrieved")
        text += f" With {similar} it scores {percent(near.value)}."
    return text


def _picked(v: Values) -> str:
    by = "" if v["optimism"] is None else f", by about {100 * v['optimism']:.1f} points"
    return f"It is the best of {v['tried']} prompts on these very items, so it looks better than it is{by}."


def _constant(v: Values) -> str:
    over, accuracy = v["over"], v["accuracy"].value
    how = "below" if over.high < 0 else "not clearly above"
    surer = ", wider since the best of several prompts was picked" if over.level > v["accuracy"].level else ""
    return (
        f"{percent(accuracy)} is {how} {percent(accuracy - over.value)}, the score of always giving the commonest"
        f" answer: {with_interval(over)}{surer}."
    )


def constant_sentence(accuracy: Estimate, over: Estimate | None) -> tuple[str, ...]:
    """Say so where an accuracy is not clearly above that of one answer to everything; None: that is not known."""
    if over is None or over.low > 0:
        return ()
    return (sentence(Reason("constant", {"accuracy": accuracy, "over": over})),)


def _low_score(v: Values) -> str:
    return (
        "So low a score can also mean that the task is beyond the model: fine-tuning paid in"
        f" {v['paid']} of {counted(v['cases'], 'measured case')} whose best prompt was below {percent(v['below'])}, in"
        f" {v['others_paid']} of {v['others']} others."
    )


def _cut_off(v: Values) -> str:
    return (
        f"{v['count']:,} of {v['replies']:,} replies were cut off at {v['tokens']:,} tokens, before"
        " the answer or in it. So accuracy says nothing of the model, and nothing is concluded from it."
    )


def _unreadable(v: Values) -> str:
    choice = "" if v["choice"] is None else f" Made to choose among the labels, the model is right {v['choice']:.0%}."
    return (
        f"At {counted(v['shots'], 'shot')} {percent(v['share'])} of replies could not be read.{choice} Format errors"
        " hide as wrong answers, and need no training to mend."
    )


def _facts(v: Values) -> str:
    return (
        f"Examples do not teach facts. On published knowledge tasks fine-tuning led from {percent(v['prompted'])} to"
        f" {percent(v['fine_tuned'])}, retrieval to {percent(v['retrieval'])}."
    )


def _retrieved_lead(v: Values) -> str:
    random = f"the best random examples, {v['shots']} of them" if v["shots"] else "no examples"
    return f"That is {with_interval(v['lead'])} over {random}."


def _rise_ahead(v: Values) -> str:
    return f"Going to {counted(v['end'], 'shot')} is forecast to add {with_interval(v['gain'])}."


def _fall_beyond(v: Values) -> str:
    return (
        f"With random examples, accuracy falls with more than {v['shots']}."
        if v["shots"]
        else ("Random examples in the prompt lower accuracy.")
    )


def _high_score(v: Values) -> str:
    return (
        f"Where prompting reached {percent(v['high'])}, fine-tuning paid in {v['paid']} of {v['cases']} published"
        f" cases; where it stayed below {percent(v['low'])}, in {percent(v['low_share'])}."
    )


def _predicted_payoff(v: Values) -> str:
    return (
        f"Fine-tuning on {counted(v['n_train'], 'example')} is predicted to change the best prompted accuracy by"
        f" {with_interval(v['gain'])}; the chance of more than {_points(v['margin'])} is {v['probability']:.0%}."
    )


def _wide_interval(v: Values) -> str:
    return {
        "pays": "A loss is possible too.",
        "does not pay": "A useful gain is possible too.",
        "open": "A loss and a useful gain are both possible: this alone decides nothing.",
    }[v["decision"]]


def _measured_cases(v: Values) -> str:
    if v["cases"]:
        thin = ": thin evidence" if v["thin"] else ""
        text = (
            f"That rests on {counted(v['cases'], 'measured case')} of this sort, from"
            f" {counted(v['sources'], 'source')}, of which {v['paid']} paid{thin}."
        )
    elif v["resized"]:
        text = "No measured case of this sort is of a model of this size: thin evidence."
    else:
        text = f"No measured case is of this sort: that rests on {v['others']} of other sorts alone, thin evidence."
    if not v["resized"]:
        return text
    size = "more than half a billion parameters"
    if v["resized_tiny"]:
        size = "fewer than half a billion parameters (this one is taken to have more)"
    others = counted(v["resized"], "other")
    return f"{text} Of {others} with models of {size}, which count less, {v['resized_paid']} paid."


def _extrapolated(v: Values) -> str:
    side = "more" if v["n_train"] < v["end"] else "fewer"
    return (
        f"All cases behind it whose number is known trained on {counted(v['end'], 'example')} or {side}: this is"
        " extrapolated."
    )


def _probed(v: Values) -> str:
    counts = "it counts as one more case, as far as models on one task are alike"
    if v["n_train"] != v["wanted"]:
        counts += f", and less since it was trained on {'fewer' if v['n_train'] < v['wanted'] else 'more'} examples"
    elif v["own"]:
        counts = "that is what was asked, measured; believe it before the prediction"
    model = clean(v["model"], longest=200)
    return (
        f"Fine-tuned on {counted(v['n_train'], 'example')} of this very task, {model} changed by"
        f" {with_interval(v['gain'])} over its own best prompt: {counts}."
    )


def _probe_lead(v: Values) -> str:
    return (
        f"Trained on {v['n']} examples it changed by {with_interval(v['gain'])} over showing the same number in its"
        f" prompt; that counts as far as it has foretold the gains of tiny models."
    )


def _unsorted_kind(v: Values) -> str:
    known = [name for names in GROUPS.values() for name in names]
    near = get_close_matches(v["kind"].strip().lower(), known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else f": {', '.join(known)}."
    return f"{clean(v['kind'])!r} is none of the kinds of task that cases are sorted by{meant}"


def _rule_says(v: Values) -> str:
    do = "fine-tune" if v["rises"] else "do not fine-tune"
    sort = "of this sort" if v["alike"] else "of all sorts"
    record = f"it has been right in {v['right']} of the {counted(v['cases'], 'case')} {sort} in which it said so"
    if not v["cases"]:
        record = f"it has said so in no case {sort}"
    return (
        f"The rule of thumb (still rising: fine-tune) says: {do}, after a last doubling of {in_points(v['doubling'])}"
        f" points. Here {record}; on {v['pairs']} published pairs it was no better than a coin."
    )


def _not_predicted(v: Values) -> str:
    lacks = [
        *(("the kind of task (curvefit fit --kind)",) if v["lacks_kind"] else ()),
        *(("how many examples there are (--n-train)",) if v["lacks_n_train"] else ()),
    ]
    return f"What fine-tuning would add is not predicted: {' and '.join(lacks)} would have to be known."


def _rule_of_thumb(v: Values) -> str:
    auc: Estimate = v["auc"]
    return (
        f"On {v['pairs']} published pairs the rule of thumb (still rising: fine-tune; plateau: don't) told a case that"
        f" paid from one that did not {percent(auc.value)} of the time ({sure(auc.level)} interval {span(auc)}); a coin"
        " does 50%."
    )


# What to do next.


def _show_similar(v: Values) -> str:
    return f"Show each input {examples_of(v['shots'], 'retrieved', each='it')}."


def _cheaper(v: Values) -> str:
    """Name the fewest random examples that measured within the margin of the best."""
    if "cheaper_shots" not in v:
        return ""
    shots = v["cheaper_shots"]
    random = " random ones" if v["selection"] == "retrieved" else ""
    prompt = f"{shots}{random}" if shots else "none"
    return f", or {prompt}, which scored {100 * v['cheaper_by']:.1f} points less, within the margin"


def _prompt(verb: str) -> Callable[[Values], str]:
    return lambda v: f"{verb} {examples_of(v['shots'], v['selection'])}{_cheaper(v)}."


def _fine_tune(v: Values) -> str:
    n, pool = v["n_train"], v["pool"]
    short = f" (the pool has {pool:,})" if pool is not None and pool < n else ""
    return f"Fine-tune on {counted(n, 'example')}{short} and compare on the same items."


CODES: Final[Mapping[str, Callable[[Values], str]]] = {
    # why the verdict is what it is
    "gain-left": _gain_left,
    "next-doubling": _next_doubling,
    "rise": _rise,
    "fall": _fall,
    "one-draw": _one_draw,
    # what would settle it
    "more-shots": _more_shots,
    "past-classes": _past_classes,
    "see-fall": _see_fall,
    "see-rise": _see_rise,
    "narrow": _narrow,
    "not-in-reach": _not_in_reach,
    # what advice rests on
    "best-prompt": _best_prompt,
    "picked": _picked,
    "constant": _constant,
    "no-room": lambda _: "That leaves fine-tuning no room to gain more than the margin.",
    "low-score": _low_score,
    "cut-off": _cut_off,
    "unreadable": _unreadable,
    "facts": _facts,
    "retrieved-lead": _retrieved_lead,
    "rise-ahead": _rise_ahead,
    "fall-beyond": _fall_beyond,
    "prompt-spent": lambda _: "More examples in the prompt will not close the gap.",
    "high-score": _high_score,
    "predicted-payoff": _predicted_payoff,
    "rule-of-thumb": _rule_of_thumb,
    # what a prediction rests on
    "not-predicted": _not_predicted,
    "wide-interval": _wide_interval,
    "perfect-score": lambda _: (
        "That is a perfect score, all the room the best prompt leaves: the prediction is cut off there."
    ),
    "measured-cases": _measured_cases,
    "extrapolated": _extrapolated,
    "probed": _probed,
    "probe-lead": _probe_lead,
    "unsorted-kind": _unsorted_kind,
    "rule-says": _rule_says,
    "rule-silent": lambda _: "The rule of thumb needs two numbers of shots.",
    # what to do next
    "same-again": lambda v: f"Go on: {v['limit']} ended the measurement early, and what was paid for is kept.",
    "raise-reply-tokens": lambda v: f"Allow replies of up to {v['tokens']:,} tokens, and measure again.",
    "constrain": lambda _: (
        "Make replies readable (a grammar, structured output, a stricter instruction) and measure again."
    ),
    "retrieve-facts": lambda _: "Put the facts in the prompt by retrieval, then measure again.",
    "improve-prompt": lambda _: "Work on the instruction, and try a bigger model.",
    "show-similar": _show_similar,
    "add-examples": lambda v: f"Put more examples in the prompt, up to {v['end']:,}, as far as context and cost allow.",
    "fewer-examples": _prompt("Prompt with"),
    "ship": _prompt("Ship the prompt with"),
    "see-errors": lambda _: "Look at what it still gets wrong.",
    "measure-retrieved": lambda _: "Measure with the examples most similar to each input: often the better prompt.",
    "probe": lambda _: "Find out whether training pays: fine-tune a small model here.",
    "small-run": lambda _: "Find out whether training pays: a small fine-tuning run, scored on the same items.",
    "fine-tune": _fine_tune,
}
