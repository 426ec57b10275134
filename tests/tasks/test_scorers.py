"""Scorers: laws that hold for all of them, then what each credits, what not, and what it cannot read."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks.json_reply import find_json, json_fault
from curvefit.tasks.scorers import SCORERS, make_scorer
from curvefit.tasks.task import Item, Score
from curvefit.tasks.text_reply import normalize, words

LABELS = ("B5", "K2", "Q7-north", "C++")
SPECS = [
    *(name for name in SCORERS if name not in ("regex", "rouge")),
    {"type": "json", "credit": "fields"},
    {"type": "regex", "pattern": r"answer is (\w+)"},
    {"type": "rouge", "variant": "rouge1"},
    "rouge",
]


def scorer(spec):
    if "rouge" in str(spec):
        pytest.importorskip("rouge_score", reason="the extra 'rouge' is not installed")
    if spec == "sql":
        pytest.importorskip("sqlglot", reason="the extra 'sql' is not installed")
    return make_scorer(spec, LABELS)


def judged(spec, reply, target) -> Score:
    return scorer(spec)(reply, Item("i", "question", target))


every_scorer = pytest.mark.parametrize("spec", SPECS, ids=str)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
replies = st.text() | json_values.map(json.dumps) | st.sampled_from(LABELS) | st.floats().map(str)


@every_scorer
@given(reply=replies, target=replies)
def test_every_reply_gets_the_same_score_in_0_to_1_twice_none_if_it_cannot_be_read_and_an_answer_to_store(
    spec, reply, target
):
    first, second = judged(spec, reply, target), judged(spec, reply, target)
    assert first == second
    assert 0.0 <= first.value <= 1.0
    if first.answer is None:
        assert first.value == 0.0 or not target.strip()
    elif reply.isascii():  # a reply as it arrives; what its escapes stand for is the scorer's affair
        assert first.answer.encode("utf-8").decode() == first.answer


@every_scorer
@pytest.mark.parametrize("reply", ["", " \n\t "])
def test_an_empty_reply_is_unreadable_and_not_wrong(spec, reply):
    assert judged(spec, reply, "B5") == Score(0.0, None)


TARGETS = {
    "label": "K2", "number": "-1,234.50", "f1": "a b b",
    "json": '{"a": [1, {"b": null}]}', "sql": "SELECT a, b FROM t", "regex": "so the answer is 42",
}  # fmt: skip


@every_scorer
def test_a_reply_that_is_the_target_gets_full_credit(spec):
    target = TARGETS.get(spec if isinstance(spec, str) else spec["type"], "Some words, 7")
    score = judged(spec, target, target)
    assert score.value == 1.0
    assert score.answer is not None


HOSTILE = {
    "long": "word 7 " * 150_000,
    "digits": "9" * 1_000_000,
    "brackets": "[" * 1_000_000,
    "braces": '{"a":' * 200_000,
    "closed": "[" * 50_000 + "]" * 50_000,
    "fences": "```\n" * 250_000,
    "quotes": '"' * 1_000_000,
    "commas": "1," * 500_000,
    "exponent": "1e" + "9" * 100_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "surrogate": "\ud800",
    "nul": "\x00" * 1_000,
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("spec", [spec for spec in SPECS if "rouge" not in str(spec)], ids=str)
@pytest.mark.timeout(200)  # what backtracks takes years: no pace of a machine comes between
def test_a_hostile_reply_is_judged_all_the_same(spec, reply):
    assert judged(spec, reply, TARGETS.get(spec if isinstance(spec, str) else spec["type"], "K2")).value < 1.0


@pytest.mark.parametrize(
    ("spec", "reply", "target", "value", "answer"),
    [
        ("exact", " ls -l\n", "ls -l", 1, "ls -l"),
        ("exact", "LS -l", "ls -l", 0, "LS -l"),
        ("normalized", '"Port  Louis."', "port louis", 1, "port louis"),
        ("normalized", "ＡＢＣ", "abc", 1, "abc"),
        ("normalized", "cafe\u0301", "caf\u00e9", 1, "caf\u00e9"),
        ("normalized", "-5", "5", 0, "-5"),
        ("normalized", ".5", "5", 0, ".5"),
        ("normalized", "...", "?", 0, None),
        ("contains", "It is PARIS, I think", "Paris", 1, "it is paris, i think"),
        ("contains", "comparison", "Paris", 0, "comparison"),
        ("contains", "答えは東京です", "東京", 1, "答えは東京です"),
        ("contains", "call f(x) twice", "f(", 1, "call f(x) twice"),
        ("contains", "C++ it is", "C++", 1, "c++ it is"),
        ("number", "2 + 2 = 4", "4", 1, "4"),
        ("number", "so $1,234.50.", "1234.5", 1, "1234.50"),
        ("number", "between 10-5", "5", 1, "5"),
        ("number", "-5", "5", 0, "-5"),
        ("number", "minus: −5", "-5", 1, "-5"),
        ("number", "1,5", "15", 0, "1.5"),
        ("number", "99,50", "12,50", 0, "99.50"),
        ("number", "12.50", "12,50", 1, "12.50"),
        ("number", "1.234,50 Euro", "1234,5", 1, "1234.50"),
        ("number", "1.234", "1234", 0, "1.234"),
        ({"type": "number", "decimal": "comma"}, "1.234", "1234", 1, "1234"),
        ({"type": "number", "decimal": "comma"}, "1,234", "1234", 0, "1.234"),
        ({"type": "number", "decimal": "comma"}, "12.50", "12,50", 1, "12.50"),
        ("number", "₹1,00,000", "100000", 1, "100000"),
        ("number", "12,34,567", "567", 0, "1234567"),
        ("number", "1 234 567", "1234567", 1, "1234567"),
        ("number", "1 234,50 €", "1234.5", 1, "1234.50"),
        ("number", "1\u202f234,50 €", "1234.5", 1, "1234.50"),
        ("number", "add 5 100 times", "100", 1, "100"),  # no thousands where words stand around
        ("number", "1'234", "1234", 1, "1234"),
        ("number", "-$5", "$5", 0, "-5"),
        ("number", "–5", "-5", 1, "-5"),
        ("number", "3–5", "-5", 0, "5"),
        ("number", "1,2,3", "3", 1, "3"),
        ("number", "1.2.3", "3", 0, None),  # a version is no number
        ("number", "10.0.0.1", "1", 0, None),
        ("number", "٣٫٥", "3.5", 1, "٣.٥"),
        ("number", "0.1", "0.10", 1, "0.1"),
        ("number", "10000000000000000000000001", "10000000000000000000000000", 0, "10000000000000000000000001"),
        ("number", "1e3", "#### 1000", 1, "1e3"),
        ("number", "1e99999999999999999999", "1e99999999999999999999", 1, "1e99999999999999999999"),
        ("number", "٣", "3", 1, "٣"),
        ("number", "five", "5", 0, None),
        ("number", "5", "five", 0, "5"),
        ("label", "k2", "K2", 1, "K2"),
        ("label", " **K2**.\nBecause it is about signing in.", "K2", 1, "K2"),
        ("label", "c++", "C++", 1, "C++"),
        ("label", "Q7", "Q7-north", 0, None),
        ("label", "It is K2", "K2", 0, None),
        ("label", "K2, B5", "K2", 0, None),
        ("label", "B5", "K2", 0, "B5"),
        ("f1", "the cat sat", "The cat!", 0.8, "the cat sat"),
        ("f1", "a a", "a", 2 / 3, "a a"),
        ("labels", "refund, billing", "billing, refund", 1, "billing, refund"),
        ("labels", "- Billing\n- refund", "refund; billing", 1, "billing, refund"),
        ("labels", '```json\n["refund", "billing"]\n```', "billing|refund", 1, "billing, refund"),
        ("labels", "refund、billing。", "billing, refund", 1, "billing, refund"),
        ("labels", "refund", "billing, refund", 0, "refund"),
        ("labels", "refund, billing, shipping", "billing, refund", 0, "billing, refund, shipping"),
        ("labels", "[]", "[]", 1, "[]"),
        ("labels", " , ", "[]", 0, None),
        ("code", "```sql\nSELECT a\n  FROM t\n```", "SELECT a\n  FROM t", 1, "SELECT a\n  FROM t"),
        ("code", "Here it is:\n```\nls -l\n```\nAnything else?", "ls -l", 1, "ls -l"),
        ("code", "`ls -l`", "ls -l", 1, "ls -l"),
        ("code", "ls -L", "ls -l", 0, "ls -L"),
        ("code", "ls  -l", "ls -l", 0, "ls  -l"),
        ("code", "f(x", "f(x)", 0, "f(x"),
        ("code", "[a-z]+", "[a-z]", 0, "[a-z]+"),
        ("code", "if a:  \r\n    b\r\n", "if a:\n    b", 1, "if a:\n    b"),
        ("code", "if a:\n    b\nc", "if a:\n    b\n    c", 0, "if a:\n    b\nc"),
        ("code", "a = 1\nb = 2", "    a = 1\n    b = 2", 1, "a = 1\nb = 2"),
        ("code", "a = 1\n    b = 2", "    a = 1\n    b = 2", 1, "a = 1\n    b = 2"),
        ("code", "```\nls\n```", "```\nls\n```", 1, "```\nls\n```"),
        ("code", "``` \n```", "ls", 0, None),
        ("f1", "dog", "cat", 0, "dog"),
        ("f1", "?!", "cat", 0, None),
        ({"type": "regex", "pattern": r"#### (-?\d+)"}, "so\n#### 12", "12", 1, "12"),
        ({"type": "regex", "pattern": r"#### (-?\d+)"}, "so\n#### 12", "steps\n#### 12", 1, "12"),
        ({"type": "regex", "pattern": r"#### (-?\d+)"}, "12", "12", 0, None),
        ({"type": "regex", "pattern": r"\d+"}, "7 or 8", "8", 0, "7"),
        ({"type": "regex", "pattern": r"(a)|b"}, "b", "b", 0, None),
    ],
)
def test_a_scorer_credits_what_it_says(spec, reply, target, value, answer):
    score = judged(spec, reply, target)
    assert (score.value, score.answer) == (pytest.approx(value), answer)


@pytest.mark.parametrize(
    ("reply", "target", "exact", "fields"),
    [
        ('{"b": 2, "a": 1.0}', '{"a": 1, "b": 2}', 1, 1),
        ('Sure: ```json\n{"a": 1}\n``` Anything else?', '{"a": 1}', 1, 1),
        ('As {asked}: {"a": 1}!', '{"a": 1}', 1, 1),
        ('{"a": true}', '{"a": 1}', 0, 0),
        ('{"a": "1"}', '{"a": 1}', 0, 0),
        ('{"a": 1, "c": 3}', '{"a": 1, "b": 2}', 0, 0.5),
        ('{"a": 1, "b": 2}', '{"a": 1}', 0, 2 / 3),
        ('{"a": 1}', '{"a": 1, "b": 2}', 0, 2 / 3),
        ('{"a": ["y", "x"]}', '{"a": ["x", "y"]}', 0, 1),
        ('{"a": ["x", "x"]}', '{"a": ["x"]}', 0, 2 / 3),
        ('[{"n": 1, "v": 2}, {"n": 3, "v": 4}]', '[{"n": 1, "v": 4}, {"n": 3, "v": 2}]', 0, 0.5),
        ('{"a": {"b": {"c": 1}}}', '{"a": {"b": {"c": 1, "d": 2}}}', 0, 2 / 3),
        ("{}", "{}", 1, 1),
        ("{}", '{"a": 1}', 0, 0),
        ("null", "not JSON", 0, 0),
        ("None.", "none", 1, 1),  # a plain answer among JSON ones
        ('{"a": 1}', "none", 0, 0),
        ("[1]", "see [1]", 0, 0),
        ("see [1]", '{"a": 1}', 0, 0),
        ('[ {"b":2,"a":1} ]', '[{"a": 1, "b": 2}]', 1, 1),
        ('{"a": 1}\n{"b": 2}', '{"a":1}\n{"b":2}', 1, 1),  # JSON lines
        ('{"a": 1}', '{"a":1}\n{"b":2}', 0, 0),
        ('{"a": "cafe\u0301"}', '{"a": "caf\u00e9"}', 1, 1),
        ('{"a": 5459.0}', '{"a": 5459}', 1, 1),
        ('{"a": 5459.0}', '{"a": "5459.00"}', 0, 0),
        ('{"a": 1, "b": null}', '{"a": 1}', 0, 2 / 3),
        ('{"a": "x  y", "b": 1}', '{"a": "x y", "b": 1}', 0, 0.5),
        ("7", "7", 1, 1),
    ],
)
def test_json_is_credited_whole_or_by_its_fields(reply, target, exact, fields):
    assert judged("json", reply, target).value == exact
    assert judged({"type": "json", "credit": "fields"}, reply, target).value == pytest.approx(fields)
    assert judged("json", reply, target).answer is not None


@pytest.mark.parametrize("reply", ["", "none", "{a: 1}", '{"a": NaN}', '{"a": 1', "12 apples", "1" * 5_000])
def test_a_reply_without_json_is_unreadable(reply):
    assert judged("json", reply, '{"a": 1}') == Score(0.0, None)


@given(json_values, json_values)
def test_credit_by_field_is_symmetric_and_full_just_for_equal_values_without_lists(one, other):
    there, back = (
        judged({"type": "json", "credit": "fields"}, json.dumps(a), json.dumps(b)).value
        for a, b in ((one, other), (other, one))
    )
    assert there == back
    if "[" not in json.dumps([one, other])[1:-1]:
        assert (there == 1.0) == (judged("json", json.dumps(one), json.dumps(other)).value == 1.0)


@pytest.mark.parametrize("before", ["", "Sure, here it is:\n", "```json\n"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_no_part_of_json_that_was_cut_off_is_an_answer(before, indent, ensure_ascii):
    """Seen: the last whole list inside counted, so that 21% of all places to cut at gave a readable reply."""
    value = {"name": 'Zoë "x"', "of": ["iron", "to\\aster"], "in": {"b": 1, "c": [{"d": None, "e": -2.5e-3}, True]}}
    whole = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)
    assert find_json(before + whole) == (True, value)
    assert [end for end in range(len(whole)) if find_json(before + whole[:end])[0]] == []
    assert {json_fault(whole[:end]) for end in range(2, len(whole))} == {"cut off"}


@pytest.mark.parametrize(
    "text",
    [
        'I used { as a brace: {"a": 1}',
        '[Note] {"a": 1}',
        'See [1, 2 and {"a": 1}',
        'Use {name}, then {"a": 1}',
        '["not closed\n {"a": 1}',
        '{"a": 1} and then {"b": ',
        '{n: {"a": 1}}',
    ],
)
def test_brackets_in_prose_hide_no_json(text):
    assert find_json(text) == (True, {"a": 1})


def test_an_answer_from_json_holds_no_half_character():
    assert judged("json", '{"a": "\\ud800"}', "{}").answer == '{"a": "\\ud800"}'


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(), st.sampled_from([" {} ", '"{}"', "({})", "{}.", "`{}`", "{}!?"]))
def test_normalizing_puts_aside_what_stands_around_a_text(text, frame):
    assert normalize(frame.format(text)) == normalize(text)


@given(st.text(), st.text())
def test_f1_is_symmetric(one, other):
    assume(judged("f1", one, "x").answer and judged("f1", other, "x").answer)
    assert judged("f1", one, other).value == judged("f1", other, one).value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.text(alphabet="abc :=$€\n"))
def test_number_reads_the_number_at_the_end_of_any_reasoning(value, reasoning):
    assert judged("number", f"{reasoning} {value:f}", f"{value:,f}").value == 1.0


def test_rouge_is_what_its_library_says():
    # rouge-score 0.1.2: RougeScorer(["rouge1", "rougeL"]).score("the cat sat on the mat", "the cat lay on a mat")
    reply, target = "the cat lay on a mat", "the cat sat on the mat"
    assert judged({"type": "rouge", "variant": "rouge1"}, reply, target).value == pytest.approx(4 / 6)
    assert judged({"type": "rouge", "variant": "rouge2"}, reply, target).value == pytest.approx(1 / 5)
    assert judged("rouge", reply, target).value == pytest.approx(4 / 6)
    assert judged("rouge", "?!", target) == Score(0.0, None)


@given(st.text(alphabet="aB9_ -.,'\n"), st.text(alphabet="aB9_ -.,'\n"))
def test_rouge_of_latin_letters_is_what_its_library_says_by_itself(reply, target):
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer", reason="the extra 'rouge' is not installed")
    plain = rouge_scorer.RougeScorer(["rougeL"]).score(target, reply)["rougeL"].fmeasure
    assert judged("rouge", reply, target).value == plain


# Of each script: a sentence, another that shares no word with it, and how a chat model dresses a word up.
SCRIPTS = {
    "Latin": ("the café is open", "we bought seven pears", "„Café“!"),
    "Cyrillic": ("кот спит у окна", "мы купили хлеб", "«Кот»!"),
    "Greek": ("η γάτα κοιμάται", "αγοράσαμε ψωμί", "«Η ΓΆΤΑ»;"),
    "Arabic": ("القطة تنام هنا", "اشترينا خبزا", "\u200f«القطة»؟"),
    "Hebrew": ("החתול ישן כאן", "קנינו לחם", "״החתול״׃"),
    "Devanagari": ("बिल्ली सो रही है", "हमने रोटी खरीदी", "“बिल्ली”।"),
    "Thai": ("แมวนอนข้างหน้าต่าง", "เราซื้อขนมปัง", "“แมว”\u200b"),
    "Chinese": ("今天天气很好", "我们买了面包", "「今天」。"),
    "Japanese": ("猫は窓辺で眠る", "パンを買った", "『猫』。"),
    "Korean": ("고양이가 잔다", "우리는 빵을 샀다", "‹고양이›!"),
}
BARE = {
    "Latin": "café", "Cyrillic": "кот", "Greek": "η γάτα", "Arabic": "القطة", "Hebrew": "החתול", "Devanagari": "बिल्ली",
    "Thai": "แมว", "Chinese": "今天", "Japanese": "猫", "Korean": "고양이",
}  # fmt: skip
in_every_script = pytest.mark.parametrize("script", SCRIPTS)


@in_every_script
@pytest.mark.parametrize("spec", ["exact", "normalized", "labels", "contains", "code", "f1", "rouge"])
def test_the_same_text_is_right_and_another_is_not_in_every_script(spec, script):
    same, other, _ = SCRIPTS[script]
    for form in ("NFC", "NFD"):
        if form == "NFC" or spec not in ("exact", "code"):
            assert judged(spec, unicodedata.normalize(form, same), same).value == 1.0
    assert judged(spec, other, same).value == 0.0


@in_every_script
@pytest.mark.parametrize("spec", ["normalized", "label", "labels", "f1", "rouge", "contains"])
def test_punctuation_quotes_and_unseen_marks_around_a_word_do_not_count_in_any_script(spec, script):
    if spec == "rouge":
        pytest.importorskip("rouge_score", reason="the extra 'rouge' is not installed")
    judge = make_scorer(spec, (BARE[script], "another"))
    assert judge(SCRIPTS[script][2], Item("i", "question", BARE[script])).value == 1.0


@in_every_script
@pytest.mark.parametrize("spec", ["f1", "rouge"])
def test_a_text_that_shares_words_is_partly_right_in_every_script(spec, script):
    same, other, _ = SCRIPTS[script]
    assert 0.2 < judged(spec, f"{same} {other}", same).value < 1.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("snake_case don't", ["snake_case", "don", "t"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("हिन्दी की", ["हिन्दी", "की"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("2024年5月", ["2024", "年", "5", "月"]),
        ("コーヒー", ["コー", "ーヒ", "ヒー"]),
        ("แมว", ["แม", "มว"]),
        ("น้ำ", ["น้ำ"]),
    ],
)
def test_words_are_those_of_each_script(text, found):
    assert words(text) == [unicodedata.normalize("NFKC", word) for word in found]


def test_flags_that_differ_in_unseen_characters_stay_apart():
    england, scotland = (
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in name) + "\U000e007f" for name in ("gbeng", "gbsct")
    )
    assert judged("normalized", england, scotland).value == 0.0
    assert judged("normalized", "❤", "❤\ufe0f").value == 1.0


def test_without_its_library_rouge_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    with pytest.raises(InputError, match=r"pip install 'curvefit\[rouge\]'"):
        make_scorer("rouge")


def test_labels_that_no_reply_could_tell_apart_are_refused():
    with pytest.raises(InputError, match=r"'Yes' and 'yes\.' differ only in case or punctuation"):
        make_scorer("label", ("Yes", "yes."))


def test_a_label_of_punctuation_alone_can_be_read():
    assert make_scorer("label", ("?", "!"))("!", Item("i", "q", "!")) == Score(1.0, "!")


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(InputError, match="no regular expression") as caught:
        make_scorer({"type": "regex", "pattern": "(a"})
    assert caught.value.field == "scorer.pattern"


def test_an_unknown_scorer_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="did you mean 'normalized'"):
        make_scorer("normalised")


def test_a_pattern_that_takes_too_long_is_refused_with_the_text_it_took_long_on(monkeypatch):
    monkeypatch.setattr("curvefit.tasks.scorers._SECONDS", 0.05)
    judge = make_scorer({"type": "regex", "pattern": ".*.*.*.*[yz]"})
    with pytest.raises(InputError, match=r"scorer\.pattern: takes more than 0\.05 s on 'xxx.*; replies are kept"):
        judge("x" * 20_000, Item("i", "question", "z"))
    assert judge("abcz", Item("i", "question", "abcz")).value == 1


@pytest.mark.parametrize(
    ("reply", "value"), [("```\nbilling\n```", 1.0), ("```text\nreturns\n```", 0.0), ("It is\n```\nbilling\n```", 0.0)]
)
def test_a_fence_around_a_label_is_put_aside_and_words_before_it_are_not(reply, value):
    scorer = make_scorer("label", ("billing", "returns"))
    assert scorer(reply, Item("i", "q", "billing")).value == value
