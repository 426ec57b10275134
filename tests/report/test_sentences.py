"""The words of every code, each pinned in a file of its own in words/."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import curvefit
from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.report.sentences import CODES, constant_sentence, sentence

WORDS = Path(__file__).parent / "words"

GAIN, LOSS, WIDE = Estimate(0.041, 0.012, 0.07, 0.9), Estimate(-0.06, -0.1, -0.02, 0.9), Estimate(0.02, -0.1, 0.2, 0.9)
BEST = Estimate(0.71, 0.65, 0.77, 0.9)
TAKES = {"shots": 64, "items": 200, "draws": 5, "calls": 1200, "lacks_examples": 0, "lacks_items": 0}
LACKS = {**TAKES, "lacks_examples": 54, "lacks_items": 14}
NARROW = {**TAKES, "now_shots": 64, "now_items": 100, "now_draws": 5, "stderr_divisor": 1.0, "chance": 0.62}
CASES = {
    "cases": 12,
    "sources": 6,
    "paid": 7,
    "thin": 0,
    "resized": 3,
    "resized_paid": 1,
    "resized_tiny": 1,
    "others": 9,
}
PROBED = {"model": "local/gemma3-270m", "n_train": 128, "gain": GAIN, "wanted": 300, "own": 0, "stand_in": 0}
PAIR = {"items": 120, "margin": 0.02, "shots": None, "first": "A", "second": "B", "same": False}
NEAR = {**PAIR, "difference": Estimate(0.004, -0.006, 0.014, 0.9)}
OPEN = {**PAIR, "difference": Estimate(0.031, -0.02, 0.082, 0.9), "needed": 320, "needed_for_margin": 800}
THERE = {"first_there": 0.62, "second_there": 0.651}
GAPS = {"missing": 109, "filled": Estimate(-0.012, -0.085, 0.06, 0.9), "as_right": 0}
SAME = {"difference": Estimate(0.0, -0.012, 0.012, 0.9), "same": True}
RULE = {"doubling": 0.03, "rises": True, "cases": 10, "right": 7, "alike": True, "pairs": 67}

# For each code the values it may come with: one for each way its words can turn.
SAMPLES = {
    "gain-left": [
        {"start": 64, "end": 256, "gain": WIDE, "margin": 0.02, "p_more": 0.52, "p_less": 0.002},
        {"start": 64, "end": 256, "gain": WIDE, "margin": 0.02, "p_more": 0.52, "p_less": 0.002, "pool": 252},
    ],
    "next-doubling": [{"end": 128, "gain": GAIN, "p_more": 0.999}],
    "rise": [{"start": 0, "end": 64, "change": change, "compared": 3} for change in (GAIN, WIDE, LOSS)],
    "fall": [{"start": 4, "end": 64, "change": LOSS, "compared": 7}],
    "jump": [{"start": 32, "end": 64}],
    "past-jump": [{**TAKES, "shots": 128, "last": 64}, {**LACKS, "shots": 128, "last": 64}],
    "one-draw": [{"sd_at_1": 0.08, "sd_at_64": 0.04}],
    "more-shots": [{**TAKES, "count": count, "needed": 3, "missing": 3 - count} for count in (1, 2)],
    "past-classes": [
        {**LACKS, "shots": 154, "last": 64, "classes": 77},
        {**TAKES, "shots": 154, "last": 64, "classes": 77, "lacks_room": 30},
    ],
    "see-fall": [
        {
            **TAKES,
            "peak": 4,
            "change": Estimate(-0.06, -0.13, 0.01, 0.9),
            "compared": 7,
            "wide_calls": 2400,
            "wide_items": 200,
            "wide_draws": 10,
            "wide_lacks_items": 0,
        },
        {**LACKS, "calls": None, "wide_calls": None, "wide_items": None, "wide_draws": None, "wide_lacks_items": 0},
    ],
    "see-rise": [TAKES],
    "narrow": [
        NARROW,
        {**NARROW, "shots": 128, "draws": 10},
        {**NARROW, "shots": 128, "items": 100},
        {**NARROW, **LACKS},
        {**NARROW, "items": None, "draws": None, "calls": None, "stderr_divisor": 1.4142},
        {**NARROW, "fitted": 1},
    ],
    "not-in-reach": [{"shots": 256, "times": 8, "chance": 0.31, "change": WIDE}],
    "best-prompt": [
        {"accuracy": BEST, "shots": 1, "selection": "random"},
        {"accuracy": BEST, "shots": 0, "selection": "random", "retrieved_accuracy": BEST, "retrieved_shots": 4},
        {"accuracy": BEST, "shots": 1, "selection": "retrieved"},
        {"accuracy": BEST, "shots": 4, "selection": "retrieved"},
    ],
    "picked": [
        {"tried": 11, "optimism": optimism, **unpaired}
        for unpaired in ({}, {"paired": False})
        for optimism in (0.013, None)
    ],
    "constant": [{"accuracy": BEST, "over": over} for over in (WIDE, LOSS, Estimate(0.02, -0.1, 0.2, 0.99))],
    "no-room": [{}],
    "zero-shot-only": [{"share": 0.459}],
    "low-score": [{"limit": 0.15, "cases": 9, "paid": 5, "others": 60, "others_paid": 34}],
    "cut-off": [{"count": 1200, "replies": 2000, "tokens": 16}],
    "unreadable": [
        {"shots": shots, "selection": selection, "share": 0.3, "choice": choice}
        for shots, selection, choice in ((16, "random", 0.8), (4, "retrieved", None), (0, "random", None))
    ],
    "facts": [{"prompted": 0.06, "fine_tuned": 0.24, "retrieval": 0.65}],
    "retrieved-lead": [{"lead": GAIN, "shots": 16}],
    "rise-ahead": [{"end": 256, "gain": GAIN}, {"end": 256, "gain": GAIN, "pool": 150}],
    "fall-beyond": [{"shots": 8}],
    "prompt-spent": [{}],
    "high-score": [{"limit": 0.85, "cases": 16, "paid": 9, "others": 99, "others_paid": 76, "margin": 0.02}],
    "predicted-payoff": [{"gain": WIDE, "probability": 0.55, "n_train": n, "margin": 0.02} for n in (1, 1200)],
    "rule-of-thumb": [{"auc": Estimate(0.47, 0.29, 0.64, 0.95), "pairs": 67}],
    "not-predicted": [{"lacks_kind": kind, "lacks_n_train": n} for kind, n in ((1, 0), (0, 1), (1, 1))],
    "wide-interval": [{"decision": decision} for decision in ("pays", "does not pay", "open")],
    "perfect-score": [{}],
    "same-answer": [{"count": 180, "shots": shots, "answer": "negative"} for shots in ("0, 1, 4", "1")],
    "format-rise": [
        {"start": 0, "end": 8, "rise": 0.41, "readable_start": 0.2, "readable_end": 1.0, "among": WIDE},
    ],
    "stand-in": [
        {"classifier": BEST, "fine_tuned": tuned, "n_train": 512, "pairs": 51, "data_sets": 7, "larger": larger, **more}
        for tuned, larger, more in [
            (BEST, 0, {"measured": 1}),
            (BEST, 1, {"measured": 0}),
            (Estimate(0.998, 0.997, 1.0, 0.9), 0, {"measured": 1}),
        ]
    ],
    "measured-cases": [
        CASES,
        {**CASES, "thin": 1, "resized": 0},
        {**CASES, "thin": 1, "cases": 0, "resized_tiny": 0},
        {**CASES, "thin": 1, "cases": 0, "resized": 0},
        {**CASES, "cases": 0, "resized": 0},
    ],
    "probe-decides": [
        {"n_train": 1, "gain": GAIN, "pays": 1, "surely": 1, "items": 12},
        {"n_train": 512, "gain": WIDE, "pays": 1, "surely": 0, "items": 12},
        {"n_train": 512, "gain": WIDE, "pays": 1, "surely": 0, "items": None},
        {"n_train": 512, "gain": WIDE, "pays": 0, "surely": 0, "items": 12},
    ],
    "classifier-decides": [{"n_train": 512, "classifier": BEST, "measured": measured} for measured in (1, 0)],
    "cases-decide": [
        {"cases": 14, "paid": 12},
        {"cases": 25, "paid": 22, "limit": 0.15, "low": 6, "low_paid": 6},
        {"cases": 14, "paid": 12, "limit": 0.15, "low": 0, "low_paid": 0},
    ],
    "extrapolated": [{"end": 400, "n_train": 300}, {"end": 299, "n_train": 300}],
    "probed": [
        PROBED,
        {**PROBED, "n_train": 1000},
        {**PROBED, "n_train": 300, "own": 1},
        {**PROBED, "n_train": 300},
        {**PROBED, "stand_in": 1},
        {**PROBED, "own": 1},
    ],
    "from-probe": [
        {"n_train": 128, "gain": WIDE, "wanted": 400, "predicted": 0.0284, "prompted": 0.731, **parts}
        for parts in (
            {"cases": -0.0086, "prompt": 0.0012, "examples": 0.0158},
            {"cases": 0.0081, "prompt": 0.0002, "examples": 0.0001},
        )
    ],
    "probe-lead": [{"n": 32, "gain": GAIN}],
    "unsorted-kind": [{"kind": kind} for kind in ("triage", "extractoin")],
    "rule-says": [RULE, {**RULE, "doubling": -0.01, "rises": False}],
    "rule-silent": [{}],
    "same-again": [{"limit": "--max-usd 1"}],
    "raise-reply-tokens": [{"tokens": 1024}],
    "constrain": [{}],
    "retrieve-facts": [{}, {"documents": 40}],
    "improve-prompt": [{}],
    "show-similar": [{"shots": 1}, {"shots": 4}],
    "add-examples": [{"end": 256, "last": 64}, {"end": 64, "last": 64}],
    "fewer-examples": [{"shots": 8, "selection": "random"}],
    "ship-fine-tuned": [{"model": "ft:gpt-4.1-nano:mine"}],
    "validated": [
        {
            "model": "ft:mine",
            "gain": LOSS,
            "probability": 0.003,
            "margin": 0.05,
            "n_train": n,
            "fewer": few,
            "picked_from": k,
        }
        for n, few, k in ((None, 0, 1), (1, 1, 1), (400, 1, 1), (None, 0, 3))
    ],
    "ship": [{"shots": 16, "selection": "random"}, {"shots": 4, "selection": "retrieved"}],
    "cheaper-prompt": [
        {"shots": 4, "selection": "random", "accuracy": BEST, "margin": 0.05, "added": GAIN},
        {
            "shots": 0,
            "selection": "random",
            "accuracy": BEST,
            "margin": 0.02,
            "added": Estimate(0.0, -0.02, 0.015, 0.9),
        },
    ],
    "use-classifier": [{"n_train": 500, "accuracy": BEST}],
    "see-errors": [{}],
    "use-for-now": [{}],
    "mend-judge": [{}],
    "rework-prompt": [{}],
    "more-items": [{"items": 100, "scored": 16, **again} for again in ({}, {"again": "probe"}, {"again": "validate"})],
    "measure-retrieved": [{}],
    "probe": [{}, {"own": 0}, {"own": 1}],
    "probe-elsewhere": [{}, {"unlisted": True}, {"hosting_low": 1.7, "hosting_high": 2.04, "hosting_per": "hour"}],
    "state-error-usd": [{}],
    "narrow-ranges": [
        {"amounts": "error_usd"},
        {"amounts": "calls_per_month training_usd error_usd"},
        {"amounts": "error_usd calls_per_month labour_usd training_usd hosting_usd_per_month"},
    ],
    "small-run": [{}],
    "fine-tune": [{"n_train": 300, "pool": pool} for pool in (400, 120, None)]
    + [{"n_train": 300, "pool": 400, "unlisted": True}],
    "pair-better": [
        {**PAIR, "better": "B", "worse": "A", "by": by, "shots": shots}
        for by, shots in ((GAIN, None), (Estimate(0.01, 0.004, 0.016, 0.9), None), (GAIN, 1))
    ]
    + [{**PAIR, **THERE, "luck_off": True, "better": "B", "worse": "A", "by": GAIN}]
    + [{**PAIR, **GAPS, "missing": missing, "better": "B", "worse": "A", "by": GAIN} for missing in (1, 1090)],
    "pair-alike": [{**NEAR, **THERE}, NEAR, {**NEAR, "shots": 4}, {**NEAR, **SAME}, {**NEAR, **GAPS}],
    "pair-open": [
        OPEN,
        {**OPEN, **GAPS},
        {**OPEN, **THERE, "luck_off": True},
        {**OPEN, "needed_for_margin": None},
        {**OPEN, "needed_for_margin": 90},
        {**OPEN, "needed_for_margin": None, "needed": None, "shots": 4},
        {**OPEN, **SAME, "difference": Estimate(0.0, -0.09, 0.09, 0.9), "needed": None},
    ],
    "pair-left-out": [
        {**PAIR, "common": 30, "left_first": 0, "left_second": 50},
        {**PAIR, "common": 30, "left_first": 1, "left_second": 2},
    ],
    "pair-changed": [{**PAIR, "changed": changed} for changed in (1, 3)],
    "pair-by-id": [PAIR],
    "pair-scorers": [{**PAIR, "scorer_first": "match", "scorer_second": "includes"}],
    "pair-unanswered": [{**PAIR, "missing": missing} for missing in (1, 7)],
    "pair-same-prompt": [PAIR],
    "pair-same-scores": [{**PAIR, "trials": 150}],
    "pair-unnamed": [{"name": "given", "unnamed": 19, "items": 100}, {"name": "given", "unnamed": 1, "items": 100}],
    "pair-unrelated-draws": [{}],
    "pair-cut-off": [{"name": "A"}],
}


@pytest.mark.parametrize("code", CODES)
def test_the_words_of_each_code_are_those_that_were_read_and_approved(code):
    """To change words, change them, run this with RENEW_WORDS=1, and read what git says has changed."""
    text = "\n".join(sentence(Reason(code, values)) for values in SAMPLES[code]) + "\n"
    file = WORDS / f"{code}.txt"
    if os.environ.get("RENEW_WORDS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_no_file_of_words_is_left_of_a_code_that_is_gone():
    assert {file.stem for file in WORDS.iterdir()} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_ends_as_one_and_counts_one_of_a_thing_in_the_singular(code):
    for values in SAMPLES[code]:
        text = sentence(Reason(code, values))
        assert text[0].isupper() or text[0] in "'0123456789"
        assert text.endswith((".", "?")), text
        assert not re.search(r"\b1 (?:most similar )?(?:examples|calls|draws|items|shots|cases)\b", text)
        assert not re.search(r"\bnan\b|None|\{|\}", text)


def test_every_code_that_is_given_anywhere_has_its_words_and_every_word_is_given():
    package = Path(curvefit.__file__).parent
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("curves", "payoff", "decision", "report")
        for path in (package / folder).glob("*.py")
    ]
    call = re.compile(r'(?:Reason|NextStep|_change_reason|_prompt_step)\(\s*"([a-z-]+)"')
    given = {code for source in sources for code in call.findall(source)}
    assert given == set(CODES) == set(SAMPLES)


def test_one_answer_to_everything_is_named_only_where_it_does_as_well():
    assert constant_sentence(BEST, None) == constant_sentence(BEST, GAIN) == ()
    assert len(constant_sentence(BEST, WIDE)) == 1
