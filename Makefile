# `make` lists the targets. `make demo` and `make test` do all their own set-up on a machine with only Rust.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
TOOLS := target/tools
DENY := $(TOOLS)/bin/cargo-deny
DENY_VERSION := 0.18.6
SEED ?= 1
# How many seeds `make sim` runs from SEED on.
SEEDS ?= 1

.PHONY: help demo test check fmt clippy tidy deny sim bench bench-tools dev web

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## Watch real services go through real releases, good and bad (under four minutes)
	@./scripts/web || echo "make: there is no web interface without node; going on"
	$(CARGO) build --locked --profile ci -p tidegate-cli -p shop
	./target/ci/tidegate demo $(DEMO)

test: web ## Run every test: pure, stores, real processes, real gateway, real browser, a few thousand simulated seeds
	./scripts/postgres >/dev/null
	# With the tests: what they need of a dependency differs, and it would all be compiled twice.
	$(CARGO) build --locked --workspace --bins --tests
	if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) nextest run --locked --workspace; \
	else \
	  $(CARGO) test --locked --workspace; \
	fi
	./e2e/api/run
	./e2e/oidc/run
	./e2e/openfeature/run
	./e2e/flags/agree
	./examples/edulibra/run.sh
	./scripts/test-web
	./scripts/test-python

web: ## Build the web interface, which the next build puts into the program
	./scripts/web

check: fmt clippy tidy deny ## Format, lints as errors, the rules of the house, dependencies

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

tidy:
	$(CARGO) run --locked -q -p tidegate-xtask -- tidy

# Advisories need their database from outside; where it cannot be had, the other checks still hold.
deny: $(DENY)
	$(DENY) --log-level error check bans licenses sources
	@if ! $(DENY) --log-level error check advisories; then \
	  echo "deny: the advisory check failed or its database could not be fetched; see above"; \
	  test -z "$(DENY_STRICT)"; \
	fi

$(DENY):
	$(CARGO) install cargo-deny --locked --version $(DENY_VERSION) --root $(TOOLS) --debug

sim: ## Run the real engine in a simulated world: make sim SEED=7, or SEED=1 SEEDS=5000
	$(CARGO) run --locked --profile ci -p tidegate-sim -- $(if $(filter 1,$(SEEDS)),--seed $(SEED) --verbose,--seeds $(SEED)..$$(( $(SEED) + $(SEEDS) )))

bench: web ## Measure side by side and print ratios (installs nginx, haproxy and wrk where root)
	./scripts/bench $(BENCH)

dev: web ## Run Tidegate here, on the sample shop, data in .tidegate
	$(CARGO) build --locked -p tidegate-cli -p shop
	./target/debug/tidegate up
