"""The measured curves of the sample tasks, and what was fine-tuned, as the two tables in sample_tasks/README.md.

Run: curvefit run sample_tasks/TASK -m MODEL --margin 0.05 for every task and model wanted, and curvefit probe, then
python -m benchmarks.forecast.sample_curves, which reads reports/*/*/study.json and probe.json: one row each.
"""

from __future__ import annotations

import json
import math
from typing import Any

from benchmarks.paths import REPORTS, ROOT
from curvefit.curves.curve import Estimate
from curvefit.payoff.comparison import without_optimism
from curvefit.report.payoff_text import examples_shown

SHOTS = (0, 1, 2, 4, 8, 16, 32, 64)


def table(studies: list[dict[str, Any]]) -> str:
    """Return Markdown: accuracy in percent with its interval at each number of shots, verdict and gain left."""
    head = ["task", "model", "items × draws", *(str(k) for k in SHOTS), "verdict", "gain left, points"]
    rows = [head, ["---"] * 3 + ["--:"] * len(SHOTS) + ["---"] * 2]
    rows += [_row(study) for study in studies]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(study: dict[str, Any]) -> list[str]:
    points = {point["shots"]: point for point in study["points"]}
    last = study["points"][-1]
    gain = study["verdict"]["gain_left"]
    left = f"{_signed(gain['value'])} ({_signed(gain['low'])} to {_signed(gain['high'])})"
    return [
        f"`{study['task']}`{_setting(study)}",
        study["model"].removeprefix("local/"),
        f"{last['n_items']} × {last['n_draws']}",
        *(_cell(points[k]) if k in points else "" for k in SHOTS),
        study["verdict"]["trend"],
        left,
    ]


def trained_table(probes: list[dict[str, Any]]) -> str:
    """Return Markdown: best prompt, accuracy fine-tuned on the most examples, and the gain without optimism."""
    head = ["task", "model", "items", "best prompt", "%", "trained on", "%", "gain, points", "and shown examples, %"]
    rows = [head, ["---"] * 4 + ["--:"] * 5]
    rows += [_trained_row(probe) for probe in probes]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _trained_row(probe: dict[str, Any]) -> list[str]:
    best, tuned, gain = probe["best_prompted"], probe["fine_tuned"][-1], probe["gain"][-1]
    seen = Estimate(gain["value"], gain["low"], gain["high"], probe["level"])
    fair = without_optimism(seen, math.nan if probe["optimism"] is None else probe["optimism"])
    both = max(probe["together"], key=lambda each: each["accuracy"], default=None)
    items = {best["n_items"], tuned["n_items"]}
    return [
        f"`{probe['task']}`{probe['setting']}",
        probe["model"].removeprefix("local/"),
        " and ".join(map(str, sorted(items))),
        examples_shown(best["shots"], retrieved=best["retrieved"]),
        _cell(best),
        str(tuned["n_train"]),
        _cell(tuned),
        f"{_signed(fair.value)} ({_signed(fair.low)} to {_signed(fair.high)})",
        "" if both is None else _cell(both),
    ]


def _setting(study: dict[str, Any]) -> str:
    """Return which documents its prompts show, which instruction, and which model judged, where that was chosen."""
    overrides, judge = study["measurement"].get("overrides", {}), study["measurement"].get("judge")
    context = f", documents: {overrides['context']}" if "context" in overrides else ""
    files = (ROOT / "sample_tasks" / study["task"] / "instructions").glob("*.txt")
    named = (file.stem for file in files if file.read_text(encoding="utf-8").strip() == overrides.get("instruction"))
    judged = f", judged by {judge['model'].removeprefix('local/')}" if judge else ""
    return context + "".join(f", instruction: {name}" for name in named) + judged


def _cell(point: dict[str, Any]) -> str:
    return f"{100 * point['accuracy']:.0f} ({100 * point['low']:.0f}–{100 * point['high']:.0f})"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def read() -> list[dict[str, Any]]:
    """Return every study under reports/, by task and model."""
    return [json.loads(path.read_text()) for path in sorted(REPORTS.glob("*/*/study.json"))]


def read_probes() -> list[dict[str, Any]]:
    """Return every probe beside such a study, with the setting of that."""
    beside = ((path, path.with_name("study.json")) for path in sorted(REPORTS.glob("*/*/probe.json")))
    return [
        {**json.loads(path.read_text()), "setting": _setting(json.loads(study.read_text()))}
        for path, study in beside
        if study.is_file()
    ]


if __name__ == "__main__":
    print(table(read()), trained_table(read_probes()), sep="\n\n")
