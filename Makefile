# On a fresh machine with Python 3.11 to 3.13 and make, nothing else is needed:
#   make demo    see it work
#   make test    check that it works
# Everything lands in .venv and .local beside this file; `make clean` removes both.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9

# uv brings its own list of certificate authorities; a company proxy's is only in the machine's.
# The first name is read by today's uv, the second by older ones.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1

# Stamps: an empty file says what .venv already holds, so that a second call installs nothing.
HAS_UV := $(VENV)/.has-uv-$(UV_VERSION)
HAS_RUNTIME := $(VENV)/.has-runtime
HAS_DEV := $(VENV)/.has-dev

# Tests run in as many processes as there are cores; a file stays in one, with its database.
SPREAD := -n auto --dist loadfile

.PHONY: help demo ui test test-faults test-web test-compose screenshots soak mutants check bench docs docs-pages sbom lock clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name text; do \
		printf 'make %-12s %s\n' "$$name" "$$text"; done

demo: $(HAS_RUNTIME)  ## Run a whole synchronisation on invented patrons and show what it did
	@$(BIN)/patron-sync demo

ui: $(HAS_RUNTIME)  ## Start Airflow with the demo, on this machine only
	@$(BIN)/patron-sync ui

test: $(HAS_DEV)  ## Run all tests but those of the next three targets
	@$(BIN)/pytest $(SPREAD) --ignore=tests/faults --ignore=tests/browser --ignore=tests/compose

test-faults: $(HAS_DEV)  ## Run whole nights against a registry that breaks in every known way
	@$(BIN)/pytest $(SPREAD) tests/faults

test-web: $(HAS_DEV)  ## Use the pages in a browser, in front of a real Airflow; needs Chromium
	@$(BIN)/pytest -n 0 tests/browser

test-compose: $(HAS_DEV)  ## Run docker-compose.yaml and break its parts; needs Docker, half an hour
	@$(BIN)/pytest -n 0 tests/compose

screenshots: $(HAS_DEV)  ## Take the pictures of docs/pages anew, while the pages are tested
	@PATRON_SYNC_SCREENSHOTS=1 $(BIN)/pytest -n 0 tests/browser

soak: $(HAS_DEV)  ## Live a year of nights with random days; SOAK="--seed 7 --nights 60" repeats one
	@$(BIN)/python -m tests.faults.soak $(SOAK)

mutants: $(HAS_DEV)  ## List faults in planner and guards that no test finds; SQL="guard/*" names files
	@$(BIN)/python tools/mutate_sql.py $(SQL)

check: $(HAS_DEV)  ## Check format, lint, types, layers, SQL, insecure code and secrets
	@failed=; \
	run() { printf '\n== %s\n' "$$*"; tool=$$1; shift; $(BIN)/"$$tool" "$$@" || failed=1; }; \
	run ruff format --check; \
	run ruff check; \
	run mypy; \
	run lint-imports; \
	run sqlfluff lint --processes 0 include/sql; \
	run python tools/scan.py code; \
	run python tools/scan.py secrets; \
	test -z "$$failed"

bench: $(HAS_DEV)  ## Measure speed and memory; BENCH_N=100000 sets the number of changes
	@$(BIN)/python -m benchmarks

docs: $(HAS_DEV)  ## Build the documents as a site in .local/site and check every link in it
	@$(BIN)/python -m docs.generate_pages --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@$(BIN)/python tools/check_site.py .local/site

docs-pages: $(HAS_DEV)  ## Write the generated pages of docs/ anew: settings, commands, DAGs, licences
	@$(BIN)/python -m docs.generate_pages

sbom: $(HAS_DEV)  ## Write what runs, with licences, as CycloneDX into .local/sbom
	@$(BIN)/python tools/make_sbom.py .local/sbom/patron-sync.cdx.json

lock: $(HAS_UV)  ## Pin versions and hashes of requirements*.in; UPGRADE=--upgrade takes newer ones
	@$(UV) pip compile $(LOCK_OPTIONS) requirements.in -o requirements.txt
	@$(UV) pip compile $(LOCK_OPTIONS) requirements-dev.in -o requirements-dev.txt
	@echo uv==$(UV_VERSION) | $(UV) pip compile $(LOCK_OPTIONS) - -o tools/uv.txt

clean:  ## Stop what runs and remove all that was made here
	@test ! -x $(BIN)/patron-sync || $(BIN)/patron-sync stop >/dev/null 2>&1 || true
	rm -rf $(VENV) .local .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What comes from PyPI must be what was pinned, byte for byte.
INSTALL := $(UV) pip install --quiet --python $(VENV) --require-hashes

# One file for all Pythons and systems that are supported.
LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE)

# Each candidate is run: a name on the PATH may be a launcher of a version that is not there.
$(HAS_UV):
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
			$$python tools/bootstrap.py $(VENV) $(UV_VERSION) && touch $@; exit; fi; done; \
	echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1

$(HAS_RUNTIME): $(HAS_UV) requirements.txt pyproject.toml
	@echo "Installing the product into $(VENV)"
	@$(INSTALL) -r requirements.txt
	@$(UV) pip install --quiet --python $(VENV) --no-deps --no-build-isolation --editable .
	@touch $@

$(HAS_DEV): $(HAS_RUNTIME) requirements-dev.txt
	@echo "Installing the tools for tests and checks into $(VENV)"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@
