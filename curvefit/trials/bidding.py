"""What a request can cost at most. Lives here: from a place in a plan to a bid; nothing is reserved or asked."""

from __future__ import annotations

from collections.abc import Callable

from curvefit.errors import DesignError
from curvefit.models.base import Model
from curvefit.trials.plan import Plan
from curvefit.trials.purse import Bid, Purse

__all__ = ["bidding"]


def bidding(plan: Plan, model: Model, purse: Purse) -> Callable[[int], Bid]:
    """Return what says the most a request can cost, by its position; it counts tokens only where a cap needs them.

    Raises
    ------
    DesignError
        A cap on dollars cannot be kept, because the model's price is unknown.
    """
    if not purse.counts_tokens:
        empty = Bid()
        return lambda position: empty
    if purse.caps["usd"] is not None and model.expect(1, 1, 1).usd is None:
        raise DesignError(
            f"the price of {model.name} is unknown, so that --max-usd cannot be kept; state it with --price"
        )
    lengths, most = plan.lengths(model.count_tokens), plan.max_tokens

    def bid(position: int) -> Bid:
        trial = plan.trial(position)
        prompt = lengths.opening + lengths.reach[plan.order(trial)][trial.shots] + lengths.items[trial.item]
        return Bid(prompt + most, model.expect(prompt, prompt, most).usd or 0.0)

    return bid
