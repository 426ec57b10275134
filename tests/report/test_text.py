import re

import pytest

from curvefit.report.text import clean, headline, summary
from curvefit.study import analyze


def test_the_summary_opens_with_the_verdict_and_ends_with_the_next_step(study):
    lines = summary(study).splitlines()
    assert lines[0] == headline(study)
    assert lines[-1].startswith("Next: ")


def test_the_text_curve_stays_within_a_terminal(study):
    drawn = [line for line in summary(study).splitlines() if "┤" in line]
    assert len(drawn) == 11
    assert max(map(len, drawn)) <= 80


def test_every_measured_point_is_drawn_and_tabled(study):
    text = summary(study)
    drawing = "\n".join(line for line in text.splitlines() if "┤" in line)
    assert drawing.count("●") == len(study.points)
    rows = re.findall(r"^ +(\d+) +[\d–]+%", text, re.MULTILINE)
    assert [int(k) for k in rows] == [point.shots for point in study.points]


def test_the_headline_gives_its_interval(study):
    assert re.search(r"\(90% interval [+−]\d+\.\d to [+−]\d+\.\d\)", headline(study))


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "\u202eevil", "a\tb\x07"])
def test_names_cannot_write_to_the_terminal(make_measured, name):
    text = summary(analyze(make_measured(task=name, model=name, notes=(name,))))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert headline(analyze(make_measured(task=name))).count("\n") == 0


def test_long_names_are_cut():
    assert clean("x" * 500).endswith("…")
    assert len(clean("x" * 500)) == 80
