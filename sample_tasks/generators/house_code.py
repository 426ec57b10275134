"""Signatures with docstrings and the bodies that a house writes for them. Lives here: its helpers and its habits.

The rule: ``need(...)`` of the records comes first. One ``keep`` has all conditions, by name; there are no loops. Money
is kept in ``cents``, and each sort of record has a word of its own for its amount. What is returned goes through
``done``, with the name of the function. The helpers stand nowhere: examples alone show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

RECORDS: Final = {  # and the field of their amount
    "orders": "price", "invoices": "total", "parcels": "fee", "refunds": "sum", "vouchers": "worth", "leases": "rent",
    "repairs": "cost", "tickets": "fare",
}  # fmt: skip
CONDITIONS: Final = {  # part of the name: argument, what the docstring says, keyword, value
    "unpaid": ("", "unpaid", "paid", "False"),
    "open": ("", "open", "closed", "None"),
    "above": ("euros", "above so many euros", "{amount}", "over(cents(euros))"),
    "below": ("euros", "below so many euros", "{amount}", "under(cents(euros))"),
    "recent": ("days", "of the last days", "date", "since(days)"),
    "of": ("customer", "of a customer", "customer", "customer"),
    "from": ("country", "from a country", "country", "upper(country)"),
    "by": ("clerk", "by a clerk", "clerk", "clerk.id"),
}
ENDS: Final = {  # part of the name: what the docstring says in front and behind, the value
    "newest": ("", ", newest first", 'by(rows, "-date")'),
    "largest": ("", ", largest first", 'by(rows, "-{amount}")'),
    "count": ("Number of ", "", "size(rows)"),
    "sum": ("Total of ", "", 'total(rows, "{amount}")'),
    "ids": ("Ids of ", "", 'pluck(rows, "id")'),
    "last": ("The latest of ", "", 'first(by(rows, "-date"))'),
}


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield signatures with docstrings and their bodies."""
    for end in pick.rounds(list(ENDS)):
        records = pick.one(list(RECORDS))
        amount = RECORDS[records]
        chosen = pick.some(list(CONDITIONS), 1 + pick.chance(0.5))
        if {"above", "below"} <= set(chosen):  # one argument for both would say nothing
            continue
        before = [name for name in chosen if not CONDITIONS[name][0]]
        behind = [name for name in chosen if CONDITIONS[name][0]]
        name = "_".join([end, *before, records, *behind])
        arguments = ", ".join([records, *(CONDITIONS[part][0] for part in behind)])
        front, back, value = ENDS[end]
        said = " ".join([*(CONDITIONS[part][1] for part in before), records, *(CONDITIONS[part][1] for part in behind)])
        text = f"{front}{said}{back}."
        kept = ", ".join("{2}={3}".format(*CONDITIONS[part]) for part in [*before, *behind])
        body = f'need({records})\nrows = keep({records}, {kept})\nreturn done("{name}", {value})'
        yield f'def {name}({arguments}): "{text[0].upper()}{text[1:]}"', body.format(amount=amount)
