#!/bin/sh
# outlines-core, which keeps a reply within a JSON schema, lets no time have an offset and no email a capital letter: a
# model that copies 12:00+02:00 from a letter has to stop before the +, which is another hour.
#
# A field with the format date-time, time or email is kept to a pattern. That for times ends in Z or in nothing, where
# the format asks for Z or an offset, and seconds have three decimals or none; "time" takes no decimals at all, as its
# pattern asks for a backslash before the point. That for emails knows small letters alone, before the @ and after it.
# Pydantic writes these formats for datetime, time and EmailStr, the usual care for such a field, and vLLM can use
# outlines-core. What comes out is valid JSON and has the look of a right reply. For learning curves on letters, logs
# and tickets: the examples have offsets and names with capitals, so the model knows better with each, and the score
# does not move; the curve is flat below what the model can do, and fine-tuning on the same rows fails in the same way.
# Leave the format out of what is sent, and check it on the reply.
#
# Seen with outlines-core 0.2.14 and pydantic 2.14.4: of six times that are right by the format, two may be written;
# four lose some of what follows the seconds, and two of those then say another hour. Of four emails, the one without
# capitals may be written. jsonschema calls all ten valid.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  outlines-core==0.2.14 'pydantic[email]==2.14.4' 'jsonschema[format]==4.26.0' >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import re
from datetime import UTC, datetime
from importlib.metadata import version

import jsonschema
from outlines_core.json_schema import build_regex_from_schema
from pydantic import BaseModel, EmailStr


class Letter(BaseModel):
    sent: datetime
    sender: EmailStr


SCHEMA = Letter.model_json_schema()
TIMES = ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.250Z", "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.250000Z",
         "2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00-05:00"]
EMAILS = ["anna.berg@example.com", "Anna.Berg@example.com", "anna.berg@Example.com", "ABerg@example.com"]
times, emails = (build_regex_from_schema(json.dumps({"type": "string", "format": format})) for format in ("date-time", "email"))
whole = build_regex_from_schema(json.dumps(SCHEMA))


def written(pattern, text):
    """The longest beginning of a text that the pattern takes as a whole reply."""
    return next((text[:end] for end in range(len(text), 0, -1) if re.fullmatch(pattern, f'"{text[:end]}"')), None)


print(f"outlines-core {version('outlines-core')}: what may be written of a time and of an email")
seen = {}
for pattern, texts in ((times, TIMES), (emails, EMAILS)):
    for text in texts:
        seen[text] = written(pattern, text)
        print(f"  {text}: {seen[text]}")
for sent, sender in [(t, EMAILS[0]) for t in TIMES] + [(TIMES[0], e) for e in EMAILS]:
    reply = json.dumps({"sent": sent, "sender": sender})
    jsonschema.validate(json.loads(reply), SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    Letter.model_validate_json(reply)
    assert bool(re.fullmatch(whole, reply)) == (seen[sent] == sent and seen[sender] == sender), "the behaviour has changed"
assert [seen[t] == t for t in TIMES] == [True, True, False, False, False, False], "the behaviour has changed"
assert [seen[e] == e for e in EMAILS] == [True, False, False, False], "the behaviour has changed"
clock = build_regex_from_schema(json.dumps({"type": "string", "format": "time"}))
assert written(clock, "12:00:00.250Z") == "12:00:00" and written(clock, "12:00:00Z") == "12:00:00Z", "the behaviour has changed"
for offset in TIMES[-2:]:
    read = datetime.fromisoformat(seen[offset]).replace(tzinfo=UTC)
    assert seen[offset] == "2026-01-31T12:00:00" and read != datetime.fromisoformat(offset), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
