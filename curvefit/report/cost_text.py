"""Break-even in words. Lives here: its sentences; the arithmetic stands in `decision/break_even.py`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import (
    Costs,
    Payback,
    TunedModel,
    at_ends,
    break_even,
    by_month,
    least_and_most_saved,
    mistakes_alone,
    payback_of,
    saved_before,
)
from curvefit.decision.cheaper_prompt import CheapButWrong
from curvefit.payoff.comparison import SURE_NOT
from curvefit.plain_text import clean
from curvefit.report.amount_text import after_months, amount, from_calls, in_steps, in_three_digits, step_of
from curvefit.report.answer_text import free_words, the_range
from curvefit.report.candidate_text import BASE_PRICE, OWN_PRICE
from curvefit.report.listing_text import listing_sentences
from curvefit.report.payoff_text import UNTIL, examples_in
from curvefit.report.wording import capital, chance_of, change_text, dollars, in_points, percent, price_range
from curvefit.study import Study

__all__ = [
    "at_costs",
    "back_within_a_year",
    "cost_sentences",
    "money_answer",
    "money_caveats",
    "money_in_short",
    "money_sentences",
    "other_model",
    "saving_words",
]

_YEAR: Final = 12.0
_DECADE: Final = 120.0
_WHOLE: Final = 100.0  # dollars from which cents say nothing
_HARDLY: Final = 0.1  # of a time
_NAMES: Final = {
    "prompted_usd_per_1000": "dollars for a thousand calls of {prompt} (prompted_usd_per_1000)",
    "tuned_usd_per_1000": "dollars for a thousand calls of the fine-tuned model (tuned_usd_per_1000)",
    "training_usd": "dollars for the training (training_usd)",
    "hosting_usd_per_month": "dollars a month for hosting, 0 where there is none (hosting_usd_per_month)",
}

_SHORT: Final = {"training_usd": "training", "hosting_usd_per_month": "hosting"}
_RANGES: Final = {
    "calls_per_month": "{} calls a month",
    "tuned_usd_per_1000": "{} for a thousand calls of the fine-tuned model",
    "training_usd": "{} for training",
    "labour_usd": "{} for people's work",
    "hosting_usd_per_month": "{} a month for hosting",
    "error_usd": "{} for a wrong answer",
}


def back_within_a_year(study: Study) -> tuple[float, ...]:
    """Return the chance that fine-tuning pays in money within a year; nothing where nobody asked, or it is not judged.

    Where it differs, as shown, between the ends of ranges, that at both, the lower one first. Nobody asks where
    mistakes cost nothing: what is saved on tokens alone does not hang on the gain.
    """
    costs = study.costs
    if costs is not None and costs.tuned is None and not study.advice.judges_training:
        return ()
    if costs is None or not costs.most_error_usd or (found := payback_of(costs, study.gain_over_prompt_to_use)) is None:
        return ()
    low, high = found.chances
    return (low,) if chance_of(low) == chance_of(high) else (low, high)


def at_costs(study: Study, back: tuple[float, ...]) -> str:
    """Say at which costs the chance of money back is as said, or between what."""
    costs = study.costs
    return "at your costs" if costs is None or len(back) == 1 else f"from one end of {the_range(costs)} to the other"


def other_model(study: Study) -> TunedModel | None:
    """Return the model that is fine-tuned where it is another than the study's, by the costs."""
    return None if study.costs is None else study.costs.tuned


def cost_sentences(study: Study) -> tuple[str, ...]:
    """Return what costs come to, and where those that nobody stated are from; nothing without costs."""
    return *money_sentences(study), *listing_sentences(study)


def money_in_short(study: Study) -> str:
    """Return what `money_answer` comes to in a few words: the chance that the money is back, else when it is.

    Where something is a range, at the end that is better for fine-tuning, then at the worse one.
    """
    costs = study.costs
    if costs is None:
        return ""
    said = _in_short(study, costs)
    return said if costs.tuned is None else f"{said}, with {clean(costs.tuned.model)} fine-tuned"


def _in_short(study: Study, costs: Costs) -> str:
    if costs.tuned is None and study.advice.action in UNTIL:
        return "not judged yet"
    if back := back_within_a_year(study):
        return f"{' to '.join(map(chance_of, back))} chance that it pays back within a year"
    if study.money_doubt == "no prompt":
        return "open: no prompt to ship"
    gain = study.gain_over_prompt_to_use if costs.tuned is None else costs.tuned.gain
    found = payback_of(costs, gain)
    known = found or saved_before(costs, gain)
    alone = mistakes_alone(costs)
    if known is None and alone is not None and gain is not None:
        ends = break_even(alone, gain).ends
        return f"{'; at worst, '.join(dict.fromkeys(map(_a_month, ends)))}, counting mistakes alone"
    if known is None:
        return f"open: {'not all prices are known' if costs.unknown else 'no gain is predicted'}"
    once = any(costs.upper_ends.get(name, getattr(costs, name)) for name in ("training_usd", "labour_usd"))
    say = _when_back if found is not None and once else _a_month
    said = "; at worst, ".join(dict.fromkeys(map(say, known.ends)))
    return said if found is not None else f"{said}, before {' and '.join(_SHORT[name] for name in costs.unknown)}"


def _when_back(found: Payback) -> str:
    when = after_months(found.months)
    return "never back" if when == "never" else f"back {when}"


def _a_month(found: Payback) -> str:
    saved = found.saved_per_month
    if saved.low == saved.high == 0:
        return "costs as much"
    return f"saves {amount(saved)} a month" if saved.value > 0 else f"costs {amount(-saved)} a month more"


def saving_words(study: Study, costs: Costs) -> tuple[str, str, str]:
    """Return what fine-tuning would save a month at some costs: what that is, the amount, and what it counts.

    The amount is from the least to the most, over the interval of the gain and over all ranges.
    """
    label = f"Fine-tuning {'' if costs.tuned is None else 'another '}would save"
    if costs.tuned is None and (first := UNTIL.get(study.advice.action)) is not None:
        return label, "not known", first[1]
    gain = study.gain_over_prompt_to_use if costs.tuned is None else costs.tuned.gain
    found, state = payback_of(costs, gain), f"state {_listed(costs.unknown)} in your costs"
    if gain is None or (found is None and saved_before(costs, gain) is None):
        return label, "not known", state if costs.unknown else "No gain is predicted."
    least, most = least_and_most_saved(costs, gain)
    if costs_more := most <= 0:
        label, least, most = label.replace("save", "cost"), -most, -least
    step = step_of(Estimate(least, least, most, gain.level))
    over = ["the gain’s interval"] * bool(costs.most_error_usd) + ["your ranges"] * bool(by_month(costs).ranges)
    counts = [f"a month{' more' * costs_more}{f', by {_listed(over)}' if over and least < most else ''}"]
    if least < 0 < most:
        counts.append("below zero it costs more")
    if found is None:
        counts.append(f"before {_listed([_SHORT[name] for name in costs.unknown])}: {state}")
    if not costs.most_error_usd:
        counts.append("mistakes counted as free")
        if found is not None and found.dearest is None and _once(costs):
            counts.append(_when_back(found))
    return label, " to ".join(dict.fromkeys(in_steps(usd, step) for usd in (least, most))), "; ".join(counts)


def _listed(names: Sequence[str]) -> str:
    *others, last = names or ("",)
    return f"{', '.join(others)} and {last}" if others else last


def money_caveats(study: Study) -> tuple[str, ...]:
    """Return, without numbers, what may make sums of money wrong: `money_answer` says it in full."""
    costs = study.costs
    if costs is None or not costs.most_error_usd or payback_of(costs, study.gain_over_prompt_to_use) is None:
        return ()
    parts = "A partly right answer costs part of error_usd here: where any fault costs all of it, the sums do not hold."
    instead = "There is no prompt to ship: money is set against the best one, and depends on what you would do instead."
    is_instead = costs.tuned is None and not study.has_prompt_to_ship
    return (parts,) * (study.wholly_right_share is not None) + (instead,) * is_instead


def money_sentences(study: Study) -> tuple[str, ...]:
    """Return all of `money_answer`, in one."""
    answer, rest = money_answer(study)
    return *answer, *rest


def money_answer(study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return from when on fine-tuning would cost less than the prompt to use, and what that counts.

    What is not known is named instead; nothing of either without costs.
    """
    costs = study.costs
    if costs is None:
        return (), ()
    if costs.tuned is None and (first := UNTIL.get(study.advice.action)) is not None:
        return (f"When fine-tuning pays in money is not judged yet. {first[1]}",), ()
    opening = (*_against(study), *(_whose(costs) if costs.tuned else ()))
    closing = tuple(_at_whose_price(costs))
    gain = study.gain_over_prompt_to_use if costs.tuned is None else costs.tuned.gain
    counted_gain = tuple(_counted(study, costs))
    caveats = (*_partly_right(study, costs), *_more_mistakes(study, costs), *_instead(study, costs))
    if costs.unknown:
        wanted = "; ".join(_NAMES[name].format(prompt=_prompt(study)) for name in costs.unknown)
        state = f"state {wanted}{_hours(costs)}."
        named = costs.listing is not None or costs.unknown == ("prompted_usd_per_1000",)
        whose = "" if named else " Or name who would train and host it, as in provider: together_ai."
        saved = saved_before(costs, gain)
        if saved is None or gain is None:
            alone = mistakes_alone(costs)
            is_open = f"When fine-tuning pays in money is open: {state}{whose}"
            if alone is None or gain is None:
                return (is_open,), closing
            answer = (*opening, *_on_mistakes(alone, gain), *caveats, is_open)
            return answer, (*counted_gain, *_stated_ranges(costs), *closing)
        opening = (*opening, *_in_money(study, "may" if saved.saved_per_month.value > 0 else ""))
        missing = " and ".join(_SHORT[name] for name in costs.unknown)
        known = f"What {missing} cost{'s' if len(costs.unknown) == 1 else ''} is not known: {state}{whose}"
        answer = (*opening, *_before(by_month(costs), saved, gain, missing), *caveats, known)
        return answer, (*counted_gain, *_stated_ranges(costs), *closing)
    found = payback_of(costs, gain)
    if found is None or gain is None:
        return ("When fine-tuning pays in money is open: its gain is not predicted.",), closing
    falling = _if_prices_fall(costs, gain, found)
    pays = _pays(found)
    likely = study.paid_in_money is not None and pays != "does"
    opening = (*opening, *_in_money(study, "likely does" if likely else pays))
    paid = (*counted_gain, _cheaper_to_run(costs, found, gain), *falling, *_stated_ranges(costs), *closing)
    return (*opening, *_monthly(costs, found, gain), *_beside_cheaper(study, costs, gain), *caveats), paid


def _beside_cheaper(study: Study, costs: Costs, gain: Estimate) -> Iterator[str]:
    """Say that beside a cheaper prompt nothing is saved, where beside the one to use it is, and mistakes are free."""
    if costs.tuned is not None or (cheaper := study.cheaper_if_free) is None:
        return
    prompt, usd = cheaper
    of_used, of_it = (break_even(replace(costs, prompted_usd_per_1000=each), gain).ends[0].saved_per_month.value
                      for each in (costs.prompted_usd_per_1000, usd))  # fmt: skip
    if of_used > 0 >= of_it:
        fewer = f"{100 * prompt.added.value:.1f} points less accurate, no more than the margin"
        yield (
            f"Beside the prompt with {examples_in(prompt)} ({dollars(usd)} a thousand calls, {fewer}) fine-tuning would"
            f" cost {in_three_digits(-of_it)} a month more. State error_usd, what a wrong answer costs, to know which"
            " of the two prompts to compare it with."
        )


def _hours(costs: Costs) -> str:
    """Say that hours do in place of dollars, where the provider named is paid by the hour for training."""
    listing = costs.listing
    by_hour = listing is not None and listing.price.training_per == "hour" and listing.price.training_low > 0
    return ", or its hours (training_hours)" if by_hour and costs.unknown[-1:] == ("training_usd",) else ""


def _against(study: Study) -> Iterator[str]:
    """Say which prompt is to be used where mistakes decide it, and that it is the one set against, if not the best.

    Where no prompt is to be shipped, say that it is set against the best all the same.
    """
    used, costs = study.advice.cheaper, study.costs
    if costs is not None and (named := study.cheap_but_wrong) is not None:
        yield _by_mistakes(costs, named, "best prompt" if used is None else f"prompt with {examples_in(used)}")
    if used is not None:
        weighed = costs is not None and costs.most_error_usd and _all_priced(study)
        why = "which costs less than the best one, mistakes counted" if weighed else "and not against the best one"
        yield f"Set against the prompt to use, with {examples_in(used)}, {why}:"
    if not study.has_prompt_to_ship:
        scores = f"which scores {percent(study.best.accuracy.value)} with {examples_in(study.best)}"
        yield f"There is no prompt to ship. Fine-tuning is set against the best one, {scores}:"


def _by_mistakes(costs: Costs, named: CheapButWrong, which: str) -> str:
    """Say which prompt to use by what a mistake costs, and what another saves on calls and costs in mistakes."""
    other = f"one with {examples_in(named.prompt)}"
    low, high = dollars(costs.error_usd), dollars(costs.most_error_usd)
    at_low, at_high = (_of_calls(costs, usd * named.more) for usd in (costs.error_usd, costs.most_error_usd))
    wrong = f"{100 * named.more:.1f} more answers in 100 wrong, which costs"
    if math.isnan(named.saved_per_1000):
        unless = f" At {low} a wrong answer it may cost less in all." if named.stated else ""
        costs_more = f"may cost less to call, but would get {wrong} {at_high} a month.{unless}"
        return f"At {high} a wrong answer, use the {which}. The {other} {costs_more}"
    own, used = map(dollars, named.usd_per_1000)
    saved = f"{_of_calls(costs, named.saved_per_1000 / 1000)} a month on calls ({own} in place of {used} a thousand)"
    saves = f"saves {saved}, but gets {wrong}"
    if named.stated:
        turn = (
            f"Above {dollars(named.up_to_error_usd)} a wrong answer, the {which} costs less in all; below, the {other}."
        )
        return f"{turn} That one {saves} {at_low} a month at {low} each, and {at_high} at {high}. Here {high} decides."
    return f"At {high} a wrong answer, use the {which}. The {other} {saves} {at_high} a month."


def _of_calls(costs: Costs, usd: float) -> str:
    """Say what so many dollars a call come to in a month, at both ends of the number of calls."""
    calls = costs.ranges.get("calls_per_month", (costs.calls_per_month,))
    return " to ".join(in_three_digits(each * usd) for each in calls)


def _prompt(study: Study) -> str:
    """Name the prompt that fine-tuning is set against: one to use is only where there is one to ship."""
    return "the prompt to use" if study.advice.ships == "prompt" else "the best prompt"


def _all_priced(study: Study) -> bool:
    return not any(math.isnan(each.usd_per_1000) for each in study.candidates if each.basis == "measured")


def _in_money(study: Study, pays: str) -> Iterator[str]:
    """Say that the answer is about accuracy, where it is that fine-tuning does not pay, and money says otherwise."""
    same = study.costs is not None and study.costs.tuned is None
    if same and study.advice.training == "does not pay" and pays:
        gain = study.gain_over_prompt_to_use
        loses = gain is not None and gain.value < -study.margin
        yield f"Fine-tuning {'loses accuracy' if loses else 'gains little or no accuracy'}. In money it {pays} pay:"


def _pays(found: Payback) -> str:
    """Return "does" where fine-tuning pays back within a year at all ends, "may" where it has a chance to.

    Nothing where it hardly has one.
    """
    if all(end.saved_per_month.low > 0 and end.months.high < _YEAR for end in found.ends):
        return "does"
    return "may" if found.chances[1] > SURE_NOT else ""


def _counted(study: Study, costs: Costs) -> Iterator[str]:
    """Say what gain is counted where mistakes cost; what is not, where the answer is about money without them."""
    gain = study.gain_over_prompt_to_use
    if costs.most_error_usd and costs.tuned is None and gain is not None:
        own, payoff, of = study.best_validated, study.payoff, "a gain of"
        if own is not None and payoff is not None and not own.tells_gain(payoff):
            of = f"the gain predicted for {payoff.n_train:,} training examples,"
        points = f"This counts {of} {change_text(gain)}"
        yield f"{points}{_unlike(study, gain) or f' over {_prompt(study)}'}."
    if free_words(study):
        worse = gain is not None and gain.value < 0
        what = "More mistakes are not counted as costs" if worse else "Fewer mistakes are not counted as savings"
        yield f"{what}: for that, costs.yaml needs an error_usd above 0."


def _unlike(study: Study, gain: Estimate) -> str:
    """Say why another gain is counted than the one over the best prompt; nothing where that is the same."""
    own, payoff = study.best_validated, study.payoff
    if own is not None and own.tells_gain(payoff):
        over_best, basis = own.gain, "measured"
    else:
        assert payoff is not None  # noqa: S101 - else no gain were counted
        over_best, basis = payoff.gain, "predicted"
    is_other = in_points(gain.value) != in_points(over_best.value)
    if not is_other and in_points(gain.high) == in_points(over_best.high):
        return ""
    other = f", not the {basis} {in_points(over_best.value)}" if is_other else ""
    room = _room(study, gain)
    if is_other and study.advice.cheaper is not None and gain.value > over_best.value:
        return f"{other}: that is over the best prompt, which is more accurate than the one to use"
    if gain.value == room.value if is_other else gain.high == room.high:
        makes = "made here" if is_other else "may make"
        return f"{other}: no model can save more mistakes than {_prompt(study)} {makes}"
    is_luck = is_other and study.advice.cheaper is not None
    return f"{other}: that is over the best prompt, whose score is partly luck" if is_luck else other


def _room(study: Study, gain: Estimate) -> Estimate:
    """Return the most that can be gained: the mistakes as measured, and up to how many the prompt may truly make."""
    return study.within_room(replace(gain, value=1.0, high=1.0))


def _partly_right(study: Study, costs: Costs) -> Iterator[str]:
    """Say that a partly right answer costs part of an error, where there are such: of a trained model none is known."""
    whole = study.wholly_right_share
    if costs.most_error_usd and whole is not None:
        yield (
            "A partly right answer costs part of error_usd here. Where any fault costs all of it, these sums do not"
            f" hold: only {percent(whole)} of the answers to {_prompt(study)} are wholly right."
        )


def _more_mistakes(study: Study, costs: Costs) -> Iterator[str]:
    """Say why more may be saved than all mistakes as measured cost: few items leave open how many there truly are."""
    gain = study.gain_over_prompt_to_use
    if not costs.most_error_usd or costs.tuned is not None or gain is None:
        return
    room = _room(study, gain)
    made, most, top = (f"{100 * share:.1f}%" for share in (room.value, room.high, gain.high))
    if gain.high > room.value and top != made:
        parts = "" if study.wholly_right_share is None else ", counting parts"
        chance = ", and so does the chance that it pays back" if back_within_a_year(study) else ""
        here = "Here" if f"{100 * (1 - study.accuracy_to_use.value):.1f}%" == made else "Without the luck of its pick,"
        yield (
            f"{here} {_prompt(study)} is wrong {made} of the time{parts}; in truth that may be up to {most}. The most"
            f" that is saved allows for that{chance}."
        )


def _instead(study: Study, costs: Costs) -> Iterator[str]:
    """Say what remains to be weighed where nobody ships the prompt that fine-tuning is set against."""
    gain = study.gain_over_prompt_to_use
    if study.has_prompt_to_ship or not costs.most_error_usd or costs.tuned is not None or gain is None:
        return
    yield "As nobody would ship that prompt, whether it pays depends on what you would do instead."
    left = _room(study, gain).value - gain.value
    if left > 0:
        most_calls = costs.upper_ends.get("calls_per_month", costs.calls_per_month)
        ends = (costs.calls_per_month * costs.error_usd, most_calls * costs.most_error_usd)
        said = " to ".join(dict.fromkeys(in_three_digits(usd * left) for usd in ends))
        yield f"The fine-tuned model's own mistakes would cost about {said} a month."


def _cases(costs: Costs, found: Payback, gain: Estimate) -> list[tuple[str, Costs, Payback]]:
    """Return costs and what they come to, with the words before: at both ends where something is a range."""
    better, *worse = at_ends(costs, gain.value)
    amounts = _amounts_of(costs, better)
    opening = capital(f"{amounts and f'{amounts}, '}{_at_calls(better)} the fine-tuned model would")
    if found.dearest is None or not worse:
        return [(opening, better, found)]
    return [(opening, better, found), (f"{capital(_end_of(costs, worse[0]))}, it would", worse[0], found.dearest)]


def _amounts_of(costs: Costs, end: Costs) -> str:
    """Name one end of what is a range by its amounts, calls aside: which is better hangs on the gain."""
    prices = [name for name in costs.ranges if name not in ("calls_per_month", "error_usd")]
    named = [f"mistakes at {dollars(end.error_usd)} each"] if "error_usd" in costs.ranges else []
    if prices:
        side = "lower" if getattr(end, prices[0]) == costs.ranges[prices[0]][0] else "higher"
        named.insert(0, f"the {side} price{'s' if len(prices) > 1 else ''}")
    return f"with {' and '.join(named)}" if named else ""


def _at_calls(end: Costs) -> str:
    calls = end.calls_per_month
    return f"at {calls:,.0f} calls a month" if calls >= _WHOLE else f"at {calls:g} calls a month"


def _end_of(costs: Costs, end: Costs) -> str:
    """Name one end of what is a range by all its amounts."""
    calls = _at_calls(end) if "calls_per_month" in costs.ranges else ""
    return ", ".join(filter(None, (_amounts_of(costs, end), calls)))


def _stated_ranges(costs: Costs) -> Iterator[str]:
    """Say which ranges its user stated."""
    listed = () if costs.listing is None else costs.listing.amounts
    own = [_RANGES[name].format(_to(name, *ends)) for name, ends in costs.ranges.items() if name not in listed]
    if own:
        yield f"Stated as {'a range' if len(own) == 1 else 'ranges'}: {'; '.join(own)}."


def _to(name: str, low: float, high: float) -> str:
    return f"{low:,.0f} to {high:,.0f}" if name == "calls_per_month" else price_range(low, high)


def _monthly(costs: Costs, found: Payback, gain: Estimate) -> Iterator[str]:
    """Say what a month saves, and when what was paid at the start is back."""
    for opening, case, comes_to in _cases(costs, found, gain):
        once = _once(case)
        joined = ". The" if found.dearest is not None or _may_cost(comes_to) else ", and the"
        paid = f"{joined} {once} paid at the start would {_back(after_months(comes_to.months))}" if once else ""
        yield f"{opening} {_saved(comes_to, found)}{paid}."
    yield from _over_all_ends(costs, found, gain)


def _before(costs: Costs, found: Payback, gain: Estimate, missing: str) -> Iterator[str]:
    """Say what a month saves before what is not known."""
    for opening, _, comes_to in _cases(costs, found, gain):
        both = found.dearest is None and _may_cost(comes_to)
        how = "both " if both else "" if comes_to.saved_per_month.value >= 0 else "even "
        yield f"{opening} {_saved(comes_to, found)}, {how}before {missing}."
    yield from _over_all_ends(costs, found, gain, f", before {missing}")


def _on_mistakes(alone: Costs, gain: Estimate) -> Iterator[str]:
    """Say what a month saves where nothing but mistakes is known to cost anything."""
    found = break_even(alone, gain)
    for opening, _, comes_to in _cases(alone, found, gain):
        yield f"{opening} {_saved(comes_to, found)}, counting mistakes alone."
    yield from _over_all_ends(alone, found, gain)


def _over_all_ends(costs: Costs, found: Payback, gain: Estimate, before: str = "") -> Iterator[str]:
    """Say what a month may cost or save at most where there are ranges, as far as neither end says it."""
    if found.dearest is None:
        return
    least, most = least_and_most_saved(costs, gain)
    ends = [each.saved_per_month for each in found.ends]
    lowest = min([0.0, *(each.low for each in ends if each.value < 0)])
    highest = max([0.0, *(each.high for each in ends if each.value >= 0)])
    step, could = step_of(Estimate(least, least, most, gain.level)), list[str]()
    nothing = in_steps(0, step)
    if least < lowest and not math.isclose(least, lowest) and in_steps(-least, step) != nothing:
        could.append(f"cost up to {in_steps(-least, step)} a month more")
    if most > highest and not math.isclose(most, highest) and in_steps(most, step) != nothing:
        could.append(f"save up to {in_steps(most, step)} a month")
    if could:
        yield f"Over all ends, it could also {' or '.join(could)}{before}."


def _at_whose_price(costs: Costs) -> Iterator[str]:
    """Say what price the fine-tuned model's calls are at, where neither its user nor the list has one."""
    if costs.at_base_price:
        yield f"Calls of the fine-tuned model are at {BASE_PRICE}."
    if costs.at_validated_price:
        price = dollars(costs.tuned_usd_per_1000)
        yield f"A thousand calls of the fine-tuned model cost {price}, {OWN_PRICE}."


def _whose(costs: Costs) -> Iterator[str]:
    """Say which model is fine-tuned, and how it compares with the prompt."""
    if costs.tuned is not None:
        gain, is_ = costs.tuned.gain, "is predicted to be" if costs.tuned.basis == "predicted" else "was"
        points = f"{abs(100 * gain.value):.0f} points {'better' if gain.value >= 0 else 'worse'}"
        ends = f"{100 * gain.low:+.0f} to {100 * gain.high:+.0f}".replace("-", "−")
        yield (
            f"The model to fine-tune is {clean(costs.tuned.model)}. Fine-tuned it {is_} {points} than this study's"
            f" prompt ({ends})."
        )
        if gain.value < 0 and not costs.most_error_usd:
            yield "What its mistakes cost is not counted below: state error_usd."


def _saved(comes_to: Payback, found: Payback) -> str:
    """Say what a month saves, or costs more, at one end of what is a range."""
    saved = comes_to.saved_per_month
    if saved.low == saved.high == 0:
        return "cost as much"
    if _may_cost(comes_to):
        return _anything(saved, alone=found.dearest is None)
    return f"save {amount(saved)} a month" if saved.value > 0 else f"cost {amount(-saved)} a month more"


def _may_cost(found: Payback) -> bool:
    """Whether a month may as well save as cost more, by the gain alone."""
    return found.saved_per_month.low < 0 < found.saved_per_month.high


def _anything(saved: Estimate, *, alone: bool) -> str:
    """Say what a month most likely saves, and that it may as well cost more; or the other way round.

    The contrary is left to `_over_all_ends` unless this stands alone.
    """
    step, likely_saves = step_of(saved), saved.value >= 0
    value, save, cost = (in_steps(abs(usd), step) for usd in (saved.value, saved.high, saved.low))
    ways = [f"save up to {save} a month", f"cost up to {cost} {'' if alone else 'a month '}more"]
    nothing = in_steps(0, step)
    if value == nothing:
        said = [way for way, usd in zip(ways, (save, cost), strict=True) if usd != nothing] or ways
        return " or ".join(said) if alone else ways[not likely_saves]
    if likely_saves:
        most = "" if value == save else f" (up to {save})"
        also = f"; it could also cost {cost} more" if alone and cost != nothing else ""
        return f"most likely save {value} a month{most}{also}"
    most = "" if value == cost else f" (up to {cost})"
    also = f"; it could also save {save}" if alone and save != nothing else ""
    return f"most likely cost {value} a month more{most}{also}"


def _cheaper_to_run(costs: Costs, found: Payback, gain: Estimate) -> str:
    """Say from how many calls a month on the fine-tuned model costs less to run, and what "never" hangs on."""
    ends = [each.calls_per_month for each in found.ends]
    may_never = any(math.isinf(each.high) and not math.isinf(each.value) for each in ends)
    never = " It never is if the gain is at the low end of its interval." if may_never else ""
    *_, worse = at_ends(costs, gain.value)
    either = f"; {_amounts_of(costs, worse)}, ".join(dict.fromkeys(map(from_calls, ends)))
    return f"The fine-tuned model is cheaper to run {either}.{never}"


def _once(costs: Costs) -> str:
    """Say what is paid at the start; nothing where nothing is."""
    once = costs.training_usd + costs.labour_usd
    return (f"${once:,.0f}" if once >= _WHOLE else dollars(once)) if once else ""


def _if_prices_fall(costs: Costs, gain: Estimate, steady: Payback) -> tuple[str, ...]:
    """Say what a halving of prices each year does to it, where that was not stated already."""
    if not math.isinf(costs.halving_months) or not any(_once(case) for case in at_ends(costs, gain.value)):
        return ()
    falling = break_even(replace(costs, halving_months=_YEAR), gain)
    ends = [(late.months, early.months) for late, early in zip(falling.ends, steady.ends, strict=True)]
    changed = [not (_about_as_late(late, early)) for late, early in ends]
    texts = [after_months(late) for late, _ in ends]
    if not any(changed):
        never = any("never" in text for text in texts)
        return () if never else ("If prices of tokens halve each year, the money is back at about the same time.",)
    named = [_end_of(costs, end) for end in at_ends(costs, gain.value)]
    which = "" if all(changed) else f" {named[changed.index(True)]},"
    when = f"; {named[-1]}, ".join(dict.fromkeys(texts)) if all(changed) else texts[changed.index(True)]
    return (f"If prices of tokens halve each year,{which} the money would {_back(when)}. Look again when they change.",)


def _about_as_late(falling: Estimate, steady: Estimate) -> bool:
    """Whether the money is back at about the same time in all cases, or in none of them within ten years."""
    ends = [(falling.value, steady.value), (falling.low, steady.low), (falling.high, steady.high)]
    return all(
        min(late, early) >= _DECADE or early <= late * (1 + _HARDLY) <= early * (1 + _HARDLY) ** 2
        for late, early in ends
    )


def _back(when: str) -> str:
    """Say when what was paid at the start is back."""
    return "never be back" if when == "never" else f"be back {when}"
