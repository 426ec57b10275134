"""Real fine-tuning of a real model: a handful of steps."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.errors import BudgetReached, DesignError, InputError, JournalError
from curvefit.measurement import judging
from curvefit.models.base import Request
from curvefit.models.local import LocalModel
from curvefit.tasks.task import Judge
from curvefit.training import trainer as probe
from curvefit.training import weights
from curvefit.training.adapter import write_adapter
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.training.packing import packed_rows
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer
from curvefit.trials.journal import exclusive_lock
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows import local_probe as probing
from curvefit.workflows.local_probe import LocalRun, fine_tune

pytestmark = pytest.mark.slow

SHORT = Recipe(rank=4, batch=4, passes=1)  # of 8 examples: two passes of two steps


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.fixture(scope="module")
def name(gemma):
    """A model that is here, with all it takes to train it."""
    if not weights.available():
        pytest.skip("no fine-tuning here: pip install 'curvefit[probe]'")
    return gemma.name


@pytest.fixture(scope="module")
def trainer(name):
    return probing.trainer_for(name, SHORT)


@pytest.fixture(scope="module")
def coded(make_task):
    """Words under a code that nobody can guess, too short to take long."""
    return make_task(pool=20, items=6, labels=2, instruction="Code.")


@pytest.fixture(scope="module")
def work(coded, gemma):
    return plan_fine_tuning(coded, gemma, ProbeDesign((8,), 1, items=6), SHORT)


@pytest.fixture(scope="module")
def probed(name, coded, work, trainer, tmp_path_factory):
    """The folder of a probe that went through, and what it returned and told; then its training and the checkpoints."""
    folder, scored, trained = tmp_path_factory.mktemp("probed"), [], []
    half, whole = folder / "half.pt", folder / "whole.pt"

    def loaded(*asked):
        assert asked[:2] == (name, SHORT)
        return trainer  # which the same function loaded for the other tests

    def train(*arguments, checkpoint, progress, **options):
        def watch(done, most):
            progress(done, most)
            if done == 3:  # the second pass has begun
                shutil.copy(checkpoint, half)

        trained.append(Trainer.train(trainer, *arguments, checkpoint=checkpoint, progress=watch, **options))
        shutil.copy(checkpoint, whole)
        return trained[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "trainer_for", loaded)
        patch.setattr(trainer, "train", train)
        curve, units, *_ = fine_tune(coded, LocalModel(name), work, folder, LocalRun(scored.append))
    return (folder, curve, units, scored), (trained[0], half, whole)


@pytest.fixture(scope="module")
def trained(probed):
    """An undisturbed training, and its checkpoints: halfway, and at the end, from which it ends at once."""
    return probed[1]


def greedy(model, prompt, cap=6):
    reply = model.answer(Request(prompt, cap)).text
    return model._any_engine().tokens(reply, bos=False)


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: b"damaged", lambda whole: whole[: len(whole) // 2]]
)
def test_a_damaged_checkpoint_counts_as_none(tmp_path, damage):
    torch = pytest.importorskip("torch")
    file = tmp_path / "checkpoint.pt"
    assert probe._load(torch, file, "cpu") is None
    probe._save(torch, {"epoch": 3, "now": {"a": torch.ones(200)}}, file)
    assert probe._load(torch, file, "cpu")["epoch"] == 3
    file.write_bytes(damage(file.read_bytes()))
    assert probe._load(torch, file, "cpu") is None


def test_a_checkpoint_that_cannot_be_read_is_no_damaged_one(tmp_path):
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match="cannot be read"):
        probe._load(torch, tmp_path, "cpu")


def test_two_probes_do_not_train_into_one_folder(name, coded, work, probed, tmp_path, monkeypatch):
    shutil.copy(probed[0][0] / "journal.sqlite", tmp_path)  # the model as it came has been asked
    monkeypatch.setattr(probing, "Trainer", lambda *_: pytest.fail("trained beside another"))
    with exclusive_lock(tmp_path / "units"), pytest.raises(JournalError, match="units: another run is using it"):
        fine_tune(coded, LocalModel(name), work, tmp_path)


def test_a_cap_is_kept_by_the_judge_of_what_is_trained_here(name, coded, work, probed, tmp_path, monkeypatch):
    """Scoring took no cap, and a judge costs money wherever the model runs."""
    judged = replace(coded, judge=Judge("stub", "Is it right?"))
    monkeypatch.setattr(judging, "resolve", lambda name: cf.FunctionModel(lambda prompt: "5", name=name))
    folder = shutil.copytree(probed[0][0], tmp_path / "probed")
    run = LocalRun(limits=SpendingLimits(calls=1))
    with pytest.raises(BudgetReached, match="--max-calls 1 was reached; finished passes and replies are kept"):
        fine_tune(judged, LocalModel(name), work, folder, run)
    unpriced = replace(coded, judge=Judge("openai/nobody-prices-this", "Is it right?"))
    monkeypatch.undo()
    with pytest.raises(DesignError, match="price of the judge"):
        fine_tune(unpriced, LocalModel(name), work, tmp_path / "new", LocalRun(limits=SpendingLimits(usd=1)))
    assert not (tmp_path / "new").exists(), "refused before anything is trained"


def test_a_checkpoint_that_cannot_be_written_is_one_line(tmp_path):
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match=r"checkpoint\.pt: cannot be written \(.*\); make room"):
        probe._save(torch, {"epoch": 3}, tmp_path / "gone" / "checkpoint.pt")


def test_torch_and_the_engine_give_the_same_replies_before_and_after_training(trainer, trained, gemma, work, tmp_path):
    # No prompt whose next word is a near tie: engine and torch round differently.
    prompts = ["In: grass\nOut: green\n\nIn: snow\nOut: white\n\nIn: blood\nOut:", "Out: a\nOut: a\nOut: a\nOut:",
               "Code.\n\nIn: question 3\nOut: label-1\n\nIn: question 4\nOut:"]  # fmt: skip
    done = trainer.train(work.orders[0][:8], work.held_out, 0, trained[2])
    assert done.checks[-1].loss < 3, "learned something: at first it is above 5"
    file = tmp_path / "adapter.gguf"
    write_adapter(file, done.adapter, trainer.architecture)
    adapted = LocalModel(gemma.name, lanes=1, context=512, adapter=file)
    changed = 0
    for prompt in prompts:
        ids, _ = gemma.tokens(prompt, "")
        bare, trained = greedy(gemma, prompt), greedy(adapted, prompt)
        # A word for a word, as far as text tells: the engine's text is tokenised again.
        assert list(trainer.reply(ids, 2, adapted=False)) == bare[:2]
        assert list(trainer.reply(ids, 2)) == trained[:2]
        changed += bare != trained
    adapted.close()
    assert changed, "an adapter that changes no reply proves nothing"


def test_an_adapter_that_changes_nothing_changes_no_reply(trainer, gemma, tmp_path):
    trainer._start(0)
    write_adapter(tmp_path / "a.gguf", trainer._adapter(), trainer.architecture)
    same = LocalModel(gemma.name, lanes=1, context=512, adapter=tmp_path / "a.gguf")
    for prompt in ("Once upon a time", "Code.\n\nIn: question 3\nOut:"):
        assert same.answer(Request(prompt, 6)).text == gemma.answer(Request(prompt, 6)).text
    same.close()


def test_examples_in_one_row_see_nothing_of_one_another(trainer, work):
    def scores_of(examples):
        hidden, targets = trainer._hidden(*packed_rows(examples))
        return trainer._model.lm_head(hidden).float(), targets

    with trainer._torch.no_grad():
        together, wanted = scores_of(work.held_out[:3])
        alone = [scores_of([example]) for example in work.held_out[:3]]
    assert wanted.tolist() == [token for _, tokens in alone for token in tokens.tolist()]
    scores = trainer._torch.cat([scores for scores, _ in alone])
    # bfloat16 rounds scores of about 20 to eighths; one that sees the example before it differs by whole units.
    tolerance = 1.0 if trainer.precision == "bfloat16" else 1e-3
    np.testing.assert_allclose(together.cpu().numpy(), scores.cpu().numpy(), atol=tolerance)


def test_twins_that_train_at_the_same_time_learn_what_one_would_alone(trainer, trained, work, tmp_path):
    examples, twin = work.orders[0][:8], trainer.twin()
    with ThreadPoolExecutor(2) as pool:
        files = [shutil.copy(trained[1], tmp_path / each) for each in ("0.pt", "1.pt")]  # one pass is left
        both = list(pool.map(lambda t, f: t.train(examples, work.held_out, 0, f), (trainer, twin), files))
    shared = [p.data_ptr() for p in trainer._model.parameters() if not p.requires_grad]
    assert shared == [p.data_ptr() for p in twin._model.parameters() if not p.requires_grad]
    for done in both:
        assert done.checks == trained[0].checks
        for place, pair in trained[0].adapter.pairs.items():
            np.testing.assert_array_equal(pair[1], done.adapter.pairs[place][1])


def test_training_that_was_killed_goes_on_to_the_same_adapter(trainer, trained, work, tmp_path):
    examples, whole, file = work.orders[0][:8], trained[0], tmp_path / "killed.pt"
    probe._save(trainer._torch, {"precision": "another"}, file)  # which counts as none
    steps, again = [], []

    def kill(done, _):
        steps.append(done)
        if done == 3:  # in the second pass
            raise Killed

    with pytest.raises(Killed):
        trainer.train(examples, work.held_out, 0, file, kill)
    assert steps == [1, 2, 3]
    resumed = trainer.train(examples, work.held_out, 0, file, lambda done, _: again.append(done))
    assert again == [3, 4], "the first pass is not made again"
    assert resumed.checks == whole.checks
    for place, pair in whole.adapter.pairs.items():
        for ours, theirs in zip(pair, resumed.adapter.pairs[place], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_probe_trains_scores_resumes_and_trains_nothing_twice(name, coded, work, probed, monkeypatch):
    folder, curve, units, scored = probed[0]
    assert curve.scores.shape == (2, 1, 6)
    assert not np.isnan(curve.scores).any()
    assert curve.shots.tolist() == [0, 8]
    assert [(unit.n_train, unit.seed) for unit in units] == [(8, 0)]
    assert scored[0].new

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(probing, "Trainer", never)
    again, same, *_ = fine_tune(coded, LocalModel(name), work, folder, LocalRun(scored.append))
    assert same == units
    np.testing.assert_array_equal(again.scores, curve.scores)
    assert not scored[1].new


def test_weights_that_have_to_be_converted_are_said_to_be_before(tmp_path, monkeypatch):
    said, file = [], tmp_path / "tiny.gguf"
    file.write_bytes(b"weights")
    monkeypatch.setenv("CURVEFIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(probing, "require", lambda: None)
    monkeypatch.setattr(probing, "version", lambda name: "5")
    monkeypatch.setattr(probing, "training_precision", lambda: "float32")
    monkeypatch.setattr(probing.store, "pull", lambda name: file)
    monkeypatch.setattr(probing, "Trainer", lambda weights, recipe: weights)

    def convert(file, folder, precision):
        said.append("converting")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    monkeypatch.setattr(probing, "convert", convert)
    probing.trainer_for("local/gemma3-270m", SHORT, said.append)
    assert said == ["Converting the weights of local/gemma3-270m, once: about a minute", "converting"]
    said.clear()
    probing.trainer_for("local/gemma3-270m", SHORT, said.append)
    assert said == ["converting"], "they are there"
    file.write_bytes(b"others")
    probing.trainer_for(f"local:{file}", SHORT, said.append)
    assert said[1:] == [f"Converting the weights of local:{file}, once", "converting"]
