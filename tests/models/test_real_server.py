"""A hosted model against a real OpenAI-compatible server: the engine's own, on loopback, through litellm."""

from __future__ import annotations

import os
import sqlite3

import pytest

from curvefit.measurement.measure import measure
from curvefit.models import engine, store
from curvefit.models.hosted import HostedModel
from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")]

DESIGN = Design((1, 2, 4), draws=1, items=4)


@pytest.fixture
def base(gemma):
    """The address of a server for the default model; it lays a plain prompt out as it stands."""
    xllamacpp = engine.library()
    options = xllamacpp.CommonParams()
    options.model.path = str(store.pull("gemma3-270m"))
    for name, value in {
        "n_ctx": 1024, "n_parallel": 1, "verbosity": -1, "warmup": False, "swa_full": True, "n_ctx_checkpoints": 0,
        "cache_ram_mib": 0, "fit_params": False, "no_extra_bufts": True, "ui": False, "use_jinja": True,
        "flash_attn_type": xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED,
        "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
    }.items():  # fmt: skip
        setattr(options, name, value)
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(options)
    yield f"{server.listening_address}/v1"
    del server


def test_a_real_server_gives_the_answers_of_the_same_model_in_this_process(gemma, base, request, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    task = load_task(request.config.rootpath / "sample_tasks" / "capitals")
    served = HostedModel("openai/gemma3-270m", api_base=base, form="plain")
    journals = {"here": tmp_path / "here.sqlite", "served": tmp_path / "served.sqlite"}
    here = measure(task, DESIGN, gemma, journal=journals["here"])
    there = measure(task, DESIGN, served, journal=journals["served"])
    assert there.missing == here.missing == 0
    assert replies(journals["served"]) == replies(journals["here"])
    assert len({text for text, _ in replies(journals["here"]).values()}) > 1, (
        "equal answers to everything prove nothing"
    )
    assert there.usage.prompt_tokens == here.usage.prompt_tokens
    assert there.usage.cached_tokens > 0
    assert (there.scores == here.scores).all()
    assert "OPENAI_API_KEY" not in os.environ


def replies(path):
    """What was answered, and to how many tokens, by trial."""

    db = sqlite3.connect(path)
    try:
        rows = db.execute("SELECT shots, draw, item, text, prompt_tokens FROM replies").fetchall()
        return {tuple(trial): (text, tokens) for *trial, text, tokens in rows}
    finally:
        db.close()
