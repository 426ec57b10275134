from dataclasses import replace

from curvefit.models.simulated import parse
from curvefit.tasks.task import Item
from curvefit.trials import prompts


def test_a_plain_prompt_reads_as_instruction_examples_question(make_task):
    task = replace(make_task(), input_word="Ticket", output_word="Queue")
    assembled = prompts.request(task, task.pool[:2], task.items[0], form="plain", max_tokens=8)
    assert assembled.prompt == (
        "Answer.\n\nTicket: question 0\nQueue: label-0\n\n"
        "Ticket: question 1\nQueue: label-1\n\nTicket: question 40\nQueue:"
    )
    assert assembled.stop == ("\n",)
    assert assembled.labels == task.labels


def test_a_chat_prompt_gives_demonstrations_as_turns(make_task):
    task = make_task()
    assembled = prompts.request(task, task.pool[:2], task.items[0], form="chat", max_tokens=8)
    assert [m.role for m in assembled.prompt] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert assembled.prompt[-1].content == "question 40"


def test_an_empty_instruction_leaves_no_trace(make_task):
    task = replace(make_task(), instruction="")
    assert prompts.request(task, (), task.items[0], form="plain", max_tokens=8).prompt == "In: question 40\nOut:"
    assert len(prompts.conversation(task, (), task.items[0])) == 1


def test_targets_of_several_lines_are_not_cut_at_the_first(make_task):
    task = make_task()
    task = replace(task, pool=(*task.pool, Item("long", "poem", "one\ntwo")))
    assembled = prompts.request(task, (), task.items[0], form="plain", max_tokens=8)
    assert assembled.stop == ("\n\nIn:",)


def test_context_stands_before_the_input(make_task):
    task = make_task()
    item = Item("c", "Who wrote it?", "Ada", context="Notes by Ada.")
    assert (
        "In: Notes by Ada.\nWho wrote it?\nOut:" in prompts.request(task, (), item, form="plain", max_tokens=8).prompt
    )


def test_replies_have_room_for_the_longest_target_and_more(make_task):
    model = parse("simulated/flat")
    task = make_task()
    long = replace(task, pool=(*task.pool, Item("long", "essay", "word " * 100)))
    assert prompts.reply_cap(long, model) >= 1.25 * model.count_tokens("word " * 100)
    assert prompts.reply_cap(task, model) == 8
