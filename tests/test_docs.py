"""The documents are true: every command, option and file they name exists, and the examples run."""

from __future__ import annotations

import doctest
import inspect
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

import curvefit
from benchmarks.forecast import sample_curves
from curvefit.cli.main import _COMMANDS, EXIT, cli
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.study import TakenStep, with_costs

ROOT = Path(__file__).parents[1]
PAGES = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
FOR_AGENTS = ["docs/llms.txt", "docs/skills/curvefit/SKILL.md"]
DOCUMENTS = [
    *(
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "sample_tasks/README.md",
        "reports/payoff/README.md",
    ),
    *PAGES,
    *FOR_AGENTS,
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shell_lines() -> list[str]:
    """Every line of the documents' shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", "\n".join(map(text, DOCUMENTS)), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def command_lines() -> list[str]:
    """Those that call curvefit."""
    return [line.split("  #")[0].strip() for line in shell_lines() if line.startswith("curvefit ")]


def help_examples() -> list[str]:
    """Every example in the help of the commands; what stands two spaces behind one explains it."""
    texts = [cli.help, *(cli.get_command(None, name).help for name in _COMMANDS)]
    lines = [line.strip() for shown in texts for line in shown.splitlines() if line.startswith("  curvefit ")]
    return [re.split(r"\s{2,}", line)[0] for line in lines]


def test_readme_opens_with_the_two_commands():
    first = re.search(r"```sh\n(.*?)```", text("README.md"), re.DOTALL).group(1)
    assert [line.split("  ")[0] for line in first.splitlines()] == ["make demo", "make test"]


def test_the_readmes_answer_is_what_the_tool_prints():
    folder = "reports/tickets/local-gemma3-270m"
    printed = summary(curvefit.read_study(ROOT / folder), folder=folder)
    block = re.search(r"<!-- answer -->\n```\n(.*?)\n```\n<!-- /answer -->", text("README.md"), re.DOTALL)
    assert block.group(1) == printed


def test_no_command_of_the_documents_writes_over_a_stored_report():
    pages = ("README.md", "CONTRIBUTING.md", *PAGES)
    reports = [line for page in pages for line in re.findall(r"curvefit report reports/[^`\n#]*", text(page))]
    assert len(reports) >= 2
    assert all(" --out build/" in line for line in reports)


def test_the_readme_has_at_most_900_words():
    assert len(text("README.md").split()) <= 900


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_the_index(page):
    assert page == "docs/README.md" or f"]({Path(page).name})" in text("docs/README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_the_navigation_of_the_site(page):
    assert text("mkdocs.yml").count(f": {Path(page).name}\n") == 1


@pytest.mark.parametrize("page", [*PAGES, "docs/skills/curvefit/SKILL.md"])
def test_agents_are_told_of_every_page(page):
    assert f"]({page.removeprefix('docs/')})" in text("docs/llms.txt")


def options(name: str) -> set[str]:
    return {option for parameter in cli.get_command(None, name).params for option in parameter.opts}


@pytest.mark.parametrize("document", FOR_AGENTS)
def test_every_command_and_option_that_agents_are_told_of_exists(document):
    named = set(re.findall(r"`curvefit ([a-z-]+)|^curvefit ([a-z-]+)", text(document), re.MULTILINE))
    assert {one or other for one, other in named} <= set(_COMMANDS)
    known = {"--help"}.union(*map(options, _COMMANDS))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text(document))) <= known


def test_the_skill_says_what_it_is_as_agents_read_it():
    front = re.match(r"---\nname: (\S+)\ndescription: (.+)\n---\n", text("docs/skills/curvefit/SKILL.md"))
    assert front.group(1) == "curvefit"  # the name of its folder
    assert len(front.group(2)) <= 1024


def test_the_skill_knows_every_exit_status_action_and_field():
    skill = text("docs/skills/curvefit/SKILL.md")
    assert [int(status) for status in re.findall(r"^\| (\d+) \|", skill, re.MULTILINE)] == sorted(EXIT.values())
    costs = curvefit.Costs(100_000, 1.2, 0.08, 300, hosting_usd_per_month=0, error_usd=0.4)
    study = with_costs(curvefit.read_study(ROOT / "reports/tickets/local-gemma3-270m"), costs)
    study = to_record(replace(study, steps=(TakenStep("measure", "what it said then"),)))
    named = "advice|payoff|verdict|best_prompted|answer|cautions|money|break_even|steps"
    fields = re.findall(rf"`((?:{named})\b[\w.\[\]]*)`", skill)
    assert {field.split(".")[0].removesuffix("[]") for field in fields} == set(named.split("|"))
    for field in fields:
        value = study
        for part in re.findall(r"\w+", field):
            value = (value[0] if isinstance(value, list) else value)[part]
    actions = set(re.findall(r"`([a-z-]+)`", re.search(r"`advice.action` \| (.+) \|", skill).group(1)))
    # Which tests hold to what the tool does: those of rows, and what comes before them.
    rules = {"use-classifier", *re.findall(r"\| `([a-z-]+)` \|", text("docs/deciding.md"))}
    assert actions
    assert actions <= rules


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_in_the_table_of_commands(name):
    assert f"\n| `curvefit {name}" in text("docs/commands.md")


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_says_first(name):
    assert cli.get_command(None, name).help.splitlines()[0] == _COMMANDS[name]


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_help_has_an_example_and_says_how_the_command_ends(name):
    shown = inspect.cleandoc(cli.get_command(None, name).help)
    assert f"\n  curvefit {name}" in shown
    assert "\nExit status: 0 " in shown


@pytest.mark.parametrize("line", [*command_lines(), *help_examples()])
def test_every_documented_command_line_is_one_that_its_command_takes(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("adapter.gguf").touch()  # the one file that must be there already
    name, *arguments = shlex.split(line)[1:]
    with cli.get_command(None, name).make_context(name, arguments) as parsed:
        assert parsed.params


def test_every_line_of_a_shell_block_is_a_command():
    programs = {"curvefit", "make", "pip", "pytest", "python", "printf", ".", "RAY_ADDRESS=auto"}
    assert {line.split()[0] for line in shell_lines()} <= programs


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_linked_file_exists(document):
    for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", text(document)):
        assert ((ROOT / document).parent / link).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_heading_finds_it(document):
    for file, heading in re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", text(document)):
        path = (ROOT / document).parent / file if file else ROOT / document
        headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in headings}, heading


def test_the_python_page_runs_as_printed(tmp_path, monkeypatch, capsys):
    [example] = re.findall(r"```python\n(.*?)```", text("docs/python.md"), re.DOTALL)
    (tmp_path / "sample_tasks").symlink_to(ROOT / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/python.md", "exec"), {})  # noqa: S102  # our own page
    assert capsys.readouterr().out.split()[0] in {"rising", "inconclusive"}
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_sample_tasks_curves_are_those_in_the_reports():
    studies = sample_curves.read()
    assert {study["task"] for study in studies} == {path.parent.name for path in ROOT.glob("sample_tasks/*/task.yaml")}
    assert sample_curves.table(studies) in text("sample_tasks/README.md")
    assert sample_curves.trained_table(sample_curves.read_probes()) in text("sample_tasks/README.md")


def test_no_sample_task_that_was_trained_is_said_not_to_have_been():
    said, _, trained = text("sample_tasks/README.md").partition("\n## Fine-tuned\n")
    untried = [part for part in said.split("\n\n") if re.search(r"Training was not\s+tried", part)]
    named = {name for part in untried for name in re.findall(r"`(\w+)`", part)}
    assert not named & set(re.findall(r"^\| `(\w+)`", trained, re.MULTILINE))


def test_the_changelog_knows_this_version_or_has_unreleased_changes():
    assert re.search(
        rf"^## (Unreleased|{re.escape(curvefit.__version__)}, \d{{4}}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE
    )


def test_the_package_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    # Not `testmod`: classes are of the package too, once they are loaded, and have their examples run as public names.
    (example,) = doctest.DocTestFinder(recurse=False).find(curvefit)
    run = doctest.DocTestRunner().run(example)
    assert run.failed == 0
    assert run.attempted >= 5
