"""`curvefit plan`: calls, tokens, and time or money, before anything is spent."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from curvefit.cli.options import TaskOptions, json_option, quiet_option, task_options
from curvefit.cli.progress import getting_ready, waiting
from curvefit.cli.run import size_of
from curvefit.cli.screen import block, line, remark, width
from curvefit.cli.study_folders import earlier_study, home_of, journals_of, ordered_as_before

if TYPE_CHECKING:
    from curvefit.models.base import Model
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.trials.trial_plan import Plan
    from curvefit.trials.workload import Workload
    from curvefit.workflows.arms import Arm
    from curvefit.workflows.planned_cost import PlannedPart, ReplySources

__all__ = [
    "about",
    "command",
    "show",
    "show_arms",
    "show_plan",
]


@click.command(name="plan")
@task_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="The run's --out, so that replies kept there are not counted.")  # fmt: skip
@click.option("--show-prompt", is_flag=True,
              help="Also print a prompt with the largest number of shots, exactly as sent.")  # fmt: skip
@click.option("--batch", is_flag=True, help="Use the prices of the provider's batch API.")
@quiet_option
@json_option
def command(options: TaskOptions, out: Path | None, show_prompt: bool, batch: bool, machine: bool) -> None:
    """Show what a run would send and cost. Spends nothing.

    \b
      curvefit plan data.jsonl -m openai/gpt-4o-mini
      curvefit plan sample_tasks/tickets -m simulated/rising --show-prompt

    Takes those options of `curvefit run` that change what is sent. To plan a whole `curvefit run` command line, add
    --dry-run to it instead. Shots are how many examples a prompt shows. Items are the examples that the model is scored
    on. The pool is the rest, from which prompts take theirs. A draw is one random order of the pool.

    Up to three lines say what is wrong with the examples; `curvefit check` says all. If a study of this task and model
    is there already, in --out or where `curvefit run` would write, that is said too.

    Nothing is sent to a model behind an API. How long a local one takes is said for this machine as idle as it is now,
    or, where it is busy, from idle to twice as busy as it is now; --json has the time as busy as it is now.
    Replies that an earlier run has kept are not counted again. Tokens sent are overestimated. The first price is for
    replies as long as the targets, the second is the most that the calls can cost, at any hour of the day. A third,
    where it is known, is for a provider that caches what prompts share.

    `curvefit decide` sends more than a run: plan that with its own --dry-run.

    Writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.trials.design import Trial
    from curvefit.trials.prompts import as_read

    plans = show_arms(options.arms(out, batch=batch), options, out, machine=machine)
    if not machine and len(plans) == 1 and not options.retrieved:
        click.echo(line(_about_decide(plans[0])))
    for run_plan in plans:
        if show_prompt and not machine:
            click.echo(f"\n--- prompt at {run_plan.design.shots[-1]} shots, first draw, first item ---")
            click.echo(block(as_read(run_plan.request(Trial(run_plan.design.shots[-1], 0, 0)).as_given)))


def _about_decide(run_plan: Plan) -> str:
    """Say what `curvefit decide` sends beside such a run: it is another command, and asks more."""
    from curvefit.cli.decide import retrieved_shots

    shots = retrieved_shots(run_plan.task)
    more = len(shots) * run_plan.design.items
    return (
        f"curvefit decide asks up to {more:,} more, with the {', '.join(map(str, shots))} examples most similar to each"
        " item, and goes on while the answer is open: its --dry-run counts that"
    )


def show_arms(
    arms: Sequence[Arm], options: TaskOptions, out: Path | None, *, machine: bool,
    caps: Mapping[str, float | None] | None = None,
) -> list[Plan]:  # fmt: skip
    """Print what each of some arms would still send and cost, beside its journals; close the models.

    Several share the journals below `out`, by default those of the task. What an arm sends is not counted for those
    after it. `caps` are those that all together are held to.
    """
    from curvefit.trials.workload import Planned
    from curvefit.workflows.full_study import retrieval_design
    from curvefit.workflows.planned_cost import ReplySources, total

    design, plans, parts = ordered_as_before(options.design(), arms), [], []
    if not machine:
        _say_what_is_wrong(arms[0].task, design)
    similar = retrieval_design(design, options.retrieved)
    several = len(arms) > 1
    planned = Planned(is_mixed=several)
    base = (out or home_of(arms[0].task.name)) if several else None
    try:
        for arm in arms:
            if several and not machine:
                click.echo(line(f"{arm.name}"))
            if not machine:
                _say_what_is_there(arm, design)
            kept = ReplySources(journals_of(arm.task.name, arm.folder, base), planned)
            run_plan, needed = _show_parts(arm.task, design, arm.model, kept, machine=machine, similar=similar)
            plans.append(run_plan)
            parts += needed
    finally:
        for arm in arms:
            arm.model.close()
    if not machine:
        if several:
            click.echo(f"all together: {_total_line(parts)}")
        _say_cap(total(parts), caps or {})
    return plans


def _say_what_is_wrong(task: Task, design: Design) -> None:
    """Print in at most three lines what a user should know of the examples before they are asked."""
    from curvefit.report.readiness_text import first_remarks
    from curvefit.tasks.loading import places_of
    from curvefit.tasks.readiness import located, readiness
    from curvefit.workflows.full_study import Criteria

    criteria = Criteria()
    margin = criteria.margin_for(min(design.items, len(task.items)))
    findings = located(readiness(task, margin=margin, level=criteria.level), places_of(task.path) if task.path else {})
    for text in first_remarks(task, findings):
        remark(line(f"{task.name}: {text}"))


def _say_what_is_there(arm: Arm, design: Design) -> None:
    """Print which study is where the run would write one; a larger one `curvefit decide` would go on from."""
    from curvefit.workflows.full_study import is_larger, what_differs

    file = arm.folder / "study.json"
    earlier = earlier_study(arm.task, arm.model.name, file)
    if earlier is None or (before := earlier.measurement.design) is None:
        return
    if is_larger(earlier.measurement, design):
        then = "larger than this: a run replaces it and keeps its replies; curvefit decide goes on from it"
    elif what_differs(earlier.measurement, arm.task, arm.model.name):  # of older examples, as was said
        return
    else:
        then = "requests in the same words are not sent again"
    remark(line(f"{arm.task.name}: {file} is there, of {size_of(before, arm.task)}; {then}"))


def show(
    task: Task, design: Design, model: Model, kept: ReplySources, *, machine: bool, similar: Design | None = None,
    together: Sequence[Design] = (), then: str = "", caps: Mapping[str, float | None] | None = None,
) -> Plan:  # fmt: skip
    """Print what a measurement would still send and cost beside its journals; return its plan.

    With `similar`, also what that design takes, which is measured after it; with `together`, what those take, of a
    fine-tuned model that is shown examples too; `then` says what may follow and is not in the total. Which of `caps`
    ends it early is said.
    """
    from curvefit.workflows.planned_cost import total

    run_plan, parts = _show_parts(
        task, design, model, kept, machine=machine, similar=similar, together=together, then=then
    )
    if not machine:
        _say_cap(total(parts), caps or {})
    return run_plan


def _show_parts(
    task: Task, design: Design, model: Model, kept: ReplySources, *, machine: bool, similar: Design | None = None,
    together: Sequence[Design] = (), then: str = "",
) -> tuple[Plan, list[PlannedPart]]:  # fmt: skip
    """Print all that but the caps; return the plan, and what each of its parts takes."""
    from curvefit.workflows.planned_cost import cost_of_judging, plan_with_cost, total

    with waiting(f"{task.name} on {model.name}: {getting_ready(model.name)}; nothing is sent"):
        run_plan, own = plan_with_cost(task, design, model, kept)
        beside = [plan_with_cost(task, each, model, kept) for each in (similar,) if each is not None]
        others = [plan_with_cost(task, each, model, kept) for each in together]
        judged = cost_of_judging(task, [run_plan, *(each for each, _ in beside)], model, kept)
    parts = [own, *(part for _, part in beside), *judged, *(part for _, part in others)]
    judge, whole = "" if task.judge is None else task.judge.model, total(parts)
    if machine:
        record = {"task": task.name, "model": model.name, **_values(run_plan, own)}
        for retrieved in beside:
            record["retrieved"] = _values(*retrieved)
        record |= {"together": [_values(*each) for each in others]} if others else {}
        for part in judged:
            record["judge"] = {"model": judge, **part.as_json()}
        record["total"] = whole
        click.echo(json.dumps(record))
        return run_plan, parts
    from curvefit.report.wording import counted

    design = run_plan.design
    _say(line(f"{task.name} on {model.name}: shots {', '.join(map(str, design.shots))};"
                    f" {counted(design.draws, 'draw')};"
                    f" {design.items:,} of {counted(len(task.items), 'item')}"))  # fmt: skip
    _show(own)
    for each, part in beside:
        click.echo(f"and with the {', '.join(map(str, each.design.shots))} examples most similar to each item:")
        _show(part)
    for each, part in others:
        sort = "most similar to each item" if each.design.selection == "similar" else "of the pool"
        click.echo(f"and with the {each.design.shots[0]} examples {sort} in its prompt:")
        _show(part)
    for part in judged:
        most = (
            ", at most, since equal ones are judged once"
            if own.needed.calls or any(each.needed.calls for _, each in beside)
            else ""
        )
        click.echo(f"and to have {line(judge)} judge the replies{most}:")
        _show(part)
    if getattr(model, "cheaper_hours", False):
        click.echo("  The price is that of the dearest hour: at others this model costs less.")
    if model.thinking and design.reply_tokens is None:
        click.echo(
            f"  thinking      up to {model.thinking:,} tokens before each reply, if any; counted in the most alone"
        )
    if then:
        _say(then)
    if len(parts) > 1 or then:
        _say(f"total{' before that' if then else ''}: {_total_line(parts)}")
    return run_plan, parts


def _say_cap(whole: Mapping[str, float | None], caps: Mapping[str, float | None]) -> None:
    from curvefit.workflows.planned_cost import cap_that_ends

    if cap := cap_that_ends(whole, caps):
        surely = "would" if "calls" in cap else "may"  # prices and times are estimates, and rather too high
        _say(
            f"{cap} {surely} stop this early. Start it again to go on: each start has its own cap, and no reply is paid"
            " for twice."
        )


_TABLE: Final = 31  # characters before what is said of a number


def _say(text: str, indent: int = 2) -> None:
    """Print a line, or on a terminal that is narrower several, of which the others hang so far in."""
    from curvefit.report.wording import hanging

    narrow = sys.stdout.isatty() and width() < len(text)
    click.echo("\n".join(hanging(text, width(), indent)) if narrow else text)


def _total_line(parts: Sequence[PlannedPart]) -> str:
    """Return calls, dollars and minutes of everything, in one line."""
    from curvefit.workflows.planned_cost import total

    whole = total(parts)
    usd, most, cached, seconds = (whole[name] for name in ("usd", "most_usd", "cached_usd", "seconds"))
    from curvefit.report.wording import dollars

    unknown = [part.state_price for part in parts if part.needed.calls and part.most_usd is None]
    price = f"price unknown: {', and '.join(dict.fromkeys(unknown))}"
    if usd is not None and most is not None:
        price = f"{dollars(usd)}, at most {_at_most(most)}{_if_cached(usd, cached)}" if most else "no price"
    lasting = "minutes unknown: they depend on the provider"
    if seconds is not None:
        asked = [part.lasting for part in parts if part.needed.calls]
        lasting = _minutes(*(sum(ends) for ends in zip((0.0, 0.0), *asked, strict=True)))
    return f"{whole['calls']:,} calls; {price}; {lasting}"


def _minutes(least: float, most: float) -> str:
    return "under a minute" if most < 30 else about(least, most)


def show_plan(name: str, run_plan: Plan, model: Model, path: Path) -> None:
    """Print what one plan would still send and cost beside a journal, if there is one."""
    from curvefit.workflows.planned_cost import ReplySources, cost_of_plan

    click.echo(line(f"{name}: {run_plan.design.items:,} inputs, {run_plan.design.shots[0]} examples shown to each"))
    _show(cost_of_plan(run_plan, model, ReplySources((path,))))


def _values(run_plan: Plan, part: PlannedPart) -> dict[str, Any]:
    shape = {"shots": run_plan.design.shots, "draws": run_plan.design.draws, "items": run_plan.design.items}
    return {**shape, **part.as_json(), "cached_usd": part.cached_usd}


def _show(part: PlannedPart) -> None:
    needed = part.needed
    said = [f"{needed.done:,} already answered"] if needed.done else []
    said += [f"{needed.shared:,} shared with what is above"] if needed.shared else []
    click.echo(f"  calls         {needed.calls:>12,}" + (f"   ({', '.join(said)})" if said else ""))
    _say(f"  tokens sent   {needed.prompt_tokens:>12,}   at most{_new(part)}", _TABLE)
    _say(
        f"  tokens back   {needed.completion_tokens:>12,}   with replies as long as targets; at most"
        f" {needed.most_completion_tokens:,}",
        _TABLE,
    )
    _say(f"  time          {_time(part)}", _TABLE)
    _say(f"  price         {_price(part)}", _TABLE)
    if needed.calls and not part.runs_here:
        _say(f"  {_counted_high(needed)}")


def _new(part: PlannedPart) -> str:
    """Say how many tokens are new: to a provider those its price counts so, here those that have to be computed."""
    needed = part.needed
    if needed.cached_tokens:
        return (
            f"; {needed.prompt_tokens - needed.cached_tokens:,} of them new where the provider caches the shared part"
        )
    return f"; {needed.fresh_tokens:,} of them new, the others shared" if part.runs_here else ""


def _counted_high(needed: Workload) -> str:
    """Say why what a provider counts, and bills, is less: nobody knows its tokenizer and template beforehand."""
    from curvefit.models.hosted import MARGIN

    room = f", and {needed.template_tokens:,} tokens as room for a chat template" if needed.template_tokens else ""
    return f"Counted high, to keep within caps: {MARGIN - 1:.0%} more tokens than litellm's tokenizers count{room}."


def _time(part: PlannedPart) -> str:
    seconds = part.expected.seconds
    if seconds is None:
        return f"     unknown   {'no pace is known of this model' if part.runs_here else 'depends on the provider'}"
    of = "   if this machine stays as idle as it is now" if part.runs_here and seconds else ""
    of = "   from this machine idle to twice as busy as it is now" if part.slowdown > 1 else of
    return f"{about(*part.lasting):>12}{of}"


def about(least: float, most: float) -> str:
    """Return how long something takes, as a range where that is one."""
    unit, each = ("min", 60) if most >= 90 else ("s", 1)
    ends = sorted({round(seconds / each) for seconds in (least, most)})
    said = "about " if len(ends) == 1 else "up to " if not ends[0] else f"{ends[0]:,} to "
    return f"{said}{ends[-1]:,} {unit}"


def _price(part: PlannedPart) -> str:
    from curvefit.report.wording import dollars

    usd, most = part.expected.usd, part.most_usd
    if not (part.needed.calls and most != 0):
        return "        none"
    if usd is None or most is None:
        return f"     unknown   no price known for this model; {part.state_price}"
    cached = _if_cached(usd, part.cached_usd)
    uncached = "" if cached else ", nothing cached"
    return f"{dollars(usd):>12}   with replies as long as targets{uncached}; at most {_at_most(most)}{cached}"


def _at_most(usd: float) -> str:
    from curvefit.trials.spending_limits import whole_cents

    return f"${whole_cents(usd):.2f}"


def _if_cached(usd: float, cached: float | None) -> str:
    """Say what it costs where what prompts share is billed as cached, if that can be seen in the price."""
    from curvefit.report.wording import dollars

    if cached is None or dollars(cached) == dollars(usd):
        return ""
    return f"; about {dollars(cached)} where the provider caches the shared part"
