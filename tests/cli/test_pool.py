"""`curvefit pool` as a user runs it: what is written may be learned from, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import astuple

import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.models.base import Message
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import canonical
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.trials.prompts import request

STUDY = ["-m", "simulated/late", "--shots", "0,1,4", "--draws", "2", "--items", "30", "--seed", "3", "--out", "out"]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write so many rows to data.jsonl in the working directory."""
    monkeypatch.chdir(tmp_path)

    def made(count=120, **more):
        rows = [
            {"id": f"r{i}", "input": f"message {i} about {i * 7919 % 1000}\u2028x", "output": "abc"[i % 3], **more}
            for i in range(count)
        ]
        (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return tmp_path

    made()
    return made


def run(*arguments):
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


def turns(file):
    """The conversations of a chat file."""
    return [[tuple(turn.values()) for turn in json.loads(line)["messages"]] for line in file.read_text().splitlines()]


def inputs(file):
    return {turn[-2][1] for turn in turns(file)}


def test_all_of_the_pool_is_written_and_no_item(write):
    folder, task = write(), load_task("data.jsonl", seed=5)
    said = run("pool", "data.jsonl", "--out", "train.jsonl", "--seed", "5").stdout
    assert inputs(folder / "train.jsonl") == {example.input for example in task.pool}
    assert not inputs(folder / "train.jsonl") & {item.input for item in task.items}
    assert len(turns(folder / "train.jsonl")) == len(task.pool)
    assert f"train.jsonl: {len(task.pool)} of the {len(task.pool)} examples of the pool of data, by seed 5" in said
    assert f"kept out: {len(task.items)} items" in said
    assert "would make the comparison worthless" in said


@pytest.mark.parametrize("more", [{}, {"context": "a record"}])
def test_a_line_is_what_a_chat_model_is_asked_and_the_target(write, more):
    folder = write(**more)
    run("pool", "data.jsonl", "--out", "train.jsonl")
    task = load_task("data.jsonl")
    asked = {request(task, (), example, form="chat", max_tokens=1).prompt: example.target for example in task.pool}
    for line in turns(folder / "train.jsonl"):
        assert asked.pop(tuple(Message(*turn) for turn in line[:-1])) == line[-1][1]
        assert [role for role, _ in line] == ["system", "user", "assistant"]
    assert not asked


def test_the_loader_reads_it_back_as_the_same_task(write):
    run("pool", "data.jsonl", "--out", "train.jsonl")
    task, back = load_task("data.jsonl"), load_task("train.jsonl")
    assert (back.instruction, back.kind, back.labels) == (task.instruction, task.kind, task.labels)
    told = {canonical(example): example.target for example in task.pool}
    assert {canonical(example): example.target for example in (*back.pool, *back.items)} == told


def test_a_number_of_examples_is_what_a_probe_of_that_number_trains_on(write):
    class Letters:
        """What `plan_fine_tuning` needs of a model: tokens are characters."""

        name, form, identity = "letters", "plain", "letters"

        def tokens(self, prompt, reply):
            return [ord(c) for c in prompt], [ord(c) for c in reply]

    folder = write()
    run("pool", "data.jsonl", "--out", "train.jsonl", "--n", "32", "--seed", "2")
    work = plan_fine_tuning(load_task("data.jsonl", seed=2), Letters(), ProbeDesign((8, 32), seeds=2, seed=2))
    trained = ["".join(map(chr, example.prompt)) for example in work.orders[0]]
    written = [line[-2][1] for line in turns(folder / "train.jsonl")]
    assert len(written) == len(trained) == 32
    assert all(f"In: {asked}\n" in prompt for asked, prompt in zip(written, trained, strict=True))
    run("pool", "data.jsonl", "--out", "fewer.jsonl", "--n", "8", "--seed", "2")
    assert turns(folder / "fewer.jsonl") == turns(folder / "train.jsonl")[:8]


def test_items_of_a_study_stay_out_where_rows_added_since_have_moved_them(write):
    folder = write()
    run("run", "data.jsonl", *STUDY)
    scored = set(json.loads((folder / "out" / "study.json").read_text())["measurement"]["items"])
    write(360)
    task = load_task("data.jsonl", seed=3)
    texts = {example.input for example in (*task.pool, *task.items) if example.id in scored}
    run("pool", "data.jsonl", "--out", "plain.jsonl", "--seed", "3")
    assert inputs(folder / "plain.jsonl") & texts, "the test has to move an item"
    said = run("pool", "data.jsonl", "--out", "train.jsonl", "--study", "out").stdout
    assert not inputs(folder / "train.jsonl") & texts
    assert "by seed 3" in said
    kept_out = len(task.pool) + len(task.items) - len(inputs(folder / "train.jsonl"))
    assert kept_out > len(task.items) > 30
    assert f"kept out: {kept_out} items, 30 of them scored so far" in said
    assert "curvefit validate out -m FINE_TUNED --n-train" in said


def test_json_is_one_object(write, exits):
    write()
    _, shown, _ = exits("pool", "data.jsonl", "--out", "train.jsonl", "--n", "12", "--json")
    task = load_task("data.jsonl")
    held = {"task": "data", "file": "train.jsonl", "rows": 12, "pool": len(task.pool), "kept_out": len(task.items)}
    assert json.loads(shown) == {**held, "seed": 0, "format": "openai", "left_out": [], "notes": list(task.notes)}


def test_a_file_stays_also_where_the_way_to_it_leads_through_a_folder_that_is_not_there(write, exits):
    folder = write()
    before = (folder / "data.jsonl").read_bytes()
    status, _, told = exits("pool", "data.jsonl", "--out", "none/../data.jsonl")
    assert (status, "is already there with other content" in told) == (1, True)
    assert (folder / "data.jsonl").read_bytes() == before


def test_a_file_that_is_there_stays_unless_it_is_the_same(write, exits):
    folder = write()
    before = (folder / "data.jsonl").read_bytes()
    status, shown, told = exits("pool", "data.jsonl", "--out", "data.jsonl")
    assert (status, shown) == (1, "")
    assert told == (
        "curvefit: data.jsonl: is already there with other content; nothing was written, use another --out\n"
    )
    assert (folder / "data.jsonl").read_bytes() == before
    assert [exits("pool", "data.jsonl", "--out", "train.jsonl")[0] for _ in range(2)] == [0, 0]
    assert exits("pool", "data.jsonl", "--out", "train.jsonl", "--n", "3")[0] == 1
    assert len(turns(folder / "train.jsonl")) > 3


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["data.jsonl"], 2, "--out"),
        (["data.jsonl", "--out", "t.jsonl", "--n", "5000"], 1, "--n 5,000 is more than the "),
        (["none.jsonl", "--out", "t.jsonl"], 1, "none.jsonl: does not exist"),
        (["data.jsonl", "--out", "data.jsonl/t.jsonl"], 1, "use another --out"),
        (["data.jsonl", "--out", "t.jsonl", "--study", "nowhere"], 1, "nowhere: "),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(write, exits, arguments, status, said):
    folder = write()
    found, shown, told = exits("pool", *arguments)
    assert (found, shown) == (status, "")
    assert said in told
    assert status == 2 or told.count("\n") == 1
    assert not (folder / "t.jsonl").exists()


def test_context_and_target_come_whole(write):
    folder = write(context="two\nlines")
    run("pool", "data.jsonl", "--out", "train.jsonl", "--n", "1")
    ((_, asked, told),) = turns(folder / "train.jsonl")
    example = next(e for e in load_task("data.jsonl").pool if e.input in asked[1])
    assert (asked, told) == (("user", f"two\nlines\n{example.input}"), ("assistant", astuple(example)[2]))


def test_each_trainer_gets_its_form(write, exits):
    folder = write()
    status, shown, _ = exits("pool", "data.jsonl", "--to", "vertex", "--out", "train.jsonl")
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    assert (status, {tuple(row) for row in rows}) == (0, {("systemInstruction", "contents")})
    assert "Vertex AI (Gemini) takes 1,000,000 rows at most" in shown
    assert "note: tokens are counted as bytes of UTF-8 divided by 4" in shown


def test_an_example_that_breaks_a_rule_is_named_with_it(write, exits):
    folder = write(split="train")
    with (folder / "data.jsonl").open("a") as file:
        for i in range(40):
            file.write(
                json.dumps({"id": f"i{i}", "input": f"item {i}", "output": "abc"[i % 3], "split": "test"}) + "\n"
            )
        file.write(json.dumps({"id": "odd", "input": "Bot: hello", "output": "a", "split": "train"}) + "\n")
    said = exits("pool", "data.jsonl", "--to", "bedrock", "--out", "train.jsonl")[1]
    assert "  left out: 'odd' holds 'Bot:', which Amazon Bedrock reserves\n" in said
    found = json.loads(exits("pool", "data.jsonl", "--to", "bedrock", "--out", "train.jsonl", "--json")[1])
    assert found["left_out"] == [
        {"id": "odd", "rule": "reserved", "problem": "holds 'Bot:', which Amazon Bedrock reserves"}
    ]
    assert found["rows"] == found["pool"] - 1 == len((folder / "train.jsonl").read_text().splitlines())


def test_a_file_the_trainer_would_not_take_is_not_written(write, exits):
    folder = write()
    assert exits("pool", "data.jsonl", "--to", "openai", "--n", "9", "--out", "train.jsonl") == (
        1,
        "",
        "curvefit: OpenAI takes 10 rows or more, and there are 9; ask for more with --n, or add examples\n",
    )
    assert not (folder / "train.jsonl").exists()


def test_a_trainer_nobody_knows_is_a_usage_error_that_names_those_there_are(write, exits):
    write()
    status, shown, told = exits("pool", "data.jsonl", "--to", "openia", "--out", "train.jsonl")
    assert (status, shown) == (2, "")
    assert "'openia' is none of openai, azure, mistral" in told


def test_the_help_names_every_trainer():
    from curvefit.training.upload_formats import FORMATS

    said = " ".join(run("pool", "--help").stdout.split())
    assert all(name in said for name in FORMATS)


def test_what_reading_the_file_left_out_is_said_beside_it(write, exits):
    folder = write()
    with (folder / "data.jsonl").open("a") as file:
        file.write(json.dumps({"id": "again", "input": "message 3 about 757\u2028x", "output": "a"}) + "\n")
    _, shown, told = exits("pool", "data.jsonl", "--out", "train.jsonl")
    note = "1 example repeats another and is left out: same question, same answer"
    assert note in load_task("data.jsonl").notes
    assert f"data: {note}\n" in told
    assert note not in shown


def test_targets_that_look_wrong_are_counted_with_the_command_that_names_them(write, exits):
    folder = write()
    words = {"up": "parcel", "down": "invoice"}
    rows = [
        {"input": f"my {words[label]} number {i * 7919 % 1000}", "output": label}
        for i in range(60)
        for label in ("up", "down")
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "wrong" not in exits("pool", "data.jsonl", "--out", "clean.jsonl", "--seed", "1")[1]
    for row in rows[:6]:
        row["output"] = "down" if row["output"] == "up" else "up"
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, shown, _ = exits("pool", "data.jsonl", "--out", "train.jsonl", "--seed", "1")
    count = len({f"line-{n}" for n in range(1, 7)} & {row.id for row in load_task("data.jsonl", seed=1).pool})
    assert 1 < count < 6
    command = "curvefit check data.jsonl --seed 1"
    assert f"note: {count} targets of the pool look wrong; this names them: {command}\n" in shown
    assert "6 targets look wrong" in " ".join(exits(*command.split()[1:])[1].split())
