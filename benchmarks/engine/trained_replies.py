"""Does the engine reply as the model that was trained does? And what does training cost?

Both packaged models on two sample tasks at zero shots, torch (weights dequantised) against the embedded engine (weights
quantised), before any training and after a short one whose adapter the engine is given. Prints Markdown.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.paths import ROOT
from curvefit import load_task
from curvefit.models.local import LocalModel
from curvefit.tasks.task import Task
from curvefit.training.adapter import write_adapter
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.training.packing import tokens_read
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer
from curvefit.trials import prompts, selection
from curvefit.trials.design import Design
from curvefit.workflows.local_probe import trainer_for

TASKS = ("kubectl", "tickets")
ITEMS = 20


@dataclass(frozen=True, slots=True)
class Agreement:
    """Replies of both runtimes to the same prompts: how many are the same to the end of the line, and right."""

    same: int
    right_torch: int
    right_engine: int
    items: int


def compared(task: Task, model: LocalModel, trainer: Trainer, *, adapted: bool) -> Agreement:
    """Ask both runtimes for the same replies."""
    engine = model._any_engine()
    cap = prompts.reply_cap(task, model)
    ends = {token for line in ("\n", "\n\n") for token in engine.tokens(line, bos=False)}
    same = right_torch = right_engine = 0
    items = selection.choose_items(task.items, Design(items=ITEMS, ordered_by="place"))
    for item in items:
        ids, _ = model.tokens(prompts.request(task, (), item, form="plain", max_tokens=cap).prompt, "")
        tokens = list(trainer.reply(ids, cap, adapted=adapted, ends=ends))
        ours = engine._post("/detokenize", {"tokens": tokens})["content"].split("\n")[0]
        theirs = engine.generate(ids, cap, ("\n",), reuse=False).text.split("\n")[0]
        same += ours == theirs
        right_torch += task.scorer(ours, item).value == 1
        right_engine += task.scorer(theirs, item).value == 1
    return Agreement(same, right_torch, right_engine, len(items))


def row(task: Task, model: LocalModel, state: str, found: Agreement) -> str:
    """Return a line of the table."""
    shares = (found.same, found.right_torch, found.right_engine)
    return f"| {task.name} | {model.name} | {state} | " + " | ".join(f"{n} of {found.items}" for n in shares) + " |"


def main() -> None:
    """Print the tables."""
    paces = []
    print("| task | model | | same reply | right in torch | right in the engine |\n|---|---|---|---:|---:|---:|")
    for name in ("local/gemma3-270m", "local/smollm2-135m"):
        trainer = trainer_for(name, Recipe(passes=4))
        for task_name in TASKS:
            task = load_task(ROOT / "sample_tasks" / task_name)
            model = LocalModel(name, lanes=1, context=1024)
            print(row(task, model, "as packaged", compared(task, model, trainer, adapted=False)), flush=True)
            work = plan_fine_tuning(task, model, ProbeDesign((32,), 1), trainer.recipe)
            model.close()
            with tempfile.TemporaryDirectory() as scratch:
                began = time.process_time()
                done = trainer.train(work.orders[0], work.held_out, 0, Path(scratch, "checkpoint.pt"))
                spent = time.process_time() - began
                file = Path(scratch, "adapter.gguf")
                write_adapter(file, done.adapter, trainer.architecture)
                model = LocalModel(name, lanes=1, context=1024, adapter=file)
                print(row(task, model, "trained on 32", compared(task, model, trainer, adapted=True)), flush=True)
                model.close()
            steps = trainer.recipe.batches(len(work.orders[0]), 0, 1)
            learned = done.checks[-1].epoch * sum(tokens_read([work.orders[0][i] for i in step]) for step in steps)
            tokens = learned + len(done.checks) * tokens_read(work.held_out) // 3
            paces.append((task.name, name, trainer.precision, 1000 * spent / tokens))
    print("\n| task | model | weights in training | processor ms a token |\n|---|---|---|---:|")
    for task_name, name, precision, pace in paces:
        print(f"| {task_name} | {name} | {precision} | {pace:.1f} |")


if __name__ == "__main__":
    main()
