import re

import numpy as np
import pytest

from benchmarks.forecast.grouped_items import CELLS, UNEVEN, held, held_where_few_are_hard
from benchmarks.paths import ROOT

TABLE = (ROOT / "reports" / "forecast.md").read_text(encoding="utf-8").partition("### Items that belong together")[2]
ROWS = {
    (int(cells[0]), float(cells[1])): [int(cell.rstrip("%")) for cell in cells[2:8]]
    for line in TABLE.partition("\n### ")[0].splitlines()
    if re.match(r"\| \d", line)
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


def test_the_report_has_every_cell_and_intervals_by_groups_hold_as_often_as_they_say():
    assert tuple(ROWS) == CELLS
    assert all(85 <= share <= 96 for shares in ROWS.values() for share in shares[1::2])
    assert ROWS[1, 0.0][::2] == ROWS[1, 0.0][1::2], "without groups nothing changes"


@pytest.mark.parametrize("cell", [(1, 0.0), (10, 0.8)])
def test_what_the_report_says_can_be_seen_again(cell):
    alone, grouped = held(*cell, times=40)
    found = 100 * np.array([share for pair in zip(alone[:3], grouped[:3], strict=True) for share in pair])
    np.testing.assert_allclose(found, ROWS[cell], atol=16)
    assert (grouped == alone) is (cell == (1, 0.0))


def test_how_good_it_is_says_so_in_short():
    said = (ROOT / "docs" / "how-good.md").read_text(encoding="utf-8")
    worst, best = (min(ROWS[10, 0.8][column] for column in columns) for columns in (range(0, 6, 2), range(1, 6, 2)))
    assert f"[{worst} to " in said
    assert best >= 85


@pytest.mark.parametrize("name", ["of 5 groups", "of 40 groups"])
def test_that_few_uneven_groups_hold_less_can_be_seen_again(name):
    (line,) = (line for line in TABLE.splitlines() if line.startswith(f"| {name} |"))
    stated = [int(cell.strip(" %")) for cell in line.split("|")[2:4]]
    found = [100 * share for share in held_where_few_are_hard(UNEVEN[name], times=60)]
    np.testing.assert_allclose(found, stated, atol=16)
