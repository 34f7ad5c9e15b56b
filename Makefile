# The two commands of the README are `make run` and `make test`; the rest is what they are made of.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CARGO ?= cargo
# What is tested against: a mail server, a receiver of webhooks, a mongod.
PYTHON := target/python
PACKAGES := folio-notify/tests/requirements.txt testkit/requirements.txt

# The page. Without Node 20 folio is built all the same, and where no page was built it says so.
WEB := folio-server/web
NODE := $(shell command -v npm)
PAGE := $(if $(NODE),$(wildcard $(WEB)/package.json))

.PHONY: run web page demo test checked lint unit doc browser bench oracle chaos tools clean

## Builds what is missing and starts the server on the embedded default.
run: page
	$(CARGO) run --release --locked --package folio-server --bin folio -- serve

## Builds the page, which the next build of folio puts into the binary. Needs Node 20.
web: $(WEB)/dist/index.html

page: $(if $(PAGE),web)
	@$(if $(NODE),:,echo "Node 20 is not installed, so the page is not built: install it and run make web." >&2)

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json \
		$(shell [ ! -d $(WEB) ] || find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist/*')
	npm --prefix $(WEB) run build
	touch $@

# npm leaves this file when it is done.
$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	npm --prefix $(WEB) ci --no-audit --no-fund
	touch $@

## Three sample portfolios on invented prices, without a network.
demo: page
	$(CARGO) run --release --locked --package folio-server --bin folio -- demo

## Installs what the tests need and runs everything.
test: tools checked lint unit doc browser

## The page's types, rules and tests, and the page itself, before the binary that it goes into.
checked: $(WEB)/node_modules/.package-lock.json
	npm --prefix $(WEB) run check

## The binary that the tests have built, with the page in it, in Chromium.
browser:
	FOLIO_BIN=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/folio npm --prefix $(WEB) run browser

tools: $(PYTHON)/installed
	@command -v python3 >/dev/null || { echo "python3 is needed: the money tests compare with Python's decimal"; exit 1; }
	@command -v curl >/dev/null || { echo "curl is needed: the README is run as it stands"; exit 1; }
	@command -v redis-server >/dev/null || { echo "redis-server is needed: apt-get install redis-server"; exit 1; }
	@command -v npm >/dev/null || { echo "Node 20.19 or newer is needed: the page is built and tested"; exit 1; }
	@[ -x "$${CHROMIUM:-/usr/bin/chromium}" ] || { echo "Chromium is needed: apt-get install chromium, or CHROMIUM=its path"; exit 1; }
	@docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null \
		|| { echo "compose.yaml is read by a test: apt-get install docker-compose"; exit 1; }
	@command -v setpriv >/dev/null || { echo "setpriv is needed: apt-get install util-linux"; exit 1; }
	@command -v cc >/dev/null || { echo "a C compiler is needed: apt-get install build-essential"; exit 1; }

$(PYTHON)/installed: $(PACKAGES)
	@python3 -c 'import ensurepip, venv' || { echo "Python's venv is needed: apt-get install python3-venv"; exit 1; }
	python3 -m venv --clear $(PYTHON)
	$(PYTHON)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		$(addprefix --requirement ,$(PACKAGES))
	touch $@

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features --locked -- -D warnings

unit:
	@# Many tests wait for servers and dead workers, so there are more of them at once than processors.
	@if command -v cargo-nextest >/dev/null; then \
		$(CARGO) nextest run --workspace --exclude folio-bench --all-features --locked --no-fail-fast \
			--test-threads $$(($$(nproc) * 2)); \
	else \
		$(CARGO) test --workspace --all-features --all-targets --locked --no-fail-fast; \
	fi

## The code in README files and doc comments.
doc:
	$(CARGO) test --workspace --all-features --locked --doc
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --all-features --locked --no-deps

## Writes BENCHMARKS.md: release builds, a local upstream, ratios within one run.
bench:
	$(CARGO) build --release --locked --package folio-server --package folio-bench
	target/release/folio-bench BENCHMARKS.md

## Values 100,000 random portfolios through the REST API and by Python's decimal, and compares every field.
oracle:
	$(CARGO) build --release --locked --package folio-server
	python3 -B bench/oracle/rest_oracle.py --portfolios 100000 --binary target/release/folio

## The fleet at full size while processes and servers are killed, and a thousand portfolios over 600 ticks.
chaos: tools
	$(CARGO) test --release --locked --package folio-jobs --test it -- \
		--ignored --nocapture --test-threads 1 full_ a_thousand

clean:
	$(CARGO) clean
