"""A server that answers one task, to rehearse hosted use. Lives here: what it replies; the server is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from curvefit.errors import CallFailed
from curvefit.models.simulated import STUB, SimulatedModel, Truth
from curvefit.tasks.judge import stand_in_verdict
from curvefit.tasks.task import Task
from curvefit.testing.fake_training_provider import FakeTrainingProvider, examples_behind
from curvefit.testing.faults import Faults
from curvefit.trials.prompts import question

__all__ = ["BUSY", "STUB_TRUTH", "TRAINED_TRUTH", "stub_provider"]

STUB_TRUTH: Final = Truth(floor=0.2, ceiling=0.9, scale=4)
TRAINED_TRUTH: Final = Truth(floor=0.2, ceiling=0.98, scale=8)  # by training examples
BUSY: Final = Faults(latency=0.1, jitter=0.2, rate=20.0, rate_headers=True, failing=0.03, dropping=0.01)


def stub_provider(task: Task, port: int = 0, *, busy: bool = False) -> FakeTrainingProvider:
    """Return a server of OpenAI's form that is right more often the more examples a prompt shows.

    It fine-tunes too: what comes of that is right more often the more examples it was trained on.

    It answers to names that begin with ``stub``, which reports know to be made up, and to no other.

    It knows the questions of pool and items, and listens at `port` on this machine alone; 0 for any that is free. Where
    a model judges the task, it answers for that too, by whether reply and target are alike, letter case aside. A
    `busy` one takes time, allows 20 requests a second, and now and then fails or hangs up.

    Examples
    --------
    >>> from curvefit.workflows.stub_provider import stub_provider
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], scorer="number")
    >>> with stub_provider(task) as provider:
    ...     provider.base.startswith("http://127.0.0.1:")
    True
    """
    known = {question(example): example.target for example in task.examples}
    model = SimulatedModel("simulated/stub", STUB_TRUTH).with_answers(known)

    def reply(body: dict[str, Any]) -> str:
        if task.judge is not None:
            case = _text(body["messages"][-1]["content"])
            if (verdict := stand_in_verdict(task.judge, case, task.examples)) is not None:
                return verdict
        try:
            asked = _trained(model, examples_behind(str(body["model"])))
            return asked.reply_to([(str(turn["role"]), _text(turn["content"])) for turn in body["messages"]])
        except CallFailed:
            return "This stub knows only the questions of the task it was started with."

    return _Stub(BUSY if busy else None, reply, port)


class _Stub(FakeTrainingProvider):
    """A server that listens at a port, and knows models of our names alone."""

    def __init__(self, faults: Faults | None, reply: Callable[[dict[str, Any]], str], port: int) -> None:
        super().__init__(faults=faults, reply=reply)
        self._port, self._model = port, STUB


def _trained(model: SimulatedModel, examples: int) -> SimulatedModel:
    """Return the model as training leaves it: alone as good as `TRAINED_TRUTH` says, and better with examples."""
    if not examples:
        return model
    truth = replace(STUB_TRUTH, floor=TRAINED_TRUTH.at(examples), ceiling=TRAINED_TRUTH.ceiling)
    return replace(model, truth=truth)


def _text(content: object) -> str:
    """Return what a turn says: a text, or the texts of its parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)
