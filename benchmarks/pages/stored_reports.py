"""The pages and pictures of the studies under reports/, made again by today's rules.

What the prompt gets wrong stays as the page has it, which was made where the replies were: their journals are not kept.
`study.json` stays as it was measured and predicted.

Run: make pages, or python -m benchmarks.pages.stored_reports; it writes report.html and curve.svg of each.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from benchmarks.paths import REPORTS, ROOT
from curvefit.report.figure import frontier_pictures, pictures
from curvefit.report.page import page
from curvefit.report.probe_report import concluded_with_probe_beside
from curvefit.report.study_reader import open_study
from curvefit.report.training_bars import picture_with
from curvefit.report.validated import validated_beside

__all__ = ["with_errors_of"]

_ERRORS: Final = '<details id="errors">'
_FOLD: Final = re.compile(r"<details\b|</details>")
_COUNT: Final = re.compile(r"<h2[^>]*>What it gets wrong</h2>\s*<p>[^<]*<a [^>]*>[^<]*</a>")
_MISSED: Final = re.compile(r"[\d,]+ of [\d,]+ items?")
_NO_REPLIES: Final = "This page has no replies"


def with_errors_of(old: str, new: str) -> str:
    """Return a page with the errors of an older one, where that has them and they are of the same prompt."""
    before, after = _COUNT.search(old), _COUNT.search(new)
    if before is None or after is None or _NO_REPLIES in _errors(old):
        return new
    if _MISSED.findall(before[0]) != _MISSED.findall(after[0]):
        return new  # another prompt is advised now
    return new.replace(_errors(new), _errors(old)).replace(after[0], before[0])


def _errors(text: str) -> str:
    """Return the part of a page that lists errors, with all that is folded in it."""
    start, depth = text.index(_ERRORS), 0
    for fold in _FOLD.finditer(text, start):
        depth += 1 if fold[0] == "<details" else -1
        if not depth:
            return text[start : fold.end()]
    raise ValueError("a page whose errors have no end")


def _remake(folder: Path) -> None:
    study, problem = concluded_with_probe_beside(open_study(folder))
    if problem:
        raise SystemExit(f"{folder}: {problem}")
    validated = validated_beside(folder, study.curve)
    drawn, beside = pictures(picture_with(study, validated)), frontier_pictures(study.candidates)
    where = folder.relative_to(ROOT).as_posix()
    text = page(study, drawn.page, where, beside.page if beside else "", None, validated)
    file = folder / "report.html"
    file.write_text(with_errors_of(file.read_text(encoding="utf-8"), text), encoding="utf-8")
    (folder / "curve.svg").write_text(drawn.svg, encoding="utf-8")


def main() -> None:
    """Make them all again."""
    for study in sorted(REPORTS.glob("*/*/study.json")):
        _remake(study.parent)


if __name__ == "__main__":
    main()
