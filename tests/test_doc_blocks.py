"""The blocks of the documents run as printed, page by page, in one folder each.

Run are all Python blocks; one that begins with a path (`# my-task/house.py`) is written there instead. Of shell blocks
those lines are run that ask no real model and fetch nothing; the others are at least lines that their command takes
(test_docs.py).
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtrit

from curvefit import load_task
from curvefit.cli import main as entry
from curvefit.curves.contrasts import rises
from curvefit.curves.curve import Curve
from curvefit.curves.families import FAMILIES
from curvefit.curves.grid import _FAMILY_WEIGHT
from curvefit.report.sentences import sentence
from curvefit.study import analyze

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(sh|python|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
A_PATH = re.compile(r"# ([\w/-]+\.(?:py|yaml))\n")
ASKS = ("check", "baseline", "fit", "report", "compare", "pool", "init", "backtest", "plan", "run", "decide", "errors")
STUDY = "reports/tickets/local-gemma3-270m"


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def is_run(line: str) -> bool:
    """Whether a line asks no model but a simulated one, and reads nothing that only its reader has."""
    words = shlex.split(line, comments=True)
    if words[:1] != ["curvefit"] or words[1] not in ASKS or {"errors", "--study", "--mine"} & set(words):
        return False
    return words[1] not in ("plan", "run", "decide") or "simulated/" in line


PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if page.name != "python.md"  # test_docs.py runs it, and looks at what comes out
    and any(kind == "python" or any(map(is_run, block.splitlines())) for kind, block in blocks(page))
]


@pytest.fixture
def place(tmp_path, monkeypatch, plain_pictures):
    """A folder as a reader has it: the repository's tasks and one report, a file of examples, a table of scores."""
    (tmp_path / "sample_tasks").symlink_to(ROOT / "sample_tasks")
    for study in ("tickets", "kubectl", "logquery"):
        shutil.copytree(ROOT / "reports" / study, tmp_path / "reports" / study)
    rows = [{"input": f"{word} {n}", "output": word[::-1]} for n in range(400) for word in ("north", "south")]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "scores.csv").write_text("shots,accuracy,n_items\n0,.2,200\n1,.4,200\n4,.55,200\n16,.6,200\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "ledger.jsonl"))
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_as_printed(page, place, monkeypatch, capsys):
    names: dict[str, object] = {"__name__": page.stem}
    for kind, block in blocks(page):
        if named := A_PATH.match(block):
            Path(named[1]).write_text(block[named.end() :])
        elif kind == "python":
            exec(compile(block, str(page), "exec"), names)  # noqa: S102  # our own page
        elif kind == "sh":
            for line in filter(is_run, block.splitlines()):
                monkeypatch.setattr(sys, "argv", shlex.split(line, comments=True))
                with pytest.raises(SystemExit) as ended:
                    entry.main()
                assert ended.value.code == 0, f"{line}\n{capsys.readouterr().err}"


def test_a_line_that_would_ask_a_real_model_is_not_run():
    assert not is_run("curvefit run data.jsonl -m openai/gpt-4o-mini --max-usd 2")
    assert not is_run("curvefit decide data.jsonl")
    assert not is_run("pip install .")
    assert is_run("curvefit run data.jsonl -m simulated/rising   # seconds")
    assert is_run("curvefit check data.jsonl")


def fragment(page: str, kind: str) -> str:
    """Return the first block of a kind on a page."""
    return re.search(rf"^```{kind}\n(.*?)^```", (ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE)[1]


def test_fragments_of_a_task_are_read_as_the_pages_show_them(place):
    folder = place / "task"
    folder.mkdir()
    example = json.loads(fragment("candidates.md", "json"))
    row = {"id": "item-001", "input": "What is the capital?", "output": "Beijing"}
    rows = {"pool": [example] * 9, "items": [row, {**row, "id": "item-002", "input": "And of France?"}]}
    for name, examples in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in examples))
    (folder / "documents.jsonl").write_text('{"id": "refunds", "title": "Refunds", "text": "They take 14 days."}\n')
    (folder / "judge_labels.jsonl").write_text(fragment("judges.md", "json"))
    about = "name: facts\nkind: qa\npool: pool.jsonl\nitems: items.jsonl\n"
    (folder / "task.yaml").write_text(about + fragment("candidates.md", "yaml") + fragment("judges.md", "yaml"))
    task = load_task(folder)
    assert task.judge is not None
    assert (task.judge.model, task.judge.right_from) == ("openai/gpt-4o", 4)
    assert [label.right for label in task.judge.labels] == [True, False]
    assert [document.id for document in task.documents] == ["refunds"]


def test_the_model_on_the_page_on_extending_takes_inputs_with_blank_lines():
    (block,) = (block for _, block in blocks(ROOT / "docs" / "extending.md") if "def nearest" in block)
    names: dict[str, object] = {}
    exec(block.partition("\n\n\ntask = ")[0], names)  # noqa: S102  # our own page
    said = ["My parcel\n\nis lost: help", "track", "A refund\n\nplease", "refund", "I want\n\na refund"]
    turns = zip(["user", "assistant"] * 2 + ["user"], said, strict=True)
    chat = [{"role": "system", "content": "Route it."}, *({"role": role, "content": text} for role, text in turns)]
    assert names["nearest"](chat) == "refund"
    assert names["nearest"](chat[-1:]) == ""


def test_what_mistakes_of_two_prices_come_to_is_as_the_page_on_scorers_says(capsys):
    page = (ROOT / "docs/scorers.md").read_text(encoding="utf-8")
    code, printed = re.search(
        r"^```python\n([^`]*USD.*?)^```\n\n```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE
    ).groups()
    exec(compile(code, "docs/scorers.md", "exec"), {})  # noqa: S102  # our own page
    assert capsys.readouterr().out == printed


QUOTED = re.compile(r"<!-- quoted from (\S+) -->\n((?:\|.*\n)+)")


def test_figures_that_a_page_quotes_stand_where_they_were_made():
    quotes = QUOTED.findall((ROOT / "docs/how-good.md").read_text(encoding="utf-8"))
    assert len(quotes) >= 5
    for source, table in quotes:
        lines = (ROOT / source).read_text(encoding="utf-8").splitlines()
        assert [row for row in table.splitlines() if row not in lines] == [], source


def test_the_shapes_on_the_page_of_formulas_are_those_of_the_forecast():
    page = (ROOT / "docs/formulas.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `(.+)` \| ([\d.]+) \|", page, re.MULTILINE)
    assert {name: float(weight) for name, _, weight in rows} == _FAMILY_WEIGHT
    shots = np.array([0.5, 1.0, 4.0, 64.0])
    numbers = {"scale": 3.0, "steepness": 1.7, "decay": 0.4}
    for family, (name, formula, _) in zip(FAMILIES, rows, strict=True):
        shape = [numbers[param.name] for param in family.shape]
        value = eval(formula, {"exp": np.exp, "k": shots, **numbers})  # noqa: S307  # our own page
        np.testing.assert_allclose(value, family(shots, *shape), err_msg=name)


def test_the_page_on_reading_a_report_names_its_parts_as_they_are():
    page = (ROOT / "docs/reading.md").read_text(encoding="utf-8")
    in_terminal, on_page = page.split("## On the page")
    answer = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- answer -->")[2]
    assert all(part in answer for part in re.findall(r"^\| `([^`]+)` \|", in_terminal, re.MULTILINE))
    # The replies of the second lay beside it when its page was made; what decide did is on no page there yet.
    files = (
        ROOT / STUDY / "report.html", ROOT / "reports/contacts/local-gemma3-270m/report.html",
        ROOT / "curvefit/report/page.html",
    )  # fmt: skip
    report = "".join(file.read_text(encoding="utf-8") for file in files)
    headings = re.findall(r"^\| ([A-Z][\w :,-]+) \|", on_page.split("## In the table")[0], re.MULTILINE)
    assert len(headings) >= 5
    assert [heading for heading in headings if f">{heading}<" not in report] == []


def _by_the_page(scores, shots, level=0.9):
    """The intervals of accuracies by what the page of formulas says, and what they rest on at each number of shots."""
    n_draws, n_items = scores.shape[1:]
    means = scores.mean(axis=(1, 2))
    items = scores.mean(axis=1) - means[:, None]
    draws = scores.mean(axis=2) - means[:, None]
    rest = scores - means[:, None, None] - items[:, None, :] - draws[:, :, None]
    residual = (rest**2).sum(axis=(1, 2)) / ((n_draws - 1) * (n_items - 1))
    of_items = (n_draws * (items**2).sum(axis=1) / (n_items - 1) - residual) / n_draws
    of_draws = (n_items * (draws**2).sum(axis=1) / (n_draws - 1) - residual) / n_items
    above = means[1:]
    padded = np.concatenate([above[:1], above, above[-1:]])
    s = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4 * n_items + 2) / (n_items + 4)
    assumed = 0.027 * s * (1 - s) / np.array(shots[1:]) ** (1 / 3)
    own = np.maximum(of_draws, 0)
    excess = own[1:].sum() / assumed.sum()
    f = (n_draws - 1) * (1 + (len(above) - 1) / 3)
    ratio = (2 + f * excess) / (2 + f)
    pooled = own.copy()
    pooled[1:] = ((n_draws - 1) * own[1:] + 4 * ratio * assumed) / (n_draws + 3)
    parts = np.array([of_items / n_items + residual / (n_items * n_draws), np.maximum(pooled, of_draws) / n_draws])
    parts = np.maximum(parts, 0)
    variance, p = parts.sum(axis=0), means
    with np.errstate(invalid="ignore"):
        df = variance**2 / (parts[0] ** 2 / (n_items - 1) + parts[1] ** 2 / (n_draws - 1 + 4))
        df = np.where(variance > 0, df, n_items - 1)
        n = np.where(p * (1 - p) > 0, np.clip(p * (1 - p) / variance, 1, n_items**2), n_items)
    t = stdtrit(df, 0.5 + level / 2)
    half = t * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))
    low, high = ((p + t**2 / (2 * n) + sign * half) / (1 + t**2 / n) for sign in (-1, 1))
    return low, high, {"excess": excess, "ratio": ratio, "draws": own, "pooled": pooled, "variance": variance, "n": n}


def test_the_example_on_the_page_of_formulas_is_what_they_give():
    page = (ROOT / "docs/formulas.md").read_text(encoding="utf-8")
    cells = r"(\d+) \| ([01 ]+) \| ([01 ]+) \| ([\d.]+)% \| ([\d.]+)% to ([\d.]+)%"
    rows = re.findall(rf"^\| {cells} \|$", page, re.MULTILINE)
    shots = [int(row[0]) for row in rows]
    scores = np.array([[draw.split() for draw in row[1:3]] for row in rows], dtype=float)
    assert scores.shape == (4, 2, 8)
    low, high, rest = _by_the_page(scores, shots)
    points = [point.accuracy for point in Curve(shots=shots, scores=scores).points()]
    assert [(a.low, a.high) for a in points] == [pytest.approx(ends) for ends in zip(low, high, strict=True)]
    assert [row[3:] for row in rows] == [tuple(f"{100 * x:.1f}" for x in (a.value, a.low, a.high)) for a in points]
    said = (
        f"The `excess` over all of them is {rest['excess']:.2f}, the `ratio` {rest['ratio']:.2f}, and at 4 shots"
        f" `draws` is {rest['draws'][2]:.4f}, `pooled` {rest['pooled'][2]:.4f}, `variance` {rest['variance'][2]:.4f}"
        f" and n {rest['n'][2]:.2f}."
    )
    assert said in " ".join(page.split())


def test_where_all_is_wrong_the_degrees_of_freedom_are_those_that_the_page_of_formulas_says():
    """At 0 shots those of the items, above it those of the draws; both on as many trials as there are items."""
    scores = np.zeros((3, 3, 30))
    scores[2, :, :20] = 1
    low, high, _ = _by_the_page(scores, [0, 1, 4])
    points = [point.accuracy for point in Curve(shots=[0, 1, 4], scores=scores).points()]
    assert [(a.low, a.high) for a in points] == [pytest.approx(ends) for ends in zip(low, high, strict=True)]
    reach = {df: stdtrit(df, 0.95) ** 2 / 30 for df in (29, 2 + 4)}
    assert [a.high for a in points[:2]] == [pytest.approx(x / (1 + x)) for x in (reach[29], reach[2 + 4])]
    alone = Curve(shots=[0, 1, 4], scores=scores[:, :1]).points()
    assert [point.accuracy.high for point in alone[:2]] == [pytest.approx(reach[29] / (1 + reach[29]))] * 2


def test_where_cells_are_missing_each_score_counts_once_as_the_page_of_formulas_says():
    scores = np.array([[[1.0, 0.0, 0.0], [1.0, np.nan, np.nan], [1.0, np.nan, 0.0]]])
    curve = Curve(shots=[4], scores=scores)
    assert curve.points()[0].accuracy.value == 3 / 6
    assert curve._components.per_item[0, 0] == pytest.approx((3**2 + 1**2 + 2**2) / 6**2)
    assert curve._components.per_draw[0, 0] == pytest.approx((3**2 + 1**2 + 2**2) / 6**2)
    assert curve._components.per_trial[0, 0] == pytest.approx(1 / 6)


def test_a_rise_is_widened_for_as_many_changes_as_the_page_of_formulas_says():
    rng = np.random.default_rng(1)
    curve = Curve(shots=[0, 1, 4, 16], scores=(rng.random((4, 2, 40)) < 0.5).astype(float))
    variance, df = curve.noise().of(np.array([-1.0, 0.0, 0.0, 1.0]))
    half = stdtrit(df, 1 - 0.1 / 2 / 3) * np.sqrt(variance)
    rise = rises(curve, 0.9)[0].estimate
    assert (rise.high - rise.low) / 2 == pytest.approx(half)
    assert "since 3 such changes were tested" in sentence(_rise_reason(curve))


def _rise_reason(curve):
    return next(reason for reason in analyze(curve).verdict.reasons if reason.code == "rise")
