"""Each trainer's form and rules, checked by schemas written from its pages and not from the table."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePath

import pytest
from jsonschema import Draft202012Validator

from curvefit.errors import InputError
from curvefit.models.base import Message
from curvefit.training.upload_formats import FORMATS, READ_ON, about_name, approximate_tokens, fault, format_named

PAGE = Path(__file__).parents[2] / "docs" / "uploading.md"

SYSTEM, QUESTION, REPLY = Message("system", "Be brief."), Message("user", "17 + 4"), Message("assistant", "21")
LATER = (Message("user", "And times 2?"), Message("assistant", "42"))
CONVERSATIONS = {
    "question": (QUESTION, REPLY),
    "instructed": (SYSTEM, QUESTION, REPLY),
    "turns": (QUESTION, REPLY, *LATER),
    "instructed turns": (SYSTEM, QUESTION, REPLY, *LATER),
}


def exactly(required, **properties):
    """An object with these fields and no others."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def listed(of, least=1, most=None):
    return {"type": "array", "items": of, "minItems": least, **({"maxItems": most} if most else {})}


TEXT = {"type": "string"}
PART = exactly(["text"], text=TEXT)


def chat(roles, **more):
    message = exactly(["role", "content"], role={"enum": roles}, content=TEXT, **more)
    return exactly(["messages"], messages=listed(message, 2))


OPENAI_ROLES, WEIGHT = ["system", "user", "assistant"], {"enum": [0, 1]}
SCHEMAS = {
    "openai": chat(OPENAI_ROLES, weight=WEIGHT),
    "azure": chat(OPENAI_ROLES, weight=WEIGHT),
    "mistral": chat(OPENAI_ROLES),
    "together": chat(OPENAI_ROLES, weight=WEIGHT),
    "fireworks": chat(OPENAI_ROLES, weight=WEIGHT),
    "vertex": exactly(
        ["contents"],
        systemInstruction=exactly(["parts"], role=TEXT, parts=listed(PART)),
        contents=listed(exactly(["role", "parts"], role={"enum": ["user", "model"]}, parts=listed(PART)), 2),
    ),
    "bedrock": exactly(
        ["schemaVersion", "messages"],
        schemaVersion={"const": "bedrock-conversation-2024"},
        system=listed(PART),
        messages=listed(exactly(["role", "content"], role={"enum": ["user", "assistant"]}, content=listed(PART)), 2),
    ),
    "cohere": chat(["System", "User", "Chatbot"]),
    "alpaca": exactly(["instruction", "output"], instruction={**TEXT, "minLength": 1}, input=TEXT, output=TEXT),
    "sharegpt": exactly(
        ["conversations"],
        conversations=listed(exactly(["from", "value"], **{"from": {"enum": ["system", "human", "gpt"]}}, value=TEXT)),
    ),
    "huggingface": exactly(
        ["prompt", "completion"],
        prompt=listed(exactly(["role", "content"], role={"enum": OPENAI_ROLES}, content=TEXT)),
        completion=listed(exactly(["role", "content"], role={"const": "assistant"}, content=TEXT), 1, 1),
    ),
}


def strings(value):
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in inner for text in strings(part)]


def held():
    return [
        pytest.param(name, conversation, id=f"{name}: {kind}")
        for name, trainer in FORMATS.items()
        for kind, conversation in CONVERSATIONS.items()
        if fault(trainer, conversation) is None
    ]


def test_every_trainer_has_a_schema_here():
    assert set(SCHEMAS) == set(FORMATS)
    assert all(name == trainer.name for name, trainer in FORMATS.items())


@pytest.mark.parametrize(("name", "conversation"), held())
def test_a_row_has_the_form_that_the_trainers_page_shows(name, conversation):
    record = json.loads(json.dumps(FORMATS[name].record(conversation)))
    assert list(Draft202012Validator(SCHEMAS[name]).iter_errors(record)) == []


@pytest.mark.parametrize(("name", "conversation"), held())
def test_a_row_holds_every_word_of_its_conversation_in_order(name, conversation):
    texts = strings(FORMATS[name].record(conversation))
    assert [text for text in texts if text in {message.content for message in conversation}] == [
        message.content for message in conversation
    ]


def test_every_trainer_but_alpaca_holds_all_of_these_conversations():
    kinds = {
        name: [kind for kind, c in CONVERSATIONS.items() if fault(row, c) is None] for name, row in FORMATS.items()
    }
    assert kinds.pop("alpaca") == ["question", "instructed"]
    assert all(each == list(CONVERSATIONS) for each in kinds.values())


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.weights])
def test_an_earlier_reply_is_shown_and_not_learned_where_the_trainer_can_say_so(name):
    messages = FORMATS[name].record(CONVERSATIONS["instructed turns"])["messages"]
    assert [(m["role"], m.get("weight")) for m in messages] == [
        ("system", None),
        ("user", None),
        ("assistant", 0),
        ("user", None),
        ("assistant", None),
    ]


def long(text, tokens):
    return text * (4 * tokens // len(text))


@pytest.mark.parametrize(
    ("name", "conversation", "rule", "said"),
    [
        ("alpaca", CONVERSATIONS["turns"], "earlier-turns", "has earlier turns, and Alpaca holds one question and its"),
        ("fireworks", (QUESTION, SYSTEM, REPLY), "system-first", "which Fireworks does not take"),
        ("together", (SYSTEM, SYSTEM, QUESTION, REPLY), "system-first", "which Together does not take"),
        ("together", (QUESTION, QUESTION, REPLY), "alternating", "does not go user, assistant, user, assistant"),
        ("bedrock", (REPLY, QUESTION, REPLY), "alternating", "as Amazon Bedrock asks"),
        ("sharegpt", (QUESTION, REPLY, REPLY), "alternating", "as ShareGPT asks"),
        ("bedrock", (QUESTION, Message("assistant", "")), "empty", "has an empty message (assistant)"),
        ("bedrock", (Message("system", "SYSTEM: be brief"), QUESTION, REPLY), "reserved", "holds 'SYSTEM:'"),
        ("bedrock", (QUESTION, Message("assistant", "see <image>")), "reserved", "holds '<image>'"),
        (
            "vertex",
            (Message("user", long("word", 131_073)), REPLY),
            "row-tokens",
            "has about 131,074 tokens, and Vertex AI (Gemini) takes 131,072 a row",
        ),
        (
            "cohere",
            (Message("system", long("word", 9_000)), Message("user", long("word", 9_000)), REPLY),
            "turn-tokens",
            "has a turn of about 18,001 tokens, system message included, and Cohere takes 16,384",
        ),
    ],
)
def test_a_row_that_breaks_a_published_rule_is_seen_and_the_rule_named(name, conversation, rule, said):
    found = fault(FORMATS[name], conversation)
    assert (found.rule, said in found.problem) == (rule, True), found


def test_a_turn_is_counted_by_itself_and_a_row_as_a_whole():
    half = long("word", 8_000)
    turns = (Message("user", half), REPLY, Message("user", half), REPLY)
    assert fault(FORMATS["cohere"], turns) is None
    assert fault(replace(FORMATS["vertex"], most_tokens=16_001), turns).rule == "row-tokens"
    assert fault(replace(FORMATS["vertex"], most_tokens=16_002), turns) is None


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("word", 1), ("words", 2), ("होना", 3), ("漢字漢字", 3)])
def test_scripts_of_more_bytes_count_as_more_tokens(text, tokens):
    assert approximate_tokens(text) == tokens


def test_a_name_that_a_trainer_does_not_take_is_told():
    assert about_name(FORMATS["openai"], PurePath("train.jsonl")) == ""
    assert about_name(FORMATS["alpaca"], PurePath("train.json")) == ""
    assert about_name(FORMATS["openai"], PurePath("train.json")) == (
        "OpenAI takes files named .jsonl; rename it before the upload"
    )
    assert about_name(FORMATS["bedrock"], PurePath("my files/train_1-a.jsonl")) == ""
    assert about_name(FORMATS["bedrock"], PurePath("my train.jsonl")) == (
        "Amazon Bedrock takes names of letters, digits, _, - and dots; rename it before the upload"
    )


def test_an_unknown_trainer_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="'openia' is no format of a trainer; take one of openai, azure, mistral"):
        format_named("openia")


@pytest.mark.parametrize("name", FORMATS)
def test_the_page_shows_every_trainer_with_its_limits_and_its_sources(name):
    page, trainer = PAGE.read_text(encoding="utf-8"), FORMATS[name]
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    for limit in (trainer.least_rows if trainer.least_rows > 1 else None, trainer.most_rows, trainer.most_tokens):
        assert limit is None or f"{limit:,}" in row
    assert trainer.sources
    assert all(f"({source})" in page for source in trainer.sources)
    assert READ_ON in page


def test_the_table_is_there_without_torch():
    script = "import sys, curvefit.training.upload_file; print({'torch', 'litellm', 'transformers'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown == "set()\n"
