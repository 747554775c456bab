# `make` alone lists what there is. Every target does its own set-up on a bare machine.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test bench chaos setup lint chromium
# One worker per core, and each brings browsers and queries of its own.
TEST_WORKERS ?= 2
PY := .venv/bin/python
# Tests start some hundred processes, and each would compile the whole application again.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Start everything (shop, workers, database, sandbox) and print the address
	@exec $(PY) -m app.cli.run

test: setup chromium lint ## Lint, then run all tests except the slow and destructive ones
	@$(PY) -m pytest -n $(TEST_WORKERS) -m "not chaos and not bench"

bench: setup ## Measure speed as ratios against a floor from the same run
	@$(PY) -m tests.bench

chaos: setup chromium ## Run the slow and destructive tests
	@$(PY) -m pytest -m chaos

setup: .venv/.installed ## Make .venv and install requirements.txt (only when it changed)

lint: setup ## ruff, mypy and djlint
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m djlint templates app/sandbox/templates --lint --quiet

chromium: setup
	@$(PY) -m app.cli.chromium

.venv/.installed: requirements.txt
	@found=; for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { found=$$p; break; }; done; \
	[ "$$found" ] || { echo "Guildhall needs Python 3.11 or newer. Install it (Debian, Ubuntu: apt-get install python3 python3-venv) and run make again."; exit 1; }; \
	$(PY) -m pip --version >/dev/null 2>&1 || { echo "Making .venv"; $$found -m venv --clear .venv; } || { \
	  echo "Python cannot make virtual environments. Install python3-venv (Debian, Ubuntu: apt-get install python3-venv) and run make again."; exit 1; }
	@echo "Installing requirements.txt"
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
