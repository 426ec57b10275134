"""`curvefit view` as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """Two studies under `reports`, where they are looked for."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "reports" / "logquery", tmp_path / "reports" / "logquery")
    return tmp_path / "reports"


def test_it_lists_what_is_under_reports_and_writes_one_page(reports, exits):
    status, out, err = exits("view")
    assert (status, err) == (0, "")
    assert out.startswith("logquery on local/gemma3-270m: ")
    assert out.splitlines()[-1] == "  reports/index.html"
    assert 'href="logquery/local-smollm2-135m/report.html"' in (reports / "index.html").read_text()
    assert exits("view")[:2] == (status, out)


def test_json_has_the_rows_of_the_page_and_writes_nothing(reports, exits):
    status, out, _ = exits("view", "--json")
    record = json.loads(out)
    assert (status, record["schema"], (reports / "index.html").exists()) == (0, "curvefit.index/1", False)
    assert [row["model"] for row in record["studies"]] == ["local/gemma3-270m", "local/smollm2-135m"]
    printed = " ".join(exits("view")[1].split())
    page = " ".join((reports / "index.html").read_text().split())
    for row in record["studies"]:
        assert row["answer"] in printed
        assert row["answer"] in page


def test_out_is_the_page_whose_links_lead_to_the_reports_and_the_folder_is_left_as_it_is(reports, tmp_path, exits):
    before = sorted(reports.rglob("*"))
    page = tmp_path / "pages" / "new" / "studies.html"
    status, out, _ = exits("view", "--out", str(page))
    assert (status, out.splitlines()[-1], sorted(reports.rglob("*"))) == (0, f"  {page}", before)
    links = re.findall('href="([^"]+report.html)"', page.read_text())
    assert len(links) == 2
    assert all((page.parent / link).is_file() for link in links)
    page.unlink()
    assert json.loads(exits("view", "--json", "--out", str(page))[1])["schema"] == "curvefit.index/1"
    assert page.is_file()


def test_a_folder_that_cannot_be_written_to_is_told_of_out(reports, exits, monkeypatch):
    def full(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("curvefit.report.index_page.write_whole", full)
    said = "curvefit: reports/index.html: Read-only file system; --out FILE writes it elsewhere\n"
    assert exits("view") == (1, "", said)


def test_a_broken_study_ends_with_5_and_names_it(reports, exits):
    (reports / "logquery" / "local-smollm2-135m" / "study.json").write_text("{")
    status, out, _ = exits("view")
    assert status == 5
    assert "! reports/logquery/local-smollm2-135m/study.json: no valid JSON" in " ".join(out.split())
    assert out.startswith("logquery on local/gemma3-270m: ")


def test_no_folder_is_one_line(tmp_path, monkeypatch, exits):
    monkeypatch.chdir(tmp_path)
    status, out, err = exits("view")
    assert (status, out) == (1, "")
    assert err == "curvefit: reports: is no folder; a folder with studies is expected, which curvefit run writes\n"


def test_that_many_files_are_read_is_said_first_where_no_bar_is_drawn_but_not_with_quiet(reports, exits):
    source = reports / "logquery" / "local-gemma3-270m"
    for number in range(8):
        shutil.copytree(source, reports / str(number))
    files = sum(1 for name in ("study.json", "probe.json") for _ in reports.rglob(name))
    assert exits("view")[2] == f"Reading {files} files of studies ...\n"
    assert exits("view", "--quiet")[2] == ""
