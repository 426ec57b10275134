"""Codes and numbers in words. Lives here: one sentence a code, for reasons and for steps; nothing is concluded.

A sentence that only fills in its values stands in the table itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.payoff.predictor import RISE
from curvefit.plain_text import clean
from curvefit.report.candidate_text import hosting_words
from curvefit.report.pair_text import PAIR_CODES
from curvefit.report.wording import (
    best_of,
    capital,
    chance_of,
    counted,
    factor,
    in_points,
    margin_text,
    percent,
    span,
    sure,
    with_interval,
)
from curvefit.task_kinds import KINDS, nearest_kind

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


def examples_of(shots: int, selection: str) -> str:
    """Return which examples a prompt shows: ``16 examples``, ``the 4 examples most similar to each input``."""
    if selection == "retrieved":
        return f"the {'example' if shots == 1 else f'{shots} examples'} most similar to each input"
    return counted(shots, "example") if shots else "no examples"


def _share(count: int, of: int) -> str:
    """Return a part of few cases, as a count and in percent: ``5 of 9 (56%)``."""
    return f"{count} of {of}" + (f" ({percent(count / of)})" if of else "")


# Why the verdict is what it is.


def _gain_left(v: Values) -> str:
    return (
        f"Going from {v['start']} to {counted(v['end'], 'shot')}{_lacking(v)} is forecast to change accuracy by"
        f" {with_interval(v['gain'])}, by the fitted curve at both ends. The chance of a gain above the margin"
        f" ({margin_text(v['margin'])}) is {chance_of(v['p_more'])}; of a loss as large, {chance_of(v['p_less'])}."
    )


def _lacking(v: Values) -> str:
    """Say so where the pool has no more examples for what is forecast."""
    return f", for which the pool has too few examples ({v['pool']:,})," if "pool" in v else ""


def _rise(v: Values) -> str:
    change: Estimate = v["change"]
    known = "is unlikely to be chance" if change.low > 0 or change.high < 0 else "may be chance"
    return (
        f"From {v['start']} to {counted(v['end'], 'shot')} accuracy changed by {with_interval(change)[:-1]}, widened"
        f" since {v['compared']} such changes were tested). That {known}."
    )


def _hosting(v: Values) -> str:
    return f"Not in that: {hosting_words(v['hosting_low'], v['hosting_high'], v['hosting_per'])}."


# What would settle it.


def _lacks(v: Values) -> str:
    """Say what the task has too little of; draws and items are chosen from all there are, so more changes them.

    Of results of another tool, that more of them are judged by the same margin: by default it is smaller then.
    """
    if v.get("fitted"):
        return " Then judge the larger results by the same margin."
    if v.get("lacks_room"):
        return f" A prompt of this model has room for about {counted(v['shots'] - v['lacks_room'], 'example')} only."
    missing = {"examples to the pool": v.get("lacks_examples") or 0, "items": v.get("lacks_items") or 0}
    parts = [f"{count:,} {name}" for name, count in missing.items() if count]
    if not parts:
        return ""
    return (
        f" The task has too few for that: add {' and '.join(parts)}. That changes what is shown and scored, so that all"
        " of it is measured, and paid for, again."
    )


def _more_shots(v: Values) -> str:
    more = f"{v['missing']} more numbers of shots, each about twice the one before"
    if v["missing"] == 1:
        more = "one more number of shots, about twice the last"
    return f"Measure at {more}: so few make no curve.{_lacks(v)}"


def _see_fall(v: Values) -> str:
    change = ""
    if "change" in v:
        change = (
            f" Beyond {counted(v['peak'], 'shot')} it changed by {with_interval(v['change'])}, which may be bad luck."
        )
    wide = ", or double both items and draws" if v["wide_calls"] is not None else ""
    return f"Measure {counted(v['shots'], 'shot')}{wide}, to see whether accuracy is falling.{change}{_lacks(v)}"


def _narrow(v: Values) -> str:
    parts = [f"up to {v['shots']} shots"] if v["shots"] > v["now_shots"] else []
    if v["stderr_divisor"] > 1:
        times = f"that takes at most {factor(v['stderr_divisor'] ** 2)} times the items and draws"
        parts.append(f"with standard errors {factor(v['stderr_divisor'])} times smaller ({times})")
    elif v["items"] is not None:
        pairs = (("items", v["items"], v["now_items"]), ("draws", v["draws"], v["now_draws"]))
        wider = [(f"{then:,} {name}", f" instead of {now:,}") for name, then, now in pairs if then > now]
        more = [f"{then}{now if len(wider) == 1 else ''}" for then, now in wider]
        parts += [f"{'with ' if parts else ''}{' and '.join(more)}"] if more else []
    return f"Measure {' '.join(parts)}, to see whether more examples help.{_lacks(v)}"


def _not_in_reach(v: Values) -> str:
    change: Estimate = v["change"]
    most = max(100 * max(abs(change.low), abs(change.high)), 0.1)
    return (
        f"Do not measure this curve further: even {v['times']} times the items and draws, and {v['shots']:,} shots,"
        f" have a chance of at most {chance_of(v['chance'])} to settle whether more examples help. Decide by cost, or"
        f" by a larger --margin: by the {sure(change.level)} interval they change accuracy by less than {most:.1f}"
        " points."
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


def _cheaper_prompt(v: Values) -> str:
    added: Estimate = v["added"]
    possible = " A gain above it is possible, though." if added.high > v["margin"] else ""
    return (
        f"The prompt to use costs less: it scores {percent(v['accuracy'].value)}, with"
        f" {examples_of(v['shots'], v['selection'])}. The best prompt adds {with_interval(added)};"
        f" the margin is {margin_text(v['margin'])}.{possible}"
    )


def _picked(v: Values) -> str:
    less = "less" if v["optimism"] is None else f"about {100 * v['optimism']:.1f} points less"
    return (
        f"The best prompt was picked from {v['tried']}, each with another number or choice of examples, by these very"
        f" scores, so some of its lead is luck. On new inputs expect {less}."
    )


def _constant(v: Values) -> str:
    over, accuracy = v["over"], v["accuracy"].value
    lead = "does worse than a constant answer" if over.high < 0 else "may have learned nothing"
    surer = ""
    if over.level > v["accuracy"].level:
        surer = f"; {sure(over.level)} since the best of several prompts was picked"
    return (
        f"The model {lead}: it scores {percent(accuracy)}, and always giving the commonest answer scores"
        f" {percent(accuracy - over.value)}. The difference is {with_interval(over)[:-1]}{surer})."
    )


def constant_sentence(accuracy: Estimate, over: Estimate | None) -> tuple[str, ...]:
    """Say so where an accuracy is not clearly above that of one answer to everything; None: that is not known."""
    if over is None or over.low > 0:
        return ()
    return (sentence(Reason("constant", {"accuracy": accuracy, "over": over})),)


def _unreadable(v: Values) -> str:
    choice = ""
    if v["choice"] is not None:
        choice = f" Made to choose a label, the model is right {v['choice']:.0%} of the time."
    return (
        f"With {examples_of(v['shots'], v['selection'])}, {percent(v['share'])} of replies could not be read and count"
        f" as wrong."
        f"{choice} Fix the format first: that needs no training."
    )


def _measured_cases(v: Values) -> str:
    paid, thin = "fine-tuning gained more than the margin in", "Thin evidence: " if v["thin"] else ""
    if v["cases"]:
        text = (
            f"{thin}the prediction rests mainly on {counted(v['cases'], 'measured case')} with this kind of task and"
            f" size of model, from {counted(v['sources'], 'source')}; {paid} {v['paid']} of them."
        )
    elif v["resized"]:
        text = f"{thin}no measured case has both this kind of task and this size of model."
    else:
        text = f"{thin}no measured case has this kind of task. The prediction rests on {v['others']} of other kinds."
    size = "larger (over half a billion parameters)"
    if v["resized_tiny"]:
        size = "smaller (under half a billion parameters; yours is taken to have more)"
    if v["resized"]:
        text += (
            f" In {counted(v['resized'], 'more case')}, which count less, the model is {size}; {paid}"
            f" {v['resized_paid']} of them."
        )
    return f"{capital(text)} The prediction also counts how far the best prompt is from 100%."


def _reaches(v: Values) -> str:
    """Say what a classifier reaches, and that nobody trained it on so many, where that is so."""
    right = percent(v["classifier"].value)
    return f"reaches {right}" if v["measured"] else f"would reach about {right}, by the forecast of its curve,"


def _stand_in(v: Values) -> str:
    tuned = v["fine_tuned"]
    narrow = percent(tuned.low) == percent(tuned.high)
    interval = "" if narrow else f" ({sure(tuned.level)} interval {span(tuned)})"
    larger = " Those models are small; for a larger one the interval is wider." if v["larger"] else ""
    return (
        f"A plain text classifier trained on {counted(v['n_train'], 'example')} {_reaches(v)}"
        f" on the same items. A fine-tuned model is predicted to reach"
        f" {percent(tuned.value)}{interval}: both were measured in {v['pairs']} trainings on"
        f" {v['data_sets']} data sets.{larger}"
    )


def _format_rise(v: Values) -> str:
    return (
        f"From {v['start']} to {counted(v['end'], 'shot')} accuracy rose by {100 * v['rise']:.1f} points. That may be"
        f" format and not learning: readable replies rose from {percent(v['readable_start'])} to"
        f" {percent(v['readable_end'])}, and whether accuracy among them rose is open: {with_interval(v['among'])}."
    )


def _extrapolated(v: Values) -> str:
    side = "fewer" if v["n_train"] < v["end"] else "more"
    return f"No measured case is known to have used {side} than {counted(v['end'], 'example')}."


def _probed(v: Values) -> str:
    less = [] if v["own"] else ["it is another model"]
    if v["n_train"] != v["wanted"]:
        less.append(f"it saw {'fewer' if v['n_train'] < v['wanted'] else 'more'} examples than you would use")
    counts = (
        "That measures exactly what is predicted. The prediction counts cases elsewhere too, since another training, or"
        " other items, could have given another gain."
    )
    if less:
        case = "how it compares with the classifier on as many examples" if v["stand_in"] else "it as one more case"
        of = " of how much is gained" if v["own"] else ""  # that anything is, it may decide by itself
        counts = f"The prediction{of} uses {case}, with less than full weight: {', and '.join(less)}."
    model = clean(v["model"], longest=200)
    return (
        f"Probe: fine-tuned on {counted(v['n_train'], 'example')} of this task, {model} changed by"
        f" {with_interval(v['gain'])} against its own best prompt. {counts}"
    )


def _probe_decides(v: Values) -> str:
    tried = "Fine-tuning was tried, and that decides: on" if v["surely"] else "Fine-tuning was tried: on"
    on_items = f"on {counted(v['items'], 'item')} " if v["items"] else ""
    possible = f"{on_items}{'even a loss' if v['pays'] else 'a gain above the margin'} is possible"
    return (
        f"{tried} {counted(v['n_train'], 'example')} the model changed by {with_interval(v['gain'])} against its own"
        f" best prompt{'' if v['surely'] else f'; {possible}'}."
    )


def _from_probe(v: Values) -> str:
    by = {
        "cases": "from cases elsewhere",
        "prompt": f"for counting the best prompt as {percent(v['prompted'])}",
        "examples": f"for training on {v['wanted']:,} examples, not {v['n_train']:,}",
    }
    points = {part: round(100 * v[part], 1) for part in ("prompt", "examples")}
    # As shown, the parts add up.
    points["cases"] = round(100 * v["predicted"], 1) - round(100 * v["gain"].value, 1) - sum(points.values())
    shown = {part: in_points(points[part] / 100) for part in sorted(points, key=lambda part: -abs(points[part]))}
    parts = "; ".join(f"{said} {by[part]}" for part, said in shown.items() if said != in_points(0.0))
    gained = in_points(v["gain"].value)
    return f"Why {in_points(v['predicted'])} points are predicted where the probe gained {gained}: {parts}."


def _unsorted_kind(v: Values) -> str:
    near = nearest_kind(v["kind"])
    meant = f"; did you mean {near!r}?" if near else f". Known are: {', '.join(KINDS)}."
    return f"{clean(v['kind'])!r} is no known kind of task{meant}"


def _rule_says(v: Values) -> str:
    do = "fine-tune" if v["rises"] else "do not fine-tune"
    return (
        f"The rule of thumb (fine-tune if the last doubling of shots added more than {100 * RISE:g} point) says: {do};"
        f" accuracy changed by {in_points(v['doubling'])} points there. The verdict on the curve is about what more"
        f" shots would add. But do not go by the rule: on {v['pairs']} published pairs of prompted and fine-tuned"
        " accuracy it was no better than a coin."
    )


def _not_predicted(v: Values) -> str:
    lacks = [
        *(("the kind of task (--kind, or kind in task.yaml)",) if v["lacks_kind"] else ()),
        *(("how many examples you would fine-tune on (--n-train)",) if v["lacks_n_train"] else ()),
    ]
    return f"To predict what fine-tuning would add, give {' and '.join(lacks)}."


def _as_low(v: Values) -> str:
    """Say how many of the cases that decide had a prompt as low, where this one is."""
    if "low" not in v:
        return ""
    limit = percent(v["limit"])
    if not v["low"]:
        return f" The best prompt of none was below {limit}."
    return f" Of those whose best prompt was below {limit}, it did in {_share(v['low_paid'], v['low'])}."


def _rule_of_thumb(v: Values) -> str:
    auc: Estimate = v["auc"]
    return (
        "The rule of thumb (fine-tune if accuracy still rises, not on a plateau) is no better than a coin. On"
        f" {v['pairs']} published pairs of prompted and fine-tuned accuracy, it picks the case that gained over one"
        f" that did not {percent(auc.value)} of the time ({sure(auc.level)} interval {span(auc)}); a coin does 50%."
    )


# What to do next.


def _prompt(verb: str) -> Callable[[Values], str]:
    return lambda v: f"{verb} {examples_of(v['shots'], v['selection'])}."


_AGAIN: Final = {
    "": "",
    "probe": " Then run your curvefit probe command again: with its folder kept, it only scores the new items.",
    "validate": " Then run your curvefit validate command again: it only scores the new items.",
}


def _fine_tune(v: Values) -> str:
    n, pool = v["n_train"], v["pool"]
    short = f" (collect {n - pool:,} more: the pool has {pool:,})" if pool is not None and pool < n else ""
    price = f" {_UNLISTED}: curvefit report --costs takes yours, as training_usd." if v.get("unlisted") else ""
    how = ", then score that model on the same items"
    if pool is not None:
        how = ": curvefit pool writes the training file, and prints the command that scores the model trained on it"
    on = "the whole pool" if n == pool else counted(n, "example")
    return f"Fine-tune on {on}{short}{how}.{price}"


def _narrow_ranges(v: Values) -> str:
    amounts: list[str] = v["amounts"].split()
    more = len(amounts) - _MOST_AMOUNTS
    *others, last = [*amounts[:_MOST_AMOUNTS], *([f"{more} more"] if more > 0 else [])]
    names = f"{', '.join(others)} and {last}" if others else last
    return (
        f"Narrow down {names} in your costs, then write the report again: whether fine-tuning pays back within a year"
        f" depends on {'these ranges, most on the first' if others else 'that range'}."
    )


_MOST_AMOUNTS: Final = 3  # that are named: the first are those that matter most


_UNLISTED: Final = "The list of prices has none for training this model"


def _probe_elsewhere(v: Values) -> str:
    what = "Have the provider fine-tune this model on a few of the examples"
    if v.get("unlisted"):
        dry_run = f". {_UNLISTED}: with yours in place of USD, a dry run says what that costs at most."
    else:
        dry_run = "; a dry run says what that costs at most."
    return f"{what}{dry_run}" + (f" {_hosting(v)}" if "hosting_high" in v else "")


CODES: Final[Mapping[str, Callable[[Values], str]]] = {
    # why the verdict is what it is
    "gain-left": _gain_left,
    "next-doubling": lambda v: (
        f"The next doubling alone, to {counted(v['end'], 'shot')}, is forecast to change accuracy by"
        f" {with_interval(v['gain'])}. The chance of a gain above the margin is {chance_of(v['p_more'])}."
    ),
    "rise": _rise,
    "fall": lambda v: (
        f"Accuracy was highest at {counted(v['start'], 'shot')}. From there to {counted(v['end'], 'shot')} it changed"
        f" by {with_interval(v['change'])[:-1]}, widened since the highest of {v['compared']} was picked)."
    ),
    "one-draw": lambda v: (
        "One draw cannot show how much the choice of examples matters: measure 5. The intervals of the measured"
        " accuracies leave that out. The forecast and the verdict take it from published runs: a standard deviation of"
        f" {100 * v['sd_at_1']:.0f} points at 1 shot and of {100 * v['sd_at_64']:.0f} at 64."
    ),
    "jump": lambda v: (
        f"From {v['start']} to {counted(v['end'], 'shot')} accuracy jumps by more than a smooth curve can. The"
        " forecast allows for both: that this is over, or goes on."
    ),
    # what would settle it
    "more-shots": _more_shots,
    "past-classes": lambda v: (
        f"Measure up to {v['shots']} shots. There are {v['classes']} labels, and the largest prompt so far"
        f" shows {counted(v['last'], 'example')}: accuracy may rise once every label is shown.{_lacks(v)}"
    ),
    "past-jump": lambda v: (
        f"Measure up to {v['shots']} shots, to see whether accuracy changes further after the jump at {v['last']}."
        f"{_lacks(v)}"
    ),
    "see-fall": _see_fall,
    "see-rise": lambda v: (
        "Measure with twice the items and draws, to see whether examples help at all. If they do not, show fewer."
        f" Showing more than now will add little.{_lacks(v)}"
    ),
    "narrow": _narrow,
    "not-in-reach": _not_in_reach,
    # what advice rests on
    "best-prompt": _best_prompt,
    "cheaper-prompt": _cheaper_prompt,
    "picked": _picked,
    "constant": _constant,
    "no-room": lambda _: "The best prompt leaves fine-tuning no room to gain more than the margin.",
    "low-score": lambda v: (
        "A low score leaves much room to gain, or the task is too hard for the model; measured cases do not tell which."
        f" Fine-tuning gained more than the margin in {_share(v['paid'], v['cases'])} whose best"
        f" prompt was below {percent(v['limit'])}, and in {_share(v['others_paid'], v['others'])} others."
    ),
    "same-answer": lambda v: (
        f"All {v['count']:,} readable replies at {v['shots']} shot{'' if v['shots'] == '1' else 's'} are"
        f" {clean(v['answer'], longest=60)!r}, whatever was asked."
    ),
    "format-rise": _format_rise,
    "cut-off": lambda v: (
        f"{v['count']:,} of {v['replies']:,} replies were cut off at {v['tokens']:,} tokens, before"
        " the answer or in it. So accuracy says nothing of the model, and nothing is concluded from it."
    ),
    "unreadable": _unreadable,
    "facts": lambda v: (
        "Examples teach few facts. In a published case, questions on annual reports, accuracy rose from"
        f" {percent(v['prompted'])} to {percent(v['fine_tuned'])} with fine-tuning, and to {percent(v['retrieval'])}"
        " with the facts looked up and put in the prompt."
    ),
    "retrieved-lead": lambda v: (
        f"Similar examples beat random ones by {with_interval(v['lead'])}. The best number of random ones was"
        f" {v['shots']}."
    ),
    "rise-ahead": lambda v: (
        f"Going to {counted(v['end'], 'shot')}{_lacking(v)} is forecast to add {with_interval(v['gain'])}."
    ),
    "fall-beyond": lambda v: (
        f"With random examples, accuracy falls beyond {counted(v['shots'], 'shot')}."
        if v["shots"]
        else "Random examples in the prompt lower accuracy."
    ),
    "prompt-spent": lambda _: "More examples in the prompt will add little.",
    "high-score": lambda v: (
        f"A high score leaves less to gain. Fine-tuning gained more than {margin_text(v['margin'])} in"
        f" {_share(v['paid'], v['cases'])} measured cases whose best prompt reached {percent(v['limit'])}, and in"
        f" {_share(v['others_paid'], v['others'])} others."
    ),
    "predicted-payoff": lambda v: (
        f"Fine-tuning on {counted(v['n_train'], 'example')} is predicted to change accuracy by"
        f" {with_interval(v['gain'])} against the best prompt. The chance of a gain above the margin"
        f" ({margin_text(v['margin'])}) is {chance_of(v['probability'])}."
    ),
    "rule-of-thumb": _rule_of_thumb,
    # what a prediction rests on
    "not-predicted": _not_predicted,
    "zero-shot-only": lambda v: (
        f"Only a prompt without examples was measured: about {percent(v['share'])} of what fine-tuning gained over such"
        " a prompt elsewhere, a prompt with examples gained too. Measure one first."
    ),
    "validated": lambda v: (
        f"Measured: {clean(v['model'], longest=200)}, fine-tuned, changes accuracy by {with_interval(v['gain'])}"
        f" against the best prompt. The chance of a gain above the margin ({margin_text(v['margin'])}) is"
        f" {chance_of(v['probability'])}."
        + (f" Lower end and chance are {best_of(v['picked_from'])}." if v["picked_from"] > 1 else "")
        + (
            f" It was trained on {counted(v['n_train'], 'example')}: more may do better."
            if v["fewer"]
            else " This takes the place of the prediction."
        )
    ),
    "wide-interval": lambda v: {
        "pays": "A loss is possible too.",
        "does not pay": "A gain above the margin is possible too.",
        "open": "Do not decide by this prediction alone: a loss and a gain above the margin are both possible.",
    }[v["decision"]],
    "perfect-score": lambda _: (
        "The prediction stops at a perfect score: the best prompt leaves no more room than that."
    ),
    "measured-cases": _measured_cases,
    "stand-in": _stand_in,
    "probe-decides": _probe_decides,
    "classifier-decides": lambda v: (
        f"A plain text classifier decides: trained on {counted(v['n_train'], 'example')}, it {_reaches(v)}"
        " on the same items."
    ),
    "cases-decide": lambda v: (
        f"Cases like this one decide: fine-tuning gained more than the margin in {_share(v['paid'], v['cases'])}."
        + _as_low(v)
    ),
    "extrapolated": _extrapolated,
    "probed": _probed,
    "from-probe": _from_probe,
    "probe-lead": lambda v: (
        f"Fine-tuned on {counted(v['n'], 'example')}, it scored {with_interval(v['gain'])} against showing as many in"
        " its prompt. The prediction weighs that by how well such a lead has predicted the gains of tiny models."
    ),
    "unsorted-kind": _unsorted_kind,
    "rule-says": _rule_says,
    "rule-silent": lambda _: "The rule of thumb says nothing here: it needs at least two numbers of shots.",
    # what to do next
    "same-again": lambda v: (
        f"Finish what {v['limit']} ended early: each start has its own cap, and no reply is paid for twice."
    ),
    "raise-reply-tokens": lambda v: f"Allow replies of up to {v['tokens']:,} tokens, and measure again.",
    "constrain": lambda _: (
        "Make replies readable (a grammar, structured output, a stricter instruction), then measure again."
    ),
    "retrieve-facts": lambda v: (
        "Measure with the documents that the task names: those most similar to each input, shown in its prompt."
        if v.get("documents")
        else "Have your program look up the facts and put them in each input, then measure again. --retrieved does not"
        " do that: it picks similar examples."
    ),
    "improve-prompt": lambda _: "Improve the instruction by what it still gets wrong, and try a bigger model.",
    "mend-judge": lambda _: (
        "Replace the judge with a rule or a stronger model, then run the same command again. Replies are kept; only the"
        " judging is done again."
    ),
    "rework-prompt": lambda _: "Read what it gets wrong; then improve the instruction, or try a bigger model.",
    # How many, the picture says and the command shows: the first screen has few numbers.
    "show-similar": lambda v: f"Show each input the example{'' if v['shots'] == 1 else 's'} most similar to it.",
    "add-examples": lambda v: (
        f"Put more examples in the prompt, up to {v['end']:,}, as far as context and cost allow."
        if v["end"] > v["last"]
        else "Collect more examples: the prompt already shows all that there are."
    ),
    "fewer-examples": _prompt("Prompt with"),
    "ship": _prompt("Use the prompt with"),
    "ship-fine-tuned": lambda v: f"Ship {clean(v['model'], longest=200)}, the fine-tuned model.",
    "use-for-now": lambda _: "Use the prompt. This command prints it for an input that you add.",
    # How well it does stands above: the first screen has few numbers.
    "use-classifier": lambda _: (
        "Try a plain classifier, trained on your examples: no call of it is paid. docs/payoff.md makes one with"
        " scikit-learn."
    ),
    "see-errors": lambda _: "Look at the items it still gets wrong.",
    "measure-retrieved": lambda _: "Measure with the examples most similar to each input: often the better prompt.",
    "probe": lambda v: (
        "Fine-tune this model on some of the examples, on this machine."
        if v.get("own")
        else "Fine-tune a small model on this machine, to predict better whether fine-tuning yours gains accuracy."
    ),
    "probe-elsewhere": _probe_elsewhere,
    "more-items": lambda v: f"Score more items, {v['items']:,} in all.{_AGAIN[v.get('again', '')]}",
    "narrow-ranges": _narrow_ranges,
    "state-error-usd": lambda _: (
        "State in your costs what a wrong answer costs (error_usd), then write the report again: fewer than half of the"
        " prompt's answers are wholly right, and its mistakes are counted as free."
    ),
    "small-run": lambda _: (
        "Fine-tune your model on a small scale and score it on the same items, to predict better whether fine-tuning"
        " gains accuracy."
    ),
    "fine-tune": _fine_tune,
    # two studies compared
    **PAIR_CODES,
}
