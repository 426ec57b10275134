"""The prediction a study.json holds, put into a study. Lives here: that one replacement; `StudyFile` reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curvefit.report.study_reader import open_study
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
    return replace(study, payoff=open_study(path).payoff_as_given)
