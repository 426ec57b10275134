#!/bin/sh
# openai-cost-calculator prices a reply of Claude that came by litellm at $0.00, as if nothing had been sent and nothing written.
#
# It reads the usage of any provider's reply by its form. litellm returns all replies in OpenAI's form (prompt_tokens,
# completion_tokens), and for Claude adds Anthropic's two fields for the cache, also where they are 0. One of them is enough for
# the whole to be taken for Anthropic's form, whose names for the rest, input_tokens and output_tokens, are not there: both
# count as 0. What was read from a cache is all that costs. Nothing is raised, and the total is said to be exact. litellm's own
# price of the same reply is right. Claude's reply in Anthropic's form, and a GPT's by litellm, are priced in full. For
# "fine-tune, or keep prompting?": prompts full of examples seem to cost nothing with Claude, so that a smaller fine-tuned
# model of any other provider can save nothing, and a budget kept by these prices is never spent. Pass the counts
# themselves, or take litellm's price.
#
# Seen with openai-cost-calculator 1.3.0 and litellm 1.106.12, a server on this machine and 1,000 replies of 300 tokens to
# 3,300: $0 of $14.40 without a cache; $0.96 of $5.76 where 3,200 are read from it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  openai-cost-calculator==1.3.0 litellm==1.106.12 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_MODE"] = "PRODUCTION"
import litellm
from openai_cost_calculator import estimate_response_cost

MODEL = "claude-sonnet-4-5-20250929"


class Anthropic(BaseHTTPRequestHandler):
    reply = {}

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(self.reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def prices(cached):
    """Dollars for 1,000 replies: of the reply as Anthropic writes it, as litellm returns it, and by litellm itself."""
    usage = {"input_tokens": 3300 - cached, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0}
    usage["output_tokens"] = 300
    Anthropic.reply = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_reason": "end_turn", "stop_sequence": None,
        "content": [{"type": "text", "text": "claims"}], "usage": usage,
    }
    question = [{"role": "user", "content": "Which department?"}]
    reply = litellm.completion(f"anthropic/{MODEL}", question, api_key="none", api_base=address, num_retries=0, max_tokens=300)
    each = [
        estimate_response_cost(Anthropic.reply, provider="anthropic").total,
        estimate_response_cost(reply, provider="anthropic").total,
        estimate_response_cost(reply.model_dump(), provider="anthropic").total,
        litellm.completion_cost(reply),
    ]
    return [round(1000 * float(price), 2) for price in each]


server = HTTPServer(("127.0.0.1", 0), Anthropic)
address = f"http://127.0.0.1:{server.server_port}"
threading.Thread(target=server.serve_forever, daemon=True).start()
seen = {cached: prices(cached) for cached in (0, 3200)}
server.shutdown()
print(f"openai-cost-calculator {version('openai-cost-calculator')}, litellm {version('litellm')}, dollars for 1,000 replies:")
for cached, (own, by_object, by_json, litellms) in seen.items():
    print(f"  {cached} of 3300 tokens cached: {own} of Anthropic's reply, {by_object} of litellm's, {by_json} of its JSON; "
          f"{litellms} by litellm")
assert seen == {0: [14.4, 0.0, 0.0, 14.4], 3200: [5.76, 0.96, 0.96, 5.76]}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null
