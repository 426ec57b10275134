# `make demo` measures a real curve; `make test` runs every check, `make quick` the fast ones. All set themselves up, with
# the versions in requirements.lock; `make lock` refreshes those, `make newest` tries what it would bring.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
NEWEST := build/newest
UV := build/uv
PACKAGING := build/packaging

# The lock constrains what is installed and what that is built with: older pips read the first name for both.
INSTALL = PIP_CONSTRAINT=$(LOCK) PIP_BUILD_CONSTRAINT=$(LOCK) $(BIN)/pip install --quiet --disable-pip-version-check
# One answer for every platform and each Python from 3.11 on, all extras included.
RESOLVE = $(UV)/bin/uv pip compile --quiet --no-python-downloads --upgrade --universal --python-version 3.11 \
	--all-extras --group build --custom-compile-command 'make lock' pyproject.toml --output-file
PYTEST = $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo test quick suite lint types docs pages dist lock newest clean

$(VENV)/.local: pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e '.[local]'
	touch $@

$(VENV)/.dev: $(VENV)/.local
	$(INSTALL) -e '.[dev,probe]'
	touch $@

demo: $(VENV)/.local
	$(BIN)/curvefit demo

# mypy and mkdocs take one core each, so that they run beside the tests.
test: lint
	@$(MAKE) --no-print-directory --jobs types docs suite

suite: $(VENV)/.dev
	$(PYTEST)

quick: lint types
	$(PYTEST) -m 'not slow'

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

# The site is build/site/index.html. A link that leads nowhere ends it.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

# Reports by today's rules, and pages that are made of reports/, of what is installed and of the list of prices, and committed.
pages: $(VENV)/.dev
	$(BIN)/python -m benchmarks.pages.stored_reports
	$(BIN)/python -m benchmarks.pages.gallery
	$(BIN)/python -m benchmarks.pages.licences
	$(BIN)/python -m benchmarks.pages.prices

# Wheel and sdist, the same bytes for the same commit whenever they are built.
dist: $(PACKAGING)/bin/twine
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) PIP_CONSTRAINT=$(abspath $(LOCK)) PIP_BUILD_CONSTRAINT=$(abspath $(LOCK)) \
		$(PACKAGING)/bin/python -m build
	$(PACKAGING)/bin/twine check --strict dist/*

$(PACKAGING)/bin/twine:
	$(PYTHON) -m venv $(PACKAGING)
	$(PACKAGING)/bin/pip install --quiet --disable-pip-version-check build twine

$(UV)/bin/uv:
	$(PYTHON) -m venv $(UV)
	$(UV)/bin/pip install --quiet --disable-pip-version-check uv

lock: $(UV)/bin/uv
	$(RESOLVE) $(LOCK)

# Tells what today's newest releases would break; no finding fails it, since nothing here has changed.
newest: $(UV)/bin/uv
	mkdir -p $(NEWEST)
	$(RESOLVE) $(NEWEST)/requirements.lock
	-$(MAKE) --keep-going VENV=$(NEWEST) LOCK=$(NEWEST)/requirements.lock lint types suite
	@echo 'Versions locked (<) and newest (>):'
	@diff $(LOCK) $(NEWEST)/requirements.lock | grep '^[<>] [^ ]*==' || echo 'no difference'

clean:
	rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache
