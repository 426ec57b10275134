"""A Hugging Face model of one's own in a probe: a tiny one, made here, of random weights."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.errors import ModelUnavailable, PromptTooLong
from curvefit.models.base import Message, Request, with_adapter
from curvefit.models.resolve import resolve
from curvefit.training import weights
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.training.folder_model import FolderModel
from curvefit.training.schedule import Recipe
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.workflows import local_probe as probing
from curvefit.workflows.local_probe import fine_tune
from curvefit.workflows.prompt_and_weights import BesideDesign

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if not weights.available():
        pytest.skip("no fine-tuning here: pip install 'curvefit[probe]'")
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    place = tmp_path_factory.mktemp("own")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {letter: number for number, letter in enumerate(["<s>", "</s>", *letters])}
    raw = Tokenizer(models.BPE(vocab=words, merges=[]))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    ends = {"bos_token": "<s>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=raw, **ends).save_pretrained(place)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(place)
    return place


@pytest.fixture
def model(folder):
    made = FolderModel(f"hf:{folder}")
    yield made
    made.close()


@pytest.fixture
def coded(make_task):
    return make_task(pool=20, items=4, labels=2, instruction="")


def said(model, text, cap=6):
    return asyncio.run(model.complete(Request(text, cap, stop=("\n",)))).text


def test_it_is_trained_scored_and_goes_on_where_it_was(model, coded, tmp_path, monkeypatch):
    work = plan_fine_tuning(coded, model, ProbeDesign((8,), 2, items=4), Recipe(rank=4, batch=4, passes=2, rate=0.05))
    beside = BesideDesign(together=(Design((1,), 1, 4),))
    trained = fine_tune(coded, model, work, tmp_path, beside=beside)
    assert trained.curve.scores.shape == (2, 2, 4)
    assert not np.isnan(trained.curve.scores).any()
    assert trained.together[0].scores.shape == (1, 2, 4)
    assert {unit.device for unit in trained.units} <= {"cpu", "cuda"}
    before = said(model, "In: question 3\nOut:")
    adapters = sorted(tmp_path.glob("units/*/adapter.npz"))
    tuned = [said(model.with_adapter(adapter), "In: question 3\nOut:") for adapter in adapters]
    assert any(text != before for text in tuned), "an adapter that changes nothing proves nothing"
    assert said(model, "In: question 3\nOut:") == before, "the model itself stays as it is"
    fresh = FolderModel(model.name, adapters[0])
    assert said(fresh, "In: question 3\nOut:") == tuned[0]
    fresh.close()
    names = {with_adapter(model.name, unit.adapter) for unit in trained.units}
    assert {model.with_adapter(adapter).journal_name for adapter in adapters} == names, "as probe.json has them"
    with Journal(tmp_path / "journal.sqlite") as kept:
        assert {
            name: len({o.item for o, _ in kept.replies_of(coded.name, name) if o.shots == 0}) for name in names
        } == (dict.fromkeys(names, 4))
    monkeypatch.setattr(probing, "_trainer_of", lambda *_: pytest.fail("trained again"))
    again = fine_tune(coded, model, work, tmp_path, beside=beside)
    assert again.units == trained.units
    np.testing.assert_array_equal(again.curve.scores, trained.curve.scores)


def test_it_answers_as_transformers_has_the_folder_answer(folder, model):
    from transformers import AutoModelForCausalLM

    prompt, _ = model.tokens("In: question 3\nOut:", "")
    plain = AutoModelForCausalLM.from_pretrained(folder)
    import torch

    whole = plain.generate(torch.tensor([prompt]), max_new_tokens=6, do_sample=False, pad_token_id=1)[0]
    text = model._weights.tokenizer.decode(whole[len(prompt) :], skip_special_tokens=True)
    assert said(model, "In: question 3\nOut:") == text.partition("\n")[0]


def test_who_answers_is_known_by_the_files_and_the_adapter(model, tmp_path):
    (tmp_path / "a.npz").write_bytes(b"a")
    assert model.identity.startswith("hf sha256=")
    assert model.with_adapter(tmp_path / "a.npz").identity != model.identity
    assert str(tmp_path) not in model.identity
    assert (model.context, model.count_tokens("abc")) == (512, 3)


def test_what_does_not_fit_or_is_asked_in_turns_is_one_line(model):
    with pytest.raises(PromptTooLong, match="do not fit the 512 tokens"):
        said(model, "x" * 600)
    with pytest.raises(ModelUnavailable, match="in plain text only"):
        asyncio.run(model.complete(Request((Message("user", "a"),), 4)))


def test_a_folder_without_a_model_is_one_line_and_other_commands_say_what_to_do(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"no config\.json is there"):
        FolderModel(f"hf:{tmp_path}")
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ModelUnavailable, match="transformers cannot load"):
        FolderModel(f"hf:{tmp_path}").count_tokens("a")
    with pytest.raises(ModelUnavailable, match="is for curvefit probe alone; to ask it, serve it"):
        resolve(f"hf:{tmp_path}")


def test_the_command_measures_trains_and_compares(folder, tmp_path, monkeypatch, plain_pictures):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("curvefit.training.fine_tuning_plan.Recipe", lambda: Recipe(rank=4, batch=8, passes=1))
    rows = [{"input": f"{i * 7919 % 1000} {i}", "output": "ab"[i % 2]} for i in range(60)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["probe", "data.jsonl", "-m", f"hf:{folder}", "--n", "16", "--seeds", "1", "--items", "4", "--out", "out"]
    shown = CliRunner().invoke(cli, [*words, "--dry-run"], standalone_mode=False, catch_exceptions=False)
    assert "fine-tunings             1" in shown.stdout
    done = CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False)
    assert done.return_value == 0
    assert "accuracy, trained on 16 examples" in done.stdout
    assert json.loads((tmp_path / "out" / "probe.json").read_text())["model"] == f"hf:{folder}"


def test_code_that_a_folder_brings_is_not_run_and_nobody_is_asked_whether_it_may(tmp_path, monkeypatch):
    """A model of a sort that transformers does not know, with code of its own, which would write a file."""
    if not weights.available():
        pytest.skip("no fine-tuning here: pip install 'curvefit[probe]'")
    ran, own = tmp_path / "ran", tmp_path / "own"
    own.mkdir()
    (own / "config.json").write_text(
        json.dumps({
            "model_type": "of-its-own",
            "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own", "AutoTokenizer": "own.Own"},
        })
    )  # fmt: skip
    (own / "own.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Own: pass\n")
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    model = FolderModel(f"hf:{own}")
    for use in (lambda: model.context, lambda: model.count_tokens("a"), lambda: said(model, "In: a\nOut:")):
        with pytest.raises(ModelUnavailable, match="own"):
            use()
    assert not ran.exists()
