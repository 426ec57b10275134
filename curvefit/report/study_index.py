"""All studies under a folder. Lives here: files found and read, each a row, also one that cannot be read."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from curvefit.curves.curve import Estimate
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import InputError
from curvefit.models.base import Usage
from curvefit.payoff.comparison import without_optimism
from curvefit.payoff.predictor import Probed
from curvefit.plain_text import clean
from curvefit.report.answer_text import lacks_evidence, ship_sentence
from curvefit.report.comparison_report import COMPARISON_SCHEMA
from curvefit.report.cost_text import money_in_short
from curvefit.report.first_screen import made_up_models
from curvefit.report.payoff_text import examples_in
from curvefit.report.probe_reader import concluded_with_probe_beside, read_probe_record
from curvefit.report.study_reader import open_study
from curvefit.report.subject_text import what_sets_apart
from curvefit.report.training_text import measured_words
from curvefit.report.trend_text import trend_with_chance
from curvefit.report.validated import NOT_OF_THESE, gain_of, read_validation_record
from curvefit.report.wording import best_of, counted, with_interval
from curvefit.study import Study
from curvefit.trials.journal import last_reply
from curvefit.workflows.known_items import TasksOfItems

__all__ = ["IndexedResult", "IndexedStudy", "StudyIndex", "read_index"]

ResultKind = Literal["probe", "validation", "comparison"]
Standing = Literal["open", "likely pays", "settled"]

# By the decision on fine-tuning, in the order in which a reader wants them.
_STANDINGS: Final[dict[str, Standing]] = {"open": "open", "pays": "likely pays", "does not pay": "settled"}


@dataclass(frozen=True, slots=True)
class IndexedResult:
    """What a probe, a validation or a comparison came to.

    Attributes
    ----------
    kind : "probe", "validation" or "comparison"
        What it is.
    file : Path
        Its JSON file.
    task, model : str
        Of what; empty for a comparison, which may be of several.
    text : str
        What came of it, in words.
    gain : Estimate or None
        Of fine-tuning, over the best prompt, without the optimism of that, as its own page has it. None for a
        comparison.
    usd : float or None
        What its calls and trainings took; None where not known, and for a comparison.
    trained : tuple of str
        The models that a probe had its provider train.
    n_train : int or None
        Examples that a probe trained on: as many as its study counts it for, else the most; None for another.
    """

    kind: ResultKind
    file: Path
    task: str
    model: str
    text: str
    gain: Estimate | None = None
    n_train: int | None = None
    usd: float | None = None
    trained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexedStudy:
    """What a study said, and what came of it.

    Attributes
    ----------
    file : Path
        Its study.json.
    written : float
        When that file was changed, which a copy is too: seconds since 1970.
    measured : float or None
        When the last of its replies came, by the journal beside it; None where there is none.
    task, model : str
        What was measured.
    answer : str
        What to ship, and whether to fine-tune: a sentence.
    pays : float
        Probability that fine-tuning gains more than the margin: of the user's own as measured, else as predicted; NaN
        where neither is known.
    margin : float
        The smallest gain worth having.
    lacks_evidence : bool
        Whether that is sure, but rests on too few cases to decide by.
    action : str
        The code of that advice.
    next_step : str
        The code of the step that the report prints first; empty where there is none.
    money : str
        When it pays in money at these costs, in a few words; empty without costs.
    standing : "open", "likely pays" or "settled"
        Whether fine-tuning, or what prompt to ship, is still to be decided on; whether fine-tuning likely pays; or
        neither.
    best : Estimate
        Accuracy of the best prompt.
    prompt : str
        Which examples that shows, in words.
    trend : str
        The verdict on the curve, in words.
    usage : Usage
        What it took.
    probes : tuple of Probed
        The probes that count in all this.
    own : ValidatedTraining or None
        The user's own fine-tuned model that decides; None where none was measured.
    on_fewer : bool
        Whether that was trained on far fewer examples than are asked about.
    validated : tuple of str
        The names of all that count.
    left_out : str
        Why the probe in the same folder does not count in all this; empty where it does, or there is none.
    apart : str
        What sets it apart from others of this task and model: its instruction, its documents.
    needs_search : bool
        Whether it was shown the right documents, which in use have to be searched.
    results : tuple of IndexedResult
        Probes and validations in the same folder.
    """

    file: Path
    written: float
    task: str
    model: str
    answer: str
    pays: float
    margin: float
    lacks_evidence: bool
    action: str
    next_step: str
    standing: Standing
    best: Estimate
    prompt: str
    trend: str
    usage: Usage
    probes: tuple[Probed, ...] = ()
    own: ValidatedTraining | None = None
    on_fewer: bool = False
    validated: tuple[str, ...] = ()
    left_out: str = ""
    apart: str = ""
    needs_search: bool = False
    results: tuple[IndexedResult, ...] = ()
    money: str = ""
    measured: float | None = None

    @property
    def date(self) -> float:
        """When it was measured; where that is not known, when its file was changed."""
        return self.written if self.measured is None else self.measured


@dataclass(frozen=True, slots=True)
class StudyIndex:
    """All that was found under a folder.

    Attributes
    ----------
    folder : Path
        Where.
    studies : tuple of IndexedStudy
        Open decisions first, then where fine-tuning likely pays, then what is settled, each by task, model and path; or
        the newest first.
    others : tuple of IndexedResult
        Comparisons, and what stands beside no study.
    problems : tuple of InputError
        Files and folders that could not be read; each says which and why.
    newest : bool
        Whether the newest comes first.
    """

    folder: Path
    studies: tuple[IndexedStudy, ...] = ()
    others: tuple[IndexedResult, ...] = ()
    problems: tuple[InputError, ...] = field(default=())
    newest: bool = False


def read_index(
    folder: str | Path, *, newest: bool = False, progress: Callable[[int, int], None] | None = None
) -> StudyIndex:
    """Read all studies under a folder, with what stands beside them; a file that is broken does not stop the rest.

    It is searched at any depth, without hidden folders and linked ones. With `newest`, what was measured last comes
    first, instead of open decisions. `progress` is called with the files read and all files.

    Raises
    ------
    InputError
        The folder is not there, or nothing under it is of curvefit.

    Examples
    --------
    >>> from curvefit.report.study_index import read_index
    >>> [(study.model, study.standing) for study in read_index("reports/tickets").studies]
    [('local/smollm2-135m', 'likely pays'), ('local/gemma3-270m', 'settled')]
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("is no folder; a folder with studies is expected, which curvefit run writes", file=folder)
    problems: list[InputError] = []
    files = list(_files(folder, problems))
    studies: list[IndexedStudy] = []
    results: list[IndexedResult] = []
    for done, file in enumerate(files):
        if progress is not None:
            progress(done, len(files))
        try:
            read = next(reader for name, reader in _READERS.items() if file.match(name))(file)
        except InputError as error:
            problems.append(InputError(error.problem, file=file, field=error.field))
            continue
        if isinstance(read, IndexedStudy):
            studies.append(read)
        else:
            results.append(read)
    if progress is not None and files:
        progress(len(files), len(files))
    if not files and not problems:
        raise InputError("no study is under it; make one with: curvefit run TASK", file=folder)
    places = {study.file.parent for study in studies}
    beside = [result for result in results if result.kind != "comparison" and result.file.parent in places]
    studies = [
        replace(study, results=tuple(_seen_by(study, each) for each in beside if each.file.parent == study.file.parent))
        for study in studies
    ]
    order = list(_STANDINGS.values())
    studies.sort(key=lambda study: (order.index(study.standing), study.task, study.model, str(study.file)))
    if newest:
        studies.sort(key=lambda study: -study.date)
    others = tuple(result for result in results if result not in beside)
    return StudyIndex(folder, tuple(studies), others, tuple(problems), newest)


def _files(folder: Path, problems: list[InputError]) -> Iterator[Path]:
    """Yield the files that have a name of ours, in a fixed order."""

    def refused(error: OSError) -> None:
        problems.append(InputError(error.strerror or str(error), file=Path(str(error.filename))))

    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in (Path(place, name) for name in sorted(names)):
            if any(file.match(name) for name in _READERS):
                yield file


def _seen_by(study: IndexedStudy, result: IndexedResult) -> IndexedResult:
    """Return a result as the study beside it has it: of the training that counts there, or why it does not."""
    own = study.own
    if result.kind == "validation" and own is not None and own.model == result.model:
        return replace(result, text=_came(own, study.margin), gain=own.gain)
    if result.kind == "validation" and result.model not in study.validated:
        return replace(result, text=f"{result.text}; {NOT_OF_THESE}")
    if result.kind != "probe":
        return result
    if study.left_out:
        return replace(result, text=f"{result.text}; left out of the answer: {study.left_out}")
    counted_there = next((probe for probe in reversed(study.probes) if probe.model == result.model), None)
    if counted_there is None or result.gain is None:
        return result
    n, gain = counted_there.n_train, result.gain
    if n != result.n_train:
        gain = counted_there.gain_without_optimism
    return replace(result, **_trained(n, gain, "its own best prompt"))


def _standing(study: Study) -> Standing:
    unpaid = study.money_back in ("never", "likely never", "hardly")
    if study.paid_in_money is not None and study.advice.training == "does not pay":
        return "likely pays"
    standing = "settled" if unpaid or study.advice.ships == "fine-tuned" else _STANDINGS[study.advice.training]
    doubt = study.money_doubt or study.money_beside in ("gain", "ranges")
    return "open" if doubt or (standing == "settled" and study.advice.ships == "nothing") else standing


def _trend(study: Study) -> str:
    if study.has_forecast:
        return trend_with_chance(study.verdict)
    return "open: most replies were cut off" if study.curve.mostly_cut_off else "one number of shots: no curve"


def _pays(study: Study) -> float:
    """Return the chance that fine-tuning pays: as measured, else as predicted; NaN where neither was, or counts yet."""
    if (own := study.best_validated) is not None:
        return own.chance(study.margin)
    return math.nan if study.judged_payoff is None else study.judged_payoff.probability


def _study(file: Path) -> IndexedStudy:
    study, left_out = concluded_with_probe_beside(open_study(file))
    own = study.best_validated
    return IndexedStudy(
        file=file,
        written=file.stat().st_mtime,
        task=study.curve.task,
        model=study.curve.model,
        answer=ship_sentence(study),
        pays=_pays(study),
        margin=study.margin,
        lacks_evidence=bool(lacks_evidence(study)),
        action=study.advice.action,
        next_step=next((step.code for step in study.advice.next_steps), ""),
        standing=_standing(study),
        money=money_in_short(study),
        best=study.best.accuracy,
        prompt=examples_in(study.best),
        trend=_trend(study),
        usage=study.curve.usage,
        probes=() if study.payoff is None else study.payoff.probes,
        own=own,
        on_fewer=own is not None and own.on_fewer(study.payoff),
        validated=tuple(each.model for each in study.validated),
        left_out=clean(left_out, longest=600),
        apart=what_sets_apart(study.curve),
        needs_search=TasksOfItems().needs_search(study.curve),
        measured=last_reply(file.with_name("journal.sqlite"), study.curve.task, study.curve.model),
    )


def _probe(file: Path) -> IndexedResult:
    record = read_probe_record(file)
    most = record.gain[-1]
    measured = Estimate(most.value, most.low, most.high, record.level)
    gain = without_optimism(measured, math.nan if record.optimism is None else record.optimism)
    if (fair := record.gain_without_optimism) is not None and None not in (fair.value, fair.low, fair.high):
        gain = Estimate(fair.value, fair.low, fair.high, record.level)
    trained = tuple(str(unit.get("asked_as", "")) for unit in record.units if isinstance(unit, dict))
    # Earlier versions did not say: made here it was free, at a provider nobody knows.
    here = not any(trained)
    usd = (0.0 if here else None) if record.paid is None else record.paid.usd
    came = _trained(most.n_train, gain, "the best prompt")
    return IndexedResult("probe", file, record.task, record.model, **came, usd=usd, trained=trained)


def _trained(n_train: int, gain: Estimate, over: str) -> dict[str, Any]:
    """Return what a fine-tuning came to, as an `IndexedResult` has it."""
    text = f"fine-tuned on {counted(n_train, 'example')}: {with_interval(gain)} over {over}"
    return {"text": text, "gain": gain, "n_train": n_train}


def _validation(file: Path) -> IndexedResult:
    record = read_validation_record(file)
    gain = gain_of(record)
    tuned = ValidatedTraining(record.fine_tuned_model, None, gain, gain)
    came, usd = _came(tuned, record.margin), record.usage.usd if record.usage.calls else 0.0
    return IndexedResult("validation", file, record.task, tuned.model, came, gain, usd=usd)


def _came(own: ValidatedTraining, margin: float) -> str:
    """Return what came of a fine-tuned model that was measured."""
    picked = f", {words}" if (words := best_of(own.picked_from)) else ""
    return f"{clean(own.model)}: {measured_words(own, margin)}: {with_interval(own.gain)} over the best prompt{picked}"


def _comparison(file: Path) -> IndexedResult:
    from curvefit.records import read_record
    from curvefit.report.schemas import ComparisonDocument

    expected = "a comparison is expected, as curvefit compare --out writes it"
    record = read_record(file, ComparisonDocument, COMPARISON_SCHEMA, expected)
    said = record.choice.text if record.choice is not None else " ".join(pair.text for pair in record.pairs)
    said = " ".join([*made_up_models(study.model for study in record.studies), said])
    return IndexedResult("comparison", file, "", "", clean(said, longest=400))


_READERS: Final[dict[str, Callable[[Path], IndexedStudy | IndexedResult]]] = {
    "study.json": _study,
    "probe.json": _probe,
    "validation-*.json": _validation,
    "comparison.json": _comparison,
}
