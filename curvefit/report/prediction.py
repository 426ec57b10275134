"""The prediction a study.json holds. Lives here: reading it back, so that fact is set against what its reader saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError
from curvefit.payoff.model import Payoff
from curvefit.study import Study

__all__ = ["as_given"]


def as_given(study: Study, path: str | Path) -> Study:
    """Return a study with the payoff that its file holds, in place of what this version would predict.

    Parameters
    ----------
    study : Study
        As `read_study` reads it.
    path : path
        The same file.

    Raises
    ------
    InputError
        It holds no prediction that can be read; names file and field.
    """
    path = Path(path)
    try:
        held = json.loads(path.read_text(encoding="utf-8")).get("payoff")
        return replace(study, payoff=None if held is None else _payoff(held, study))
    except KeyError as error:
        raise InputError(f"{error.args[0]!r} is missing", file=path, field="payoff") from error
    except (OSError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise InputError(f"cannot be used: {error}", file=path, field="payoff") from error


def _payoff(held: dict[str, Any], study: Study) -> Payoff:
    gain, n_train = held["gain"], held["n_train"]
    value, low, high = (_share(gain[name], least=-1) for name in ("value", "low", "high"))
    if type(n_train) is not int or n_train < 1:
        raise ValueError(f"{n_train!r:.60} is no number of examples")
    return Payoff(
        gain=Estimate(value, low, high, _share(gain["level"])),
        probability=_share(held["probability"]),
        margin=_share(held["margin"]),
        n_train=n_train,
        basis=tuple(map(str, held["basis"])),
        rule=str(held["rule"]),
        probes=study.probes,
    )


def _share(value: Any, *, least: float = 0) -> float:
    if type(value) not in (int, float) or not least <= value <= 1:
        raise ValueError(f"{value!r:.60} is no number from {least:g} to 1")
    return float(value)
