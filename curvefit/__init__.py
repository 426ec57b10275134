"""Should we fine-tune, or keep prompting? Measure accuracy against in-prompt examples, forecast, decide.

>>> import curvefit as cf
>>> task = cf.load_task("sample_tasks/tickets")
>>> model = cf.resolve("simulated/rising")
>>> curve = cf.measure(task, cf.Design(shots=(0, 1, 2, 4, 8), draws=3, items=40, seed=7), model)
>>> cf.analyze(curve, margin=0.02).verdict.trend in {"rising", "inconclusive"}
True

Names are loaded when first used, so that importing this costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from curvefit.curves.curve import Curve, Estimate, Point
    from curvefit.curves.forecast import Forecast
    from curvefit.curves.verdict import Verdict
    from curvefit.decision.advice import Advice
    from curvefit.decision.break_even import Costs
    from curvefit.decision.candidates import Candidate
    from curvefit.decision.predicted_payoff import predict_payoff
    from curvefit.errors import CurvefitError
    from curvefit.measurement.failures import Failures
    from curvefit.measurement.importers import read_scores
    from curvefit.measurement.measure import measure
    from curvefit.measurement.measurement import Measurement, Note
    from curvefit.models.base import Completion, Message, Model, Prices, Request
    from curvefit.models.function import FunctionModel
    from curvefit.models.resolve import resolve
    from curvefit.models.simulated import SimulatedModel, Truth
    from curvefit.payoff.predictor import Payoff
    from curvefit.report.study_files import write_report
    from curvefit.report.study_reader import read_study
    from curvefit.study import Study, analyze
    from curvefit.tasks.documents import with_context
    from curvefit.tasks.loading import load_task
    from curvefit.tasks.task import Document, Item, Score, Scorer, Task
    from curvefit.training.text_classifier import Baseline, baseline
    from curvefit.trials.design import Design, Trial
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.advised_prompt import AdvisedPrompt, advised_prompt
    from curvefit.workflows.error_analysis import failures
    from curvefit.workflows.full_study import Asking, Criteria, decide
    from curvefit.workflows.settle import settle
    from curvefit.workflows.study_comparison import Comparison, compare

_HOME: Final = {
    "Advice": "curvefit.decision.advice",
    "AdvisedPrompt": "curvefit.workflows.advised_prompt",
    "Asking": "curvefit.workflows.full_study",
    "Baseline": "curvefit.training.text_classifier",
    "Comparison": "curvefit.workflows.study_comparison",
    "Candidate": "curvefit.decision.candidates",
    "Completion": "curvefit.models.base",
    "Costs": "curvefit.decision.break_even",
    "Criteria": "curvefit.workflows.full_study",
    "Curve": "curvefit.curves.curve",
    "CurvefitError": "curvefit.errors",
    "Design": "curvefit.trials.design",
    "Document": "curvefit.tasks.task",
    "Estimate": "curvefit.curves.curve",
    "Failures": "curvefit.measurement.failures",
    "Forecast": "curvefit.curves.forecast",
    "FunctionModel": "curvefit.models.function",
    "Item": "curvefit.tasks.task",
    "Measurement": "curvefit.measurement.measurement",
    "Message": "curvefit.models.base",
    "Model": "curvefit.models.base",
    "Note": "curvefit.measurement.measurement",
    "Payoff": "curvefit.payoff.predictor",
    "Point": "curvefit.curves.curve",
    "Prices": "curvefit.models.base",
    "SpendingLimits": "curvefit.trials.spending_limits",
    "Request": "curvefit.models.base",
    "Score": "curvefit.tasks.task",
    "Scorer": "curvefit.tasks.task",
    "SimulatedModel": "curvefit.models.simulated",
    "Study": "curvefit.study",
    "Task": "curvefit.tasks.task",
    "Trial": "curvefit.trials.design",
    "Truth": "curvefit.models.simulated",
    "Verdict": "curvefit.curves.verdict",
    "advised_prompt": "curvefit.workflows.advised_prompt",
    "analyze": "curvefit.study",
    "baseline": "curvefit.training.text_classifier",
    "compare": "curvefit.workflows.study_comparison",
    "decide": "curvefit.workflows.full_study",
    "failures": "curvefit.workflows.error_analysis",
    "load_task": "curvefit.tasks.loading",
    "measure": "curvefit.measurement.measure",
    "predict_payoff": "curvefit.decision.predicted_payoff",
    "read_scores": "curvefit.measurement.importers",
    "read_study": "curvefit.report.study_reader",
    "resolve": "curvefit.models.resolve",
    "settle": "curvefit.workflows.settle",
    "with_context": "curvefit.tasks.documents",
    "write_report": "curvefit.report.study_files",
}

__version__ = "0.8.0"
__all__ = [
    "Advice",
    "AdvisedPrompt",
    "Asking",
    "Baseline",
    "Candidate",
    "Comparison",
    "Completion",
    "Costs",
    "Criteria",
    "Curve",
    "CurvefitError",
    "Design",
    "Document",
    "Estimate",
    "Failures",
    "Forecast",
    "FunctionModel",
    "Item",
    "Measurement",
    "Message",
    "Model",
    "Note",
    "Payoff",
    "Point",
    "Prices",
    "Request",
    "Score",
    "Scorer",
    "SimulatedModel",
    "SpendingLimits",
    "Study",
    "Task",
    "Trial",
    "Truth",
    "Verdict",
    "advised_prompt",
    "analyze",
    "baseline",
    "compare",
    "decide",
    "failures",
    "load_task",
    "measure",
    "predict_payoff",
    "read_scores",
    "read_study",
    "resolve",
    "settle",
    "with_context",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'curvefit' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
