"""What fine-tuning changed, as a file the embedded engine reads. Lives here: the only use of the gguf package.

The engine adds the adapter to the very weights it prompts, quantised as they are. So a fine-tuned reply and a prompted
one come from one runtime at one precision, and an adapter that changes nothing changes no reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.errors import ModelUnavailable

__all__ = ["PROJECTIONS", "Adapter", "Architecture", "write_adapter"]

FloatArray = NDArray[np.float32]

# The projections that get an adapter: their names in transformers, and in a GGUF file.
PROJECTIONS: Final[Mapping[str, str]] = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}

# What transformers and GGUF call a family of models: those whose replies were compared
# (`benchmarks.engine.trained_replies`).
_FAMILIES: Final[Mapping[str, str]] = {"gemma3_text": "gemma3", "llama": "llama"}


@dataclass(frozen=True, slots=True)
class Architecture:
    """What must be known of a model to write its adapter.

    Attributes
    ----------
    family : str
        As GGUF names it.
    heads, key_heads : int
        Attention heads of queries and of keys.
    """

    family: str
    heads: int
    key_heads: int

    @classmethod
    def of(cls, model_type: str, heads: int, key_heads: int) -> Architecture:
        """Return the architecture transformers calls so; `ModelUnavailable` where it was never tried."""
        if model_type not in _FAMILIES:
            known = ", ".join(_FAMILIES.values())
            raise ModelUnavailable(f"a {model_type!r} model cannot be fine-tuned here; use one of the kinds {known}")
        return cls(_FAMILIES[model_type], heads, key_heads)


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """Low-rank changes of weights: each is ``(alpha / rank) * b @ a``.

    Attributes
    ----------
    pairs : dict of (int, str) to (array (rank, in), array (out, rank))
        ``a`` and ``b`` by layer and projection, rows in the order of transformers.
    alpha : float
        Scale.
    """

    pairs: Mapping[tuple[int, str], tuple[FloatArray, FloatArray]]
    alpha: float


def write_adapter(path: Path, adapter: Adapter, architecture: Architecture) -> None:
    """Write an adapter as GGUF, half precision; the same bytes for the same adapter.

    Keys and names are those of llama.cpp's own ``convert_lora_to_gguf.py``.
    """
    import gguf

    writer = gguf.GGUFWriter(path, architecture.family)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", adapter.alpha)
    for (layer, projection), (a, b) in sorted(adapter.pairs.items()):
        name = f"blk.{layer}.{PROJECTIONS[projection]}.weight"
        writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(a, dtype=np.float16))
        rows = _as_gguf(b, projection, architecture)
        writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(rows, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _as_gguf(b: FloatArray, projection: str, architecture: Architecture) -> FloatArray:
    """Return rows in GGUF's order: of llama's queries and keys, the halves that rotate together lie side by side."""
    heads = {"q_proj": architecture.heads, "k_proj": architecture.key_heads}.get(projection)
    if architecture.family != "llama" or heads is None:
        return b
    rows, rank = b.shape
    return b.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)
