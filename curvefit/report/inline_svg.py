"""matplotlib's SVG as a part of a page, or as a file. Lives here: text in, text out; nothing is drawn.

A page whose policy names its own styles by their digests shows no ``style`` attribute: what matplotlib says there is
said in attributes of SVG instead. Ids of several pictures of one page must differ.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from html import escape

from curvefit.plain_text import printable
from curvefit.report.dark_palette import scheme_rules

__all__ = ["inlined", "on_page", "pixels_on_page", "with_paper"]

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_STYLES = re.compile(r"<style\b.*?</style>\n?", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\n?", re.DOTALL)
_STYLE = re.compile(r' style="([^"]*)"')
_SIZE = re.compile(r'(<svg [^>]*?) width="[^"]*"|(<svg [^>]*?) height="[^"]*"')
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')
_PLACES = re.compile(r' (?:d|x|y)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_GAP = re.compile(r"\s*\n\s*")
_FONT = re.compile(r"DejaVuSans(-Bold)?-(\w+)")
_LETTER = re.compile(r'<path id="(\w+-[gb]\w+)"[^>]*/>\n')
_EMPTY = re.compile(r"<defs>\s*</defs>\n?")
_BOX = re.compile(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*')


def inlined(svg: str, name: str, label: str, marks: Iterable[tuple[float, float, str]] = ()) -> str:
    """Return a picture as an element of a page: no style, no metadata, ids of its own, one image to a screen reader.

    `svg` is as matplotlib writes it, with text as paths. `name` is what its ids begin with: that of the picture, a
    hyphen, that of the drawing; letters are the picture's. A screen reader says `label`, and a pointer reads the text
    of `marks` (x, y, text), in the units of the picture.
    """
    text = svg[svg.index("<svg") :].rstrip()
    # matplotlib repeats every text in a comment, and some texts are names that nobody vouches for.
    for unwanted in (_COMMENT, _STYLES, _METADATA):
        text = unwanted.sub("", text)
    text = _STYLE.sub(_attributes, text)
    used: dict[str, str] = {}
    for _, old in _REFERENCE.findall(text):
        used.setdefault(old, _own_id(old, name, len(used)))
    text = _ID.sub(lambda m: f' id="{used[m[1]]}"' if m[1] in used else "", text)
    text = _REFERENCE.sub(lambda m: f"{m[1]}{used[m[2]]}", text)
    # Hundredths of a point are finer than any screen, and a page may hold four drawings.
    text = _PLACES.sub(lambda m: _LONG.sub(_rounded, _GAP.sub(" ", m[0])).replace(' "', '"'), text)
    text = _EMPTY.sub("", _GAP.sub("\n", text))
    for _ in range(2):
        text = _SIZE.sub(lambda m: m[1] or m[2], text, count=1)
    text = text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
    pointed = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" pointer-events="all">'
        f"<title>{escape(printable(said))}</title></circle>"
        for x, y, said in marks
    )
    return text.removesuffix("</svg>") + f"{pointed}</svg>\n"


def on_page(page: str, axis: str, broad: str, slim: str) -> str:
    """Return a page's drawings and two more, for wide and for narrow pages; only those of the first axis are seen.

    The page has each letter once: it is shown in a drawing whether or not the one that defines it is.
    """
    shown = f'<div class="broad">{broad}</div><div class="slim">{slim}</div>'
    text = f'{page}<div class="drawing" data-axis="{axis}"{" hidden" if page else ""}>{shown}</div>\n'
    seen = set[str]()

    def once(letter: re.Match[str]) -> str:
        known = letter[1] in seen
        seen.add(letter[1])
        return "" if known else letter[0]

    return _EMPTY.sub("", _LETTER.sub(once, text))


def pixels_on_page(png: bytes, label: str) -> str:
    """Return a PNG as an element of a page, which scrolls where the page is narrow."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    image = f'<img alt="{escape(label)}" src="{source}">'
    return f'<div class="picture" tabindex="0" role="region" aria-label="{escape(label)}">{image}</div>\n'


def with_paper(inline: str) -> str:
    """Return `inlined` as a file of its own: with a size, paper behind it, and dark colours for who prefers those."""
    opened = _BOX.match(inline)
    if opened is None:
        raise ValueError("a drawing without a size")
    width, height = (float(points) * 96 / 72 for points in opened.groups())
    paper = f"<style>{scheme_rules()}</style>" + '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'{opened[0]} width="{width:g}" height="{height:g}">{paper}{inline[opened.end() + 1 :]}'


def _own_id(old: str, name: str, number: int) -> str:
    letter = _FONT.fullmatch(old)
    if letter is None:
        return f"{name}-{number}"
    return f"{name.partition('-')[0]}-{'b' if letter[1] else 'g'}{letter[2]}"


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _attributes(match: re.Match[str]) -> str:
    pairs = (part.partition(":") for part in match[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)
