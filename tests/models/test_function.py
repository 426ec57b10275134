import asyncio
import functools
import threading

import pytest

import curvefit as cf
from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models.base import Request

DESIGN = cf.Design(shots=(0, 2), draws=2, items=10)


def test_a_sync_and_an_async_function_are_asked_alike(make_task):
    prompts = []

    def right(prompt):
        prompts.append(prompt)
        return f" label-{int(prompt.rsplit('question ', 1)[1].split()[0]) % 4}\nIn: another"

    async def later(prompt):
        await asyncio.sleep(0)
        return right(prompt)

    class Callable:
        async def __call__(self, prompt):
            return right(prompt)

    for function in (right, later, Callable(), functools.partial(right)):
        measured = cf.measure(make_task(), DESIGN, cf.FunctionModel(function, name="mine"))
        assert (measured.means.tolist(), measured.model, measured.usage.usd) == ([1.0, 1.0], "mine", None)
    assert all(prompt.startswith("Answer.") and prompt.endswith("Out:") for prompt in prompts)


def test_a_chat_function_gets_roles_and_contents(make_task):
    asked = []
    cf.measure(make_task(), DESIGN, cf.FunctionModel(lambda turns: asked.append(turns) or "label-0", form="chat"))
    assert [turn["role"] for turn in max(asked, key=len)] == ["system", *["user", "assistant"] * 2, "user"]
    assert asked[0][0] == {"role": "system", "content": "Answer."}


def test_its_name_is_the_functions_own_unless_it_has_another():
    def shout(prompt):
        return prompt.upper()

    assert cf.FunctionModel(shout).name == "shout"
    assert cf.FunctionModel(shout, name="loud").name == "loud"
    assert cf.FunctionModel(functools.partial(shout)).name == "partial"


def test_a_function_that_was_rewritten_is_asked_again(make_task, tmp_path):
    calls = []

    def one(prompt):
        calls.append(1)
        return "label-0"

    def two(prompt):
        calls.append(2)
        return "label-1"

    for function in (one, one, two):
        cf.measure(make_task(), DESIGN, cf.FunctionModel(function, name="mine"), journal=tmp_path / "j.sqlite")
    assert calls.count(1) == calls.count(2) == 30  # ten at 0 shots, ten a draw at 2


def test_a_function_that_was_given_something_else_is_asked_again(make_task, tmp_path, monkeypatch):
    class Asker:
        def __init__(self, reply):
            self.reply, self.calls = reply, 0

        def __call__(self, prompt):
            self.calls += 1
            return self.reply

        def ask(self, prompt):
            return self.reply

    def answer(prompt, reply):
        return reply

    def of_a_closure(reply):
        return lambda prompt: answer(prompt, reply)

    def of_a_global(reply):
        monkeypatch.setitem(globals(), "REPLY", reply)
        return lambda prompt: REPLY  # noqa: F821  # set above, as in a notebook

    forms = {
        "a closure": of_a_closure,
        "a default": lambda reply: lambda prompt, reply=reply: reply,
        "a variable of the notebook": of_a_global,
        "a partial": lambda reply: functools.partial(answer, reply=reply),
        "an object": Asker,
        "a method": lambda reply: Asker(reply).ask,
        "two lambdas in one line": {"label-0": lambda prompt: "label-0", "none": lambda prompt: "none"}.__getitem__,
        "typed at a prompt": lambda reply: eval(f"lambda prompt: {reply!r}"),  # noqa: S307  # without a source
    }
    for name, of in forms.items():
        means = [
            cf.measure(
                make_task(), DESIGN, cf.FunctionModel(of(reply), name="mine"), journal=tmp_path / f"{name}.sqlite"
            )
            for reply in ("label-0", "none")
        ]
        assert [measured.means.max() > 0 for measured in means] == [True, False], name


def test_a_function_whose_file_is_no_program_any_more_is_known_by_its_code(tmp_path):
    page = tmp_path / "page.py"
    page.write_text("This is what was (once.\n")
    names = {}
    exec(compile("said = lambda prompt: 'A'", str(page), "exec"), names)  # noqa: S102  # our own
    assert cf.FunctionModel(names["said"], name="own/page").identity


def test_what_a_function_counts_or_keeps_and_its_key_make_it_no_other():
    class Counting:
        def __init__(self):
            self.calls, self.key, self.log = 0, "sk-abcdefgh12345678", []

        def __call__(self, prompt):
            self.calls += 1
            self.log.append(prompt)
            return self.key

    function = Counting()
    model = cf.FunctionModel(function)
    before = model.identity
    function("a prompt")
    function.key = "sk-12345678abcdefgh"
    assert model.identity == before


def test_calls_are_as_many_at_once_as_it_says(make_task):
    together = threading.Barrier(3)

    def wait(prompt):
        together.wait(timeout=60)
        return "label-0"

    design = cf.Design(shots=(0,), draws=1, items=6)
    assert cf.measure(make_task(), design, cf.FunctionModel(wait, concurrency=3)).missing == 0


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda prompt: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda prompt: None, "returned NoneType; a reply is text"),
    ],
)
def test_a_function_that_fails_ends_the_measurement_in_one_line(make_task, function, said):
    with pytest.raises(CallFailed, match=said):
        cf.measure(make_task(), DESIGN, cf.FunctionModel(function))


def test_keys_are_in_no_error_and_no_reply_of_a_function(make_task):
    key = "sk-test-0123456789abcdef"

    def failing(error):
        def ask(prompt):
            raise error

        return cf.FunctionModel(ask)

    for error in (ValueError(f"wrong key\n{key}"), CallFailed(f"wrong key\n{key}")):
        with pytest.raises(CallFailed, match=r"wrong key \[key\]$"):
            cf.measure(make_task(), DESIGN, failing(error))
    request = Request(prompt="In: a\nOut:", max_tokens=9, stop=())
    reply = asyncio.run(cf.FunctionModel(lambda prompt: f"it is {key}").complete(request))
    assert reply.text == "it is [key]"


def test_prompts_beyond_its_context_are_not_sent(make_task):
    with pytest.raises(cf.CurvefitError, match="tokens"):
        cf.measure(make_task(), DESIGN, cf.FunctionModel(lambda prompt: "x", context=8))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"function": "gpt"}, "a function from prompt to reply, not 'gpt'"),
        ({"name": 3}, "name is text, not 3"),
        ({"form": "html"}, "form is one of plain, chat, not 'html'"),
        ({"context": 0}, "context of <lambda> must be a whole number above 0, not 0"),
        ({"concurrency": "2"}, "concurrency of <lambda> must be a whole number above 0, not '2'"),
    ],
)
def test_what_makes_no_model_is_refused(wrong, said):
    with pytest.raises(ModelUnavailable, match=said):
        cf.FunctionModel(**{"function": lambda prompt: prompt, **wrong})
