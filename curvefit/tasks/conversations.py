"""Conversations of every provider. Lives here: messages in, earlier turns, question and reply out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.tasks.draft import NO_ANSWER, Draft, LeftOut, Turn, as_text
from curvefit.tasks.record_files import printable

__all__ = ["read_conversation", "read_system"]

# What the one who speaks is called, in small letters: OpenAI and most others; ShareGPT; Gemini; Cohere; PaLM.
_ROLES: Final[Mapping[str, str]] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "chatbot": "assistant", "bot": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool",
    "function_call": "call",
}  # fmt: skip
_SPEAKERS: Final = ("role", "from", "author")
_CONTENTS: Final = ("content", "parts", "value", "message", "text")
_TEXT_PARTS: Final = ("text", "input_text", "output_text")
_MEDIA: Final = (
    "image", "image_url", "input_image", "audio", "audio_url", "input_audio", "video", "video_url", "file",
    "document", "inlineData", "inline_data", "fileData", "file_data",
)  # fmt: skip
_IMAGE: Final = "<image>"  # as LLaVA and LLaMA-Factory write where one stands
_CALLS: Final = ("tool_use", "toolUse", "functionCall", "function_call")
_RESULTS: Final = ("tool_result", "toolResult", "functionResponse", "function_response")
_THOUGHTS: Final = ("thinking", "redacted_thinking", "reasoning", "reasoningContent")
_WEIGHTS: Final = ("weight", "train", "loss")
_CALLED: Final = "calls of tools in the history of {lines}, and what came back, are shown as text with the question"
_MOVED: Final = "system messages amid the conversation, on {lines}, are shown before it"
_THOUGHT: Final = "parts marked as thinking on {lines} are left out"


@dataclass(frozen=True, slots=True)
class _Message:
    role: str
    text: str
    calls: tuple[str, ...] = ()
    counts: bool = True
    thinks: bool = False
    other: tuple[str, ...] = ()  # keys that hold something else


def read_conversation(messages: Any, field: str, system: str = "") -> Draft:
    """Read a conversation that ends with the reply to be given.

    The last user turn is the input, what came before it are earlier turns, in turn user and assistant: consecutive
    messages of one role become one. What an assistant said before anybody asked is context. Calls of tools and what
    they returned stand with the user turn they followed.

    Messages are of OpenAI's form, Bedrock's, Gemini's, Cohere's or ShareGPT's; `field` is what the list is called where
    something is wrong with it. `system` is a message from elsewhere in the record, which comes first.

    Raises
    ------
    InputError
        It names the field: no text, an unknown role, no reply at the end, an empty question or reply.
    LeftOut
        The reply calls a tool or has weight 0, or something that is no text is shown.
    """
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise InputError("is no list of messages", field=field)
    talk = [_message(message, f"{field}[{n}]") for n, message in enumerate(messages)]
    systems = [part for part in (system, *(m.text for m in talk if m.role == "system")) if part]
    last = talk[-1]
    if last.calls or last.role == "call":
        raise LeftOut("call")
    if last.role != "assistant":
        raise InputError("does not end with a user turn and the assistant's reply", field=field)
    if not last.counts:
        raise LeftOut("weight")
    turns, called = _alternating([m for m in talk[:-1] if m.role != "system"])
    opening = [f"assistant: {turns.pop(0)[1]}"] if turns and turns[0][0] == "assistant" else []
    if not turns or turns[-1][0] != "user":
        raise InputError("does not end with a user turn and the assistant's reply", field=field)
    *earlier, (_, question) = turns
    if any(_IMAGE in text for role, text in turns if role == "user"):
        raise LeftOut("media")
    if not question.strip():
        raise InputError("the user's last message is empty", field=field)
    if not last.text.strip():
        raise InputError(f"the assistant's last message is empty; {NO_ANSWER}", field=f"{field}[{len(talk) - 1}]")
    others = dict.fromkeys(f"{field}[].{name}" for message in talk for name in message.other)
    return Draft(
        input=question,
        target=last.text,
        context="\n".join(opening),
        system="\n".join(systems),
        turns=tuple(earlier),
        remarks=(
            *((_CALLED,) if called else ()),
            *((_MOVED,) if _is_amid([message.role for message in talk]) else ()),
            *((_THOUGHT,) if any(message.thinks for message in talk) else ()),
            *(f"not shown to the model: {printable(name)}, on {{lines}}" for name in others),
        ),
        chat=True,
    )


def read_system(value: Any, field: str) -> str:
    """Return a system message that stands beside the conversation: a text, a list of parts, or Gemini's content.

    Raises
    ------
    InputError
        It is none of these.
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Mapping):
        value = next((value[name] for name in _CONTENTS if name in value), value)
    parts = value if isinstance(value, list) else [value]
    return "".join(text for kind, text in (_part(part, field) for part in parts) if kind == "text")


def _message(message: Mapping[str, Any], field: str) -> _Message:
    speaker = next((name for name in _SPEAKERS if name in message), "role")
    named = message.get(speaker, "user" if "parts" in message else None)  # Gemini's may be left out of a question
    role = _ROLES.get(named.lower()) if isinstance(named, str) else None
    if role is None:
        known = "system, developer, user, assistant"
        raise InputError(f"{named!r:.40} is none of {known}", field=f"{field}.{speaker}")
    name = next((name for name in _CONTENTS if name in message), "content")
    content = message.get(name)
    tool_calls = message.get("tool_calls") or []
    calls = [*(tool_calls if isinstance(tool_calls, list) else [tool_calls])]
    calls += filter(None, [message.get("function_call")])
    texts, thinks = [], False
    for part in content if isinstance(content, list) else [] if content is None and calls else [content]:
        kind, text = _part(part, f"{field}.{name}")
        if kind == "call":
            calls.append(part)
        elif kind == "thought":
            thinks = True
        else:
            texts.append(text)
            if kind == "result" and role == "user":
                role = "tool"
    known_keys = {*_SPEAKERS, *_CONTENTS, *_WEIGHTS, "tool_calls", "function_call", "tool_call_id", "id", "tool_plan"}
    if role in ("tool", "call"):
        known_keys.add("name")
    return _Message(
        role,
        "".join(texts),
        tuple(map(_call, calls)),
        counts=all(_counts(message[key]) for key in _WEIGHTS if key in message),
        thinks=thinks,
        other=tuple(key for key, value in message.items() if key not in known_keys and value not in (None, "", [], {})),
    )


def _is_amid(roles: Sequence[str]) -> bool:
    """Whether a system message comes after somebody spoke."""
    return "system" in roles[next((n for n, role in enumerate(roles) if role != "system"), len(roles)) :]


def _counts(weight: Any) -> bool:
    return weight is None or weight not in (0, False, "0", "false", "False")


def _part(part: Any, field: str) -> tuple[str, str]:
    """Return what sort of part of a message this is, and its text."""
    if isinstance(part, str):
        return "text", part
    if isinstance(part, Mapping):
        kind = part["type"] if isinstance(part.get("type"), str) else None
        names = {kind, *(name for name, value in part.items() if value is not None)}  # tables have every name
        if names & set(_MEDIA):
            raise LeftOut("media")
        if names & set(_CALLS):
            return "call", ""
        if result := names & set(_RESULTS):
            value = part.get(next(iter(result)), part)
            held = value.get("content", value.get("response", value)) if isinstance(value, Mapping) else value
            return "result", as_text(held)
        if names & set(_THOUGHTS) or part.get("thought") is True:
            return "thought", ""
        if isinstance(part.get("text"), str) and kind in (None, *_TEXT_PARTS):
            return "text", part["text"]
    raise InputError("is no text; only text can be measured", field=field)


def _call(call: Any) -> str:
    """Return a call of a tool as text: ``name(arguments)``."""
    inner = call
    for name in (*_CALLS, "function"):
        if isinstance(inner, Mapping) and isinstance(inner.get(name), Mapping):
            inner = inner[name]
    if not isinstance(inner, Mapping):
        return as_text(inner)
    arguments = next((inner[name] for name in ("arguments", "args", "input", "parameters") if name in inner), "")
    return f"{as_text(inner.get('name'))}({as_text(arguments)})"


def _alternating(talk: Sequence[_Message]) -> tuple[list[Turn], bool]:
    """Return the turns, never two of one role in a row, and whether tools were called in them."""
    turns: list[Turn] = []
    called = False
    for message in talk:
        tooled = bool(message.calls) or message.role in ("tool", "call")
        called |= tooled
        lines = [message.text] if message.text else []
        if tooled:
            spoken = {"tool": "tool", "call": "assistant calls"}.get(message.role, "assistant")
            lines = [f"{spoken}: {text}" for text in lines] + [f"assistant calls: {call}" for call in message.calls]
        role = "assistant" if message.role == "assistant" and not tooled else "user"
        if turns and turns[-1][0] == role:
            turns[-1] = (role, "\n".join([turns[-1][1], *lines]))
        else:
            turns.append((role, "\n".join(lines)))
    return turns, called
