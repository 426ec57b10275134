from __future__ import annotations

from pathlib import Path

import pytest

from curvefit.cli import screen
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
