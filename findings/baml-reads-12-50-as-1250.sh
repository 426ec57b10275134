#!/bin/sh
# BAML reads 12,50 as 1250 and 0,5 as 5, and a minus that is not the hyphen, or has a space after it, not at all.
#
# A reply for a number that is no number to the letter is searched for one, and every comma in it is dropped, also where
# just one or two digits follow. It is the same in an object, quoted or not: {"total": 12,50} has a total of 1250. Only
# the hyphen, written at the number, is a sign. What is found is a plain float, without a warning; 1.234,50 raises, so that
# of one column the small amounts are wrong by a factor of ten or a hundred and the large ones count as unreadable. A
# whole number is rounded, so that 2,5 is 25 and 2.5 is 3. For learning curves on letters and invoices in most of
# Europe's languages: a model that answers as the text has it, and is right, scores 0 until examples show the point, so
# that the curve rises by spelling alone; totals and means over what was read are wrong by orders of magnitude. Take such
# a field as a string, and read it by the rules of its language.
#
# Seen with baml-py 0.226.3: of five amounts with a decimal comma four are read as ten or a hundred times themselves and
# one raises; of four ways to write -12.5 three are read as 12.5.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check baml-py==0.226.3 pydantic==2.13.4 >/dev/null 2>&1
mkdir "$folder/baml_src"
cat > "$folder/baml_src/types.baml" <<'BAML'
generator python {
  output_type "python/pydantic"
  output_dir "../"
  version "0.226.3"
}
client<llm> Nobody {
  provider openai
  options {
    model "none"
    api_key "none"
  }
}
class Invoice {
  total float
}
function Amount(text: string) -> float {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Whole(text: string) -> int {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Read(text: string) -> Invoice {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
BAML
cd "$folder"
BAML_LOG=off venv/bin/baml-cli generate >/dev/null 2>&1
cat > seen.py <<'PY'
from importlib.metadata import version

from baml_client import b
from baml_py.errors import BamlError


def amount(text):
    try:
        return b.parse.Amount(text)
    except BamlError:
        return None


commas = {text: amount(text) for text in ("12,50", "12,50 EUR", "0,5", "3,5", "1.234,50")}
signs = {text: amount(text) for text in ("-12.5", "\u221212.5", "- 12.5", "minus 12.5")}
objects = [b.parse.Read(text).total for text in ('{"total": 12,50}', '{"total": "12,50"}')]
whole = [b.parse.Whole(text) for text in ("2,5", "2.5")]
print(f"baml-py {version('baml-py')}: {commas}\n  {signs}\n  in an object {objects}; whole {whole}")
assert list(commas.values()) == [1250, 1250, 5, 35, None], "the behaviour has changed"
assert list(signs.values()) == [-12.5, 12.5, 12.5, 12.5], "the behaviour has changed"
assert objects == [1250, 1250] and whole == [25, 3], "the behaviour has changed"
PY
BAML_LOG=off venv/bin/python seen.py
