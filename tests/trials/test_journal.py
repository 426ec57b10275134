import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from curvefit.errors import JournalError
from curvefit.models.base import Completion, Usage
from curvefit.trials import journal as journal_module
from curvefit.trials.journal import Journal, Origin, exclusive_lock
from curvefit.trials.submissions import Submissions
from curvefit.trials.trial_plan import PromptLimits

ORIGIN = Origin("task", "model", 1, 0, "item")
REPLY = Completion("text", choice="a", prompt_tokens=9, cached_tokens=4, completion_tokens=2, usd=0.25, seconds=1.5)


@pytest.fixture(params=["file", "memory"])
def journal(request, tmp_path):
    with Journal(tmp_path / "sub" / "j.sqlite" if request.param == "file" else None) as journal:
        yield journal


def test_a_reply_comes_back_as_it_was(journal):
    journal.record("d", REPLY, ORIGIN)
    assert journal.replies(["d", "unknown"]) == {"d": REPLY}


def test_a_request_keeps_its_first_reply(journal):
    assert journal.record("d", REPLY, ORIGIN) == REPLY
    assert journal.record("d", Completion("another"), ORIGIN) == REPLY, "what is scored is what is stored"
    assert journal.replies(["d"]) == {"d": REPLY}
    assert len(journal) == 1


def test_a_reply_that_cannot_be_stored_is_an_error_not_a_loss(journal):
    with pytest.raises(JournalError):
        journal.record("d", Completion("paid for", prompt_tokens=None), ORIGIN)


def test_thousands_of_replies_are_found_in_one_call(journal):
    for i in range(1203):
        journal.record(str(i), Completion(str(i)), ORIGIN)
    assert len(journal.replies(map(str, range(1203)))) == 1203


@pytest.mark.parametrize("text", ["", "é\u0000ü", "'; DROP TABLE replies; --", "x" * 1_000_000])
def test_any_text_survives(journal, text):
    journal.record("d", Completion(text), ORIGIN)
    assert journal.replies(["d"])["d"].text == text


def test_a_lone_surrogate_is_replaced_and_what_is_scored_is_what_is_stored(journal):
    stored = journal.record("d", Completion("a\ud800b"), ORIGIN)
    assert stored.text == "a?b" == journal.replies(["d"])["d"].text


def test_replies_outlive_the_process_that_wrote_them(tmp_path):
    with Journal(tmp_path / "j.sqlite") as first:
        first.record("d", REPLY, ORIGIN)
    with Journal(tmp_path / "j.sqlite") as second:
        assert second.replies(["d"]) == {"d": REPLY}


@pytest.mark.parametrize("change", ["DELETE FROM replies", "UPDATE replies SET text = 'better'"])
def test_what_is_written_cannot_be_changed(tmp_path, change):
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.record("d", REPLY, ORIGIN)
    with sqlite3.connect(path) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(change)
    db.close()


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "j.sqlite"
    path.write_text("not a database, but long enough to be taken for one " * 50)
    with pytest.raises(JournalError, match=r"j\.sqlite: damaged or no journal"):
        Journal(path)
    assert path.read_text().startswith("not a database")


def test_someone_elses_database_is_left_alone(tmp_path):
    path = tmp_path / "j.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(JournalError, match="no journal of curvefit"):
        Journal(path)


def test_a_newer_journal_is_not_touched(tmp_path):
    path = tmp_path / "j.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(JournalError, match="newer curvefit"):
        Journal(path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="another --out"):
        Journal(tmp_path / "file" / "j.sqlite")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of a process, which this system has not")
def test_a_journal_killed_anywhere_while_it_is_made_can_be_used(tmp_path):
    script = Path(__file__).with_name("killed_while_made.py")
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=True)
    killed, whole = map(int, ended.stdout.split())
    assert killed > 40, "at every step, and within the larger ones"
    assert whole == 1, "the last one was left to end"
    for path in sorted(tmp_path.glob("*.sqlite")):
        with Journal(path) as journal:
            assert journal.record("d", REPLY, ORIGIN) == REPLY


STATEMENTS = [*journal_module._statements(journal_module._TABLES)]


@pytest.mark.parametrize("count", range(1, len(STATEMENTS) + 1))
def test_a_journal_that_an_older_version_left_half_made_is_completed(tmp_path, count):
    """It made tables one by one, and wrote the version last."""
    path = tmp_path / "j.sqlite"
    with closing(sqlite3.connect(path)) as db:
        for statement in STATEMENTS[:count]:
            db.execute(statement)
    with Journal(path) as journal:
        journal.record("d", REPLY, ORIGIN)
    with Journal(path) as again, closing(sqlite3.connect(path)) as db:
        assert again.replies(["d"]) == {"d": REPLY}
        assert db.execute("PRAGMA user_version").fetchone() == (journal_module._FORMAT,)


def test_attempts_without_a_reply_add_up_over_starts_and_an_older_journal_has_none(tmp_path):
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.record("d", REPLY, ORIGIN)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE attempts")
        db.execute("PRAGMA user_version = 4")
    with Journal(path) as journal:
        assert journal.attempts(["d"]) == {}
        journal.record_all([], {"d": Usage(rate_limited=2), "e": Usage(faults=1)})
    with Journal(path) as again:
        again.record_all([("e", REPLY, ORIGIN)], {"d": Usage(rate_limited=1, faults=1)})
        assert again.attempts("def") == {"d": Usage(rate_limited=3, faults=1), "e": Usage(faults=1)}
        assert again.replies("de") == {"d": REPLY, "e": REPLY}


def test_a_journal_whose_columns_were_being_added_when_it_was_killed_is_completed(tmp_path):
    path = tmp_path / "j.sqlite"
    older = "".join(line for line in STATEMENTS[0].splitlines(keepends=True) if "temperature" not in line)
    older = older.replace("DEFAULT '',", "DEFAULT ''")
    with closing(sqlite3.connect(path)) as db:
        db.execute(older)
        db.execute("INSERT INTO replies VALUES ('d', 't', 'm', 1, 0, 'i', 'text', 'a', 9, 4, 2, 0.25, 1.5, 0.0, '')")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    with Journal(path) as journal:
        assert journal.replies(["d"]) == {"d": REPLY}


@pytest.mark.parametrize("change", ["ADD COLUMN theirs", "RENAME COLUMN shots TO k"])
def test_a_journal_with_other_columns_is_refused_and_left_as_it_is(tmp_path, change):
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.record("d", REPLY, ORIGIN)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"ALTER TABLE replies {change}")
    with pytest.raises(JournalError, match=r"j\.sqlite: damaged: its table replies has other columns; move it away"):
        Journal(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT COUNT(*) FROM replies").fetchone() == (1,)


@pytest.mark.parametrize(
    ("shots", "max_tokens"),
    [("nojson", 8), ("[" * 100_000, 8), (b"[0, 1]\xff", 8), ("{}", 8),
     ('{"shots": [1], "too_long": [7]}', 8), ('[9, "x"]', 8), ("[true]", 8), ("[-1]", 8),
     ("[1, 0]", 8), ("[]", 8), ("[0, 1]", "q"), ("[0, 1]", 0)],
)  # fmt: skip
def test_a_damaged_plan_is_no_plan_and_is_replaced(tmp_path, shots, max_tokens):
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.write(("INSERT INTO plans VALUES (?, ?, ?)", [("key", shots, max_tokens)]))
        assert journal.prompt_limits("key") is None
        for limits in (PromptLimits((0, 1), 8), PromptLimits((1, 4), 8, ("row-0", "row-1"))):
            journal.store_prompt_limits("key", limits)
            assert journal.prompt_limits("key") == limits


@pytest.mark.parametrize("column", ["text", "prompt_tokens", "usd", "seconds", "ending"])
def test_a_reply_that_is_none_is_one_line_with_its_request(tmp_path, column):
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.record("digest-of-a-request", REPLY, ORIGIN)
        journal.write(("DROP TRIGGER replies_are_final", [()]), (f"UPDATE replies SET {column} = x'78'", [()]))  # noqa: S608
        with pytest.raises(JournalError, match=r"j\.sqlite: damaged: b'x' stands in the reply to request digest-of-a-"):
            journal.replies(["digest-of-a-request"])


@pytest.mark.parametrize("stop", ["nojson", "7", "[1]", b"\xff"])
def test_a_damaged_submission_is_one_line(tmp_path, stop):
    with Journal(tmp_path / "j.sqlite") as journal:
        submissions = Submissions(journal, "model")
        submissions.record_upload("file-1", (), {})
        journal.write(("UPDATE submissions SET stop = ?", [(stop,)]))
        with pytest.raises(JournalError, match=r"j\.sqlite: damaged: .*'file-1' cannot be read; move"):
            submissions.uncollected()


def test_text_that_is_no_utf8_is_damage_and_no_matter_of_the_disk(tmp_path):
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.write(("INSERT INTO plans VALUES ('key', CAST(x'ff' AS TEXT), 8)", [()]))
        with pytest.raises(JournalError, match=r"damaged or no journal .*; move it away"):
            journal.prompt_limits("key")


def test_a_lock_that_is_none_is_named(tmp_path):
    (tmp_path / "j.sqlite.lock").write_text("not a database, but long enough to be taken for one " * 50)
    with pytest.raises(JournalError, match=r"j\.sqlite\.lock: damaged"), exclusive_lock(tmp_path / "j.sqlite"):
        pass


@pytest.mark.parametrize("place", ["j.sqlite", "j.sqlite.lock"])
def test_a_folder_in_place_of_a_file_is_one_line(tmp_path, place):
    (tmp_path / place).mkdir()
    with (
        pytest.raises(JournalError, match=rf"{place}: unable to open .*; is the folder there and writable"),
        Journal(tmp_path / "j.sqlite") as journal,
        journal.exclusive(),
    ):
        pass


def origin(position):
    return Origin("own", "model", 4, 1, f"item {position}")


def test_what_another_journal_holds_is_copied_once_as_asked_here(tmp_path):
    with Journal(tmp_path / "a" / "j.sqlite") as first:
        first.record_all([(name, Completion(f"first {name}"), ORIGIN) for name in ("x", "y")])
    with Journal(tmp_path / "b" / "j.sqlite") as second:
        second.record_all([(name, Completion(f"second {name}"), ORIGIN) for name in ("y", "z")])
    beside = [tmp_path / name / "j.sqlite" for name in ("a", "none", "b")]
    with Journal(tmp_path / "j.sqlite", beside) as own:
        own.record("x", Completion("own x"), ORIGIN)
        assert dict(own.replies_of_others(["y", "z", "w"])) == {"y": Completion("first y"), "z": Completion("second z")}
        assert own.answered(["y"]) == set(), "only looked up"
        assert own.copy_replies(["x", "y", "y", "z", "w"], origin) == {"x", "y", "z"}
        assert {name: reply.text for name, reply in own.replies("xyzw").items()} == {
            "x": "own x", "y": "first y", "z": "second z",
        }  # fmt: skip
        assert [kept for kept, _ in own.replies_of("own", "model")] == [origin(1), origin(3)]
    assert not (tmp_path / "none").exists()
    with Journal(tmp_path / "j.sqlite") as alone:
        assert len(alone) == 3


def test_thousands_of_replies_are_copied(tmp_path):
    names = list(map(str, range(1203)))
    with Journal(tmp_path / "a.sqlite") as first:
        first.record_all([(name, REPLY, ORIGIN) for name in names[3:]])
    with Journal(None, [tmp_path / "a.sqlite"]) as own:
        assert own.copy_replies(names, origin) == set(names[3:])
        assert len(own) == 1200


@pytest.mark.parametrize("damage", ["garbage", "reply", "older"])
def test_another_journal_that_is_damaged_holds_nothing_and_an_older_one_is_read(tmp_path, damage):
    path = tmp_path / "a.sqlite"
    with Journal(path) as first:
        first.record("d", REPLY, ORIGIN)
    if damage == "garbage":
        path.write_bytes(b"no journal" * 500)
    else:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TRIGGER replies_are_final")
            if damage == "reply":
                db.execute("UPDATE replies SET prompt_tokens = 'many'")
            else:
                for column in ("ending", "temperature"):
                    db.execute(f"ALTER TABLE replies DROP COLUMN {column}")
                db.execute("PRAGMA user_version = 1")
    with Journal(None, [path]) as own:
        assert own.copy_replies(["d"], origin) == ({"d"} if damage == "older" else set())


@pytest.mark.parametrize(
    ("column", "value"), [("prompt_tokens", "many"), ("usd", float("-inf")), ("completion_tokens", -1)]
)
def test_a_damaged_reply_of_another_journal_is_not_taken_and_hides_no_other(tmp_path, column, value):
    with Journal(tmp_path / "other.sqlite") as other:
        other.record("a-bad", REPLY, ORIGIN)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as db, db:
        db.execute("DROP TRIGGER replies_are_final")
        db.execute(f"UPDATE replies SET {column} = ?", (value,))  # noqa: S608 (a name of the test's own)
    with Journal(tmp_path / "other.sqlite") as other:
        other.record("b-good", REPLY, ORIGIN)
    with Journal(None, [tmp_path / "other.sqlite"]) as own:
        assert dict(own.replies_of_others(["a-bad", "b-good"])) == {"b-good": REPLY}


def test_nothing_is_written_to_another_journal(tmp_path):
    (tmp_path / "other.sqlite").touch()
    with Journal(None, [tmp_path / "other.sqlite"]) as own:
        assert not list(own.replies_of_others(["d"]))
    assert not (tmp_path / "other.sqlite").read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["other.sqlite"]


def test_nobody_waits_long_for_another_journal_that_is_held(tmp_path, monkeypatch):
    with Journal(tmp_path / "other.sqlite") as other:
        other.record("d", REPLY, ORIGIN)
    monkeypatch.setattr(journal_module, "_PATIENCE_WITH_OTHERS", 0.0)
    with closing(sqlite3.connect(tmp_path / "other.sqlite", isolation_level=None)) as held:
        held.execute("PRAGMA locking_mode = EXCLUSIVE")
        held.execute("BEGIN EXCLUSIVE")
        with Journal(None, [tmp_path / "other.sqlite"]) as own:
            assert not list(own.replies_of_others(["d"]))


@contextmanager
def read_only(folder):
    """Have a folder that may be read and not written to; root, whom no mode stops, becomes nobody meanwhile."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such modes on this system")
def test_replies_in_a_folder_that_may_not_be_written_to_are_found():
    with tempfile.TemporaryDirectory() as name:  # not below tmp_path, which others may not enter
        folder = Path(name) / "other"
        folder.mkdir()
        Path(name).chmod(0o755)
        with Journal(folder / "journal.sqlite") as other:
            other.record("asked", REPLY, ORIGIN)
        before = {path.name for path in folder.iterdir()}
        with read_only(folder), Journal(None, [folder / "journal.sqlite"]) as own:
            assert dict(own.replies_of_others(["asked", "never"])) == {"asked": REPLY}
            assert not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
        assert {path.name for path in folder.iterdir()} == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such modes on this system")
def test_a_journal_that_is_only_read_may_lie_where_nothing_can_be_written():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        folder.mkdir()
        Path(name).chmod(0o755)
        with Journal(folder / "journal.sqlite") as mine:
            mine.record("asked", REPLY, ORIGIN)
        with read_only(folder):
            with Journal(folder / "journal.sqlite", only_read=True) as kept:
                assert kept.replies(["asked", "never"]) == {"asked": REPLY}
            with pytest.raises(JournalError, match="make it writable"):
                Journal(folder / "journal.sqlite")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such modes on this system")
def test_a_journal_with_replies_beside_it_that_cannot_be_read_together_counts_as_empty():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "other"
        folder.mkdir()
        Path(name).chmod(0o755)
        with Journal(folder / "journal.sqlite") as other:
            other.record("asked", REPLY, ORIGIN)
        (folder / "journal.sqlite-wal").write_bytes(b"what another program has not yet put into the file")
        with read_only(folder), Journal(None, [folder / "journal.sqlite"]) as own:
            assert not dict(own.replies_of_others(["asked"]))


def test_a_lock_makes_the_folder_it_lies_in_or_says_why_not(tmp_path):
    with exclusive_lock(tmp_path / "new" / "folder" / "units"):
        assert (tmp_path / "new" / "folder" / "units.lock").exists()
    (tmp_path / "file").touch()
    with (
        pytest.raises(JournalError, match=r"units\.lock: Not a directory; use another --out"),
        exclusive_lock(tmp_path / "file" / "folder" / "units"),
    ):
        pass
