"""A file of costs as its user states them. Lives here: reading it; what is computed from it stands elsewhere."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from curvefit.decision.break_even import AMOUNTS, RANGES, Costs, TunedModel
from curvefit.decision.cheaper_prompt import gain_over_cheaper
from curvefit.decision.listed_costs import price_of, training_work, with_listed_prices
from curvefit.decision.training_prices import TrainingPrice, listed_provider, providers, training_price
from curvefit.errors import CurveError, CurvefitError, InputError
from curvefit.report.study_reader import read_study
from curvefit.study import Study, at_validated_price, with_costs
from curvefit.tasks.description import parse_yaml
from curvefit.tasks.record_files import read_text
from curvefit.training.remote_training import EPOCHS
from curvefit.workflows.study_comparison import compare, ladder_step

__all__ = ["read_costs"]

_MOST: Final = 1e15  # dollars, calls or months; more, or no number, is a slip
_LONGEST: Final = 20_000  # characters
_HOURS: Final = "training_hours"
_TEXTS: Final = ("provider", "method", "tuned_study")
_NAMES: Final = (*AMOUNTS, _HOURS, *_TEXTS)


def read_costs(path: Path, study: Study, today: date | None = None) -> Costs:
    """Read a YAML (or JSON) file of costs; what it leaves out is taken from the study, and from the list of prices.

    The price of the prompt to use is the measured one by default. Training, hosting and tokens of the fine-tuned model
    are those of the shipped list, where the model is on it. Its tokens are at the price that `curvefit validate`
    measured, where it did; at that of the base model, where the list has none either.

    The file has amounts of `Costs`, and ``provider``, ``method``, ``training_hours``, ``tuned_study``; a range is a
    list of its two ends. Prices are looked up on the day `today`.

    Raises
    ------
    InputError
        One line that names file and field.
    """
    values, upper_ends, texts = _stated(path)
    hours = values.pop(_HOURS, math.nan)
    if "calls_per_month" not in values:
        raise InputError("is missing: how often is the task asked?", file=path, field="calls_per_month")
    if values["calls_per_month"] == 0:
        raise InputError("must be more than 0: how often is the task asked?", file=path, field="calls_per_month")
    try:
        costs = Costs(**values, upper_ends=upper_ends)  # type: ignore[arg-type]  # names of amounts
    except CurveError as error:
        raise InputError(str(error), file=path) from error
    if "prompted_usd_per_1000" in costs.unknown:
        costs = replace(costs, at_measured_price=True)
    study = with_costs(study, costs)  # which may change the prompt to use
    if study.costs is not None:
        costs = replace(costs, prompted_usd_per_1000=study.costs.prompted_usd_per_1000)
    subject = study
    if "tuned_study" in texts:
        subject = _other_study(path, texts["tuned_study"])
        costs = replace(costs, tuned=_tuned(path, subject, study))
    price = _price(path, texts, subject)
    if price is not None:
        n_train = subject.n_train if subject.payoff is None else subject.payoff.n_train
        work = training_work(subject.curve, n_train or 0, EPOCHS, hours)
        costs = with_listed_prices(costs, price, work, today or date.today())
    elsewhere = price is not None and price.provider != subject.curve.model.partition("/")[0]
    return costs if elsewhere else _at_base_price(at_validated_price(costs, subject), subject)


def _at_base_price(costs: Costs, subject: Study) -> Costs:
    """Return costs with the price that the study has for the fine-tuned model, where no other is known."""
    tuned = [each.usd_per_1000 for each in subject.candidates if "usd_per_1000" in each.as_base][-1:]
    if "tuned_usd_per_1000" not in costs.unknown or not tuned or math.isnan(tuned[0]):
        return costs
    return replace(costs, tuned_usd_per_1000=tuned[0], at_base_price=True)


def _stated(path: Path) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """Return the numbers of a file, the upper ends of those that are ranges, and its texts."""
    text = read_text(path)
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST:,} characters; it needs {len(_NAMES)} fields", file=path)
    _, stated = parse_yaml(path, text)
    if not isinstance(stated, Mapping) or not stated:
        raise InputError("holds no fields such as calls_per_month: 100000", file=path)
    values, upper_ends, texts = dict[str, float](), dict[str, float](), dict[str, str]()
    for name, value in stated.items():
        if name not in _NAMES:
            close = difflib.get_close_matches(str(name), _NAMES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_NAMES)}"
            raise InputError(f"no such field; {hint}", file=path, field=str(name)[:60])
        if name in _TEXTS:
            texts[name] = _text(name, value, path)
        elif isinstance(value, list) and name in RANGES:
            values[name], upper_ends[name] = _range(name, value, path)
        else:
            if isinstance(value, list) and name in AMOUNTS:
                may = f"only {', '.join(RANGES)} may be ranges"
                raise InputError(f"must be one number, not {reprlib.repr(value):.40}: {may}", file=path, field=name)
            values[name] = _number(name, value, path)
    return values, upper_ends, texts


def _range(name: str, ends: list[Any], path: Path) -> tuple[float, float]:
    if len(ends) != 2:
        said = f"must be a number, or a range of two as in [200, 800], not {reprlib.repr(ends):.40}"
        raise InputError(said, file=path, field=name)
    low, high = (_number(name, end, path) for end in ends)
    if low > high:
        raise InputError(f"a range goes from low to high: [{high:g}, {low:g}]", file=path, field=name)
    return low, high


def _number(name: str, value: Any, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        raise InputError(f"must be a number, not {reprlib.repr(value):.40}", file=path, field=name)
    if name == _HOURS and value < 0:
        raise InputError(f"must be at least 0, not {value!r}", file=path, field=name)
    return float(value)


def _text(name: str, value: Any, path: Path) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InputError(f"must be a text, not {reprlib.repr(value):.40}", file=path, field=name)
    return value.strip()


def _price(path: Path, texts: Mapping[str, str], subject: Study) -> TrainingPrice | None:
    """Return the row that is meant; None where none was named and the model has none."""
    method, model = texts.get("method", ""), subject.curve.model
    if "provider" not in texts:
        return price_of(subject.curve, method)
    provider, _, named = texts["provider"].partition("/")
    if not listed_provider(provider):
        close = difflib.get_close_matches(provider.lower(), providers(), n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(providers())}"
        raise InputError(f"{provider!r:.40} is not on the list of prices; {hint}", file=path, field="provider")
    price = training_price(named or model, provider, method)
    if price is None:
        how = f" by {method!r:.40}" if method else ""
        raise InputError(
            f"the list of prices has nothing for {named or model!r:.60}{how} there; name a model or a size that it has,"
            f" as in provider: {provider}/8b (docs/cost.md shows the list), or state the amounts",
            file=path,
            field="provider",
        )
    return price


def _other_study(path: Path, name: str) -> Study:
    """Read the study of the model that would be fine-tuned; its path starts where the file of costs lies."""
    try:
        return read_study(path.parent / name)
    except CurvefitError as error:
        raise InputError(str(error), file=path, field="tuned_study") from error


def _tuned(path: Path, tuned: Study, prompted: Study) -> TunedModel:
    """Return what fine-tuning one model gains over prompting another, on the same task."""
    if tuned.curve.model == prompted.curve.model:
        raise InputError("is of the same model as the study; leave it out", file=path, field="tuned_study")
    try:
        small, big = compare({"tuned": tuned, "prompted": prompted}).studies
    except CurvefitError as error:
        raise InputError(str(error), file=path, field="tuned_study") from error
    if small.fine_tuned is None:
        raise InputError("predicts nothing of fine-tuning; give it --n-train", file=path, field="tuned_study")
    gain = -ladder_step(small, big, small.fine_tuned).difference
    if (cheaper := prompted.advice.cheaper) is not None:
        gain = gain_over_cheaper(gain, cheaper)
    return TunedModel(tuned.curve.model, prompted.within_room(gain), small.fine_tuned.basis)
