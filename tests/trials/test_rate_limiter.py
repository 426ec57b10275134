"""The pace against a made-up server in made-up time: no loop, no clock, no network."""

import heapq
import math

import pytest

from curvefit.models.base import Allowance
from curvefit.trials.rate_limiter import RateLimiter


def simulate(pace, seconds, *, latency=0.05, allowed=math.inf, burst=0.25, slots=10**9, told=False, wait="exact"):
    """Ask as fast as the pace allows; return requests let through and refused, and the most in flight."""
    now, tokens, filled = 0.0, allowed * burst if allowed < math.inf else math.inf, 0.0
    flights, through, refused, most, busy_until = [], 0, 0, 0, [0.0] * min(slots, 64)
    while now < seconds:
        delay = pace.delay(now)
        if delay == 0:
            pace.sent(now)
            most = max(most, pace.in_flight)
            if allowed < math.inf:
                tokens, filled = min(allowed * burst, tokens + (now - filled) * allowed), now
            if tokens >= 1:
                tokens -= 1
                through += 1
                free = heapq.heappop(busy_until) if slots < 64 else now
                end = max(now, free) + latency
                if slots < 64:
                    heapq.heappush(busy_until, end)
                left = Allowance(int(allowed * burst), int(tokens), burst - tokens / allowed) if told else None
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
                pace.answered(now, sent_at, news)
            else:
                pace.limited(now, sent_at, news if wait == "exact" else wait)
    return through, refused, most


def test_it_starts_modest_and_reaches_what_it_may():
    pace = RateLimiter(64, 0.0)
    assert int(pace.limit) == 16
    through, _, most = simulate(pace, 20, latency=1.0)
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
    through, refused, _ = simulate(RateLimiter(64, 0.0), 60, allowed=50, told=True)
    assert through >= 0.85 * 50 * 60
    assert refused < silent


def test_a_server_with_few_slots_is_not_sent_many_requests_that_would_only_wait():
    _, _, most = simulate(RateLimiter(64, 0.0), 100, latency=1.0, slots=2)
    assert most == 32, "it tries twice as many now and then, and goes back"


def test_what_is_in_flight_is_spread_over_the_time_a_reply_takes():
    pace, now = RateLimiter(64, 0.0), 0.0
    for _ in range(16):  # all at once, and so they come back
        assert pace.delay(now) == 0
        pace.sent(now)
    for _ in range(16):
        pace.answered(1.0, 0.0)
    sent, now = [], 1.0
    while (delay := pace.delay(now)) is not None:
        now += delay
        pace.sent(now)
        sent.append(now)
    assert len(sent) == 64, "more, since all went well"
    assert sent[-1] - sent[0] == pytest.approx(0.8 * 63 / 64, abs=0.06)


@pytest.mark.parametrize("latency", [0.05, 1.0])
def test_spreading_costs_next_to_nothing_once_all_may_be_in_flight(latency):
    pace = RateLimiter(64, 0.0)
    early, _, _ = simulate(pace, 10 * latency, latency=latency)
    late, _, _ = simulate(RateLimiter(64, 0.0), 60 * latency, latency=latency)
    assert late - early >= 0.99 * 50 * 64


def test_a_limit_by_the_day_does_not_slow_down_a_run_it_has_room_for():
    pace = RateLimiter(64, 0.0)
    pace.sent(0.0)
    pace.answered(1.0, 0.0, Allowance(14_400, 3_500, 65_000.0))
    assert pace.rate >= 50
    pace.sent(1.0)
    pace.answered(2.0, 1.0, Allowance(4, 4, 1.0))
    assert pace.rate >= 50, "nothing counts as used"


def test_everybody_waits_when_one_is_refused():
    pace = RateLimiter(8, 0.0)
    for _ in range(3):
        pace.sent(0.0)
    pace.limited(0.1, 0.0, 30.0)
    assert pace.delay(0.1) == pytest.approx(30.0)
    assert pace.delay(20.1) == pytest.approx(10.0)


def test_refusals_of_what_was_sent_before_the_cut_are_no_news():
    pace = RateLimiter(8, 0.0)
    for _ in range(8):
        pace.sent(0.0)
    pace.answered(1.0, 0.0)
    pace.limited(1.0, 0.0, 0.0)
    cut = pace.rate
    for _ in range(6):
        pace.limited(1.01, 0.0, 0.0)
    assert pace.rate == cut


def test_a_server_that_mostly_fails_is_asked_less_at_once_and_one_that_seldom_does_is_not():
    rare, often = RateLimiter(8, 0.0), RateLimiter(8, 0.0)
    for pace, every in ((rare, 20), (often, 1)):
        for i in range(200):
            pace.sent(float(i))
            if i % every == 0:
                pace.failed(i + 0.5, float(i))
            else:
                pace.answered(i + 0.5, float(i))
    assert int(rare.limit) == 8
    assert int(often.limit) == 1


def test_a_pace_never_ends_in_standing_still():
    pace = RateLimiter(8, 0.0)
    now = 0.0
    for _ in range(50):
        now += pace.delay(now)
        pace.sent(now)
        pace.limited(now + 0.1, now, 0.0)
        now += 0.1
    assert pace.delay(now) <= 60
