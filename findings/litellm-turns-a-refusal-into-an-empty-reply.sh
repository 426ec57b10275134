#!/bin/sh
# litellm returns a request that the server refused as a successful, empty reply, and puts tokens on the bill for it.
#
# Some models answer with status 400 where the limit of tokens leaves no room for a visible word. On its OpenAI route
# litellm makes a reply out of that: content "", finish_reason "length", 0 tokens generated, and for the tokens sent
# its own estimate, which no server counted. OpenAI's client raises for the same answer, and so does litellm itself on
# another route to the same server. For evals: a limit that is set too small looks like a model that answers wrongly,
# however many examples it sees, and a flat curve near zero is an argument for fine-tuning that nothing measured. An
# empty reply with "length" and 0 tokens is to be counted as a failed trial, and the limit raised.
#
# Seen with litellm 1.106.12 and openai 2.54.0: '' with 0 tokens by litellm, BadRequestError by openai.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check litellm==1.106.12 openai==2.54.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm
import openai

SAID = "Could not finish the message because max_tokens or model output limit was reached."


class Server(BaseHTTPRequestHandler):
    """Refuses each request as a model does that thought until its limit."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"error": {"message": SAID, "type": "invalid_request_error"}}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


litellm.suppress_debug_info = True
server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base, turns = f"http://127.0.0.1:{server.server_port}/v1", [{"role": "user", "content": "Which label?"}]
seen = {}
for route in ("openai", "hosted_vllm"):
    try:
        reply = litellm.completion(model=f"{route}/gpt-5", api_base=base, api_key="none", messages=turns, max_tokens=16,
                                   max_retries=0)
        seen[f"litellm {route}"] = (reply.choices[0].message.content, reply.choices[0].finish_reason,
                                    reply.usage.completion_tokens, reply.usage.prompt_tokens > 0)
    except Exception as error:
        seen[f"litellm {route}"] = type(error).__name__
try:
    with openai.OpenAI(base_url=base, api_key="none", max_retries=0) as client:
        seen["openai"] = client.chat.completions.create(model="gpt-5", messages=turns, max_completion_tokens=16)
except Exception as error:
    seen["openai"] = type(error).__name__
print(f"litellm {version('litellm')}, openai {version('openai')}: {seen}")
assert seen == {"litellm openai": ("", "length", 0, True), "litellm hosted_vllm": "BadRequestError",
                "openai": "BadRequestError"}, "the behaviour has changed"
PY
LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_MODE=PRODUCTION "$folder/venv/bin/python" "$folder/seen.py"
