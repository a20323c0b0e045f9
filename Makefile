# Two commands on a fresh machine; each sets up a virtual environment in the checkout first.
#   make qualify                          the suite against the built-in reference key server
#   make qualify SERVER_URL=https://…     the suite against yours (ARGS="--speke-auth basic …" for more)
#   make test                             the project's own gates and tests
#   make docs                             the docs as a site, in build/site
# Afterwards ./speke COMMAND runs anything else; ./speke --help lists the commands.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
ARGS ?=

.PHONY: qualify test lint docs pictures example bench mutants lock release clean

qualify: $(VENV)/.run
	@$(BIN)/python -m conformance run $(if $(SERVER_URL),--server-url '$(SERVER_URL)') $(ARGS)

# The matrix takes all cores by itself; the tests beside it are spread over two processes.
MATRIX := $(addprefix tests/faultmatrix/test_,engine.py faulty_servers.py laws.py tally.py)
test: lint docs
	$(BIN)/python -m pytest tests $(MATRIX:%=--ignore=%) -q -r sfE -n 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest $(MATRIX) -q -r sfE
	$(BIN)/python -m pytest -q --speke-profile reference

# The report that stands in reports/example: a short run against the built-in server with three faults.
EXAMPLE := --profile smoke --seed example --report-dir build/example \
	--fault PSSH-OF-NEIGHBOUR --fault KEY-SAME-FOR-ALL --fault ERROR-CONTENT-ID-OTHER-WORDS
example: $(VENV)/.run
	@rm -rf build/example reports/example && mkdir -p reports/example
	-@$(BIN)/python -m conformance run $(EXAMPLE) >build/example.txt
	@cd build/example/latest && cp -R results.json qualification.html junit.xml summary.md badge.svg exchanges $(CURDIR)/reports/example/
	@echo "reports/example is up to date"

# How fast it is, as a table; the JSON goes to reports/benchmarks.json.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

# Would anything notice if a line of a check or decoder were wrong? Takes minutes for each module; docs/mutation.md.
MODULES ?= conformance/cpix/b64.py
mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutation $(MODULES)

# A broken link ends the build. Search needs a web server: python3 -m http.server -d build/site
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The site is in build/site; open build/site/index.html"

# Screenshots and drawings in docs/pictures, from real runs; takes minutes and needs Chromium.
pictures: $(VENV)/.dev
	$(BIN)/python -m docsite.pictures

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture

$(VENV)/.run: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# For maintainers: exact versions with hashes, for every platform, naming no index host.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --extra checkout pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --extra checkout --extra dev pyproject.toml -o requirements-dev.lock

# Everything that is published, in dist/: docs/releasing.md. ARGS=--rehearse needs neither tag nor date.
release: $(VENV)/.dev
	$(BIN)/python -m releasing $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
