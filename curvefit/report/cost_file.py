"""A file of costs as its user states them. Lives here: reading it; what is computed from it stands elsewhere."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import yaml

from curvefit.decision.break_even import Costs
from curvefit.decision.candidates import Candidate
from curvefit.errors import CurveError, InputError
from curvefit.study import Study
from curvefit.tasks.record_files import read_text

__all__ = ["read_costs"]

_MOST: Final = 1e15  # dollars, calls or months; more, or no number, is a slip
_LONGEST: Final = 20_000  # characters
_NAMES: Final = tuple(field.name for field in fields(Costs))


def read_costs(path: Path, study: Study) -> Costs:
    """Read a YAML (or JSON) file of the fields of `Costs`; the price of the best prompt is the measured one by default.

    Raises
    ------
    InputError
        One line that names file and field.
    """
    text = read_text(path)
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST:,} characters; it needs {len(_NAMES)} numbers", file=path)
    try:
        stated = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"no valid YAML: {' '.join(str(error).split())[:120]}", file=path) from error
    if not isinstance(stated, Mapping) or not stated:
        raise InputError("holds no fields such as calls_per_month: 100000", file=path)
    values = {name: _number(name, value, path) for name, value in stated.items()}
    if "calls_per_month" not in values:
        raise InputError("is missing: how often is the task asked?", file=path, field="calls_per_month")
    best = _best(study)
    if best is not None and not math.isnan(best.usd_per_1000):
        values.setdefault("prompted_usd_per_1000", best.usd_per_1000)
    try:
        return Costs(**values)
    except CurveError as error:
        raise InputError(str(error), file=path) from error


def _number(name: Any, value: Any, path: Path) -> float:
    if name not in _NAMES:
        close = difflib.get_close_matches(str(name), _NAMES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_NAMES)}"
        raise InputError(f"no such field; {hint}", file=path, field=str(name)[:60])
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        raise InputError(f"must be a number, not {value!r:.40}", file=path, field=name)
    return float(value)


def _best(study: Study) -> Candidate | None:
    """Return what the best prompt is among the candidates."""
    best = (study.best.point.shots, study.best.retrieved)
    measured = [each for each in study.candidates if each.basis == "measured"]
    return next((each for each in measured if (each.shots, each.retrieved) == best), None)
