"""A page of the studies under reports/: pictures, what was said, the commands that make them again, what came true.

Run: make pages, or python -m benchmarks.pages.gallery; it writes docs/gallery.md.
"""

from __future__ import annotations

import csv
import json
import math
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from benchmarks.paths import REPORTS, ROOT
from curvefit.report.next_command import run_command
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.study_reader import open_study
from curvefit.report.terminal import headline
from curvefit.report.wording import in_points

PAGE: Final = ROOT / "docs" / "gallery.md"
_OPENING: Final = """\
# Gallery

Every study in `reports/`, measured on the sample tasks with small models on two processor cores. Made by `make pages`.

Each has its picture, what curvefit says of it today, the command that makes it again, and what came true where the very
model was fine-tuned. The report is by today's rules, and counts probes and validations made since, not what the
laboratory trained. What it predicts is the gain of fine-tuning: accuracy after it less that of the study's best prompt,
in points, with its 90% interval. Where the model was fine-tuned, what was predicted when prompts were measured stands
first; that counts no training of it. A study without similar examples has only random ones to beat.
"""
_CAUTION: Final = """\
**{held} of {tried} predictions came true within their 90% intervals; about {expected} should.** What a probe or a
validation measured has an error too, which is allowed for. For most that is no test: the cases behind the predictions
include these very trainings, which had other items, and mostly fewer examples. Of the {new} that were trained since, by
a probe on few items, {new_held} came true; about {new_expected} should. [How good is it?](how-good.md) has the tests.
"""
_LEVEL: Final = 0.9  # of the intervals of what is predicted


def page() -> str:
    """Return the page, task by task."""
    folders = [file.parent for file in sorted(REPORTS.glob("*/*/study.json")) if file.parent.parent.name != "payoff"]
    parts, outcomes, since = list[str](), list[bool](), list[bool]()
    for task, studies in groupby(folders, key=lambda folder: folder.parent.name):
        parts.append(f"## {task}\n\n{_about(task)}")
        if (REPORTS / task / "comparison.html").is_file():
            parts.append(f"[All of them compared](../reports/{task}/comparison.html)\n")
        for folder in studies:
            text, held = entry(folder)
            parts.append(text)
            outcomes += [] if held is None else [held]
            since += [held] if held is not None and (folder / "probe.json").is_file() else []
    return "\n".join([_OPENING, caution(outcomes, since), *parts])


def caution(outcomes: Sequence[bool], since: Sequence[bool]) -> str:
    """Return how many of the predicted intervals held, of all and of those trained since, and how many should have."""
    return _CAUTION.format(
        held=sum(outcomes),
        tried=len(outcomes),
        expected=round(_LEVEL * len(outcomes)),
        new=len(since),
        new_held=sum(since),
        new_expected=round(_LEVEL * len(since)),
    )


def _about(task: str) -> str:
    """Return what a sample task asks, as sample_tasks/README.md says it; nothing of a task that is not in there."""
    tasks = (ROOT / "sample_tasks" / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{re.escape(task)}` \| ([^|]+) \| ([^|]+) \|", tasks, re.MULTILINE)
    return f"*Asked:* {row[1]}. *To be learned:* {row[2]}.\n" if row else ""


def entry(folder: Path) -> tuple[str, bool | None]:
    """Return what the page says of a study, and whether its predicted interval held; None where nothing was trained."""
    where = folder.relative_to(ROOT).as_posix()
    study, _ = concluded_with_probe_beside(open_study(folder), None)
    written = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    command = shlex.join(run_command(study, where))
    truth = next(measured(written, folder), None)
    lines = [f"### {folder.name}\n", f"**{headline(study)}** [The report](../{where}/report.html).\n"]
    if (folder / "curve.svg").is_file():
        alt = f"{written['task']}: accuracy by examples in the prompt"
        lines.append(f'<img src="../{where}/curve.svg" width="480" alt="{alt}">\n')
    judged = study.payoff if study.advice.judges_training else None
    before = judged and written["payoff"] and written["payoff"]["gain"]
    today = "" if judged is None else _trained(judged.n_train, asdict(judged.gain))
    then = _trained(written["payoff"]["n_train"], before) if before else ""
    if truth is None:
        lines += [f"- Predicted for {today}."] if today else []
        lines.append("- Not fine-tuned: what came true is not known.")
    else:
        lines += [f"- Predicted when prompts were measured, for {then}."] if then else []
        lines.append(f"- Measured: {truth[1]}.")
        lines += [f"- Predicted by the report today, for {today}."] if today != then else []
    lines.append(f"\n```text\n{command}\n```\n" if command else "")
    return "\n".join(lines), came_true(before, truth[0]) if before and truth else None


def _trained(examples: int, gain: dict[str, float]) -> str:
    return f"fine-tuning on {examples:,} examples: a gain of {_points(gain)}"


def came_true(predicted: dict[str, float], gain: dict[str, float]) -> bool:
    """Return whether a measured gain lies within the interval of the predicted one, the error of each allowed for."""
    away = gain["value"] - predicted["value"]
    if away < 0:
        return -away <= math.hypot(predicted["value"] - predicted["low"], gain["high"] - gain["value"])
    return away <= math.hypot(predicted["high"] - predicted["value"], gain["value"] - gain["low"])


def measured(study: dict[str, Any], folder: Path) -> Iterator[tuple[dict[str, float], str]]:
    """Yield what fine-tuning the very model gained, and how that is told; the best evidence first."""
    for file in sorted(folder.glob("validation-*.json")):
        gain = json.loads(file.read_text(encoding="utf-8"))["gain"]
        yield gain, f"a gain of {_points(gain)}, by a validation"
    if (folder / "probe.json").is_file():
        gain = json.loads((folder / "probe.json").read_text(encoding="utf-8"))["gain"][-1]
        yield gain, f"a gain of {_points(gain)} with {gain['n_train']} examples, by a probe"
    if not study["measurement"].get("overrides"):
        yield from _in_laboratory(study)


def _in_laboratory(study: dict[str, Any]) -> Iterator[tuple[dict[str, float], str]]:
    """Yield what the laboratory measured of this task and model; its gain is over prompts of the kinds it has.

    Its error is left out: it is small beside that of the prediction.
    """
    with (REPORTS / "payoff" / "laboratory.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if (row["task"], row["model"]) == (study["task"], study["model"])]
    by_way = {
        way: {int(row["n"]): float(row["value"]) for row in rows if row["way"] == way}
        for way in ("tuned", "random", "retrieved")
    }
    if not by_way["tuned"]:
        return
    n, tuned = max(by_way["tuned"].items())
    random, similar = (max(by_way[way].values()) for way in ("random", "retrieved"))
    gain = tuned - (max(random, similar) if study["retrieved"] else random)
    yield (
        dict.fromkeys(("value", "low", "high"), gain),
        f"{tuned:.0%} after fine-tuning on {n} examples; prompted {random:.0%} at best with random examples,"
        f" {similar:.0%} with the most similar ones ([laboratory](../reports/payoff/laboratory.md))",
    )


def _points(gain: dict[str, float]) -> str:
    return "{} ({} to {}) points".format(*(in_points(gain[part]) for part in ("value", "low", "high")))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
