import sqlite3

import pytest

from curvefit.errors import JournalError
from curvefit.models.base import Completion
from curvefit.trials.journal import Journal, Origin

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
