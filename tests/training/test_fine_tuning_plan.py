"""What a probe trains on, without training: a model that only counts characters stands in."""

import json

import pytest

from curvefit.errors import DesignError, InputError
from curvefit.models import store
from curvefit.training.fine_tuning_plan import FineTuning, ProbeDesign, plan_fine_tuning
from curvefit.training.packing import packed_rows
from curvefit.training.schedule import Check, Recipe


class Spelling:
    """A model whose tokens are characters."""

    name, form, identity = "local/spelling", "plain", "spelling 1"

    def tokens(self, prompt, reply):
        return [ord(c) for c in prompt], [ord(c) for c in reply]


def said(example):
    return "".join(map(chr, example.prompt)), "".join(map(chr, example.reply))


def inputs(examples):
    return {said(example)[0].split("In: ")[1].split("\n")[0] for example in examples}


@pytest.fixture
def work(make_task):
    return plan_fine_tuning(make_task(pool=60, items=20), Spelling(), ProbeDesign((8, 16, 32), 2))


def test_examples_are_the_prompt_without_demonstrations_and_the_target_with_what_ends_it(work):
    prompt, reply = said(work.orders[0][0])
    assert prompt.startswith("Answer.\n\nIn: question ")
    assert prompt.endswith("\nOut:")
    assert reply.startswith(" label-")
    assert reply.endswith("\n")


def test_nothing_that_is_scored_or_held_out_is_trained_on(work, make_task):
    scored = {item.input for item in make_task(pool=60, items=20).items}
    held_out = inputs(work.held_out)
    assert len(held_out) == 8
    for order in work.orders:
        assert len(inputs(order)) == 32
        assert not inputs(order) & (held_out | scored)
    assert not held_out & scored


def test_seeds_train_on_orders_of_their_own_and_more_examples_hold_the_fewer(work, make_task):
    assert work.orders[0] != work.orders[1]
    larger = plan_fine_tuning(make_task(pool=60, items=20), Spelling(), ProbeDesign((8, 48), 3))
    assert larger.held_out == work.held_out
    assert [order[:32] for order in larger.orders[:2]] == list(work.orders)


def test_sizes_the_pool_cannot_give_are_left_out_and_said_to_be(make_task):
    work = plan_fine_tuning(make_task(pool=60), Spelling(), ProbeDesign((32, 52, 53, 512), 1))
    assert work.design.sizes == (32, 52)
    assert work.notes == ("no training on 53, 512: the pool has only 52 beside 8 held out",)
    with pytest.raises(DesignError, match="53 training examples are more than the 52"):
        plan_fine_tuning(make_task(pool=60), Spelling(), ProbeDesign((53,), 1))


def test_a_model_that_is_asked_in_turns_is_refused(make_task):
    model = Spelling()
    model.form = "chat"
    with pytest.raises(DesignError, match="knows plain prompts"):
        plan_fine_tuning(make_task(), model, ProbeDesign((8,), 1))


@pytest.mark.parametrize("wrong", [{"sizes": ()}, {"sizes": (0, 8)}, {"sizes": (16, 8)}, {"seeds": 0}, {"items": 1},
                                   {"seed": -1}])  # fmt: skip
def test_a_probe_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(DesignError):
        ProbeDesign(**wrong)


def finished(work, out, n=8, seed=1):
    folder = work.folder(out, n, seed)
    folder.mkdir(parents=True)
    (folder / "adapter.gguf").write_bytes(b"adapter")
    (folder / "checkpoint.pt").write_bytes(b"state")
    checks, adapter = (Check(1, 0.5, 0.25), Check(2, 0.6, 0.25)), store.sha256(folder / "adapter.gguf")
    unit = FineTuning(n, seed, checks, adapter, "float32", "cpu", 1.5)
    work.finish(out, unit)
    return unit, folder


def test_a_finished_unit_is_found_again_and_needs_no_checkpoint(work, tmp_path):
    unit, folder = finished(work, tmp_path)
    assert work.finished(tmp_path, 8, 1) == unit
    assert unit.chosen.epoch == 1
    assert sorted(file.name for file in folder.iterdir()) == ["adapter.gguf", "unit.json"]
    assert work.finished(tmp_path, 8, 0) is None


def test_a_unit_that_cannot_be_written_down_is_one_line(work, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("curvefit.own_files.os.fsync", full)
    with pytest.raises(InputError, match=r"unit\.json: No space left on device; make room"):
        finished(work, tmp_path)


def test_a_unit_whose_adapter_is_gone_or_changed_is_not_finished(work, tmp_path):
    _, folder = finished(work, tmp_path)
    (folder / "adapter.gguf").write_bytes(b"other")
    assert work.finished(tmp_path, 8, 1) is None
    (folder / "adapter.gguf").unlink()
    assert work.finished(tmp_path, 8, 1) is None


def test_another_task_recipe_or_model_never_takes_a_unit_for_its_own(work, tmp_path, make_task):
    finished(work, tmp_path)
    reworded = make_task(pool=60, items=20, instruction="Reply.")
    model = Spelling()
    model.identity = "spelling 2"
    wanted = ProbeDesign((8, 16, 32), 2)
    for other in (
        plan_fine_tuning(reworded, Spelling(), wanted),
        plan_fine_tuning(make_task(pool=60, items=20), Spelling(), wanted, Recipe(rank=8)),
        plan_fine_tuning(make_task(pool=60, items=20), model, wanted),
    ):
        assert other.finished(tmp_path, 8, 1) is None


@pytest.mark.parametrize("damage", [{"checks": None}, {"checks": []}, {"seed": None}])
def test_a_damaged_unit_is_one_line_that_names_the_file(work, tmp_path, damage):
    _, folder = finished(work, tmp_path)
    held = json.loads((folder / "unit.json").read_text())
    (folder / "unit.json").write_text(json.dumps({**held, **damage}))
    with pytest.raises(InputError, match=r"unit\.json: cannot be used .*; remove it"):
        work.finished(tmp_path, 8, 1)


def test_more_cores_shorten_training_to_the_longest_one_at_least(work, tmp_path):
    alone, two, many = (work.cost(tmp_path, 0.01, cores) for cores in (1, 2, 50))
    assert alone.tokens == two.tokens == many.tokens
    assert alone.seconds / 2 <= two.seconds < alone.seconds
    assert alone.seconds / 6 <= many.seconds < two.seconds, "six units: the longest says how long"


def test_what_is_left_to_train_counts_passes_and_looks_at_the_held_out_part(work, tmp_path):
    before = work.cost(tmp_path, 0.01)
    assert (before.units, before.done) == (6, 0)
    assert before.seconds == pytest.approx(before.tokens * 0.01)
    finished(work, tmp_path)
    after = work.cost(tmp_path, None)
    assert (after.units, after.done, after.seconds) == (5, 1, None)
    (row,) = packed_rows(work.orders[1][:8])  # one step a pass
    (look,) = packed_rows(work.held_out)
    epochs = work.recipe.epochs(8)
    assert before.tokens - after.tokens == epochs * len(row.tokens) + epochs // 8 * len(look.tokens) // 3
