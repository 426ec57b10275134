import numpy as np
import pytest

from curvefit.curves.random_numbers import batch, normals


def test_the_numbers_of_a_seed_are_those_of_one_generator_in_order():
    rng = np.random.default_rng(7)
    for place in range(3):
        found = batch(7, place, 50)
        assert found.start == rng.random()
        np.testing.assert_array_equal(found.log_tail, np.log1p(-rng.random(50)))
        np.testing.assert_array_equal(found.floor, rng.standard_normal(50))
    np.testing.assert_array_equal(normals(7, 2, 50, 1000), rng.standard_normal(1000))


def test_batches_are_the_same_in_whatever_order_they_are_asked_for():
    wanted = [batch(8, place, 20) for place in range(4)]
    batch.cache_clear()
    for place in (3, 0, 2, 1):
        np.testing.assert_array_equal(batch(8, place, 20).floor, wanted[place].floor)
    assert len({numbers.start for numbers in wanted}) == 4


def test_numbers_that_all_curves_share_cannot_be_written_to():
    for shared in (batch(1, 0, 10).floor, batch(1, 0, 10).log_tail, normals(1, 0, 10, 10)):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 1.0
