"""Tables of adapt-gauge-core: ``raw_results_*.csv`` and ``summary_*.csv``. Lives here: what is where in them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final

from curvefit.measurement.importers.fields import Fields
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting, noted, short_id

__all__ = ["RAW", "SUMMARY", "read_raw", "read_summary"]

RAW: Final = frozenset(("task_id", "model_name", "shot_count", "input", "score"))
SUMMARY: Final = frozenset(("task_id", "model_name", "score_0shot"))
_USUAL_ITEMS: Final = 5  # of each task in the packs the tool ships; its summary does not say
_NOTE: Final = noted(
    f"an adapt-gauge-core summary does not say how many items were scored: taken as {_USUAL_ITEMS}, as in its own task"
    " packs; raw_results_*.csv shows them",
    "how many items were scored is assumed",
)


def read_raw(path: Path, rows: list[Fields]) -> list[Result]:
    """Read one score a row; items are told by their input."""
    sheet = ScoreSheet()
    for row in rows:
        setting = Setting(row.shots("shot_count"), _task(row), row.text("model_name"), "score")
        item = short_id(row.text("input", ""))
        # The tool writes a failed call as the score 0.
        failed = row.text("actual_output", "").startswith("ERROR: ") and row.text("latency_ms", "").strip() == "0"
        score = math.nan if failed else row.known_share("score")
        sheet.add_once(setting, item, score, row, "score", f"{row.text('run_id', '')}/{row.text('trial_id', '')}")
    return sheet.results(path)


def read_summary(path: Path, rows: list[Fields]) -> list[Result]:
    """Read one task and model a row, with the mean score at each number of shots."""
    columns = {
        name: int(match[1]) for name in rows[0].values if (match := re.fullmatch(r"score_(\d{1,9})shot", str(name)))
    }
    return [
        Result(
            path,
            Setting(shots, _task(row), row.text("model_name"), "score"),
            Mean(row.known_share(name), n_items=_USUAL_ITEMS),
            (_NOTE,),
        )
        for row in rows
        for name, shots in columns.items()
    ]


def _task(row: Fields) -> str:
    selection = row.text("example_selection", "")
    return row.text("task_id") + (f"/{selection}" if selection else "")
