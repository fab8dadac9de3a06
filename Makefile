# Relative paths only: make splits names at spaces, and the folder's path may hold some.
.DEFAULT_GOAL := help
.PHONY: bench bench-feed bench-pair bench-portal bench-reads bench-floods clients portal portal-dev portal-pictures portal-shots portal-test help up demo test test-slow test-long test-all docs reference lanes soak check lock clean venv

python := .venv/bin/python
packages := platform/automate tenants graphql_schema rest_api actors

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: venv ## start everything here and keep it running until Ctrl-C (AUTOMATE_PORT, AUTOMATE_HOME)
	@$(python) -m automate.cli up

demo: venv ## send a recorded GitHub webhook and show its effects
	@$(python) -m automate.cli demo

test: venv ## run the fast tests, on servers of their own, in four to five minutes (ARGS="-k name" for a few of all tests)
	@$(python) -m pytest $(or $(ARGS),-n auto -m "not slow" --hypothesis-profile=fast)

test-slow: venv ## run the slow tests, without the longest: races, kills, journeys
	@$(python) -m pytest -n auto -m "(slow or hypothesis) and not long"

test-long: venv ## run the longest tests: a million rows, the whole crash matrix, the soak, 300 examples of each request
	@$(python) -m pytest -n auto -m "long"

test-all: venv ## run every test
	@$(python) -m pytest -n auto

reference: venv ## build the long pages of the reference into docs/reference, and make its short pages in docs current
	@$(python) -m scripts.reference

docs: venv ## build the documentation's site into .site/html, and follow each of its links
	@$(python) -m scripts.reference --built
	@$(python) -m nox --session docs --error-on-missing-interpreters --no-verbose

lanes: venv ## run all tests on each supported pair of Python and Django that this machine has (ARGS as for test)
	@$(python) -m nox -- $(ARGS)

bench: venv ## measure throughput and latency beside their yardsticks, then 1, 40, 200 and 1,000 tenants beside one another (25 minutes; writes bench/out/latest.json and crowd.json)
	@$(python) -m bench $(ARGS)
	@$(if $(ARGS),:,$(python) -m bench.crowd)

bench-feed: venv ## run feeds of up to 5,000 subscribers on one web process, with webhooks beside them (ten minutes; ARGS="--seconds 600" to judge memory; writes bench/out/feed.json)
	@$(python) -m bench.feed $(ARGS)

bench-pair: venv ## compare the speed of this working tree with BASE=<commit>, by default the baseline (seven minutes; ARGS="--rounds 8 --lines webhooks")
	@$(python) -m bench.pair $(if $(BASE),--base "$(BASE)") $(ARGS)

bench-reads: venv ## compare reads with raw SQL and PostGraphile on 1,000,000 runs (ten minutes; ARGS="--runs 50000" for fewer, "--only-second" for the second process; writes bench/out/reads.json)
	@$(python) -m bench.reads $(ARGS)

bench-portal: venv ## measure the portal in Chromium over 1,000,000 runs (ten minutes; ARGS="--runs 20000 --pages 10" for fewer; writes bench/out/portal.json)
	@$(python) scripts/build_portal.py
	@$(python) -m bench.portal $(ARGS)

bench-floods: venv ## measure the delay of one tenant beside floods of others (ten minutes; writes bench/out/floods.json)
	@$(python) -m bench.floods $(ARGS)

clients: venv ## install the generators of clients below .cache, for tests/clients
	@$(python) -m tests.clients.install

soak: venv ## twenty minutes of load with a fault every few seconds, and what must hold afterwards (ARGS="--seconds 60 --seed 7")
	@$(python) -m soak $(ARGS)

portal: venv ## build the portal's files, unless they are current; `make up` does so in the background
	@$(python) scripts/build_portal.py

portal-dev: venv ## serve the portal's source with live reload, beside a running `make up` (http://127.0.0.1:5173/portal/)
	@$(python) scripts/build_portal.py --dev

portal-shots: venv ## write pictures of the portal's views into .cache/shots (needs Chromium; makes its own installation)
	@$(python) scripts/build_portal.py
	@PORTAL_SHOTS=$(or $(SHOTS),$(CURDIR)/.cache/shots) $(python) -m pytest tests/journeys/test_portal.py -q -k shots

portal-pictures: venv ## renew the portal's pictures in docs/pictures (needs Chromium; makes its own installation)
	@$(python) scripts/build_portal.py
	@$(python) scripts/portal_pictures.py

portal-test: venv ## check the portal's types and run the tests of its pure parts
	@$(python) scripts/build_portal.py --types --test

check: venv ## lint, formatting, types, and the direction of imports
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@AUTOMATE_SECRET_KEY=for-types-alone-which-sign-nothing $(python) -m mypy $(packages) tests soak bench scripts
	@AUTOMATE_SECRET_KEY=for-types-alone-which-sign-nothing .venv/bin/lint-imports

lock: venv ## compile requirements.lock, runtime.lock (its part that the image holds), sbom.lock and the lanes' locks again from pyproject.toml and their constraints
	@UV_SYSTEM_CERTS=1 $(python) -m uv pip compile --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --all-extras --group dev --constraint constraints.txt \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml >/dev/null
	@UV_SYSTEM_CERTS=1 $(python) -m uv pip compile --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --constraint requirements.lock \
		--custom-compile-command "make lock" --output-file runtime.lock pyproject.toml >/dev/null
	@UV_SYSTEM_CERTS=1 $(python) -m uv pip compile --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --constraint requirements.lock --group sbom \
		--custom-compile-command "make lock" --output-file sbom.lock >/dev/null
	@UV_SYSTEM_CERTS=1 $(python) -m uv pip compile --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --group portal --custom-compile-command "make lock" --output-file portal/node.lock >/dev/null
	@$(python) -m nox -s lock

clean: ## stop what runs here and remove .venv, .nox, .faults, .site, docs/reference, .automate, the built portal and the tools' caches
	@if [ -x $(python) ] && [ -d .automate ]; then $(python) -m automate.cli stop; fi
	@rm -rf .venv .nox .faults .site docs/reference .automate .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .cache dist portal/node_modules tenants/portal/built*

venv:
	@sh scripts/bootstrap
