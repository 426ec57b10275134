"""The prediction a study.json holds. Lives here: reading it back, so that fact is set against what its reader saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from curvefit.errors import InputError
from curvefit.payoff.model import Payoff
from curvefit.report.checked import amount, change, count
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
    except InputError as error:
        raise InputError(error.problem, file=path, field=error.field) from error
    except KeyError as error:
        raise InputError(f"{error.args[0]!r} is missing", file=path, field="payoff") from error
    except (OSError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise InputError(f"cannot be used: {error}", file=path, field="payoff") from error


def _payoff(held: dict[str, Any], study: Study) -> Payoff:
    return Payoff(
        gain=change(held["gain"], "payoff.gain"),
        probability=amount(held["probability"], "payoff.probability", most=1),
        margin=amount(held["margin"], "payoff.margin", most=1),
        n_train=count(held["n_train"], "payoff.n_train", least=1),
        basis=tuple(map(str, held["basis"])),
        rule=str(held["rule"]),
        probes=study.probes,
        kind=study.curve.kind,
        task=study.curve.task,
        model=study.curve.model,
    )
