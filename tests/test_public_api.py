import ast
import doctest
import importlib
import inspect
import pathlib
import pickle
import pkgutil
import subprocess
import sys
import tempfile

import pytest

import curvefit

HEAVY = {"litellm", "torch", "xllamacpp", "matplotlib", "scipy", "numpy", "openai", "pydantic"}


def test_all_is_sorted_and_is_what_is_visible():
    assert curvefit.__all__ == sorted(curvefit.__all__)
    assert dir(curvefit) == curvefit.__all__
    assert set(curvefit._HOME) == set(curvefit.__all__)


@pytest.mark.parametrize("name", curvefit.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(curvefit, name)
    assert inspect.getdoc(found)


@pytest.mark.parametrize("name", curvefit.__all__)
def test_every_public_name_has_an_example_that_runs(name, monkeypatch):
    monkeypatch.chdir(pathlib.Path(__file__).parents[1])
    given = {"cf": curvefit, "pathlib": pathlib, "tempfile": tempfile}
    # Of a class its methods too; `module=False`, since a class says it is of the package and not of its own module.
    found = doctest.DocTestFinder().find(getattr(curvefit, name), name, module=False, globs=given)
    assert next(test for test in found if test.name == name).examples
    failed = []
    for test in found:
        doctest.DocTestRunner().run(test, out=failed.append)
    assert "".join(failed) == ""


@pytest.mark.parametrize("name", [name for name in curvefit.__all__ if isinstance(getattr(curvefit, name), type)])
def test_every_public_class_says_that_it_is_of_the_package(name):
    assert getattr(curvefit, name).__module__ == "curvefit"
    assert pickle.loads(pickle.dumps(getattr(curvefit, name))) is getattr(curvefit, name)  # noqa: S301


def test_a_value_unpickles_where_nothing_of_the_package_was_loaded():
    written = pickle.dumps(curvefit.Curve.from_means([0, 4], [0.2, 0.5]).points()[1])
    script = f"import pickle; print(pickle.loads({written!r}).accuracy.value)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown == "0.5\n"


def test_what_type_checkers_see_is_what_there_is():
    tree = ast.parse(inspect.getsource(curvefit))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == curvefit._HOME


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fine_tune'"):
        curvefit.fine_tune  # noqa: B018


@pytest.mark.parametrize("module", [m.name for m in pkgutil.walk_packages(curvefit.__path__, "curvefit.")])
def test_every_module_lists_names_that_it_has(module):
    if module.rpartition(".")[2] == "__main__" or not hasattr(importlib.import_module(module), "__all__"):
        assert hasattr(importlib.import_module(module), "__path__"), f"{module} has no __all__"
        return
    names = importlib.import_module(module).__all__
    assert all(hasattr(importlib.import_module(module), name) for name in names)


@pytest.mark.parametrize("code", ["import curvefit", "from curvefit.cli.main import line; line('what went wrong')"])
def test_importing_loads_nothing_heavy(code):
    script = f"import sys; {code}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from curvefit.cli.main import cli; cli.main(['--help'], standalone_mode=False);"
        f"print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stderr.split() == []
    assert "Commands" in ended.stdout


def test_judging_loads_no_engine_and_no_provider():
    script = (
        "import sys, curvefit as cf; cf.analyze(cf.Curve.from_means([1, 2, 4, 8], [.2, .4, .5, .55]));"
        "print(*sorted({'litellm', 'xllamacpp', 'torch'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []
