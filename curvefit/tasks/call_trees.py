"""Calls and commands as trees. Lives here: reading them, within limits of size and depth; nothing is ever run.

A call in Python or JSON is read by `ast.parse` or as JSON, a command line by `shlex`. Two texts mean the same where
their trees are equal: trees hold no quotes, no spaces, and no order of what has none.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from curvefit.tasks.json_reply import read_json

__all__ = ["Tree", "call_differences", "call_tree", "command_tree", "is_nested_deeply", "read_calls"]

Tree = tuple[Any, ...]

_LONGEST: Final = 10_000  # characters
_DEEPEST: Final = 60  # levels of brackets, and of the tree
_MOST_NODES: Final = 5_000
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def read_calls(text: str) -> Callable[[str], Tree | None]:
    """Return what reads texts of this sort: calls where it can be read as such, else commands."""
    return command_tree if call_tree(text) is None else call_tree


def call_tree(text: str) -> Tree | None:
    """Return the function calls in a text, in Python or as JSON; None where it holds none, or is beyond the limits.

    Left out: the order of named arguments, and those that are None. A tuple is a list. A JSON call is an object with
    ``name`` and ``arguments`` (or ``parameters``), alone, in a list, or as ``function`` of a tool call. Several calls
    keep their order. What stands by position is not what stands by name: nobody knows the signature.

    Examples
    --------
    >>> from curvefit.tasks.call_trees import call_tree
    >>> call_tree("f(a=1, b='x')") == call_tree('f(b="x", a=1, c=None)')
    True
    >>> call_tree("f(a=1, b='x')") == call_tree('{"name": "f", "arguments": {"a": 1, "b": "x"}}')
    True
    """
    if len(text) > _LONGEST or is_nested_deeply(text):
        return None
    is_json, value = read_json(text)
    if is_json:
        calls = _json_calls(value)
        return None if calls is None else ("calls", *calls)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on escapes that mean nothing
            module = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not _is_small(module):
        return None
    trees: list[Tree] = []
    for statement in module.body:
        if not isinstance(statement, ast.Expr | ast.Assign):
            return None
        value = statement.value
        several = isinstance(statement, ast.Expr) and isinstance(value, ast.List | ast.Tuple)
        parts = value.elts if several and isinstance(value, ast.List | ast.Tuple) else [value]
        if not all(isinstance(_awaited(part), ast.Call) for part in parts):
            return None
        trees.extend([_tree(statement)] if isinstance(statement, ast.Assign) else map(_tree, parts))
    return ("calls", *trees) if trees else None


def call_differences(ours: Tree, theirs: Tree) -> tuple[str, ...]:
    """Return what of the calls in a reply is not as in the target, in short phrases; nothing of commands.

    Arguments are named as in the target: a reply may name them anyhow.

    Examples
    --------
    >>> from curvefit.tasks.call_trees import call_differences
    >>> call_differences(call_tree("f(a=1, b=2)"), call_tree("f(a=1, b=3)"))
    ('argument b',)
    """
    if ours[0] != "calls" or theirs[0] != "calls" or ours == theirs:
        return ()
    if len(ours) != len(theirs):
        return ("too few calls" if len(ours) < len(theirs) else "too many calls",)
    if sorted(map(repr, ours)) == sorted(map(repr, theirs)):
        return ("calls in another order",)
    found = (phrase for one, other in zip(ours[1:], theirs[1:], strict=True) for phrase in _differences(one, other))
    return tuple(dict.fromkeys(found))


def _differences(ours: Tree, theirs: Tree) -> Iterator[str]:
    if ours == theirs or ours[0] != "call" or theirs[0] != "call":
        return
    if ours[1] != theirs[1]:
        yield "another function"
        return
    given, wanted = dict(ours[3]), dict(theirs[3])
    yield from (f"argument {name}" for name, value in wanted.items() if given.get(name) != value)
    if given.keys() - wanted.keys():
        yield "an argument too many"
    if ours[2] != theirs[2]:
        yield "an argument by position"


def is_nested_deeply(text: str) -> bool:
    """Whether a text opens more brackets than are worth reading before it closes them."""
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth > _DEEPEST:
            return True
    return False


def _is_small(module: ast.AST) -> bool:
    """Whether it can be walked by a function that calls itself."""
    level, nodes = [module], 0
    for _ in range(2 * _DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        nodes += len(level)
        if not level or nodes > _MOST_NODES:
            return nodes <= _MOST_NODES
    return False


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _tree(node: Any) -> Tree:
    if isinstance(node, ast.Call):
        named = [(keyword.arg or "**", _tree(keyword.value)) for keyword in node.keywords]
        return _call(_tree(node.func), map(_tree, node.args), named)
    if isinstance(node, ast.Name):
        return _value(_CONSTANTS[node.id]) if node.id in _CONSTANTS else ("name", node.id)
    if isinstance(node, ast.Constant):
        return _value(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return ("list", *map(_tree, node.elts))
    if isinstance(node, ast.Dict):
        keys = (("**",) if key is None else _tree(key) for key in node.keys)
        return ("object", *sorted(zip(keys, map(_tree, node.values), strict=True), key=repr))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        if isinstance(number, int | float) and not isinstance(number, bool):
            return _value(-number)
    if isinstance(node, ast.AST):
        return (type(node).__name__, *(_tree(value) for name, value in ast.iter_fields(node) if name != "ctx"))
    return ("list", *map(_tree, node)) if isinstance(node, list) else _value(node)


def _call(function: Tree, values: Iterable[Tree], named: Iterable[tuple[str, Tree]]) -> Tree:
    return ("call", function, tuple(values), tuple(sorted((pair for pair in named if pair[1] != _NONE), key=repr)))


def _value(value: Any) -> Tree:
    """Return a plain value with its sort: 1 is 1.0, but neither True nor "1"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    sort = "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    return (sort, f"{value:x}" if sort == "number" and isinstance(value, int) else repr(value))


_NONE: Final = _value(None)


def _json_calls(value: Any) -> list[Tree] | None:
    entries = value if isinstance(value, list) else [value]
    if len(entries) == 1 and isinstance(entries[0], dict) and isinstance(entries[0].get("tool_calls"), list):
        entries = entries[0]["tool_calls"]
    calls = [_json_call(entry) for entry in entries]
    found = [call for call in calls if call is not None]
    return found if found and len(found) == len(calls) else None


def _json_call(entry: Any) -> Tree | None:
    if isinstance(entry, dict) and isinstance(entry.get("function"), dict):
        entry = entry["function"]
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return None
    given = [entry[key] for key in ("arguments", "parameters", "args") if key in entry]
    arguments = given[0] if len(given) == 1 else {}
    if isinstance(arguments, str):  # as OpenAI sends them
        arguments = None if is_nested_deeply(arguments) else read_json(arguments)[1]
    if len(given) > 1 or not isinstance(arguments, Mapping):
        return None
    parts = entry["name"].split(".")
    if len(parts) > _DEEPEST:
        return None
    function: Tree = ("name", parts[0])
    for part in parts[1:]:
        function = ("Attribute", function, _value(part))
    return _call(function, (), [(str(name), _json_tree(inner)) for name, inner in arguments.items()])


def _json_tree(value: Any) -> Tree:
    if isinstance(value, Mapping):
        return ("object", *sorted(((_value(key), _json_tree(inner)) for key, inner in value.items()), key=repr))
    if isinstance(value, list):
        return ("list", *map(_json_tree, value))
    return _value(value)


# In a command: what is quoted or escaped is told from what the shell would act on, by letters for private use.
_PRIVATE: Final = 0xE000
_ACTS: Final = "()<>|&;\n*?[]{}~$`"
_HIDDEN: Final = {sign: chr(_PRIVATE + at) for at, sign in enumerate(_ACTS)}
_MARK: Final = chr(_PRIVATE + 0x80)  # before the number of a file that is redirected, as in 2>
_PIECES: Final = re.compile(
    r"""(?P<single>'[^']*')|(?P<double>"(?:\\.|[^"\\])*")|(?P<escape>\\.)|(?P<comment>(?:^|(?<=[\s;]))\#[^\n]*)"""
    r"""|(?P<file>(?:^|(?<=[\s;|&]))\d(?=[<>]))""",
    re.DOTALL | re.VERBOSE,
)
_OPERATOR: Final = re.compile(r"&>>|&>|>&|>>|<<<|<<|<&|&&|\|\||\|&|;;|[|&;<>()\n]")
_REDIRECTION: Final = re.compile(r"&>>?|>&|>>|<<<?|<&|<|>")
# Programs whose words all keep their order: a word decides what those after it mean, or they are another program's.
_IN_ORDER: Final = frozenset({
    *("find", "ffmpeg", "convert", "magick", "test", "[", "expr", "jq", "awk", "gawk", "echo", "printf", "tar", "set"),
    *("env", "sudo", "doas", "xargs", "nohup", "time", "timeout", "nice", "watch", "exec", "eval", "ssh", "export"),
    *("docker", "podman", "python", "python3", "node", "ruby", "perl", "bash", "sh", "zsh"),
})  # fmt: skip
# Programs whose options are letters that can stand together, and which of these take a value (POSIX and GNU).
_LETTERS: Final = {
    "cat": "", "chmod": "", "chown": "", "cp": "tS", "cut": "bcdf", "du": "dBt", "df": "Bt", "grep": "efmABCdD",
    "head": "nc", "ln": "tS", "ls": "ITw", "mkdir": "m", "mv": "tS", "ps": "CGgopstUu", "rm": "", "rmdir": "",
    "sort": "kotST", "tail": "nc", "touch": "drt", "uniq": "fsw", "wc": "",
}  # fmt: skip


def command_tree(text: str) -> Tree | None:
    """Return a shell command as a tree; None where its quotes do not close, or it is beyond the limits.

    Left out: quotes that change nothing, spaces, comments, and where the options of a command stand among its other
    words. ``--name=value`` is ``--name value``. An option takes the word after it for its value, unless that is an
    option; which of a few old programs' letters take none is known, and there ``-rf`` is ``-f -r``. Some programs, such
    as ``find`` and ``docker``, keep all words in order. Pipes and lists of commands do.

    Examples
    --------
    >>> from curvefit.tasks.call_trees import command_tree
    >>> command_tree("kubectl get pods -n default") == command_tree("kubectl  -n 'default' get pods")
    True
    >>> command_tree("a | b") == command_tree("b | a")
    False
    """
    if len(text) > _LONGEST or any(_PRIVATE <= ord(sign) <= 0xF8FF for sign in text):
        return None
    bare = re.sub(r"\A\s*\$\s+", "", text.replace("\r\n", "\n").replace("\\\n", " ")).strip()
    lexer = shlex.shlex(_PIECES.sub(_hidden, bare), posix=True, punctuation_chars="()<>|&;\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        words = list(lexer)
    except ValueError:
        return None
    parts: list[Tree] = []
    command: list[str] = []
    for word in _apart(words):
        if _OPERATOR.fullmatch(word) and not _REDIRECTION.fullmatch(word):
            parts += [_command(command)] if command else []
            if not (word == "\n" and not command):
                parts.append(("operator", ";" if word == "\n" else word))
            command = []
        else:
            command.append(word)
    parts += [_command(command)] if command else []
    while parts and parts[-1] == ("operator", ";"):
        parts.pop()
    return ("commands", *parts) if any(part[0] == "command" for part in parts) else None


def _hidden(piece: re.Match[str]) -> str:
    text = piece[0]
    if piece["comment"] is not None:
        return ""
    if piece["file"] is not None:
        return _MARK + text
    kept = "$`" if piece["double"] is not None else ""
    if piece["double"] is not None:  # there an escaped dollar is no variable
        text = re.sub(r"\\([$`])", lambda escaped: _HIDDEN[escaped[1]], text)
    if text[1:-1] == "{}":  # which is no list of words to expand
        return text
    return "".join(sign if sign in kept else _HIDDEN.get(sign, sign) for sign in text)


def _apart(words: Iterable[str]) -> Iterator[str]:
    """Split runs of operators, which shlex leaves together."""
    for word in words:
        if word and all(sign in "()<>|&;\n" for sign in word):
            yield from _OPERATOR.findall(word)
        else:
            yield word


def _command(words: list[str]) -> Tree:
    """Return one command: what it sets, its program, its options, its other words, and where its output goes."""
    settings: list[str] = []
    rest: list[str] = []
    redirections: list[Tree] = []
    remaining = iter(words)
    for word in remaining:
        number = ""
        if word.startswith(_MARK):
            number, word = word, next(remaining, "")
        if _REDIRECTION.fullmatch(word):
            redirections.append((number, word, next(remaining, "")))
        elif not rest and re.match(r"[A-Za-z_]\w*=", word):
            settings.append(word)
        else:
            rest.append(word)
    program, arguments = (rest[0], rest[1:]) if rest else ("", [])
    if program in _IN_ORDER:
        return ("command", tuple(sorted(settings)), program, (), tuple(arguments), tuple(redirections))
    options, others = _options(arguments, _LETTERS.get(program))
    return ("command", tuple(sorted(settings)), program, options, others, tuple(redirections))


def _options(arguments: list[str], letters: str | None) -> tuple[Tree, Tree]:
    options: dict[str, list[str | None]] = {}
    others: list[str] = []
    remaining = list(reversed(arguments))
    while remaining:
        word = remaining.pop()
        if word == "--":
            others += ["--", *reversed(remaining)]
            break
        if not _is_option(word):
            others.append(word)
        elif letters is not None and not word.startswith("--"):
            for at, letter in enumerate(word[1:], 2):
                if letter in letters:
                    value = word[at:] or (remaining.pop() if remaining else None)
                    options.setdefault(f"-{letter}", []).append(value)
                    break
                options[f"-{letter}"] = [None]
        else:
            name, equals, value = word.partition("=")
            takes = not equals and letters is None and remaining and not _is_option(remaining[-1])
            options.setdefault(name, []).append(value if equals else remaining.pop() if takes else None)
    return tuple(sorted((name, *values) for name, values in options.items())), tuple(others)


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not re.match(r"-\.?\d", word)
