"""Similar examples whose replies cannot be read show it, as random ones do: in the picture, the table and the page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from curvefit.report.figure import plot
from curvefit.report.page import page
from curvefit.report.study_reader import read_study
from curvefit.report.terminal import summary
from curvefit.study import analyze


@pytest.fixture(scope="module")
def study():
    return read_study("reports/widgets/local-smollm2-135m")


def triangles(study):
    return sorted(
        (line for line in plot(study).get_lines() if line.get_marker() == "^"), key=lambda line: line.get_zorder()
    )


def test_the_point_of_similar_examples_is_hollow_where_a_tenth_of_replies_or_more_cannot_be_read(study):
    *_, above = triangles(study)
    assert (above.get_markerfacecolor(), tuple(above.get_xdata())) == ("white", (4,))
    assert {line.get_markerfacecolor() for line in triangles(read_study("reports/house_tone/local-gemma3-270m"))} != {
        "white"
    }
    *_, above = triangles(read_study("reports/tickets/local-gemma3-270m"))
    assert tuple(above.get_xdata()) == (1,), "of 1, 4 and 16"


def test_the_point_of_similar_examples_on_few_items_is_drawn_half_above_the_whole_one(study):
    """A matplotlib line with error bars stands a tenth above them, which had hidden it."""
    few = study.curve.retrieved.scores.copy()
    few[0, :, 5:] = np.nan
    curve = replace(study.curve, retrieved=replace(study.curve.retrieved, scores=few))
    *_, above = triangles(analyze(curve))
    assert above.get_fillstyle() == "left"


def test_the_share_that_could_be_read_stands_beside_similar_examples_too(study):
    (row,) = re.findall(r"most similar to each input instead:\n(.*)\n", summary(study, verbose=True))
    assert row.split()[-1] == "75%"
    table = page(study, "").partition("Accuracy with the most similar examples")[2].partition("</table>")[0]
    assert re.findall(r"<td>([^<]*)</td>", table)[2] == "75%"
    assert "readable</th>" in table
