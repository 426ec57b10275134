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


TALK = (("user", "2+2?"), ("assistant", "4"))


def test_earlier_turns_stay_turns_before_the_question_and_in_each_demonstration(make_task):
    task = make_task()
    shown, item = Item("a", "And 3+3?", "6", turns=TALK), Item("b", "And 5+5?", "10", context="In tens.", turns=TALK)
    assembled = prompts.request(task, [shown], item, form="chat", max_tokens=8)
    assert [(turn.role, turn.content) for turn in assembled.prompt] == [
        ("system", "Answer."), *TALK, ("user", "And 3+3?"), ("assistant", "6"), *TALK, ("user", "In tens.\nAnd 5+5?"),
    ]  # fmt: skip


def test_in_a_plain_prompt_turns_of_a_conversation_stand_together_and_examples_apart(make_task):
    shown, item = Item("a", "And 3+3?", "6", turns=TALK), Item("b", "And 5+5?", "10", turns=TALK)
    assembled = prompts.request(make_task(), [shown], item, form="plain", max_tokens=8)
    assert assembled.prompt == (
        "Answer.\n\nIn: 2+2?\nOut: 4\nIn: And 3+3?\nOut: 6\n\nIn: 2+2?\nOut: 4\nIn: And 5+5?\nOut:"
    )


def test_a_model_is_fine_tuned_on_the_turns_it_is_asked_with(make_task):
    task, item = make_task(), Item("b", "And 5+5?", "10", turns=TALK)
    *asked, reply = prompts.training_conversation(task, item)
    assert tuple(asked) == prompts.conversation(task, (), item)
    assert (reply.role, reply.content) == ("assistant", "10")


def test_a_system_message_of_an_example_stands_in_place_of_the_instruction_in_prompts_and_in_training(make_task):
    item, bare = Item("a", "2+2?", "4", system="Be brief."), Item("b", "3+3?", "6")
    asked = [(turn.role, turn.content) for turn in prompts.conversation(make_task(), (), item)]
    assert asked == [("system", "Be brief."), ("user", "2+2?")]
    learned = prompts.training_conversation(make_task(instruction=""), item)
    assert [turn.role for turn in learned] == ["system", "user", "assistant"]
    assert learned[0].content == "Be brief."
    assert [turn.role for turn in prompts.training_conversation(make_task(instruction=""), bare)] == [
        "user",
        "assistant",
    ]
    plain = prompts.request(make_task(), [], item, form="plain", max_tokens=8).prompt
    assert plain == "Be brief.\n\nIn: 2+2?\nOut:"


def test_a_demonstration_shows_its_system_message_only_where_it_is_another_than_that_of_the_item(make_task):
    shown = [Item("a", "2+2?", "4", system="Be brief."), Item("b", "3+3?", "6", system="Be long.", turns=TALK)]
    item = Item("c", "4+4?", "8", system="Be brief.")
    turns = [turn.content for turn in prompts.conversation(make_task(), shown, item)]
    assert turns[:3] == ["Be brief.", "2+2?", "4"]
    assert turns[3] == f"Be long.\n{TALK[0][1]}"
    assert turns[-3:] == ["3+3?", "6", "4+4?"]
