from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from curvefit.models.base import Allowance, Message
from curvefit.models.wire import allowance, turns, wait, with_cache_mark


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After": "1", "Retry-After-Ms": "20"}, 0.02),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "inf"}, 600),
        ({"Retry-After": "86400"}, 600),
        ({"Retry-After": "Fri, 99 Foo 2026"}, None),
    ],
)
def test_a_server_says_how_long_to_wait_in_several_ways(headers, seconds):
    assert wait(headers) == seconds


@pytest.mark.parametrize(("seconds_left", "seconds"), [(30, 30), (-4000, 0), (10**7, 600)])
def test_a_date_is_as_good_as_two_clocks_and_never_waits_for_long(seconds_left, seconds):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_left), usegmt=True)
    assert wait({"Retry-After": date}) == pytest.approx(seconds, abs=2)


@pytest.mark.parametrize(("value", "seconds"), [("120ms", 0.12), ("6m0s", 360), ("1s", 1), ("1h2m", 600), ("2.5", 2.5)])
def test_what_is_left_is_read_as_openai_says_it(value, seconds):
    headers = {
        "llm_provider-x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": value,
    }
    assert allowance(headers) == Allowance(500, 499, pytest.approx(seconds))


def test_what_is_left_is_read_as_anthropic_says_it():
    whole = (datetime.now(UTC) + timedelta(seconds=30)).isoformat().replace("+00:00", "Z")
    prefix = "llm_provider-anthropic-ratelimit-requests"
    read = allowance({f"{prefix}-limit": "50", f"{prefix}-remaining": "20", f"{prefix}-reset": whole})
    assert read == Allowance(50, 20, pytest.approx(30, abs=2))


@pytest.mark.parametrize("broken", [{}, {"x-ratelimit-remaining-requests": "many"}, {"x-ratelimit-reset-requests": ""}])
def test_what_cannot_be_read_counts_as_not_said(broken):
    headers = {f"x-ratelimit-{name}-requests": "5" for name in ("limit", "remaining", "reset")} if broken else {}
    assert allowance(headers | broken) is None


def test_the_mark_for_the_cache_stands_before_the_last_turn_and_changes_no_word():
    conversation = turns(
        (Message("system", "Do."), Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    )
    with_mark = with_cache_mark(conversation)
    assert with_mark[2]["content"] == [{"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]
    assert [m for i, m in enumerate(with_mark) if i != 2] == [m for i, m in enumerate(conversation) if i != 2]
    assert with_cache_mark(conversation[:1]) == conversation[:1]
