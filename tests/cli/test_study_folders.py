"""Where studies live: no instruction, document or model takes the folder of another's study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvefit.cli.study_folders import earlier_study
from curvefit.measurement.measure import measure
from curvefit.models.simulated import parse
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.study_record import file_of, to_record
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import fingerprint_of
from curvefit.trials.design import Design

SMALL = ("-m", "simulated/rising", "--shots", "0,1", "--draws", "1", "--items", "20")
HOME = Path("reports/parts")
OWN = HOME / "simulated-rising"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"question": f"Which box holds part {n}?", "context": f"Part {n} is in box {n + 7}.", "answer": f"{n + 7}"}
        for n in range(100, 180)
    ]
    Path("parts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


@pytest.fixture
def decided(here, exits):
    """A study by the task's own instruction, with costs, as `decide` and `report --costs` leave it."""
    assert exits("decide", "parts.jsonl", *SMALL)[0] == 0
    Path("costs.yaml").write_text("calls_per_month: 10000\nprompted_usd_per_1000: 2\ntuned_usd_per_1000: 1\n"
                                  "training_usd: 40\nerror_usd: 0.5\n")  # fmt: skip
    assert exits("report", str(OWN), "--costs", "costs.yaml")[0] == 0
    return (OWN / "study.json").read_bytes()


def _folders():
    return sorted(file.parent.name for file in HOME.glob("*/study.json"))


def test_trying_an_instruction_leaves_the_decided_study_and_its_costs(decided, exits):
    text = "Name the box: a number, and nothing else."
    status, _, told = exits("run", "parts.jsonl", "--instruction", "own", "--instruction", text, *SMALL)
    assert (status, "replaced" in told) == (0, False)
    assert (OWN / "study.json").read_bytes() == decided
    assert open_study(OWN / "study.json").costs.error_usd == 0.5
    compared = [name for name in _folders() if name != OWN.name]
    assert len(compared) == 2
    assert compared[1] == "simulated-rising-own"
    assert compared[0].startswith("simulated-rising-Name-the-box-a-number-and-")
    status, _, told = exits("decide", "parts.jsonl", *SMALL)
    assert (status, "replaced" in told) == (0, False)
    assert open_study(OWN / "study.json").costs.error_usd == 0.5


def test_a_single_instruction_has_the_folder_that_a_comparison_gives_it(decided, exits):
    texts = [f"Name the box that holds the part, {how}." for how in ("as a number", "in digits")]
    for text in texts:
        assert exits("run", "parts.jsonl", "--instruction", text, *SMALL)[0] == 0
    alone = _folders()
    assert len(alone) == 3, "two that begin alike are two"
    assert (OWN / "study.json").read_bytes() == decided
    said = [part for text in texts for part in ("--instruction", text)]
    assert exits("run", "parts.jsonl", *said, *SMALL)[0] == 0
    assert _folders() == alone


def test_plan_and_decide_find_the_study_of_an_instruction(here, exits):
    words = ("parts.jsonl", "--instruction", "Which box?", *SMALL)
    assert exits("run", *words)[0] == 0
    (name,) = _folders()
    _, shown, told = exits("plan", *words)
    assert f"{HOME / name}/study.json is there" in told
    assert "0   (40 already answered)" in shown
    assert exits("decide", *words)[0] == 0
    assert _folders() == [name]


def test_a_file_that_says_something_else_by_now_has_another_folder(here, exits):
    for text in ("The first.", "The second."):
        Path("brief.txt").write_text(text)
        status, _, told = exits("run", "parts.jsonl", "--instruction", "brief.txt", *SMALL)
        assert status == 0
    first, second = _folders()
    assert (first, second.startswith(f"{first}-")) == ("simulated-rising-brief", True)
    assert f"parts: {HOME / first} holds the study of another instruction; this one is kept in {HOME / second}" in told
    said = [dict(read_study(HOME / name).curve.overrides)["instruction"] for name in (first, second)]
    assert said == ["The first.", "The second."]


def test_an_instruction_changed_in_the_task_itself_has_another_folder_too(here, exits):
    Path("box").mkdir()
    Path("parts.jsonl").rename("box/parts.jsonl")
    held = []
    for text in ("The first.", "The second.", "The first."):
        said = f"name: parts\ninstruction: {text}\ndata: parts.jsonl\nkind: qa\nscorer: exact\n"
        Path("box/task.yaml").write_text(said)
        assert exits("run", "box", *SMALL)[0] == 0
        held.append((OWN / "study.json").read_bytes())
    assert held[0] == held[1]
    assert len(_folders()) == 2


def test_documents_have_a_folder_of_their_own(decided, exits):
    for context in ("given", "none"):
        assert exits("run", "parts.jsonl", "--context", context, *SMALL)[0] == 0
    assert _folders() == [OWN.name, f"{OWN.name}-given", f"{OWN.name}-none"]
    assert (OWN / "study.json").read_bytes() == decided


def test_what_an_earlier_version_kept_by_its_model_alone_goes_on_there(here, exits):
    words = ("parts.jsonl", "--instruction", "Which box?", *SMALL)
    assert exits("run", *words, "--out", str(OWN))[0] == 0
    assert exits("run", *words)[0] == 0
    assert _folders() == [OWN.name]
    held = (OWN / "study.json").read_bytes()
    _, _, told = exits("run", "parts.jsonl", *SMALL)
    own = next(name for name in _folders() if name != OWN.name)
    assert f"parts: {OWN} holds the study of another instruction; this one is kept in {HOME / own}" in told
    assert (OWN / "study.json").read_bytes() == held


def test_out_says_what_is_replaced(here, exits):
    assert exits("run", "parts.jsonl", *SMALL, "--out", "x")[0] == 0
    _, _, told = exits("run", "parts.jsonl", "--instruction", "Which box?", *SMALL, "--out", "x")
    assert "parts: x/study.json holds the study of another instruction, and will be replaced" in told
    assert dict(read_study("x").curve.overrides) == {"instruction": "Which box?"}


def test_an_instruction_that_holds_a_key_does_not_show_it(here, exits):
    key = "sk-abcdefghijklmnop"
    assert exits("run", "parts.jsonl", "--instruction", "own", "--instruction", f"{key} is it.", *SMALL)[0] == 0
    assert not [path for path in HOME.rglob("*") if "abcdefgh" in path.name]
    assert key not in (HOME / "comparison.json").read_text()


@pytest.mark.parametrize("others", [(), ("--instruction", "own")])
def test_no_name_shows_the_beginning_of_a_key_that_is_longer_than_a_name(here, exits, monkeypatch, others):
    key = "0123456789abcdef" * 4  # of no maker's shape: it is known as what the environment holds
    monkeypatch.setenv("SOME_API_KEY", key)
    status, shown, told = exits("run", "parts.jsonl", "--instruction", key, *others, *SMALL)
    assert (status, key[:12] in f"{shown}{told}") == (0, False)
    written = [path for path in HOME.rglob("*") if path.is_file()]
    assert any("-key-" in str(path) for path in written)
    assert not [path for path in written if key[:12] in str(path) or key[:12].encode() in path.read_bytes()]


@pytest.mark.parametrize("sign", ["a", "\N{CJK UNIFIED IDEOGRAPH-4E2D}"])
def test_a_name_that_is_too_long_for_a_folder_is_cut_and_two_of_one_beginning_stay_two(here, exits, sign):
    start = sign * (240 // len(sign.encode()))
    for end in "xy":
        Path(f"{start}{end}.txt").write_text(f"Which box? {end}")
        assert exits("run", "parts.jsonl", "--instruction", f"{start}{end}.txt", *SMALL)[0] == 0
    assert len(_folders()) == 2


@pytest.mark.parametrize("text", ["../../../x", "/etc/x", "..", "~/x", "a\x1b[31m\u202eb", "C:\\x", "x\0y", "\udcff"])
def test_no_text_names_a_folder_outside_of_its_tasks(here, exits, text):
    before = set(Path().iterdir())
    exits("run", "parts.jsonl", "--instruction", text, *SMALL)
    assert set(Path().iterdir()) - before <= {Path("reports")}
    assert [folder.name for folder in Path("reports").glob("*")] in ([], [HOME.name])
    assert all(folder.isprintable() and folder.startswith("simulated-rising-") for folder in _folders())


@pytest.mark.parametrize("text", ["Which box?", "which.txt"])
def test_a_probe_lives_where_the_study_of_its_instruction_does(here, exits, monkeypatch, text):
    Path("which.txt").write_text("Which box is it?")
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    base = ("--api-base", "http://127.0.0.1:9/v1")  # where nobody answers, and nobody is asked
    words = ("parts.jsonl", "-m", "openai/mine", *base, "--instruction", text)
    _, shown, _ = exits("probe", *words, "--n", "10", "--items", "20", "--dry-run")
    folder = shown.partition("no study in ")[2].partition(":")[0]
    assert folder.startswith(f"{HOME}/openai-mine-")
    assert exits("run", "parts.jsonl", "--instruction", text, *SMALL, "--out", folder)[0] == 0
    file = Path(folder, "study.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "model": "openai/mine"}))
    assert f"{file} is there" in exits("plan", *words, *SMALL[2:])[2]


def test_a_file_that_is_split_otherwise_than_for_the_study_there_is_said_to_be(here, exits):
    assert exits("run", "parts.jsonl", *SMALL)[0] == 0
    for command in ("plan", "run"):
        assert "not scored now" not in exits(command, "parts.jsonl", *SMALL)[2]
        (said,) = [
            told for told in exits(command, "parts.jsonl", *SMALL, "--seed", "3", "--items", "5")[2].splitlines()
            if "not scored now" in told
        ]  # fmt: skip
        moved = said.removeprefix(f"parts: of the 20 items of {OWN}/study.json, ").partition(" ")[0]
        assert 0 < int(moved) < 20
        assert said.endswith(
            f"{moved} are not scored now, since rows came or went, --seed is another, or an earlier version drew"
            " them: what is new is asked, and a model trained on the old pool may know new items"
        )


LABELLED = ("labels.jsonl", "-m", "simulated/rising", "--shots", "0,1", "--draws", "2", "--items", "30")
KEPT_IN = Path("reports/labels/simulated-rising")


@pytest.fixture
def labelled(here, exits):
    """A study of labels that was told costs and how many examples to train on, and the rows it is of."""
    rows = [{"input": f"message number {n} about topic {n * 7919 % 1000}", "output": "abc"[n % 3]} for n in range(120)]
    _write(rows)
    assert exits("run", *LABELLED, "--n-train", "60")[0] == 0
    Path("costs.yaml").write_text("calls_per_month: 10000\nprompted_usd_per_1000: 2\ntuned_usd_per_1000: 1\n"
                                  "training_usd: 40\n")  # fmt: skip
    assert exits("report", str(KEPT_IN), "--costs", "costs.yaml")[0] == 0
    return rows


def _write(rows):
    Path("labels.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def _of_items(count):
    """Return the rows of so many items of the study, by their numbers from zero."""
    return [int(name.rpartition("-")[2]) - 1 for name in open_study(KEPT_IN).measurement.items[:count]]


def _relabelled(rows, numbers):
    return [{**row, "output": "abc"[(n + 1) % 3]} if n in numbers else row for n, row in enumerate(rows)]


def _told_of_labels(exits, *words):
    status, _, told = exits(*words)
    assert status == 0, told
    return [text for text in told.splitlines() if "--out keeps both" in text]


@pytest.mark.parametrize("command", ["run", "decide"])
def test_a_study_keeps_its_costs_and_what_it_was_told_when_targets_are_corrected(labelled, exits, command):
    _write(_relabelled(labelled, _of_items(3)))
    assert "not scored now" not in exits("plan", *LABELLED)[2]
    (told,) = _told_of_labels(exits, command, *LABELLED)
    assert told == (
        f"labels: since {KEPT_IN}/study.json 3 of its 30 targets were corrected: scored anew, and prompts that show a"
        " corrected example are asked again; the study is replaced, its costs stay (--out keeps both)"
    )
    study = open_study(KEPT_IN)
    assert (study.costs.training_usd, study.settings.n_train) == (40, 60)
    assert _told_of_labels(exits, command, *LABELLED) == []


@pytest.fixture
def named(here, exits):
    """A study of rows with ids, and the rows it is of."""
    rows = [
        {"id": f"r{n}", "input": f"message number {n} about topic {n * 7919 % 1000}", "output": "abc"[n % 3]}
        for n in range(330)
    ]
    _write(rows[:300])
    assert exits("run", *LABELLED)[0] == 0
    return rows


def test_a_row_that_is_added_to_the_pool_is_said_to_draw_other_examples(named, exits):
    """Seen: one row appended, 87% of all requests paid again, and not a word of it."""
    items = {item.id for item in load_task("labels.jsonl").items}
    for row in named[300:]:
        _write([*named[:300], row])
        if {item.id for item in load_task("labels.jsonl").items} == items:
            break
    told = exits("plan", *LABELLED)[2]
    assert (
        f"labels: the pool of {KEPT_IN}/study.json had 200 examples, and this one has 201: prompts that show other"
        in told
    )


@pytest.mark.parametrize("command", ["run", "decide"])
def test_a_study_by_places_in_the_file_goes_on_so_until_other_items_are_scored(named, exits, command):
    """As version 0.7 and earlier measured: nothing that was paid for is asked again."""
    design = Design((0, 1), 2, 30, ordered_by="place")
    journal = KEPT_IN / "journal.sqlite"
    journal.unlink()
    study = analyze(measure(load_task("labels.jsonl"), design, parse("simulated/rising"), journal=journal))
    record = file_of(to_record(study))
    earlier = json.loads(record)
    del earlier["measurement"]["design"]["ordered_by"]
    (KEPT_IN / "study.json").write_text(json.dumps(earlier))
    plan = json.loads(exits("plan", *LABELLED, "--json")[1])
    assert (plan["calls"], plan["done"]) == (0, study.curve.usage.calls)
    assert exits(command, *LABELLED, "--max-calls", "1")[0] == (0 if command == "run" else 4)
    assert open_study(KEPT_IN).measurement.design.ordered_by == "place"
    assert exits("run", *LABELLED, "--items", "40")[0] == 0
    grown = open_study(KEPT_IN).measurement
    assert (grown.items[:30], len(grown.items)) == (study.curve.items, 40)
    _write(named[20:])
    assert exits("run", *LABELLED)[0] == 0
    assert open_study(KEPT_IN).measurement.design.ordered_by == "text"


def test_a_candidate_beside_one_by_places_is_asked_the_same_items(named, exits):
    design = Design((0, 1), 2, 30, ordered_by="place")
    study = analyze(measure(load_task("labels.jsonl"), design, parse("simulated/rising")))
    (KEPT_IN / "study.json").write_bytes(file_of(to_record(study)))
    both = [*LABELLED, "-m", "simulated/flat"]
    assert exits("run", *both)[0] == 0
    found = [open_study(KEPT_IN.with_name(f"simulated-{name}")).measurement for name in ("rising", "flat")]
    assert found[0].items == found[1].items == study.curve.items


def test_rows_that_moved_are_known_by_what_they_ask(labelled, exits):
    """Seen: "38 of the 40 items are not scored now" of a file that was shuffled, whose rows have no ids."""
    _write([*labelled[40:], *labelled[:40]])
    told = exits("plan", *LABELLED)[2]
    assert "not scored now" not in told
    _write([*labelled[50:], *labelled[:40]])
    assert "not scored now" in exits("plan", *LABELLED)[2]


def test_where_rows_came_and_went_it_is_said_that_other_items_are_scored(named, exits):
    """Seen: 57 of 100 items were others, examples of the old pool among them, and "1 of its 100 items was changed"."""
    first = open_study(KEPT_IN).measurement.items[0]
    _write([row for row in named if row["id"] != first])
    told = exits("run", *LABELLED)[2]
    assert "are not scored now, since rows came or went" in told
    assert "a model trained on the old pool may know new items" in told


def test_a_run_without_the_similar_examples_of_the_study_there_says_so(here, exits):
    """Seen: another margin, and the advice was to pay for what had been measured."""
    assert exits("run", "parts.jsonl", *SMALL, "--retrieved", "1,4")[0] == 0
    _, _, told = exits("run", "parts.jsonl", *SMALL, "--margin", "0.1")
    assert "with more of the most similar examples, and will be replaced; to keep them, use --retrieved 1,4" in told
    assert "most similar examples" not in exits("run", "parts.jsonl", *SMALL, "--margin", "0.2")[2]
    assert exits("run", "parts.jsonl", *SMALL, "--retrieved", "1,4")[0] == 0
    assert "to keep them, use --retrieved 1,2,4" in exits("run", "parts.jsonl", *SMALL, "--retrieved", "2")[2]


def test_errors_and_report_say_how_many_targets_were_corrected_and_to_run_the_command_again(labelled, exits):
    report = ("report", str(KEPT_IN))
    assert "since" not in exits(*report)[2]
    _write(_relabelled(labelled, _of_items(3)))
    said = (
        f"{KEPT_IN}/study.json: 3 of its 30 targets were corrected since: run the study's command again, which asks"
        " again only prompts that show a corrected example"
    )
    status, _, told = exits("errors", str(KEPT_IN))
    assert (status, told.strip()) == (1, f"curvefit: {said}")
    status, _, told = exits(*report)
    assert (status, told.strip()) == (0, said)
    labelled[_of_items(1)[0]]["input"] = "a message of another kind"
    _write(labelled)
    assert "1 of its 30 items has changed since: undo the change, or run the study's command again" in exits(*report)[2]
    Path("labels.jsonl").write_text("no JSON")
    assert exits(*report)[2] == "", "what is not known is not said"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"input": "a message of another kind"}, "1 of its 30 items was changed"),
        ({"output": "d"}, "1 of its 30 items was changed"),  # the list of labels is shown to every prompt
    ],
)
def test_where_more_than_targets_changed_no_target_is_said_to_be_corrected(labelled, exits, changed, said):
    (number,) = _of_items(1)
    labelled[number] |= changed
    _write(labelled)
    told = _told_of_labels(exits, "plan", *LABELLED[:-2], "--items", "40")
    assert told == [
        f"labels: since {KEPT_IN}/study.json {said}: prompts that changed are asked again; the study is replaced, its"
        " costs stay (--out keeps both)"
    ]


def test_of_another_scorer_no_number_of_changed_items_is_said(labelled, exits):
    (told,) = _told_of_labels(exits, "run", *LABELLED, "--scorer", "f1")
    assert "the examples or their scorer were changed: prompts that changed are asked again" in told
    assert open_study(KEPT_IN).costs.training_usd == 40


def test_the_minutes_of_steps_that_asked_of_older_examples_are_not_added_to_those_of_now(labelled, exits):
    def there():
        return earlier_study(load_task("labels.jsonl"), "simulated/rising", KEPT_IN / "study.json")

    assert exits("decide", *LABELLED)[0] == 0
    assert [step.code for step in there().steps][:3] == ["check", "baseline", "measure"]
    _write(_relabelled(labelled, _of_items(1)))
    assert there().steps == ()


@pytest.mark.parametrize(("corrected", "counts"), [(0, False), (1, True)])
def test_a_probe_of_an_older_example_is_not_carried_and_one_of_others_is(labelled, exits, corrected, counts):
    scored = open_study(KEPT_IN).measurement.items[0]
    record = json.loads((Path(__file__).parents[1] / "report/version_0_1_0/probed/probe.json").read_text())
    record["task"] = "labels"
    record["measurement"] = {
        "n_train": [0, 60], "scores": [[[0.0]], [[1.0]]], "items": [scored],
        "asked": fingerprint_of(load_task("labels.jsonl"), [scored]),
    }  # fmt: skip
    (KEPT_IN / "probe.json").write_text(json.dumps(record))
    assert exits("report", str(KEPT_IN), "--task", "labels.jsonl")[0] == 0
    exits("run", *LABELLED)
    assert open_study(KEPT_IN).settings.probes
    _write(_relabelled(labelled, _of_items(2)[corrected : corrected + 1]))
    _, _, told = exits("run", *LABELLED)
    said = f"labels: the fine-tuning of {record['model']} may be of the older examples, and counts no more"
    assert (bool(open_study(KEPT_IN).settings.probes), said not in told) == (counts, counts)
