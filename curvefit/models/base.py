"""What every language model looks like from here. Lives here: the protocol and its values; nothing that calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from curvefit.errors import PromptTooLong
from curvefit.own_files import digest

__all__ = [
    "ENGINE",
    "LOCAL_CONTEXT",
    "UNPRICED",
    "Allowance",
    "Completion",
    "Cost",
    "Form",
    "Message",
    "Model",
    "Prices",
    "Request",
    "Usage",
    "check_room",
    "journal_name",
    "transcript",
    "with_adapter",
]

Form = Literal["plain", "chat"]
# Tokens that a model that runs here holds at most: enough for hundreds of short demonstrations. Each engine takes
# memory for all of it at once: 150 MB with gemma3-270m, 190 MB with smollm2-135m.
LOCAL_CONTEXT: Final = 8192
ENGINE: Final = ("local/", "local:")  # what names of models begin with that run in our engine, on this machine
UNPRICED: Final = (*ENGINE, "simulated/")  # the same of all whose calls have no price


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Examples
    --------
    >>> cf.Message(role="user", content="17 + 4")
    Message(role='user', content='17 + 4')
    """

    __module__ = "curvefit"

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """Exactly what is sent: two equal requests get equal replies from one greedy model.

    Attributes
    ----------
    prompt : str or tuple of Message
        A plain text to be continued, or a conversation to be answered.
    max_tokens : int
        Cap on the reply's length.
    stop : tuple of str
        Texts that end the reply; not part of it.
    labels : tuple of str
        When not empty, the model is also asked which of these it would choose if it had to choose.
    cache_key : str
        Requests that share a key share a prefix: a hint on routing, as OpenAI's ``prompt_cache_key``; it never
        changes a reply and is no part of the request's identity.

    Examples
    --------
    >>> request = cf.Request("In: 17 + 4\\nOut:", max_tokens=8, stop=("\\n",))
    >>> request.digest("my model") == request.digest("another model")
    False
    """

    __module__ = "curvefit"

    prompt: str | tuple[Message, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cache_key: str = ""

    @property
    def as_given(self) -> str | list[dict[str, str]]:
        """The prompt as programs take it: a text, or messages with ``role`` and ``content``."""
        if isinstance(self.prompt, str):
            return self.prompt
        return [{"role": turn.role, "content": turn.content} for turn in self.prompt]

    @property
    def opening(self) -> str:
        """What stands between the prompt and an answer: after ``Out:`` a space, in a turn of its own nothing."""
        return " " if isinstance(self.prompt, str) else ""

    def digest(self, model_identity: str) -> str:
        """Name the reply to this request by content: SHA-256 over the model's identity and all that is sent."""
        prompt = self.prompt if isinstance(self.prompt, str) else [[m.role, m.content] for m in self.prompt]
        parts = [model_identity, prompt, self.max_tokens, self.stop, self.labels]
        return digest(json.dumps(parts, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider says is left of its limit on requests.

    Attributes
    ----------
    limit, remaining : int
        Requests allowed at once when nothing was used, and how many of these are left.
    full_in : float
        Seconds until nothing counts as used.
    """

    limit: int
    remaining: int
    full_in: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for a million tokens, as a user states them; cached tokens cost as much as others unless said.

    Tokens that fill a cache, for which Anthropic asks, cost a quarter more than others.

    Examples
    --------
    >>> prices = cf.Prices(prompt=0.15, completion=0.60, cached=0.075)
    >>> prices.usd(prompt_tokens=1_000_000, cached_tokens=0, completion_tokens=100_000)
    0.21
    """

    __module__ = "curvefit"

    prompt: float
    completion: float
    cached: float | None = None

    def usd(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int, written_tokens: int = 0) -> float:
        """Return dollars for so many tokens sent, of these cached, generated, and of those sent, written to a cache."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = prompt_tokens - cached_tokens + 0.25 * written_tokens
        return (fresh * self.prompt + cached_tokens * cached + completion_tokens * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model returned.

    Attributes
    ----------
    text : str
        The reply.
    choice : str or None
        Which of the request's labels the model would choose under constraint; None where it cannot say.
    prompt_tokens, cached_tokens, completion_tokens : int
        Sent (cached ones included), reused from a cache, generated.
    usd : float or None
        Price; None when it is unknown, which is not the same as free.
    seconds : float
        Wall time.
    ending : str
        Why the reply ended, in OpenAI's words: ``stop``, ``length`` where it was cut at `max_tokens`; empty if unknown.
    temperature : float or None
        What was really sent; None when the model takes none and its default applied.
    allowance : Allowance or None
        What the provider said is left of its limit; passing news, not stored.

    Examples
    --------
    >>> cf.Completion("21", prompt_tokens=12, completion_tokens=1).usd is None
    True
    """

    __module__ = "curvefit"

    text: str
    choice: str | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    seconds: float = 0.0
    ending: str = ""
    temperature: float | None = 0.0
    allowance: Allowance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate of what a measurement takes; None where it is unknown, which is not the same as nothing."""

    seconds: float | None = None
    usd: float | None = None


class Model(Protocol):
    """A language model that can be asked: what `resolve` returns, and what a class of your own has to have.

    For a function of your own there is `FunctionModel`.

    Examples
    --------
    >>> model: cf.Model = cf.resolve("simulated/rising")
    >>> model.name, model.form, model.count_tokens("17 + 4")
    ('simulated/rising', 'chat', 2)
    """

    __module__: str = "curvefit"

    @property
    def name(self) -> str:
        """As the user writes it: ``local/gemma3-270m``, ``openai/gpt-4o-mini``, ``simulated/rising``."""
        ...

    @property
    def identity(self) -> str:
        """Changes whenever replies could: the name, and for a file its hash and the engine's version."""
        ...

    @property
    def form(self) -> Form:
        """Which form of prompt the model does better with: measured, see each model."""
        ...

    @property
    def context(self) -> int | None:
        """How many tokens fit, prompt and reply together; None when unknown."""
        ...

    @property
    def concurrency(self) -> int:
        """How many requests it serves at once."""
        ...

    @property
    def keeps_prefix(self) -> bool:
        """Whether requests of one cache key should come in order, because computed prefixes are reused."""
        ...

    @property
    def thinking(self) -> int:
        """How many tokens, at most, come before the text of a reply and count against its cap: 0 for most models."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text is; an upper-biased estimate where there is no tokenizer."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Answer one request greedily; raises `PromptTooLong` before sending, `CallFailed` after."""
        ...

    async def warm(self, request: Request) -> None:
        """Bring the cache to where it stands after this request, without a reply; does nothing where none is kept."""
        ...

    async def rest(self) -> None:
        """Free what is held for the running event loop, which is about to end; a later call would get it again."""
        ...

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return what so many tokens sent, not yet cached, and generated would take."""
        ...

    def close(self) -> None:
        """Free what the model holds."""
        ...


def transcript(
    instruction: str, examples: Sequence[Sequence[Message]], input_word: str = "In", output_word: str = "Out"
) -> str:
    """Lay examples out as one plain text for a base model to continue.

    The instruction, then ``In: x`` and ``Out: y`` a turn, and blank lines between examples. Turns of one conversation
    stand below each other, so that they read as one. Last comes ``Out:`` without a trailing space (a trailing space
    would be a token of its own that the model never saw before a word).
    """
    words = {"user": input_word, "assistant": output_word}
    blocks = ["\n".join(f"{words[turn.role]}: {turn.content}" for turn in turns) for turns in examples]
    text = "\n\n".join(filter(None, [instruction, *blocks]))
    is_asked = bool(examples) and examples[-1][-1].role == "user"
    return f"{text}\n{output_word}:" if is_asked else f"{text}\n\n{output_word}:"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a measurement took: the sum over its calls.

    Attributes
    ----------
    calls : int
        Requests answered. Trials with equal requests share one.
    prompt_tokens, cached_tokens, completion_tokens : int
        Sent (cached ones included), reused from a cache, generated.
    usd : float or None
        Price; None when any call's price is unknown.
    seconds : float
        Model time summed over calls; with several lanes more than the wall time.
    rate_limited, faults : int
        Attempts beside these calls that brought no reply: refused for their rate (429), or ended in another fault that
        may pass, such as a 5xx, a time-out or a broken connection.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    seconds: float = 0.0
    rate_limited: int = 0
    faults: int = 0

    @classmethod
    def of(cls, reply: Completion) -> Usage:
        """Return what one call took."""
        return cls(1, reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens, reply.usd, reply.seconds)

    def __add__(self, other: Usage) -> Usage:
        priced = [part.usd for part in (self, other) if part.calls]  # no call has no price that could be unknown
        known = [usd for usd in priced if usd is not None]
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=sum(known) if known and len(known) == len(priced) else None,
            seconds=self.seconds + other.seconds,
            rate_limited=self.rate_limited + other.rate_limited,
            faults=self.faults + other.faults,
        )

    def __sub__(self, other: Usage) -> Usage:
        """Return what is left without a part of it."""
        unknown = self.usd is None or (other.usd is None and other.calls)
        return Usage(
            calls=self.calls - other.calls,
            prompt_tokens=self.prompt_tokens - other.prompt_tokens,
            cached_tokens=self.cached_tokens - other.cached_tokens,
            completion_tokens=self.completion_tokens - other.completion_tokens,
            usd=None if unknown else max(0.0, (self.usd or 0.0) - (other.usd or 0.0)),
            seconds=max(0.0, self.seconds - other.seconds),
            rate_limited=self.rate_limited - other.rate_limited,
            faults=self.faults - other.faults,
        )


def journal_name(model: Model) -> str:
    """Return what a journal calls a model: its name, and which adapter it answers with, if any.

    By the name alone, replies of a model and of what it was fine-tuned to could not be told apart.
    """
    name: str = getattr(model, "journal_name", model.name)
    return name


def with_adapter(name: str, sha256: str) -> str:
    """Return what a journal calls a model of this name that answers with an adapter.

    Examples
    --------
    >>> from curvefit.models.base import with_adapter
    >>> with_adapter("local/gemma3-270m", "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730")
    'local/gemma3-270m with adapter 7d865e959b24'
    """
    return f"{name} with adapter {sha256[:12]}"


def check_room(prompt: int, reply: int, context: int, name: str) -> None:
    """Raise `PromptTooLong` where a model has no room for so many tokens of a prompt and of a reply."""
    if prompt + reply > context:
        raise PromptTooLong(
            f"a prompt of {prompt} tokens and a reply of up to {reply} do not fit the {context} tokens {name} holds;"
            " nothing was sent"
        )
