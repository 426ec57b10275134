"""Our own JSON files as typed records. Lives here: the only use of pydantic, kinds of numbers, refusals in a line.

A record says of every field what it may be, and is both the check and the JSON Schema of a file. Which fields a file
has stands where its contents are known. Loading this takes a tenth of a second, so that it is imported where a file is
read, and never with the package.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from curvefit.errors import InputError
from curvefit.own_files import NO_FILE, is_endless

__all__ = [
    "AliasChoices",
    "Amount",
    "BeforeValidator",
    "Change",
    "Count",
    "EstimateRecord",
    "Field",
    "IntervalRecord",
    "Positive",
    "Record",
    "Seed",
    "Share",
    "checked_record",
    "checked_value",
    "json_schema",
    "read_record",
]

_MOST: Final = 10**15  # of anything counted; the next doublings are still whole numbers to a float

Count = Annotated[int, Field(ge=0, le=_MOST)]
Positive = Annotated[int, Field(ge=1, le=_MOST)]
Seed = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Change = Annotated[float, Field(ge=-1, le=1, description="A change of accuracy.")]
Amount = Annotated[float, Field(ge=0, le=_MOST)]


class Record(BaseModel):
    """An object in a file: numbers are finite and no text, whole ones whole; fields that are not known are let be."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


class IntervalRecord(Record):
    """A change of accuracy with an interval around it."""

    value: Change
    low: Change
    high: Change

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value!r} does not lie between {self.low!r} and {self.high!r}")
        return self


class EstimateRecord(IntervalRecord):
    """A change of accuracy, an interval around it, and how surely that holds the truth."""

    level: Share


R = TypeVar("R", bound=Record)
T = TypeVar("T")

# What pydantic's kinds of faults ask for, in plain words; of others its own words are taken.
_NEEDED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "bool_type": lambda _: "true or false",
    "dict_type": lambda _: "an object",
    "finite_number": lambda _: "a number",
    "float_type": lambda _: "a number",
    "greater_than_equal": lambda limits: f"at least {limits['ge']:g}",
    "int_type": lambda _: "a whole number",
    "less_than_equal": lambda limits: f"at most {limits['le']:g}",
    "list_type": lambda _: "a list",
    "literal_error": lambda limits: limits["expected"],
    "model_type": lambda _: "an object",
    "string_type": lambda _: "a text",
    "too_short": lambda limits: f"at least {limits['min_length']} of them",
}


def read_record(path: Path, kind: type[R], schema: str, expected: str) -> R:
    """Read a file of ours.

    `schema` is what its field of that name has to say, and `expected` what to tell somebody who gave another file.

    Raises
    ------
    InputError
        It cannot be read, or is none; names file and field, and says what is needed.
    """
    try:
        if is_endless(path):
            raise InputError(f"{NO_FILE}; {expected}", file=path)
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{error.strerror or error}; {expected}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"no valid JSON: {error}; {expected}", file=path) from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != schema:
        why = expected if found is None else "made by another version or program"
        raise InputError(f"{found!r:.60} is not {schema}; {why}", file=path, field="schema")
    return checked_record(kind, content, file=path)


def checked_record(kind: type[R], content: object, *, file: Path | None = None, within: str = "") -> R:
    """Return what JSON holds as a record.

    `content` is as `json.loads` returns it; `file` and `within` are the file and the field it is from.

    Raises
    ------
    InputError
        It is none; names file and field, and says what is needed.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise _refusal(error, file, within) from error


def checked_value(kind: type[T], content: str | bytes) -> T:
    """Return JSON text as a dataclass whose fields are numbers, texts and tuples or dataclasses of them.

    Raises
    ------
    InputError
        It is none; names the field, and says what is needed.
    """
    try:
        return TypeAdapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        raise _refusal(error, None, "") from error


def json_schema(kind: type[Record], title: str) -> str:
    """Return the JSON Schema (2020-12) of a record as text, for programs in other languages."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema(), "title": title}
    return json.dumps(schema, indent=1) + "\n"


def _refusal(error: ValidationError, file: Path | None, within: str) -> InputError:
    """Return the first fault as one line."""
    fault = error.errors(include_url=False)[0]
    field = within
    for step in fault["loc"]:
        field += f"[{step}]" if isinstance(step, int) else f".{step}"
    return InputError(_problem(fault), file=file, field=field.removeprefix(".") or None)


def _problem(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "missing":
        return "is missing"
    limits = fault.get("ctx", {})
    if fault["type"] == "value_error":
        return str(limits["error"])
    if fault["type"] == "json_invalid":
        return f"no valid JSON: {limits['error']}"
    needed = _NEEDED.get(fault["type"])
    wanted = needed(limits) if needed else fault["msg"].removeprefix("Input should be ")
    return f"{fault['input']!r:.60} cannot be used; needs {wanted}"
