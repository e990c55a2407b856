# Frontdesk: `make run` serves a demo desk, `make test` runs the tests, `make help` shows the rest.

PYTHON ?= python3
# Tests that run side by side; each may start a desk and a database of its own.
WORKERS ?= 2
# More words for pytest, as in: make test ARGS="tests/rules -x"
ARGS ?=

BIN := .venv/bin
CODE := bot channels actions
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile
COMPILE := $(BIN)/python -m compileall -q -j 0
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run dev check format test faults bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(BIN)/frontdesk ## install the locked dependencies and .venv/bin/frontdesk

run: install ## serve the demo desk on http://127.0.0.1:8000
	@exec $(BIN)/frontdesk serve

dev: .venv/.dev ## install what checks and tests need, too

check: dev ## format, lint, types, floors, flows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/frontdesk check

format: dev ## put the code into the one format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

test: dev ## run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

faults: dev ## run the fault tests in full (hours), one at a time
	$(BIN)/python -m pytest -m faults --faults=full --timeout 7200 $(ARGS)

bench: install ## measure turns and flows per second beside the floors of this machine
	$(BIN)/python -m benchmarks $(ARGS)

lock: dev ## renew both lock files from pyproject.toml, check the encoder's (ARGS="--upgrade" takes newer versions)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "Locks are made on Python 3.11, the oldest that is supported: make clean lock PYTHON=python3.11" >&2; exit 1; }
	@echo "Resolving what a desk needs ..."
	@$(PIP_COMPILE) $(ARGS) $(SERVER:%=--unsafe-package %) --output-file requirements.lock pyproject.toml
	@echo "Resolving what checks and tests need ..."
	@$(PIP_COMPILE) $(ARGS) --allow-unsafe --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@# Its three packages are pinned by hand, since resolving them would bring torch: that they still are what they were.
	@echo "Checking what the encoder needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --dry-run --ignore-installed --no-deps \
		--require-hashes -r requirements-model.lock
	@# Whoever installs uses an index of their own: none may be written down.
	@! grep -nE '^ *--(index|extra-index|find-links|trusted-host)|[a-z]+://' requirements.lock requirements-dev.lock requirements-model.lock

clean: ## remove the environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(wildcard $(CODE) tests benchmarks) -name __pycache__ -type d -prune -exec rm -rf {} +

# What no desk loads, 41 MB: onnxruntime's library for C programs (Python's has it all once more) and its tools, numpy's
# own tests.
SPARE := onnxruntime/capi/libonnxruntime.so.* onnxruntime/tools onnxruntime/transformers onnxruntime/quantization \
	numpy/tests numpy/*/tests

# What `python -m rasa_sdk` needs and no desk loads, 34 MB: locked and installed for the tests alone (docs/decisions/0064).
SERVER := coloredlogs humanfriendly grpcio grpcio-health-checking grpcio-tools setuptools protobuf googleapis-common-protos \
	$(addprefix opentelemetry-,sdk proto semantic-conventions exporter-http-transport exporter-otlp exporter-otlp-common \
	exporter-otlp-proto-common exporter-otlp-proto-grpc exporter-otlp-proto-http) requests urllib3 charset-normalizer

# The environment is made anew whenever the lock changes, so that it holds what is locked and nothing else.
.venv/.locked: requirements.lock requirements-model.lock
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Frontdesk needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the locked dependencies into .venv (a minute or two) ..."
	@$(PYTHON) -m venv --clear .venv
	@# The locks hold all that a desk loads. What more the packages ask for would be the action server's, and 6 GB of torch.
	@$(PIP_INSTALL) -r requirements.lock -r requirements-model.lock
	@cd .venv/lib/python*/site-packages && rm -rf $(SPARE)
	@touch $@

.venv/.dev: requirements-dev.lock | $(BIN)/frontdesk
	@echo "Installing what checks and tests need ..."
	@$(PIP_INSTALL) -r requirements-dev.lock
	@$(COMPILE) .venv/lib >/dev/null || true
	@touch $@

# The checkout is put on the environment's path, and a launcher beside its python: nothing is built, nothing is fetched.
# The first lines let /bin/sh find the python next to the launcher, whatever the path holds (spaces, symbolic links).
define LOADED
import importlib, pkgutil
import actions, bot, channels
ours = [found.name for root in (actions, bot, channels) for found in pkgutil.walk_packages(root.__path__, root.__name__ + ".")]
skipped = ("__main__", ".testing", ".migrations")
late = ["anthropic", "openai", "onnxruntime", "tokenizers", "uvicorn.lifespan.on", "uvloop", "websockets"]
late += ["pydantic_ai.models." + name for name in ("anthropic", "openai")]
for name in [name for name in ours if not any(part in name for part in skipped)] + late:
    importlib.import_module(name)
endef
export LOADED

define LAUNCHER
#!/bin/sh
'''exec' "$$(dirname "$$(readlink -f "$$0")")/python" "$$0" "$$@"
'''
from bot.cli import app

app(prog_name="frontdesk")
endef
export LAUNCHER

$(BIN)/frontdesk: .venv/.locked Makefile
	@$(BIN)/python -c 'import os, pathlib, sysconfig as s; p = s.get_path("purelib"); \
		pathlib.Path(p, "frontdesk.pth").write_text(os.path.relpath(".", p) + "\n")'
	@$(COMPILE) $(wildcard $(CODE))
	@# Of the packages what a desk loads is compiled, by loading it: all of them would be 120 MB more.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "$$LOADED"
	@printf '%s\n' "$$LAUNCHER" > $@
	@chmod +x $@
