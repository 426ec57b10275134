#!/bin/sh
# LangChain's parsers of JSON take a reply that was cut off for a whole one: {"payee": "Berg", "total": 12, the
# beginning of 1250, is a total of 12.
#
# JsonOutputParser can read while a reply arrives, and then closes what is open. By its description it raises otherwise
# if the reply is not valid JSON. It closes what is open then too, and PydanticOutputParser, which is to refuse what
# does not fit, builds on it: half a number or half a list fits. No field tells, and finish_reason is not looked at. A
# number that is cut at its point loses the point as well. For learning curves: a cap on output tokens cuts the long
# replies, and those with reasons are the longest. Such an item is then wrong instead of failed, or right where its end
# was not asked about, and the share of replies that could not be read, by which the cap would be found, stays 0.
# Fine-tuning, which makes replies short, wins by the cap alone. Look at finish_reason, or read replies with json.loads.
#
# Seen with langchain-core 1.8.3 and pydantic 2.14.4: of a reply cut at each of its 68 places, as a message with
# finish_reason "length", JsonOutputParser takes 68, PydanticOutputParser 7, six of them with another total, and
# json.loads none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  langchain-core==1.8.3 pydantic==2.14.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from pydantic import BaseModel


class Invoice(BaseModel):
    payee: str
    items: list[str]
    total: float


WHOLE = Invoice(payee="Anna Berg", items=["chair", "table"], total=1250.75)
REPLY = json.dumps(WHOLE.model_dump())
READERS = {
    "JsonOutputParser": JsonOutputParser().invoke,
    "PydanticOutputParser": PydanticOutputParser(pydantic_object=Invoice).invoke,
    "json.loads": lambda message: json.loads(message.content),
}


def read(reader, text):
    """What a reader makes of a reply that reached its cap, or None where it raises."""
    try:
        return reader(AIMessage(content=text, response_metadata={"finish_reason": "length"}))
    except ValueError:
        return None


print(f"langchain-core {version('langchain-core')}: replies cut at each place that are taken for whole, of {len(REPLY) - 1}")
taken = {}
for name, reader in READERS.items():
    replies = [read(reader, REPLY[:end]) for end in range(1, len(REPLY))]
    taken[name] = [reply for reply in replies if reply is not None]
    print(f"  {name}: {len(taken[name])}")
totals = [invoice.total for invoice in taken["PydanticOutputParser"]]
print("totals of the invoices that fit:", totals)
assert sum(total != WHOLE.total for total in totals) == 6, "the behaviour has changed"
assert [len(replies) for replies in taken.values()] == [len(REPLY) - 1, 7, 0], "the behaviour has changed"
assert sorted(set(totals)) == [1.0, 12.0, 125.0, 1250.0, 1250.7, 1250.75], "the behaviour has changed"
assert "not valid JSON" in JsonOutputParser.parse_result.__doc__, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
