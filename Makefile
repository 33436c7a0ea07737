# The words of the house; CI calls the same ones. Needs Python 3.11 or newer, and libgomp1 to train.
PYTHON ?= python3
BIN := .venv/bin
# Test files side by side, one more than there are cores in CI: part of their time is waiting for processes. Those
# that take longest begin first (tests/conftest.py).
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
export OMP_NUM_THREADS ?= 1

.PHONY: demo test check fix acceptance wheel docs lock judges bench clean

demo: .venv/local  ## The whole flow on this machine, from sample data to a forecast served by green; RUNNER=docker in containers
	@PATH="$(CURDIR)/$(BIN):$$PATH" RUNNER="$(RUNNER)" REGISTRY="$(REGISTRY)" sh tests/acceptance/demo.sh

test: .venv/dev  ## Every test
	$(PYTEST)

check: .venv/dev  ## Style, types, layers, generated pages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/dev  ## What can be put right by a machine
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

acceptance: .venv/dev  ## Only the tests that run the installed command
	$(PYTEST) -m acceptance

wheel: .venv/dev  ## Build the wheel and run the flow from it, outside the checkout
	sh tests/acceptance/wheel.sh

docs: .venv/dev  ## Write the generated parts of the README anew
	$(BIN)/python -m retailctl.cli.reference README.md
	$(BIN)/python -m tests.unit.rendering.readme
	$(BIN)/python -m tests.contract.parity

lock: .venv/dev  ## Resolve the requirement files anew
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/conventions/lock.sh

judges: .venv/dev  ## The contract tests with other releases of the official SDK: SDK="1.34.1 1.35.0", or else the newest
	sh tests/contract/releases.sh $(SDK)

bench: .venv/dev  ## Every benchmark, with its peers beside it
	for each in startup local_flow local_costs local_resources router_overhead serving_speed; do $(BIN)/python tests/benchmarks/$$each.py || exit 1; done

clean:  ## Remove what the other words made
	rm -rf .venv .retailctl dist build

# One environment, filled in two steps: what the product needs, then what its tests need. Both by uv, which is wanted
# for its speed alone.
.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "retailctl needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv .venv
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt

.venv/local: .venv/bin/python requirements-local.txt pyproject.toml
	.ci/install $(BIN)/python --require-hashes -r requirements-local.txt
	.ci/install $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/local requirements-dev.txt
	.ci/install $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
