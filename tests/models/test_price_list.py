"""The most a call can cost, by litellm's price list."""

import json
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from curvefit.models.hosted import HostedModel
from curvefit.models.price_list import always_searches, dearest_usd, has_hours, in_a_batch, is_heeded

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

PLAIN = {"input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6}
DEARER = {"range": [256_000, 1_000_000], "input_cost_per_token": 3e-6, "output_cost_per_token": 5e-6}
TIERED = {"tiered_pricing": [{"range": [0, 256_000], **PLAIN}, DEARER]}
LIST = json.loads(
    (Path(find_spec("litellm").origin).parent / "model_prices_and_context_window_backup.json").read_text()
)
CHATS = {name: entry for name, entry in LIST.items() if entry.get("mode") in ("chat", "responses", "completion")}


def test_every_field_of_the_list_that_is_about_money_is_heeded_or_known_to_be_of_no_use():
    fields = {f for entry in CHATS.values() for f in entry if any(word in f for word in ("cost", "pric", "peak"))}
    assert len(fields) > 60
    assert [field for field in sorted(fields) if is_heeded(field) is None] == []


def test_a_field_that_nobody_has_thought_of_is_noticed():
    assert is_heeded("output_cost_per_full_moon") is None


@pytest.mark.parametrize(
    ("entry", "tokens", "usd"),
    [
        (PLAIN, (1000, 0, 100), 0.0014),
        # No price for cached tokens: they cost what others do.
        (PLAIN, (1000, 900, 100), 0.0014),
        (PLAIN | {"cache_read_input_token_cost": 1e-7}, (1000, 900, 100), 0.00059),
        # Filling a cache costs more, where the list says so.
        (PLAIN, (1000, 0, 100, 1000), 0.0014),
        (PLAIN | {"cache_creation_input_token_cost": 1.25e-6}, (1000, 0, 100, 1000), 0.00165),
        (PLAIN | {"cache_creation_input_token_cost": 0.0}, (1000, 0, 100, 1000), 0.0014),
        # At the dearest hour, whichever the list calls off its peak.
        (PLAIN | {"off_peak_pricing": {name: price / 2 for name, price in PLAIN.items()}}, (1000, 0, 100), 0.0014),
        (PLAIN | {"off_peak_pricing": {"input_cost_per_token": 3e-6}}, (1000, 0, 100), 0.0034),
        # Reasoning may be dearer than answering, and all of it may be reasoning.
        (PLAIN | {"output_cost_per_reasoning_token": 9e-6}, (1000, 0, 100), 0.0019),
        (PLAIN | {"output_cost_per_reasoning_token": 2e-6}, (1000, 0, 100), 0.0014),
        # Longer prompts have prices of their own, all of their tokens.
        (PLAIN | {"input_cost_per_token_above_128k_tokens": 2e-6}, (127_999, 0, 0), 0.127999),
        (PLAIN | {"input_cost_per_token_above_128k_tokens": 2e-6}, (128_000, 0, 0), 0.256),
        (PLAIN | {"output_cost_per_token_above_200k_tokens": 8e-6, "output_cost_per_token_above_272k_tokens": 9e-6},
         (250_000, 0, 1000), 0.258),
        (PLAIN | {"input_cost_per_token_above_200k_tokens_priority": 9e-6}, (250_000, 0, 0), 0.25),
        (TIERED, (300_000, 0, 100), 0.9005),
        (TIERED, (1000, 0, 100), 0.0014),
        # Fees for every call.
        (PLAIN | {"input_cost_per_request": 0.005}, (1000, 0, 100), 0.0064),
        (PLAIN | {"litellm_provider": "perplexity", "search_context_cost_per_query": {"low": 0.005, "high": 0.012}},
         (1000, 0, 100), 0.0134),
        (PLAIN | {"litellm_provider": "openai", "search_context_cost_per_query": {"low": 1}}, (1000, 0, 100), 0.0014),
        # What no token tells, nobody can bound.
        (PLAIN | {"citation_cost_per_token": 2e-6}, (1000, 0, 100), None),
        ({"input_cost_per_second": 0.002}, (1000, 0, 100), None),
        ({"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}, (1000, 0, 100), None),
        # A 0 for what others charge is a price that nobody knows.
        (PLAIN | {"output_cost_per_token": 0.0}, (1000, 0, 100), None),
        (PLAIN | {"cache_read_input_token_cost": 0.0}, (1000, 900, 100), 0.0014),
        (PLAIN | {"output_cost_per_token": 0.0, "input_cost_per_request": 0.005}, (1000, 0, 100), 0.006),
        ({}, (1000, 0, 100), None),
    ],
)  # fmt: skip
def test_a_call_costs_the_most_it_can(entry, tokens, usd):
    assert dearest_usd(entry, *tokens) == (None if usd is None else pytest.approx(usd, rel=1e-9))


IN_A_BATCH = {"input_cost_per_token_batches": 5e-7, "output_cost_per_token_batches": 2e-6}
LONG = {"input_cost_per_token_above_272k_tokens": 2e-6}


@pytest.mark.parametrize(
    ("more", "tokens", "usd"),
    [
        ({}, (1000, 0, 100), 0.0007),
        # Longer prompts have prices of their own, in a batch as well; where that is not listed, those of a single call.
        (LONG | {"input_cost_per_token_above_272k_tokens_batches": 1e-6}, (300_000, 0, 0), 0.3),
        (LONG, (300_000, 0, 0), 0.6),
        # Whether a batch finds anything in a cache, only a price for that says.
        ({"cache_read_input_token_cost": 1e-7}, (1000, 900, 100), 0.0007),
        ({"cache_read_input_token_cost_batches": 1e-7}, (1000, 900, 100), 0.00034),
        ({"cache_creation_input_token_cost_batches": 6e-7}, (1000, 0, 100, 1000), 0.0008),
        # Fees are no cheaper.
        ({"input_cost_per_request": 0.005}, (1000, 0, 100), 0.0057),
        ({"citation_cost_per_token": 2e-6}, (1000, 0, 100), None),
        ({"output_cost_per_token_batches": 0.0}, (1000, 0, 100), None),
        ({"input_cost_per_token_batches": None}, (1000, 0, 100), None),
    ],
)
def test_a_call_in_a_batch_costs_the_most_it_can(more, tokens, usd):
    found = dearest_usd(in_a_batch({**PLAIN, **IN_A_BATCH, **more}), *tokens)
    assert found == (None if usd is None else pytest.approx(usd, rel=1e-9))


def test_no_model_of_the_list_costs_more_in_a_batch_or_less_than_its_search():
    batches = {name: in_a_batch(entry) for name, entry in CHATS.items() if in_a_batch(entry)}
    assert len(batches) > 100
    for name, entry in batches.items():
        alone, batch = (dearest_usd(which, 300_000, 0, 500, name=name) for which in (CHATS[name], entry))
        assert (batch is None) == (alone is None)
        assert batch is None or 0 < batch <= alone
    entry = batches["gpt-4o-mini-search-preview"]
    assert dearest_usd(entry, 10, 0, 1, name="gpt-4o-mini-search-preview") > 0.02


def test_no_model_of_the_list_is_priced_below_what_litellm_makes_of_it_at_any_hour():
    """litellm's own sum is a lower bound: it goes by the hour, and halves some cached tokens without a price."""
    from curvefit.models.hosted import _load

    litellm = _load()
    below, checked = [], 0
    for name, entry in CHATS.items():
        ours = dearest_usd(entry, 1000, 0, 500)
        if ours is None or ("/" in name and name.partition("/")[0] not in ("deepseek", "gemini", "xai", "perplexity")):
            continue
        theirs = 0.0
        with suppress(Exception):  # it prices some by rules of its own
            theirs = sum(litellm.cost_per_token(name, 1000, 500))
        checked += theirs > 0
        below += [name] * (theirs > ours * (1 + 1e-9))
    assert checked > 100
    assert below == []


def test_who_has_hours_and_who_always_searches():
    assert has_hours(LIST["deepseek-flash"])
    assert not has_hours(LIST["gpt-4o-mini"])
    assert always_searches(LIST["perplexity/sonar"])
    assert not always_searches(LIST["gpt-4o-mini"])


@pytest.mark.parametrize(
    "name", ["gpt-4o-mini-search-preview", "gpt-4o-search-preview", "gpt-5-search-api", "perplexity/sonar"]
)
def test_a_model_that_searches_on_every_call_costs_its_search_besides(name):
    fee = max(LIST[name]["search_context_cost_per_query"].values())
    plain = {field: value for field, value in LIST[name].items() if not field.startswith("search_")}
    assert dearest_usd(LIST[name], 1000, 0, 100, name=name) == pytest.approx(fee + dearest_usd(plain, 1000, 0, 100))


SEARCHERS = [
    "o3-deep-research", "azure/eu/o3-deep-research", "gemini/deep-research-preview-04-2026",
    "vercel_ai_gateway/perplexity/sonar", "aihubmix/gemini-3-flash-preview-search",
]  # fmt: skip


@pytest.mark.parametrize("name", SEARCHERS)
def test_what_searches_without_a_bound_or_a_listed_fee_has_no_known_price(name):
    assert dearest_usd(LIST[name], 1000, 0, 100, name=name) is None


def test_a_search_that_is_a_tool_costs_nothing_where_none_is_asked_for():
    entry = LIST["claude-sonnet-4-5"]
    assert entry["search_context_cost_per_query"]
    assert dearest_usd(entry, 1000, 0, 0, name="claude-sonnet-4-5") == pytest.approx(
        1000 * entry["input_cost_per_token"]
    )


def test_a_model_with_hours_costs_its_dearest_at_any_time(monkeypatch):
    model = (
        HostedModel("deepseek/deepseek-flash") if "deepseek/deepseek-flash" in LIST else HostedModel("deepseek-flash")
    )
    assert model.cheaper_hours
    assert model.expect(1_000_000, 0, 0).usd == pytest.approx(1e6 * LIST["deepseek-flash"]["input_cost_per_token"])
