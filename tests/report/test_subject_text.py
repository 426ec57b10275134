"""A page that was mailed can be told from its siblings, by the words of what sets it apart."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from curvefit.report.index_page import index_page, index_summary
from curvefit.report.page import page
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import read_study
from curvefit.report.subject_text import subject
from curvefit.report.terminal import headline

OF_DOCUMENTS = {
    "none": "without documents",
    "given": "with the right documents",
    "retrieved-3": "with the 3 most similar documents",
}


def apart(measured, *, path="", command=(), **overrides):
    curve = replace(measured, path=path, command=tuple(command), overrides=tuple(overrides.items()))
    return subject(curve).removeprefix("made on simulated/x").removeprefix(", ")


@pytest.mark.parametrize(("name", "words"), OF_DOCUMENTS.items())
def test_a_study_says_which_documents_it_showed_on_its_page_in_the_terminal_and_in_view(name, words):
    folder = f"reports/api_calls/local-gemma3-270m-{name}"
    study, said = read_study(folder), f"api_calls on local/gemma3-270m, {words}"
    text = page(study, "")
    assert f'<p class="subject">{said}</p>' in text
    assert f"<title>{said}</title>" in text
    assert headline(study).startswith(f"{said}: ")
    index = read_index(folder)
    assert words in index_page(index)
    assert index_summary(index).startswith(said)


def test_pages_of_one_task_and_model_all_have_a_subject_of_their_own():
    studies = [
        read_study(f"reports/api_calls/local-gemma3-270m{name}") for name in ("", *(f"-{n}" for n in OF_DOCUMENTS))
    ]
    assert len({subject(study.curve) for study in studies}) == len(studies)


def test_one_that_chose_nothing_is_of_its_task_and_model(make_measured):
    assert apart(make_measured(), path="sample/made", scorer="exact") == ""
    assert apart(make_measured(), path="sample/task.yaml") == ""


def test_numbers_of_documents_are_said(make_measured):
    measured = make_measured()
    assert apart(measured, context="retrieved:1") == "with the most similar document"
    assert apart(measured, context="retrieved:5") == "with the 5 most similar documents"
    assert apart(measured, context="<b>") == ""  # in a file that somebody changed


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "--instruction", "tries/short.txt"), "short"),
        (("run", "--instruction=tries/short.md"), "short"),
        (("run", "--instruction", "Say yes or\nno."), "Say yes or no."),
        ((), "Say yes or no."),
    ],
)
def test_an_instruction_is_called_by_its_file_or_its_first_words(make_measured, command, words):
    assert apart(make_measured(), command=command, instruction="Say yes or\nno.") == f"with the instruction “{words}”"


def test_a_long_instruction_is_cut_and_documents_stand_after_it(make_measured):
    said = apart(make_measured(), instruction="Say yes. " * 20, context="none", path="sample/judged.yaml")
    assert re.fullmatch(r"by judged.yaml, with the instruction “Say yes[^”]{,33}…”, without documents", said)
