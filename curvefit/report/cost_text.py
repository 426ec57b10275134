"""Break-even in words. Lives here: its sentences; the arithmetic stands in `decision/break_even.py`."""

from __future__ import annotations

import math
from dataclasses import replace

from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import Costs, break_even
from curvefit.report.candidate_text import dollars
from curvefit.study import Study

__all__ = ["cost_sentences"]

_YEAR = 12.0
_NAMES = {
    "prompted_usd_per_1000": "dollars for a thousand calls of the best prompt (prompted_usd_per_1000)",
    "tuned_usd_per_1000": "dollars for a thousand calls of the fine-tuned model (tuned_usd_per_1000)",
    "training_usd": "dollars for the training (training_usd)",
    "hosting_usd_per_month": "dollars a month for hosting, 0 where there is none (hosting_usd_per_month)",
}


def cost_sentences(study: Study) -> tuple[str, ...]:
    """Return from when on fine-tuning would cost less than the best prompt; what is not known is named instead."""
    costs = study.costs
    if costs is None:
        return ()
    if costs.unknown:
        return (f"When fine-tuning pays in money is open: state {'; '.join(_NAMES[name] for name in costs.unknown)}.",)
    if study.payoff is None:
        return ("When fine-tuning pays in money is open: its gain is not predicted.",)
    found = break_even(costs, study.payoff.gain)
    at = f"At {costs.calls_per_month:,.0f} calls a month"
    saved = found.saved_per_month
    if saved.value > 0:
        monthly = f"{at} the fine-tuned model would save {_money(saved)} a month"
    else:
        monthly = f"{at} the fine-tuned model would cost {_money(_negative(saved))} a month more"
    once = costs.training_usd + costs.labour_usd
    paid = f", and the {dollars(once)} paid at the start would be back {_months(found.months)}" if once else ""
    each = f"Month by month it is the cheaper one {_calls(found.calls_per_month)}."
    return (f"{monthly}{paid}.", each, *_if_prices_fall(costs, study.payoff.gain))


def _if_prices_fall(costs: Costs, gain: Estimate) -> tuple[str, ...]:
    """Say what a halving of prices each year does to it, where that was not stated already."""
    if not math.isinf(costs.halving_months) or not costs.training_usd + costs.labour_usd:
        return ()
    falling = break_even(replace(costs, halving_months=_YEAR), gain).months
    return (f"Should prices of tokens halve each year, it would be {_months(falling)}. Look again when they change.",)


def _negative(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.level)


def _money(estimate: Estimate) -> str:
    def signed(usd: float) -> str:
        return f"−{dollars(-usd)}" if usd < 0 else dollars(usd)

    if estimate.low == estimate.high:
        return dollars(estimate.value)
    return f"{dollars(estimate.value)} ({signed(estimate.low)} to {signed(estimate.high)})"


def _months(months: Estimate) -> str:
    if math.isinf(months.value):
        return "never" if math.isinf(months.low) else f"perhaps never (at best after {_time(months.low)})"
    if months.low == months.high:
        return f"after {_time(months.value)}"
    late = "never" if math.isinf(months.high) else _time(months.high)
    return f"after {_time(months.value)} ({_time(months.low)} to {late})"


def _time(months: float) -> str:
    if months < 1:
        return f"{30 * months:.0f} days"
    return f"{months:.1f} months"


def _calls(calls: Estimate) -> str:
    if math.isinf(calls.value):
        return "at no number of calls" if math.isinf(calls.low) else f"at best from {calls.low:,.0f} calls on"
    if calls.low == calls.high:
        return f"from {calls.value:,.0f} calls on" if calls.value else "from the first call on"
    most = "none" if math.isinf(calls.high) else f"{calls.high:,.0f}"
    return f"from {calls.value:,.0f} calls on ({calls.low:,.0f} to {most})"
