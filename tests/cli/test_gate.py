"""--fail-on: the exit status of a study whose curve is as named, and of no other."""

from __future__ import annotations

import pytest

MEANS = {  # at 1, 2, 4, ... shots, with their standard error
    "rising": (0.005, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
    "plateau": (0.002, (0.6, 0.8, 0.9, 0.9, 0.9, 0.9)),
    "inconclusive": (0.05, (0.5, 0.52, 0.55, 0.56)),
}
CURVES = {
    name: "shots,accuracy,stderr\n" + "".join(f"{2**i},{mean},{stderr}\n" for i, mean in enumerate(means))
    for name, (stderr, means) in MEANS.items()
}


@pytest.fixture
def fitted(tmp_path, monkeypatch, exits):
    def made(curve, *options):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "scores.csv").write_text(CURVES[curve])
        return exits("fit", "scores.csv", "--margin", "0.05", *options)

    return made


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("gates", [(), ("plateau",), ("rising",), ("plateau", "rising")])
def test_it_fails_on_what_is_named_alone(fitted, curve, gates):
    options = [word for gate in gates for word in ("--fail-on", gate)]
    status, shown, told = fitted(curve, *options)
    assert status == (3 if curve in gates else 0), told
    assert shown.count("report.html") == 1  # the study is written and shown all the same
    assert ("--fail-on" in told) == (status == 3)


def test_a_report_written_again_is_held_to_it_too(fitted, exits):
    assert fitted("rising")[0] == 0
    assert exits("report", "reports/scores", "--fail-on", "rising")[0] == 3
    assert exits("report", "reports/scores", "--fail-on", "plateau")[0] == 0


def test_another_word_is_called_wrongly(fitted):
    assert fitted("rising", "--fail-on", "falling")[0] == 2
