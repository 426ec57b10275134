"""Measure with a journal and say every request asked; run by test_interruption, which kills it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from curvefit import Design, analyze, load_task, measure
from curvefit.models.resolve import resolve
from curvefit.models.simulated import SimulatedModel
from curvefit.report import write_study


@dataclass(frozen=True, slots=True)
class Logged(SimulatedModel):
    """A simulated model that appends the digest of each request it is asked to a file, before it answers."""

    log: str = ""

    async def complete(self, request):
        with Path(self.log).open("a") as log:
            log.write(request.digest(self.identity) + "\n")
        return await SimulatedModel.complete(self, request)


def main(model_name: str, task: str, folder: str, draws: str, items: str) -> None:
    model = resolve(model_name)
    if isinstance(model, SimulatedModel):
        model = Logged(**{f.name: getattr(model, f.name) for f in fields(model) if f.init}, log=f"{folder}/asked.log")
    design = Design((0, 1, 2, 4), draws=int(draws), items=int(items), seed=5)
    curve = measure(
        load_task(task), design, model,
        journal=f"{folder}/journal.sqlite", progress=lambda done, total: print(done, flush=True),
    )  # fmt: skip
    model.close()
    write_study(analyze(curve), folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
