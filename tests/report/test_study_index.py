"""All studies of a folder: what is found, what the page shows of it, and that no name in it does anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
import shlex
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from curvefit.curves import verdict
from curvefit.curves.curve import Estimate
from curvefit.decision import advice
from curvefit.decision.break_even import Costs, TunedModel
from curvefit.errors import InputError
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Completion
from curvefit.report.cost_text import money_in_short
from curvefit.report.first_screen import tiles
from curvefit.report.index_page import index_page, index_record, index_summary, write_index
from curvefit.report.page import page
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.step_text import IN_SHORT
from curvefit.report.study_files import write_study
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.wording import chance_of, with_interval
from curvefit.study import analyze, with_costs
from curvefit.trials.journal import Journal, Origin
from tests.chromium import Chromium, find

ROOT = Path(__file__).parents[2]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a b; rm -rf $HOME `id` 'x",
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
    "-rf",
]


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside = ""
        self.sources: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.inside in ("script", "style"):
            self.sources[self.inside] = self.sources.get(self.inside, "") + data

    def handle_endtag(self, tag):
        self.inside = ""

    def values(self, tag: str, name: str) -> list[str]:
        return [attributes[name] for found, attributes in self.tags if found == tag and name in attributes]


def keep(folder: Path, task: str = "tickets", model: str = "local/small") -> Path:
    """A small study in a folder, with a report beside it."""
    scores = np.random.default_rng(1).integers(0, 2, (3, 2, 12)).astype(float)
    names = tuple(f"i{n}" for n in range(12))
    write_study(
        analyze(Measurement(shots=np.array([0, 1, 2]), scores=scores, task=task, model=model, items=names)), folder
    )
    (folder / "report.html").write_text("<p>")
    return folder


def test_every_study_is_a_row_with_what_came_of_it_and_a_comparison_stands_apart():
    index = read_index(ROOT / "reports" / "payoff")
    assert sorted((study.task, study.model) for study in index.studies) == [
        ("capitals", "local/gemma3-270m"),
        ("kubectl", "local/gemma3-270m"),
        ("tickets", "local/gemma3-270m"),
    ]
    kubectl = next(study for study in index.studies if study.task == "kubectl")
    (probe,) = kubectl.results
    written = json.loads((kubectl.file.parent / "probe.json").read_text())
    assert probe.n_train == written["gain"][-1]["n_train"]
    assert probe.gain.value == pytest.approx(written["gain"][-1]["value"] + written["luck"])
    assert probe.text.startswith(f"fine-tuned on {probe.n_train} examples: +")
    alone = open_study(kubectl.file).conclude()
    assert kubectl.pays == read_study(kubectl.file).payoff.probability > alone.payoff.probability, (
        "what is beside counts"
    )
    assert index.others == index.problems == ()
    handbook = read_index(ROOT / "reports" / "handbook")
    assert [other.kind for other in handbook.others] == ["comparison"]
    assert handbook.others[0].text.startswith("None that searches for itself is worth shipping")


@pytest.mark.parametrize(("asked_as", "usd"), [(None, 0.0), ("openai/ft:m:1", None)])
def test_what_a_probe_of_an_earlier_version_cost_is_nothing_here_and_not_known_elsewhere(tmp_path, asked_as, usd):
    record = json.loads((ROOT / "reports/payoff/kubectl/local-gemma3-270m/probe.json").read_text())
    record.pop("paid", None)
    record["units"] = [{"n_train": 32, **({} if asked_as is None else {"asked_as": asked_as})}]
    (tmp_path / "probe.json").write_text(json.dumps(record))
    (found,) = read_index(tmp_path).others
    assert found.usd == usd


@pytest.mark.parametrize("shown", [("probe.html", "probe.png"), ("probe.png",), ()])
def test_a_probe_is_linked_to_its_page_or_to_the_picture_that_earlier_versions_made(tmp_path, shown):
    for name in shown:
        (tmp_path / name).write_bytes(b"")
    record = (ROOT / "reports/payoff/kubectl/local-gemma3-270m/probe.json").read_bytes()
    (tmp_path / "probe.json").write_bytes(record)
    links = re.findall('href="([^"]+)"', index_page(read_index(tmp_path)))
    assert links == [*shown[:1]]


def test_a_row_says_of_a_probe_what_its_study_says():
    """Seen: a gain of +16.7 points (-3.7 to +37.1) in the report, and of +23.8 (+3.4 to +44.2) in the row."""
    index = read_index(ROOT / "reports" / "sales_email")
    (gained,) = (result.gain for study in index.studies for result in study.results if result.kind == "probe")
    study, _ = concluded_with_probe_beside(open_study(ROOT / "reports" / "sales_email" / "local-gemma3-270m"))
    assert with_interval(gained) in page(study, "")


def test_a_row_says_what_the_study_itself_says():
    shown = index_summary(read_index(ROOT / "reports" / "tickets"))
    assert "tickets on local/gemma3-270m: Ship the prompt with the most similar examples;" in shown
    record = index_record(read_index(ROOT / "reports" / "tickets"))
    study = json.loads((ROOT / "reports/tickets/local-gemma3-270m/study.json").read_text())
    row = next(row for row in record["studies"] if row["model"] == study["model"])
    assert row["best_prompted"]["value"] == study["best_prompted"]["accuracy"]
    payoff = read_study(ROOT / "reports/tickets/local-gemma3-270m").payoff
    assert row["pays"] == payoff.probability, "as concluded today"
    # Seen: "gains accuracy 41%" in the list, and "chance of more than 5 points: 41%" in the report.
    of_margin = f"chance that fine-tuning gains more than {100 * study['margin']:g} points {chance_of(row['pays'])}"
    assert of_margin in " ".join(shown.split())
    assert row["usage"] == {**study["usage"], "rate_limited": 0, "faults": 0}, "which it was written without"


def test_what_is_not_judged_until_the_format_is_mended_has_no_chance_in_its_row():
    (unread,) = (each for each in read_index(ROOT / "reports" / "widgets").studies if each.action == "mend-format")
    assert read_study(unread.file).payoff is not None
    assert math.isnan(unread.pays)


def test_a_probe_has_the_gain_that_its_own_page_has_whether_a_study_is_beside_it_or_not(with_probe):
    """Seen: -90.2 in the list, and -89.5 on the page that it links to, which is without the luck of the prompt."""
    file = Path("../reports/contacts/local-gemma3-270m/probe.json")
    record = json.loads(file.read_text())
    record["gain"][-1] |= {"value": 0.2, "low": 0.1, "high": 0.3}
    record["optimism"], record["gain_without_optimism"] = 0.02, {"value": 0.25, "low": 0.15, "high": 0.35}
    file.write_text(json.dumps(record))
    ((probe,),) = (study.results for study in read_index("../reports").studies)
    assert (
        probe.text == "fine-tuned on 128 examples: +25.0 points (90% interval +15.0 to +35.0) over its own best prompt"
    )
    del record["gain_without_optimism"]  # as earlier versions wrote it
    file.write_text(json.dumps(record))
    ((earlier,),) = (study.results for study in read_index("../reports").studies)
    assert earlier.text == probe.text.replace("25.0", "22.0").replace("15.0 to +35.0", "12.0 to +32.0")
    file.with_name("study.json").unlink()
    (alone,) = read_index("../reports").others
    assert alone.gain == earlier.gain


@pytest.fixture
def with_probe(tmp_path, monkeypatch):
    """A folder with a task and, under reports/, a study with a probe that scored other items; one stands elsewhere."""
    for name in ("sample_tasks/contacts", "reports/contacts/local-gemma3-270m"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


def test_the_answer_is_the_same_from_whichever_folder_one_looks(with_probe, monkeypatch):
    (elsewhere,) = read_index("../reports").studies
    monkeypatch.chdir(with_probe)
    (there,) = read_index("reports").studies
    said = "Use the best prompt (most answers not wholly right) for now, and fine-tune: that likely gains accuracy."
    assert elsewhere.answer == there.answer == said
    assert elsewhere.pays == there.pays


def test_a_probe_that_cannot_be_used_says_so_in_its_row(with_probe):
    shutil.rmtree(with_probe / "sample_tasks")
    index = read_index("../reports")
    assert index.studies[0].standing == "open"
    why = "scored other items than the study. Whether both are of its task 'sample_tasks/contacts' cannot be checked"
    (probe,) = index.studies[0].results
    assert " over the best prompt; left out of the answer: " in probe.text
    assert why in probe.text
    for said in (html.unescape(index_page(index)), index_summary(index, 1000), json.dumps(index_record(index))):
        assert why in said


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("study.json", b"{", "no valid JSON"),
        ("study.json", b'{"schema": "curvefit.study/9"}', "made by another version"),
        ("study.json", b"\xff\xfe", "no valid JSON"),
        ("probe.json", b"[]", "is not curvefit.probe/1"),
        ("validation-a.json", b'{"schema": "curvefit.validation/1"}', "is missing"),
        ("comparison.json", b'{"schema": "curvefit.comparison/1", "level": "\\u001b[31m"}', "comparison.json"),
    ],
)
def test_a_broken_file_is_a_line_that_names_it_and_the_rest_is_there(tmp_path, name, content, why):
    keep(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / name).write_bytes(content)
    index = read_index(tmp_path)
    assert len(index.studies) == 1
    (problem,) = index.problems
    assert str(tmp_path / "bad" / name) in str(problem)
    for said in (index_page(index), index_summary(index, 500), json.dumps(index_record(index))):
        assert f"bad/{name}" in said
        assert "\x1b" not in said
    assert why in str(problem)


def test_a_device_and_a_folder_of_that_name_are_lines_too(tmp_path):
    keep(tmp_path / "good")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "study.json")
    (tmp_path / "folder" / "study.json").mkdir(parents=True)
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "study.json").symlink_to(tmp_path / "nowhere")
    index = read_index(tmp_path)
    assert (len(index.studies), len(index.problems)) == (1, 2)


def test_hidden_and_linked_folders_are_left_out(tmp_path):
    keep(tmp_path / "good")
    keep(tmp_path / ".cache")
    (tmp_path / "linked").symlink_to(tmp_path / "good")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert [study.file.parent.name for study in read_index(tmp_path).studies] == ["good"]


def test_the_newest_comes_first_where_that_is_wanted(tmp_path):
    for number, name in enumerate("abc"):
        os.utime(keep(tmp_path / name) / "study.json", (number, number))
    assert [study.file.parent.name for study in read_index(tmp_path).studies] == ["a", "b", "c"]
    assert [study.file.parent.name for study in read_index(tmp_path, newest=True).studies] == ["c", "b", "a"]


def test_open_decisions_come_first_and_each_row_says_in_few_words_what_is_next():
    index = read_index(ROOT / "reports" / "tickets")
    assert [(study.model, study.standing) for study in index.studies] == [
        ("local/smollm2-135m", "likely pays"),
        ("local/gemma3-270m", "settled"),
    ]
    assert [study.standing for study in read_index(ROOT / "reports" / "capitals").studies] == ["open", "open"]
    text = index_page(index)
    said = re.findall('data-name="next">(.*?)</td>', text)
    assert said == ["likely gains accuracy: try a plain classifier", "settled: show similar examples"]
    assert "settled: show similar examples; best prompt" in " ".join(index_summary(index).split())
    open_curve = replace(index, studies=(replace(index.studies[1], next_step="narrow"),))
    assert re.findall('data-name="next">(.*?)</td>', index_page(open_curve)) == [
        "settled: keep the prompt, or measure more"
    ]
    nothing_left = replace(index, studies=(replace(index.studies[1], next_step=""),))
    assert re.findall('data-name="next">(.*?)</td>', index_page(nothing_left)) == ["settled"]


def test_a_study_that_was_handed_the_right_documents_is_settled_given_a_perfect_search():
    index = read_index(ROOT / "reports" / "handbook")
    nexts = dict(zip([study.apart for study in index.studies],
                     re.findall('data-name="next">(.*?)</td>', index_page(index)), strict=True))  # fmt: skip
    said = {apart for apart, what in nexts.items() if ", given a perfect search" in what}
    assert said == {"with the right documents"}


def test_what_is_next_is_what_the_report_says_first_and_without_a_prompt_nothing_is_settled(tmp_path):
    known = read_study("reports/medical_redaction/local-gemma3-270m")
    dear = Costs(1_000, 1.5, 0.4, 200, labour_usd=3_000.0, hosting_usd_per_month=50.0)
    for study, step, said in (
        (known, "fine-tune", "likely gains accuracy: fine-tune"),
        (with_costs(known, dear), "fine-tune", "open: fine-tune"),
        (with_costs(known, replace(dear, error_usd=0.01)), "rework-prompt", "open: rework the prompt"),
    ):
        write_study(study, tmp_path)
        assert study.advice.next_steps[0].code == step
        assert re.findall('data-name="next">(.*?)</td>', index_page(read_index(tmp_path))) == [said]


CHEAPER = {"calls_per_month": 1000.0, "prompted_usd_per_1000": 4.0, "tuned_usd_per_1000": 1.0}
PRICED = {**CHEAPER, "training_usd": 9.0, "hosting_usd_per_month": 0.0}


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"calls_per_month": 9.0}, "open: not all prices are known"),
        (CHEAPER, "saves $3.00 a month, before training and hosting"),
        ({**CHEAPER, "training_usd": 9.0}, "saves $3.00 a month, before hosting"),
        ({**PRICED, "training_usd": 0.0}, "saves $3.00 a month"),
        ({**PRICED, "training_usd": 0.0, "tuned_usd_per_1000": 5.0}, "costs $1.00 a month more"),
        ({**PRICED, "training_usd": 0.0, "labour_usd": 6.0}, "back after 2 months"),
        (PRICED, "back after 3 months"),
        ({**PRICED, "hosting_usd_per_month": 3.0}, "never back"),
        (
            {**PRICED, "upper_ends": {"hosting_usd_per_month": 9.0}},
            "back after 3 months; at worst, never back",
        ),
    ],
)
def test_a_study_with_costs_says_in_few_words_when_it_gains_in_money(tmp_path, stated, said):
    write_study(with_costs(read_study("reports/tickets/local-smollm2-135m"), Costs(**stated)), tmp_path)
    index = read_index(tmp_path)
    assert f'data-name="fine-tuning in money">{said}</td>' in index_page(index)
    assert f"; fine-tuning in money: {said}; " in " ".join(index_summary(index).split())
    assert index_record(index)["studies"][0]["money"] == said


def test_what_pays_in_money_though_not_in_accuracy_is_not_called_settled(tmp_path):
    known = read_study("reports/tickets/local-gemma3-270m")
    write_study(with_costs(known, Costs(**{**PRICED, "tuned_usd_per_1000": 0.0, "training_usd": 1.0})), tmp_path)
    index = read_index(tmp_path)
    assert index.studies[0].standing == "likely pays"
    assert "at your costs it pays back within a year" in index.studies[0].answer
    assert "points under 1%; fine-tuning in money: back" in " ".join(index_summary(index).split())
    assert '<th scope="col" class="text">chance that fine-tuning gains accuracy</th>' in index_page(index)


def test_where_mistakes_cost_that_is_the_chance_that_the_page_has(tmp_path):
    study = with_costs(read_study("reports/tickets/local-smollm2-135m"), Costs(**PRICED, error_usd=0.01))
    write_study(study, tmp_path)
    _, _, tile, _ = tiles(study)
    assert tile.label == "Chance that it pays back"
    assert tile.note.startswith("within a year, ")
    assert read_index(tmp_path).studies[0].money == f"{tile.value} chance that it pays back within a year"


def test_where_mistakes_cost_and_something_is_a_range_both_ends_are_said_as_where_they_do_not():
    known = read_study("reports/medical_redaction/local-gemma3-270m")
    costs = Costs(1_000, 1.5, 0.4, 200, 3_000.0, 50.0, 0.05, upper_ends={"calls_per_month": 1e6})
    back = "over 99% chance that it pays back within a year"
    assert money_in_short(with_costs(known, costs)) == f"under 1% to {back}"
    assert money_in_short(with_costs(known, replace(costs, calls_per_month=900_000.0))) == back


def test_what_is_not_judged_or_predicted_or_has_no_prompt_beside_it_has_no_sum_of_money(make_measured):
    useless = read_study("reports/medical_redaction/local-gemma3-270m")
    assert money_in_short(with_costs(useless, Costs(**PRICED))) == "open: no prompt to ship"
    unread = read_study("reports/query_json/local-smollm2-135m")
    assert money_in_short(with_costs(unread, Costs(**PRICED))) == "not judged yet"
    assert money_in_short(with_costs(analyze(make_measured(kind="")), Costs(**PRICED))) == "open: no gain is predicted"


def test_another_model_that_is_fine_tuned_is_named(make_measured):
    other = TunedModel("openai/small", Estimate(-0.02, -0.1, 0.05, 0.9), "predicted")
    study = with_costs(analyze(make_measured(kind="")), Costs(**PRICED, tuned=other))
    assert money_in_short(study) == "back after 3 months, with openai/small fine-tuned"


def test_where_no_study_has_costs_there_is_no_column_of_money():
    index = read_index(ROOT / "reports" / "tickets")
    assert "in money" not in index_page(index) + index_summary(index)
    assert [row["money"] for row in index_record(index)["studies"]] == [None, None]


def test_every_step_has_its_few_words():
    steps = advice.__doc__.partition("Codes of next steps:")[2]
    settling = verdict.__doc__.partition("Codes of what would settle")[2]
    lines = re.findall("^- (``.*?):", steps + settling, re.M)
    codes = {code for line in lines for code in re.findall("``([a-z-]+)``", line)}
    assert set(IN_SHORT) == codes


def test_what_came_of_a_study_is_folded_behind_its_gain():
    text = index_page(read_index(ROOT / "reports" / "payoff" / "kubectl"))
    assert re.search(r"<details><summary>probe: \+[\d.]+ points</summary>.*?fine-tuned on \d+ examples", text)


def test_each_study_has_the_day_of_its_last_reply_or_says_that_the_date_is_that_of_the_file(tmp_path, monkeypatch):
    measured, unknown = keep(tmp_path / "measured"), keep(tmp_path / "unknown")
    for folder in (measured, unknown):
        os.utime(folder / "study.json", (10 * 86400, 10 * 86400))
    with Journal(measured / "journal.sqlite") as journal:
        for at, model in ((2 * 86400.5, "local/small"), (86400.0, "local/small"), (5 * 86400.0, "one of a probe")):
            monkeypatch.setattr("curvefit.trials.journal.time.time", lambda at=at: at)
            journal.record(f"{at}", Completion("a"), Origin("tickets", model, 0, 0, "i0"))
    index = read_index(tmp_path)
    page, text, record = index_page(index), " ".join(index_summary(index).split()), index_record(index)
    for said in (page, text):
        assert "measured 1970-01-03" in said
        assert "file changed 1970-01-11" in said
    assert [row["measured"] for row in record["studies"]] == ["1970-01-03T00:00:01+00:00", None]
    assert re.findall('data-date="([^"]*)"', page) == ["1970-01-03T00:00:01+00:00", "1970-01-11T00:00:00+00:00"]
    assert [study.file.parent.name for study in read_index(tmp_path, newest=True).studies] == ["unknown", "measured"]
    assert "What was measured last comes first." in index_page(read_index(tmp_path, newest=True))


@pytest.mark.parametrize("content", [b"", b"no database" * 99])
def test_a_journal_that_cannot_be_read_has_no_date_and_is_no_problem(tmp_path, content):
    (keep(tmp_path / "a") / "journal.sqlite").write_bytes(content)
    index = read_index(tmp_path)
    assert ([study.measured for study in index.studies], index.problems) == ([None], ())
    assert (tmp_path / "a" / "journal.sqlite").read_bytes() == content
    assert {path.name for path in (tmp_path / "a").iterdir()} >= {"study.json", "journal.sqlite"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A folder whose studies, tasks and models have names that would like to be more."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in HOSTILE:
        keep(folder / name.replace("/", "_"), task=name, model=name)
    return folder


@pytest.mark.parametrize(
    ("folders", "places"),
    [
        (["kept/given", "kept/none"], ["in given", "in none"]),
        (["kubectl/m", "payoff/kubectl/m"], ["in kubectl", "in payoff/kubectl"]),
        (["a/x/m", "a/y/m", "a/m"], ["in a", "in a/x", "in a/y"]),
        (["m", "m/m"], ["in m", "in m/m"]),
        ([".", "old"], ["in .", "in old"]),
    ],
)
def test_rows_of_one_task_and_model_are_told_apart_by_as_much_of_their_folders_as_it_takes(tmp_path, folders, places):
    for name in folders:
        keep(tmp_path / "kept" / name, "a")
    keep(tmp_path / "alone", "b")
    index = read_index(tmp_path / "kept")
    text = index_page(index)
    assert sorted(re.findall(r'<br><span class="quiet plain">(.*?)</span>', text)) == places
    assert sorted(re.findall(r'aria-label="Compare a on local/small, ([^"]*)"', text)) == places
    said = index_summary(index, 200)
    assert sorted(re.findall("^a on local/small, (in .*?): ", said, re.MULTILINE)) == places
    assert "in " not in index_summary(read_index(tmp_path / "alone"), 200).partition(":")[0]


def test_a_column_that_would_be_empty_is_left_out_and_the_date_stands_with_the_name(tmp_path):
    page = index_page(read_index(ROOT / "reports" / "payoff"))
    assert "probe or validation" in page
    text = index_page(read_index(keep(tmp_path)))
    assert "probe or validation" not in text
    assert re.search(r"file changed [\d-]{10}</span></th>", text)


def test_the_folder_that_one_stands_in_is_named_by_its_name(tmp_path, monkeypatch):
    keep(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    assert "<h1>1 study in mine</h1>" in index_page(read_index("."))


def test_no_name_is_more_than_a_name_on_the_page(hostile):
    reader = Reader(index_page(read_index(hostile)))
    assert [tag for tag, _ in reader.tags if tag in ("script", "style", "img", "iframe", "link", "form")] == [
        "style",
        "script",
    ]
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    links = reader.values("a", "href")
    assert len(links) == len(HOSTILE)
    for link in links:
        assert re.fullmatch(r"[A-Za-z0-9_./%~-]+", link)
        assert (hostile / unquote(link)).is_file()


def test_what_is_ticked_is_a_word_of_a_shell_that_names_the_study(hostile, monkeypatch):
    monkeypatch.chdir(hostile)
    index = read_index(".")
    words = Reader(index_page(index)).values("input", "value")
    named = [shlex.split(word) for word in words]
    assert [len(parts) for parts in named] == [1] * len(HOSTILE)
    assert not [parts for parts in named if parts[0].startswith("-")], "no folder is taken for an option"
    assert {Path(parts[0]) for parts in named} == {study.file.parent for study in index.studies}


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "a\x1b[31mb", os.fsdecode(b"a\xffb")])
def test_a_folder_that_no_command_line_can_show_is_not_offered_to_compare(tmp_path, name):
    keep(tmp_path / name)
    index = read_index(tmp_path)
    page = write_index(index).read_text(encoding="utf-8")
    reader = Reader(page)
    assert reader.values("input", "value") == []
    (link,) = reader.values("a", "href")
    assert (tmp_path / os.fsdecode(unquote(link, encoding="utf-8", errors="surrogateescape"))).is_file()
    assert not {"\u202e", "\x1b", "\udcff"} & set(page + index_summary(index))


def test_the_policy_lets_the_page_run_its_own_script_and_nothing_else(tmp_path):
    keep(tmp_path / "one")
    reader = Reader(index_page(read_index(tmp_path)))
    (policy,) = [attributes["content"] for _, attributes in reader.tags if "http-equiv" in attributes]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for sort in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(reader.sources[sort].encode()).digest()).decode()
        assert rules[f"{sort}-src"] == f"'sha256-{digest}'"
    assert not re.search(r"https?:|url\(|@import|fetch|innerHTML", index_page(read_index(tmp_path)))


def test_a_page_of_somebody_else_is_left_as_it_is(tmp_path):
    keep(tmp_path / "one")
    (tmp_path / "index.html").write_text("<h1>Ours</h1>")
    with pytest.raises(InputError, match="is not of curvefit and is left as it is"):
        write_index(read_index(tmp_path))
    assert (tmp_path / "index.html").read_text() == "<h1>Ours</h1>"
    (tmp_path / "index.html").unlink()
    first = write_index(read_index(tmp_path)).read_text()
    assert write_index(read_index(tmp_path)).read_text() == first


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: None])
def test_where_nothing_is_to_be_found_one_line_says_what_to_do(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(InputError, match="curvefit run"):
        read_index(tmp_path / "x")


@pytest.mark.slow
@pytest.mark.skipif(find() is None, reason="no Chromium or Chrome is installed")
def test_no_word_of_a_heading_or_of_money_is_broken_where_there_are_all_columns(tmp_path):
    shutil.copytree(ROOT / "reports" / "medical_redaction" / "local-gemma3-270m", tmp_path / "probed")
    dear = Costs(1e8, 1.5, 0.4, 0.0, 0.0, 0.0, upper_ends={"tuned_usd_per_1000": 40.0})
    write_study(with_costs(read_study(ROOT / "reports" / "tickets" / "local-smollm2-135m"), dear), tmp_path / "dear")
    (tmp_path / "index.html").write_text(index_page(read_index(tmp_path)), encoding="utf-8")
    broken = """[...document.querySelectorAll('.rows thead th, [data-name="fine-tuning in money"]')].flatMap((cell) =>
        [...(cell.firstChild.textContent ?? '').matchAll(/[^\\s-]+/g)].filter((word) => {
            const range = document.createRange(), text = cell.firstChild;
            if (text.nodeType !== Node.TEXT_NODE) return false;
            range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(String))"""
    browser = Chromium(find() or "", tmp_path / "profile")
    try:
        for width in (1280, 1201):
            browser.open(tmp_path / "index.html", width)
            assert browser.run("getComputedStyle(document.querySelector('.rows thead')).position") == "static"
            assert browser.run("document.querySelectorAll('.rows thead th').length") == 10
            assert browser.run(broken) == []
            wide = "document.querySelector('.wide')"
            assert browser.run(f"{wide}.scrollWidth <= {wide}.clientWidth"), "no column is out of sight"
    finally:
        browser.close()


@pytest.mark.slow
@pytest.mark.skipif(find() is None, reason="no Chromium or Chrome is installed")
def test_in_a_browser_ticks_become_a_command_and_without_scripting_the_table_reads(hostile, tmp_path, monkeypatch):
    monkeypatch.chdir(hostile)
    index = read_index(".")
    page = tmp_path / "index.html"
    page.write_text(index_page(index), encoding="utf-8")
    browser = Chromium(find() or "", tmp_path / "profile")
    try:
        browser.open(page, 390)
        assert browser.run("document.documentElement.scrollWidth") <= 390
        right = "[...document.querySelectorAll('.rows :is(th, td)')].map((cell) => cell.getBoundingClientRect().right)"
        assert browser.run(f"Math.max(...{right})") <= 390, "no column is out of sight"
        named = "[...document.querySelectorAll('.rows td')].map((cell) => getComputedStyle(cell, '::before').content)"
        assert '"best prompt: "' in browser.run(named)
        empty = "[...document.querySelectorAll('.rows td')].filter((cell) => cell.textContent === '–')"
        assert browser.run(f"{empty}.map((cell) => cell.checkVisibility())") == [False] * 12, "they take no line"
        dates = "[...document.querySelectorAll('.rows tbody tr')].map((row) => row.dataset.date)"
        as_written = browser.run(dates)
        newest = "document.querySelector('.axis input').click()"
        assert browser.run(f"{newest}; {dates}") == sorted(as_written, reverse=True)
        assert browser.run(f"{newest}; {dates}") == as_written
        shown = "document.getElementById('compare')"
        ticks = "[...document.querySelectorAll('.pick input')]"
        assert browser.run(f"{ticks}[0].click(); {shown}.hidden") is True
        assert browser.run(f"{ticks}.slice(1).forEach((tick) => tick.click()); {shown}.hidden") is False
        command = browser.run(f"{shown}.querySelector('pre').innerText")
        program, name, *folders = shlex.split(command)
        assert (program, name) == ("curvefit", "compare")
        assert {Path(folder) for folder in folders} == {study.file.parent for study in index.studies}
        assert [url for url in browser.requests if not url.startswith("data:")] == [page.as_uri()]
        assert browser.complaints == []
        browser.open(page, script=False)
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        text = browser.run("document.body.innerText")
        assert all(study.answer in text for study in index.studies)
        assert browser.run(f"{ticks}.some((tick) => tick.checkVisibility())") is False
        assert "give their folders to curvefit compare" in text
    finally:
        browser.close()


@pytest.mark.parametrize(
    ("error_usd", "ends", "said"),
    [
        (1.65, {}, "open: keep the prompt"),
        (0.05, {"error_usd": 9.0}, "open: narrow down the costs"),
        (9.0, {}, "likely gains accuracy: fine-tune"),
    ],
)
def test_where_it_is_open_whether_fine_tuning_pays_back_the_index_says_so(tmp_path, error_usd, ends, said):
    known = read_study("reports/contacts/local-gemma3-270m")
    costs = Costs(1_000, 1.5, 0.4, 500, 3_000.0, 100.0, error_usd, upper_ends=ends)
    write_study(with_costs(known, costs), tmp_path / "a")
    assert said in index_page(read_index(tmp_path))
