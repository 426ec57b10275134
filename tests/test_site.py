"""The site of docs/ holds all that its pages link to. `make docs` builds it, where any warning is an error."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

import curvefit
from benchmarks.pages import site


@pytest.mark.parametrize(
    ("page", "link", "target", "uri"),
    [
        ("docs/payoff.md", "deciding.md", "docs/deciding.md", "deciding.md"),
        ("docs/payoff.md", "../reports/verdicts.md", "reports/verdicts.md", "reports/verdicts.md"),
        ("docs/payoff.md", "../sample_tasks", "sample_tasks/README.md", "sample_tasks/README.md"),
        ("CONTRIBUTING.md", "docs/README.md", "docs/README.md", "README.md"),
        ("reports/payoff/README.md", "gains.png", "reports/payoff/gains.png", "reports/payoff/gains.png"),
    ],
)
def test_a_link_of_the_repository_finds_its_place_in_the_site(page, link, target, uri):
    assert site.linked(page, link) == target
    assert site.site_path(target) == uri


@pytest.mark.parametrize(
    ("here", "written", "shown"),
    [
        ("payoff.md", "[a](../reports/verdicts.md#b)", "[a](reports/verdicts.md#b)"),
        ("sample_tasks/README.md", "[a](../docs/measuring.md)", "[a](../measuring.md)"),
        ("payoff.md", "[a](https://a.example/b) [c](#d)", "[a](https://a.example/b) [c](#d)"),
    ],
)
def test_links_are_pointed_to_that_place(here, written, shown):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=here))
    assert site.on_page_markdown(written, page=page) == shown


def test_every_public_name_is_on_the_page_of_names_once():
    assert sorted(re.findall(r"^::: curvefit\.(\w+)$", site.api_page(), re.MULTILINE)) == curvefit.__all__
