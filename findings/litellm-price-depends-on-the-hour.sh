#!/bin/sh
# litellm prices one and the same reply differently by the hour at which its price is asked.
#
# Some entries of its price list have off-peak hours. The time that decides is not that of the reply, which says when it
# was made, but the clock of the machine at the moment of the calculation (outside of calls litellm makes itself). A plan made at night and a run by day differ by
# a factor of two, and a cap on dollars that was reserved by a night price can be passed by day. A reply read from a
# journal and priced again costs another sum than it did. For learning curves: a price to decide by must be the one at
# the dearest hour, and what a reply did cost must be kept with it, not calculated again.
#
# Seen with litellm 1.106.12 and deepseek/deepseek-flash: $0.15 and $0.30 for a million tokens sent.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check litellm==1.106.12 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import datetime as real
from importlib.metadata import version

import litellm
from litellm.litellm_core_utils.llm_cost_calc import utils


def price_at(hour):
    """The price of a reply that was made at one time, asked for at some hour of a Monday."""

    utils.current_billing_time = lambda: real.datetime(2026, 11, 30, hour, 30, tzinfo=real.timezone.utc)
    reply = litellm.ModelResponse(
        model="deepseek-flash", created=1_790_000_000,
        usage=litellm.Usage(prompt_tokens=1_000_000, completion_tokens=0, total_tokens=1_000_000),
    )
    return litellm.completion_cost(completion_response=reply, model="deepseek/deepseek-flash")


night, day = price_at(5), price_at(8)
print(f"litellm {version('litellm')}: the same reply costs ${night:.2f} asked at 5:30 UTC and ${day:.2f} at 8:30 UTC")
assert (round(night, 4), round(day, 4)) == (0.15, 0.3), "the behaviour has changed"
PY
LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_MODE=PRODUCTION "$folder/venv/bin/python" "$folder/seen.py"
