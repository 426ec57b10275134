"""Calls and commands: what means the same is right, whatever was changed is wrong, and nothing hostile does harm."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.tasks.call_trees import call_differences, call_tree, command_tree
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item

names = st.from_regex(r"[a-z]{2,6}", fullmatch=True).filter(lambda name: name not in ("is", "in", "if", "or", "as"))
# A fence ends at the first three backticks, as it does for whoever reads Markdown.
texts = st.text(max_size=6).filter(lambda text: "```" not in text)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
arguments = st.dictionaries(names.map(lambda name: f"a_{name}"), values, min_size=1, max_size=4)
words = st.text(min_size=1, max_size=6).filter(lambda w: not w.startswith("-") and not any(c >= "\ue000" for c in w))


def judged(reply, target):
    return make_scorer("call")(reply, Item("i", "question", target)).value


def written(given, function="api.get"):
    return f"{function}({', '.join(f'{name}={value!r}' for name, value in given.items())})"


@given(given=arguments)
def test_a_call_is_itself_in_any_order_of_arguments_with_nones_and_as_json(given):
    target = written(given)
    assert judged(target, target) == 1
    assert judged(written({"a0": None, **dict(reversed(given.items()))}), target) == 1
    assert judged(json.dumps([{"name": "api.get", "arguments": given}]), target) == 1
    assert judged(f"```python\n{target}\n```", target) == 1


@given(given=arguments, other=values, data=st.data())
def test_a_call_with_any_value_changed_is_wrong(given, other, data):
    name = data.draw(st.sampled_from(sorted(given)))
    if other != given[name]:  # to Python True is 1, also inside of lists
        assert judged(written({**given, name: other}), written(given)) == 0
    assert judged(written(given, "api.put"), written(given)) == 0
    assert judged(written({**given, "extra": 1}), written(given)) == 0


@pytest.mark.parametrize(
    ("reply", "target", "right"),
    [
        ('f(a=1, b="x")', "f( b = 'x', a=1.0 )", True),
        ("f(a=g(x=1, y=2))", "f(a=g(y=2, x=1))", True),
        ("[f(a=1), g()]", "f(a=1)\ng()", True),
        ("g()\nf(a=1)", "f(a=1)\ng()", False),
        ("f(1)", "f(a=1)", False),
        ("f(1, 2)", "f(2, 1)", False),
        ("f(a=True)", "f(a=1)", False),
        ("f(a=true)", "f(a=True)", True),
        ("f(a=-1)", "f(a=1)", False),
        ("f(a='1')", "f(a=1)", False),
        ("f(a=b)", "f(a='b')", False),
        ("f(a=[1, 2])", "f(a=(1, 2))", True),
        ("f(a=[1, 2])", "f(a=[2, 1])", False),
        ('{"function": {"name": "f", "arguments": "{\\"a\\": 1}"}}', "f(a=1)", True),
        ('{"name": "f", "arguments": {"a": 1, "b": null}}', '{"arguments": {"a": 1}, "name": "f"}', True),
        ('{"name": "f"}', "f()", True),
        ("x = f(1)", "y = f(1)", False),
    ],
)
def test_what_counts_in_a_call(reply, target, right):
    assert judged(reply, target) == right


@pytest.mark.parametrize(
    ("reply", "target", "right"),
    [
        ("kubectl get pods -n default", "kubectl -n default get pods", True),
        ("kubectl get pods --namespace=default -o wide", "kubectl get pods -o 'wide' --namespace default", True),
        ("kubectl get pods -n prod", "kubectl get pods -n default", False),
        ("kubectl get pods", "kubectl get pod", False),
        ("kubectl pods get", "kubectl get pods", False),
        ("$ ls -la  /tmp # all", "ls -a -l /tmp", True),
        ("rm -rf a b", "rm -fr a b", True),
        ("cp -r b a", "cp a -r b", False),
        ("cp -r a b", "cp a b -r", True),
        ("cat a | sort | uniq -c", "cat a|sort|uniq -c", True),
        ("sort a | cat", "cat a | sort", False),
        ("a && b", "a || b", False),
        ("a; b", "a\nb", True),
        ("find . -name '*.py' -delete", "find . -delete -name '*.py'", False),
        ("find . -name *.py", "find . -name '*.py'", False),
        ("find . -exec rm {} \\;", "find . -exec rm '{}' ';'", True),
        ("grep -e b -e a f", "grep -e a -e b f", False),
        ("grep -A3 x f", "grep x f -A 3", True),
        ("echo 'a | b'", "echo a | b", False),
        ("echo '$HOME'", 'echo "$HOME"', False),
        ("echo x > f", "echo x >f", True),
        ("echo 2 > f", "echo 2> f", False),
        ("echo 2>&1 x", "echo x 2>&1", True),
        ("make >a 2>&1", "make 2>&1 >a", False),
        ("A=1 B=2 make", "B=2 A=1 make", True),
        ("docker run image -d", "docker run -d image", False),
        ("kubectl exec p -- ls -l", "kubectl exec p -l -- ls", False),
        ("a#b c", "a", False),
        ("echo \\\n x", "echo x", True),
        ("sed -n 5p f", "sed -n 6p f", False),
    ],
)
def test_what_counts_in_a_command(reply, target, right):
    assert judged(reply, target) == right


@given(
    program=st.sampled_from(["kubectl", "git"]),
    others=st.lists(words, max_size=3),
    options=st.dictionaries(names, words, max_size=3),
)
def test_a_command_is_itself_quoted_anyhow_and_with_its_options_anywhere(program, others, options):
    flags = [shlex.join([f"--{name}", value]) for name, value in options.items()]
    target = " ".join([program, *map(shlex.quote, others), *flags])
    moved = " ".join(
        [program, *(f"--{n}={shlex.quote(v)}" for n, v in reversed(options.items())), *map(shlex.quote, others)]
    )
    assert command_tree(target) is not None
    assert judged(moved, target) == 1
    for name in options:
        changed = {**options, name: options[name] + "x"}
        assert (
            judged(
                " ".join(
                    [program, *map(shlex.quote, others), *(shlex.join([f"--{n}", v]) for n, v in changed.items())]
                ),
                target,
            )
            == 0
        )


HOSTILE = [
    *("f(" * 5_000, "f(" * 50 + ")" * 50, "f(" + "[" * 5_000, "-" * 9_000 + "1", "f(" + "-" * 3_000 + "1)"),
    *("f" + ".a" * 4_000 + "()", "f(" + "not " * 2_000 + "x)", "f(" + "9" * 9_000 + ")", "[" * 100_000),
    *('{"name":' * 2_000, "f(a=" * 40 + "1" + ")" * 40, "f()" * 100_000, "f(lambda: 0)", "f(*x, **y)", "f(a=1, a=1)"),
    *("__import__('os').system('touch hacked')", "f(a=__import__('os').system('touch hacked'))", "exec('1')"),
    *("$(touch hacked)", "`touch hacked`", "; touch hacked", "f(a=1)\x00", "f(a='\ud800')", "f(a={**x})"),
    *("'" * 9_999, '"' * 9_999 + "\\", "\\" * 9_999, "|" * 9_999, "-" * 10_001, "a " * 4_999),
]


@pytest.mark.parametrize("target", ["f(a=1)", "kubectl get pods -n default"])
@pytest.mark.parametrize("reply", HOSTILE, ids=lambda reply: reply[:12])
def test_hostile_replies_are_plainly_wrong_and_run_nothing(reply, target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert judged(reply, target) == 0
    assert list(tmp_path.iterdir()) == []


@given(text=st.text() | st.text("()[]{}'\"|&;<>$` \n-=a1,:#\\."))
def test_any_text_is_read_or_not_and_nothing_breaks(text):
    for read in (call_tree, command_tree):
        assert read(text) == read(text)
    assert judged(text, "f(a=1)") in (0, 1)


def test_text_that_is_no_call_is_unreadable_and_a_target_that_is_none_is_compared_as_code():
    scorer = make_scorer("call")
    assert scorer("I would call f with 1.", Item("i", "", "f(a=1)")).answer is None
    assert scorer("it's", Item("i", "", "ls")).answer is None
    assert scorer("it's", Item("i", "", "it's")).value == 1


def test_names_and_escaped_arguments_of_any_depth_are_unreadable_and_no_crash():
    long_name = '{"name": "' + "a." * 4000 + '", "arguments": {}}'
    deep = json.dumps({"name": "f", "arguments": json.dumps({"x": 1}).replace("1", "[" * 700 + "]" * 700)})
    escaped = deep.replace("[", "\\u005b").replace("]", "\\u005d")
    for text in (long_name, deep, escaped):
        tree = call_tree(text)
        assert tree is None or tree == call_tree(text)
    assert call_tree(long_name) is None


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        ("f(a=1, b=2)", ()),
        ("f(b=3, a=1)", ("argument b",)),
        ("f(a=1)", ("argument b",)),
        ("f(a=1, b=2, secret=3)", ("an argument too many",)),
        ("f(1, b=2)", ("argument a", "an argument by position")),
        ("g(a=1, b=2)", ("another function",)),
        ("f(a=1, b=2)\ng()", ("too many calls",)),
    ],
)
def test_what_of_a_call_is_wrong_is_named_without_a_word_of_the_reply(reply, wrong):
    score = make_scorer("call")(reply, Item("i", "q", '{"name": "f", "arguments": {"a": 1, "b": 2}}'))
    assert (score.wrong, score.value) == (wrong, float(not wrong))


def test_calls_in_another_order_are_wrong_for_that_and_commands_have_no_such_words():
    assert make_scorer("call")("g()\nf()", Item("i", "q", "f()\ng()")).wrong == ("calls in another order",)
    assert call_differences(command_tree("ls -l"), command_tree("ls -a")) == ()


def test_calls_are_read_from_the_tags_that_qwen_and_hermes_write():
    one, other = '{"name": "f", "arguments": {"a": 1}}', '{"name": "g", "arguments": {}}'
    tagged = f"Let me look.\n<tool_call>\n{one}\n</tool_call>\n<tool_call>\n{other}\n</tool_call>"
    judge = make_scorer("call")
    assert judge(tagged, Item("i", "q", f"[{one}, {other}]")).value == 1
    assert judge("f(a=1)\ng()", Item("i", "q", tagged)).value == 1
    assert judge("<tool_call>f(a=2)</tool_call>", Item("i", "q", one)).wrong == ("argument a",)
    assert judge("<tool_call>soon</tool_call>", Item("i", "q", one)).answer is None
