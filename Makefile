# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
export MPLBACKEND := Agg
# A process for each core, with one thread each: above all on two cores, twice as fast as the other way round.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

.PHONY: demo test test-all oracles peers check setup format bench clean

demo: .venv/.ready  ## real digits, a real network: which heatmaps can be trusted?
	$(BIN)/heatproof demo

test: .venv/.ready check  ## format, lint, types, tests
	$(PYTEST) -m "not slow"

test-all: .venv/.ready check  ## the same with the slow tests
	$(PYTEST)

oracles: peers  ## the formulas beside those of other toolkits: installs them, and compares where they are right
	$(PYTEST) tests/oracles tests/formulas -k "oracle or against"

peers: .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[oracles,peers]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps attribench==0.1.9  # asks for an old PyTorch

check: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: peers  ## beside other toolkits, and the engine beside the bare model: three quarters of an hour; docs/performance.md
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/methods.py
	$(BIN)/python bench/metrics.py
	$(BIN)/python bench/whole.py
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/formulas.py
	$(BIN)/python bench/page.py

format: .venv/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "heatproof needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .venv || { $(PYTHON) -m pip install --user virtualenv && $(PYTHON) -m virtualenv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev,oracles]'
	@touch $@

clean:
	rm -rf .venv dist build
