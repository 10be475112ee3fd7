# Set-up and daily commands. `make demo` and `make test` need Python 3.11-3.13, Node 18+ and make.
# `client` comes first: an installation builds the pages, too, unless they are there.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLIENT := devkit/sdk/client
BIOME := $(CLIENT)/node_modules/.bin/biome
CLIENT_SOURCES := $(shell find devkit/*/client devkit/build/worker -name node_modules -prune -o -name dist -prune -o \
	\( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.mjs' -o -name '*.json' \) -print 2>/dev/null)
DEMO ?= demo-panel
DEMO_FLAGS ?=
PYTEST_FLAGS ?= -n 2 --dist loadscope
PYTEST := $(BIN)/python -m pytest
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
JOURNEY := tests/browser/test_journey.py::test_from_nothing_to_a_release

.PHONY: demo test check fmt unit one portable lowest constraints client bench docs docs-serve fuzz clean

demo: client $(VENV)/.installed
	@test -d $(DEMO) || $(BIN)/devkit new $(DEMO) --template react --yes
	cd $(DEMO) && $(abspath $(BIN))/devkit dev $(DEMO_FLAGS)

test: client $(VENV)/.installed-dev
	tests/setup.sh
	$(MAKE) check
	$(PYTEST) $(PYTEST_FLAGS)

# The quickest answer: no browser, no services.
unit: $(VENV)/.installed-dev
	$(PYTEST) $(PYTEST_FLAGS) tests/unit

# One file, one test or one expression: make one TEST=tests/unit/test_docs.py, make one TEST='-k switch'
one: client $(VENV)/.installed-dev
	$(PYTEST) $(TEST)

# What depends on the version of Python, for `make VENV=.venv-3.13 PYTHON=python3.13 portable`.
portable: client $(VENV)/.installed-dev
	$(PYTEST) $(PYTEST_FLAGS) tests/unit tests/contract $(JOURNEY)

# The oldest direct dependencies that pyproject.toml allows.
lowest: client
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet 'uv>=0.5,<1'
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[dev]'
	.venv-lowest/bin/python -m pytest $(PYTEST_FLAGS) tests/unit tests/contract

# Fifteen minutes of wild input to the proxy's front, the link and the MQTT broker; needs clang's libFuzzer, which atheris brings.
FUZZ_SECONDS ?= 300
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet 'atheris>=2.3,<4'
	$(BIN)/python -m tests.fuzz proxy_head -max_total_time=$(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz link_frame -max_total_time=$(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz mqtt_packets -max_total_time=$(FUZZ_SECONDS)

# Take the newest versions that pyproject.toml allows; run the tests before keeping them.
constraints: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet 'uv>=0.5,<1'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra node --upgrade \
		--no-annotate --custom-compile-command 'make constraints' pyproject.toml --output-file constraints.txt

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
	cd $(CLIENT) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

$(CLIENT)/dist/.built: $(CLIENT)/node_modules/.package-lock.json $(CLIENT_SOURCES)
	cd $(CLIENT) && npm run --silent build
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "devkit needs Python 3.11 to 3.13, not " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing devkit into $(VENV); this takes up to a minute."
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing devkit and what its tests need into $(VENV); this takes a minute or two."
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# Measures and writes docs/performance.md and the Chinese page: make bench, or make bench BENCH='--light build sdk'
bench: client $(VENV)/.installed-dev
	$(BIN)/python -m bench.report $(BENCH)
	$(BIN)/python docs/generate.py

# The site of the documentation, in site/: English, and Chinese in site/zh/. A bad link fails.
docs: $(VENV)/.installed-dev
	$(BIN)/python docs/website.py

DOCS_PORT ?= 8000
docs-serve: docs
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory site $(DOCS_PORT)

clean:
	rm -rf .venv .venv-* $(DEMO) dist site $(CLIENT)/node_modules devkit/*/client/dist .mypy_cache .ruff_cache .pytest_cache
