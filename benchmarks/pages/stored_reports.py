"""The pages and pictures of the studies under reports/, and comparisons of them, made again by today's rules.

What the prompt gets wrong stays as the page has it, which was made where the replies were: their journals are not kept.
`study.json` stays as it was measured and predicted.

Run: make pages, or python -m benchmarks.pages.stored_reports; it writes report.html and curve.svg of each.
"""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

from benchmarks.paths import REPORTS, ROOT
from curvefit.cli.main import cli
from curvefit.report.figure import frontier_pictures, pictures
from curvefit.report.kept_errors import with_errors_of
from curvefit.report.page import page
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.study_reader import open_study


def _remake(folder: Path) -> None:
    study, problem = concluded_with_probe_beside(open_study(folder))
    if problem:
        raise SystemExit(f"{folder}: {problem}")
    drawn, beside = pictures(study), frontier_pictures(study.candidates)
    where = folder.relative_to(ROOT).as_posix()
    text = page(study, drawn.page, where, beside.page if beside else "")
    file = folder / "report.html"
    file.write_text(with_errors_of(file.read_text(encoding="utf-8"), text), encoding="utf-8")
    (folder / "curve.svg").write_text(drawn.svg, encoding="utf-8")


def main() -> None:
    """Make them all again."""
    for study in sorted(REPORTS.glob("*/*/study.json")):
        _remake(study.parent)
    with chdir(ROOT):  # pages name studies as they were named
        for folder in sorted(page.parent.relative_to(ROOT) for page in REPORTS.glob("*/comparison.html")):
            studies = sorted(study.parent for study in folder.glob("*/study.json"))
            cli.main(["compare", *map(str, studies), "--out", str(folder), "--json"], standalone_mode=False)


if __name__ == "__main__":
    main()
