"""Help as it stands on a terminal. Lives here: how lines of it are broken; what they say is the commands' own."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Final

import click

__all__ = ["HelpContext"]


class _Formatter(click.HelpFormatter):
    """Help that fits the terminal: also lines that stand as they are written, and no option's name is broken."""

    _OPTION: Final = re.compile(r"(?<!\w)-+\w[\w-]*")
    _WHOLE: Final = "\0"  # stands for a hyphen at which no line may end

    def write_text(self, text: str) -> None:
        """Write paragraphs; of those behind a ``\\b`` each line by itself."""
        room = self.width - self.current_indent
        paragraphs = (
            "\n".join(fit for line in part.splitlines() for fit in _fitted(line, room)) if part[:1] == "\b" else part
            for part in text.split("\n\n")
        )
        super().write_text(self._whole("\n\n".join(paragraphs)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names, and what they mean."""
        super().write_dl([(name, self._whole(text)) for name, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        """Return what was written."""
        return super().getvalue().replace(self._WHOLE, "-")

    def _whole(self, text: str) -> str:
        return self._OPTION.sub(lambda name: name[0].replace("-", self._WHOLE), text)


def _fitted(line: str, width: int) -> list[str]:
    """Return a line as lines of that width: what explains its first part goes on below that; commands stay whole."""
    parts = re.fullmatch(r"(\s*)(\S.*?)(?:(\s{2,})(\S.*))?", line)
    if len(line) <= width or parts is None:
        return [line]
    indent, said, gap, meaning = parts.groups("")
    at = len(indent) + len(said) + len(gap)
    if not meaning:
        hang = f"{indent}   " if said[:1].isdigit() else indent  # below the text of a numbered line
        return [line] if said.startswith("curvefit ") else _wrapped(said, width, indent, hang)
    if at <= width // 2:
        return _wrapped(meaning, width, f"{indent}{said}{gap}", " " * at)
    return [f"{indent}{said}", *_wrapped(meaning, width, f"{indent}    ", f"{indent}    ")]


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


class HelpContext(click.Context):
    """Of a command whose help fits the terminal."""

    formatter_class = _Formatter
