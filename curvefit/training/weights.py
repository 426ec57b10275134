"""A packaged model's weights, dequantised. Lives here: conversion for training, and what it needs installed."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from curvefit.errors import ModelUnavailable
from curvefit.own_files import write_whole

__all__ = ["INSTALL", "available", "convert", "quietly", "require"]

INSTALL: Final = "pip install 'curvefit[probe]'"  # what fine-tuning on this machine needs

_NEEDED: Final = ("torch", "transformers", "gguf", "accelerate")
_OF_FILE: Final = {"quantization_config", "_name_or_path", "_model_name_or_path"}  # settings of a quantised file


def available() -> bool:
    """Whether all that fine-tuning needs is installed; loads none of it."""
    return all(find_spec(name) is not None for name in _NEEDED)


def require() -> None:
    """Raise `ModelUnavailable` where something that fine-tuning needs is not installed."""
    if not available():
        raise ModelUnavailable(f"fine-tuning here needs {', '.join(_NEEDED)}; run: {INSTALL}")


@contextmanager
def quietly() -> Iterator[None]:
    """Keep training's libraries from the network, and what they print while loading from the screen.

    Raises
    ------
    ModelUnavailable
        They are not installed.
    """
    require()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # Teams of threads that spin while they wait would take the cores from the engine's, which runs in between.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries tell each other about their futures
        yield


def convert(file: Path, folder: Path, precision: str = "float32") -> Path:
    """Dequantise a GGUF model into a folder that transformers loads at once, unless it is there already.

    Kept in the `precision` it is trained in: what is read is then what is held, and no copy is made of it.

    The folder appears when it is complete, so that interrupted or simultaneous conversions do no harm.

    Raises
    ------
    ModelUnavailable
        The extra is not installed, the model is of a kind transformers cannot read, or there is no room for it.
    """
    if folder.is_dir():
        return folder
    with quietly():
        from transformers import AutoModelForCausalLM

        try:
            read = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=precision)
        except (ValueError, KeyError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise ModelUnavailable(f"transformers cannot read {file}: {reason}; use a llama or gemma3 model") from error
        # Its settings say it is quantised, which it no longer is, and such a model refuses to be saved.
        kept = {key: value for key, value in read.config.to_dict().items() if key not in _OF_FILE}
        plain = type(read)(type(read.config).from_dict(kept)).to(read.dtype)
        plain.load_state_dict(read.state_dict(), strict=True)
        plain.tie_weights()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with write_whole(folder) as scratch:
                plain.save_pretrained(scratch)
        except OSError as error:
            raise ModelUnavailable(
                f"cannot keep converted weights in {folder.parent}: {error.strerror or error};"
                " free some room or set CURVEFIT_CACHE to another folder"
            ) from error
    return folder
