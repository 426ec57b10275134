"""Measure with a journal and say every request asked; run by test_interruption, which kills it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from curvefit import Design, load_task, measure
from curvefit.models.base import Model
from curvefit.models.resolve import resolve
from curvefit.models.simulated import SimulatedModel


@dataclass(frozen=True, slots=True)
class Logged(SimulatedModel):
    """A simulated model that appends the digest of each request it is asked to a file, before it answers."""

    log: str = ""

    async def complete(self, request):
        with Path(self.log).open("a") as log:
            log.write(request.digest(self.identity) + "\n")
        return await SimulatedModel.complete(self, request)


def study_of(model: Model, task: str, folder: str, draws: str, items: str) -> None:
    if isinstance(model, SimulatedModel):
        model = Logged(**{f.name: getattr(model, f.name) for f in fields(model) if f.init}, log=f"{folder}/asked.log")
    design = Design((0, 1, 2, 4), draws=int(draws), items=int(items), seed=5)
    curve = measure(
        load_task(task), design, model,
        journal=f"{folder}/journal.sqlite", progress=lambda done, total: print(done, flush=True),
    )  # fmt: skip
    from curvefit import analyze  # late: who is killed concludes nothing
    from curvefit.report.study_files import write_study

    write_study(analyze(curve), folder)


if __name__ == "__main__":
    study_of(resolve(sys.argv[1]), *sys.argv[2:])
