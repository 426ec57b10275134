#!/bin/sh
# DSPy gives the replies of a base model as those of its fine-tuned copy, where a server on another port answers to the
# same name.
#
# Replies are kept on disk unless told otherwise, and found again by everything that is sent but the address: api_base
# and base_url are left out of the key, as api_key is. A server of one's own is often asked by a name that it does not
# check (llama-server), or that both models were given (vLLM's --served-model-name), so that the address alone tells the
# two apart. The second is then not asked at all, and nothing says so. Nor is it in later processes: all programs of a
# user share one folder. For "fine-tune, or keep prompting?": the fine-tuned model has the base's score to the last
# item. Its gain is exactly 0, whatever it learned, even if its server does not run. Give each model a name of its own,
# or cache=False, and count the requests at the server.
#
# Seen with DSPy 3.4.1 and litellm 1.106.12, two servers on two ports and ten questions: the base has none right. Its
# copy, which is always right, has none right either and was sent no request; the same with its server closed, and in a
# second process. By another name, and with cache=False, it has ten right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  dspy==3.4.1 litellm==1.106.12 openai==2.54.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
os.environ["DSPY_CACHEDIR"] = sys.argv[1]
import dspy  # noqa: E402 (after its settings)
import litellm  # noqa: E402

litellm.suppress_debug_info = True
QUESTIONS = [f"question {n}" for n in range(10)]


class Serves(HTTPServer):
    """A server on a port of its own that gives one answer to every name, and counts."""

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Replies)
        self.answer, self.asked = answer, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Replies(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        message = {"role": "assistant", "content": self.server.answer}
        body = json.dumps({
            "id": "r", "object": "chat.completion", "created": 1, "model": asked["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def right(server, name="openai/tickets", **settings):
    """How many of the ten questions this server's model has right, and how many it was sent."""
    before = server.asked
    model = dspy.LM(name, api_base=server.address, api_key="none", temperature=0, **settings)
    return sum(model(question)[0] == "right" for question in QUESTIONS), server.asked - before


base, tuned = Serves("wrong"), Serves("right")
seen = {"base": right(base), "fine-tuned": right(tuned)}
if sys.argv[2:] == ["all"]:
    seen["fine-tuned, another name"] = right(tuned, "openai/tickets-tuned")
    seen["fine-tuned, cache=False"] = right(tuned, cache=False)
    tuned.shutdown()
    tuned.server_close()
    seen["fine-tuned, server closed"] = right(tuned)
    print(f"DSPy {version('dspy')}, litellm {version('litellm')}: right of ten, and requests that reached the server")
    expected = [(0, 10), (0, 0), (10, 10), (10, 10), (0, 0)]
else:
    print("  in a second process")
    expected = [(0, 0), (0, 0)]
for model, found in seen.items():
    print(f"  {model}: {found[0]} and {found[1]}")
assert list(seen.values()) == expected, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/kept" all 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
"$folder/venv/bin/python" "$folder/seen.py" "$folder/kept" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
