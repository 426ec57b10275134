"""Replies are judged by what follows their reasoning; one that never comes to an answer is missing, not wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curvefit.errors import CallFailed
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import CutReplies
from curvefit.models.function import FunctionModel
from curvefit.models.hosted import HostedModel
from curvefit.testing.fake_provider import FakeProvider
from curvefit.trials.design import Design

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

DESIGN = Design((0, 1), draws=1, items=20)


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")


def right(body):
    return f"label-{int(body['messages'][-1]['content'].split()[-1]) % 4}"


def measured(task, script=(), reply=right, design=DESIGN, journal=None):
    with FakeProvider(script=list(script), reply=reply) as server:
        return measure(task, design, HostedModel("openai/any", api_base=server.base), journal=journal)


def answering(text):
    """A model that puts a text around the right answer."""
    return FunctionModel(lambda turns: text.format(right({"messages": turns})), name=text, form="chat")


@pytest.mark.parametrize("text", ["<think>a</think>{}", "so\n</think>\n{}", " <thinking>\nb\n</thinking>\n\n{}", "{}"])
def test_a_right_answer_is_right_whatever_was_thought_before_it(make_task, text):
    curve = measure(make_task(), DESIGN, answering(text))
    assert curve.means.tolist() == [1.0, 1.0]
    assert curve.parse_rate == (1.0, 1.0)


def test_a_plain_prompt_ends_no_reply_within_its_reasoning(make_task):
    model = FunctionModel(lambda prompt: "<think>\nwhy\n</think>\nlabel-0\nmore", form="plain")
    assert 0 < measure(make_task(), DESIGN, model).means[0] < 1


def test_where_targets_begin_with_such_a_tag_it_is_part_of_the_reply(make_task):
    task = make_task()
    items = tuple(replace(item, target=f"<reasoning>{item.target}</reasoning>") for item in task.items)
    model = FunctionModel(lambda turns: f"<reasoning>{right({'messages': turns})}</reasoning>", form="chat")
    assert measure(replace(task, items=items, labels=()), DESIGN, model).means.tolist() == [1.0, 1.0]
    assert measure(task, DESIGN, model).means.tolist() == [0.0, 0.0]


def test_a_reply_that_ended_while_reasoning_is_missing_and_not_wrong(make_task):
    curve = measured(make_task(), ["unfinished", "hidden", "thinking", "ok"])
    assert (curve.missing, np.nanmean(curve.scores)) == (3, 1.0)
    assert curve.cut == CutReplies(3, 40, curve.cut.tokens)
    assert not curve.mostly_cut_off
    assert any(note.text.startswith("no reply to 3 of the requests") for note in curve.notes)


def test_reasoning_that_does_not_end_though_there_was_room_is_missing_too(make_task):
    def half(turns):
        return right({"messages": turns}) if int(turns[-1]["content"].split()[-1]) % 2 else "<think>hm"

    curve = measure(make_task(), DESIGN, FunctionModel(half, form="chat"))
    assert (np.nanmean(curve.scores), curve.missing) == (1.0, 20)
    assert any("20 replies ended before the model was done reasoning" in note.text for note in curve.notes)
    assert curve.cut.count == 0


def test_when_all_replies_end_while_reasoning_the_cap_is_named_and_asking_ends_early(make_task):
    with pytest.raises(CallFailed, match=r"all \d+ replies were cut off at 16 tokens.*--reply-tokens 1024"):
        measured(make_task(), ["unfinished"] * 40, design=replace(DESIGN, reply_tokens=16))


def test_when_no_reply_has_an_answer_though_none_was_cut_off_that_is_said(make_task):
    with pytest.raises(CallFailed, match="none of 40 replies comes to an answer"):
        measure(make_task(), DESIGN, FunctionModel(lambda _: "<think>hm", form="chat"))


def test_replies_cut_off_at_the_cap_are_counted_unless_they_were_right_all_the_same(make_task):
    curve = measured(make_task(), ["truncated"] * 30)
    assert (curve.cut.count, curve.cut.replies, curve.mostly_cut_off) == (30, 40, True)
    curve = measured(make_task(), ["rambling"] * 30)
    assert (curve.cut.count, curve.means.tolist()) == (0, [1.0, 1.0])


def test_another_cap_asks_anew_and_the_same_one_does_not(make_task, tmp_path):
    seen = []

    def noted(body):
        seen.append(body["max_tokens"])
        return right(body)

    with FakeProvider(reply=noted) as server:
        model = HostedModel("openai/any", api_base=server.base)
        for tokens in (16, 16, 64):
            measure(make_task(), replace(DESIGN, reply_tokens=tokens), model, journal=tmp_path / "j.sqlite")
    assert seen == [16] * 40 + [64] * 40
