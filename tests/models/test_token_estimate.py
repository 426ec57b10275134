"""Which vocabulary a model's name tells, where its tokens can only be estimated."""

from __future__ import annotations

import pytest

from curvefit.models.token_estimate import share_of_old

CHINESE = "你好世界"


@pytest.mark.parametrize("name", ["meta-llama/Llama-3.1-8B", "llama3-70b", "llama-v3p1-8b-instruct", "deepseek-chat"])
def test_a_family_with_a_newer_vocabulary_is_known_by_its_name(name):
    assert share_of_old(name, CHINESE) == 0.0


@pytest.mark.parametrize(
    "name", ["codellama/CodeLlama-34b-Instruct-hf", "llama-30b", "llama-33b", "deepseek-coder-33b"]
)
def test_a_size_that_begins_with_three_is_no_third_version(name):
    """Their vocabulary is the old one: counted as the newer, a cap on spending would not hold."""
    assert share_of_old(name, CHINESE) == 1.0
