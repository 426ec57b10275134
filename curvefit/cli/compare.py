"""`curvefit compare`: which of two or more is better, on the same items?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import deliver_comparison, with_probe_beside
from curvefit.cli.main import EXIT
from curvefit.cli.options import comparing_criteria_options, json_option, verbose_option

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement
    from curvefit.study import Study

__all__ = ["command"]

_CUT: Final = 29  # characters that a line has at least for a name, before it is cut
_HEAD: Final = 12  # of them, of what names that would be cut to the same begin with
_TAIL: Final = 8  # of what they share just before they differ, at most


@click.command(name="compare")
@click.argument("studies", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--all-shots", is_flag=True, help="Compare at each number of shots that two have in common, too.")
@click.option("--fail-on", type=click.Choice(["regression"]),
              help="Exit with 3 if a later one is surely worse than the first, by more than the margin.")  # fmt: skip
@click.option("--task", help="Which task, if a file of another tool holds several.")
@click.option("--metric", help="Which metric, if a file of another tool holds several.")
@comparing_criteria_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write comparison.json, comparison.html and comparison.png into this folder.")  # fmt: skip
@verbose_option
@json_option
def command(
    studies: tuple[Path, ...], all_shots: bool, fail_on: str | None, task: str | None, metric: str | None,
    margin: float | None, level: float, out: Path | None, verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Which of two or more is better? On the same items, with intervals.

    \b
      curvefit compare reports/tickets/old reports/tickets/new
      curvefit compare old new --margin 0.05 --fail-on regression
      curvefit compare logs/monday logs/tuesday --metric match --out compared
      curvefit compare promptfoo-results.json

    Each of STUDIES is a folder or a study.json of `curvefit run` or `fit`, or what another tool wrote, by item: a
    table, or results of lm-evaluation-harness, Inspect, promptfoo or HELM (see `curvefit fit --help`; they need not say
    how many examples a prompt held). Of one file with several models or prompts, each is compared.

    The best prompt of each is compared, in pairs, on the items that both have. An item is the same if its input, target
    and scorer are; where that is not known, its id has to do, and that is said. One is called better where the whole
    interval of the difference is above 0. Otherwise the two are alike, within the margin, or cannot be told apart; then
    you are told how many items would tell. Since the best of several prompts looks better than it is, both sides are
    corrected for that. With several pairs, intervals are widened so that all of them hold together.

    Sends nothing to a model. Writes nothing without --out.

    Exit status: 0 done, 1 error, 2 called wrongly, 3 --fail-on regression: a later one is worse.
    """
    from curvefit.workflows.study_comparison import compare

    read = [(path, curve) for path in studies for curve in _read(path, task, metric)]
    if len(read) < 2:
        raise click.UsageError("a comparison needs two studies at least")
    comparison = compare(_named(read), margin=margin, level=level, all_shots=all_shots)
    deliver_comparison(comparison, out, machine=machine, verbose=verbose)
    return EXIT["gate"] if fail_on and comparison.regressions else EXIT["done"]


def _read(path: Path, task: str | None, metric: str | None) -> tuple[Study | Measurement, ...]:
    """Read a study of ours, or what another tool wrote, which may be of several models or prompts."""
    from curvefit.measurement.importers import read_each
    from curvefit.report.next_command import run_command
    from curvefit.report.study_reader import open_study, study_file

    if study_file(path).name == "study.json" and study_file(path).exists():
        study = with_probe_beside(open_study(path))  # as `curvefit report` says it
        command = run_command(study, str(study_file(path).parent))  # where it is kept by now
        return (replace(study, curve=replace(study.curve, command=tuple(command))),)
    return read_each(path, task=task, metric=metric)


def _named(read: Sequence[tuple[Path, Study | Measurement]]) -> dict[str, Study | Measurement]:
    """Name what is compared by what tells it apart: model, else prompt or task, else path, else some of these."""
    from curvefit.measurement.measurement import Measurement

    folders = [(path.parent if path.name == "study.json" else path).parts for path, _ in read]
    shared = next((n for n, level in enumerate(zip(*folders, strict=False)) if len(set(level)) > 1), 0)
    curves = [study if isinstance(study, Measurement) else study.curve for _, study in read]
    parts = [
        (str(Path(*folder[shared:])), curve.task, curve.model) for folder, curve in zip(folders, curves, strict=True)
    ]
    for told in ((2,), (0,), (1,), (1, 2), (0, 2), (0, 1), (0, 1, 2)):
        names = [" ".join(part[n] for n in told) for part in parts]
        if len(set(names)) == len(names) and all(map(str.strip, names)):
            return {name: study for name, (_, study) in zip(_told_apart(names), read, strict=True)}
    raise click.UsageError("the same study is named twice")


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names, each two of which would be cut to the same, without the words in the middle that they share."""
    short = list(names)
    for start in {name[:_CUT] for name in names}:
        alike = [name for name in names if name[:_CUT] == start]
        differ = (n for n, letters in enumerate(zip(*alike, strict=False)) if len(set(letters)) > 1)
        shared = next(differ, min(map(len, alike)))
        tail = max(shared - _TAIL, 0)
        word = next((n + 1 for n in range(tail, shared) if alike[0][n] in " /-_."), tail)
        if len(alike) > 1:
            short = [f"{name[:_HEAD]}…{name[word:]}" if name in alike else name for name in short]
    return short if len({name[:_CUT] for name in short}) == len(short) else list(names)
