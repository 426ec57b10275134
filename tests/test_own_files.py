"""Our own files: written whole or not at all, and digests that name things on disk for good."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from curvefit.models.base import Message, Request
from curvefit.models.simulated import parse
from curvefit.own_files import digest, write_whole
from curvefit.tasks.scorers import exact
from curvefit.tasks.task import Item, Scorer, Task, fingerprint
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.trials.design import Design
from curvefit.trials.trial_plan import PromptLimits
from curvefit.workflows.validation import Validation


def test_a_file_takes_the_place_of_an_older_one_and_nothing_else_is_left(tmp_path):
    (tmp_path / "a.json").write_text("old")
    (tmp_path / "plain").touch()
    with write_whole(tmp_path / "a.json") as scratch:
        scratch.write_text("new")
        assert (tmp_path / "a.json").read_text() == "old"
    assert (tmp_path / "a.json").read_text() == "new"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "plain"]
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.json", "plain")}
    assert len(modes) == 1, "readable by whom a file usually is"


def test_what_fails_midway_leaves_the_older_file_and_no_scratch(tmp_path):
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(UnicodeEncodeError), write_whole(tmp_path / "a.json") as scratch:
        scratch.write_text("ne\ud800", encoding="utf-8")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_a_folder_appears_whole_and_the_first_one_stays(tmp_path):
    for content in ("first", "second"):
        with write_whole(tmp_path / "weights") as scratch:
            scratch.mkdir()
            (scratch / "config").write_text(content)
    assert [file.name for file in tmp_path.iterdir()] == ["weights"]
    assert (tmp_path / "weights" / "config").read_text() == "first"


def test_what_was_not_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "a"):
        pass
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "gone" / "a") as scratch:
        scratch.touch()


@pytest.mark.parametrize("value", [float, {1, 2}])
def test_what_json_cannot_hold_has_no_digest(value):
    with pytest.raises(TypeError):
        digest(value)


class Spelling:
    """A model whose tokens are characters."""

    name, form, identity = "local/spelling", "plain", "spelling 1"

    def tokens(self, prompt, reply):
        return [ord(c) for c in prompt], [ord(c) for c in reply]


ROWS = tuple(Item(f"i{n}", f"wie heißt {n}?", f"№{n}") for n in range(40))
TASK = Task("made", "Nenne es.", "qa", ROWS[8:], ROWS[:8], Scorer("exact", exact))
STUDIED = SimpleNamespace(task="tickets", model="local/x", asked="ab", items=("i1", "№2"))

# Computed by version 0.1.0.
NAMES = {
    "a reply in a journal": (
        lambda: Request("Nenne es: \ud800", 4, ("\n",), ("ja", "nein")).digest("model ü"),
        "baa2c5f9241809e10a721ceb7aebacc9ad2be64941c17e7fa1775a981552844c",
    ),
    "a reply in a conversation": (
        lambda: Request((Message("user", "Grüß"),), 4).digest("m"),
        "28f4b0ceb0a7cabe438d6c7fb20648ab78bb538ba3aea20a617ab79a94ca4b65",
    ),
    "what a task asks": (
        lambda: fingerprint(TASK, TASK.items),
        "d20a8127749da2ee5f26a7eb40e8e3610ae10299984a5c0d4b467b5e19863d04",
    ),
    "a plan in a journal": (
        lambda: PromptLimits.key(TASK, Design(ordered_by="place"), Spelling()),
        "f2d23d1cc2471e0dcded49f789bdb89bc8a034620a5487a47dc1cad00f0e0646",
    ),
    "a unit's folder": (
        lambda: plan_fine_tuning(TASK, Spelling(), ProbeDesign((8,), 1)).folder(Path("out"), 8, 0).name,
        "n8-seed0-d964260c6def",
    ),
    "what a simulated model knows": (
        lambda: parse("simulated/rising").with_answers({"wie heißt 1?": "№1"}).answers_digest,
        "4073527570e351c4c377b1a91c93810d0e002f4f1862dbb1e84f40549a1e499a",
    ),
    "a case in the ledger": (
        lambda: Validation.key(SimpleNamespace(study=SimpleNamespace(curve=STUDIED)), "identity"),
        "5cb2af3d26656e956872eac0b93a7622f852f0c7ee81f46054c213362ac377ed",
    ),
}


@pytest.mark.parametrize("what", NAMES)
def test_what_lies_on_a_disk_is_found_under_the_name_it_always_had(what):
    name, always = NAMES[what]
    assert name() == always
