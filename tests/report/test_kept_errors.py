"""What was paid for once stays on a study's page: the errors of replies that are gone."""

from __future__ import annotations

import re

import pytest

from curvefit.measurement.measure import measure
from curvefit.models.simulated import parse
from curvefit.report import study_files
from curvefit.report.kept_errors import with_errors_of
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design

_MISSED = study_files._missed
_NOTHING = "<p>This page has no replies.</p>"
_TWO = "<details>one</details><details>two</details>"


def missed(count, errors, link='<a href="#errors">Read them</a>', shown="4 examples", subject="a on b"):
    return f"""<p class="subject">{subject}</p>
<dl class="tiles">
<div><dt>Best prompt</dt><dd class="value">67%</dd><dd>(40% to 80%) with {shown}</dd></div>
</dl>
<h2>What it gets wrong</h2>
<p>{count}. {link}</p>
<details id="errors"><summary>Errors</summary>{errors}</details>
<details id="curve">new</details>"""


def test_a_page_made_again_keeps_the_errors_of_its_replies():
    old = missed("3 of 9 items, mostly other", _TWO).replace("new", "old")
    new = missed("3 of 9 items", _NOTHING)
    kept = with_errors_of(old, new)
    assert kept == missed("3 of 9 items, mostly other", _TWO)
    assert with_errors_of(new, kept) == kept
    none_wrong = "<h2>What it gets wrong</h2>\n<p>0 of 9 items.</p>"
    assert with_errors_of(none_wrong, none_wrong) == none_wrong
    assert with_errors_of("", new) == new
    folded = "<p>With the prompt to use: 1 of 9 items missed in most draws, 3 in at least one.</p>"
    now = missed("1 of 9 items missed in most draws", folded + _NOTHING)
    assert _TWO in with_errors_of(missed("1 of 9 items missed in most draws", folded + _TWO), now)
    assert _TWO in with_errors_of(
        missed("3 of 9 items missed in at least one draw", _TWO), now
    )  # as versions before say
    assert _TWO not in with_errors_of(missed("1 of 9 items missed in at least one draw", _TWO), now)
    link = '<h2>What it gets wrong</h2>\n<p>The missed items: <a href="#errors">{}</a></p>'
    costed = now.replace(re.search(r"<h2>What(?s:.*?)</p>", now)[0], link.format("How to read them"))  # as without room
    old = missed("1 of 9 items missed in most draws", folded + _TWO)
    assert _TWO in with_errors_of(old, costed)
    assert link.format("Read them") in with_errors_of(old, costed)
    assert "1 of 9 items missed in most draws. <a" in with_errors_of(with_errors_of(old, costed), now)
    assert with_errors_of(old.replace(" of 9", " of 8"), costed) == costed
    longer = missed("3 of 9 items", _NOTHING, subject="a on b, without documents")  # as earlier versions did not say
    assert _TWO in with_errors_of(missed("3 of 9 items", _TWO), longer)


@pytest.mark.parametrize(
    ("count", "changed"),
    [
        ("4 of 9 items", {}),
        ("3 of 10 items", {}),
        ("3 of 9 items", {"shown": "8 examples"}),
        ("3 of 9 items", {"subject": "a on c"}),
        ("3 of 9 items", {"subject": "a on bc"}),
    ],
)
def test_those_of_another_prompt_or_study_are_not_taken(count, changed):
    another = missed(count, _NOTHING, **changed)
    assert with_errors_of(missed("3 of 9 items", _TWO), another) == another


@pytest.mark.parametrize(
    "errors",
    [
        '<meta http-equiv="refresh" content="0; url=https://a.example">',
        '<A href="https://a.example">here</A>',
        "<details>without an end",
        "</details></details><iframe></iframe>",
    ],
)
def test_a_page_that_somebody_sent_leads_nowhere(errors):
    new = missed("3 of 9 items", _NOTHING)
    made = with_errors_of(missed("3 of 9 items", errors) + "<script>", new)
    assert not re.search("<(meta|a|iframe|script) (?!href=.#errors)|<script|<iframe", made, re.IGNORECASE)
    led = missed("3 of 9 items", _TWO, '<a href="https://a.example">Read them</a>')
    assert with_errors_of(led, new) == new


def test_a_report_made_again_without_its_journal_has_the_errors_that_it_had(tmp_path, plain_pictures, monkeypatch):
    monkeypatch.setattr(study_files, "_missed", _MISSED)
    task, model = load_task("sample_tasks/tickets"), parse("simulated/rising")
    study = analyze(measure(task, Design((0, 4), 2, 30, seed=3), model, journal=tmp_path / "journal.sqlite"))
    study_files.write_pages(study, tmp_path)
    before = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert before.count('class="miss"') > 3
    (tmp_path / "journal.sqlite").unlink()
    study_files.write_pages(study, tmp_path)
    again = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert again == re.sub("<p>All of them, .*?</pre>\n", "", before, count=1, flags=re.DOTALL)
    assert "<span>errors</span>" in before
    assert "<span>errors</span>" not in again, "there are no replies for it to show"
    study_files.write_pages(study, tmp_path / "elsewhere", tmp_path)
    assert (tmp_path / "elsewhere" / "report.html").read_text(encoding="utf-8") == again
