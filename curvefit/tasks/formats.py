"""Formats of examples. Lives here: the table of them, and from one record to a draft; no file is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.tasks import multiple_choice
from curvefit.tasks.conversations import read_conversation, read_system
from curvefit.tasks.draft import (
    CONTEXTS,
    NO_ANSWER,
    SYSTEMS,
    Draft,
    LeftOut,
    Turn,
    as_messages,
    as_text,
    decoded,
    present,
)
from curvefit.tasks.record_files import printable

__all__ = ["FORMATS", "TOOLS_DECLARED", "Format", "Reader", "reader_of"]

# What the two sides of an example are called in files people have; the first that is there counts.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "input": ("input", "prompt", "question", "text", "query", "input_text"),
    "output": ("output", "completion", "answer", "target", "response", "label", "output_text", "ideal"),
}
# In files of labelled texts; what a record calls by a name above is never these.
_LABELLED: Final[Mapping[str, tuple[str, ...]]] = {
    "input": ("utterance", "sentence"),
    "output": ("intent", "category", "class"),
}
TOOLS_DECLARED: Final = (
    "tools are declared on {lines} and are not offered to the model: its text is judged, even where it would call one"
)
_OTHER: Final = {"input": "output", "output": "input"}
_MARKS: Final = ("label", "kto_tag", "desirable")  # of a good or bad reply
_MEANS: Final[Mapping[str, bool]] = {
    "true": True, "1": True, "desirable": True,
    "false": False, "0": False, "undesirable": False,
}  # fmt: skip
_TALKS: Final = ("messages", "conversations", "contents")
_REJECTED: Final = "rejected replies on {lines} are left out: the chosen one is the target"
Reader = Callable[[Mapping[str, Any]], Draft | None]


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table of formats.

    Attributes
    ----------
    name : str
        What it is called.
    used_by : str
        Who takes or writes it.
    told_by : str
        What a record of it looks like.
    treatment : str
        What is done with it; a refusal begins with "Refused".
    recognise : callable
        Whether a record is of it; of several, the first in the table counts.
    reader : callable
        From all records of it in a file to what reads one: None where the record is of no such form after all.
    """

    name: str
    used_by: str
    told_by: str
    treatment: str
    recognise: Callable[[Mapping[str, Any]], bool]
    reader: Callable[[Sequence[Mapping[str, Any]]], Reader]


def reader_of(forms: Sequence[Format], records: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Draft]:
    """Return what reads each of a file's records by the first of these formats that it is of.

    The last format must take any record. What is returned raises `InputError` for a record that cannot be read, and
    `LeftOut` for one that is no example.
    """

    @cache
    def reader(form: Format) -> Reader:
        return form.reader([record for record in records if _is_of(form, record)])

    def read(record: Mapping[str, Any]) -> Draft:
        drafts = (reader(form)(record) for form in forms if _is_of(form, record))
        return next(draft for draft in drafts if draft is not None)

    return read


def _is_of(form: Format, record: Mapping[str, Any]) -> bool:
    try:
        return form.recognise(record)
    except InputError:  # a value that only Python has; the reader of the last format says which field
        return False


def _mark(record: Mapping[str, Any]) -> tuple[str, bool] | None:
    """Return the field that calls the record's reply good or bad, and which; None where there is none.

    0 and 1 are such a mark only beside a conversation, a completion or a response: elsewhere they may number classes.
    """
    reply = any(record.get(name) not in (None, "") for name in _NAMES["output"] if name != "label")
    talk = any(name in record for name in _TALKS)
    for name in _MARKS if reply or talk else ():
        text = as_text(record.get(name)).strip().lower()
        certain = talk or name != "label" or "completion" in record or "response" in record
        if text in _MEANS and (certain or text not in ("0", "1")):
            return name, _MEANS[text]
    return None


def _kto(records: Sequence[Mapping[str, Any]]) -> Reader:
    """Return what reads a reply that is marked as good or bad, in whatever format it stands."""

    def unmarked(record: Mapping[str, Any]) -> tuple[str, bool, Mapping[str, Any]]:
        name, good = _mark(record) or ("", True)
        return name, good, {field: value for field, value in record.items() if field != name}

    read = reader_of(FORMATS[1:], [unmarked(record)[-1] for record in records])

    def read_marked(record: Mapping[str, Any]) -> Draft:
        name, good, bare = unmarked(record)
        if not good:
            raise LeftOut("bad")
        draft = read(bare)
        return replace(draft, used=draft.used | {name})

    return read_marked


def _chat(field: str) -> Callable[[Sequence[Mapping[str, Any]]], Reader]:
    """Return the reader of conversations in this field, with a system message and context beside it."""

    def read(record: Mapping[str, Any]) -> Draft:
        beside = next((name for name in SYSTEMS if record.get(name)), None)
        system = read_system(decoded(record[beside]), beside) if beside else ""
        messages = as_messages(record[field]) or decoded(record[field])
        draft = read_conversation(messages, field, system)
        name = next((name for name in CONTEXTS if record.get(name)), None)
        context = [part for part in (as_text(record.get(name or "")), draft.context) if part]
        return replace(
            draft,
            context="\n".join(context),
            used=frozenset(filter(None, (field, beside, name))),
            remarks=(*draft.remarks, *((f"{name} is shown as context",) if name not in (None, "context") else ())),
        )

    return lambda records: read


def _preference(record: Mapping[str, Any]) -> Draft:
    """Read a chosen and a rejected reply to one prompt."""
    if _is_openai_preference(record):
        messages = [*_listed(record["input"].get("messages"), "input.messages"), *_listed(record["preferred_output"])]
        draft = read_conversation(messages, "input.messages")
        tools = (TOOLS_DECLARED,) if record["input"].get("tools") else ()
        used = frozenset({"input", "preferred_output", "non_preferred_output"})
        return replace(draft, used=used, remarks=(*draft.remarks, *tools, _REJECTED))
    chosen = decoded(record["chosen"])
    chosen = [chosen] if isinstance(chosen, Mapping) else chosen
    talk = next(
        (name for name in ("prompt", "messages", "conversations", "input") if as_messages(record.get(name))), None
    )
    asked = {"instruction", *_NAMES["input"]} & record.keys()
    if not as_messages(chosen) and not talk and asked:
        draft = _plain({**{name: value for name, value in record.items() if name != "rejected"}, "output": chosen})
        return replace(draft, used=draft.used | {"chosen", "rejected"}, remarks=(*draft.remarks, _REJECTED))
    reply = as_messages(chosen) or [{"role": "assistant", "content": as_text(chosen)}]
    names = {"chosen", "rejected"}
    if any(message.get("role", message.get("from")) in ("user", "human") for message in reply):
        names |= {"prompt"} & record.keys()  # which the whole conversation repeats
    elif talk:
        reply = [*(as_messages(record[talk]) or ()), *reply]
        names.add(talk)
    else:
        name = next((name for name in _NAMES["input"] if record.get(name)), None)
        if name is None:
            raise InputError("is a reply without the prompt it answers; put that into prompt", field="chosen")
        reply = [{"role": "user", "content": as_text(record[name])}, *reply]
        names.add(name)
    system, said = _system_of(record)
    draft = read_conversation(reply, "chosen", said)
    return replace(draft, used=frozenset({*names, *filter(None, [system])}), remarks=(*draft.remarks, _REJECTED))


def _is_openai_preference(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("input"), Mapping) and "preferred_output" in record


def _listed(value: Any, field: str = "preferred_output") -> list[Any]:
    if not isinstance(value, list):
        raise InputError("is no list of messages", field=field)
    return value


def _plain(record: Mapping[str, Any]) -> Draft:
    """Read two columns, and what belongs to the question: an instruction, a context, choices, earlier turns."""
    asked, said = (present(record, _NAMES[side]) or present(record, _LABELLED[side]) for side in ("input", "output"))
    spoken = as_messages(record.get(asked or ""))
    reply = as_messages(record.get(said or ""))
    if spoken or reply:
        return _spoken(record, asked, said, spoken, reply)
    instruction = as_text(record.get("instruction"))
    if (asked is None and not instruction) or said is None:
        fields_there = ", ".join(map(printable, list(record)[:10])) or "nothing"
        if asked is None and said is None:
            call = "call the two input and output; in a table, by a first line input,output"
            raise InputError(f"missing, and so is output; the line has {fields_there}; {call}", field="input")
        field, other = ("output", asked) if said is None else ("input", said)
        unread = [name for name in record if name not in (other, "instruction")]
        if other is not None and len(unread) == 1:
            call = f"{other} is read as its {_OTHER[field]}: rename {printable(unread[0])} to {field}"
            raise InputError(f"missing; {call}", field=field)
        raise InputError(f"missing; the line has {fields_there}; call it {' or '.join(_NAMES[field][:6])}", field=field)
    question, target = as_text(record.get(asked or "")), as_text(record[said])
    if not (question.strip() or instruction.strip()):
        raise InputError("is empty", field=asked)
    if not target.strip():
        raise InputError(f"is empty; {NO_ANSWER}", field=said)
    used = [asked, said, *(name for name in ("instruction", "history") if name in record)]
    remarks = []
    for name in multiple_choice.LISTS:
        choices = decoded(record.get(name))
        if choices:
            shown = (
                multiple_choice.lettered([*map(as_text, choices)]) if isinstance(choices, list) else as_text(choices)
            )
            question = f"{question}\n{shown}"
            used.append(name)
            remarks.append(f"{name} is shown after the question")
    background = present(record, CONTEXTS)
    system, said = _system_of(record)
    if background is not None and background != "context" and record[background]:
        remarks.append(f"{background} is shown as context")
    parts = [instruction if question.strip() else "", as_text(record.get(background or ""))]
    return Draft(
        input=question if question.strip() else instruction,
        target=target,
        context="\n".join(part for part in parts if part),
        system=said,
        turns=_history(decoded(record.get("history"))),
        used=frozenset(filter(None, (*used, background, system))),
        remarks=tuple(remarks),
    )


def _spoken(
    record: Mapping[str, Any],
    asked: str | None,
    said: str | None,
    spoken: list[Mapping[str, Any]] | None,
    reply: list[Mapping[str, Any]] | None,
) -> Draft:
    """Read prompt and completion of which at least one is a list of messages."""
    if asked is None or said is None:
        raise InputError("is a conversation without the other side", field=asked or said)
    before = spoken or [{"role": "user", "content": as_text(record[asked])}]
    after = reply or [{"role": "assistant", "content": as_text(record[said])}]
    system, told = _system_of(record)
    draft = read_conversation([*before, *after], asked, told)
    return replace(draft, used=frozenset(filter(None, (asked, said, system))))


def _system_of(record: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the field that a system message stands in beside the rest, and what it says."""
    name = next((name for name in SYSTEMS if record.get(name)), None)
    return name, "" if name is None else read_system(record[name], name)


def _history(value: Any) -> tuple[Turn, ...]:
    """Return earlier turns from Alpaca's list of pairs."""
    if not value:
        return ()
    if not isinstance(value, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value):
        raise InputError("is no list of [question, answer] pairs", field="history")
    pairs = [(as_text(ask), as_text(reply)) for ask, reply in value]
    return tuple(turn for pair in pairs if any(pair) for turn in zip(("user", "assistant"), pair, strict=True))


def _refused(problem: str, field: str) -> Callable[[Sequence[Mapping[str, Any]]], Reader]:
    def read(record: Mapping[str, Any]) -> Draft:
        raise InputError(problem, field=field)

    return lambda records: read


def _gives_reply(record: Mapping[str, Any]) -> bool:
    return any(name in record for name in _NAMES["output"])


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "KTO",
        "Hugging Face TRL, LLaMA-Factory",
        "any of those below, with `label`, `kto_tag` or `desirable` beside the reply: `true` or `false`, and beside a"
        " conversation, a `completion` or a `response` also `1` or `0`",
        "Replies marked `false` are bad: their lines are left out, counted and named. The others are read as below.",
        lambda record: _mark(record) is not None,
        _kto,
    ),
    Format(
        "preferences, OpenAI's",
        "OpenAI, Azure OpenAI, Together AI, Fireworks AI (DPO)",
        "`input` with `messages`, `preferred_output`, `non_preferred_output`",
        "The preferred reply is the target. The other one is left out, with a note.",
        _is_openai_preference,
        lambda records: _preference,
    ),
    Format(
        "preferences, chosen and rejected",
        "Hugging Face TRL (DPO and the like), LLaMA-Factory, Axolotl",
        "`chosen` and `rejected`, as texts or messages, with `prompt`, `messages`, `conversations` or `instruction`",
        "The chosen reply is the target. The rejected one is left out, with a note. Without a prompt of its own a text"
        " is refused.",
        lambda record: {"chosen", "rejected"} <= record.keys(),
        lambda records: _preference,
    ),
    Format(
        "Gemini",
        "Google Vertex AI",
        "`contents` with `role` and `parts`; `systemInstruction`",
        "The last `model` turn is the target; `systemInstruction` is the system message.",
        lambda record: "contents" in record,
        _chat("contents"),
    ),
    Format(
        "Bedrock conversation",
        "Amazon Bedrock",
        "`schemaVersion: bedrock-conversation-2024`, or `messages` with `system` beside them",
        "The last assistant turn is the target; `system` is the system message, as a text or a list of parts.",
        lambda record: "messages" in record and ("schemaVersion" in record or "system" in record),
        _chat("messages"),
    ),
    Format(
        "chat",
        "OpenAI, Azure OpenAI, Mistral AI, Together AI, Fireworks AI, Cohere, Hugging Face TRL",
        "`messages` with `role` and `content`; Cohere's roles are `System`, `User`, `Chatbot`",
        "The last assistant turn is the target, the user turn before it the input.",
        lambda record: "messages" in record,
        _chat("messages"),
    ),
    Format(
        "ShareGPT",
        "LLaMA-Factory, Axolotl, many data sets",
        "`conversations` with `from` (`human`, `gpt`) and `value`; `system` beside them",
        "As a chat.",
        lambda record: "conversations" in record,
        _chat("conversations"),
    ),
    Format(
        "multiple choice",
        "MMLU, ARC, HellaSwag, MedMCQA, SciQ and the like",
        "a question; `choices`, `options` or `endings` (a list, an object by letter, `{text, label}`), columns such as"
        " `A`, `B`, `C` or `option1`, `option2`, or `correct_answer` with `distractors`; the right one by letter, text"
        " or number",
        "The choices are shown after the question, one a line with its letter; the letter is the target. A note says"
        " how the answer was read. `correct_answer` and `distractors` are put in an order by their hash.",
        multiple_choice.is_multiple_choice,
        multiple_choice.reader,
    ),
    Format(
        "tokens",
        "Together AI, trainers of your own",
        "`input_ids`",
        "Refused: there is no text to show. Give the file it was made from.",
        lambda record: "input_ids" in record,
        _refused("holds tokens, and only text can be shown; give the file with the texts", "input_ids"),
    ),
    Format(
        "Alpaca",
        "Alpaca, Dolly, LLaMA-Factory",
        "`instruction`, `input` (often empty), `output`; `system` and `history` beside them",
        "The question is the instruction, then the input. `history` gives earlier turns.",
        lambda record: "instruction" in record and _gives_reply(record),
        lambda records: _plain,
    ),
    Format(
        "prompt and completion, as messages",
        "Hugging Face TRL",
        "`prompt` and `completion` as lists of messages",
        "As a chat: the completion is the target.",
        lambda record: any(as_messages(record[name]) for side in _NAMES.values() for name in side if name in record),
        lambda records: _plain,
    ),
    Format(
        "text alone",
        "training on running text",
        "`text` and nothing that could be a reply",
        "Refused: question and reply must stand apart.",
        lambda record: (
            "text" in record and record.keys() <= {"text", "id", "split", "source", "url", "meta", "metadata"}
        ),
        _refused(
            "stands alone: nothing says where the question ends and the reply begins; split it into input and output",
            "text",
        ),
    ),
    Format(
        "two columns",
        "Hugging Face TRL, Amazon Bedrock (Titan, Nova), Together AI, tables of any kind",
        "`input` and `output`, or `prompt` and `completion`, `question` and `answer`, `text` and `label`, `query` and"
        " `response`, `utterance` or `sentence` and `intent`, `category` or `class`; `context`, `id`, `group` and"
        " `split` where there are any",
        "One is the input, one the target. Numbers, lists and objects count as their JSON text; 2e-05 becomes 0.00002.",
        lambda record: True,
        lambda records: _plain,
    ),
)
