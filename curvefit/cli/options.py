"""What several commands share on the command line. Lives here: options, and the values made from them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Literal

import click
from click.core import ParameterSource

from curvefit.cli import completion
from curvefit.cli.screen import QUIET
from curvefit.cli.study_folders import study_folder
from curvefit.errors import InputError
from curvefit.models.redaction import without_keys

if TYPE_CHECKING:
    from pathlib import Path

    from curvefit.models.base import Prices
    from curvefit.tasks.instructions import Instruction
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.workflows.arms import Arm

__all__ = [
    "DOLLARS",
    "EXAMPLES",
    "SHARE",
    "Shots",
    "TaskOptions",
    "comparing_criteria_options",
    "gate_option",
    "json_option",
    "override_options",
    "price_option",
    "quiet_option",
    "read_task",
    "spending_options",
    "stated_instruction",
    "task_options",
    "training_option",
    "verbose_option",
    "worker_option",
]  # fmt: skip

Command = Callable[..., Any]
_MODEL: Final = "local/gemma3-270m"


class Shots(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, not before
    """Ascending numbers with commas between."""

    name = "0,1,2,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            shots = tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of numbers such as 0,1,2,4,8", param, ctx)
        if any(k < 0 for k in shots) or list(shots) != sorted(set(shots)):
            self.fail(f"{value!r} must be ascending, distinct and not negative", param, ctx)
        return shots


class _Share(click.FloatRange):
    """A share of accuracy, or of intervals: neither none nor all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        share: float = super().convert(value, param, ctx)
        if math.isnan(share):  # which no range refuses
            self.fail(f"{value!r} is no number", param, ctx)
        return share


SHARE = _Share(0, 1, min_open=True, max_open=True)


EXAMPLES = click.IntRange(1, 10**9)  # to fine-tune on: as many as `predict_payoff` takes


class _Dollars(click.FloatRange):
    """An amount of dollars: nothing would ever be more than one that is no number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if value == "USD":  # as a command is printed whose price nobody knows
            self.fail("put your provider's price there in place of USD, a number of dollars", param, ctx)
        amount: float = super().convert(value, param, ctx)
        if not math.isfinite(amount):
            self.fail(f"{value!r} is no price", param, ctx)
        return amount


DOLLARS = _Dollars(0)


class _Price(click.ParamType):  # type: ignore[type-arg]  # as above
    name = "in,out[,cached]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Prices:
        from curvefit.models.base import Prices

        try:
            amounts = [float(part) for part in str(value).split(",")]
            if len(amounts) not in (2, 3) or not all(0 <= amount < math.inf for amount in amounts):
                raise ValueError
        except ValueError:
            self.fail(f"{value!r} is no price such as 0.15,0.60 or 0.15,0.60,0.075", param, ctx)
        return Prices(*amounts)


class _Contexts(click.ParamType):  # type: ignore[type-arg]  # as above
    """Choices of documents with commas between."""

    name = "none,retrieved,given"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from curvefit.tasks.documents import ContextChoice

        if isinstance(value, tuple):
            return value
        try:
            return tuple(dict.fromkeys(str(ContextChoice.parse(part)) for part in str(value).split(",")))
        except InputError as error:
            self.fail(error.problem, param, ctx)


class _Workers(click.ParamType):  # type: ignore[type-arg]  # as above
    """``ray``, or ``ray:4`` for so many; gives the number, 0 for as many as there are."""

    name = "ray[:N]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"ray(?::([1-9]\d*))?", str(value), re.ASCII)
        if match is None:
            self.fail(f"{value!r} is not ray, or ray:N for N workers", param, ctx)
        return int(match[1] or 0)


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """The options that decide what is sent.

    Attributes are the options of `task_options`, by name, and the names of those that were `stated`.
    """

    task: str
    overrides: Mapping[str, str]
    models: tuple[str, ...]
    instructions: tuple[str, ...]
    contexts: tuple[str, ...]
    api_base: str | None
    form: Literal["plain", "chat"] | None
    shots: tuple[int, ...]
    draws: int
    items: int
    seed: int
    selection: Literal["random", "balanced"]
    retrieved: tuple[int, ...]
    reply_tokens: int | None
    prices: Prices | None
    stated: frozenset[str] = frozenset()

    def arm(self, out: Path | None) -> Arm:
        """Read the task and find the model; nothing is sent. Its study lives in `out`, or has a folder of its own.

        Raises
        ------
        UsageError
            There are several of one thing.
        """
        arms = self.arms(out)
        if len(arms) > 1:
            raise click.UsageError("takes one model, instruction and context; curvefit run compares several")
        return arms[0]

    def design(self) -> Design:
        """Return how much is asked."""
        from curvefit.trials.design import Design

        return Design(self.shots, self.draws, self.items, self.seed, self.selection, self.reply_tokens)

    def arms(self, out: Path | None = None, *, batch: bool = False) -> list[Arm]:
        """Return what is compared, model by model, named by what differs; nothing is sent or loaded.

        The study of a single one lives in `out`; those of several have folders of their own below it.
        """
        from curvefit.models.resolve import resolve
        from curvefit.tasks.instructions import read_instructions
        from curvefit.workflows.arms import Arm

        instructions = read_instructions(self.instructions, without_keys)
        tasks: list[tuple[list[str], Task, Instruction | None]] = []
        for instruction in instructions or [None]:
            said = {} if instruction is None or instruction.text is None else {"instruction": instruction.text}
            for context in self.contexts or [None]:
                given = {**self.overrides, **said, **({} if context is None else {"context": context})}
                names = [instruction.name] if instruction and len(instructions) > 1 else []
                if context is not None and len(self.contexts) > 1:  # in a sentence, "none" is none of the candidates
                    names += ["no documents" if context == "none" else context]
                task = read_task(self.task, given, seed=self.seed)
                if instruction is not None:
                    task = replace(task, notes=(*task.notes, *instruction.notes))
                tasks.append((names, task, instruction))
        arms = []
        names_of_models = list(dict.fromkeys(self.models))
        last = [name.rpartition("/")[2] for name in names_of_models]
        short = len(set(last)) == len(last)
        for name in names_of_models:
            model = resolve(name, api_base=self.api_base, form=self.form, prices=self.prices, batch=batch)
            shown = [name.rpartition("/")[2] if short else name] if len(last) > 1 else []
            alone = len(tasks) * len(last) == 1
            for names, task, instruction in tasks:
                folder = out if alone else None
                if folder is None:
                    folder = study_folder(task, model.name, instruction, out, among_others=not alone)
                of = ("", None) if instruction is None else (instruction.source, instruction.training_score)
                arms.append(Arm(", ".join([*shown, *names]) or name, task, model, folder, *of))
        return arms


def stated_instruction() -> Instruction | None:
    """Return what the --instruction of a command with `override_options` names."""
    from curvefit.models.redaction import without_keys
    from curvefit.tasks.instructions import read_instructions

    value = click.get_current_context().params["instruction"]
    read = () if value is None else read_instructions([value], without_keys)
    if len(read) > 1:
        raise click.UsageError("--instruction takes one here; to compare several, use curvefit run")
    return next(iter(read), None)


def override_options(command: Command) -> Command:
    """Add what can be said of a task beside its files; the command gets what is said as one `overrides`."""

    @wraps(command)
    def collected(**given: Any) -> Any:
        values = {name: given.pop(name) for name in ("scorer", "kind", "instruction", "context")}
        instruction = stated_instruction()
        values["instruction"] = None if instruction is None else instruction.text
        return command(**given, overrides={name: value for name, value in values.items() if value is not None})

    return _offering(
        collected,
        click.option(
            "--instruction", metavar="TEXT", shell_complete=completion.files,
            help="What the model is told first: a text, or a file of it.",
        ),
        click.option(
            "--context", metavar="DOCUMENTS", help="Documents shown with each example: none, given, retrieved:3."
        ),
        *_FILE_OPTIONS,
    )  # fmt: skip


def _offering(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Return a command with options, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


_FILE_OPTIONS: Final = (
    click.option(
        "--scorer", metavar="NAME", shell_complete=completion.scorers,
        help="How replies are judged, for a single file: exact, label, json, number, ...  [default: guessed]",
    ),
    click.option(
        "--kind", metavar="KIND", shell_complete=completion.kinds,
        help="The sort of task, for a single file: qa, extraction, ...",
    ),
)  # fmt: skip


def read_task(path: str, overrides: Mapping[str, str], *, seed: int) -> Task:
    """Read a task, with what the command line says of it; a task.yaml speaks for itself."""
    from curvefit.tasks.loading import has_description, load_task_again

    of_files = [f"--{name}" for name in overrides if name in ("scorer", "kind")]
    if of_files and has_description(path):
        where = path if path.endswith((".yaml", ".yml")) else f"{path.rstrip('/')}/task.yaml"
        are = "is" if len(of_files) == 1 else "are"
        raise click.UsageError(f"{' and '.join(of_files)} {are} for a single file; edit {where}")
    return load_task_again(path, overrides.items(), seed=seed)


def task_options(command: Command) -> Command:
    """Add TASK and the options that decide what is sent; the command gets them as one `options`."""

    @wraps(command)
    def collected(**values: Any) -> Any:
        said = {name: values.pop(name) for name in ("scorer", "kind")}
        values["overrides"] = {name: value for name, value in said.items() if value is not None}
        own = {name: values.pop(name) for name in list(values) if name not in TaskOptions.__dataclass_fields__}
        source_of = click.get_current_context().get_parameter_source
        stated = frozenset(name for name in values if source_of(name) is not ParameterSource.DEFAULT)
        return command(options=TaskOptions(**values, stated=stated), **own)

    return _offering(
        collected,
        click.argument("task", shell_complete=completion.files),
        click.option(
            "-m", "--model", "models", shell_complete=completion.models, multiple=True,
            default=(_MODEL,), show_default=_MODEL,
            help="local/NAME, local:FILE.gguf, simulated/NAME, or any litellm name such as openai/gpt-4o-mini.",
        ),
        click.option(
            "--instruction", "instructions", multiple=True, metavar="TEXT", shell_complete=completion.files,
            help="What the model is told first: a text, a file of it, or a folder of files; own: that of the task.",
        ),
        click.option(
            "--context", "contexts", type=_Contexts(), default=(), metavar="none,retrieved,given",
            help="Documents shown with each example: none, the retrieved ones (3, or retrieved:N), the right ones.",
        ),
        click.option("--api-base", metavar="URL", help="Send requests to this OpenAI-compatible server."),
        click.option(
            "--form", type=click.Choice(["plain", "chat"]),
            help="plain: one text to continue; chat: a list of messages.  [default: what suits the model]",
        ),
        click.option(
            "--shots", type=Shots(), default=(), metavar="0,1,2,...",
            help="Shots to measure.  [default: 0,1,2,4,... as far as the pool and the model's context go]",
        ),
        click.option(
            "--draws", type=click.IntRange(1, 1000), default=5, show_default=True, help="Random orders of the pool."
        ),
        click.option(
            "--items", type=click.IntRange(min=1), default=100, show_default=True, help="Items to score, at most."
        ),
        click.option(
            "--seed", type=click.IntRange(min=0), default=0, show_default=True,
            help="The same seed gives the same split, items and draws.",
        ),
        click.option(
            "--selection", type=click.Choice(["random", "balanced"]), default="random", show_default=True,
            help="How examples are picked. random: any; balanced: one of each label in turn.",
        ),
        click.option(
            "--retrieved", type=Shots(), default=(), metavar="1,4,16",
            help="Also measure with the 1, 4, 16, ... pool examples most similar to each item.",
        ),
        click.option(
            "--reply-tokens", type=click.IntRange(1, 10**9), metavar="N",
            help="Most tokens of a reply, reasoning included. Replies with another cap are asked anew."
            "  [default: by the longest target]",
        ),
        price_option,
        *_FILE_OPTIONS,
    )  # fmt: skip


def price_option(command: Command) -> Command:
    """Add --price, which the command gets as `prices`."""
    return click.option(
        "--price", "prices", type=_Price(), metavar="IN,OUT[,CACHED]",
        help="Dollars for a million tokens, if litellm's list has no price.",
    )(command)  # fmt: skip


def training_option(command: Command) -> Command:
    """Add --n-train."""
    return click.option(
        "--n-train", type=EXAMPLES, metavar="N",
        help="How many examples you would fine-tune on, to predict the gain.  [default: all of the pool]",
    )(command)  # fmt: skip


def worker_option(what: str) -> Callable[[Command], Command]:
    """Return what adds --workers, which says in its help what is done on them."""
    return click.option(
        "--workers", type=_Workers(), metavar="ray[:N]", help=f"{what} all workers of a Ray cluster, or N."
    )


def spending_options(command: Command) -> Command:
    """Add the caps on what is spent; the command gets them as one `limits`."""

    @wraps(command)
    def collected(**values: Any) -> Any:
        from curvefit.trials.spending_limits import SpendingLimits

        caps = {name: values.pop(f"max_{name}") for name in ("usd", "calls", "tokens", "minutes")}
        return command(**values, limits=SpendingLimits(**caps))

    amount, count = click.FloatRange(0, min_open=True), click.IntRange(1)
    return _offering(
        collected,
        click.option("--max-usd", type=amount, metavar="USD", help="Spend at most this many dollars."),
        click.option("--max-calls", type=count, metavar="N", help="Send at most this many requests."),
        click.option("--max-tokens", type=count, metavar="N", help="Send and receive at most this many tokens."),
        click.option(
            "--max-minutes", type=amount, metavar="MIN",
            help="Send nothing after this many minutes from the first call on; start and report take more.",
        ),
    )  # fmt: skip


def _criteria_options(command: Command, shown: str) -> Command:
    """Add the options that decide the verdict; `shown` is what the help says of the margin where none is stated."""
    return _offering(
        command,
        click.option(
            "--margin", type=SHARE, show_default=shown,
            help="The smallest gain you would act on; 0.02 is 2 points of accuracy.",
        ),
        click.option(
            "--level", type=_Share(0, 0.999, min_open=True), default=0.9, show_default=True,
            help="Confidence level of intervals: at 0.9 they should hold the truth nine times in ten.",
        ),
    )  # fmt: skip


def measuring_criteria_options(command: Command) -> Command:
    """Add the options that decide the verdict of one study: unless a margin is stated, `default_margin` decides."""
    return _criteria_options(command, "0.05; less with over 380 items, down to 0.02")


def comparing_criteria_options(command: Command) -> Command:
    """Add the same to a command that compares studies, each of which has a margin."""
    return _criteria_options(command, "the smallest of the studies, else what the items tell, up to 0.05")


def gate_option(command: Command) -> Command:
    """Add --fail-on, which the command gets as `fail_on`."""
    return click.option(
        "--fail-on", type=click.Choice(["plateau", "rising"]), multiple=True,
        help="Exit 3 if the curve is this. plateau: more examples add less than the margin.",
    )(command)  # fmt: skip


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option("--json", "machine", is_flag=True, help="Print one JSON object, for programs.")(command)


def quiet_option(command: Command) -> Command:
    """Add --quiet, which `progress_bar` asks for; the command itself gets nothing."""

    def keep(context: click.Context, _: click.Parameter, quiet: bool) -> None:
        context.meta[QUIET] = quiet

    return click.option(
        "--quiet", is_flag=True, expose_value=False, callback=keep, help="No progress on standard error."
    )(command)


def verbose_option(command: Command) -> Command:
    """Add --verbose."""
    return click.option("--verbose", is_flag=True, help="Also print the table, the reasons and the evidence.")(command)
