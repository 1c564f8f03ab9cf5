# make demo: install, then run the flagship scenario.   make test: install, then lint, types and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
REAL := $(VENV)/.real-installed

.PHONY: demo test unit lint types benchmarks fuzz sbom lock locked lowest matrix reference docs clean

demo: $(STAMP) $(REAL)
	$(BIN)/threatsim run scenarios/insurance_upcoding.yaml

# Types are checked beside the tests, whose files leave a processor idle now and then.
test: lint
	@$(MAKE) --no-print-directory -j2 types unit

unit: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile --durations 40 --durations-min 5

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/pytest tests/api -m types

benchmarks: $(STAMP)
	$(BIN)/python benchmarks/market.py
	$(BIN)/python benchmarks/demo.py

# Files damaged at random: five hundred times what the tests try, and other ones each time.
fuzz: $(STAMP)
	FUZZ=$(or $(FUZZ),500) OMP_NUM_THREADS=1 $(BIN)/pytest tests/fuzz tests/scenario/test_fuzz.py -n auto

# What the environment consists of, as a CycloneDX bill of materials (JSON), by a tool in an environment of its own.
sbom: $(STAMP)
	$(PYTHON) -m venv build/sbom && build/sbom/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7'
	build/sbom/bin/cyclonedx-py environment --output-reproducible --of JSON -o build/sbom.cdx.json $(BIN)/python
	@echo "build/sbom.cdx.json"

# What the locks are resolved with: uv, in an environment of its own. torch is left out, since its builds differ by machine.
UV = build/uv/bin/uv
RESOLVE = $(UV) pip compile --quiet pyproject.toml requirements/dev.in --override requirements/no-torch.txt \
	--no-emit-package torch --no-header --no-annotate --no-emit-index-url --python-version 3.11.7

$(UV):
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'

# Every version that is installed here, and Dask's, whose tests run where it is, with the hashes of its files, for every
# platform: requirements/dev.lock.
lock: $(STAMP) $(UV)
	$(BIN)/pip freeze --disable-pip-version-check --exclude-editable | grep -v -e '^torch==' -e ' @ ' > build/frozen.txt
	$(RESOLVE) --extra dev --extra dask --constraint build/frozen.txt \
		--constraint constraints.txt --universal --generate-hashes --output-file requirements/dev.lock

# An environment of the locked versions: nothing is installed whose hash is not listed, but torch and what it brings of
# CUDA. Afterwards `make test VENV=build/locked` tests in it.
locked: $(UV)
	$(call with-torch,$(PYTHON),build/locked)
	$(UV) pip install --quiet --python build/locked --no-deps --require-hashes -r requirements/dev.lock
	$(UV) pip install --quiet --python build/locked --no-deps --no-build-isolation -e .
	build/locked/bin/threatsim doctor
	@touch build/locked/.installed

# The lowest versions that pyproject.toml allows (but of torch), and whether threatsim works with them. Frozen records are
# left out: with networkx 3.2 one of them has other figures than with 3.6.1, whatever numpy and scipy are.
lowest: $(UV)
	$(RESOLVE) --resolution lowest-direct --output-file build/lowest.txt
	$(call with-torch,$(PYTHON),build/lowest)
	$(UV) pip install --quiet --python build/lowest -r build/lowest.txt hypothesis pytest
	$(UV) pip install --quiet --python build/lowest --no-deps -e .
	build/lowest/bin/threatsim run tests/scenario/small.yaml --replicates 4 --no-patterns --out build/lowest-reports
	OMP_NUM_THREADS=1 build/lowest/bin/python -m pytest $(filter-out tests/experiment/test_frozen_records.py,$(PORTABLE))

# Each Python of PYTHONS that is there, with each Mesa of MESAS: the parts of the tests that a version could change, of which
# the frozen records say whether the figures are the same to the bit. What was not run is told.
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
MESAS ?= 3.3.1 3
PORTABLE = $(shell cat tests/portable.txt)
matrix: $(UV)
	@grep -v -e '^mesa==' constraints.txt > build/any-mesa.txt; ran=''; absent=''; \
	for python in $(PYTHONS); do \
		$$python -c '' 2>/dev/null || { absent="$$absent $$python"; continue; }; \
		for mesa in $(MESAS); do \
			place=build/$$python-mesa-$$mesa; echo "$$python, Mesa $$mesa"; \
			$(call with-torch,$$python,$$place) && \
			$(UV) pip install --quiet --python $$place -c build/any-mesa.txt "mesa==$$mesa.*" hypothesis pytest -e . && \
			OMP_NUM_THREADS=1 $$place/bin/python -m pytest $(PORTABLE) || exit 1; \
			ran="$$ran $$python/$$mesa"; \
		done; \
	done; echo "ran:$$ran"; echo "not here:$$absent"

# pip, since it knows where the machine's own build of torch lies.
with-torch = $(UV) venv --quiet --clear --seed --python $(1) $(2) && \
	$(2)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0

# The report of every scenario of the library, as it is kept under reports/reference.
reference: $(STAMP)
	$(BIN)/python docs/make/reference_reports.py

# The documentation as a site; notebooks run, and a warning is an error.
docs: $(STAMP)
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

# torch comes first and pinned: resolving it beside the rest may fetch a build with gigabytes of CUDA. Python's
# bytecode is made by all processors at once afterwards, which pip does by one; a few files of libraries are no Python.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "threatsim needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Installing into $(VENV), once: some minutes, and 1.3 GB on the disk, or 5.7 GB where PyTorch brings CUDA."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib threatsim || true
	@touch $(STAMP)

# Outcomes of attacks on photographs, which the demo runs on: a package of its own in this repository.
$(REAL): $(STAMP) packages/threatsim-real/pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e ./packages/threatsim-real
	@touch $(REAL)

clean:
	rm -rf $(VENV) docs/_build docs/reference/generated build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
