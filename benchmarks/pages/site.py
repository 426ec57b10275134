"""Make the site of docs/ whole: add the files its pages link to, and a page of the Python names.

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

ROOT: Final = Path(__file__).parents[2]
API: Final = "api.md"
_LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def on_files(files: Any, *, config: Any) -> Any:
    """Add every file that a page links to, and the reference of the Python names."""
    from mkdocs.structure.files import File  # here, so that tests of the rest need no extra

    files.append(File.generated(config, API, content=api_page()))
    waiting = [file.src_uri for file in files.documentation_pages() if file.src_uri != API]
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

    return markdown if here == API else _LINK.sub(moved, markdown)


def api_page() -> str:
    """Return the page of all public names: functions first, then classes."""
    kinds = [("Functions", str.islower), ("Classes", lambda name: not name.islower())]
    lines = ["# Python names", "", "All that `import curvefit` gives. [How to use it](python.md)."]
    for title, of_kind in kinds:
        lines += ["", f"## {title}"]
        lines += [f"\n::: curvefit.{name}" for name in curvefit.__all__ if of_kind(name)]
    return "\n".join(lines) + "\n"


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
