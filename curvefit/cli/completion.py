"""What a shell offers after Tab where a parameter's type does not say it. Lives here: click's `shell_complete`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

__all__ = ["files", "kinds", "local_models", "models", "scorers", "trainers"]

Completing = Callable[["click.Context", "click.Parameter", str], list[CompletionItem]]


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer what lies on the disk: the shell knows."""
    return [CompletionItem(incomplete, type="file")]


def _of(names: Callable[[], Iterable[str]]) -> Completing:
    """Return what offers some names, which are looked up only then."""

    def offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    return offered


def _models() -> Sequence[str]:
    from curvefit.models.simulated import TRUTHS
    from curvefit.models.store import CATALOGUE

    return [*(f"local/{name}" for name in CATALOGUE), *(f"simulated/{name}" for name in TRUTHS)]


def _local_models() -> Iterable[str]:
    from curvefit.models.store import CATALOGUE

    return CATALOGUE


def _scorers() -> Iterable[str]:
    from curvefit.tasks.scorers import SCORERS

    return SCORERS


def _kinds() -> Iterable[str]:
    from curvefit.task_kinds import KINDS

    return KINDS


def _trainers() -> Iterable[str]:
    from curvefit.training.upload_formats import FORMATS

    return FORMATS


models, local_models, scorers, kinds, trainers = map(_of, (_models, _local_models, _scorers, _kinds, _trainers))
