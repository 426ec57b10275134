from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.measurement.failures import CODES, Failure, Failures
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.measurement.measurement import Note
from curvefit.report.failures_page import failures_on_page
from curvefit.report.failures_text import failures_summary, item_record
from curvefit.report.page import page
from curvefit.study import analyze
from curvefit.tasks.task import Item
from curvefit.trials.design import Design

MEGABYTES_2 = 2_000_000
DENSE = "<&\"'" * 600  # which grow fivefold as HTML


def failures(count: int, text: str, draws: int = 10, shots: tuple[int, ...] = (0, 1, 2, 4, 8, 16)) -> Failures:
    """Return so many missed items, each with different replies of every draw to every prompt."""
    found = tuple(
        Failure(
            Item(f"i{k}", f"input {k} {text}", target=f"label {k % 3}", context=text), CODES[k % len(CODES)], 0.0,
            f"answer {k} {text}", (f"field {k % 4}",), (),
            tuple(
                JudgedReply(f"i{k}", s, d, False, f"reply {d} {text}", text, float(s == 16))
                for s in shots
                for d in range(draws)
            ),
        )
        for k in range(count)
    )  # fmt: skip
    by_label = {f"label {n}": Estimate(n / 3, 0.0, 1.0, 0.9) for n in range(3)}
    return Failures("t", "m", shots=4, retrieved=False, items=count + 5, failures=found, by_label=by_label)


def test_the_page_of_a_hundred_thousand_trials_is_under_two_megabytes_and_says_where_the_rest_is(
    make_measured, tmp_path
):
    shots, draws, items = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256), 10, 1_000
    scores = np.random.default_rng(0).random((len(shots), draws, items)).round()
    study = analyze(
        replace(
            make_measured(), shots=np.array(shots), scores=scores, design=Design(shots, draws, items, 0),
            readable=None, choices=None, items=tuple(f"i{k}" for k in range(items)), notes=(Note("task", DENSE),) * 500,
        )
    )  # fmt: skip
    (tmp_path / "journal.sqlite").touch()
    text = page(study, "", str(tmp_path), found=failures(600, DENSE))
    shown = text.count('class="miss"')
    assert 10 < shown < 600
    assert f"And {600 - shown} more of 600" in text
    assert f"<span>errors</span> <span>{tmp_path}</span> <span>--verbose</span>" in text
    assert len(text.encode()) < MEGABYTES_2


def test_all_rows_are_there_where_they_are_few(make_measured):
    text = page(analyze(make_measured()), "", "out", found=failures(7, "short"))
    assert text.count('class="miss"') == 7
    assert "7 of 12 items" in text
    assert "more of 7" not in text


def test_a_row_names_its_kind_label_field_and_the_prompts_that_miss_it():
    shown = failures_on_page(failures(len(CODES), "text"))
    row = shown["rows"][4]
    choices = {each["name"]: dict(each["choices"]) for each in shown["filters"]}
    assert choices["kind"][row["kind"]] == "some fields"
    assert choices["label"][row["label"]] == "label 1"
    assert choices["fields"][row["fields"]] == "field 0"
    missed = [choices["candidate"][name] for name in row["candidate"].split()]
    assert missed == ["4 examples", "no examples", "1 example", "2 examples", "8 examples"], "16 has it right"


def test_of_a_conversation_all_turns_are_shown_wherever_a_missed_item_is():
    """Seen: two conversations that both read "Not really."."""
    found = failures(1, "text")
    (missed,) = found.failures
    turns = (("user", "My bill is wrong."), ("assistant", "Is it about March?"))
    item = Item("i0", "Not really.", target="label 0", turns=turns)
    told = replace(found, failures=(replace(missed, item=item),))
    asked = "user: My bill is wrong.\nassistant: Is it about March?\nuser: Not really."
    assert failures_on_page(told)["rows"][0]["input"] == item_record(told, told.failures[0])["input"] == asked
    assert "My bill is wrong. assistant: Is it about March? user: Not really." in " ".join(
        failures_summary(told, verbose=True, width=1000)
    )
    assert failures_on_page(found)["rows"][0]["input"] == "text\ninput 0 text", "a single input is as it is"


def test_replies_stand_side_by_side_the_best_prompt_first_and_say_what_they_are_worth():
    replies = failures_on_page(failures(1, "text"))["rows"][0]["replies"]
    assert [name for name, _ in replies][:2] == ["4 examples", "no examples"]
    assert replies[0][1] == [*((f"reply {d} text", "wrong") for d in range(3)), ("…", "and 7 more")]
    assert dict(replies)["16 examples"] == [("reply 0 text", "right"), ("…", "and 9 more")]


@pytest.mark.parametrize("score", [0.0, 0.25, 1.0])
def test_what_a_reply_is_worth_is_said_in_a_word_or_in_percent(score):
    reply = JudgedReply("i", 0, 0, False, " text ", None, score)
    found = Failures(
        "t", "m", 0, False, 1, (Failure(Item("i", "a", target="b"), "other", score, None, replies=(reply,)),)
    )
    row = failures_on_page(found)["rows"][0]
    assert row["replies"] == [("no examples", [("text", {0.0: "wrong", 0.25: "25%", 1.0: "right"}[score])])]
    assert row["answer"] == "no readable answer"
