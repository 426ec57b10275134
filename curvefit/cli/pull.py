"""`curvefit pull`: fetch a local model's file."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="pull")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Fetch a local model's file, check it, and keep it in the user cache.

    Without NAME, lists what there is. A run that needs a model fetches it by itself.
    """
    from curvefit.models import store

    if name is None:
        for entry in store.CATALOGUE.values():
            click.echo(f"local/{entry.name:<14} {entry.size / 1e6:>5.0f} MB  {entry.licence}")
        return
    click.echo(store.pull(name.removeprefix("local/"), say=lambda line: click.echo(line, err=True)))
