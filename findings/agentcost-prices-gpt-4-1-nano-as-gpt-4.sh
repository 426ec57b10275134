#!/bin/sh
# agentcost prices GPT-4.1 nano as GPT-4, at 180 times its price, and a model that was fine-tuned from GPT-4o mini as
# GPT-4o mini itself, at half of its own.
#
# A model that is not in its list takes the price of the longest name there that is part of its own. "gpt-4.1-nano"
# begins with "gpt-4", and the name of a fine-tuned model has that of its base in it. The warning about unknown models
# is for names without any such part. For "fine-tune, or keep prompting?": where both are good enough, the price of a
# reply decides. A prompt with examples for GPT-4.1 nano looks dearer than anything else could be, and a fine-tuned
# GPT-4o mini as cheap as its base, so that all that its shorter prompts save seems to be gained, where half of it or
# more goes into the higher price. Pass custom_pricing for each model, or price with genai-prices.
#
# Seen with agentcost 0.3.1 and genai-prices 0.2.3, for a million tokens sent and a million received: $90 for GPT-4.1,
# its mini and its nano, by the other $10, $2 and $0.50; $0.75, $12.50 and $2 for models fine-tuned from GPT-4o mini,
# GPT-4o and GPT-3.5, by the other $1.50, $18.75 and $9. No warning.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  agentcost==0.3.1 genai-prices==0.2.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import warnings
from importlib.metadata import version

from agentcost import calculate_cost
from genai_prices import Usage, calc_price

MODELS = ["gpt-4", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "ft:gpt-4o-mini-2024-07-18:acme::abc",
          "ft:gpt-4o-2024-08-06:acme::abc", "ft:gpt-3.5-turbo-0125:acme::abc"]
MILLION = 1_000_000
print(f"agentcost {version('agentcost')}, genai-prices {version('genai-prices')}: dollars for a million tokens each way")
warnings.simplefilter("error")
seen = {}
for model in MODELS:
    other = calc_price(Usage(input_tokens=MILLION, output_tokens=MILLION), model_ref=model, provider_id="openai")
    seen[model] = calculate_cost(model, MILLION, MILLION), float(other.total_price)
    print("  {}: {:.2f} and {:.2f}, {:.1f} times".format(model, *seen[model], seen[model][0] / seen[model][1]))
assert all(seen[model][0] == seen[model][1] for model in MODELS[:2]), "the behaviour has changed"
assert [seen[model] for model in MODELS[2:5]] == [(90, 10), (90, 2), (90, 0.5)], "the behaviour has changed"
assert [seen[model] for model in MODELS[5:]] == [(0.75, 1.5), (12.5, 18.75), (2, 9)], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
