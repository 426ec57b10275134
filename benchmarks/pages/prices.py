"""The table of what training and hosting cost, as the list that is shipped has it.

Run: make pages, or python -m benchmarks.pages.prices; it writes the table of docs/cost.md anew.
"""

from __future__ import annotations

import math
import re
from typing import Final

from benchmarks.paths import ROOT
from curvefit.decision.training_prices import TrainingPrice, training_prices

PAGE: Final = ROOT / "docs" / "cost.md"
_PLACE: Final = re.compile(r"(?<=<!-- prices -->\n).*?(?=<!-- /prices -->)", re.DOTALL)
_HEAD: Final = """\
| provider | model, or billions of weights | method | training, a million | hosting | asking, a million | read | note |
|---|---|---|---|---|---|---|---|
"""


def table() -> str:
    """Return a line for each row of the list."""
    return _HEAD + "".join(f"| {' | '.join(_cells(price))} |\n" for price in training_prices())


def page() -> str:
    """Return the page with the table as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    return _PLACE.sub(lambda _: table(), text, count=1)


def _cells(price: TrainingPrice) -> tuple[str, ...]:
    least = f"over {price.smallest:g}, " if price.smallest else ""
    sizes = "all" if math.isnan(price.largest) else f"{least}up to {price.largest:g}"
    training = _usd(price.training_low, price.training_high)
    unit = " an hour" if price.training_per == "hour" else ""
    own = f"${price.input:.2f} sent, ${price.output:.2f} generated"
    tokens = {
        "own": own,
        "base": "as the base model",
        "none": "nothing",
        "none or base": "nothing, or as the base model",
    }
    via = f"; read in {price.via}" if price.via else ""
    return (
        price.provider,
        price.model or sizes,
        price.method,
        f"{training}{unit}" if training else "unknown",
        _hosting(price),
        tokens.get(price.tokens, "unknown"),
        f"[{price.read}]({price.source})",
        f"{price.note}{via}".removeprefix("; "),
    )


def _hosting(price: TrainingPrice) -> str:
    usd, per = _usd(price.hosting_low, price.hosting_high), price.hosting_per
    if price.hosting_high == 0:
        return "nothing"
    return f"{usd} {'an' if per == 'hour' else 'a'} {per}" if usd else "unknown"


def _usd(low: float, high: float) -> str:
    if math.isnan(low):
        return ""
    return f"${low:.2f}" if low == high else f"${low:.2f} to ${high:.2f}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
