from benchmarks.forecast.one_draw import held, picked, rows
from benchmarks.paths import ROOT


def test_the_document_says_how_often_intervals_of_one_draw_hold():
    assert "\n".join(rows()) in (ROOT / "docs" / "measuring.md").read_text(encoding="utf-8")


def test_how_good_it_is_says_so_in_short():
    said = (ROOT / "docs" / "how-good.md").read_text(encoding="utf-8")
    assert "[about 75% with 100 items, half with 400, at 50% accuracy and 8 shots]" in said
    assert 0.7 < held(100, 0.5, 8) < 0.8
    assert 0.45 < held(400, 0.5, 8) < 0.55


def test_the_interval_of_the_best_holds_more_often_without_its_luck_also_after_a_cap():
    for capped in (False, True):
        raw, less = picked(30, 0.7, alike=False, capped=capped, runs=40)
        assert raw < less
