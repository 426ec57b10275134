"""matplotlib's SVG as a part of a page. Lives here: text in, text out; nothing is drawn.

A page whose policy names its own styles by their digests shows no ``style`` attribute: what matplotlib says there is
said in attributes of SVG instead. Ids of several pictures of one page must differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from curvefit.report.wording import printable

__all__ = ["inlined"]

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_STYLES = re.compile(r"<style\b.*?</style>\n?", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\n?", re.DOTALL)
_STYLE = re.compile(r' style="([^"]*)"')
_SIZE = re.compile(r'(<svg [^>]*?) width="[^"]*"|(<svg [^>]*?) height="[^"]*"')
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')


def inlined(svg: str, name: str, label: str, marks: Iterable[tuple[float, float, str]] = ()) -> str:
    """Return a picture as an element of a page: no style, no metadata, ids of its own, one image to a screen reader.

    Parameters
    ----------
    svg : str
        As matplotlib writes it, with text as paths.
    name : str
        What its ids begin with.
    label : str
        What a screen reader says.
    marks : iterable of (x, y, text)
        What a pointer reads there, in the units of the picture.
    """
    text = svg[svg.index("<svg") :].rstrip()
    # matplotlib repeats every text in a comment, and some texts are names that nobody vouches for.
    for unwanted in (_COMMENT, _STYLES, _METADATA):
        text = unwanted.sub("", text)
    text = _STYLE.sub(_attributes, text)
    used = {found[1] for found in _REFERENCE.findall(text)}
    text = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = _REFERENCE.sub(lambda m: f"{m[1]}{name}-{m[2]}", text)
    for _ in range(2):
        text = _SIZE.sub(lambda m: m[1] or m[2], text, count=1)
    text = text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
    pointed = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" pointer-events="all">'
        f"<title>{escape(printable(said))}</title></circle>"
        for x, y, said in marks
    )
    return text.removesuffix("</svg>") + f"{pointed}</svg>\n"


def _attributes(match: re.Match[str]) -> str:
    pairs = (part.partition(":") for part in match[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)
