"""Passes made by hand against torch's own."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    """Not before a test of these runs: to collect the others takes no torch."""
    global torch, kernels
    torch = pytest.importorskip("torch")
    kernels = pytest.importorskip("curvefit.training.kernels")


def tensors(*shapes):
    source = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=source, dtype=torch.float32) for shape in shapes]


def test_loss_and_gradient_of_replies_are_those_of_cross_entropy():
    hidden, vocabulary = tensors((37, 12), (301, 12))  # neither a multiple of what is filled up to
    targets = torch.arange(37) * 8
    ours, theirs = hidden.clone().requires_grad_(), hidden.clone().requires_grad_()
    loss = kernels.reply_loss(ours, vocabulary, targets)
    expected = torch.nn.functional.cross_entropy(theirs @ vocabulary.t(), targets, reduction="sum")
    (loss / 7).backward()
    (expected / 7).backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_checks_have_the_loss_of_training_and_know_the_most_probable_token():
    hidden, vocabulary = tensors((200, 12), (301, 12))  # more places than are scored at a time
    best = (hidden @ vocabulary.t()).argmax(-1)
    targets = torch.where(torch.arange(200) % 3 == 0, (best + 1) % 301, best)
    total, first = kernels.reply_ranks(hidden, vocabulary, targets)
    assert total == pytest.approx(float(kernels.reply_loss(hidden, vocabulary, targets)), rel=1e-5)
    assert first.tolist() == [n % 3 != 0 for n in range(200)]


@pytest.mark.parametrize("bias", [False, True])
def test_a_low_rank_layer_gives_the_values_and_gradients_of_its_formula(bias):
    torch.manual_seed(0)
    linear = torch.nn.Linear(9, 5, bias=bias).requires_grad_(False)
    layer = kernels.LowRankLinear(linear, rank=3, scale=2.0)
    x, a, b = tensors((2, 4, 9), (3, 9), (5, 3))
    layer.a.data.copy_(a)
    layer.b.data.copy_(b)
    learned = [values.clone().requires_grad_() for values in (x, a, b)]
    expected = linear(learned[0]) + 2.0 * learned[0] @ learned[1].t() @ learned[2].t()
    ours = x.clone().requires_grad_()
    found = layer(ours)
    torch.testing.assert_close(found, expected)
    found.square().sum().backward()
    expected.square().sum().backward()
    for got, wanted in zip((ours, layer.a, layer.b), learned, strict=True):
        torch.testing.assert_close(got.grad, wanted.grad)
    layer.adapted = False
    torch.testing.assert_close(layer(x), linear(x))
