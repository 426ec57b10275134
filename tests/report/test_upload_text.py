"""What `curvefit pool` says: what is in the file, what is not, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.report.upload_text import upload_summary
from curvefit.tasks.task import Task
from curvefit.training.upload_file import OmittedExample, upload_file


@pytest.fixture
def task():
    records = [{"id": f"r{i}", "input": f"message number {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(90)]
    return Task.from_records(records, name="letters", seed=1)


def summary(task, upload, path="train.jsonl", notes=(), study="STUDY", kept_out=0):
    return upload_summary(upload, task, kept_out or len(task.items), Path(path), notes, study)


def test_the_lines_say_what_is_in_the_file_what_is_not_and_what_comes_next(task):
    assert summary(task, upload_file(task, "fireworks", n=12, seed=3), notes=["look first"]) == [
        "train.jsonl: 12 of the 45 examples of the pool of letters, by seed 3",
        "  kept out: 45 items, which are scored; training on any of them would make the comparison worthless",
        "  Fireworks takes 3 rows or more, 3,000,000 rows at most",
        "  note: look first",
        "  once it is fine-tuned: curvefit validate STUDY -m FINE_TUNED --n-train 12",
    ]


def test_the_first_examples_left_out_are_named_and_the_others_counted(task):
    left_out = tuple(
        OmittedExample(f"r{i}", "reserved", "holds 'Bot:', which Amazon Bedrock reserves") for i in range(5)
    )
    lines = summary(task, replace(upload_file(task, "bedrock"), left_out=left_out))
    assert lines[2:6] == [
        "  left out: 'r0' holds 'Bot:', which Amazon Bedrock reserves",
        "  left out: 'r1' holds 'Bot:', which Amazon Bedrock reserves",
        "  left out: 'r2' holds 'Bot:', which Amazon Bedrock reserves",
        "  left out for such reasons: 2 more; --json names all",
    ]


def test_all_items_are_kept_out_and_those_scored_so_far_are_counted(task):
    assert summary(task, upload_file(task), kept_out=126)[1] == (
        "  kept out: 126 items, 45 of them scored so far; training on any of them would make the comparison worthless"
    )


def test_a_trainer_without_limits_gets_no_line_of_them(task):
    assert not any("takes" in line for line in summary(task, upload_file(task, "huggingface")))


def test_no_name_drives_the_terminal_or_breaks_a_line(task):
    upload = replace(
        upload_file(task), left_out=(OmittedExample("a\x1b[31m\nb" * 99, "empty", "has an empty message"),)
    )
    lines = summary(task, upload, path="x\x1b[2J\ny.jsonl", study="out\x1b[2J")
    assert all(line.isprintable() for line in lines)
    assert len(lines[2]) < 120
