"""What each trainer takes, one row a trainer. Lives here: how a conversation is written, and the published rules.

Every rule is from the pages named in its row, as they stood on `READ_ON`; `docs/uploading.md` shows them all, and what
was looked for and not found. A rule that needs the network, an account or the model's name is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.models.base import Message

__all__ = [
    "FORMATS",
    "READ_ON",
    "Fault",
    "UploadFormat",
    "about_name",
    "approximate_tokens",
    "fault",
    "format_named",
    "row_tokens",
]

READ_ON: Final = "2026-11-28"

_MB, _GB = 10**6, 10**9  # where a page says MB it may mean 2**20 bytes, of which less is enough

Conversation = Sequence[Message]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UploadFormat:
    """What one trainer takes.

    Attributes
    ----------
    name : str
        As ``--to`` takes it.
    trainer : str
        As people call it.
    record : callable
        From a conversation, which ends with the reply to learn, to what stands on a line.
    sources : tuple of str
        Pages the rules are from.
    least_rows, most_rows : int or None
        Rows a file may have.
    most_bytes : int or None
        Size a file may have.
    most_tokens : int or None
        Tokens a row may have, as `approximate_tokens` counts them.
    most_turn_tokens : int or None
        Tokens that a question and its reply may have, with the system message.
    cut_tokens : int or None
        Tokens to which a row is cut, its reply first, unless the trainer is told otherwise.
    system_first : bool
        Whether a system message may only come first, and once.
    alternating : bool
        Whether user and assistant take turns, the user first.
    earlier_turns : bool
        Whether it holds more than one question and its reply.
    weights : bool
        Whether it can say that an earlier reply is not to be learned.
    last_reply_only : bool
        Whether only the last reply is learned in any case.
    reserved : tuple of str
        Texts that no message may hold.
    empty_messages : bool
        Whether a message may be empty.
    mark : bool
        Whether the file begins with a byte order mark.
    array : bool
        Whether a file named ``.json`` holds one list of all rows.
    plain_name : bool
        Whether a file's name may hold nothing but letters of the Latin alphabet, digits, ``_``, ``-`` and dots.
    remark : str
        What its user should know.

    Examples
    --------
    >>> from curvefit.training.upload_formats import FORMATS
    >>> FORMATS["vertex"].record([cf.Message("user", "17 + 4"), cf.Message("assistant", "21")])["contents"][1]
    {'role': 'model', 'parts': [{'text': '21'}]}
    """

    name: str
    trainer: str
    record: Callable[[Conversation], Record]
    sources: tuple[str, ...]
    least_rows: int = 1
    most_rows: int | None = None
    most_bytes: int | None = None
    most_tokens: int | None = None
    most_turn_tokens: int | None = None
    cut_tokens: int | None = None
    system_first: bool = True
    alternating: bool = False
    earlier_turns: bool = True
    weights: bool = False
    last_reply_only: bool = False
    reserved: tuple[str, ...] = ()
    empty_messages: bool = True
    mark: bool = False
    array: bool = False
    plain_name: bool = False
    remark: str = ""

    @property
    def limits(self) -> str:
        """The limits on the file, as one line says them; empty where none is published."""
        parts = [f"{self.least_rows:,} rows or more"] if self.least_rows > 1 else []
        if self.most_rows is not None:
            parts.append(f"{self.most_rows:,} rows at most")
        if self.most_bytes is not None:
            size = f"{self.most_bytes // _GB} GB" if self.most_bytes % _GB == 0 else f"{self.most_bytes // _MB} MB"
            parts.append(f"{size} at most")
        if self.most_tokens is not None:
            parts.append(f"{self.most_tokens:,} tokens a row at most")
        if self.most_turn_tokens is not None:
            parts.append(f"{self.most_turn_tokens:,} tokens a turn at most")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a trainer would not take a row.

    Attributes
    ----------
    rule : str
        Which rule, for programs: ``earlier-turns``, ``system-first``, ``alternating``, ``empty``, ``reserved``,
        ``row-tokens`` or ``turn-tokens``.
    problem : str
        The same in words.
    """

    rule: str
    problem: str


def format_named(name: str) -> UploadFormat:
    """Return a row of the table, else `InputError` that names those there are."""
    if name not in FORMATS:
        raise InputError(f"{name!r:.60} is no format of a trainer; take one of {', '.join(FORMATS)}", field="to")
    return FORMATS[name]


def approximate_tokens(text: str) -> int:
    """Return about how many tokens a text has: its bytes in UTF-8, divided by 4, rounded up.

    Of English text that is the usual 4 characters a token. Other scripts take more tokens a character, and more bytes.
    No trainer's own tokenizer is here.

    Examples
    --------
    >>> from curvefit.training.upload_formats import approximate_tokens
    >>> approximate_tokens("to be or not to be"), approximate_tokens("होना")
    (5, 3)
    """
    return -(-len(text.encode()) // 4)


def row_tokens(conversation: Conversation) -> int:
    """Return about how many tokens all messages of a row have."""
    return sum(approximate_tokens(message.content) for message in conversation)


def fault(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    """Return the first published rule that a conversation breaks, or None.

    Examples
    --------
    >>> from curvefit.training.upload_formats import FORMATS, fault
    >>> turns = [cf.Message("user", "User: 17 + 4"), cf.Message("assistant", "21")]
    >>> fault(FORMATS["bedrock"], turns).problem
    "holds 'User:', which Amazon Bedrock reserves"
    """
    return next((broken for rule in _RULES if (broken := rule(trainer, conversation)) is not None), None)


def about_name(trainer: UploadFormat, path: PurePath) -> str:
    """Return what a trainer would have against a file's name; empty where nothing."""
    suffixes = (".jsonl", ".json") if trainer.array else (".jsonl",)
    if path.suffix.lower() not in suffixes:
        return f"{trainer.trainer} takes files named {' or '.join(suffixes)}; rename it before the upload"
    if trainer.plain_name and not re.fullmatch(r"[\w.-]+", path.name, re.ASCII):
        return f"{trainer.trainer} takes names of letters, digits, _, - and dots; rename it before the upload"
    return ""


def _earlier_turns(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    if trainer.earlier_turns or len(_spoken(conversation)) == 2:  # a question, its reply
        return None
    return Fault("earlier-turns", f"has earlier turns, and {trainer.trainer} holds one question and its reply")


def _system_first(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    if not trainer.system_first or all(message.role != "system" for message in conversation[1:]):
        return None
    problem = f"has a system message behind the first message, which {trainer.trainer} does not take"
    return Fault("system-first", problem)


def _alternating(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    spoken = [message.role for message in _spoken(conversation)]
    if not trainer.alternating or spoken == ["user", "assistant"] * (len(spoken) // 2):
        return None
    problem = f"does not go user, assistant, user, assistant, ..., as {trainer.trainer} asks"
    return Fault("alternating", problem)


def _empty(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    empty = next((message.role for message in conversation if not message.content), None)
    if trainer.empty_messages or empty is None:
        return None
    return Fault("empty", f"has an empty message ({empty}), which {trainer.trainer} does not take")


def _reserved(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    texts = [message.content for message in conversation]
    word = next((word for word in trainer.reserved if any(word in text for text in texts)), None)
    return None if word is None else Fault("reserved", f"holds {word!r}, which {trainer.trainer} reserves")


def _row_tokens(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    tokens = row_tokens(conversation)
    if trainer.most_tokens is None or tokens <= trainer.most_tokens:
        return None
    problem = f"has about {tokens:,} tokens, and {trainer.trainer} takes {trainer.most_tokens:,} a row"
    return Fault("row-tokens", problem)


def _turn_tokens(trainer: UploadFormat, conversation: Conversation) -> Fault | None:
    if trainer.most_turn_tokens is None:
        return None
    system = tokens = 0
    longest = 0
    for message in conversation:
        tokens += approximate_tokens(message.content)
        if message.role == "system":
            system, tokens = system + tokens, 0
        elif message.role == "assistant":
            longest, tokens = max(longest, tokens), 0
    if system + longest <= trainer.most_turn_tokens:
        return None
    problem = (
        f"has a turn of about {system + longest:,} tokens, system message included, and {trainer.trainer} takes"
        f" {trainer.most_turn_tokens:,}"
    )
    return Fault("turn-tokens", problem)


_RULES: Final = (_earlier_turns, _system_first, _alternating, _empty, _reserved, _row_tokens, _turn_tokens)


def _spoken(conversation: Conversation) -> list[Message]:
    """Return the turns of user and assistant."""
    return [message for message in conversation if message.role != "system"]


def _system(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation if message.role == "system"]


def _messages(conversation: Conversation) -> Record:
    return {"messages": [{"role": message.role, "content": message.content} for message in conversation]}


def _weighted(conversation: Conversation) -> Record:
    """As `_messages`; an earlier reply is shown and not learned, since it is no target."""
    *earlier, reply = _messages(conversation)["messages"]
    return {"messages": [*({**m, "weight": 0} if m["role"] == "assistant" else m for m in earlier), reply]}


def _contents(conversation: Conversation) -> Record:
    system = [{"text": text} for text in _system(conversation)]
    names = {"user": "user", "assistant": "model"}
    turns = [{"role": names[m.role], "parts": [{"text": m.content}]} for m in _spoken(conversation)]
    return {**({"systemInstruction": {"parts": system}} if system else {}), "contents": turns}


def _converse(conversation: Conversation) -> Record:
    system = [{"text": text} for text in _system(conversation)]
    turns = [{"role": m.role, "content": [{"text": m.content}]} for m in _spoken(conversation)]
    return {"schemaVersion": "bedrock-conversation-2024", **({"system": system} if system else {}), "messages": turns}


def _speakers(conversation: Conversation) -> Record:
    names = {"system": "System", "user": "User", "assistant": "Chatbot"}
    return {"messages": [{"role": names[message.role], "content": message.content} for message in conversation]}


def _instructed(conversation: Conversation) -> Record:
    """The system message as the instruction and the question as its input; without the one, the question alone."""
    question, reply = (message.content for message in _spoken(conversation))
    instruction, given = (*_system(conversation), question) if _system(conversation) else (question, "")
    return {"instruction": instruction, "input": given, "output": reply}


def _conversations(conversation: Conversation) -> Record:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    return {"conversations": [{"from": names[message.role], "value": message.content} for message in conversation]}


def _prompt_and_completion(conversation: Conversation) -> Record:
    messages = _messages(conversation)["messages"]
    return {"prompt": messages[:-1], "completion": messages[-1:]}


_OPENAI = UploadFormat(
    name="openai",
    trainer="OpenAI",
    record=_weighted,
    sources=(
        "https://developers.openai.com/docs/guides/distillation",
        "https://platform.openai.com/docs/api-reference/files/create",
        "https://platform.openai.com/docs/api-reference/fine-tuning/chat-input",
    ),
    least_rows=10,
    most_bytes=512 * _MB,
    system_first=False,
    weights=True,
)

# Which reads both Alpaca and ShareGPT, and whose defaults decide where a system message is not lost.
_LLAMA_FACTORY = "https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md"

FORMATS: Final[Mapping[str, UploadFormat]] = {
    row.name: row
    for row in (
        _OPENAI,
        replace(
            _OPENAI,
            name="azure",
            trainer="Azure OpenAI",
            sources=("https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning",),
            mark=True,
        ),
        UploadFormat(
            name="mistral",
            trainer="Mistral",
            record=_messages,
            sources=(
                "https://docs.mistral.ai/resources/deprecated/finetuning/text-vision-finetuning",
                "https://github.com/mistralai/platform-docs-public/blob/main/docs/guides/finetuning_sections/_04_faq.md",
            ),
            most_bytes=512 * _MB,
            system_first=False,
            remark="Mistral calls its fine-tuning API deprecated; look first whether it still takes jobs",
        ),
        UploadFormat(
            name="together",
            trainer="Together",
            record=_weighted,
            sources=(
                "https://docs.together.ai/docs/fine-tuning/data-preparation",
                "https://github.com/togethercomputer/together-python/blob/main/src/together/utils/files.py",
            ),
            most_bytes=100 * _GB,
            alternating=True,
            weights=True,
        ),
        UploadFormat(
            name="fireworks",
            trainer="Fireworks",
            record=_weighted,
            sources=("https://docs.fireworks.ai/fine-tuning/fine-tuning-models",),
            least_rows=3,
            most_rows=3_000_000,
            weights=True,
        ),
        UploadFormat(
            name="vertex",
            trainer="Vertex AI (Gemini)",
            record=_contents,
            sources=(
                "https://cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-supervised-tuning",
                "https://cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-supervised-tuning-prepare",
            ),
            most_rows=1_000_000,
            most_bytes=_GB,
            most_tokens=131_072,
        ),
        UploadFormat(
            name="bedrock",
            trainer="Amazon Bedrock",
            record=_converse,
            sources=(
                "https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html",
                "https://github.com/aws-samples/amazon-bedrock-samples/blob/main/custom-models/bedrock-fine-tuning/nova"
                "/understanding/dataset_validation/nova_ft_dataset_validator.py",
            ),
            least_rows=8,
            most_rows=20_000,
            alternating=True,
            empty_messages=False,
            plain_name=True,
            reserved=(
                *("System:", "SYSTEM:", "User:", "USER:", "Bot:", "BOT:", "Assistant:", "ASSISTANT:", "Thought:"),
                *("[EOS]", "<image>", "<video>"),
            ),
        ),
        UploadFormat(
            name="cohere",
            trainer="Cohere",
            record=_speakers,
            sources=(
                "https://docs.cohere.com/docs/chat-preparing-the-data",
                "https://docs.cohere.com/docs/chat-starting-the-training",
                "https://docs.cohere.com/docs/fine-tuning",
            ),
            least_rows=2,
            most_turn_tokens=16_384,
            remark="Cohere's fine-tuning is deprecated since 15 September 2025; look first whether it still takes jobs",
        ),
        UploadFormat(
            name="alpaca",
            trainer="Alpaca",
            record=_instructed,
            sources=("https://github.com/tatsu-lab/stanford_alpaca#data-release", _LLAMA_FACTORY),
            earlier_turns=False,
            array=True,
            remark="Alpaca has no system message: a task's instruction is written as `instruction`, before the input,"
            " so ask the fine-tuned model in one turn too",
        ),
        UploadFormat(
            name="sharegpt",
            trainer="ShareGPT",
            record=_conversations,
            sources=(_LLAMA_FACTORY,),
            alternating=True,
            array=True,
        ),
        UploadFormat(
            name="huggingface",
            trainer="Hugging Face TRL",
            record=_prompt_and_completion,
            sources=("https://huggingface.co/docs/trl/dataset_formats", "https://huggingface.co/docs/trl/sft_trainer"),
            cut_tokens=1_024,
            system_first=False,
            last_reply_only=True,
        ),
    )
}
