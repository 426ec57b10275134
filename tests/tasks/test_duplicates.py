"""Exact and near duplicates: what counts, that none is missed, and that nothing else is taken for one."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from curvefit.tasks.duplicates import SIMILAR, duplicate_groups, duplicated
from curvefit.tasks.task import Item, canonical


def items(*examples: tuple[str, str]) -> list[Item]:
    return [Item(f"i{n}", text, target) for n, (text, target) in enumerate(examples)]


LONG = "How do I report my card as lost or stolen after a night out in town?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((LONG, "a"), (LONG.upper(), "b")),
        ((LONG, "a"), (LONG.replace(" ", "  \n").removesuffix("?"), "b")),
        ((LONG, "a"), (LONG.replace("card", "'card',"), "b")),
        ((LONG, "a"), (LONG.replace("lost", "lsot"), "A ")),
        ((LONG, "a"), (LONG.replace("the", ""), "a")),
        ((LONG, "a"), ("So, " + LONG, "a")),
    ],
)
def test_a_typo_an_article_case_spacing_and_punctuation_make_no_new_example(one, other):
    assert duplicate_groups(items(one, other)) == [[0, 1]]
    assert duplicated(items(one), items(other)) == [0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((LONG, "a"), (LONG.replace("lost", "lsot"), "b")),  # a template filled in twice has two answers
        ((LONG, "a"), ("Why is my card not accepted in any shop of the town?", "a")),
        (("3 + 4", "a"), ("3 - 4", "b")),
        (("x = 5", "a"), ("x = -5", "b")),
        (("a.b", "1"), ("ab", "1")),
        (("?", "1"), ("!", "2")),
        (("मुझे माला दिखाइए", "a"), ("मुझे मेला दिखाइए", "a")),  # a garland, a fair: the vowels tell them apart
    ],
)
def test_a_question_with_another_answer_or_other_words_is_another_example(one, other):
    assert duplicate_groups(items(one, other)) == [[0], [1]]
    assert duplicated(items(one), items(other)) == []


PASSAGE = "Ann came in from the garden with a basket of apples, and Bob went out to the well. " * 5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Who came in?", PASSAGE), ("Who came in?", "Carl sang and Dora slept."), False),
        (("Who came in?", PASSAGE), ("Where did he go?", PASSAGE), False),  # one passage, two questions about it
        (("Who came in?", PASSAGE), ("Who came in?", PASSAGE.replace("apples", "aples", 1)), True),
        (("Who was it that came in then?", PASSAGE), ("Who was it that came in then, now?", PASSAGE), False),
        (
            ("Who was it that came in then from there?", PASSAGE),
            ("Who was it tht came in then from there", PASSAGE),
            True,
        ),
    ],
)
def test_input_and_context_are_compared_each_by_itself(one, other, same):
    a, b = (Item(name, text, "x", context) for name, (text, context) in (("a", one), ("b", other)))
    assert (len(duplicate_groups([a, b])) == 1) is same


def test_a_template_around_every_input_makes_no_duplicates():
    template = "Please determine with care whether {} is a prime or a composite number, and answer with one word."
    numbers = [str(n) for n in range(10_007, 90_000, 1_993)]
    rows = items(*((template.format(n), "yes") for n in numbers))
    assert len(duplicate_groups(rows)) == len(numbers)
    assert duplicated(rows[:20], rows[20:]) == []
    assert duplicated(rows[:1], [*rows[1:], *items((template.format(" 10007 ").upper(), "yes"))]) == [0]


def test_duplicates_of_duplicates_are_in_one_group_but_only_direct_ones_leak():
    first, second, third = LONG, "So, " + LONG, "So, " + LONG + " Then"
    chain = items((first, "a"), (second, "a"), (third, "a"))
    assert duplicated(chain[:1], chain[2:]) == []
    assert duplicated(chain[:2], chain[2:]) == [1]
    assert duplicate_groups(chain) == [[0, 1, 2]]


vocabulary = ["ab", "abc", "card", "lost", "the", "a", "my", "is", "it,", "Is?", "好", "no-one"]
words = st.lists(st.sampled_from(vocabulary), min_size=1, max_size=12)
examples = st.lists(st.tuples(words.map(" ".join), st.sampled_from("xy")), max_size=12).map(lambda rows: items(*rows))


@given(examples)
def test_groups_are_a_partition(rows):
    assert sorted(i for group in duplicate_groups(rows) for i in group) == list(range(len(rows)))


@given(examples)
def test_exact_copies_are_always_together(rows):
    group = {i: n for n, members in enumerate(duplicate_groups(rows)) for i in members}
    for i, j in combinations(range(len(rows)), 2):
        if canonical(rows[i]) == canonical(rows[j]):
            assert group[i] == group[j]


def test_no_near_duplicate_is_missed_by_ruling_pairs_out_beforehand():
    # Over 600 texts of one target, in more than one chunk: every pair, compared one by one.
    rng = random.Random(0)
    letters = "abcdefghij klmno pqrst "
    texts = []
    for _ in range(150):
        text = "".join(rng.choices(letters, k=rng.randint(3, 120)))
        texts.append(text)
        for _ in range(3):
            place = rng.randrange(len(text) + 1)
            text = text[:place] + rng.choice(letters) + text[place + rng.randint(0, 2) :]
            texts.append(text)
    rows = items(*((text, "same") for text in texts))
    # Keyed without knowledge of chunks, buckets or lengths; inputs without signs, so that words are the whole text.
    plain = [" ".join(text.split()) for text in texts]
    near = {i: {j for j, other in enumerate(plain) if alike(text, other)} for i, text in enumerate(plain)}
    assert sum(map(len, near.values())) > 1_000
    for i in range(0, 600, 7):
        others = [j for j in range(600) if j != i]
        leaks = bool(duplicated([rows[i]], [rows[j] for j in others]))
        assert leaks == bool(near[i] - {i})
    group = {i: n for n, members in enumerate(duplicate_groups(rows)) for i in members}
    assert all(group[i] == group[j] for i, linked in near.items() for j in linked)


def alike(one: str, other: str) -> bool:
    return one == other or Indel.normalized_similarity(one, other) >= SIMILAR


def test_the_same_question_after_another_conversation_is_no_duplicate():
    talks = [(("user", f"Tell me about {word}."), ("assistant", "Ask.")) for word in ("copper", "the sea", "Bach")]
    examples = [Item(str(n), "How old is it?", f"answer {n}", turns=talk) for n, talk in enumerate([*talks, talks[0]])]
    assert duplicate_groups(examples) == [[0, 3], [1], [2]]
    assert len({canonical(example) for example in examples}) == 3


GREETED = (("user", "hello"), ("assistant", "Hello, how can I help?"))


def asked_after(turns, inputs, target="card lost"):
    return [Item(f"{len(turns)}-{n}", text, target, turns=turns) for n, text in enumerate(inputs)]


def test_a_greeting_before_it_makes_no_other_question():
    inputs = [
        "I have lost my card in town",
        "my card was lost on a train",
        "yes please do",
        "where may my card be now?",
    ]
    bare, greeted = asked_after((), inputs), asked_after(GREETED, [f"{text}!" for text in inputs])
    assert duplicate_groups([*bare, *greeted]) == [[0, 4], [1, 5], [2], [3, 7], [6]], "three words tell too little"
    assert duplicated(greeted, bare) == [0, 1, 3]
    other = [replace(example, target="card stolen") for example in greeted]
    assert duplicated(other, bare) == []
    told = [replace(example, context=f"case {n}") for n, example in enumerate(greeted)]
    assert duplicated(told, bare) == []


def test_where_inputs_do_not_tell_examples_apart_earlier_turns_do():
    talks = [(("user", f"My {thing} is broken."), ("assistant", "Go on.")) for thing in ("car", "phone", "door", "cup")]
    examples = [Item(f"t{n}", "What do you say to all of that?", "sorry", turns=talk) for n, talk in enumerate(talks)]
    assert len(duplicate_groups(examples)) == len(talks)
