"""Pictures on a dark page. Lives here: what each colour becomes there; nothing is drawn.

A picture is drawn once. Its colours keep their hue and turn their lightness around, from paper to ink. That is an
affine map, as blending is: pixels that are mapped are those of a picture drawn in dark colours, edges included.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["darkened", "scheme_rules"]

_PAPER: Final = 0x17 / 255  # what white becomes, which is the paper of a dark page
_REACH: Final = 0.94  # of the way from there to white that black goes
_LUMA: Final = np.array([0.213, 0.715, 0.072])  # of red, green and blue, as filters of CSS weigh them
# All that pictures in a page are drawn with: paper, ink, greys, then blue, orange and purple.
_DRAWN: Final = (
    "#ffffff", "#000000", "#1c1c1c", "#6b6b6b", "#e4e4e4", "#dddad4",
    "#0072b2", "#d55e00", "#f7e3d8", "#f3c9ac", "#cc79a7",
)  # fmt: skip


def darkened(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colours `(..., 3)`, each of red, green and blue in [0, 1], as they are on a dark page."""
    turned = colours + 1 - 2 * (colours @ _LUMA)[..., None]
    dark: NDArray[np.float64] = np.clip(_PAPER + _REACH * turned, 0, 1)
    return dark


def scheme_rules() -> str:
    """Return the CSS that gives a drawing's colours their dark ones, where the reader prefers a dark page."""
    rules = [f'[{part}="{colour}"]{{{part}:{_dark(colour)}}}' for colour in _DRAWN for part in ("fill", "stroke")]
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"


def _dark(colour: str) -> str:
    light = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return "#" + "".join(f"{round(255 * part):02x}" for part in darkened(light))
