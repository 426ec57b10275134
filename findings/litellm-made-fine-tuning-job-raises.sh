#!/bin/sh
# litellm reports a fine-tuning job that was made, and is billed, as one that was not.
#
# Its call that makes a job checks the answer against a strict record: a server that speaks the published protocol but
# leaves out a field that OpenAI fills (here organization_id and result_files) has taken the order, and the call raises.
# A program that takes an error for "no job was made" orders again, and pays twice. OpenAI's own client, of the version
# that litellm brings, reads the same answer and returns the job's id. For learning curves: each point of a curve over
# training examples is a job, so that a retry after such an error doubles the bill; jobs are to be made with a client
# that returns the id, and looked for before another one is made.
#
# Seen with litellm 1.106.12 and openai 2.54.0: a validation error, with one job at the server.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check litellm==1.106.12 openai==2.54.0 >/dev/null
cat > "$folder/seen.py" <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm
import openai

JOB = {"object": "fine_tuning.job", "id": "ftjob-1", "created_at": 1, "model": "base", "status": "queued",
       "training_file": "file-1", "hyperparameters": {"n_epochs": 3}, "fine_tuned_model": None, "seed": 0}
made = []


class Server(BaseHTTPRequestHandler):
    """Takes orders for jobs, and answers as a server of the same protocol may."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        made.append(self.path)
        body = json.dumps(JOB).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
try:
    litellm.create_fine_tuning_job(
        model="base", training_file="file-1", custom_llm_provider="openai", api_base=base, api_key="none",
        max_retries=0,
    )
    said = "a job"
except Exception as error:
    said = type(error).__name__
by_litellm = len(made)
with openai.OpenAI(base_url=base, api_key="none", max_retries=0) as client:
    job = client.fine_tuning.jobs.create(model="base", training_file="file-1").id
print(f"litellm {version('litellm')}: {said}, with {by_litellm} job made; openai {version('openai')}: {job}")
assert said != "a job" and by_litellm == 1 and job == "ftjob-1", "the behaviour has changed"
PY
LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_MODE=PRODUCTION "$folder/venv/bin/python" "$folder/seen.py"
