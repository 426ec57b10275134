"""Files of records: what is opened, and that a broken one is named in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks import record_files
from curvefit.tasks.examples import read_rows
from curvefit.tasks.record_files import read_record_file

GOOD = '{"input": "a", "output": "b"}'


def pairs(path):
    return [(row.input, row.target) for row in read_rows(path).rows]


def fault(path):
    """What is wrong with a file, in one line; None where there is nothing to say."""
    try:
        read_rows(path)
    except InputError as error:
        (line,) = str(error).splitlines()
        return line
    return None


def test_a_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm(write):
    lines = b'\xef\xbb\xbf{"input": "a", "output": "b"}\r\n\r\n{"input": "c", "output": "d"}\r\n'
    assert pairs(write("a.jsonl", lines)) == [("a", "b"), ("c", "d")]
    assert pairs(write("a.csv", b"\xef\xbb\xbfinput,output\r\n\r\na,b\r\nc,d\r\n")) == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize("odd", ["\u2028", "\x0b", "\x0c", "\x85", "\x1c"])
def test_only_a_line_feed_ends_a_line(write, odd):
    text = f"one{odd}two"
    assert pairs(write("a.jsonl", json.dumps({"input": text, "output": "x"}, ensure_ascii=False))) == [(text, "x")]
    assert pairs(write("a.csv", f"input,output\n{text},x\n")) == [(text, "x")]


def test_a_csv_cell_may_span_lines_and_its_example_is_named_after_the_first(write):
    rows = read_rows(write("a.csv", 'input,output\n"one\ntwo",x\nthree,y\n')).rows
    assert [(row.line, row.input) for row in rows] == [(2, "one\ntwo"), (4, "three")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "input;output\na, or b;x\nc;y\n"),
        ("a.csv", "input\toutput\na, or b\tx\nc\ty\n"),
        ("a.tsv", "input\toutput\na, or b\tx\nc\ty\n"),
    ],
)
def test_a_table_may_have_semicolons_or_tabs(write, name, text):
    assert pairs(write(name, text)) == [("a, or b", "x"), ("c", "y")]


def test_quotes_in_a_table_with_tabs_count_where_a_spreadsheet_wrote_them_and_are_signs_elsewhere(write):
    assert pairs(write("a.tsv", 'input\toutput\n"two\nlines"\tx\n')) == [("two\nlines", "x")]
    assert pairs(write("a.tsv", 'input\toutput\n"Help" he said\tx\n"So\ty\n')) == [
        ('"Help" he said', "x"),
        ('"So', "y"),
    ]


@pytest.mark.parametrize(
    "content",
    [[{"input": "a", "output": "b"}], {"data": [{"input": "a", "output": "b"}]}, {"input": "a", "output": "b"}],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_file_is_a_list_or_holds_one(write, content, indent):
    path = write("a.json", json.dumps(content, indent=indent))
    if isinstance(content, dict) and "data" not in content:
        assert "holds no list of examples" in fault(path)
    else:
        assert pairs(path) == [("a", "b")]


def test_what_stands_beside_the_list_of_a_json_file_is_named(write):
    examples = read_rows(write("a.json", json.dumps({"instruction": "Say b.", "data": [json.loads(GOOD)]})))
    assert examples.notes == ("not used, since it stands beside the list 'data': instruction",)


def test_lines_of_json_are_read_by_the_name_of_json_too(write):
    assert pairs(write("a.json", f"{GOOD}\n{GOOD}\n")) == [("a", "b"), ("a", "b")]


def test_an_entry_of_a_list_is_named_by_its_number(write):
    rows = [{"input": "a", "output": "b"}] * 3 + [{"input": "c"}] * 2
    assert fault(write("a.json", json.dumps(rows))).split(" ", 1)[1].startswith("entry 4: output: missing")
    assert read_rows(write("b.json", json.dumps(rows[:1]))).rows[0].id == "entry-1"


def test_a_parquet_file_is_read_like_the_lines_of_its_rows(write):
    arrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pyarrow.parquet as parquet

    records = [
        {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}], "tools": None}
        for n in range(3)
    ]
    path = write("a.parquet", b"")
    parquet.write_table(arrow.Table.from_pylist(records), path)
    assert pairs(path) == pairs(write("a.jsonl", records)) == [("q0", "a0"), ("q1", "a1"), ("q2", "a2")]
    assert read_rows(path).rows[0].id == "row-1"


@pytest.fixture
def parquet_of(write):
    """Return what writes columns of Parquet: `parquet_of([(name, values, type), ...])`."""
    arrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pyarrow.parquet as parquet

    def written(*columns):
        names, arrays = zip(*((name, arrow.array(values, kind)) for name, values, kind in columns), strict=True)
        path = write("a.parquet", b"")
        parquet.write_table(arrow.Table.from_arrays(list(arrays), list(names)), path)
        return path

    written.types = arrow
    return written


def test_times_of_parquet_are_text_however_fine_and_far_off_they_are(parquet_of):
    types = parquet_of.types
    kinds = [
        types.timestamp("ns"), types.timestamp("us"), types.date32(), types.duration("ns"), types.time64("ns"),
    ]  # fmt: skip
    asked = ["input", *(f"input_{i}" for i in range(1, len(kinds)))]
    path = parquet_of(
        *((name, [10**7], kind) for name, kind in zip(asked, kinds, strict=True)), ("output", ["x"], None)
    )
    assert pairs(path) == [("1970-01-01 00:00:00.010000000", "x")]
    [(_, record)] = read_record_file(path).records
    assert record["input_2"] == "29349-01-26"
    assert all(isinstance(value, str) for value in record.values())


def test_targets_that_a_library_took_for_times_are_told_and_dates_are_not(parquet_of):
    types = parquet_of.types
    asked, days = ("input", ["letter 1"], None), [10**4]
    guessed = read_rows(parquet_of(asked, ("output", days, types.timestamp("s"))))
    assert guessed.rows[0].target == "1970-01-01 02:46:40.000"
    assert [note.rpartition(": ")[2].partition(";")[0] for note in guessed.notes] == ["output"]
    assert read_rows(parquet_of(asked, ("output", days, types.date32()))).notes == ()


@pytest.mark.parametrize("kind", ["text", "nested"])
def test_what_python_cannot_hold_of_a_parquet_file_is_named_by_its_column(parquet_of, kind):
    types = parquet_of.types
    odd = {
        "text": (types.array([b"\xff"]).view(types.string()), None),
        "nested": ([[1]], types.list_(types.timestamp("ns"))),
    }
    path = parquet_of(("input", ["a"], None), ("output", ["b"], None), ("at", *odd[kind]))
    assert "a.parquet: at: cannot be read: " in fault(path)


def test_two_columns_of_one_name_are_refused_in_parquet_as_in_csv(parquet_of, write):
    path = parquet_of(("input", ["a"], None), ("output", ["b"], None), ("output", ["c"], None))
    assert fault(path).endswith("output: stands twice among the columns")
    assert "output: stands twice in the header" in fault(write("a.csv", "input,output,output\na,b,c\n"))


def test_the_text_of_a_parquet_file_is_counted_unpacked(parquet_of, monkeypatch):
    monkeypatch.setattr(record_files, "_LARGEST", 2000)
    types = parquet_of.types
    one_for_all = types.DictionaryArray.from_arrays(types.array([0] * 50), types.array(["x" * 100]))
    nested = ("more", [{"a": ["y" * 10]}] * 50, None)
    fits = parquet_of(("input", list(map(str, range(50))), None), ("output", ["b"] * 50, None), nested)
    assert len(pairs(fits)) == 50
    path = parquet_of(("input", one_for_all, None), ("output", ["b"] * 50, None))
    assert "unpacks to more than 0 MiB of text" in fault(path)


def test_a_table_may_say_in_its_first_line_what_stands_between_cells(write):
    path = write("a.csv", "sep=;\r\ninput;output\r\na, or b;x\r\n")
    assert pairs(path) == [("a, or b", "x")]
    assert read_rows(path).rows[0].line == 3


def test_a_broken_parquet_file_is_named_in_one_line(write):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    assert "no valid Parquet" in fault(write("a.parquet", b"PAR1 and then nothing"))


def test_without_its_library_a_parquet_file_says_what_to_install(write, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert "run: pip install 'curvefit[parquet]'" in fault(write("a.parquet", b"PAR1"))


texts = st.text(min_size=1).filter(lambda text: text.strip() and not any("\ud800" <= c <= "\udfff" for c in text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_any_text_survives_a_jsonl_file(write, examples):
    path = write("a.jsonl", [{"input": a, "output": b} for a, b in examples])
    assert pairs(path) == examples


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=200))
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.json"])
def test_any_bytes_give_rows_or_one_line_that_names_the_file(write, name, content):
    path = write(name, content)
    assert fault(path) is None or fault(path).startswith(f"{path}:")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("input,output,input\na,b,c\n", 1, "input: stands twice in the header"),
        ('input,output\na,b\n"never closed,d\ne,f\n', 3, "no valid CSV"),
        ("a,b\nc,d\n", 2, "input: missing, and so is output; the line has a, b; .* a first line input,output"),
        ("input,output\na,b,c\na,b,c\n", 2, "more cells than the header"),
        ("input,output\na\nc\n", 2, "output: missing"),
    ],
)
def test_a_fault_in_a_csv_is_told_with_its_line(write, text, line, message):
    path = write("a.csv", text)
    with pytest.raises(InputError, match=message) as caught:
        read_rows(path)
    assert caught.value.line == line


ROWS = [(f"question {n}", "yes" if n % 2 else "no") for n in range(60)]
WRITTEN = {
    "a.jsonl": [json.dumps({"input": text, "output": said}) for text, said in ROWS],
    "a.csv": ["input,output", *(f'"{text}",{said}' for text, said in ROWS)],
    "a.tsv": ["input\toutput", *(f'"{text}"\t{said}' for text, said in ROWS)],
}


@pytest.mark.parametrize("name", WRITTEN)
def test_one_line_that_is_not_utf8_is_left_out_and_named(write, name):
    lines = [line.encode() for line in WRITTEN[name]]
    lines[10] = lines[10].replace(b"question", b"caf\xe9 question")
    examples = read_rows(write(name, b"\n".join(lines)))
    left = 10 - name.endswith("sv")
    assert [(row.input, row.target) for row in examples.rows] == [*ROWS[:left], *ROWS[left + 1 :]], "quotes and all"
    assert examples.notes[0].endswith("line 11: is not UTF-8; save it as UTF-8")
    many = [line.replace(b"question", b"caf\xe9 question") for line in lines]
    with pytest.raises(InputError, match=rf"{name}:\d+: is not UTF-8; save it as UTF-8"):
        read_rows(write(name, b"\n".join(many)))


def test_a_header_that_is_not_utf8_is_told(write):
    with pytest.raises(InputError, match=r"a.csv:1: is not UTF-8"):
        read_rows(write("a.csv", b"input,output,caf\xe9\na,b,c\n"))


def test_a_list_that_is_not_utf8_is_told_with_its_line(write):
    with pytest.raises(InputError, match=r"a.json:2: is not UTF-8"):
        read_rows(write("a.json", b"[" + GOOD.encode() + b',\n{"input": "caf\xe9", "output": "x"}]'))


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", ""), ("a.csv", "\n\n"), ("a.csv", "input,output\n"), ("a.json", "[]")]
)
def test_a_file_without_examples_is_told(write, name, content):
    with pytest.raises(InputError, match="holds no examples"):
        read_rows(write(name, content))


def test_a_list_in_a_file_of_lines_is_told_how_to_be_named(write):
    with pytest.raises(InputError, match=r"name a file with one list \.json"):
        read_rows(write("a.jsonl", '[\n{"input": "a", "output": "b"}\n]'))


def test_other_kinds_of_file_are_told_which_are_read(write):
    with pytest.raises(InputError, match=r"is none of \.jsonl, \.ndjson, \.json, \.csv, \.tsv, \.parquet"):
        read_rows(write("a.xlsx", b"PK"))
