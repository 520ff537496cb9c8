# Charta-Check: every command of the house. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

.DEFAULT_GOAL := help
.PHONY: help run test check verapdf format bench proof content coverage lock clean

help:  ## list the commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(RUNTIME)  ## start the site on http://127.0.0.1:8000/ with demo data (PORT=8001 for another port)
	@.ci/native.sh
	@.ci/serve.sh $(PORT)

test: $(DEV)  ## run all tests, on SQLite and on PostgreSQL, the browser tests in Chromium
	@.ci/native.sh
	@.ci/test.sh

check: $(DEV)  ## format, lint, types, layers, migrations, production settings, licences
	@.ci/native.sh
	@.ci/check.sh

verapdf: $(DEV)  ## ask the real veraPDF whether every kind of PDF is PDF/UA-1 and PDF/A-3a
	@.ci/native.sh
	@.ci/verapdf.sh

format: $(DEV)  ## format the code and mend what the linter can
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(DEV)  ## how pages, saving and reports compare with the least that would do (PART=pages for one part)
	$(PY) -m tests.bench $(PART)

proof: $(DEV)  ## the large numbers: races, kill -9, hostile inputs, 1,000 reports, the same figures (hours; CHARTA_PROOF=0.05 for less)
	@.ci/native.sh
	@.ci/proof.sh

content: $(DEV)  ## how well the texts of the Charter read
	$(PY) -m tests.readability

coverage: $(DEV)  ## which lines the tests reach, without the browser
	CHARTA_TEST_DATABASE=sqlite $(VENV)/bin/coverage run -m pytest -q -m "not browser"
	$(VENV)/bin/coverage report

lock: $(DEV)  ## renew the locked dependencies from pyproject.toml
	$(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml -o requirements.lock
	$(PY) -m uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## remove the environment and all caches; the data in var/ stay
	rm -rf $(VENV) .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@.ci/venv.sh $(PYTHON) $(VENV)

$(RUNTIME): requirements.lock | $(PY)
	@echo "Installiere die Laufzeit-Abhängigkeiten …"
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "Installiere die Abhängigkeiten für Tests und Prüfungen …"
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
