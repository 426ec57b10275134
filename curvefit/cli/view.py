"""`curvefit view`: all studies of a folder, on one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from curvefit.cli.delivery import Printing, say_written
from curvefit.cli.main import EXIT
from curvefit.cli.options import json_option, quiet_option
from curvefit.cli.progress import print_above, progress_bar
from curvefit.cli.screen import block, is_terminal, width

__all__ = ["command"]

_MANY: Final = 10  # files, from which reading them takes seconds


@click.command(name="view")
@click.argument("folder", metavar="[DIR]", default="reports", type=click.Path(path_type=Path))
@click.option("--newest", is_flag=True, help="The last measured first, instead of open decisions.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The page to write.  [default: index.html in DIR]")  # fmt: skip
@quiet_option
@json_option
def command(folder: Path, newest: bool, out: Path | None, machine: bool) -> int:
    """List all studies of a folder on one page: what each said, and what came of it.

    \b
      curvefit view
      curvefit view reports/tickets --newest
      curvefit view /mnt/reports --out studies.html

    DIR is a folder with studies in it, at any depth; by default `reports`. Of each study you see the answer, the best
    prompt with its interval, the curve, what a probe or a validation in the same folder came to, the cost, and when it
    was measured: when the last reply came, by the journal beside it. Without a journal you see when the file was
    changed. Of a study with costs you see when fine-tuning pays in money. All is concluded again from what was
    measured, by this version of curvefit.

    Writes index.html into DIR, or --out: one page with links to the reports, which needs no network. Tick two or more
    studies there, and it shows the command that compares them. --json prints the same as one object and writes nothing
    without --out.

    Sends nothing to a model.

    Exit status: 0 done, 1 error, 2 called wrongly, 5 a file could not be read: it is named, and the rest is there.
    """
    from curvefit.report.index_page import index_record, index_summary, write_index
    from curvefit.report.study_index import read_index

    with progress_bar("reading studies") as progress:
        counted = progress.counting("files")

        def show(done: int, total: int) -> None:
            if done == 0 and total >= _MANY and not is_terminal():  # where there is no bar
                print_above(f"Reading {total:,} files of studies ...")
            counted(done, total)

        index = read_index(folder, newest=newest, progress=show)
    written = [write_index(index, out)] if out or not machine else []
    if machine:
        click.echo(json.dumps(index_record(index), allow_nan=False))
    else:
        click.echo(block(index_summary(index, width())))
        say_written(written, Printing())
    return EXIT["partial"] if index.problems else EXIT["done"]
