import csv
import math
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.payoff.evidence import PROMPTS, STRATA, Unit, evidence, last_doubling, prompt_share
from curvefit.task_kinds import GROUPS

DATA = Path(os.environ.get("CURVEFIT_DATA", Path(__file__).parents[3] / "shared" / "data")) / "payoff"
CITATION = re.compile(
    r"[\w.-]+/[\w.-]+@[0-9a-f]{7,8} \S+.*|[\w.-]+/[\w.-]+ \(commit not known\) \S+.*|arXiv \d{4}\.\d{5}, .+"
    r"|reports/payoff/laboratory\.csv of this project"
)


def faults(unit):
    """The laws of a unit of the evidence that it breaks."""
    laws = {
        "cited": CITATION.fullmatch(unit.citation),
        "stratum": unit.stratum in STRATA,
        "prompt": unit.prompt in PROMPTS,
        "group": unit.group in GROUPS,
        "range": all(0 <= score <= 1 for score in (unit.best_prompted, unit.fine_tuned)),
        "zero shot": math.isnan(unit.zero_shot) or 0 <= unit.zero_shot <= unit.best_prompted,
        "best": unit.prompt != "zero-shot" or unit.zero_shot == unit.best_prompted,
        "shown": unit.zero_shot_only == (unit.stratum in ("vendor", "zero-shot only")),
        "doubling": not unit.zero_shot_only or math.isnan(unit.doubling),
        "n_train": not unit.n_train < 1,
    }
    return {name for name, kept in laws.items() if not kept}


def test_every_unit_keeps_every_law_and_has_a_name_of_its_own():
    assert {unit.name: found for unit in evidence() if (found := faults(unit))} == {}
    assert max(Counter(unit.name for unit in evidence()).values()) == 1


@pytest.mark.parametrize(
    ("planted", "law"),
    [
        ({"citation": "README of a repository, GitHub"}, "cited"),
        ({"citation": "owner/repository@main README.md:3"}, "cited"),
        ({"stratum": "hearsay"}, "stratum"),
        ({"prompt": "best"}, "prompt"),
        ({"kind": "triage"}, "group"),
        ({"fine_tuned": 65.0}, "range"),
        ({"zero_shot": 0.99, "best_prompted": 0.98}, "zero shot"),
        ({"stratum": "zero-shot only"}, "shown"),
        ({"shots": 0.0}, "shown"),
        ({"n_train": 0.0}, "n_train"),
    ],
)
def test_a_broken_law_is_found(planted, law):
    good = next(unit for unit in evidence() if unit.source == "absa-nis")
    assert law in faults(replace(good, **planted))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("reports/payoff/evidence.md", "holds {} units"),
        ("docs/payoff.md", "rests on [{} cases]"),
        ("docs/formulas.md", "[{} cases]"),
        ("docs/claims.md", "{} units with both"),
    ],
)
def test_pages_count_the_units_as_they_are(page, said):
    assert said.format(len(evidence())) in (Path(__file__).parents[2] / page).read_text(encoding="utf-8")


def test_corrected_sources_have_the_figures_of_their_last_commit():
    by_name = {unit.name: unit for unit in evidence()}
    yelp = by_name["vandy-sentiment: Yelp 5-star (Gemma-2-2B-it)"]
    assert (yelp.best_prompted, yelp.fine_tuned, yelp.prompt, yelp.shots) == (0.5907, 0.6733, "examples", 5)
    assert [unit.task for unit in evidence() if unit.source == "vandy-sentiment"] == ["Yelp 5-star"]
    assert not {"prompt-vs-ft-rag15", "k12-fewshot", "mnemex-query-expansion"} & {u.source for u in evidence()}


def published(zero_shot, best, fine_tuned, shots=4.0, stratum="published"):
    return Unit("s", "c", "m", "t", "accuracy", "sql", shots, best, 0.0, 100.0, fine_tuned, stratum=stratum,
                zero_shot=zero_shot)  # fmt: skip


def test_the_share_of_the_prompt_is_that_of_sums_over_published_units_with_examples():
    units = [published(0.1, 0.3, 0.5), published(0.4, 0.4, 0.6)]
    assert prompt_share(units) == pytest.approx(0.2 / 0.6)
    ignored = [
        published(math.nan, 0.5, 0.6), published(0.2, 0.2, 0.9, shots=0.0, stratum="vendor"),
        published(0.0, 0.9, 0.9, stratum="laboratory"),
    ]  # fmt: skip
    assert prompt_share([*units, *ignored]) == prompt_share(units)
    assert math.isnan(prompt_share(ignored))


def rows_of(name):
    if not DATA.is_dir():
        pytest.skip("the collected figures are not here; set CURVEFIT_DATA")
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def test_the_evidence_has_the_figures_of_its_older_sources():
    rows = [row for row in rows_of("icl_vs_ft.csv") if row["from_memory"] != "yes" and row["value"]]
    known = {row["source"] for row in rows} - {"vandy-sentiment"}
    older = [u for u in evidence() if u.stratum == "published" and u.source in known]
    assert len(older) == 35
    doublings = 0
    for u in older:
        at = [row for row in rows if (row["source"], row["model"], row["task"]) == (u.source, u.model, u.task)]
        prompted = [row for row in at if row["method"].startswith(("icl", "zero-shot"))]
        tuned = [row for row in at if row["method"].startswith(("lora", "qlora", "full-ft"))]
        assert any(abs(u.best_prompted - float(row["value"])) < 6e-5 for row in prompted), u.name
        (trained,) = {row["n_ft"] for row in tuned if abs(u.fine_tuned - float(row["value"])) < 6e-5}
        assert u.n_train == float(trained) if trained.isdecimal() else math.isnan(u.n_train), u.name
        if len({row["k"] for row in prompted}) == len(prompted) > 1:  # one curve, of one metric
            shots, means = zip(*sorted((float(row["k"]), float(row["value"])) for row in prompted), strict=True)
            assert u.doubling == pytest.approx(last_doubling(shots, means), abs=6e-5), u.name
            assert (u.shots, u.best_prompted) == (shots[-1], pytest.approx(max(means), abs=6e-5)), u.name
            assert u.zero_shot == pytest.approx(means[0], abs=6e-5), u.name
            doublings += 1
    assert doublings >= 20


def test_the_evidence_has_the_figures_of_its_newer_sources():
    rows = rows_of("more_units.csv")
    newer = [u for u in evidence() if u.source in {row["source"] for row in rows}]
    assert len(newer) == 45
    for u in newer:
        at = [row for row in rows if (row["source"], row["task"], row["metric"].split(" (")[0]) ==
              (u.source, u.task, u.metric)]  # fmt: skip
        at = [row for row in at if row["model"] in (u.model, "(see file)")]
        at = [row for row in at if float(row["finetuned"]) == pytest.approx(u.fine_tuned, abs=6e-5)]
        assert max(float(row["prompted"]) for row in at) == pytest.approx(u.best_prompted, abs=6e-5), u.name
        assert max(float(row["shots"]) for row in at) == u.shots, u.name
        zero = {float(row["prompted"]) for row in at if row["shots"] == "0" and row["prompt_kind"] != "optimized"}
        assert {round(value, 4) for value in zero} == ({u.zero_shot} if math.isfinite(u.zero_shot) else set()), u.name
