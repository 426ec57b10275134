#!/bin/sh
# litellm sends a second request, with another prompt or other settings than asked for, though all retries are off.
#
# On its route for servers that speak OpenAI's protocol it reads the text of a refusal. "Conversation roles must
# alternate", as the chat templates of several open models say to two turns of the user, makes it put an empty reply of
# the model between them; "Last message must have role `user`" makes it add an empty turn at the end, after the begun
# reply that was to be continued. With drop_params set for the whole library, a refused setting is left out, here the
# seed. Then it sends again, and returns the reply as if it were the one asked for. For learning curves: the prompt
# that was scored is not the one in the records, and a cap on requests counts one where there were two.
#
# Seen with litellm 1.106.12: three calls with retries off, six requests, the second of each unlike the first.
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

REPLY = {"id": "r", "object": "chat.completion", "created": 1, "model": "m", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]}
refusal, requests = (0, ""), []


class Server(BaseHTTPRequestHandler):
    """Refuses the first request of each call, and answers the next."""

    def do_POST(self):
        requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, answer = (refusal[0], {"error": {"message": refusal[1]}}) if len(requests) == 1 else (200, REPLY)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
litellm.drop_params = True
user, begun = {"role": "user", "content": "Is it?"}, {"role": "assistant", "content": "I say:"}
forbidden = json.dumps({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"]}]})
litellm.suppress_debug_info = True
print(f"litellm {version('litellm')}")
for refusal, turns in (
    ((400, "Conversation roles must alternate user/assistant/user/assistant/..."), [user, user]),
    ((400, "Last message must have role `user`"), [user, begun]),
    ((422, forbidden), [user]),
):
    requests.clear()
    reply = litellm.completion(
        model="openai/m", api_base=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", messages=turns, seed=7,
        max_retries=0, num_retries=0,
    ).choices[0].message.content
    sent = [([turn["content"] for turn in request["messages"]], request.get("seed")) for request in requests]
    print(f"{refusal[1][:40]!r}: sent {sent}, returned {reply!r}")
    assert len(sent) == 2 and sent[0] != sent[1] and reply == "yes", "the behaviour has changed"
PY
LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_MODE=PRODUCTION "$folder/venv/bin/python" "$folder/seen.py"
