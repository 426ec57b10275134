#!/bin/sh
# pydantic reads the date 20260131 as a day of August 1970, like any date from 1990 to 2039 without hyphens.
#
# Without hyphens a date is as good ISO 8601 as with them, and Python reads both alike. A field of type datetime takes
# text that is all digits for seconds since 1970, without a word; the schema that pydantic writes of the field knows no
# such text. Times come out unequal, so that they pass checks and can be sorted; a year alone, 2026, is half past midnight
# of 1 January 1970. strict=True still does it to text, and then refuses 2026-01-31; date | datetime does it too. A field of
# type date raises instead. For learning curves on letters, bank files and names of files, where dates stand that way:
# without examples a model copies the date as it stands, which is right, and scores 0; examples show the hyphens, and the
# curve rises by spelling alone, for which fine-tuning gets the credit too. In production each such reply is an invoice
# due in 1970. Take date for a day, or a text that datetime.fromisoformat reads.
#
# Seen with pydantic 2.14.4: 18,262 of 18,262 dates from 1990 to 2039 are in one week, 19 to 25 August 1970, also strict
# and as date | datetime, and none as date; 18,262 are right with hyphens, or read by Python.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pydantic==2.14.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from datetime import date, datetime, timedelta

from pydantic import VERSION, BaseModel, ValidationError


class Loose(BaseModel):
    due: datetime


class Strict(BaseModel, strict=True):
    due: datetime


class Either(BaseModel):
    due: date | datetime


class Day(BaseModel):
    due: date


def read(model, text):
    """The day that a field of this model has, or None where it refuses the text."""
    try:
        due = model.model_validate_json(f'{{"due": "{text}"}}').due
    except ValidationError:
        return None
    return due.date() if isinstance(due, datetime) else due


days = [date(1990, 1, 1) + timedelta(days=n) for n in range((date(2040, 1, 1) - date(1990, 1, 1)).days)]
print(f"pydantic {VERSION}, {len(days)} days from {days[0]} to {days[-1]}, read from text without hyphens")
seen = {}
for model in (Loose, Strict, Either, Day):
    found = [read(model, f"{day:%Y%m%d}") for day in days]
    seen[model] = {day for day in found if day}
    print(f"  {model.__name__}: {sum(a == b for a, b in zip(found, days))} right, {found.count(None)} refused,",
          f"the rest from {min(seen[model])} to {max(seen[model])}" if seen[model] else "")
hyphens = [read(Loose, day.isoformat()) for day in days]
python = [datetime.fromisoformat(f"{day:%Y%m%d}").date() for day in days]
print(f"  right with hyphens: {sum(a == b for a, b in zip(hyphens, days))}; read by Python: {python == days};",
      f"2026 alone: {Loose(due='2026').due:%Y-%m-%d %H:%M}; the schema: {Loose.model_json_schema()['properties']['due']}")
week = {date(1970, 8, 19) + timedelta(days=n) for n in range(7)}
assert all(seen[model] <= week and seen[model] for model in (Loose, Strict, Either)), "the behaviour has changed"
assert not seen[Day] and hyphens == python == days and read(Strict, "2026-01-31") is None, "the behaviour has changed"
assert read(Loose, "2026") == date(1970, 1, 1), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
