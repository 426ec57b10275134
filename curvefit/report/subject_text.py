"""What a study is of, in words. Lives here: task, model, and what sets it apart from others of the same two."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from curvefit.command_words import option_values
from curvefit.errors import InputError
from curvefit.measurement.measurement import Measurement
from curvefit.models.redaction import without_keys
from curvefit.plain_text import clean
from curvefit.tasks.documents import ContextChoice
from curvefit.tasks.instructions import INSTRUCTION_FILES

__all__ = ["subject", "what_sets_apart"]

_NAME: Final = 40  # characters of an instruction
_DESCRIPTIONS: Final = (".yaml", ".yml")


def subject(curve: Measurement, *, model: str = "") -> str:
    """Return what was measured: task and model, or another model, and what sets it apart."""
    task, of = clean(curve.task) or "the curve", clean(model or curve.model)
    return ", ".join(filter(None, (f"{task} on {of}" if of else task, what_sets_apart(curve))))


def what_sets_apart(curve: Measurement) -> str:
    """Return which description, instruction and documents were chosen; nothing where these are the task's own.

    Examples
    --------
    >>> from curvefit.report.subject_text import what_sets_apart
    >>> what_sets_apart(cf.read_study("reports/handbook/local-gemma3-270m-retrieved-3").curve)
    'with the 3 most similar documents'
    """
    said = dict(curve.overrides)
    path = PurePath(curve.path)
    own = path.suffix not in _DESCRIPTIONS or path.stem in ("task", curve.task)
    parts = ["" if own else f"by {clean(path.name, longest=_NAME)}"]
    parts.append(f"with the instruction “{_instruction(curve, text)}”" if (text := said.get("instruction")) else "")
    parts.append(_documents(context) if (context := said.get("context")) else "")
    return ", ".join(filter(None, parts))


def _documents(context: str) -> str:
    try:
        choice = ContextChoice.parse(context)
    except InputError:  # of a file that was changed by hand
        return ""
    if choice.source == "retrieved":
        return (
            f"with the {choice.count} most similar documents" if choice.count > 1 else "with the most similar document"
        )
    return "without documents" if choice.source == "none" else "with the right documents"


def _instruction(curve: Measurement, text: str) -> str:
    """Return the name of the file that an instruction came from, else its first words."""
    stated = option_values(curve.command, "--instruction")
    files = [PurePath(word) for word in stated if PurePath(word).suffix.lower() in INSTRUCTION_FILES]
    name = files[0].stem if files and stated[0] != text else text
    return clean(without_keys(name), longest=_NAME)  # of a key that is cut off nobody knows that it is one
