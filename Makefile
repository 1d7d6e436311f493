# Every target works from a fresh clone: whichever runs first makes .venv with exactly what the lock files name.
PYTHON ?= python3
JOBS ?= 3
SEED ?= 1
N ?= 20
MINUTES ?= 30
BIN := .venv/bin
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links pyproject.toml

# Modules are compiled once, not anew by each of the many processes that demo and tests start.
unexport PYTHONDONTWRITEBYTECODE

# What may go wrong on a strange machine is one sentence with the remedy.
NO_PYTHON := $(PYTHON) does not run: install Python 3.11 or newer, or say where it is with make PYTHON=/path/to/python3.
OLD_PYTHON := $(PYTHON) is older than 3.11: install a newer Python, or say where it is with make PYTHON=/path/to/python3.
NO_VENV := $(PYTHON) cannot make virtual environments: install its venv module (on Debian and Ubuntu, apt install python3-venv).
NO_PACKAGES := The locked packages could not be installed (why: .venv/pip.log): check the network and the settings of pip, then run make again.

.DEFAULT_GOAL := help
.PHONY: help demo up test worlds check docs bench kill-test soak lock format

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/runtime ## a broken service, an alert, and Stanch at work (SCENARIO=... for another)
	@$(BIN)/stanch demo $(SCENARIO)

up: .venv/runtime ## Stanch with its own Temporal server, on this machine
	@$(BIN)/stanch up

test: .venv/dev ## the tests (JOBS=3 at once)
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 10

worlds: .venv/dev ## the shipped playbooks, and one that does not ship, in all their worlds (JOBS at once)
	@$(BIN)/stanch test library --jobs $(JOBS)
	@$(BIN)/stanch test --config tests/worlds/post/stanch.yaml --jobs $(JOBS)
	@$(BIN)/stanch test library --random 1 --seed $(SEED) --jobs $(JOBS)
	@$(BIN)/stanch test library --conditions --sample 3 --seed $(SEED) --jobs $(JOBS)

check: .venv/dev ## format, lint, types, imports, generated documentation
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.venv/imports.log || { cat .venv/imports.log; exit 1; }
	@$(BIN)/python docs/drift.py --check

docs: .venv/dev ## write the generated parts of the documentation anew
	@$(BIN)/python docs/drift.py

bench: .venv/dev ## how fast an alert becomes a change, in figures
	@$(BIN)/pytest -m bench -s

kill-test: .venv/dev ## kill, stop and mislead every part in the middle of incidents (N=20 rounds; goes on where it ended)
	@STANCH_KILLS=$(N) $(BIN)/pytest tests/kill/test_kill_anywhere.py -s

soak: .venv/dev ## every trouble of every verb, incidents without end, worlds by chance (MINUTES=30)
	@STANCH_SOAK_MINUTES=$(MINUTES) $(BIN)/pytest -m soak -s --timeout 0
	@$(BIN)/stanch test library --random 10 --jobs $(JOBS)
	@$(BIN)/stanch test library --conditions --jobs $(JOBS)

lock: .venv/dev ## pin what pyproject.toml asks for, with hashes (UPGRADE=--upgrade for the newest)
	@$(UV_COMPILE) $(UPGRADE) --group install --output-file requirements.lock
	@$(UV_COMPILE) $(UPGRADE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

format: .venv/dev ## lay the code out and mend what can be mended
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet

.venv/bin/python:
	@$(PYTHON) -c '' 2>/dev/null || { echo '$(NO_PYTHON)' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '$(OLD_PYTHON)' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo '$(NO_VENV)' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

# Compiled by all processors at once, which pip does not; what cannot be compiled is not needed.
# The clone itself is installed in place; hatchling, which does that, is locked too, so nothing is fetched unseen.
.venv/runtime: requirements.lock pyproject.toml | .venv/bin/python
	@$(call install,requirements.lock)

.venv/dev: requirements-dev.lock requirements.lock pyproject.toml | .venv/bin/python
	@$(call install,requirements-dev.lock)
	@touch .venv/runtime

define install
	echo 'Installing $(1) into .venv ...' >&2; \
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps --no-compile -r $(1) >.venv/pip.log 2>&1 && \
	{ $(BIN)/python -m compileall -qq -j 0 .venv/lib || true; } && \
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e . >>.venv/pip.log 2>&1 || \
	{ echo '$(NO_PACKAGES)' >&2; exit 1; }; \
	touch $@
endef
