"""What stands in a row of training examples, and who sees whom."""

import numpy as np

from curvefit.training.packing import packed_rows
from curvefit.training.schedule import Example

SHARED = (9, 8, 7)


def example(own, reply):
    return Example((*SHARED, *own), tuple(reply))


def test_what_prompts_begin_with_stands_once_and_each_example_where_it_would_alone():
    (row,) = packed_rows([example((1, 2), (3, 4)), example((5,), (6,))])
    assert row.tokens.tolist() == [9, 8, 7, 1, 2, 3, 4, 5, 6, *[0] * 7]
    assert row.positions.tolist()[:9] == [0, 1, 2, 3, 4, 5, 6, 3, 4]
    assert row.tokens[row.reply_positions].tolist() == [2, 3, 5], "the token before each of a reply"
    assert row.reply_tokens.tolist() == [3, 4, 6]
    assert row.reply_lengths == (2, 1)


def test_an_example_sees_the_beginning_and_what_went_before_in_itself():
    (row,) = packed_rows([example((1, 2), (3,)), example((5,), (6,))])
    seen = {place: row.tokens[row.attention_mask()[place]].tolist() for place in range(8)}
    assert seen[1] == [9, 8], "the beginning sees no example"
    assert seen[4] == [9, 8, 7, 1, 2]
    assert seen[7] == [9, 8, 7, 5, 6], "nothing of the example before"


def test_a_window_counts_positions_and_not_places():
    (row,) = packed_rows([example((1, 2), (3,)), example((5,), (6,))])
    assert row.tokens[row.attention_mask(window=3)[7]].tolist() == [7, 5, 6]


def test_every_token_sees_itself_so_that_no_mean_is_over_nothing():
    for row in packed_rows([example((1,), (2,)), example((3, 4), (5,))]):
        assert row.attention_mask().diagonal().all()
        assert row.attention_mask(window=1).diagonal().all()


def test_examples_of_one_prompt_keep_its_last_token_as_their_own():
    (row,) = packed_rows([example((), (1,)), example((), (2,))])
    assert row.tokens.tolist()[:6] == [9, 8, 7, 1, 7, 2]
    assert row.tokens[row.reply_positions].tolist() == [7, 7]


def test_prompts_that_begin_differently_share_nothing():
    (row,) = packed_rows([Example((1, 2), (3,)), Example((4, 2), (5,))])
    assert row.tokens.tolist()[:6] == [1, 2, 3, 4, 2, 5]
    assert row.positions.tolist()[:6] == [0, 1, 2, 0, 1, 2]


def test_a_row_holds_what_its_tokens_allow_beside_the_beginning_or_one_example():
    lengths = (3, 200, 309, 1, 600, 2)
    laid = list(packed_rows([example(range(length), (7,)) for length in lengths]))
    assert [row.reply_lengths for row in laid] == [(1, 1), (1, 1), (1,), (1,)]
    assert all(len(row.tokens) % 16 == 0 for row in laid)
    assert sum(np.count_nonzero(row.owners == 0) for row in laid) == 4 * len(SHARED)
