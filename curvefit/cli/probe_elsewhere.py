"""`curvefit probe` of a hosted model: its provider trains, and what that can cost is said first."""

from __future__ import annotations

import json
import math
import shlex
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import Printing
from curvefit.cli.main import EXIT
from curvefit.cli.probe_parts import Places, about_measuring, deliver_probe, judging_lines, known_study, measured_first
from curvefit.cli.progress import print_above, progress_bar
from curvefit.cli.run import OWN_CAP, say_how_to_continue, this_command
from curvefit.cli.screen import block, line, remark, width
from curvefit.errors import BudgetReached, CurveError, InputError
from curvefit.models.redaction import redact

if TYPE_CHECKING:
    from curvefit.decision.training_prices import TrainingPrice
    from curvefit.models.trainable import TrainableModel
    from curvefit.tasks.task import Task
    from curvefit.training.fine_tuning_plan import ProbeDesign
    from curvefit.training.remote_training import RemotePlan
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.fine_tuning_probe import Probe
    from curvefit.workflows.remote_probe import RemoteCost, RemoteRun

__all__ = ["probe_elsewhere"]

_SHOTS: Final = (0, 1, 2, 4, 8, 16, 32)  # where there is no study: as many as a prompt usually pays for


def probe_elsewhere(
    task: Task, name: str, wanted: ProbeDesign, epochs: int, run: RemoteRun, places: Places, printing: Printing,
    *, cancel: bool,
) -> int:  # fmt: skip
    """Have a hosted model fine-tuned, score what comes of it, and print what that shows; returns the exit status."""
    from curvefit.models.trainable import TrainableModel
    from curvefit.report.probe_report import unit_sentence
    from curvefit.workflows.fine_tuning_probe import beside_probe, conclude_probe
    from curvefit.workflows.remote_probe import (
        cancel_jobs,
        check_prices,
        cost_of_remote_probe,
        listed_price,
        plan_remote_probe,
        tune_remotely,
    )

    model, folder = TrainableModel(name, api_base=run.api_base, prices=run.prices), places.folder
    if run.usd_per_million is None:
        run = replace(run, listed=listed_price(model))
    study = known_study(places)
    planned, work = plan_remote_probe(task, model, wanted, study, epochs)
    if study is not None and study.curve.design is not None:
        run = replace(run, reply_tokens=study.curve.design.reply_tokens)
    if cancel:
        with closing(model):
            ended = cancel_jobs(model, work, folder)
        click.echo("\n".join(line(f"{status.job} {status.status}") for status in ended) or "no job of this probe runs")
        return EXIT["done"]
    shots = tuple(k for k in _SHOTS if k <= len(planned.pool))
    if printing.dry_run or not printing.machine:
        beside = None if study is None else beside_probe(study, planned, work.design, run.reply_tokens)
        cost = cost_of_remote_probe(planned, model, work, folder, run, beside)
        _show_cost(planned, model, work, cost, run.listed, printing)
    asked = ("-m", name, *(() if run.api_base is None else ("--api-base", run.api_base)))
    first = "" if study is not None else about_measuring(planned, work.design, places, asked, shots)
    if printing.dry_run:
        if first and not printing.machine:
            click.echo(line(f"  ! {first}"))
        return EXIT["done"]
    check_prices(planned, model, run)
    if study is not None and study.curve.stopped:
        again = shlex.join(study.curve.command) or "curvefit run"
        raise InputError(f"prompting was measured up to {study.curve.stopped} only; finish that first: {again}")
    try:
        if study is None:
            remark(line(first))
            study = measured_first(planned, model, work.design, folder, shots, run.limits)
        if study.curve.stopped:
            say_how_to_continue(
                f"stopped at {study.curve.stopped}, before anything was trained", f"{OWN_CAP}; continue with"
            )
            return EXIT["budget"]
        beside = beside_probe(study, planned, work.design, run.reply_tokens)
        with progress_bar(f"{planned.name} on {model.name}", run.limits) as progress:
            followed = replace(
                run,
                say=lambda text: print_above(line(text)),
                notify=lambda scored: print_above(line(unit_sentence(scored))),
                progress=progress,
            )
            probe = conclude_probe(study, *tune_remotely(planned, model, work, folder, followed, beside))
        left = cost_of_remote_probe(planned, model, work, folder, run, beside) if probe.curve.stopped else None
    except BudgetReached as error:
        if study is None:
            raise
        left = cost_of_remote_probe(planned, model, work, folder, run, beside)
        _say_how_to_finish(f"{error}{_paid_now(run.limits)}", left, run.limits)
        return EXIT["budget"]
    except KeyboardInterrupt:
        say_how_to_continue("interrupted; jobs that were made go on at the provider", "follow them with")
        ending = shlex.join([*this_command(), "--cancel"])
        remark(f"to end them (what they have trained may be billed): {block(ending)}")
        return EXIT["interrupted"]
    finally:
        model.close()
    deliver_probe(probe, places, printing)
    _enter(probe, model)
    if left is not None:
        _say_how_to_finish(f"stopped at {probe.curve.stopped}", left, run.limits)
        return EXIT["budget"]
    return EXIT["partial"] if probe.curve.missing else EXIT["done"]


def _say_how_to_finish(ended: str, left: RemoteCost, limits: SpendingLimits) -> None:
    """Print how it ended, what is left to pay at most, and the command line whose caps are enough for that."""
    from curvefit.trials.spending_limits import whole_cents
    from curvefit.workflows.remainder import Remainder

    most = {
        "calls": left.calls + left.judging.calls + left.jobs,
        "tokens": left.tokens + left.scoring_tokens + left.judging.tokens,
    }
    words, whole = this_command(), {**most, **({} if left.usd is None else {"usd": whole_cents(left.usd)})}
    for unit, needed in whole.items():
        if (cap := limits.caps[unit]) is not None:
            words = Remainder(unit, needed, cap).command(words)
    to_pay = f", with up to ${whole['usd']:,.2f} left to pay" if "usd" in whole else ""
    remark(f"{line(redact(f'{ended}{to_pay}'))}; {OWN_CAP}; finish with: {block(shlex.join(words))}")


def _paid_now(limits: SpendingLimits) -> str:
    """Say what this start has paid although it came to nothing."""
    from curvefit.report.wording import counted, dollars

    price = f", for {dollars(limits.answered_usd)}" if limits.answered_usd else ""
    return f"; this start had {counted(limits.answered, 'call')} answered{price}" if limits.answered else ""


def _enter(probe: Probe, model: TrainableModel) -> None:
    """Add to the user's ledger what came of the model that was predicted for, and say so."""
    from curvefit.report.validation_report import ledger_sentence
    from curvefit.workflows.remote_probe import validation_of
    from curvefit.workflows.validation import enter_validation

    try:
        validation = validation_of(probe)
    except CurveError:  # too few items have a reply
        return
    # As the model itself says who it is, so that `curvefit validate` of it is the same case.
    names = (name.partition("/")[2] for name in validation.tuned.model.split(", "))
    entry = enter_validation(validation, ", ".join(model.tuned(name).identity for name in names))
    remark(line(ledger_sentence(entry)))


def _show_cost(
    task: Task, model: TrainableModel, work: RemotePlan, cost: RemoteCost, listed: TrainingPrice | None,
    printing: Printing,
) -> None:  # fmt: skip
    """Print what is left to pay, at most, and where its price is from if nobody stated one."""
    from curvefit.report.listing_text import source_sentences
    from curvefit.report.wording import counted, wrapped

    wanted, epochs, hosted = work.design, work.trainings[0].epochs, _hosted(model)
    if printing.machine:
        shape = {"n_train": wanted.sizes, "seeds": wanted.seeds, "epochs": epochs, "items": wanted.items}
        left = {
            "jobs": cost.jobs, "done": cost.done, "tokens": cost.tokens, "training_usd": cost.training_usd,
            "training_least_usd": cost.training_least_usd, "calls": cost.calls, "scoring_usd": cost.scoring_usd,
            "judging_calls": cost.judging.calls, "judging_usd": cost.judging_usd,
            "most_usd": cost.usd, "listed": None if listed is None else _listed(listed),
            "hosting_not_counted": hosted
            and {"low": hosted.hosting_low, "high": hosted.hosting_high, "per": hosted.hosting_per},
        }  # fmt: skip
        click.echo(json.dumps({"task": task.name, "model": model.name, **shape, **left, "notes": work.notes}))
        return
    made = f"   ({cost.done} already made)" if cost.done else ""
    for text in (
        f"{task.name} on {model.name}: trained by its provider on {', '.join(map(str, wanted.sizes))} examples;"
        f" {counted(wanted.seeds, 'seed')}; {epochs} {'pass' if epochs == 1 else 'passes'};"
        f" {counted(min(wanted.items, len(task.items)), 'item')}",
        f"  jobs          {cost.jobs:>12,}{made}",
        f"  tokens        {cost.tokens:>12,}   to train on at most, all passes together",
        *_prices(task, cost, listed, hosted),
        *(f"  ! {note}" for note in work.notes),
        *(
            f"  {'  ' if number else '! '}{row}"
            for source in (source_sentences(listed, date.today()) if listed else ())
            for number, row in enumerate(wrapped(source, width() - 4))
        ),
    ):
        click.echo(line(text) if text[0] != " " else text, err=not printing.dry_run)


def _hosted(model: TrainableModel) -> TrainingPrice | None:
    """Return the row of a model whose provider takes something for keeping it ready while it is scored."""
    from curvefit.workflows.remote_probe import listed_price

    price = listed_price(model)
    return price if price is not None and price.hosting_high > 0 else None


def _listed(price: TrainingPrice) -> dict[str, object]:
    """Return a row of the list as JSON values, as far as training goes."""
    low, high = price.usd_per_million
    ends = None if math.isnan(low) else [low, high]
    facts = {"read": price.read, "source": price.source, "via": price.via, "ends": price.ends, "note": price.note}
    return {"provider": price.provider, "model": price.model, "usd_per_million": ends, **facts}


def _prices(task: Task, cost: RemoteCost, listed: TrainingPrice | None, hosted: TrainingPrice | None) -> list[str]:
    """Return a line for training, for scoring, for a judge, and for all together, with what that does not count."""
    from curvefit.report.candidate_text import hosting_words
    from curvefit.report.wording import dollars

    def usd(value: float | None) -> str:
        return "unknown" if value is None else dollars(value)

    training, least = "at most", cost.training_least_usd
    if cost.training_usd is None:
        training = "the price of training is not known: give --usd-per-million-trained"
    elif listed is not None:
        lower = f"; {usd(least)} at its lower end" if least != cost.training_usd else ""
        training = f"at most, by curvefit's list of prices{lower}"
    scoring = "at most" if cost.scoring_usd is not None else "the price of the fine-tuned model is not known: --price"
    without = ""
    if hosted is not None:
        without = f"; without {hosting_words(hosted.hosting_low, hosted.hosting_high, hosted.hosting_per)}"
    return [
        f"  training      {usd(cost.training_usd):>12}   {training}",
        f"  scoring       {usd(cost.scoring_usd):>12}   for {cost.calls:,} calls, {scoring}",
        *judging_lines(task, cost.judging),
        f"  all           {usd(cost.usd):>12}   at most{without}",
    ]
