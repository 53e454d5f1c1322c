# Customer Hub. `make demo` shows it, `make test` proves it; both set up what they need the first time.
# Needs: make, a POSIX shell, and a Python >= 3.11 that has venv and pip. PYTHON=... picks one.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links
# Two workers share one machine; a file's tests stay together, because they share its servers.
PARALLEL := -n 2 --dist loadfile
REPORT := -rs --no-fold-skipped

.PHONY: help setup demo test test-nightly lint format bench bench-identity bench-push bench-read lock starters quality clean

help: ## This list.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

setup: $(VENV)/.development ## Make the virtual environment with everything for development.

$(BIN)/python:
	@python=""; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python >= 3.11 with venv and pip was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV)

# What the product needs to run, and the `hub` command.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the hub needs to run"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --editable .
	@touch $@

# The same versions, and the tools around them.
$(VENV)/.development: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what development needs"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --editable .
	@touch $(VENV)/.runtime $@

demo: $(VENV)/.runtime ## From nothing to a filled store, on invented people.
	@$(BIN)/hub demo

# Both halves run, whatever becomes of the first; pytest's 5 means that a half had nothing to run.
test: setup ## The whole suite. What this machine cannot have is skipped by name.
	@failed=0; \
	$(BIN)/python -m pytest $(PARALLEL) $(REPORT) -m "not serial and not nightly" || failed=1; \
	$(BIN)/python -m pytest $(REPORT) -m "serial and not nightly" || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

test-nightly: setup ## The long versions of the tests.
	@$(BIN)/python -m pytest $(REPORT) -m nightly

lint: setup ## Style, types, and the floors of the house.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## Let ruff rewrite what it can.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## Side by side with peers, on this machine; writes bench/results/.
	@$(BIN)/python -m bench

bench-read: setup ## Reading, side by side with peers, with and without faults; writes bench/results/read.json.
	@$(BIN)/python -m bench.read

bench-push: setup ## How fast pushing is planned and delivered; writes bench/results/push.json.
	@$(BIN)/python -m bench.push

# BENCH_IDENTITY='--sets febrl3,crowd200k --tools ours,splink --only sets' runs a part of it; `--keep` adds to the last.
bench-identity: setup ## Who is who, side by side with peers; writes bench/results/identity.json. Takes hours.
	@$(BIN)/python -m bench.identity $(BENCH_IDENTITY)

lock: setup ## Take the newest versions into both locks.
	@$(LOCK) --upgrade --output-file requirements.lock
	@$(LOCK) --upgrade --group dev --constraint requirements.lock --output-file requirements-dev.lock

starters: $(VENV)/.runtime ## Write config/hub.yaml anew from the documentation of the settings.
	@$(BIN)/python -m hub.settings.starter > config/hub.yaml.new && mv config/hub.yaml.new config/hub.yaml

quality: setup ## Run the conformance tests of all connectors; write their quality.json and connectors/README.md.
	@$(BIN)/python -m hub.testing.quality

clean: ## Remove what the targets above have made, the virtual environment too.
	@rm -rf $(VENV) demo dist build bench/results .pytest_cache .mypy_cache .ruff_cache .hypothesis
