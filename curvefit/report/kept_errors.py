"""Errors that an older page of a study has. Lives here: one page's part put into another; no study is read."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["with_errors_of"]

_ERRORS: Final = '<details id="errors">'
_FOLD: Final = re.compile(r"<details\b|</details>")
_COUNT: Final = re.compile(r'<h2[^>]*>What it gets wrong</h2>\s*<p>([^<]*)(<a href="#errors">[^<]*</a>)')
# Where a page has the count: in the folded part alone where the first screen has no room, above alone in
# earlier versions.
_WRONG: Final = r"(?:<h2[^>]*>What it gets wrong</h2>\s*<p>|<p>With the prompt to use: )"
# The command of errors.html for all of them, which needs the replies.
_COMMAND: Final = re.compile(r"<p>All of them, [^<]*</p>\s*<pre\b.*?</pre>\s*", re.DOTALL)
_NO_REPLIES: Final = "This page has no replies"
_SUBJECT: Final = re.compile(r'<p class="subject">(.*?)</p>')
# What has to be the same beside that: the prompt to use, and of how many items it misses some.
_SAME: Final = (
    re.compile(r'<dl class="tiles">\s*<div>.*?\) with ([^;<]+)'),
    re.compile(rf"{_WRONG}[\d,]+ of ([\d,]+ items?)"),
)
# How many it misses in at least one draw, where that is folded, and else the one count there is.
_MISSED: Final = (
    re.compile(r"<p>With the prompt to use: [^<]* draws, ([\d,]+) in at least one"),
    re.compile(rf"{_WRONG}([\d,]+) of "),
)
# A page that somebody sent may hold what would lead elsewhere: only what errors.html is made of is taken over.
_TAG: Final = re.compile(r"<([a-z][^\s/>]*)", re.IGNORECASE)
_TAGS: Final = frozenset({
    "dd", "details", "div", "dl", "dt", "form", "h2", "h3", "input", "label", "li", "option", "output", "p", "pre",
    "select", "span", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip


def with_errors_of(old: str, new: str) -> str:
    """Return a page with the errors of an older one, where that has them and they are of the same prompt.

    Without the command that shows all of them, where the page names none: there are no replies for it to show.
    """
    before, after = _COUNT.search(old), _COUNT.search(new)
    if before is None or after is None or _ERRORS not in old:
        return new
    was, now = ("".join(_SUBJECT.findall(text)) for text in (old, new))
    if now != was and not now.startswith(f"{was}, "):  # pages of earlier versions name task and model alone
        return new
    if any(set(same.findall(old)) != set(same.findall(new)) for same in _SAME) or _missed(old) != _missed(new):
        return new
    errors = _errors(old)
    if _NO_REPLIES in errors or not _TAGS.issuperset(_TAG.findall(errors)):
        return new
    now_there = _errors(new)
    if "<pre" not in now_there:  # the replies are gone
        errors = _COMMAND.sub("", errors)
    counted = all(any(map(str.isdigit, each[1])) for each in (before, after))
    aside = before[0] if counted else after[0].replace(after[2], before[2])
    return new.replace(now_there, errors).replace(after[0], aside)


def _missed(text: str) -> set[str]:
    return set(next(filter(None, (count.findall(text) for count in _MISSED)), []))


def _errors(text: str) -> str:
    """Return the part of a page that lists errors, with all that is folded in it; all after it where it has no end."""
    start, depth = text.index(_ERRORS), 0
    for fold in _FOLD.finditer(text, start):
        depth += 1 if fold[0] == "<details" else -1
        if not depth:
            return text[start : fold.end()]
    return text[start:]
