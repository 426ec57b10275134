"""Six languages in six scripts: balanced, and what is wanted hangs on no word that they share with another intent."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design
from curvefit.trials.selection import similar

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "six_languages"
SCRIPTS = {
    "ja": r"[\u3040-\u30ff]", "zh": r"[\u4e00-\u9fff]", "hi": r"[\u0900-\u097f]", "ar": r"[\u0600-\u06ff]",
    "ru": r"[\u0400-\u04ff]", "en": r"[A-Za-z]",
}  # fmt: skip
DAYS = r"day\b|понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье|يوم |वार\b|वार |星期|曜日"


def rows(file: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


def language(text: str) -> str:
    return next(name for name, sign in SCRIPTS.items() if re.search(sign, text))


@pytest.mark.parametrize(("file", "of_each"), [("pool.jsonl", 12), ("items.jsonl", 5)])
def test_every_intent_comes_equally_often_in_every_language(file, of_each):
    cells = Counter((language(row["input"]), row["output"]) for row in rows(file))
    assert set(cells.values()) == {of_each}
    assert len(cells) == 6 * 6


def test_no_message_mixes_two_scripts():
    """Japanese shares its characters with Chinese."""
    for row in rows("pool.jsonl") + rows("items.jsonl"):
        found = {name for name, sign in SCRIPTS.items() if re.search(sign, row["input"])}
        assert found in ({language(row["input"])}, {"ja", "zh"})


def test_chinese_and_japanese_have_no_spaces_and_the_others_do():
    for row in rows("pool.jsonl") + rows("items.jsonl"):
        assert (" " in row["input"]) == (language(row["input"]) not in ("zh", "ja"))


def test_a_day_alone_never_gives_the_intent_away():
    with_day = {row["output"] for row in rows("pool.jsonl") if re.search(DAYS, row["input"])}
    assert with_day == {"fee", "hours", "lost", "renew", "reserve", "room"}


def test_the_russian_preposition_fits_its_day():
    text = "\n".join(row["input"] for row in rows("pool.jsonl") + rows("items.jsonl"))
    assert re.search(r"\bв вторник|\bво (?!вторник|сколько)", text, re.IGNORECASE) is None
    assert "во вторник" in text


def test_the_most_similar_example_is_of_the_same_language_and_mostly_of_the_same_intent_with_spaces_or_without():
    """Retrieval by words has to work where there are no spaces between them."""
    task = load_task(FOLDER)
    right: Counter[str] = Counter()
    for item, found in zip(task.items, similar(task.pool, task.items, 1, Design()), strict=True):
        assert language(found.examples[0].input) == language(item.input)
        right[language(item.input)] += found.examples[0].target == item.target
    assert min(right[name] / 30 for name in SCRIPTS) >= 0.9
