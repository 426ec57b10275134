"""House code: every body follows from its signature and docstring, and bodies count by what they compute."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "house_code"
AMOUNTS = {
    "orders": "price", "invoices": "total", "parcels": "fee", "refunds": "sum", "vouchers": "worth", "leases": "rent",
    "repairs": "cost", "tickets": "fare",
}  # fmt: skip
CONDITIONS = {  # words of a docstring and what is kept
    r"unpaid": "paid=False",
    r"open": "closed=None",
    r"above so many euros": "{amount}=over(cents(euros))",
    r"below so many euros": "{amount}=under(cents(euros))",
    r"of the last days": "date=since(days)",
    r"of a customer": "customer=customer",
    r"from a country": "country=upper(country)",
    r"by a clerk": "clerk=clerk.id",
}
ENDS = {
    r"^number of": "size(rows)",
    r"^total of": 'total(rows, "{amount}")',
    r"^ids of": 'pluck(rows, "id")',
    r"^the latest of": 'first(by(rows, "-date"))',
    r"newest first\.$": 'by(rows, "-date")',
    r"largest first\.$": 'by(rows, "-{amount}")',
}
SIGNATURE = 'def sum_unpaid_orders_of(orders, customer): "Total of unpaid orders of a customer."'
TARGET = """need(orders)
rows = keep(orders, paid=False, customer=customer)
return done("sum_unpaid_orders_of", total(rows, "price"))"""
INLINED = """need(orders)
return done("sum_unpaid_orders_of", total(keep(orders, paid=False, customer=customer), "price"))"""


def body(function: str) -> str:
    name, records, said = re.fullmatch(r'def (\w+)\((\w+)(?:, \w+)*\): "(.*)"', function).groups()
    kept = ", ".join(value for words, value in CONDITIONS.items() if re.search(rf"\b{words}\b", said.lower()))
    (value,) = [value for words, value in ENDS.items() if re.search(words, said.lower())]
    lines = (f"need({records})", f"rows = keep({records}, {kept})", f'return done("{name}", {value})')
    return "\n".join(lines).format(amount=AMOUNTS[records])


@pytest.fixture(scope="module")
def judge():
    scorer = load_task(FOLDER).scorer
    return lambda reply, target=TARGET: scorer(reply, Item("x", SIGNATURE, target))


@pytest.mark.parametrize("file", ["pool.jsonl", "items.jsonl"])
def test_every_body_follows_from_signature_and_docstring(judge, file):
    rows = [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
    assert [row for row in rows if judge(body(row["input"]), row["output"]).value < 1] == []


def test_the_name_and_the_arguments_of_a_function_are_those_its_docstring_needs():
    arguments = {"euros": "euros", "days": "days", "customer": "customer", "country": "country", "clerk": "clerk"}
    for item in load_task(FOLDER).items:
        given = set(re.search(r"\((.*?)\)", item.input)[1].split(", ")[1:])
        assert given == {argument for argument, word in arguments.items() if re.search(rf"\b{word}\b", item.input[5:])}


def test_the_example_above_follows_the_rule(judge):
    assert judge(body(SIGNATURE)).value == 1


@pytest.mark.parametrize(
    "reply",
    [
        TARGET.replace("\n", "\n    "),  # the first line without its indentation
        "    " + TARGET.replace("\n", "\n    "),
        f"```python\n{TARGET}\n```",
        f'def f(orders, customer):\n    """Total."""\n    {TARGET}'.replace("\n", "\n    ").replace(
            "\n        ", "\n    "
        ),
        TARGET.replace("rows", "found"),
        TARGET.replace("rows", "orders"),
        TARGET.replace('"', "'").replace("False, ", "False,") + "  # all of it",
        TARGET.replace("paid=False, customer=customer", "customer=customer, paid=False"),
        INLINED,
        TARGET.replace("return done", "sum = total(rows, 'price')\nreturn done").replace('total(rows, "price")', "sum"),
    ],
)
def test_what_computes_the_same_is_right(judge, reply):
    assert judge(reply).value == 1


@pytest.mark.parametrize(
    "reply",
    [
        TARGET.replace("need(orders)\n", ""),
        TARGET.replace("return ", ""),
        TARGET.replace("False", "None"),
        TARGET.replace("False", "0"),
        TARGET.replace("paid=False, customer=customer", "customer, paid=False"),
        TARGET.replace('"price"', '"total"'),
        TARGET.replace("total(rows", "total(orders"),
        TARGET.replace("need(orders)\n", "need(orders)\nold = drop(orders)\n"),  # something done besides
        "\n".join([*TARGET.split("\n")[1:2], TARGET.split("\n")[0], TARGET.split("\n")[2]]).replace(
            "(orders)", "(rows)"
        ),
        TARGET.replace("sum_unpaid_orders_of", "sum_orders"),
        "return sum(order.price for order in orders if not order.paid)",
        "x = f(y)\n" + "x = f(x, x)\n" * 200 + "return x",  # grows without end if written out
    ],
)
def test_what_computes_something_else_is_wrong_but_code(judge, reply):
    score = judge(reply)
    assert (score.value, score.answer is None) == (0, False)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "need(orders",
        "Sum the orders.",
        "return \x00",
        "(" * 3000,
        "-" * 4000 + "x",
        "x = " + "a." * 2400 + "b",
        "f(\ud800)",
    ],
)
def test_what_does_not_parse_has_no_answer(judge, reply):
    assert judge(reply).answer is None


def test_code_is_never_run(judge, tmp_path):
    file = tmp_path / "made"
    judge(f"open({str(file)!r}, 'w')\nreturn 1")
    assert not file.exists()
