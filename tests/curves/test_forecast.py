import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.curves.discrepancy import Discrepancy, Extension, discrepancies
from curvefit.curves.families import FAMILIES
from curvefit.curves.forecast import Forecast, forecast, forecasts
from curvefit.curves.grid import GAIN_SD
from curvefit.curves.posterior import _factors, _Frame, _prior_of, _product, posteriors
from curvefit.curves.variance import Noise
from curvefit.errors import CurveError

SHOTS = np.array([1, 2, 4, 8, 16, 32, 64])


def exact(stderr, size=7):
    """Independent noise, well known."""
    return Noise(np.eye(size) * stderr**2, np.eye(size) * 1e-12, 1e4, 1e4)


def by_quadrature(rise, means, latent, error):
    """log of the integral of likelihood times prior over gain > 0 and any floor, on a fine grid."""
    floor, gain = np.linspace(-3, 4, 1401), np.linspace(0, 5, 1001)
    inverse = np.linalg.inv(latent + error)
    residual = means[:, None, None] - floor[None, :, None] - rise[:, None, None] * gain[None, None, :]
    misfit = np.einsum("sfg,st,tfg->fg", residual, inverse, residual)
    prior = ((floor - 0.5) / 0.4)[:, None] ** 2 + (gain / GAIN_SD)[None, :] ** 2
    cells = np.exp(-0.5 * (misfit + prior)) * (floor[1] - floor[0]) * (gain[1] - gain[0])
    cells[:, 0] /= 2
    determinant = np.linalg.slogdet(latent + error)[1]
    return np.log(cells.sum()) - 0.5 * determinant - np.log(2 * np.pi * 0.4 * GAIN_SD)


def fitted(shots, means, noise):
    return Forecast.of(*posteriors(shots, [(means, noise)], 0), 0.9)


def test_the_evidence_is_the_integral_it_claims_to_be():
    shots = np.array([1.0, 4.0, 16.0, 64.0])
    means = np.array([0.3, 0.42, 0.5, 0.61])
    noise = exact(0.03, 4)
    frame = _Frame(_prior_of(tuple(shots.tolist()), 0), noise)
    prior, grid, fit = frame.prior, frame.prior.grid, frame.fit(means)
    some = [70, 300, 700, 1200, 1600]
    for setting in (2, len(prior.kind_of) - 1):  # a walk and a turn
        kind = prior.kinds[prior.kind_of[setting]]
        error = noise.items + _factors(noise)[prior.size_of[setting]] * noise.draws
        latent = kind.covariance(np.log1p(shots), np.log1p(shots))
        wanted = np.array([by_quadrature(grid.rise[:, j], means, latent, error) for j in some])
        found = fit.log_weight[setting, some] - grid.log_prior[some]
        np.testing.assert_allclose(found - found[0], wanted - wanted[0], atol=2e-3)


@pytest.mark.parametrize("between", [0, 3, 400])
def test_a_product_in_parts_is_the_product(between):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(19, between)), rng.normal(size=(between, 500))
    np.testing.assert_allclose(_product(a, b), a @ b, rtol=0, atol=1e-12)


def test_no_part_of_a_product_is_shared_among_threads(monkeypatch):
    """OpenBLAS does so from 2**20 multiplications on; on a busy machine each then waited for milliseconds."""
    multiply, counts = np.matmul, []
    monkeypatch.setattr(np, "matmul", lambda a, b, out: counts.append(a.size * b.shape[1]) or multiply(a, b, out=out))
    _product(np.ones((19, 36)), np.ones((36, 1729)))
    assert sum(counts) == 19 * 36 * 1729
    assert max(counts) < 2**20


def test_many_at_once_are_forecast_as_each_alone():
    """Over equal and unequal shots, with noise of their own and shared, in any order."""
    rng = np.random.default_rng(0)
    curves = [
        Curve.from_means(shots, np.sort(rng.uniform(0.2, 0.9, len(shots))), stderr)
        for shots, stderr in [(SHOTS, np.full(7, 0.02)), (SHOTS[:5], None), (SHOTS, None), (SHOTS, np.full(7, 0.02))]
    ]
    many = forecasts(curves)
    assert len({ahead.at(100).value for ahead in many}) == 4
    for curve, ahead in zip(curves, many, strict=True):
        alone = forecast(curve)
        assert ahead.at(100) == alone.at(100)
        assert ahead.weights == alone.weights


def test_a_restricted_normal_is_drawn_as_its_theory_says():
    """One point and no rise to tell: the floor's prior times the likelihood, cut at 0."""
    (draws,) = posteriors(np.array([0]), [(np.array([0.02]), exact(0.01, 1))], 0)
    latent = draws.at(np.array([0.0]))[:, 0]
    assert latent.mean() == pytest.approx(0.02, abs=0.005)
    assert latent.min() >= 0


@pytest.mark.parametrize(
    "truth",
    [
        lambda k: 0.9 - 0.7 * (1 + k) ** -0.4,
        lambda k: 0.2 + 0.6 * -np.expm1(-k / 10),
        lambda k: 0.3 + 0.5 * k / (k + 6),
        lambda k: np.full_like(k, 0.45),
    ],
)
def test_a_precise_curve_of_a_known_family_is_found_again(truth):
    ahead = fitted(SHOTS, truth(SHOTS.astype(float)), exact(0.002))
    for shots in (3.0, 12.0, 64.0, 128.0):
        assert ahead.at(shots).value == pytest.approx(truth(np.array([shots]))[0], abs=0.02)
        assert ahead.at(shots).low <= truth(np.array([shots]))[0] + 0.002


@pytest.mark.parametrize(
    ("family", "truth"),
    [("exponential", lambda k: 0.1 - 0.8 * np.expm1(-k / 12)), ("power3", lambda k: 0.9 - 0.8 * (1 + k) ** -0.3)],
)
def test_the_right_family_gets_the_weight_when_the_data_can_tell(family, truth):
    k = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
    ahead = fitted(k, truth(k), exact(0.001, 9))
    assert max(ahead.weights, key=ahead.weights.get) == family
    assert sum(ahead.weights.values()) == pytest.approx(1.0)
    assert set(ahead.weights) == {f.name for f in FAMILIES}


def test_the_same_curve_and_seed_give_the_same_bytes(simulation):
    curve = simulation.simulate(simulation.TRUTHS["late riser"], simulation.Setting(), 3)
    one, two, other = (forecast(curve, seed=seed) for seed in (5, 5, 6))
    assert one.at(500) == two.at(500)
    anywhere = np.array([0.0, 3.0, 64.0, 5000.0])
    assert one.draws.at(anywhere).tobytes() == two.draws.at(anywhere).tobytes()
    assert one.at(500) != other.at(500)
    assert one.at(500).value == pytest.approx(other.at(500).value, abs=0.02)


def test_what_lies_beyond_is_the_same_however_it_is_looked_at():
    """It is made when it is looked at: up to there, or further, alone or with others."""
    shots = np.array([0.0, 3.0, 64.0, 100.0, 512.0, 5000.0, 1e7])
    for curve in (BANKING77, Curve.from_means([0], [0.4]), Curve.from_means([4, 8], [0.2, 0.3])):
        draws = forecast(curve, n_classes=77).draws
        together = draws.at(shots)
        for i, k in enumerate(shots):
            np.testing.assert_allclose(draws.at(np.array([k]))[:, 0], together[:, i], rtol=0, atol=1e-13)
    assert np.std(together[:, -1] - together[:, -2]) < np.std(together[:, -1] - together[:, 1])


def test_the_forecast_leaves_the_global_random_state_alone(simulation):
    curve = simulation.simulate(simulation.TRUTHS["late riser"], simulation.Setting(), 3)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state under test
    forecast(curve)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_forecasts_do_not_depend_on_the_order_of_draws_or_items(simulation):
    curve = simulation.simulate(simulation.TRUTHS["late riser"], simulation.Setting(), 3)
    rng = np.random.default_rng(0)
    mixed = curve.scores[:, rng.permutation(5)][:, :, rng.permutation(100)]
    for shots in (0, 32, 500):
        a, b = (forecast(c).at(shots) for c in (curve, Curve(curve.shots, mixed)))
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=1e-3)


def test_a_band_is_what_single_forecasts_are(simulation):
    ahead = forecast(simulation.simulate(simulation.TRUTHS["late riser"], simulation.Setting(), 3))
    shots = [0, 1, 3, 64, 1000]
    middle, low, high = ahead.band(shots)
    for i, k in enumerate(shots):
        one = ahead.at(k)
        assert (one.value, one.low, one.high) == (middle[i], low[i], high[i])


def test_a_gain_is_a_difference_on_the_same_curve(simulation):
    ahead = forecast(simulation.simulate(simulation.TRUTHS["early plateau"], simulation.Setting(), 3))
    gain = ahead.gain(32, 64)
    independent = np.hypot(*(ahead.at(k).high - ahead.at(k).low for k in (32, 64)))
    assert gain.high - gain.low < 0.5 * independent
    assert ahead.gain(64, 64).low == ahead.gain(64, 64).high == 0
    assert ahead.gain_per_doubling(32) == gain
    assert ahead.gain_per_doubling(0) == ahead.gain(0, 1)


def test_uncertainty_grows_beyond_the_data(simulation):
    ahead = forecast(simulation.simulate(simulation.TRUTHS["slow, like log"], simulation.Setting(), 3))
    _, low, high = ahead.band([64, 128, 512, 4096])
    assert np.all(np.diff(high - low) > 0)


def test_a_forecast_stays_within_0_and_1():
    for means in (np.zeros(7), np.ones(7), np.linspace(0.7, 1.0, 7)):
        middle, low, high = forecast(Curve.from_means(SHOTS, means)).band([0, 1, 64, 10_000, 10**9])
        assert np.all((low >= 0) & (low <= middle) & (middle <= high) & (high <= 1))


def test_0_shots_do_not_bend_the_curve_through_the_rest():
    shots = np.array([0, *SHOTS])
    steady = 0.5 + 0.05 * np.log2(SHOTS) / 6
    ends = [fitted(shots, np.array([zero, *steady]), exact(0.01, 8)).at(512).value for zero in (0.1, 0.45, 0.6)]
    assert max(ends) - min(ends) < 0.02
    at_zero = fitted(shots, np.array([0.1, *steady]), exact(0.01, 8)).at(0)
    assert at_zero.value == pytest.approx(0.1, abs=0.01)


def test_unmeasured_0_shots_are_uncertain():
    at = forecast(Curve.from_means(SHOTS, np.full(7, 0.5), np.full(7, 0.01))).at(0)
    assert at.high - at.low > 0.4


def test_a_fall_goes_on_or_ends_and_the_band_holds_both():
    means = np.array([0.3, 0.6, 0.8, 0.8, 0.7, 0.6, 0.5])
    ahead = fitted(SHOTS, means, exact(0.01))
    assert ahead.at(64).value == pytest.approx(0.5, abs=0.04)
    assert ahead.at(128).low < 0.4 < ahead.at(128).value + 0.03
    assert ahead.at(256).low < 0.3
    assert ahead.at(256).high > 0.5


@pytest.mark.parametrize("size", [30, 111])
def test_a_long_curve_is_forecast_as_a_thinned_one_would_be(size):
    k = np.unique(np.geomspace(16, 4096, size).astype(int))
    truth = 0.9 - 0.5 * (k / 16) ** -0.5
    ahead = fitted(k, truth, exact(0.005, len(k)))
    assert ahead.at(16384).value == pytest.approx(0.9 - 0.5 * 1024**-0.5, abs=0.02)
    assert ahead.at(100).value == pytest.approx(0.9 - 0.5 * 6.25**-0.5, abs=0.01)


def test_points_at_the_end_and_at_0_shots_are_never_averaged_away():
    k = np.array([0, *np.unique(np.geomspace(1, 4096, 60).astype(int))])
    means = np.where(k == 0, 0.05, 0.6)
    means[-1] = 0.7
    ahead = fitted(k, means, exact(0.001, len(k)))
    assert ahead.at(0).value == pytest.approx(0.05, abs=0.005)
    assert ahead.at(int(k[-1])).value == pytest.approx(0.7, abs=0.005)


def test_a_short_or_poor_curve_gets_a_wide_answer_rather_than_none():
    for shots, shape in (([5], (1, 3, 10)), ([0], (1, 1, 2)), ([1, 2], (2, 1, 2)), ([0, 1, 2], (3, 2, 2))):
        scores = np.random.default_rng(0).integers(0, 2, shape).astype(float)
        at = forecast(Curve(shots, scores)).at(100)
        assert at.high - at.low > 0.2


def test_a_number_of_shots_without_a_score_is_passed_over(simulation):
    curve = simulation.simulate(simulation.TRUTHS["early plateau"], simulation.Setting(), 1)
    holed = curve.scores.copy()
    holed[3] = np.nan
    rows = [0, 1, 2, 4, 5, 6, 7]
    assert forecast(Curve(curve.shots, holed)).at(100) == forecast(Curve(curve.shots[rows], curve.scores[rows])).at(100)


def test_a_higher_level_is_a_wider_interval_of_the_same_posterior():
    curve = Curve.from_means(SHOTS, np.linspace(0.2, 0.6, 7))
    narrow, wide = forecast(curve, level=0.5).at(500), forecast(curve, level=0.95).at(500)
    assert narrow.value == wide.value
    assert wide.low < narrow.low < narrow.high < wide.high


def test_what_cannot_be_forecast_is_refused():
    curve = Curve.from_means([1, 2], [0.2, 0.3])
    with pytest.raises(CurveError, match=r"1\.5"):
        forecast(curve, level=1.5)
    for shots in (-1.0, np.nan, np.inf):
        with pytest.raises(CurveError, match=str(shots)):
            forecast(curve).at(shots)


@pytest.mark.slow
def test_nine_in_ten_intervals_hold_the_truth_twice_beyond_the_data(simulation):
    """Over truths that rise, flatten and do both: coverage of 90% intervals for accuracy at 128 shots."""
    names = ["rising power law", "steady riser", "early plateau", "plateau at 16", "near the ceiling", "slow, like log"]
    hits = []
    for i, name in enumerate(names):
        truth = simulation.TRUTHS[name]
        for seed in range(20):
            at = forecast(simulation.simulate(truth, simulation.Setting(), 100 * i + seed)).at(128)
            hits.append(at.low <= truth(np.array([128.0]))[0] <= at.high)
    # Three standard errors of a share over 120 curves are 0.08.
    assert np.mean(hits) >= 0.82


@pytest.mark.parametrize("accuracy", [0.0, 0.3])
def test_0_shots_alone_rule_no_rise_out(accuracy):
    ahead = forecast(Curve.from_means([0], [accuracy], n_items=100)).at(64)
    assert ahead.low < 0.25
    assert ahead.high > 0.9


@pytest.mark.slow
def test_more_items_and_draws_narrow_the_interval_in_expectation(simulation):
    truth = simulation.TRUTHS["plateau at 16"]
    widths = []
    for draws, items in ((2, 25), (5, 100), (10, 400)):
        setting = simulation.Setting(draws=draws, items=items)
        at = [forecast(simulation.simulate(truth, setting, seed)).at(128) for seed in range(12)]
        widths.append(np.mean([e.high - e.low for e in at]))
    assert widths[0] > 1.3 * widths[1] > 1.3 * widths[2]


def test_multiplying_all_numbers_of_shots_multiplies_where_the_forecast_lies():
    """Up to the 1 that is added to shots in the discrepancy's log, priors move with the measured range."""
    means = np.array([0.3, 0.42, 0.5, 0.57, 0.61, 0.64, 0.66])
    near = fitted(16 * SHOTS, means, exact(0.02)).at(16 * 256)
    far = fitted(256 * SHOTS, means, exact(0.02)).at(256 * 256)
    assert near.value == pytest.approx(far.value, abs=0.02)
    assert near.high - near.low == pytest.approx(far.high - far.low, abs=0.04)


# Accuracies at 10, 20 and 25 shots, then 0.880 at 1,750, of 77 classes: Bertsch et al. (2024), Llama-2-7B-80k.
BANKING77 = Curve.from_means([10, 20, 25], [0.359, 0.360, 0.381], n_items=250)


def test_below_the_number_of_classes_a_rise_is_to_be_expected_that_nothing_shows_yet():
    unknown, known = (forecast(BANKING77, n_classes=n) for n in (0, 77))
    for shots in (50, 100, 200, 1750):
        assert known.at(shots).value > unknown.at(shots).value + 0.01
        assert known.at(shots).high > unknown.at(shots).high
    assert known.at(1750).low <= 0.880 <= known.at(1750).high


def test_the_number_of_classes_changes_nothing_once_there_are_as_many_shots():
    for n in (1, 2, 25):
        assert np.array_equal(forecast(BANKING77, n_classes=n).draws.gain, forecast(BANKING77).draws.gain)


def test_unseen_classes_leave_what_was_measured_as_it_was():
    shots, means = [0, 1, 2, 4, 8, 16, 32], [0.2, 0.5, 0.62, 0.69, 0.7, 0.7, 0.7]
    curve = Curve.from_means(shots, means, np.full(7, 0.005))
    unknown, known = (forecast(curve, n_classes=n) for n in (0, 77))
    for a, b in zip(unknown.at(shots), known.at(shots), strict=True):
        assert a.value == pytest.approx(b.value, abs=0.01)


def test_a_shape_of_unknown_amount_is_drawn_on_from_what_was_measured():
    """Without noise the values say what the amount is, and the draws go on with it."""
    u, to = np.array([0.5, 1.0, 2.0]), np.array([3.0, 4.0])
    kind = Discrepancy(1e-6, 1.0, shape=lambda u: u**2, mean=0.3, sd=0.2)
    values, noise = np.tile(0.7 * u**2, (50, 1)).T, np.random.default_rng(0).standard_normal((2, 4000))
    drawn = Extension.of(kind, u, to).draw(values, noise[:, :50], 2)
    assert np.allclose(drawn.T, 0.7 * to**2, atol=1e-3)
    assert np.array_equal(Extension.of(kind, u, to).draw(values, noise[:, :50], 1), drawn[:1])
    free = Extension.of(kind, np.array([]), to).draw(np.zeros((0, 4000)), noise, 2)
    assert np.allclose(free.mean(axis=1), 0.3 * to**2, atol=0.2)


@pytest.mark.parametrize("n_classes", [0, 5, 77])
def test_the_kinds_of_discrepancy_have_weights_that_add_up_to_1(n_classes):
    assert sum(kind.weight for kind in discrepancies(np.log1p(np.array([0.0, 1, 4, 16])), n_classes)) == pytest.approx(
        1
    )


JUMPED = [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.73]


def test_a_jump_in_the_last_step_is_forecast_from_where_it_was_measured():
    ahead = fitted(SHOTS, np.array(JUMPED), exact(0.03))
    assert ahead.draws.jump == (32, 64)
    at_last, later = ahead.at([64, 256])
    assert abs(at_last.value - 0.73) < 0.03
    assert later.low < 0.75, "it may be over"
    assert later.high > 0.95, "or go on"
    assert ahead.gain(64, 256).value < 0.1


@pytest.mark.parametrize(
    "means", [[0.2] * 7, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [0.1, 0.1, 0.12, 0.15, 0.2, 0.3, 0.45]]
)
def test_a_curve_that_a_smooth_one_comes_near_does_not_jump(means):
    ahead = fitted(SHOTS, np.array(means), exact(0.03))
    assert ahead.draws.jump is None
    assert not any(kind.jump for kind in ahead.draws.paths.prior.kinds)


def test_curves_that_jump_and_others_are_forecast_together_as_alone():
    curves = [Curve.from_means(SHOTS, means, 0.03) for means in (JUMPED, np.linspace(0.2, 0.8, 7), JUMPED)]
    together = [each.at(256) for each in forecasts(curves)]
    assert together == [forecast(curve).at(256) for curve in curves]
