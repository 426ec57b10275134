"""Make the site of docs/ whole: add the files its pages link to, and pages of the commands and of the Python names.

The pages are written for a reader of the repository, and link to reports and sources beside docs/. MkDocs knows only
docs/. This hook, named in mkdocs.yml, adds what is linked, and what that links in turn.

Run: make docs
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

import curvefit
from curvefit.cli.main import cli

ROOT: Final = Path(__file__).parents[2]
API: Final = "api.md"
HELP: Final = "help.md"
LLMS: Final = "llms.txt"
_LINK: Final = re.compile(r"""(?:(?<=\]\()|(?<=<img src="))(?![a-z]+:|#)([^)#\s"]+)""")


def on_files(files: Any, *, config: Any) -> Any:
    """Add every file that a page links to, and the references of commands and names."""
    from mkdocs.structure.files import File  # here, so that tests of the rest need no extra

    waiting = [file.src_uri for file in files.documentation_pages()]
    for uri, content in {API: api_page(), HELP: help_page(), LLMS: llms_page()}.items():
        if (written := files.get_file_from_path(uri)) is not None:
            files.remove(written)
        files.append(File.generated(config, uri, content=content))
    while waiting:
        page = repository_path(waiting.pop())
        for link in _LINK.findall((ROOT / page).read_text(encoding="utf-8")):
            target = linked(page, link)
            uri = site_path(target)
            if files.get_file_from_path(uri) is None and (ROOT / target).is_file():
                files.append(File.generated(config, uri, abs_src_path=str(ROOT / target)))
                if target.endswith(".md"):
                    waiting.append(uri)
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point the links of a page to where the linked files stand in the site."""
    here = page.file.src_uri
    start = posixpath.dirname(here)

    def moved(link: re.Match[str]) -> str:
        return posixpath.relpath(site_path(linked(repository_path(here), link.group())), start or ".")

    return markdown if here in (API, HELP) else _LINK.sub(moved, markdown)


def api_page() -> str:
    """Return the page of all public names: functions first, then classes."""
    kinds = [("Functions", str.islower), ("Classes", lambda name: not name.islower())]
    lines = ["# Python names", "", "All that `import curvefit` gives. [How to use it](python.md)."]
    for title, of_kind in kinds:
        lines += ["", f"## {title}"]
        lines += [f"\n::: curvefit.{name}" for name in curvefit.__all__ if of_kind(name)]
    return "\n".join(lines) + "\n"


def help_page() -> str:
    """Return the page of what each command prints with --help."""
    lines = ["# Help of every command", "", "What `curvefit COMMAND --help` prints. [What each is for](commands.md)."]
    with cli.make_context("curvefit", [], resilient_parsing=True, terminal_width=100) as top:
        contexts = [top]
        for name in cli.list_commands(top):
            command = cli.get_command(top, name)
            contexts.append(command.make_context(name, [], parent=top, resilient_parsing=True))
        for context in contexts:
            lines += ["", f"## {context.command_path}", "", "```text", context.get_help(), "```"]
    return "\n".join(lines) + "\n"


def llms_page() -> str:
    """Return llms.txt with links to the pages of the site, which has no Markdown."""
    text = (ROOT / "docs" / LLMS).read_text(encoding="utf-8")
    return re.sub(r"(?<=\]\()(\S+)\.md(?=\))", r"\1.html", text).replace("(README.html)", "(index.html)")


def linked(page: str, link: str) -> str:
    """Return the path in the repository of what a page there links to; of a folder, its README.md."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    return posixpath.join(target, "README.md") if (ROOT / target).is_dir() else target


def site_path(path: str) -> str:
    """Return where a file of the repository stands in the site: docs/ is the site's root."""
    return path.removeprefix("docs/")


def repository_path(uri: str) -> str:
    """Return which file of the repository a page of the site is."""
    inside = posixpath.join("docs", uri)
    return inside if (ROOT / inside).is_file() else uri
