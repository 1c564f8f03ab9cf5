# make demo: install, then run the flagship scenario.   make test: install, then lint, types and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
REAL := $(VENV)/.real-installed

.PHONY: demo test lint types benchmarks fuzz sbom reference docs clean

demo: $(STAMP) $(REAL)
	$(BIN)/threatsim run scenarios/insurance_upcoding.yaml

test: lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(STAMP)
	$(BIN)/mypy

benchmarks: $(STAMP)
	$(BIN)/python benchmarks/market.py
	$(BIN)/python benchmarks/demo.py

# Files of others, damaged at random: a hundred times what the tests try, and other ones each time.
fuzz: $(STAMP)
	FUZZ=$(or $(FUZZ),100) OMP_NUM_THREADS=1 $(BIN)/pytest tests/fuzz tests/scenario/test_fuzz.py -n auto

# What the environment consists of, as a CycloneDX bill of materials (JSON), by a tool in an environment of its own.
sbom: $(STAMP)
	$(PYTHON) -m venv build/sbom && build/sbom/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7'
	build/sbom/bin/cyclonedx-py environment --output-reproducible --of JSON -o build/sbom.cdx.json $(BIN)/python
	@echo "build/sbom.cdx.json"

# The report of every scenario of the library, as it is kept under reports/reference.
reference: $(STAMP)
	$(BIN)/python docs/make/reference_reports.py

# The documentation as a site; notebooks run, and a warning is an error.
docs: $(STAMP)
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

# torch comes first and pinned: resolving it beside the rest may fetch a build with gigabytes of CUDA.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "threatsim needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

# Outcomes of attacks on photographs, which the demo runs on: a package of its own in this repository.
$(REAL): $(STAMP) packages/threatsim-real/pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e ./packages/threatsim-real
	@touch $(REAL)

clean:
	rm -rf $(VENV) docs/_build docs/reference/generated build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
