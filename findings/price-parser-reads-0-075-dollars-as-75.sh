#!/bin/sh
# price-parser reads "$0.075 per 1M tokens" as 75, "$0.002 / 1K tokens" as 2, and 7.5% as 7; $0.15 and $0.0025 are right.
#
# Three digits behind the last point or comma are thousands, whatever stands before it: a 0 too, with which no number of
# thousands begins. With two digits or four it is a decimal point. A sign of percent after the number takes its decimals
# away. The sign of a negative amount is dropped, so that a credit is a debit. The currency is there, and nothing doubtful is
# said. For "fine-tune, or keep prompting?": prices of tokens are the amounts with three decimals; of one price list the
# cheap models are read at a thousand times their price, and the dearer ones right. Small models with examples in the prompt then
# look dearer than training a model of one's own, and a cached prompt dearer than one without a cache, by the number of digits in
# its price. Amounts read out of replies and letters go the same way. Give decimal_separator="." or ",".
#
# Seen with price-parser 0.5.1, for six prices of tokens: the three with three decimals are read at a thousand times their value,
# the other three at their value, and all six with decimal_separator="."; 7.5% is 7, and -$12.50 is 12.50.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check price-parser==0.5.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from decimal import Decimal
from importlib.metadata import version

from price_parser import Price

PRICES = {"$0.075 per 1M tokens": "0.075", "$0.002 / 1K tokens": "0.002", "cached: $0.025": "0.025",
          "$0.15 per 1M tokens": "0.15", "$0.0025 / 1K tokens": "0.0025", "$2.50": "2.50"}
plain = {text: Price.fromstring(text).amount for text in PRICES}
told = {text: Price.fromstring(text, decimal_separator=".").amount for text in PRICES}
share, credit = Price.fromstring("7.5%").amount, Price.fromstring("-$12.50").amount
times = [float(plain[text] / Decimal(price)) for text, price in PRICES.items()]
print(f"price-parser {version('price-parser')}: {({text: str(amount) for text, amount in plain.items()})}, 7.5% is {share}, "
      f"-$12.50 is {credit}")
print(f"times their value: {times}")
assert times == [1000, 1000, 1000, 1, 1, 1] and share == 7 and credit == Decimal("12.50"), "the behaviour has changed"
assert all(told[text] == Decimal(price) for text, price in PRICES.items()), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
