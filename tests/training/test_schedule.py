import pytest

from curvefit.training.schedule import Check, Recipe, best


def test_few_examples_are_seen_more_often_but_not_without_end():
    epochs = [Recipe().epochs(n) for n in (1, 8, 32, 128, 512, 100_000)]
    assert epochs == [32, 32, 16, 8, 4, 3]


def test_every_pass_shows_every_example_once_in_an_order_of_its_own():
    recipe = Recipe(batch=8)
    passes = [recipe.batches(20, seed, epoch) for seed, epoch in ((0, 1), (0, 2), (1, 1))]
    assert all(sorted(i for batch in batches for i in batch) == list(range(20)) for batches in passes)
    assert [len(batch) for batch in passes[0]] == [8, 8, 4]
    assert len(set(passes)) == 3
    assert recipe.batches(20, 0, 1) == passes[0]


def test_steps_are_those_of_all_passes():
    recipe = Recipe()
    for n in (5, 32, 33, 512):
        assert recipe.steps(n) == sum(len(recipe.batches(n, 0, epoch + 1)) for epoch in range(recipe.epochs(n)))


def test_the_rate_rises_to_its_peak_and_falls_to_a_tenth():
    recipe = Recipe(rate=1.0)
    rates = [recipe.rate_at(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


def test_the_best_check_has_most_exact_replies_then_least_loss_then_comes_first():
    first, second = Check(1, 0.5, 0.25), Check(2, 0.4, 0.25)
    assert best([first, second]) is second
    assert best([first, second, Check(3, 0.9, 0.5)]).epoch == 3
    assert best([second, Check(4, 0.4, 0.25)]) is second


def test_training_stops_once_enough_checks_in_a_row_were_no_better():
    recipe = Recipe(patience=2)
    worse = [Check(epoch, 0.5 + epoch, 0.0) for epoch in range(1, 5)]
    assert [recipe.out_of_patience(worse[:k]) for k in range(5)] == [False, False, False, True, True]
    assert not recipe.out_of_patience([*worse[:2], Check(3, 0.1, 0.0)])


def test_the_last_pass_is_always_looked_at():
    for n in (1, 7, 32, 100, 512):
        assert Recipe().checks_after(Recipe().epochs(n), n)
    assert [Recipe().checks_after(epoch, 32) for epoch in range(1, 5)] == [False, True, False, True]
