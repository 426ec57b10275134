"""`curvefit pull`: fetch a local model's file."""

from __future__ import annotations

import click

from curvefit.cli import completion
from curvefit.cli.screen import remark

__all__ = ["command"]


@click.command(name="pull")
@click.argument("name", required=False, shell_complete=completion.local_models)
def command(name: str | None) -> None:
    """Fetch a local model's file.

    \b
      curvefit pull                  list the models
      curvefit pull smollm2-135m

    The file is checked and put into your cache folder, and its path is printed. You seldom need this: a run fetches the
    model that it uses.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.models import store

    if name is None:
        for entry in store.CATALOGUE.values():
            click.echo(f"local/{entry.name:<14} {entry.size / 1e6:>5.0f} MB  {entry.licence}")
        return
    click.echo(store.pull(name.removeprefix("local/"), say=remark))
