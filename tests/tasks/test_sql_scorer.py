"""Queries: what returns the same is right, and no reply changes or reaches anything; trees, without a database."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks import sql_results
from curvefit.tasks.readiness import readiness
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.sql_results import query_rows, sets_order
from curvefit.tasks.task import Item, Score, Scorer, Task


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sql")
    with closing(sqlite3.connect(path / "shop.sqlite")) as db:
        db.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, city TEXT, total REAL);"
            "INSERT INTO orders VALUES (1, 'Oslo', 10.5), (2, 'Rome', 3), (3, 'Oslo', 0.1), (4, NULL, 0.2);"
        )
    return path


def judged(folder, reply, target):
    return make_scorer({"type": "sql", "database": "shop.sqlite"}, folder=folder)(reply, Item("i", "q", target)).value


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        ("SELECT id FROM orders ORDER BY id DESC", ()),
        ("SELECT id FROM orders ORDER BY id", ("rows in another order",)),
        ("SELECT city FROM orders", ("other rows",)),
        ("SELECT nothing FROM nowhere", ("the query does not run",)),
        ("", ()),
    ],
)
def test_what_is_wrong_with_a_query_is_said(folder, reply, wrong):
    judge = make_scorer({"type": "sql", "database": "shop.sqlite"}, folder=folder)
    assert judge(reply, Item("i", "q", "SELECT id FROM orders ORDER BY id DESC")).wrong == wrong


def findings(folder, targets, scorer):
    rows = [(f"question {i}", target) for i, target in enumerate(targets)]
    task = Task.from_records(rows, name="shop", scorer=scorer)
    return {finding.code: finding.values for finding in readiness(task)}


NAMES = [f"SELECT c{i} FROM t{i} WHERE x = y" for i in range(60)]  # noqa: S608 (nobody's word is in it)


def test_case_means_nothing_in_sql_but_within_quotes_and_check_does_not_complain_of_it():
    by_trees = make_scorer("sql")
    assert "target-changed" not in findings(None, NAMES, by_trees)
    quoted = [f"{query} AND z = 'Open'" for query in NAMES]
    assert "target-changed" not in findings(None, quoted, by_trees)
    blind = Scorer("sql", lambda reply, item: Score(float(reply.lower() == item.target.lower()), reply))
    told = findings(None, quoted, blind)["target-changed"]
    assert (told["change"], told["instead"]) == ("case", "")
    assert "'oPEN'" in told["reply"]
    assert "SELECT" in told["reply"]


def test_targets_that_return_no_row_are_named(folder):
    empty = [f"SELECT id FROM orders WHERE total > {100 + i}" for i in range(20)]  # noqa: S608 (nobody's word is in it)
    rows = [f"SELECT id + {i} FROM orders" for i in range(40)]  # noqa: S608 (nobody's word is in it)
    by_results = make_scorer({"type": "sql", "database": "shop.sqlite"}, folder=folder)
    told = findings(folder, [*empty, *rows], by_results)["target-empty"]
    assert 0 < told["count"] == len(told["rows"]) < told["of"]
    assert "target-empty" not in findings(folder, rows, by_results)
    assert "target-empty" not in findings(folder, NAMES, make_scorer("sql"))


@pytest.mark.parametrize(
    ("reply", "target", "right"),
    [
        ("select ID from orders where city='Oslo'", "SELECT o.id FROM orders AS o WHERE o.city = 'Oslo';", True),
        ("SELECT id FROM orders ORDER BY id DESC", "SELECT id FROM orders", True),
        ("SELECT id FROM orders", "SELECT id FROM orders ORDER BY id DESC", False),
        ("SELECT id FROM orders WHERE total > 3", "SELECT id FROM orders WHERE total >= 3", False),
        ("SELECT city FROM orders", "SELECT DISTINCT city FROM orders", False),
        ("SELECT id, city FROM orders", "SELECT city, id FROM orders", False),
        ("SELECT 0.1 + 0.2", "SELECT 0.3", True),
        ("SELECT 1.0", "SELECT 1", True),
        ("SELECT '1'", "SELECT 1", False),
        ("SELECT x'31'", "SELECT '1'", False),
        ("SELECT NULL", "SELECT 0", False),
        ("```sql\nSELECT 1\n```", "SELECT 1", True),
        ("SELECT 1", "SELECT nothing FROM nowhere", False),
    ],
)
def test_a_query_is_right_that_returns_the_same_rows(folder, reply, target, right):
    assert judged(folder, reply, target) == right


@given(low=st.integers(0, 4), other=st.integers(0, 4), columns=st.permutations(["id", "city", "total"]))
def test_a_query_is_itself_and_with_another_result_wrong(folder, low, other, columns):
    query = " ".join(["SELECT", ", ".join(columns), "FROM orders WHERE id >", str(low)])
    assert judged(folder, query, query) == 1
    assert judged(folder, f"  {query.lower()} -- all\n;", query) == 1
    assert judged(folder, query.replace(f"id > {low}", f"{low} < id"), query) == 1
    if other != low:
        assert judged(folder, query.replace(f"> {low}", f"> {other}"), query) == 0


HOSTILE = [
    *(
        "DROP TABLE orders",
        "DELETE FROM orders",
        "UPDATE orders SET total = 0",
        "INSERT INTO orders VALUES (9, 'x', 1)",
    ),
    *(
        "ATTACH 'hacked.sqlite' AS h",
        "VACUUM INTO 'hacked.sqlite'",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode",
    ),
    *("SELECT 1; DROP TABLE orders", "CREATE TEMP TABLE h AS SELECT 1", "SELECT load_extension('hacked')", "BEGIN"),
    *("SELECT zeroblob(900000000)", "SELECT printf('%.*c', 90000000, 'x')", "EXPLAIN SELECT 1", "REINDEX", "", "x"),
    *(
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT 1" + " UNION SELECT 1" * 500,
        "SELECT 1\x00",
        "SELECT '\ud800'",
    ),
    *("SELECT 1" + "+1" * 30_000, "SELECT * FROM pragma_database_list", "SELECT writefile('hacked', 'x')"),
]


@pytest.mark.parametrize("reply", HOSTILE, ids=lambda reply: reply[:30])
def test_hostile_queries_are_plainly_wrong_and_change_nothing(folder, reply, monkeypatch):
    monkeypatch.chdir(folder)
    before = hashlib.sha256((folder / "shop.sqlite").read_bytes()).hexdigest()
    assert judged(folder, reply, "SELECT id FROM orders") == 0
    assert [file.name for file in folder.iterdir()] == ["shop.sqlite"]
    assert hashlib.sha256((folder / "shop.sqlite").read_bytes()).hexdigest() == before


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT "


def test_a_query_without_end_is_ended_in_time_and_by_rows(folder, monkeypatch):
    monkeypatch.setattr(sql_results, "_SECONDS", 0.05)
    assert query_rows(folder / "shop.sqlite", ENDLESS + "count(*) FROM n") is None
    monkeypatch.setattr(sql_results, "_MOST_ROWS", 50)
    assert query_rows(folder / "shop.sqlite", ENDLESS + "x FROM n LIMIT 51") is None
    assert len(query_rows(folder / "shop.sqlite", ENDLESS + "x FROM n LIMIT 50") or ()) == 50


@given(query=st.text() | st.text("SELECT FROMORDERBY()'\"-/*;,\n"))
def test_any_text_is_run_or_not_and_says_whether_it_sets_an_order(folder, query):
    assert judged(folder, query, "SELECT id FROM orders") in (0, 1)
    assert sets_order(query) in (True, False)


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("SELECT a FROM t order  by a", True),
        ("SELECT rank() OVER (ORDER BY a) FROM t", False),
        ("SELECT 'order by' FROM t -- order by", False),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a) ORDER BY b", True),
        ("SELECT reorder, by_a FROM t", False),
    ],
)
def test_order_counts_where_the_whole_query_sets_it(query, ordered):
    assert sets_order(query) is ordered


@pytest.mark.parametrize("name", ["../shop.sqlite", "/etc/passwd", "none.sqlite", ""])
def test_a_database_lies_beside_the_task(folder, name, tmp_path):
    with pytest.raises(InputError) as caught:
        make_scorer({"type": "sql", "database": name}, folder=folder)
    assert caught.value.field == "scorer.database"


def test_a_link_that_leads_out_is_refused(folder, tmp_path):
    (tmp_path / "shop.sqlite").symlink_to(folder / "shop.sqlite")
    with pytest.raises(InputError, match="leads out"):
        make_scorer({"type": "sql", "database": "shop.sqlite"}, folder=tmp_path)


def test_another_content_of_the_database_is_another_scorer(folder, tmp_path):
    (tmp_path / "shop.sqlite").write_bytes((folder / "shop.sqlite").read_bytes() + b"\0")
    one, other = (make_scorer({"type": "sql", "database": "shop.sqlite"}, folder=path) for path in (folder, tmp_path))
    assert one.options != other.options


def by_tree(reply, target):
    pytest.importorskip("sqlglot", reason="the extra 'sql' is not installed")
    return make_scorer("sql")(reply, Item("i", "q", target))


@pytest.mark.parametrize(
    ("reply", "target", "right"),
    [
        ("select A, b from T where (x = 1) and y = 2;", "SELECT a, b FROM t WHERE y=2 AND 1 = x", True),
        ("SELECT a b FROM t u", "SELECT a AS b FROM t AS u", True),
        ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t WHERE 1 < x", True),
        ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t WHERE x < 1", False),
        ("SELECT a FROM t WHERE x - 1 = 0", "SELECT a FROM t WHERE 1 - x = 0", False),
        ("SELECT a FROM t WHERE x = 'A'", "SELECT a FROM t WHERE x = 'a'", False),
        ("SELECT a FROM t WHERE p OR q AND r", "SELECT a FROM t WHERE (p OR q) AND r", False),
        ("SELECT a, b FROM t", "SELECT b, a FROM t", False),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t", False),
        ("SELECT a FROM t LIMIT 5", "SELECT a FROM t LIMIT 6", False),
        ("SELECT a FROM t; SELECT 1", "SELECT a FROM t", False),
    ],
)
def test_without_a_database_trees_are_compared(reply, target, right):
    assert by_tree(reply, target).value == right


@pytest.mark.parametrize(
    "reply",
    [
        "(" * 400,
        "SELECT " + "NOT " * 2_000 + "1",
        "SELECT " + "CASE WHEN 1 THEN " * 400,
        "SELECT 1 +" * 2_000,
        "\x00",
        "no",
        "",
    ],
    ids=lambda reply: reply[:12],
)
def test_hostile_text_has_no_tree_that_is_the_targets(reply):
    assert by_tree(reply, "SELECT a FROM t").value == 0


def test_a_query_cannot_take_more_memory_than_a_result_is_worth(folder):
    rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40) SELECT {} FROM c"
    assert (
        query_rows(folder / "shop.sqlite", rows.format("printf('%.*c', 100000, 'x')")) is None
    )  # 4 million characters
    assert len(query_rows(folder / "shop.sqlite", rows.format("printf('%.*c', 10000, 'x')"))) == 40
