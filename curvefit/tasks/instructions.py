"""Instructions to try, as people and prompt optimisers leave them. Lives here: reading them; none is judged here.

What is read of a ``.json``:

- DSPy (3.4, ``program.save("x.json")``): ``signature.instructions`` of its one predictor. Its demonstrations are left
  out: examples in the prompt come from the task's pool, and are measured by themselves.
- GEPA (0.1, ``GEPAResult.to_dict()``): the one text of the candidate with the best validation score, and that score.
- Opik (opik-optimizer 3.2, ``OptimizationResult.model_dump_json()``): the system message, and its score.

A program of several predictors has several prompts, and none of them is the task's instruction: it is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.plain_text import clean
from curvefit.tasks.record_files import read_text

__all__ = ["INSTRUCTION_FILES", "OWN", "Instruction", "read_instructions"]

OWN: Final = "own"  # stands for the task's own instruction
INSTRUCTION_FILES: Final = (".txt", ".md", ".prompt", ".json")
_LONGEST: Final = 200_000  # characters
_SHOWN: Final = 32  # characters of a text in its name


@dataclass(frozen=True, slots=True)
class Instruction:
    """One text to tell the model first.

    Attributes
    ----------
    name : str
        The file's, without suffix; ``own`` for the task's own. A text from the command line has its first words in
        quotes, and a number where others begin alike.
    text : str or None
        What is told; None: what the task says itself.
    training_score : float or None
        What an optimiser scored it with, on the examples it was chosen by.
    source : str
        What names it on a command line: the path of its file, ``own``, or the text itself.
    label : str
        Its name, without the number that tells it from others that begin alike.
    """

    name: str
    text: str | None
    training_score: float | None = None
    source: str = ""
    label: str = field(default="", compare=False)

    @property
    def is_text(self) -> bool:
        """Whether it is a text from the command line."""
        return self.text is not None and self.source == self.text

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of it beside its accuracy here."""
        if self.training_score is None:
            return ()
        return (f"the instruction's optimiser scored it {self.training_score:.3g} on the examples it was chosen by",)


def read_instructions(values: Sequence[str], hiding: Callable[[str], str] = str) -> tuple[Instruction, ...]:
    """Read what `--instruction` names: texts, files, folders of files, or ``own``.

    A value that is the path of a file or folder is read; ``own`` is the task's own instruction; any other is the text
    itself. `hiding` takes out what no name is to show, such as a key: from the whole text, before it is cut to a name.

    Returns
    -------
    tuple of Instruction
        In that order, those of a folder by name.

    Raises
    ------
    InputError
        A file holds no instruction, or two have one name.

    Examples
    --------
    >>> from curvefit.tasks.instructions import read_instructions
    >>> read_instructions(["own", "Answer with one word."])[1].text
    'Answer with one word.'
    """
    read: list[Instruction] = []
    for value in values:
        path = _path(value)
        if value == OWN:
            read.append(Instruction(OWN, None, source=OWN))
        elif path is None:
            read.append(Instruction(_first_words(hiding(value)), value, source=value))
        elif path.is_dir():
            files = sorted(
                file for file in path.iterdir() if file.is_file() and file.suffix.lower() in INSTRUCTION_FILES
            )
            if not files:
                raise InputError(f"holds no instruction as {', '.join(INSTRUCTION_FILES)}", file=path)
            read += [_of_file(file, hiding) for file in files]
        else:
            read.append(_of_file(path, hiding))
    texts = [each.text for each in read if each.is_text]
    if twice := next((each.name for each in read if each.is_text and texts.count(each.text) > 1), None):
        raise InputError(f"the text {twice} is given twice", field="instruction")
    labels = [each.name for each in read]
    numbers = [
        f" {labels[: place + 1].count(each.name)}" if each.is_text and labels.count(each.name) > 1 else ""
        for place, each in enumerate(read)
    ]
    read = [
        replace(each, name=f"{each.name}{number}", label=each.name) for each, number in zip(read, numbers, strict=True)
    ]
    names = [each.name for each in read]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two are called {twice!r}; rename one", field="instruction")
    return tuple(read)


def _first_words(text: str) -> str:
    """Return how a text begins, in quotes."""
    line = clean(text, longest=_SHOWN)
    whole = line == clean(text, longest=_SHOWN + 1)
    return f"“{line if whole or ' ' not in line else line.rpartition(' ')[0].rstrip(',;:') + '…'}”"


def _path(value: str) -> Path | None:
    """Return what a value names on disk; None where it is a text."""
    if "\n" in value or len(value) > 4096:
        return None
    try:
        path = Path(value)
        there = path.exists()
    except (OSError, ValueError):
        return None
    if not there and path.suffix.lower() in INSTRUCTION_FILES and " " not in value:
        raise InputError("does not exist", file=path)
    return path if there else None


def _of_file(path: Path, hiding: Callable[[str], str]) -> Instruction:
    text = read_text(path)
    score = None
    if path.suffix.lower() == ".json":
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"no valid JSON: {' '.join(str(error).split())[:80]}", file=path) from error
        text, score = _of_optimiser(record, path)
    if not text.strip():
        raise InputError("is empty", file=path)
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST:,} characters", file=path)
    return Instruction(hiding(path.stem), text.strip(), score, str(path))


def _of_optimiser(record: Any, path: Path) -> tuple[str, float | None]:
    if isinstance(record, str):
        return record, None
    if isinstance(record, Mapping):
        if "candidates" in record and "val_aggregate_scores" in record:
            return _of_gepa(record, path)
        if "prompt" in record and "score" in record:
            return _of_opik(record, path)
        programs = [part for part in (record, *record.values()) if isinstance(part, Mapping) and "signature" in part]
        if programs:
            return _of_dspy(programs, path), None
    raise InputError("is no program of DSPy, nor a result of GEPA or Opik; put the instruction into a .txt", file=path)


def _of_dspy(programs: Sequence[Mapping[str, Any]], path: Path) -> str:
    if len(programs) > 1:
        raise InputError(
            f"is a program of {len(programs)} predictors, and a task has one instruction; put it into a .txt", file=path
        )
    signature = programs[0]["signature"]
    return _string(signature.get("instructions") if isinstance(signature, Mapping) else None, path, "instructions")


def _of_gepa(record: Mapping[str, Any], path: Path) -> tuple[str, float | None]:
    candidates, scores = record["candidates"], record["val_aggregate_scores"]
    sound = isinstance(candidates, list) and isinstance(scores, list) and len(candidates) == len(scores) > 0
    numbers = [_score(score) for score in scores] if sound else []
    if not sound or None in numbers:
        raise InputError("must be as many numbers as there are candidates", file=path, field="val_aggregate_scores")
    best = max(range(len(candidates)), key=lambda i: numbers[i] or 0.0)
    texts = candidates[best]
    if not isinstance(texts, Mapping) or len(texts) != 1:
        raise InputError("has several texts, and a task has one instruction; put it into a .txt", file=path)
    return _string(next(iter(texts.values())), path, "candidates"), numbers[best]


def _of_opik(record: Mapping[str, Any], path: Path) -> tuple[str, float | None]:
    prompt: Any = record["prompt"]
    if isinstance(prompt, Mapping) and not {"messages", "system"} & prompt.keys() and len(prompt) == 1:
        prompt = next(iter(prompt.values()))  # a bundle of one
    if isinstance(prompt, Mapping):
        prompt = prompt.get("messages") or [{"role": "system", "content": prompt.get("system")}]
    if isinstance(prompt, str):
        return prompt, _score(record["score"])
    messages = [each for each in prompt if isinstance(each, Mapping)] if isinstance(prompt, list) else []
    system = next((each.get("content") for each in messages if each.get("role") == "system"), None)
    if system is None:
        raise InputError("has no system message, which is the instruction; put it into a .txt", file=path)
    return _string(system, path, "prompt"), _score(record["score"])


def _string(value: Any, path: Path, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("must be a text that is not empty", file=path, field=field)
    return value


def _score(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None
