"""The rate limiter against a made-up server in virtual time: no loop, no clock, no network."""

import heapq
import math
import random

import pytest

from curvefit.models.base import Allowance
from curvefit.trials.rate_limiter import RateLimiter


def simulate(
    limiter, seconds, *, latency=0.05, allowed=math.inf, burst=0.25, slots=10**9, headers=False, wait="exact", share=0.0
):
    """Ask as fast as the limiter allows; return requests let through and refused, and the most in flight.

    Refused are those over the rate, and for a second a share of all, by chance.
    """
    chance = random.Random(7)
    now, tokens, filled = 0.0, allowed * burst if allowed < math.inf else math.inf, 0.0
    flights, through, refused, most, busy_until = [], 0, 0, 0, [0.0] * min(slots, 64)
    while now < seconds:
        delay = limiter.delay(now)
        if delay == 0:
            limiter.record_sent(now)
            most = max(most, limiter.in_flight)
            if allowed < math.inf:
                tokens, filled = min(allowed * burst, tokens + (now - filled) * allowed), now
            if tokens >= 1 and chance.random() < share:
                refused += 1
                heapq.heappush(flights, (now + 0.01, -refused, now, False, 1.0))
            elif tokens >= 1:
                tokens -= 1
                through += 1
                free = heapq.heappop(busy_until) if slots < 64 else now
                end = max(now, free) + latency
                if slots < 64:
                    heapq.heappush(busy_until, end)
                left = Allowance(int(allowed * burst), int(tokens), burst - tokens / allowed) if headers else None
                heapq.heappush(flights, (end, through, now, True, left))
            else:
                refused += 1
                heapq.heappush(flights, (now + 0.01, -refused, now, False, (1 - tokens) / allowed))
            continue
        upcoming = [now + delay] if delay is not None else []
        upcoming += [flights[0][0]] if flights else []
        now = min(upcoming) + 1e-9
        while flights and flights[0][0] <= now:
            _, _, sent_at, answered, news = heapq.heappop(flights)
            if answered:
                limiter.record_reply(now, sent_at, news)
            else:
                limiter.record_refusal(now, sent_at, news if wait == "exact" else wait)
    return through, refused, most


def test_it_starts_modest_and_reaches_what_it_may():
    limiter = RateLimiter(64, 0.0)
    assert int(limiter.limit) == 16
    through, _, most = simulate(limiter, 20, latency=1.0)
    assert most == 64
    assert through >= 0.93 * 64 * 20


@pytest.mark.parametrize("allowed", [20, 50, 200, 1000])
def test_it_uses_what_a_server_allows_and_hardly_asks_for_more(allowed):
    through, refused, _ = simulate(RateLimiter(64, 0.0), 60, allowed=allowed)
    assert through >= 0.85 * allowed * 60
    assert refused <= 0.08 * through


def test_without_a_hint_how_long_to_wait_it_waits_and_goes_on():
    through, refused, _ = simulate(RateLimiter(64, 0.0), 120, allowed=50, wait=None)
    assert through >= 0.7 * 50 * 120
    assert refused <= 0.08 * through


def test_a_server_that_tells_what_is_left_seldom_has_to_refuse():
    _, silent, _ = simulate(RateLimiter(64, 0.0), 60, allowed=50)
    through, refused, _ = simulate(RateLimiter(64, 0.0), 60, allowed=50, headers=True)
    assert through >= 0.85 * 50 * 60
    assert refused < silent


def test_a_server_with_few_slots_is_not_sent_many_requests_that_would_only_wait():
    _, _, most = simulate(RateLimiter(64, 0.0), 100, latency=1.0, slots=2)
    assert most == 32, "it tries twice as many now and then, and goes back"


def test_what_is_in_flight_is_spread_over_the_time_a_reply_takes():
    limiter, now = RateLimiter(64, 0.0), 0.0
    for _ in range(16):  # all at once, and so they come back
        assert limiter.delay(now) == 0
        limiter.record_sent(now)
    for _ in range(16):
        limiter.record_reply(1.0, 0.0)
    moments, now = [], 1.0
    while (delay := limiter.delay(now)) is not None:
        now += delay
        limiter.record_sent(now)
        moments.append(now)
    assert len(moments) == 64, "more, since all went well"
    assert moments[-1] - moments[0] == pytest.approx(0.3 * 63 / 64, abs=0.06)


@pytest.mark.parametrize("latency", [0.05, 1.0])
def test_spreading_costs_next_to_nothing_once_all_may_be_in_flight(latency):
    limiter = RateLimiter(64, 0.0)
    early, _, _ = simulate(limiter, 10 * latency, latency=latency)
    late, _, _ = simulate(RateLimiter(64, 0.0), 60 * latency, latency=latency)
    assert late - early >= 0.99 * 50 * 64


def test_a_limit_by_the_day_does_not_slow_down_a_run_it_has_room_for():
    limiter = RateLimiter(64, 0.0)
    limiter.record_sent(0.0)
    limiter.record_reply(1.0, 0.0, Allowance(14_400, 3_500, 65_000.0))
    assert limiter.rate >= 50
    limiter.record_sent(1.0)
    limiter.record_reply(2.0, 1.0, Allowance(4, 4, 1.0))
    assert limiter.rate >= 50, "nothing counts as used"


def test_everybody_waits_when_one_is_refused():
    limiter = RateLimiter(8, 0.0)
    for _ in range(3):
        limiter.record_sent(0.0)
    limiter.record_refusal(0.1, 0.0, 30.0)
    assert limiter.delay(0.1) == pytest.approx(30.0)
    assert limiter.delay(20.1) == pytest.approx(10.0)


def test_refusals_of_what_was_sent_before_the_cut_are_no_news():
    limiter = RateLimiter(8, 0.0)
    for _ in range(8):
        limiter.record_sent(0.0)
    limiter.record_reply(1.0, 0.0)
    limiter.record_refusal(1.0, 0.0, 0.0)
    cut = limiter.rate
    for _ in range(6):
        limiter.record_refusal(1.01, 0.0, 0.0)
    assert limiter.rate == cut


def test_a_server_that_mostly_fails_is_asked_less_at_once_and_one_that_seldom_does_is_not():
    rare, often = RateLimiter(8, 0.0), RateLimiter(8, 0.0)
    for limiter, every in ((rare, 20), (often, 1)):
        for i in range(200):
            limiter.record_sent(float(i))
            if i % every == 0:
                limiter.record_failure(i + 0.5, float(i))
            else:
                limiter.record_reply(i + 0.5, float(i))
    assert int(rare.limit) == 8
    assert int(often.limit) == 1


def test_a_limiter_never_ends_in_standing_still():
    limiter = RateLimiter(8, 0.0)
    now = 0.0
    for _ in range(50):
        now += limiter.delay(now)
        limiter.record_sent(now)
        limiter.record_refusal(now + 0.1, now, 0.0)
        now += 0.1
    assert limiter.delay(now) <= 60


@pytest.mark.parametrize(("latency", "seconds"), [(0.05, 20), (1.0, 60)])
def test_refusals_that_come_at_any_pace_cost_little(latency, seconds):
    through, _, _ = simulate(RateLimiter(64, 0.0), seconds, latency=latency)
    beside, refused, _ = simulate(RateLimiter(64, 0.0), seconds, latency=latency, share=0.2)
    assert beside >= 0.4 * through
    assert refused / (beside + refused) == pytest.approx(0.2, abs=0.04)


def test_who_is_refused_at_any_pace_waits_alone():
    limiter = RateLimiter(64, 0.0)
    simulate(limiter, 20, share=0.2)
    limiter.record_sent(50.0)
    assert limiter.record_refusal(50.1, 50.0, 30.0) == 30.0
    assert limiter.delay(51.0) == 0.0


@pytest.mark.parametrize("allowed", [20, 50, 200])
def test_a_server_with_a_store_of_requests_is_not_long_taken_to_refuse_at_any_pace(allowed):
    """What it lets through at first is more than it allows, and then a slow pace seems to be refused."""
    limiter = RateLimiter(64, 0.0)
    through, refused, _ = simulate(limiter, 240, allowed=allowed, burst=10, wait=1.0)
    assert through >= 0.85 * allowed * 240
    assert refused <= 0.08 * through
    limiter.record_sent(500.0)
    assert limiter.record_refusal(500.1, 500.0, 30.0) == 0.0
    assert limiter.delay(500.1) == pytest.approx(30.0)
