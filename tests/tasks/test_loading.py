"""From files to a task, whole."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import replace

import pytest

from curvefit.errors import InputError
from curvefit.report.readiness_text import finding_sentence, readiness_summary
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.loading import load_task, places_of
from curvefit.tasks.readiness import located, readiness
from curvefit.tasks.task import fingerprint, item_digests


def rows(n=60, labels=("no", "yes"), start=0, **more):
    rng = random.Random(start)
    words = "amber birch cedar delta ember frost grove heron iris jade kelp lotus maple north ochre pearl".split()  # noqa: SIM905
    return [
        {"input": f"{' '.join(rng.sample(words, 6))} {start + i}?", "output": labels[i % len(labels)], **more}
        for i in range(n)
    ]


def folder(write, description, pool=None, items=None):
    write("task.yaml", description)
    write("pool.jsonl", pool or rows(40))
    return write("items.jsonl", items or rows(20, start=1_000)).parent


def test_a_folder_is_read_as_its_description_says(write):
    path = folder(
        write,
        "name: queue\nkind: routing\ndescription: for people\ninstruction: Say yes or no.\nscorer: exact\n"
        "labels: ['yes', 'no']\ninput_word: Q\noutput_word: A\n",
    )
    for given in (path, str(path), path / "task.yaml"):
        task = load_task(given)
        assert (task.name, task.kind, task.instruction, task.scorer.name) == (
            "queue",
            "routing",
            "Say yes or no.",
            "exact",
        )
        assert (task.labels, task.input_word, task.output_word) == (("no", "yes"), "Q", "A")
        assert (len(task.pool), len(task.items), task.notes) == (40, 20, ())


def test_ids_of_two_files_are_told_apart_only_where_they_meet(write):
    task = load_task(folder(write, "scorer: label\n"))
    assert (task.pool[0].id, task.items[0].id) == ("pool-line-1", "item-line-1")
    named = [{**row, "id": f"t{i}"} for i, row in enumerate(rows(20, start=1_000))]
    task = load_task(folder(write, "scorer: label\n", items=named))
    assert (task.pool[0].id, task.items[0].id) == ("line-1", "t0")


def test_pool_examples_that_duplicate_an_item_are_left_out_and_counted(write):
    items = rows(20, start=1_000)
    copies = [{**items[0], "output": "no"}, {**items[1], "input": items[1]["input"].upper() + " "}]
    near = {**items[2], "input": f"So {items[2]['input']}"}
    task = load_task(folder(write, "scorer: label\n", rows(40) + copies + [near], items))
    assert len(task.pool) == 40
    assert "3 pool examples duplicate an item, exactly or nearly, and are left out" in task.notes


def test_an_example_that_stands_there_twice_counts_once(write):
    data = rows(60)
    copies = [data[0], {**data[1], "input": data[1]["input"].upper()}, data[0]]
    once, twice = (load_task(write(f"{name}.jsonl", some)) for name, some in (("a", data), ("b", data + copies)))
    assert [len(side) for side in (twice.pool, twice.items)] == [len(side) for side in (once.pool, once.items)]
    assert "3 examples repeat another and are left out: same question, same answer" in twice.notes
    assert not any("repeat" in note for note in once.notes)


def test_a_question_with_two_answers_is_no_repetition(write):
    torn = [{**row, "output": "no" if row["output"] == "yes" else "yes"} for row in rows(60)[:1]]
    task = load_task(write("data.jsonl", rows(60) + torn))
    assert len(task.pool) + len(task.items) == 61


def test_items_and_pool_of_a_folder_count_once_each(write):
    items = rows(20, start=1_000)
    task = load_task(folder(write, "scorer: label\n", [*rows(40), *rows(2)], [*items, items[3]]))
    assert (len(task.pool), len(task.items)) == (40, 20)
    assert "2 pool examples repeat another and are left out: same question, same answer" in task.notes
    assert "1 item repeats another and is left out: same question, same answer" in task.notes


@pytest.mark.parametrize("name", ["data.jsonl", "data.csv"])
def test_a_bare_file_is_understood_and_split_the_same_way_each_time(write, name):
    data = rows(60)
    text = "input,output\n" + "".join(f"{row['input']},{row['output']}\n" for row in data)
    task = load_task(write(name, text if name.endswith("csv") else data), seed=3)
    assert (task.name, task.kind, task.scorer.name, task.labels) == ("data", "classification", "label", ("no", "yes"))
    assert task.instruction == "Answer with one of: no, yes."
    assert (len(task.pool), len(task.items)) == (30, 30)
    assert [note.split(":")[0] for note in task.notes] == [
        "split by seed 3", "no scorer given", "no instruction given",
    ]  # fmt: skip
    again = load_task(task_path := write(name, text if name.endswith("csv") else data), seed=3)
    assert (again.pool, again.items) == (task.pool, task.items)
    assert load_task(task_path, seed=4).items != task.items


@pytest.mark.parametrize(
    ("data", "drafts"), [(rows(1), False), (rows(1) * 30, False), (rows(30, drafted_by="a model"), True)]
)
def test_a_file_that_cannot_be_split_is_named(write, data, drafts):
    said = r"data\.jsonl: needs two examples that are not duplicates of each other.*"
    said += "; drafts are not scored, and do not count$" if drafts else "one to score$"
    for path in (write("data.jsonl", data), write("task.yaml", "data: data.jsonl\n")):
        with pytest.raises(InputError, match=said):
            load_task(path)


def test_a_task_can_be_split_from_one_file_named_in_its_description(write):
    write("all.csv", "text,label\n" + "".join(f"{row['input']},{row['output']}\n" for row in rows(40)))
    task = load_task(write("task.yaml", "name: one\ndata: all.csv\n"))
    assert (len(task.pool), len(task.items), task.scorer.name) == (20, 20, "label")


@pytest.mark.parametrize(
    ("splits", "pool", "items", "unused"),
    [
        ({"train": 12, "test": 8}, 12, 8, 0),
        ({"pool": 12, "items": 8}, 12, 8, 0),
        ({"validation": 12, "test": 8}, 12, 8, 0),
        ({"train": 12, "dev": 8}, 12, 8, 0),
        ({"train": 12, "validation": 5, "test": 8}, 12, 8, 5),
    ],
)
def test_a_split_in_the_file_is_followed(write, splits, pool, items, unused):
    data = [row for i, (name, n) in enumerate(splits.items()) for row in rows(n, start=100 * i, split=name)]
    task = load_task(write("a.jsonl", data))
    assert (len(task.pool), len(task.items)) == (pool, items)
    assert any(f"{unused} validation examples unused" in note for note in task.notes) == bool(unused)


def test_one_split_name_for_all_says_nothing(write):
    task = load_task(write("a.jsonl", rows(40, split="train")))
    assert (len(task.pool), len(task.items)) == (20, 20)


def test_a_split_missing_on_some_lines_is_told(write):
    path = write("a.jsonl", [*rows(5, split="train"), *rows(5, start=9)])
    with pytest.raises(InputError, match=r"a\.jsonl:6: split: missing here"):
        load_task(path)


def chat(i, system="Route it."):
    turns = [("system", system)] if system else []
    turns += [("user", f"ticket number {i * 7919} about {chr(97 + i % 26) * 5}"), ("assistant", ("up", "down")[i % 2])]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def test_a_fine_tuning_file_gives_its_system_message_as_instruction(write):
    task = load_task(write("upload.jsonl", [chat(i) for i in range(40)]))
    assert (task.instruction, task.labels, len(task.items)) == ("Route it.", ("down", "up"), 20)
    assert {item.context for item in task.items} == {""}
    assert task.notes[-1] == "instruction taken from the system message: 'Route it.'"
    assert not any("no instruction given" in note for note in task.notes)


def test_system_messages_that_differ_stay_system_messages_and_none_is_made_up_beside_them(write):
    task = load_task(write("upload.jsonl", [chat(i, f"You serve shop {i}.") for i in range(40)]))
    assert task.instruction == ""
    assert all(item.system.startswith("You serve shop") and not item.context for item in task.items)
    assert "system messages differ: each is asked, and trained on, with its own" in task.notes
    assert not any("no instruction given" in note for note in task.notes)


def shared_by_most(own=35, none=4):
    """Lines of which `own` have one system message, some another and some none."""
    systems = ["Route it."] * own + [""] * none + ["Route it"] * (40 - own - none)
    return [chat(i, system) for i, system in enumerate(systems)]


def test_where_most_share_a_system_message_each_line_is_asked_and_trained_on_with_its_own(write):
    task = load_task(write("upload.jsonl", shared_by_most()))
    lines = {example.id: example for example in (*task.pool, *task.items)}
    assert task.instruction == ""
    assert [lines[f"line-{n}"].system for n in (1, 36, 40)] == ["Route it.", "", "Route it"]
    assert {example.context for example in lines.values()} == {""}
    note = "35 of 40 examples have the same system message, 1 another, 4 none: each is asked, and trained on, with its"
    assert f"{note} own, without one where it has none" in task.notes
    (finding,) = (each for each in readiness(task) if each.code == "system-missing")
    assert (finding.values["count"], finding.values["of"], finding.values["usual"]) == (4, 40, 35)
    assert set(finding.values["rows"]) == {"line-36", "line-37", "line-38", "line-39"}
    (finding,) = (each for each in readiness(task) if each.code == "system-alike")
    assert finding.values["rows"] == ("line-40",)


def test_system_messages_that_differ_in_white_space_alone_are_the_same(write):
    systems = ["Route it.", "Route it. ", "Route  it.", "Route it.", "Route\tit.\n"] * 8
    task = load_task(write("upload.jsonl", [chat(i, system) for i, system in enumerate(systems)]))
    assert (task.instruction, {example.system for example in (*task.pool, *task.items)}) == ("Route it.", {""})
    other = load_task(write("other.jsonl", [*(chat(i, s) for i, s in enumerate(systems)), chat(40, "Be  brief.")]))
    assert {example.system for example in (*other.pool, *other.items)} == {"Route it.", "Be  brief."}
    assert "40 of 41 examples have the same system message, 1 another" in " ".join(other.notes)
    few = [chat(i, "Be brief." if i % 3 == 0 else "Route it.") for i in range(9)]
    stated = load_task(write("few.jsonl", few), instruction="Be  brief.")
    assert {example.system for example in (*stated.pool, *stated.items)} == {""}
    same = load_task(write("same.jsonl", [chat(i) for i in range(9)]), instruction="Route it. ")
    assert not any("left out" in note for note in same.notes)


def test_a_pool_example_that_asks_what_an_item_does_is_left_out_whatever_its_label_and_system_message(write):
    items = [chat(i) for i in range(40)]
    asked = items[3]["messages"][1]["content"].upper()
    copy = {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": "up"}]}
    write("pool.jsonl", [*(chat(i) for i in range(100, 140)), copy])
    write("items.jsonl", items)
    task = load_task(write("task.yaml", "name: routing\n"))
    assert (len(task.pool), len(task.items)) == (40, 40)
    note = "1 pool example duplicates an item, exactly or nearly, system messages aside, and is left out"
    assert note in task.notes


def test_what_became_of_every_line_adds_up_in_one_note(tmp_path):
    lines = [json.dumps(line) for line in shared_by_most()]
    lines += [lines[0], "", "{broken", json.dumps({**chat(99), "weight": 0})]
    (tmp_path / "upload.jsonl").write_text("\n".join(lines))
    task = load_task(tmp_path / "upload.jsonl")
    assert task.notes[0] == "43 lines that are not blank = 20 for the pool + 20 items + 3 left out, as told below"
    reasons = ("1 line left out", "1 of 43 lines cannot be read", "1 example repeats another")
    assert all(any(note.startswith(reason) for note in task.notes) for reason in reasons)


def test_where_nothing_is_left_out_no_count_of_lines_is_given(write):
    assert not any("left out" in note for note in load_task(write("all.jsonl", rows(60))).notes)


def test_a_stated_instruction_takes_the_place_of_the_usual_system_message_and_stands_where_there_is_none(write):
    task = load_task(write("upload.jsonl", shared_by_most()), instruction="Route the ticket.")
    lines = {example.id: example.system for example in (*task.pool, *task.items)}
    assert task.instruction == "Route the ticket."
    assert {lines[f"line-{n}"] for n in range(1, 40)} == {""}
    assert lines["line-40"] == "Route the ticket.\n\nRoute it"
    assert any("takes the place of the first and of none; others follow it" in note for note in task.notes)
    assert not {"system-missing", "system-alike"} & {each.code for each in readiness(task)}


@pytest.mark.parametrize(
    "systems",
    [
        ["Route it."] * 40,
        [""] * 40,
        ["Route it."] * 30 + [""] * 10,
        ["Route it."] * 25 + ["Be brief."] * 10 + [""] * 5,
        ["Be brief."] * 5 + [""] * 35,
        [f"You serve shop {i}." for i in range(40)],
    ],
)
@pytest.mark.parametrize("instruction", ["Route it.", "Name the queue that this mail belongs to."])
def test_another_instruction_is_tried_on_the_same_items_with_the_same_pool(write, systems, instruction):
    file = write("upload.jsonl", [chat(i, system) for i, system in enumerate(systems)])
    own, other = load_task(file), load_task(file, instruction=instruction)
    assert [[each.id for each in side] for side in (other.pool, other.items)] == [
        [each.id for each in side] for side in (own.pool, own.items)
    ]
    assert item_digests(own, own.items) == item_digests(other, other.items)


@pytest.mark.parametrize("systems", [["Route it."] * 40, [f"You serve shop {i}." for i in range(40)], [""] * 40])
def test_lines_whose_system_messages_are_all_alike_or_all_their_own_are_found_no_fault_with(write, systems):
    task = load_task(write("upload.jsonl", [chat(i, system) for i, system in enumerate(systems)]))
    assert not {"system-missing", "system-alike"} & {each.code for each in readiness(task)}


def test_how_many_examples_have_a_system_message_is_said_where_not_all_do(tmp_path):
    turns = [[{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": "ab"[i % 2]}] for i in range(40)]
    turns[3].insert(0, {"role": "system", "content": "Be brief."})
    (tmp_path / "chat.jsonl").write_text("".join(json.dumps({"messages": each}) + "\n" for each in turns))
    notes = load_task(tmp_path / "chat.jsonl").notes
    said = "each is asked, and trained on, with its own, the others with the instruction"
    assert f"1 of 40 examples have a system message: {said}" in notes
    assert "no instruction given: 'Answer with one of: a, b.'" in notes


def test_an_instruction_of_its_own_replaces_the_system_message_and_says_so(write):
    write("upload.jsonl", [chat(i) for i in range(40)])
    task = load_task(write("task.yaml", "data: upload.jsonl\ninstruction: ''\n"))
    assert task.instruction == ""
    assert any("system message is left out" in note for note in task.notes)


def test_earlier_turns_of_a_chat_stay_turns_of_its_item_and_part_of_what_is_asked(write):
    def talk(i, word):
        first = [{"role": "user", "content": f"Good {word}"}, {"role": "assistant", "content": "And to you."}]
        return {"messages": [*first, *chat(i, "")["messages"]]}

    morning, evening = (
        load_task(write(f"{word}.jsonl", [talk(i, word) for i in range(40)])) for word in ("morning", "evening")
    )
    assert {item.turns for item in morning.items} == {(("user", "Good morning"), ("assistant", "And to you."))}
    assert {item.context for item in morning.items} == {""}
    assert fingerprint(morning, morning.items) != fingerprint(evening, evening.items)
    bare = [replace(item, turns=()) for item in morning.items]
    assert fingerprint(morning, morning.items) != fingerprint(morning, bare)


def test_labels_make_a_classification_judged_by_label(write):
    task = load_task(folder(write, "labels: ['no', 'yes', 'maybe']\n"))
    assert (task.kind, task.scorer.name, task.labels) == ("classification", "label", ("maybe", "no", "yes"))


def test_a_target_that_is_none_of_the_labels_is_told_with_its_line(write):
    path = folder(write, "labels: ['no', 'yes']\n", items=[*rows(3, start=1_000), {"input": "q", "output": "Yes"}])
    with pytest.raises(InputError, match=r"items\.jsonl:4: output: 'Yes' is none of the task's labels: no, yes"):
        load_task(path)


MISSPELT = {3: " yes", 6: "No", 8: "no ", 40: "no ", 51: "YES."}


def misspelt():
    return [{**row, "output": MISSPELT.get(i, row["output"])} for i, row in enumerate(rows(60))]


@pytest.mark.parametrize("scorer", [None, "label"])
def test_labels_that_differ_in_spelling_alone_are_one_label_and_named(write, scorer):
    task = load_task(write("a.jsonl", misspelt()), scorer=scorer)
    assert (task.kind, task.scorer.name, task.labels) == ("classification", "label", ("no", "yes"))
    assert {example.target for example in (*task.pool, *task.items)} == {"no", "yes"}
    clean = load_task(write("b.jsonl", rows(60)))
    assert ([each.id for each in task.items], task.instruction) == (
        [each.id for each in clean.items],
        clean.instruction,
    )
    (finding,) = (each for each in located(readiness(task), places_of(task.path)) if each.code == "labels-respelled")
    assert (finding.severity, finding.values["count"]) == ("warn", 5)
    assert set(finding.values["rows"]) == {f"a.jsonl:{i + 1}" for i in MISSPELT}
    assert "'no ' for 'no' (2)" in finding_sentence(finding)
    (note,) = (note for note in task.notes if "spelled otherwise" in note)
    assert note.startswith("5 labels are spelled otherwise than most: 'no ' for 'no' (2), ")
    checked = " ".join(" ".join(readiness_summary(task, readiness(task), 0.1, 0.9)).split())
    assert checked.count("spelled otherwise than most") == 1
    assert "warn: 5 labels are spelled otherwise" in checked


def test_targets_are_left_as_they_stand_where_a_scorer_is_named(write):
    task = load_task(write("a.jsonl", misspelt()), scorer="exact")
    assert {example.target for example in (*task.pool, *task.items)} == {"no", "yes", *MISSPELT.values()}
    assert task.respelled == ()


def test_labels_that_are_named_are_spelled_so_white_space_aside(write):
    named = [{**row, "output": f"{row['output']} " if i == 3 else row["output"]} for i, row in enumerate(rows(40))]
    task = load_task(folder(write, "labels: ['no', 'yes']\n", pool=named))
    assert {example.target for example in task.pool} == {"no", "yes"}


@pytest.mark.parametrize(
    ("description", "line", "field", "message"),
    [
        ("name: a\npool: none.jsonl\n", 2, "pool", "there is no file 'none.jsonl'"),
        ("name: a\nscorer: {type: regex, pattern: '('}\n", 2, "scorer.pattern", "no regular expression"),
        ("name: a\nkind: b\nscorer: python:nowhere:judge\n", 3, "scorer", "ModuleNotFoundError"),
    ],
)
def test_a_fault_that_shows_only_when_used_is_told_with_its_place_in_the_description(
    write, description, line, field, message
):
    path = folder(write, description)
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (path / "task.yaml", line, field)
    assert message in caught.value.problem


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.jsonl: does not exist"):
        load_task(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match=r"has no task\.yaml; start one with: curvefit init"):
        load_task(tmp_path)


def test_a_data_file_can_name_no_code(write):
    write("evil.py", "raise SystemExit")
    data = [{**row, "scorer": "python:evil:judge"} for row in rows(20)]
    assert load_task(write("a.jsonl", data)).scorer.name == "label"


def test_the_name_of_a_bare_file_is_made_safe(write):
    assert load_task(write("..my data: (1).jsonl", rows(20))).name == "my data- -1"


REAL = {
    "advising_sql": ("code", "code"),
    "apibench_torchhub": ("code", "call"),
    "banking77": ("classification", "label"),
    "e2e_text2json": ("structured", "json"),
    "gsm8k": ("qa", "number"),
    "humaneval": ("code", "code"),
    "medqa": ("classification", "label"),
    "nl2bash": ("code", "code"),
    "nl2regex": ("code", "code"),
    "nlupp_json": ("structured", "json"),
    "pii_redaction": ("generation", "normalized"),
    "pubmedqa": ("classification", "label"),
    "snips_json": ("structured", "json"),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_data_set_loads_and_is_taken_for_what_it_is(shared_data, name):
    path = shared_data / "tasks" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")
    started = time.perf_counter()
    task = load_task(path)
    print(f"{name}: {len(task.pool)} + {len(task.items)} in {time.perf_counter() - started:.2f} s")
    assert (task.kind, task.scorer.name) == REAL[name]
    assert duplicated(task.pool, task.items) == []
    lines = [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    dropped = [(int(note.split()[0]), note) for note in task.notes if " repeat" in note or " duplicate" in note]
    scored = {"test", "validation"} if not any(row["split"] == "test" for row in lines) else {"test"}
    if {row["split"] for row in lines} != {"test"}:
        repeated = sum(count for count, note in dropped if re.match(r"\d+ items? repeat", note))
        assert len(task.items) + repeated == sum(row["split"] in scored for row in lines)
    assert len(task.pool) + len(task.items) + sum(count for count, _ in dropped) == len(lines)


@pytest.mark.parametrize("leads", ["out", "within"])
def test_a_link_may_not_lead_out_of_the_tasks_folder(write, tmp_path, leads):
    task = folder(write, "name: a\n")
    place = tmp_path.parent / f"{tmp_path.name}-private.jsonl" if leads == "out" else task / "other.jsonl"
    (task / "items.jsonl").rename(place)
    (task / "items.jsonl").symlink_to(place)
    if leads == "within":
        assert len(load_task(task).items) == 20
        return
    with pytest.raises(InputError, match=r"task\.yaml:1: items: 'items\.jsonl' is a link that leads out of the task's"):
        load_task(task)


def test_a_second_scorer_is_named_beside_the_first_and_its_faults_by_its_own_field(write):
    path = folder(write, "scorer: exact\nalso_scored_by: {type: json, credit: fields}\n")
    assert load_task(path).also_scored_by.name == "json"
    path = folder(write, "scorer: exact\nalso_scored_by: jsson\n")
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert (caught.value.field, caught.value.line) == ("also_scored_by", 2)


def test_a_study_given_for_a_task_is_told_so(tmp_path):
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(InputError, match="is a study, and no task"):
        load_task(tmp_path)
