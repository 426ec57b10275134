import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys

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


@pytest.mark.parametrize("code", ["import curvefit", "import curvefit.cli.main"])
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
