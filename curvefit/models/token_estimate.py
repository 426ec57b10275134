"""How many tokens a text is where a model's own tokenizer is not here. Lives here: measured figures; nothing is loaded.

Two vocabularies come with litellm: GPT-4's, the old one, and GPT-4o's, the new one. In English they make the same
tokens; what newer models make of other scripts lies mostly between. So a text is taken to be ``new + share * (old -
new)`` tokens, and a fifth more. How many times the tokens of the model's own tokenizer that is, on the sample task
six_languages, and in brackets by the old vocabulary alone (`benchmarks/asking/token_estimates.py` prints it)::

                         Russian       Arabic        Hindi      Chinese     Japanese       Korean
    GPT-4o, 4.1, 5   1.24 (2.22)  1.24 (2.68)  1.23 (3.52)  1.24 (1.85)  1.23 (1.78)  1.24 (2.03)
    Gemma 3 (Gemini) 1.21 (2.16)  1.09 (2.36)  1.50 (4.29)  1.24 (1.84)  1.46 (2.11)  1.25 (2.05)
    Llama 4          1.43 (2.57)  1.05 (2.28)  1.12 (3.19)  1.34 (1.99)  1.27 (1.84)  1.37 (2.25)
    Llama 3          1.23 (1.73)  1.46 (2.25)  1.27 (2.20)  1.16 (1.73)  1.21 (1.75)  1.20 (1.97)
    DeepSeek V4      1.25 (1.77)  1.45 (2.25)  1.15 (1.99)  1.60 (2.38)  1.17 (1.69)  1.05 (1.73)
    Qwen 3           1.44 (1.66)  1.94 (2.32)  1.05 (1.30)  1.49 (2.22)  1.27 (1.84)  1.07 (1.76)
    Qwen 3.6         1.66 (2.34)  1.80 (2.79)  1.05 (1.81)  1.65 (2.46)  1.52 (2.20)  1.52 (2.49)
    Mistral NeMo     1.10 (1.83)  1.45 (2.81)  1.25 (3.02)  1.10 (1.64)  1.18 (1.71)  1.33 (2.19)
    Mistral 7B       1.48 (1.42)  1.06 (1.00)  1.22 (1.14)  1.30 (1.30)  1.03 (1.03)  1.06 (1.06)
    Claude 2         1.19 (1.14)  1.02 (0.97)  1.18 (1.11)  1.32 (1.32)  1.15 (1.15)  1.15 (1.15)

Other scripts and models of other names are counted by the old vocabulary. Qwen 3 has its share of Arabic for Persian,
of which it makes 1.77 times the tokens of the new one, where of Arabic it is 1.16 times.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["share_of_old"]


class _Shares(NamedTuple):
    """Of the old vocabulary, in three kinds of letters."""

    cjk: float
    measured: float = 1.0
    other: float = 1.0


_CJK: Final = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_MEASURED: Final = "\u0400-\u052f\u0600-\u06ff\u0750-\u077f\u0900-\u097f"  # Cyrillic, Arabic, Devanagari
_KINDS: Final = tuple(map(re.compile, (f"[{_CJK}]", f"[{_MEASURED}]", rf"(?![\x00-\x7f{_CJK}{_MEASURED}])[^\W\d_]")))
# By what a model's name holds; the first that fits. A model distilled from another keeps its own vocabulary.
_FAMILIES: Final = (
    (re.compile(r"(?<!code)llama-?v?3(?!\d)|deepseek(?!.*(?:qwen|coder))|qwen-?3[.p][5-9]"), _Shares(0.0, 0.35)),
    (re.compile(r"qwen"), _Shares(0.0, 0.7)),
    (re.compile(r"mistral-nemo|ministral|magistral|devstral"), _Shares(0.0, 0.1)),
    (re.compile(r"gemini|gemma|llama-?v?4"), _Shares(0.0, 0.0)),
    (re.compile(r"gpt-(?:4o|4\.[15]|5|oss)|(?:^|[/:])o[134](?:-|$)"), _Shares(0.0, 0.0, 0.0)),
)
_UNKNOWN: Final = _Shares(1.0, 1.1)  # Claude 2's and Mistral's first make more tokens of Arabic than GPT-4's


def share_of_old(model: str, text: str) -> float:
    """Return how much of what the old vocabulary makes more of a text than the new one a model's is taken to make.

    Examples
    --------
    >>> from curvefit.models.token_estimate import share_of_old
    >>> share_of_old("openai/ft:gpt-4.1-mini:acme::x1", "नमस्ते"), share_of_old("openai/mine", "नमस्ते")
    (0.0, 1.1)
    """
    shares = next((shares for pattern, shares in _FAMILIES if pattern.search(model.lower())), _UNKNOWN)
    return max((share for kind, share in zip(_KINDS, shares, strict=True) if kind.search(text)), default=1.0)
