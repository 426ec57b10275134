"""Files and words that somebody hostile, or unlucky, might give: one line each, and nothing that drives a terminal."""

from __future__ import annotations

import json

import pytest

FILES = {
    "nothing.jsonl": b"\n\n",
    "nul.jsonl": b"\0" * 1000,
    "bytes.jsonl": bytes(range(256)) * 9,
    "deep.jsonl": b"[" * 200_000,
    "digits.jsonl": b'{"input": ' + b"9" * 10_000 + b', "output": "a"}\n',
    "surrogate.jsonl": b'{"input": "\\ud800", "output": "a"}\n' * 3,
    "escape.jsonl": b'{"inp\\u001b[31mut": "x", "output": "a"}\n',
    "unclosed.csv": b'input,output\n"abc,d\n',
    "scores.json": b"[",
    "archive.eval": b"PK\x03\x04" + b"\0" * 50,
    "escape.csv": b"shots,accuracy\n\x1b[31m,1\n",
    "study.json": b'{"schema": "curvefit.study/\\u001b[31m9"}',
}


@pytest.mark.parametrize("command", ["check", "plan", "fit", "report", "compare"])
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_one_line(tmp_path, monkeypatch, exits, command, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(FILES[name])
    status, out, err = exits(command, name)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("curvefit: ")
    assert "fault of curvefit" not in err
    assert "\x1b" not in err


@pytest.mark.parametrize("command", ["check", "run", "fit", "report", "compare"])
@pytest.mark.parametrize(
    "word", ["\x1b]0;title\x07.jsonl", "\x9b31m.csv", "a\u202egnp.jsonl", "\udcff.json", "sk-abcdefghijklmnop1234.csv"]
)
def test_a_hostile_name_is_shown_and_not_sent(tmp_path, monkeypatch, exits, command, word):
    monkeypatch.chdir(tmp_path)
    status, _, err = exits(command, word)
    assert (status, err.count("\n")) == (1, 1)
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\udcff"} & set(err)
    assert "abcdefghijklmnop1234" not in err


def test_a_scorer_that_prints_leaves_json_whole(tmp_path, monkeypatch, exits):
    monkeypatch.chdir(tmp_path)
    rows = [{"input": f"message {i} about {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(80)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "own.py").write_text("print('noise')\ndef judge(reply, item):\n    print('noise')\n    return 1.0\n")
    (tmp_path / "task.yaml").write_text("name: a\ndata: data.jsonl\nscorer: python:own:judge\n")
    asked = ["run", ".", "-m", "simulated/plateau", "--shots", "0,1", "--draws", "1", "--items", "5", "--out", "out"]
    status, out, err = exits(*asked, "--json")
    assert (status, json.loads(out)["task"]) == (0, "a")
    assert "noise" in err
