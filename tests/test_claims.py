"""The page of claims: each row is of one of four kinds, and what it names exists and has its figures."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.payoff.table import read
from curvefit.cli.main import _COMMANDS, cli

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "claims.md"
KINDS = ("feature", "measured", "advice", "not a goal")
FIGURE = re.compile(r"(?<![\w.-])−?\d+(?:\.\d+)?(?![\w.-]*[a-z_])")


class Row(NamedTuple):
    claim: str
    what: str
    where: str

    @property
    def kind(self) -> str:
        found = re.match(r"\*\*(.+?)\*\*: ", self.what)
        return found[1] if found else ""

    @property
    def files(self) -> list[Path]:
        return [(PAGE.parent / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)]+)\)", self.where)]

    @property
    def command(self) -> str:
        found = re.fullmatch(r"`(curvefit .+)`", self.where)
        return found[1] if found else ""


def rows_of(text: str) -> list[Row]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert {len(row) for row in cells} == {3}
    return [Row(*row) for row in cells if row[0] != "claim"]


ROWS = rows_of(PAGE.read_text(encoding="utf-8"))


def problem(row: Row) -> str:
    """What is wrong with a row; empty where nothing is."""
    if row.kind not in KINDS:
        return "is of no kind"
    if not re.search(r"\((?:T \d+:\d\d|H|S)\)$", row.claim):
        return "names no document"
    if row.command:
        name, *arguments = shlex.split(row.command)[1:]
        if name not in _COMMANDS:
            return f"names no command: {name}"
        if lost := [word for word in arguments if word.startswith("sample_tasks/") and not (ROOT / word).exists()]:
            return f"names no sample task: {lost}"
        cli.get_command(None, name).make_context(name, arguments).close()
    elif not row.files or not all(file.is_file() for file in row.files):
        return "names neither a command nor a file that exists"
    if row.kind == "measured":
        if row.command or not figures(row):
            return "was measured and names no report, or no figure"
        told = " ".join(file.read_text(encoding="utf-8") for file in row.files)
        missing = [
            figure for figure in figures(row) if not re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d]|\.\d)", told)
        ]
        if missing:
            return f"has figures that its report has not: {missing}"
    return ""


def figures(row: Row) -> list[str]:
    """Figures of a row, without its bare words in code."""
    return FIGURE.findall(re.sub(r"`[^`]*`", "", row.what))


@pytest.mark.parametrize("row", ROWS, ids=[row.claim for row in ROWS])
def test_every_claim_has_a_kind_a_document_and_something_that_exists(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert problem(row) == ""


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (Row("A claim (H)", "**wish**: one day", "[cost.md](cost.md)"), "is of no kind"),
        (Row("A claim", "**advice**: do", "[cost.md](cost.md)"), "names no document"),
        (Row("A claim (T 24:54)", "**feature**: it", "`curvefit dream TASK`"), "names no command: dream"),
        (
            Row("A claim (S)", "**feature**: it", "`curvefit run sample_tasks/gone`"),
            "names no sample task: ['sample_tasks/gone']",
        ),
        (Row("A claim (S)", "**feature**: it", "[gone](gone.md)"), "names neither a command nor a file that exists"),
        (
            Row("A claim (S)", "**measured**: 1%", "`curvefit check TASK`"),
            "was measured and names no report, or no figure",
        ),
        (
            Row("A claim (S)", "**measured**: it is so", "[rules](../reports/rules.md)"),
            "was measured and names no report, or no figure",
        ),
        (
            Row("A claim (S)", "**measured**: 60% of 86.5 `k2`", "[rules](../reports/rules.md)"),
            "has figures that its report has not: ['86.5']",
        ),
    ],
)
def test_a_row_that_holds_nothing_is_found(row, wrong):
    assert problem(row) == wrong


def test_no_claim_is_there_twice():
    assert Counter(row.claim for row in ROWS).most_common(1)[0][1] == 1


def test_the_first_sentence_counts_the_rows_by_kind():
    count = Counter(row.kind for row in ROWS)
    feature, measured, advice, not_a_goal = (count[kind] for kind in KINDS)
    first = " ".join(PAGE.read_text(encoding="utf-8").split("\n\n")[1].split())
    assert first == (
        f"Of {len(ROWS)} claims, curvefit has a feature for {feature}, a measured result for {measured}, advice for"
        f" {advice}, and {not_a_goal} are stated not to be its goal."
    )


def test_the_smaller_model_gained_more_as_often_as_is_said():
    last: dict[tuple[str, str], tuple[int, float]] = {}
    for row in read(ROOT / "reports" / "payoff" / "laboratory.csv"):
        if row.way == "gain" and row.n > last.get((row.task, row.model), (0, 0.0))[0]:
            last[row.task, row.model] = (row.n, round(row.value, 3))
    both = [task for task, model in last if "gemma" in model and (task, "local/smollm2-135m") in last]
    more = [last[task, "local/smollm2-135m"][1] - last[task, "local/gemma3-270m"][1] for task in both]
    [said] = [row.what for row in ROWS if row.claim.startswith("Training helps small models")]
    assert f"in {sum(m > 0 for m in more)} of {len(both)}, and less in {sum(m < 0 for m in more)}" in said


def test_intervals_hold_as_often_as_is_said_by_the_tables():
    def read_from(page):
        return (ROOT / page).read_text(encoding="utf-8")

    table = read_from("reports/verdicts.md").partition("90% intervals of points")[2]
    rows = re.findall(r"^ +(?:30|100) +(\d)((?: +\d+ \([\d.]+\)){5})$", table, re.MULTILINE)
    held = {
        of: [int(share) for draws, cells in rows if draws in of for share in re.findall(r"(\d+) \(", cells)]
        for of in ("135", "1")
    }
    assert len(held["135"]) == 30
    page = " ".join(read_from("docs/how-good.md").split())
    assert f"{min(held['135'])} to {max(held['135'])}% do, [simulated](../reports/verdicts.md#the-long-table)" in page
    assert f"{min(held['1'])} to {max(held['1'])}% do where draws are alike" in page

    models = [float(share) for share in re.findall(r"\| two models \| ([\d.]+)%", read_from("reports/comparison.md"))]
    assert len(models) == 6
    said = f"in {min(models):.0f} to {max(models):.0f}% where each item is shown examples of its own"
    assert said in " ".join(read_from("docs/comparing.md").split())


def test_verdicts_were_wrong_as_often_as_every_page_says_by_the_long_table():
    table = (ROOT / "reports" / "verdicts.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\S.+? \d+ +0\.\d\d +[+-][\d.]+~? +([\d.]+) +\d+  \|((?: +\d+){4})$", table, re.MULTILINE)
    wrong = [float(cell[0]) for cell in cells]
    decided = [float(share) for share in re.findall(r" (\d+)  \|(?: +\d+){4}$", table, re.MULTILINE)]
    few = sum(share <= 5 for share in wrong)
    overall, decisive = sum(wrong) / len(wrong), sum(decided) / len(decided)
    assert (len(wrong), len(decided)) == (390, 390)
    for page in ("reports/verdicts.md", "docs/how-good.md", "docs/forecast-and-verdict.md"):
        said = " ".join((ROOT / page).read_text(encoding="utf-8").split())
        assert f"{decisive:.1f}% of verdicts" in said, page
        assert f"{overall:.2f}%" in said, page
        assert f"{100 * overall / decisive:.1f}%" in said, page
        assert re.search(rf"{few} (of the {len(wrong)} at most 5%|cells have at most 5%)", said), page
