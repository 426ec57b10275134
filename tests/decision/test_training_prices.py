"""The shipped list of prices: every row can be used, dated and traced, and the right row is found for a model."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pytest

from curvefit.decision.training_prices import TrainingPrice, billions, providers, training_price, training_prices

ROWS = training_prices()
LITELLM = Path(find_spec("litellm").origin).parent / "model_prices_and_context_window_backup.json"


def faults(row: TrainingPrice) -> list[str]:
    """What is wrong with a row, in a word each."""
    wrong = []
    for what in ("training", "hosting"):
        low, high, per = (getattr(row, f"{what}_{part}") for part in ("low", "high", "per"))
        known = not math.isnan(low)
        if known != (not math.isnan(high)) or (known and not 0 <= low <= high):
            wrong.append(f"{what} ends")
        if known and low < high and not row.note:
            wrong.append("a range without a note")
        if known and per not in {"training": ("million tokens", "hour"), "hosting": ("hour", "month")}[what]:
            wrong.append(f"{what} unit")
    if row.tokens not in ("own", "base", "none", "none or base", ""):
        wrong.append("tokens")
    if (row.tokens == "own") != (row.input > 0 and row.output > 0):
        wrong.append("prices of tokens")
    if row.method not in ("supervised", "lora", "full", "reinforcement", "rented"):
        wrong.append("method")
    if not row.source.startswith("https://") or " " in row.source:
        wrong.append("source")
    if not date(2025, 1, 1) <= date.fromisoformat(row.read) <= date.today():
        wrong.append("read")
    if row.ends and date.fromisoformat(row.ends).isoformat() != row.ends:
        wrong.append("ends")
    if max(len(row.note), len(row.via), len(row.source)) > 240:
        wrong.append("too long for a sentence")
    if row.model and not math.isnan(row.largest):
        wrong.append("model and sizes")
    if math.isnan(row.training_low) and not row.note:
        wrong.append("no price and no note")
    return wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.provider}-{row.model or row.largest}-{row.method}")
def test_every_row_is_well_formed_dated_and_has_a_source(row):
    assert faults(row) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"training_low": 4.0}, "training ends"),
        ({"training_high": 9.0, "note": ""}, "a range without a note"),
        ({"hosting_per": "week"}, "hosting unit"),
        ({"tokens": "free"}, "tokens"),
        ({"input": math.nan}, "prices of tokens"),
        ({"source": "openai.com"}, "source"),
        ({"read": "2024-12-31"}, "read"),
        ({"read": "2999-01-01"}, "read"),
        ({"note": "x" * 241}, "too long for a sentence"),
        ({"largest": 8.0}, "model and sizes"),
        ({"method": "magic"}, "method"),
    ],
)
def test_a_planted_fault_is_found(change, fault):
    assert fault in faults(replace(training_price("openai/gpt-4o-mini"), **change))


def test_no_model_has_two_rows_of_one_method():
    keys = [(row.provider, row.model, row.largest, row.method) for row in ROWS if row.model]
    assert len(set(keys)) == len(keys)


def test_classes_of_sizes_do_not_overlap():
    sized = [row for row in ROWS if not math.isnan(row.largest)]
    pairs = [pair for pair in combinations(sized, 2) if pair[0].provider == pair[1].provider]
    overlap = [
        pair
        for pair in pairs
        if pair[0].method == pair[1].method
        and max(pair[0].smallest, pair[1].smallest) < min(pair[0].largest, pair[1].largest)
    ]
    assert sized
    assert overlap == []


def test_tokens_of_a_fine_tuned_model_cost_what_litellm_has():
    listed = json.loads(LITELLM.read_text(encoding="utf-8"))
    for row in ROWS:
        if row.tokens == "own":
            (name,) = [n for n in listed if n == f"ft:{row.model}" or n.startswith(f"ft:{row.model}-20")][:1]
            entry = listed[name]
            rates = (1e6 * entry["input_cost_per_token"], 1e6 * entry["output_cost_per_token"])
            assert rates == pytest.approx((row.input, row.output)), name


@pytest.mark.parametrize(
    ("model", "provider", "found"),
    [
        ("openai/gpt-4o-mini-2024-07-18", "", "gpt-4o-mini"),
        ("openai/gpt-4.1", "", "gpt-4.1"),
        ("openai/GPT-4.1-mini", "", "gpt-4.1-mini"),
        ("azure/gpt-4.1-nano-2025-04-14", "", "gpt-4.1-nano"),
        ("openai/gpt-4o", "azure", "gpt-4o"),
        ("bedrock/us.amazon.nova-micro-v1:0", "", "nova-micro"),
        ("together_ai/Qwen/Qwen3.5-9B", "", "Qwen3.5-9B"),
        ("vertex_ai/gemini-2.5-flash-lite", "", "gemini-2.5-flash-lite"),
        ("H100", "runpod", "H100"),
    ],
)
def test_a_model_is_found_by_its_name(model, provider, found):
    assert training_price(model, provider).model == found


@pytest.mark.parametrize(
    ("model", "provider", "largest"),
    [
        ("local/gemma3-270m", "together_ai", 16),
        ("local/gemma3-270m", "together", 16),
        ("fireworks_ai/accounts/fireworks/models/llama-v3p1-70b-instruct", "", 80),
        ("16b", "fireworks", 16),
        ("16.1b", "fireworks", 80),
        ("hf:models/mixtral-8x7b", "together_ai", 69),
    ],
)
def test_another_is_found_by_its_size(model, provider, largest):
    assert training_price(model, provider).largest == largest


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("openai/gpt-5", ""), ("openai/mine", ""), ("anthropic/claude-opus-4-8", ""), ("gpt-4o-mini", ""), ("", ""),
        ("local/gemma3-270m", ""), ("openai/gpt-4o-mini-audio", ""), ("local:file.gguf", "together_ai"),
        ("openai/gpt-4o", "nobody"), ("200b", "together_ai"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_unknown(model, provider):
    assert training_price(model, provider) is None


def test_the_method_chooses_among_rows():
    assert training_price("8b", "fireworks_ai").usd_per_million == (0.5, 0.5)
    assert training_price("8b", "fireworks_ai", "full").usd_per_million == (1.0, 1.0)
    assert training_price("openai/gpt-4o", method="reinforcement") is None
    assert math.isnan(training_price("openai/o4-mini").usd_per_million[0])  # by the hour


def test_a_figure_of_over_a_year_ago_is_stale_and_an_offer_ends():
    row = replace(training_price("openai/gpt-4o-mini"), read="2026-05-07", ends="2027-01-06")
    assert not row.is_stale(date(2027, 5, 7))
    assert row.is_stale(date(2027, 5, 9))
    assert not row.has_ended(date(2027, 1, 6))
    assert row.has_ended(date(2027, 1, 7))
    assert not replace(row, ends="").has_ended(date(2099, 1, 1))


def test_hosting_by_the_hour_is_paid_all_month():
    assert training_price("azure/gpt-4.1-mini").hosting_per_month == pytest.approx((1241.0, 1241.0))
    assert training_price("bedrock/amazon.nova-micro-v1:0").hosting_per_month == (1.95, 1.95)


def test_sizes_in_names_that_are_none():
    assert all(math.isnan(billions(name)) for name in ("gpt-4o-mini", "claude-3-5", "qwen-4bit", "model-v2", "a3b"))


def test_who_is_on_the_list():
    assert {"openai", "azure", "together_ai", "fireworks_ai", "vertex_ai", "bedrock", "runpod"} <= set(providers())
