"""The prediction a study.json holds. Lives here: reading it back, so that fact is set against what its reader saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from curvefit.payoff.predictor import Payoff, RuleOfThumb
from curvefit.report.checked import amount, change, count, opened, reading
from curvefit.report.study_reader import EXPECTED
from curvefit.report.study_record import SCHEMA
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
    with reading("payoff", file=path):
        held = opened(path, SCHEMA, EXPECTED).get("payoff")
        return replace(study, payoff=None if held is None else _payoff(held, study))


def _payoff(held: dict[str, Any], study: Study) -> Payoff:
    return Payoff(
        gain=change(held["gain"], "payoff.gain"),
        probability=amount(held["probability"], "payoff.probability", most=1),
        margin=amount(held["margin"], "payoff.margin", most=1),
        n_train=count(held["n_train"], "payoff.n_train", least=1),
        basis=tuple(map(str, held["basis"])),
        rule=_rule(held.get("rule")),
        probes=study.probes,
        kind=study.curve.kind,
        task=study.curve.task,
        model=study.curve.model,
    )


def _rule(held: Any) -> RuleOfThumb | None:
    """Return what the rule of thumb said; None for a file of an earlier version, which has a sentence there."""
    if not isinstance(held, dict):
        return None
    doubling, rises, alike = amount(held["doubling"], "payoff.rule.doubling", least=-1), held["rises"], held["alike"]
    cases, right = count(held["cases"], "payoff.rule.cases"), count(held["right"], "payoff.rule.right")
    return RuleOfThumb(doubling, bool(rises), cases, right, bool(alike))
