# Everything a fresh machine needs: Python 3.10 or newer, make, and network.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PORT ?= 8000
SOAK_EXAMPLES ?= 5000
PIP = $(BIN)/python -m pip --disable-pip-version-check

PYTEST = $(BIN)/python -m pytest
# Some tests take a minute: who has done their share takes over half of what is left of another's.
SHARED = $(PYTEST) -n auto --dist worksteal -rs

.PHONY: demo demo-check test test-all quick soak browser-tools lint benchmark screenshots clean

demo:  ## fill and serve the example site
	@$(PYTHON) example_site/check_port.py $(PORT)
	@$(MAKE) --no-print-directory $(VENV)/installed
	$(BIN)/python example_site/manage.py migrate --verbosity 0
	EXAMPLE_SITE_URL=http://localhost:$(PORT) $(BIN)/python example_site/manage.py create_demo
	EXAMPLE_SITE_URL=http://localhost:$(PORT) $(BIN)/python example_site/manage.py runserver localhost:$(PORT)

demo-check: $(VENV)/installed  ## prove the main job on the example site, without a browser
	$(BIN)/python example_site/demo_check.py

test: $(VENV)/installed browser-tools  ## most tests once on SQLite, and some in a browser: about six minutes
	$(SHARED) -m "not thorough" --ignore=tests/browser
	@# By themselves: the event loop of a browser keeps others from the database. And more at a time
	@# than there are processors: somebody at work is mostly waited for. What they do in one way of
	@# many is marked `every_time`; test-all has the others.
	$(SHARED) -n 3 -m "not thorough" tests/browser

# PostgreSQL, MariaDB and Redis where POSTGRES_URL, MARIADB_URL and REDIS_URL are set. An image model
# of the site's own comes along with MariaDB, and one with UUID keys with a corner of .ci/matrix.
test-all: $(VENV)/installed  ## what CI runs besides: databases, an image model, and far more examples
ifdef POSTGRES_URL
	$(PIP) install --quiet "psycopg[binary,pool]>=3.2"
	DATABASE_URL=$(POSTGRES_URL) $(PYTEST) -m "not slow and not thorough" -n auto
endif
ifdef MARIADB_URL
	$(PIP) install --quiet "mysqlclient>=2.2"
	DATABASE_URL=$(MARIADB_URL) TEST_IMAGE_MODEL=custom $(PYTEST) -m "not slow and not thorough" -n auto
else
	TEST_IMAGE_MODEL=custom $(PYTEST) -m "not slow and not thorough" -n auto
endif
ifdef REDIS_URL
	$(PIP) install --quiet "django-tasks-rq>=0.12"
endif
	$(SHARED) -m thorough --ignore=tests/browser
	$(SHARED) -n 3 -m thorough tests/browser

quick: $(VENV)/installed  ## the tests that need neither servers nor builds
	$(PYTEST) -m "not slow" -n auto

soak: $(VENV)/installed  ## the state machine for hours, on PostgreSQL too where POSTGRES_URL is set
	MACHINE_EXAMPLES=$(SOAK_EXAMPLES) $(PYTEST) -n auto -m thorough tests/machine
ifdef POSTGRES_URL
	$(PIP) install --quiet "psycopg[binary,pool]>=3.2"
	MACHINE_EXAMPLES=$(SOAK_EXAMPLES) DATABASE_URL=$(POSTGRES_URL) $(PYTEST) -n auto -m thorough tests/machine
endif

# Without them the tests that need them are skipped.
browser-tools:  ## what the browser tests check pages with
	@if ! command -v npm >/dev/null; then \
	  echo "SKIPPED: axe and the HTML checker, because there is no npm."; \
	elif ! $(MAKE) --no-print-directory tests/browser/node_modules; then \
	  rm -rf tests/browser/node_modules; \
	  echo "SKIPPED: axe and the HTML checker, because npm could not install them. Why, it says above."; \
	fi

tests/browser/node_modules: tests/browser/package.json
	npm install --prefix tests/browser --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1
	touch $@

lint: $(VENV)/linters
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W error::SyntaxWarning example_site/manage.py check
	$(BIN)/python example_site/manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m django makemigrations --check --dry-run

benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/bench_sync.py
	$(BIN)/python benchmarks/bench_response.py
	$(BIN)/python benchmarks/bench_pictures.py
	$(BIN)/python benchmarks/bench_page.py
	$(BIN)/python benchmarks/bench_reports.py
	$(BIN)/python benchmarks/bench_editor.py
ifdef POSTGRES_URL
	$(PIP) install --quiet "psycopg[binary,pool]>=3.2"
	$(BIN)/python benchmarks/bench_sync.py --postgres $(POSTGRES_URL)
	$(BIN)/python benchmarks/bench_workers.py
endif

screenshots: $(VENV)/installed  ## the pictures of the README, with Chromium
	$(BIN)/python example_site/screenshots.py

$(VENV)/installed: pyproject.toml setup.cfg
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --editable ".[test]"
	touch $@

$(VENV)/linters: $(VENV)/installed
	$(PIP) install --quiet --editable ".[test,lint]"
	touch $@

clean:
	rm -rf $(VENV) tests/browser/node_modules build dist *.egg-info .coverage test-results .mypy_cache .pytest_cache .ruff_cache .tox
	rm -rf example_site/db.sqlite3* example_site/media
