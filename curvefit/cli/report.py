"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli import completion
from curvefit.cli.delivery import Printing, deliver, gate, with_probe_beside
from curvefit.cli.options import EXAMPLES, gate_option, json_option, verbose_option
from curvefit.cli.run import this_command
from curvefit.cli.screen import line, remark

if TYPE_CHECKING:
    from curvefit.study import Study
    from curvefit.tasks.task import Task

__all__ = ["command"]


@click.command(name="report")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: the folder of STUDY]")
@click.option(
    "--n-train", type=EXAMPLES, metavar="N",
    help="How many examples you would fine-tune on.  [default: the number in the study]",
)  # fmt: skip
@click.option(
    "--probe", "probes", type=click.Path(path_type=Path), multiple=True, metavar="PROBE",
    help="A probe.json of the same task, or its folder. Can be given several times.  [default: beside the study]",
)  # fmt: skip
@click.option("--costs", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="A YAML file of what prompting and fine-tuning cost: when does it pay in money?")  # fmt: skip
@click.option("--task", metavar="TASK", shell_complete=completion.files,
              help="The study's task, if its file has moved. study.json keeps where it is.")  # fmt: skip
@gate_option
@verbose_option
@json_option
def command(
    study: Path, out: Path | None, n_train: int | None, probes: tuple[Path, ...], costs: Path | None, task: str | None,
    fail_on: tuple[str, ...], verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Write the report of a finished run again.

    \b
      curvefit report reports/tickets/local-gemma3-270m
      curvefit report reports/tickets/local-gemma3-270m --n-train 1000

    STUDY is the result of `curvefit run` or `fit`: its folder, or the study.json in it. This version of curvefit draws
    all conclusions again from what was measured. Nothing is sent to a model.

    --n-train says how many examples you would fine-tune on. The gain from that is predicted.

    --probe adds to that prediction what `curvefit probe` measured on this task; one beside the study need not be named.
    A small model is only a rough guide to yours, so a probe of another model gets part weight. The weight is lower the
    more its number of training examples differs from yours. A prompt that only a probe of this model measured is added
    to the study.

    --costs names a YAML file of what you pay. It then says from how many calls a month on fine-tuning costs less, and
    when it has paid. Only the first line is needed:

    \b
      calls_per_month        how often the task is asked
      prompted_usd_per_1000  a thousand calls of the prompt to use; else as measured
      tuned_usd_per_1000     a thousand calls of the fine-tuned model; else as validated
      training_usd           once; else by the list
      hosting_usd_per_month  0 where there is none; else by the list
      labour_usd             people's work, once
      error_usd              what one wrong answer costs
      halving_months         prices halve in so many months
      provider               whose prices of the list to take, such as together_ai
      tuned_study            a study of another model, to fine-tune that instead

    An amount may be a range, as in training_usd: [200, 800]. All is then computed with its better and with its worse
    end.

    Calls of a fine-tuned model that curvefit validate did not measure are priced by the list, or as the base model's.

    Overwrites report.html, pictures and study.json in the folder of STUDY; with --out it writes there instead, and
    STUDY stays as it is. --n-train, probes and costs are kept in study.json: the next report has them too, and so has
    `curvefit run` or `decide` of the same task and model. A newer probe of the same model replaces the older one;
    another file of costs, or another --n-train, replaces the one before.

    Exit status: 0 done, 1 error, 2 called wrongly, 3 the curve is as --fail-on says.
    """
    from curvefit.report.cost_file import read_costs
    from curvefit.report.probe_reader import read_probes, with_prompts_of
    from curvefit.report.study_reader import open_study
    from curvefit.report.validated import NOT_OF_THESE, outdated_validations, with_validated
    from curvefit.study import with_costs
    from curvefit.tasks.loading import found_task
    from curvefit.workflows.study_task import change_since, task_now, with_task_at

    file = open_study(study)
    knows_task = bool(file.measurement.path)
    if task is not None and not (knows_task or probes):
        raise click.UsageError("this study was made of scores, and not of a task: --task goes with --probe")
    if probes:
        probed = read_probes(probes, file, n_train, task)
        concluded = with_validated(with_prompts_of(probes, file).conclude(n_train, probed), file.path)
    else:
        concluded = with_probe_beside(file, n_train, task)
    read: Task | None = None
    if task is not None and knows_task:
        concluded = with_task_at(concluded, file.path, task)
    elif knows_task and found_task(concluded.curve.path, file.path.parent) is None:
        gone = f"{concluded.curve.path} is gone, and the commands below read it"
        remark(line(f"{gone}; if it has moved, say where: --task FILE"))
    elif knows_task:
        read = task_now(concluded, file.path)
        if read is not None and (changed := change_since(concluded, read)):
            remark(line(f"{file.path}: {changed}"))
    for outdated in outdated_validations(file.path, concluded):
        remark(line(f"{outdated.name}: {NOT_OF_THESE}"))
    concluded = _with_answered_since(concluded, file.path)
    if costs is not None:
        stated = replace(read_costs(costs, concluded), command=tuple(this_command()))
        concluded = with_costs(concluded, stated)
    printing = Printing(verbose=verbose, machine=machine)
    deliver(concluded, out or file.path.parent, printing, source=file.path.parent, task=read)
    before = file.n_train_predicted
    if out is None and n_train is not None and before is not None and before != n_train:
        what = f"{file.path} now predicts for {n_train:,} training examples, no longer for {before:,}"
        remark(line(f"{what}; curvefit validate compares with that. Use --out to keep both"))
    return gate(concluded, fail_on)


def _with_answered_since(study: Study, file: Path) -> Study:
    """Return a study whose step to finish it takes what is left, where a cap ended it and its journal has got more.

    The command that went on was killed, which is said.
    """
    from curvefit.decision.next_steps import finishing
    from curvefit.workflows.remainder import replies_kept

    curve, left = study.curve, study.curve.unasked
    if left is None or left.replies is None:
        return study
    more = (replies_kept(curve) or 0) - left.replies
    if more <= 0:
        return study
    curve = replace(curve, unasked=left.after(more))
    what = f"its journal holds {more:,} more replies, so that about {max(left.calls - more, 0):,} calls are left"
    remark(line(f"{file}: {what}; give its command again"))
    steps = tuple(finishing(step, curve) if step.code == "same-again" else step for step in study.advice.next_steps)
    return replace(study, curve=curve, advice=replace(study.advice, next_steps=steps))
