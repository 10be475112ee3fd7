# Set-up and daily commands. `make demo` and `make test` need Python 3.11-3.13, Node 18+ and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLIENT := devkit/sdk/client
BIOME := $(CLIENT)/node_modules/.bin/biome
CLIENT_SOURCES := $(shell find devkit/*/client -name node_modules -prune -o -name dist -prune -o \
	\( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.mjs' -o -name '*.json' \) -print 2>/dev/null)
DEMO ?= demo-panel
DEMO_FLAGS ?=
PYTEST_FLAGS ?= -n 2 --dist loadscope

.PHONY: demo test check fmt client bench clean

demo: $(VENV)/.installed client
	@test -d $(DEMO) || $(BIN)/devkit new $(DEMO) --template react --yes
	cd $(DEMO) && $(abspath $(BIN))/devkit dev $(DEMO_FLAGS)

test: $(VENV)/.installed-dev client
	tests/setup.sh
	$(MAKE) check
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

check: $(VENV)/.installed-dev $(CLIENT)/node_modules/.package-lock.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIOME) check --error-on-warnings
	cd $(CLIENT) && npm run --silent check

fmt: $(VENV)/.installed-dev $(CLIENT)/node_modules/.package-lock.json
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIOME) check --write --error-on-warnings

client: $(CLIENT)/dist/.built

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package-lock.json
	cd $(CLIENT) && npm ci --no-audit --no-fund --loglevel=error

$(CLIENT)/dist/.built: $(CLIENT)/node_modules/.package-lock.json $(CLIENT_SOURCES)
	cd $(CLIENT) && npm run --silent build
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "devkit needs Python 3.11 to 3.13, not " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

bench: $(VENV)/.installed-dev client
	for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) $(DEMO) dist $(CLIENT)/node_modules devkit/*/client/dist .mypy_cache .ruff_cache .pytest_cache
