"""Plan a hundred thousand trials, ask a thousand of them, say how much memory that took, twice; run by test_faults."""

from __future__ import annotations

import asyncio
import json
import resource
import sys

from curvefit import Design, load_task
from curvefit.models.base import Completion
from curvefit.trials.journal import Journal
from curvefit.trials.rate_limiter import Stop
from curvefit.trials.runner import ask
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.trial_plan import plan


class Instant:
    name = identity = "instant"
    form, context, keeps_prefix, thinking, concurrency = "chat", None, False, 0, 64

    def count_tokens(self, text):
        return len(text) // 4 + 1

    async def rest(self):
        pass

    async def complete(self, request):
        await asyncio.sleep(0)
        return Completion("x1")


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(folder: str) -> None:
    task, model = load_task(f"{folder}/task.yaml"), Instant()
    before = peak()
    for _ in range(2):
        whole = plan(task, Design((1, 2), draws=5, items=10_000), model)
        with Journal(f"{folder}/j.sqlite") as journal:
            outcome = asyncio.run(ask(whole, model, journal, limits=SpendingLimits(calls=1000), stop=Stop()))
            found = {"trials": len(whole), "new_replies": outcome.new_replies, "stored": len(journal)}
        print(json.dumps({**found, "mb": peak() - before}))


if __name__ == "__main__":
    main(sys.argv[1])
