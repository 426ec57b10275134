"""`curvefit stub`: a made-up hosted model on this machine, to practise with."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from typing import Final

import click

from curvefit.cli import completion
from curvefit.cli.screen import block, line, remark
from curvefit.errors import InputError

__all__ = ["command"]

_REHEARSAL: Final = (
    "--price",
    "0.15,0.60,0.075",
    "--max-usd",
    "20",
)  # as a small hosted model


@click.command(name="stub")
@click.argument("task", shell_complete=completion.files)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N",
              help="Where it listens, on this machine alone.  [default: any that is free]")  # fmt: skip
@click.option("--busy", is_flag=True, help="Take time, refuse over 20 requests a second, and now and then fail.")
def command(task: str, port: int, *, busy: bool) -> None:
    """Practise asking a hosted model: a server on this machine, no key.

    \b
      curvefit stub sample_tasks/tickets
      curvefit stub data.jsonl --port 8000

    Serves a made-up model that speaks as OpenAI does, and prints the whole command that comes to an answer with it:
    type that in another terminal. The model is right more often the more examples a prompt shows, and reads no
    documents. Equal requests get equal replies. --busy practises what a busy server does: slow replies, refusals,
    failures and dropped connections. Given to `curvefit probe`, the model is fine-tuned too.

    Nothing leaves this machine, and nothing is learned about a real model. Price and cap in the command are for
    rehearsal: nobody is paid. Ctrl-C ends it, as kill does, and it says how many requests it answered.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.models.simulated import STUB, is_made_up
    from curvefit.report.wording import counted
    from curvefit.tasks.loading import load_task
    from curvefit.workflows.stub_provider import stub_provider

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    loaded = load_task(task)
    provider, judge = stub_provider(loaded, port, busy=busy), loaded.judge
    rehearsed = judge is not None and judge.model.startswith(f"openai/{STUB}")
    try:
        provider.__enter__()
    except OSError as error:
        raise InputError(f"port {port}: {os.strerror(error.errno or 0)}; use another --port") from error
    before = signal.signal(signal.SIGTERM, ended)  # a script's shell has Ctrl-C ignored by what it starts with &
    try:
        words = ["curvefit", "decide", task, "-m", f"openai/{STUB}", "--api-base", provider.base, *_REHEARSAL]
        if judge is not None and rehearsed:  # which no --api-base reaches
            words = ["env", f"OPENAI_BASE_URL={provider.base}", *words]
            if not judge.price:  # so that no cap in dollars can be kept
                words = words[:-2]
        click.echo(block(shlex.join(words)))
        if judge is not None and not (rehearsed or is_made_up(judge.model)):
            own = f"its judge {judge.model} is a real model, which is asked and paid"
            remark(line(f"{own}; to rehearse it too, write model: openai/{STUB}-judge under judge: in the task"))
        remark("type that in another terminal; its prices are for rehearsal, nobody is paid; Ctrl-C ends this server")
        if loaded.documents:
            remark("it reads no documents: with them its replies stay the same")
        remark("it has read the task now: after a change of its file, start it again")
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        provider.__exit__()
        signal.signal(signal.SIGTERM, before)
    remark(line(f"answered {counted(provider.traffic.requests, 'request')}"))
