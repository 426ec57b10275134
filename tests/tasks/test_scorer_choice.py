"""What is guessed where nothing is given."""

from __future__ import annotations

import pytest

from curvefit.tasks.scorer_choice import guess, label_instruction, usual_labels


@pytest.mark.parametrize(
    ("targets", "kind", "scorer"),
    [
        (['{"a": 1}', "{}"], "structured", "json"),
        (['{"a": 1}'] * 50 + ['{"a": 2}'] * 50, "structured", "json"),
        (["yes", "no"] * 5, "classification", "label"),
        (["1", "2", "3"] * 5, "classification", "label"),
        (["17", "-4.5", "1,200", "1e3"], "qa", "number"),
        (["yes", "no", "maybe"], "generation", "normalized"),  # three answers, not three labels
        (["yes", "Yes"] * 10, "generation", "normalized"),  # labels that one could not tell apart
        (["yes"] * 20, "generation", "normalized"),
        (["x" * 61, "y"] * 10, "generation", "normalized"),
        (["a\nb", "c"] * 10, "generation", "normalized"),
        (["NaN", "1"], "generation", "normalized"),
        (["[1]", '{"a": 1}'], "structured", "json"),
        (['[{"a": 1}]', '[{"a": 2}, {"a": 3}]'], "structured", "json"),
        (['{"a": 1}\n{"a": 2}', '{"a": 3}'], "structured", "json"),
        (['{"a": 1}'] * 6 + ['{\n"a": 1,\n}'], "structured", "json"),  # a slip in one does not make all of them text
        (['{"a": 1}'] * 6 + ["none"] * 4, "structured", "json"),  # most are, and the rest are plain answers
        (['{"a": 1}'] * 5 + ["nobody", "no, thanks", "nothing", "nil", "no"], "generation", "normalized"),
        (['{"a": 1}'] * 6 + ["a text\nof two lines"] * 4, "generation", "normalized"),
        ([f'["name {i}", "name {i + 1}"]' for i in range(20)], "structured", "json"),  # names, no vocabulary
        (['{"a": NaN, "b": {}}'], "generation", "normalized"),
        ([str(i) for i in range(201)] * 5, "qa", "number"),
        (["find . -type f", "ls"], "code", "code"),
        (["select name from pet where age > 3", "SELECT a FROM b"], "code", "code"),
        (["def f(x):\n    return x", "for x in y:\n    print(x)"], "code", "code"),
        ([r"^\d{3}-\d{4}$", r"[a-z]+@[a-z]+\.com", r"\bfoo\b"], "code", "code"),
        (["find . -size +100M", "ifconfig eth0 | grep inet", "mount -L WHITE /mnt"], "code", "code"),
        (["( [ <LET> ] ) * & . * ( [ <NUM> ] )", ". * ( <M0> ) | ( [ <LET> ] )"], "code", "code"),
        (["get_weather(city='Oslo')", "get_time(zone='UTC')", "now()"], "code", "call"),
        (["get_weather(city='Oslo')", "df.head(5)"], "code", "code"),  # letters decide where names of arguments do not
        (['{"name": "f", "arguments": "{\\"a\\": 1}"}', '{"name": "g", "arguments": {}}'], "structured", "call"),
        (['[{"name": "f", "arguments": {}}]', '{"name": "g", "parameters": {"a": 1}}'], "structured", "call"),
        (['{"name": "f", "arguments": {}}', '{"name": "g", "arguments": "soon"}'], "structured", "json"),
        (['{"name": "f", "arguments": {}, "reason": "r"}'] * 3, "structured", "json"),  # of which a call is a part
        (['{"name": "Ann", "total": 3}'] * 3, "structured", "json"),
        ([*[f"f(a={n})" for n in range(9)], "f(from='Oslo')"], "code", "call"),
        (["$2.50", "-$3", "$ 4.10", "$-.99"], "generation", "normalized"),
        (["Find the cat - in the house.", "Make me a cake.", "Cut the price"], "generation", "normalized"),
        (["Steps:\n  - go there\n  - come back", "Steps:\n  1. stay"], "generation", "normalized"),
        (["[NAME] called [PHONE]", "Hi [NAME], ok"], "generation", "normalized"),
        (["refund, billing", "billing", "shipping, refund"] * 5, "classification", "labels"),
        (["a; b", "b; a", "c"] * 5, "classification", "labels"),
        (['["a", "b"]', '["b"]', '["c", "a"]'] * 5, "classification", "labels"),
        (["red, blue, green", "blue, red, green"] * 9, "classification", "label"),  # the same three in order: a ranking
        (["Yes, of course", "No, never"] * 9, "classification", "label"),  # nothing that two answers share
        ([f"city {i}, land {i % 5}" for i in range(60)], "generation", "normalized"),
        (["1, 2", "3, 4", "2, 3"] * 3, "generation", "normalized"),
    ],
)
def test_targets_decide_kind_and_scorer(targets, kind, scorer):
    assert (guess(targets).kind, guess(targets).scorer) == (kind, scorer)


@pytest.mark.parametrize(
    ("targets", "spec"),
    [
        (["12,50", "99,00", "1.234,00"], {"type": "number", "decimal": "comma"}),
        (["12.50", "1,234.00"], "number"),
        (["12,50", "12.75"], "number"),  # each says by itself how it is to be read
        (["3.0", "2.75"], "number"),
        (["-5", "\u22127"], "number"),
        (["1,00,000", "12,34,567"], "number"),
        (["1 234", "12 345 678"], "number"),
        (["12,50", "1.75", "1.234"], "normalized"),  # which mark is the last one's?
        (["2024-05-06", "2023-01-02"], "normalized"),
        (["10:30", "9:15"], "normalized"),
        (["3.9", "3.10"], "normalized"),  # versions: as numbers, 3.10 is 3.1
        (["1.2.3", "1.2.4"], "normalized"),
        (["007", "012"], "normalized"),
        (["+49 30 1234", "+49 40 555"], "normalized"),
        (["555-1234", "555-9876"], "normalized"),
        (["5 kg", "6 g"], "normalized"),
        (["1,2,3", "4,5,6"], "normalized"),
    ],
)
def test_targets_are_numbers_only_where_the_number_is_all_that_is_written(targets, spec):
    assert guess(targets).spec == spec


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (['{"a": 1}'], "a JSON object"),
        (['[{"a": 1}]'], "a JSON list"),
        (['{"a": 1}', "[]"], "JSON"),
        (["a, b", "b, c"] * 5, "all labels that fit, parted by commas, of these: a, b, c"),
        (['["b", "a"]', '["B"]', '["b"]'] * 5, "a JSON list of all labels that fit, of these: a, b"),
        ([f"a{n}, a{n + 1}" for n in range(40)] * 5, "all labels that fit, parted by commas"),
        (["ls -l"], "the code alone"),
    ],
)
def test_the_instruction_says_what_form_the_answer_has(targets, words):
    assert guess(targets).instruction == f"Answer with {words}."


def test_what_to_answer_where_no_label_fits_is_said_where_that_happens():
    """Seen: 19% of the targets were [], and a model that was told nothing of that said none, which was wrong."""
    told = guess(['["b", "a"]', '["b"]', "[]"] * 5).instruction
    assert told == "Answer with a JSON list of all labels that fit, of these: a, b. Where none fits, answer []."


@pytest.mark.parametrize(
    ("targets", "respelled"),
    [
        ([*["bug", "billing", "how-to"] * 30, "Bug"], {"Bug": "bug"}),
        ([*["bug", "billing"] * 30, " billing", "bug.", "Bug"], {" billing": "billing", "bug.": "bug", "Bug": "bug"}),
        ([" yes", " no"] * 30, {}),  # as older trainers want them
        (["yes", "Yes"] * 10, {}),  # one answer to everything either way
        ([f"find {i}" for i in range(60)], {}),
        (["ls -a", "ls -A", "ls -l"] * 20, {}),  # two commands
        (["12", "12 ", "7"] * 20, {"12 ": "12"}),
    ],
)
def test_spellings_of_one_label_become_the_commonest(targets, respelled):
    assert {was: usual for was, usual in usual_labels(targets).items() if was != usual} == respelled


def test_few_labels_are_named_in_the_instruction_and_many_are_not():
    assert label_instruction(("no", "yes")) == "Answer with one of: no, yes."
    assert "l7" not in label_instruction([f"l{i}" for i in range(31)])
