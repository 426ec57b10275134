from __future__ import annotations

import math

import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores

NAN = math.nan
ITEMS = ("France", "Italy", "Japan", "Peru", "Kenya", "Norway")
# The provider knows a capital from a number of examples on, and gave an error on Norway at 2 shots.
SCORES = [[1, 0, 0, 0, 0, 0], [1, 0, 1, 1, 0, 0], [1, 1, 1, 1, 0, NAN], [1, 1, 1, 1, 1, 1]]


def rows(document):
    return document["results"]["results"]


def test_labels_of_prompts_say_shots_and_errors_are_missing(written):
    curve = read_scores(written / "promptfoo/labels.json")
    assert curve.shots.tolist() == [0, 1, 2, 4]
    assert curve.items == ITEMS
    for measured, expected in zip(curve.scores[:, 0], SCORES, strict=True):
        assert measured.tolist() == pytest.approx(expected, nan_ok=True)
    assert (curve.task, curve.model) == ("capitals", "capitals-model")


def test_a_variable_says_shots_and_the_examples_are_no_part_of_the_item(written):
    curve = read_scores(written / "promptfoo/vars.json")
    assert curve.shots.tolist() == [0, 2, 4]
    assert curve.items == ("France", "Italy", "Norway")
    for measured, expected in zip(curve.scores[:, 0], [[1, 0, 0], [1, 1, NAN], [1, 1, 1]], strict=True):
        assert measured.tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("label", "shots"),
    [("5-shot", 5), ("5 shots", 5), ("zero-shot", 0), ("One-Shot", 1), ("shots=12", 12), ("fewshot: 3", 3),
     ("prompts/8_shot.txt: {country}", 8)],
)  # fmt: skip
def test_labels_name_shots_in_the_ways_people_write_them(changed, label, shots):
    def relabel(document):
        document["results"]["results"] = [row for row in rows(document) if row["promptIdx"] == 0]
        prompt = document["results"]["prompts"][0]
        prompt["label"] = label.format(country=prompt["raw"])

    assert read_scores(changed("promptfoo/labels.json", relabel)).shots.tolist() == [shots]


@pytest.mark.parametrize("label", ["mixed", "grapeshots 5", "hotshot5", None])
def test_without_a_number_of_shots_the_error_says_where_to_give_it(changed, label):
    def relabel(document):
        for prompt in document["results"]["prompts"]:
            prompt["label"] = label or prompt["raw"]

    message = r"labels\.json: results.results.0.vars.shots: is missing.* variable called shots.* label such as 5-shot"
    with pytest.raises(InputError, match=message):
        read_scores(changed("promptfoo/labels.json", relabel))


def test_a_prompt_without_a_label_is_not_searched_for_numbers(changed):
    def drinks(document):
        for prompt in document["results"]["prompts"]:
            prompt["raw"] = prompt["label"] = "Espresso: 2 shots. {{country}}:"

    with pytest.raises(InputError, match=r"vars.shots: is missing"):
        read_scores(changed("promptfoo/labels.json", drinks))


def test_metadata_of_a_test_may_say_shots(changed):
    def move(document):
        for row in rows(document):
            row["testCase"]["metadata"]["shots"] = row["vars"].pop("shots")

    assert read_scores(changed("promptfoo/vars.json", move)).shots.tolist() == [0, 2, 4]


def test_a_variable_draw_is_a_draw_and_repeats_are_not(changed):
    def second(document):
        document["results"]["results"] += [
            {**row, "score": 1, "failureReason": 0, "vars": {**row["vars"], "draw": 2, "examples": "others"}}
            for row in rows(document)
            for _ in range(2)
        ]

    curve = read_scores(changed("promptfoo/vars.json", second))
    assert curve.scores.shape == (3, 2, 3)
    assert (curve.scores[:, 1] == 1).all()


def seeded(name, document):
    """Ask every test with a second seed too, which a variable tells."""
    document["results"]["results"] = [
        {**row, "testIdx": f"{row['testIdx']}/{seed}", "vars": {**row["vars"], name: seed}}
        for seed in (1, 2)
        for row in rows(document)
    ]


@pytest.mark.parametrize("name", ["draw", "seed", "fewshot_seed"])
@pytest.mark.parametrize("where", ["vars", "metadata"])
def test_a_seed_is_a_draw_by_its_usual_names_in_variables_and_metadata(changed, name, where):
    def twice(document):
        seeded(name, document)
        for row in rows(document) if where == "metadata" else ():
            row["testCase"] = {**row["testCase"], "metadata": {name: row["vars"].pop(name)}}

    curve = read_scores(changed("promptfoo/labels.json", twice))
    assert curve.items == ITEMS
    assert curve.scores.shape == (4, 2, 6)


def test_items_that_differ_in_one_variable_alone_are_said_to_count_as_independent(changed):
    curve = read_scores(changed("promptfoo/labels.json", lambda document: seeded("trial", document)))
    assert curve.scores.shape == (4, 1, 12)
    assert curve.notes[-1].text == (
        "12 items are 6 that differ in the variable trial alone, and count as independent ones; where it tells draws"
        " of examples apart, call it draw"
    )


def test_variables_that_belong_to_an_item_are_no_draws(changed):
    def answered(document):
        for row in rows(document):
            row["vars"]["first"] = row["vars"]["country"][0] in "FIJ"

    curve = read_scores(changed("promptfoo/labels.json", answered))
    assert curve.scores.shape == (4, 1, 6)
    assert not any("differ in the variable" in note.text for note in curve.notes)


def test_files_of_one_seed_each_are_two_draws_where_a_variable_says_so_else_the_error_says_how(changed):
    def of_seed(seed):
        def one(document):
            for row in rows(document):
                row["vars"] |= {} if seed is None else {"seed": seed}

        path = changed("promptfoo/labels.json", one)
        return path.rename(path.with_name(f"{seed}.json"))

    curve = read_scores(of_seed(1), of_seed(2))
    assert curve.items == ITEMS
    assert curve.scores.shape == (4, 2, 6)
    same = of_seed(None)
    other = same.with_name("other.json")
    other.write_text(same.read_text())
    with pytest.raises(InputError, match=r"0 shots stand here and in .*None.json; .* each test a variable called draw"):
        read_scores(same, other)


def test_repeats_are_averaged(changed):
    def again(document):
        document["results"]["results"] += [{**row, "score": 0.5, "testIdx": 90} for row in rows(document)]

    curve = read_scores(changed("promptfoo/labels.json", again))
    assert curve.scores[0, 0].tolist() == [0.75, *[0.25] * 5]
    assert "scores of labels.json are averaged over repetitions of the same prompt" in curve.notes[-1].text


def test_an_item_may_be_named_where_its_examples_are_its_own(changed):
    def own(document):
        for row in rows(document):
            row["vars"] |= {
                "id": row["vars"]["country"].upper(),
                "examples": f"{row['vars']['country']} {row['vars']['shots']}",
            }

    assert read_scores(changed("promptfoo/vars.json", own)).items == ("FRANCE", "ITALY", "NORWAY")


def test_prompts_that_differ_in_more_than_shots_ask_for_a_choice(changed):
    def two(document):
        labels = ("terse 0-shot", "terse 4-shot", "polite 0-shot", "polite 4-shot")
        for prompt, label in zip(document["results"]["prompts"], labels, strict=True):
            prompt["label"] = label

    file = changed("promptfoo/labels.json", two)
    with pytest.raises(InputError, match=r"--task: capitals/polite, capitals/terse"):
        read_scores(file)
    assert read_scores(file, task="capitals/terse").means.tolist() == pytest.approx([1 / 6, 3 / 6])


def test_named_scores_and_several_providers_ask_for_a_choice(changed):
    def more(document):
        for row in rows(document):
            row["namedScores"] = {"tone": 0.5}
            document["results"]["results"] = [*rows(document), {**row, "provider": {"id": "other", "label": "mine"}}]

    file = changed("promptfoo/labels.json", more)
    with pytest.raises(InputError, match=r"--model: capitals-model, mine"):
        read_scores(file)
    with pytest.raises(InputError, match=r"--metric: score, tone"):
        read_scores(file, model="mine")
    assert set(read_scores(file, model="mine", metric="tone").scores.ravel()) == {0.5}


def test_a_prompt_that_several_providers_were_asked_is_one_task(changed):
    def twice(document):
        prompts = document["results"]["prompts"]
        document["results"]["prompts"] = [*prompts, *({**prompt, "provider": "other"} for prompt in prompts)]
        others = [{**row, "promptIdx": len(prompts), "provider": {"id": "other"}} for row in rows(document)]
        document["results"]["results"] = [*rows(document), *others]

    file = changed("promptfoo/vars.json", twice)
    with pytest.raises(InputError, match=r"2 models are in here .* --model: capitals-model, other"):
        read_scores(file)
    assert read_scores(file, model="other").task == read_scores(changed("promptfoo/vars.json")).task


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: rows(d)[3].pop("score"), r"results.results.3.score: is missing"),
        (lambda d: rows(d)[3].update(score=7), r"results.results.3.score: 7 does not lie in \[0, 1\]"),
        (lambda d: rows(d).append("x"), r"results.results.24: 'x' is no object"),
        (lambda d: rows(d)[3].update(vars=[]), r"results.results.3.vars: a list is no object"),
        (lambda d: rows(d)[3].update(vars={"shots": "many"}), r"results.results.3.vars.shots: 'many' is no number"),
    ],
)
def test_what_is_malformed_is_named_by_file_and_field(changed, change, message):
    with pytest.raises(InputError, match=rf"labels\.json: {message}"):
        read_scores(changed("promptfoo/labels.json", change))


def unasserted(row):
    """A test as promptfoo writes it where nothing is asserted: anything passes."""
    test = {key: value for key, value in row["testCase"].items() if key != "assert"}
    grading = {"pass": True, "score": 1, "reason": "No assertions", "tokensUsed": {}, "assertion": None}
    return {**row, "testCase": test, "gradingResult": grading, "score": 1, "success": True, "failureReason": 0}


def test_tests_without_an_assertion_are_no_scores(changed):
    def strip(document):
        document["results"]["results"] = [unasserted(row) for row in rows(document)]

    with pytest.raises(InputError, match=r"none of 24 tests has an assertion, and promptfoo gives 1 .* add assert"):
        read_scores(changed("promptfoo/labels.json", strip))


@pytest.mark.parametrize(
    ("most", "items", "said"),
    [(4, 5, "4 of 24 tests of labels.json are left out: they lack an"), (1, 6, "1 of 24 tests of labels.json is left")],
)
def test_some_tests_without_an_assertion_are_left_out_and_counted(changed, most, items, said):
    def strip(document):
        of_peru = [n for n, row in enumerate(rows(document)) if row["vars"]["country"] == "Peru"][:most]
        document["results"]["results"] = [
            unasserted(row) if n in of_peru else row for n, row in enumerate(rows(document))
        ]

    curve = read_scores(changed("promptfoo/labels.json", strip))
    assert len(curve.items) == items
    assert any(note.text.startswith(said) for note in curve.notes)


def test_a_test_that_lists_no_assertion_is_not_scored_whatever_the_reason_says(changed):
    def strip(document):
        for row in rows(document):
            row["testCase"].pop("assert")
            row["gradingResult"] = {"pass": True, "score": 1, "reason": ""}
            row["failureReason"] = 0

    with pytest.raises(InputError, match=r"none of 24 tests has an assertion"):
        read_scores(changed("promptfoo/labels.json", strip))


def test_errors_of_the_provider_are_counted_as_missing(written):
    curve = read_scores(written / "promptfoo/labels.json")
    assert curve.missing == 1
    assert curve.notes[0].text == "1 of 24 scores is missing: 1 at 2 shots (labels.json)"
