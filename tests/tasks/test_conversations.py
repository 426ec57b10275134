"""Conversations of every provider give the same question, reply and earlier turns."""

from __future__ import annotations

import pytest

from curvefit.errors import InputError
from curvefit.tasks.draft import LeftOut
from curvefit.tasks.examples import read_rows

TURNS = [("user", "Hi"), ("assistant", "Hello"), ("user", "2+2?"), ("assistant", "4")]


def talk(speaker, content, roles=("system", "user", "assistant"), wrap=lambda text: text, turns=TURNS):
    names = dict(zip(("system", "user", "assistant"), roles, strict=True))
    return [{speaker: names[role], content: wrap(text)} for role, text in turns]


def parts(text):
    return [{"text": text}]


OPENAI = [{"role": "system", "content": "Be brief."}, *talk("role", "content")]
PROVIDERS = {
    "OpenAI": {"messages": OPENAI},
    "OpenAI, developer and text parts": {
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
            *talk("role", "content")]},
    "weights": {"messages": [{**message, "weight": int(message["content"] == "4")} if message["role"] == "assistant"
                             else message for message in OPENAI]},
    "Cohere": {"messages": [{"role": "System", "content": "Be brief."},
                            *talk("role", "content", ("System", "User", "Chatbot"))]},
    "Bedrock, older": {"system": "Be brief.", "messages": talk("role", "content")},
    "Bedrock conversation": {"schemaVersion": "bedrock-conversation-2024", "system": parts("Be brief."),
                             "messages": talk("role", "content", wrap=parts)},
    "Gemini": {"systemInstruction": {"role": "system", "parts": parts("Be brief.")},
               "contents": talk("role", "parts", ("system", "user", "model"), parts)},
    "ShareGPT": {"conversations": [{"from": "system", "value": "Be brief."},
                                   *talk("from", "value", ("system", "human", "gpt"))]},
    "ShareGPT, system beside": {"system": "Be brief.",
                                "conversations": talk("from", "value", ("system", "human", "gpt"))},
    "Hugging Face": {"prompt": OPENAI[:-1], "completion": OPENAI[-1:]},
    "Hugging Face, a text completion": {"prompt": OPENAI[:-1], "completion": "4"},
    "OpenAI evals": {"input": OPENAI[:-1], "ideal": "4"},
    "Alpaca": {"system": "Be brief.", "instruction": "2+2?", "input": "", "output": "4", "history": [["Hi", "Hello"]]},
    "preferences, OpenAI": {"input": {"messages": OPENAI[:-1]}, "preferred_output": OPENAI[-1:],
                            "non_preferred_output": [{"role": "assistant", "content": "5"}]},
    "preferences, messages": {"prompt": OPENAI[:-1], "chosen": OPENAI[-1:],
                              "rejected": [{"role": "assistant", "content": "5"}]},
    "preferences, whole": {"prompt": "2+2?", "chosen": OPENAI,
                           "rejected": [*OPENAI[:-1], {"role": "assistant", "content": "5"}]},
    "preferences, ShareGPT": {"system": "Be brief.",
                              "conversations": talk("from", "value", ("system", "human", "gpt"))[:-1],
                              "chosen": {"from": "gpt", "value": "4"}, "rejected": {"from": "gpt", "value": "5"}},
}  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_s_form_gives_the_same_example(write, provider):
    examples = read_rows(write("a.jsonl", [PROVIDERS[provider]]))
    (row,) = examples.rows
    assert (row.system, row.input, row.target, row.context) == ("Be brief.", "2+2?", "4", "")
    assert row.turns == (("user", "Hi"), ("assistant", "Hello"))
    rejected = [note for note in examples.notes if "rejected" in note]
    assert bool(rejected) == provider.startswith("preferences")
    assert list(examples.notes) == rejected


def test_messages_in_a_table_are_read_as_such_and_never_as_text(write):
    json_text = '"[{""role"": ""user"", ""content"": ""q""}]","[{""role"": ""assistant"", ""content"": ""a""}]"'
    python_text = "\"[{'role': 'user', 'content': 'q'}]\",\"[{'role': 'assistant', 'content': 'a'}]\""
    for n, cells in enumerate((json_text, python_text)):
        (row,) = read_rows(write(f"{n}.csv", f"prompt,completion\n{cells}\n")).rows
        assert (row.input, row.target) == ("q", "a")


def chat(*turns, **more):
    return {"messages": [{"role": role, "content": content} for role, content in turns], **more}


def test_messages_of_one_role_in_a_row_are_one_turn(write):
    record = chat(
        ("user", "Look:"), ("user", "2+2"), ("assistant", "4"), ("user", "And"), ("user", "3+3?"), ("assistant", "6")
    )
    (row,) = read_rows(write("a.jsonl", [record])).rows
    assert (row.turns, row.input) == ((("user", "Look:\n2+2"), ("assistant", "4")), "And\n3+3?")


def test_a_system_message_amid_the_conversation_is_said_to_be_shown_before_it(write):
    record = chat(("user", "Hi"), ("assistant", "Hello"), ("system", "Be brief."), ("user", "2+2?"), ("assistant", "4"))
    examples = read_rows(write("a.jsonl", [record]))
    assert examples.rows[0].system == "Be brief."
    assert examples.notes == ("system messages amid the conversation, on 1 line, are shown before it",)


def test_an_empty_pair_of_a_history_is_no_turn(write):
    record = {"instruction": "2+2?", "output": "4", "history": [["", None], ["Hi", "Hello"]]}
    assert read_rows(write("a.jsonl", [record])).rows[0].turns == (("user", "Hi"), ("assistant", "Hello"))


def test_what_the_assistant_said_before_anybody_asked_is_context(write):
    (row,) = read_rows(write("a.jsonl", [chat(("assistant", "Welcome."), ("user", "2+2?"), ("assistant", "4"))])).rows
    assert (row.context, row.turns, row.input) == ("assistant: Welcome.", (), "2+2?")


CALLS = {
    "OpenAI": {
        "messages": [
            {"role": "user", "content": "Where?"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}]},
            {"role": "tool", "tool_call_id": "c", "content": "here"},
            {"role": "assistant", "content": "Here."},
        ]
    },
    "Gemini": {
        "contents": [
            {"role": "user", "parts": parts("Where?")},
            {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {"at": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": "here"}}]},
            {"role": "model", "parts": parts("Here.")},
        ]
    },
    "Bedrock": {
        "messages": [
            {"role": "user", "content": parts("Where?")},
            {"role": "assistant", "content": [{"toolUse": {"name": "look", "input": {"at": 1}}}]},
            {"role": "user", "content": [{"toolResult": {"content": "here"}}]},
            {"role": "assistant", "content": parts("Here.")},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("provider", CALLS)
def test_calls_of_tools_in_the_history_are_shown_with_the_question_and_said_so(write, provider):
    examples = read_rows(write("a.jsonl", [CALLS[provider]]))
    (row,) = examples.rows
    assert (row.input, row.target) == ('Where?\nassistant calls: look({"at": 1})\ntool: here', "Here.")
    assert examples.notes == (
        "calls of tools in the history of 1 line, and what came back, are shown as text with the question",
    )


@pytest.mark.parametrize("provider", CALLS)
def test_a_reply_that_calls_a_tool_is_no_target(write, provider):
    (name,) = CALLS[provider]
    with pytest.raises(InputError, match="the last reply is a call of a tool"):
        read_rows(write("a.jsonl", [{name: CALLS[provider][name][:2]}]))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "x"}},
        {"type": "input_audio", "input_audio": {}},
        {"image": {"format": "png"}},
        {"inlineData": {"mimeType": "image/png"}},
        {"fileData": {"fileUri": "gs://x"}},
        {"type": "file", "file": {"file_id": "f"}},
    ],
)
def test_parts_that_are_no_text_leave_their_line_out(write, part):
    record = chat(("user", [{"type": "text", "text": "What is it?"}, part]), ("assistant", "b"))
    examples = read_rows(write("a.jsonl", [record, chat(("user", "c"), ("assistant", "d"))]))
    assert [row.line for row in examples.rows] == [2]
    assert "it comes with an image, sound, video or file" in examples.notes[0]


def test_a_place_of_an_image_in_the_text_leaves_its_line_out(write):
    records = [chat(("user", text), ("assistant", "b")) for text in ("<image>What is it?", "What is an image?")]
    assert [row.line for row in read_rows(write("a.jsonl", records)).rows] == [2]


def test_parts_of_thinking_are_left_out_with_a_note(write):
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "4"}]
    examples = read_rows(write("a.jsonl", [chat(("user", "2+2?"), ("assistant", content))]))
    assert examples.rows[0].target == "4"
    assert examples.notes == ("parts marked as thinking on 1 line are left out",)


@pytest.mark.parametrize(
    ("record", "field", "message"),
    [
        ({"messages": "hi"}, "messages", "is no list of messages"),
        ({"messages": []}, "messages", "is no list of messages"),
        (chat(("user", "a")), "messages", "does not end with"),
        (chat(("assistant", "a")), "messages", "does not end with"),
        (chat(("user", "a"), ("assistant", "b"), ("assistant", "c")), "messages", "does not end with"),
        (chat(("user", "a"), ("assistant", "b"), ("system", "c")), "messages", "does not end with"),
        (chat(("user", "a"), ("critic", "b"), ("assistant", "c")), "messages[1].role", "'critic' is none of"),
        (chat(("user", "a"), ("assistant", None)), "messages[1].content", "is no text"),
        (chat(("user", [{"type": "poem"}]), ("assistant", "c")), "messages[0].content", "is no text"),
        (chat(("user", "a"), ("assistant", " ")), "messages[1]", "is empty; where nothing is the right answer"),
        (chat(("user", ""), ("assistant", "b")), "messages", "is empty"),
        ({"contents": [{"role": "user", "parts": parts("a")}]}, "contents", "does not end with"),
        ({"conversations": [{"from": "human", "value": 3}]}, "conversations[0].value", "is no text"),
        ({"prompt": [{"role": "user", "content": "a"}]}, "prompt", "is a conversation without the other side"),
        ({"chosen": "a", "rejected": "b"}, "chosen", "without the prompt it answers"),
        ({"input": {"messages": OPENAI[:-1]}, "preferred_output": "4"}, "preferred_output", "is no list of messages"),
        (chat(("user", "a"), ("assistant", "b"), system=3), "system", "is no text"),
        ({"instruction": "a", "output": "b", "history": "c"}, "history", "is no list of"),
    ],
)
def test_a_conversation_that_cannot_be_read_is_told_with_its_field(write, record, field, message):
    path = write("a.jsonl", [record])
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert (caught.value.line, caught.value.field) == (1, field)
    assert message in caught.value.problem


def test_what_leaves_a_line_out_is_no_error_of_its_file():
    assert not issubclass(LeftOut, InputError)
