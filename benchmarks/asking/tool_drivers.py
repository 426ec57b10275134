"""Other tools that ask models, each driven as its documentation says, for `other_tools`.

Run by that script under each tool's own interpreter, so at import there is the standard library alone:
``PYTHON tool_drivers.py NAME measured|once BASE REQUESTS CONCURRENCY STATE``. REQUESTS is a JSON file with a list of
messages for every request; STATE a folder in which a tool finds what an earlier run of it left. Prints one JSON object:
seconds and processor seconds (of `measured`: above those of a run of 4 requests, so that what a tool spends once a run
is not counted against it) and how many replies the tool holds at its end.

A tool is a function ``(base, requests, concurrency, state) -> replies held``. All get 20 attempts a request where they
take a number; everything else is as it comes.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ATTEMPTS = 20
Requests = list[list[dict[str, str]]]

# Inspect resumes a log by loading the task anew from its file.
_INSPECT_TASK = """
import json
from pathlib import Path
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

ROLES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}

@task
def made(requests: str) -> Task:
    asked = json.loads(Path(requests).read_text())
    samples = [
        Sample(id=i, input=[ROLES[m["role"]](content=m["content"]) for m in messages], target="label")
        for i, messages in enumerate(asked, 1)
    ]
    return Task(dataset=samples, solver=generate(), scorer=includes())
"""


def inspect(base: str, requests: Requests, concurrency: int, state: Path) -> int:
    """Inspect, with its log as it comes: on, with samples. After a crash: recover the log, retry what it lacks."""
    from inspect_ai import eval as evaluate
    from inspect_ai import eval_retry
    from inspect_ai.log import list_eval_logs, read_eval_log, recover_eval_log

    os.environ |= {"STUB_BASE_URL": base, "STUB_API_KEY": os.environ["OPENAI_API_KEY"]}
    before = list_eval_logs(str(state / "logs")) if (state / "logs").exists() else []
    common: dict[str, Any] = {"display": "none", "max_connections": concurrency, "log_dir": str(state / "logs")}
    if before:
        log = before[0]
        with contextlib.suppress(Exception):  # nothing in its buffer to recover: retry the log as it is
            log = recover_eval_log(log.name)
        logs = eval_retry(log, **common, max_samples=concurrency)
    else:
        (state / "task.py").write_text(_INSPECT_TASK)
        (state / "requests.json").write_text(json.dumps(requests))
        logs = evaluate(
            f"{state}/task.py@made", model="openai-api/stub/any", task_args={"requests": f"{state}/requests.json"},
            max_samples=concurrency, max_tokens=8, temperature=0, **common,
        )  # fmt: skip
    log = logs[0] if logs[0].samples else read_eval_log(logs[0].location)
    return sum(sample.error is None and bool(sample.output.completion) for sample in log.samples or ())


def lm_eval(base: str, requests: Requests, concurrency: int, state: Path) -> int:
    """Run lm-evaluation-harness with `local-chat-completions` and its cache of replies in the state folder."""
    os.environ |= {"HF_HOME": str(state / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    import datasets
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    datasets.disable_progress_bars()
    system, *turns, _ = requests[0]
    shots = [{"q": q["content"], "a": a["content"]} for q, a in zip(turns[::2], turns[1::2], strict=True)]
    rows = [{"q": messages[-1]["content"], "a": "label"} for messages in requests]
    (state / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = {
        "task": "made", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(state / "rows.jsonl")}},
        "test_split": "test", "output_type": "generate_until", "doc_to_text": "{{q}}", "doc_to_target": "{{a}}",
        "target_delimiter": "", "fewshot_config": {"sampler": "first_n", "samples": shots}, "num_fewshot": len(shots),
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 8, "temperature": 0},
        "metric_list": [{"metric": "exact_match"}],
    }  # fmt: skip
    given = {
        "model": "any", "base_url": f"{base}/chat/completions", "num_concurrent": concurrency,
        "max_retries": ATTEMPTS, "tokenizer_backend": None, "tokenized_requests": False,
    }  # fmt: skip
    found = simple_evaluate(
        "local-chat-completions", given, tasks=[made], apply_chat_template=True, system_instruction=system["content"],
        use_cache=str(state / "cache"), bootstrap_iters=0, verbosity="ERROR",
        task_manager=TaskManager(include_defaults=False),
    )  # fmt: skip
    return sum(bool(sample["resps"][0][0]) for sample in found["samples"]["made"])


def dspy(base: str, requests: Requests, concurrency: int, state: Path) -> int:
    """DSPy's `Evaluate` over a module that calls `dspy.LM`; its cache on disk, as it comes, in the state folder."""
    os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
    import dspy as library

    library.configure_cache(disk_cache_dir=str(state / "cache"))
    model = library.LM("openai/any", api_base=base, max_tokens=8, temperature=0, num_retries=ATTEMPTS)
    library.configure(lm=model)

    class Ask(library.Module):  # type: ignore[misc]  # not installed where this is checked
        def forward(self, position: int) -> Any:
            (said,) = model(messages=requests[position])
            return library.Prediction(answer=said["text"] if isinstance(said, dict) else said)

    examples = [library.Example(position=i).with_inputs("position") for i in range(len(requests))]
    judge = library.Evaluate(
        devset=examples, metric=lambda example, answer, trace=None: float(bool(answer.answer)),
        num_threads=concurrency, display_progress=False, max_errors=10**9, failure_score=0.0,
    )  # fmt: skip
    return round(sum(score for *_, score in judge(Ask()).results))


def promptfoo(base: str, requests: Requests, concurrency: int, state: Path) -> int:
    """`promptfoo eval` with its cache on disk and, after a crash, `--resume`."""
    resumes = (state / "begun").exists()
    (state / "begun").touch()
    config = {
        "prompts": ["{{messages}}"],
        "providers": [{"id": "openai:chat:any",
                       "config": {"apiBaseUrl": base, "max_tokens": 8, "temperature": 0, "maxRetries": ATTEMPTS}}],
        "tests": [{"vars": {"messages": json.dumps(messages)}} for messages in requests],
    }  # fmt: skip
    (state / "config.json").write_text(json.dumps(config))
    environment = {
        **os.environ, "PROMPTFOO_CONFIG_DIR": str(state / "home"), "PROMPTFOO_CACHE_PATH": str(state / "cache"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_RETRY_5XX": "true",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    }  # fmt: skip
    command = [os.environ["PEER_PROGRAM"], "eval", "--no-table", "--no-progress-bar", "-j", str(concurrency)]
    command += ["-o", str(state / "out.json"), *(["--resume"] if resumes else ["-c", str(state / "config.json")])]
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    found = json.loads((state / "out.json").read_text())["results"]["results"]
    return sum(bool((one.get("response") or {}).get("output")) for one in found)


TOOLS: dict[str, Callable[[str, Requests, int, Path], int]] = {
    "inspect": inspect, "lm-eval": lm_eval, "promptfoo": promptfoo, "dspy": dspy,
}  # fmt: skip


def spent() -> tuple[float, float]:
    """Return seconds, and processor seconds of this process and of those it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(used.ru_utime + used.ru_stime for used in both)


def main() -> None:
    """Run once, or measure: once to load everything, once small, and what the whole costs above the small."""
    name, how, base, file, concurrency, folder = sys.argv[1:]
    requests, state, tool = json.loads(Path(file).read_text()), Path(folder), TOOLS[name]

    def ask(asked: Requests, kept: str) -> dict[str, float]:
        (state / kept).mkdir(exist_ok=True)
        wall, cpu = spent()
        held = tool(base, asked, int(concurrency), state / kept)
        ended = spent()
        return {"wall": ended[0] - wall, "cpu": ended[1] - cpu, "held": held}

    small = {"wall": 0.0, "cpu": 0.0}
    if how == "measured":
        ask(requests[:4], "loading")
        small = ask(requests[:4], "small")
        urllib.request.urlopen(f"{base}/forget", timeout=10).read()
    found = ask(requests, "run")
    print("\n" + json.dumps(found | {key: found[key] - small[key] for key in ("wall", "cpu")}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
