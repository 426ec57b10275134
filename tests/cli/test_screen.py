from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import which
from subprocess import run

import pytest
from click.shell_completion import ShellComplete

from curvefit.cli import screen
from curvefit.cli.main import cli
from curvefit.cli.screen import block, line

HOSTILE = "\x1b]0;title\x07 \x9b31m \r\u202e \x7f \ud800"


@pytest.mark.parametrize("shown", [line, block])
def test_nothing_a_terminal_obeys_is_left(shown):
    assert shown(HOSTILE).isprintable()
    assert "title" in shown(HOSTILE)


def test_a_block_keeps_its_shape():
    assert block("a:\n\tb  c\r\n") == "a:\n\tb  c\n"


def test_a_line_is_one_and_is_not_cut_where_it_says_what_to_do():
    assert line("what is wrong " * 20 + "\n and what to do").endswith("wrong and what to do")


@pytest.mark.parametrize(
    ("terminal", "columns", "width"), [(True, "60", 60), (True, "300", 100), (True, "", 80), (False, "60", 80)]
)
def test_lines_are_as_wide_as_the_terminal_and_no_wider_than_is_easily_read(monkeypatch, terminal, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError))
    assert screen.width() == width


@pytest.mark.parametrize(
    ("words", "offered"),
    [("curvefit vi", {"view"}), ("curvefit run data.jsonl --max-u", {"--max-usd"}), ("curvefit st", {"stub"})],
)
def test_the_documented_lines_make_a_shell_complete(monkeypatch, exits, words, offered):
    page = Path(__file__).parents[2].joinpath("docs", "commands.md").read_text(encoding="utf-8")
    for shell in ("bash", "zsh", "fish"):
        assert f"_CURVEFIT_COMPLETE={shell}_source curvefit" in page
        monkeypatch.setenv("_CURVEFIT_COMPLETE", f"{shell}_source")
        status, script, _ = exits()
        assert (status, f"_CURVEFIT_COMPLETE={shell}_complete" in script) == (0, True)
    monkeypatch.setenv("_CURVEFIT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert {text.partition(",")[2] for text in exits()[1].splitlines()} == offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["check"], "file"),
        (["run", "data.jsonl", "--instruction"], "file"),
        (["check", "data.jsonl", "--instruction"], "file"),
        (["errors", "reports/x", "--task"], "file"),
        (["report"], "file"),  # a type of click's own
        (["run", "data.jsonl", "-m"], "local/gemma3-270m"),
        (["run", "data.jsonl", "-m"], "simulated/rising"),
        (["check", "data.jsonl", "--scorer"], "label"),
        (["check", "data.jsonl", "--kind"], "extraction"),
        (["pool", "data.jsonl", "--to"], "together"),
        (["pull"], "gemma3-270m"),
    ],
)
def test_tab_completes_files_and_the_names_there_are(words, offered):
    incomplete = "cha" if offered == "file" else offered[:-2]
    found = ShellComplete(cli, {}, "curvefit", "_CURVEFIT_COMPLETE").get_completions(words, incomplete)
    wanted = ("file", incomplete) if offered == "file" else ("plain", offered)
    assert wanted in [(one.type, one.value) for one in found]
    assert all(one.value.startswith(incomplete) for one in found)


@pytest.mark.skipif(which("bash") is None, reason="no bash here")
def test_bash_completes_the_name_of_a_file(tmp_path, exits, monkeypatch):
    """With the script as printed, and the program in the place of itself."""
    monkeypatch.setenv("_CURVEFIT_COMPLETE", "bash_source")
    script = exits()[1]
    monkeypatch.delenv("_CURVEFIT_COMPLETE")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "curvefit"
    main = "import sys; sys.argv[0] = 'curvefit'; from curvefit.cli.main import main; main()"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{main}" "$@"\n')
    program.chmod(0o755)
    (tmp_path / "chats.jsonl").touch()
    typed = (
        f'{script}\ncompopt() {{ echo "files:" "$@"; }}\n'  # what readline does then is readline's
        "COMP_WORDS=(curvefit check cha); COMP_CWORD=2; _curvefit_completion curvefit; echo ${COMPREPLY[@]}"
    )
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    ran = run(["bash", "-c", typed], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.stdout.split() == ["files:", "-o", "default"]
