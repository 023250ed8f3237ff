# Errata is built and tested with Go, git and make; everything else is fetched
# and built on first use, at pinned versions.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The binary is static; only the race detector needs a C compiler.
export CGO_ENABLED := 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X errata/internal/telemetry.version=$(VERSION)
GOFILES := git ls-files -co --exclude-standard -- '*.go'

# Seconds a fuzz target runs, and how many run at a time.
FUZZTIME ?= 30s
FUZZJOBS ?= 2

# The size of each benchmark corpus in MB, and the rounds over it.
BENCH_MB ?= 200
BENCH_ROUNDS ?= 8

##@ Use

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the static binary bin/errata
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/errata ./cmd/errata

demo: build ## Generate four weeks of traffic, ingest them, ask, and report (demo/report.html)
	tools/demo/run.sh

##@ Before a commit

check: fmt-check vet lint docs-check ## Formatting, vet, lint, generated pages, short tests
	go test -short ./...

test: ## Every test (in CI, CI=true, also lint and 10 s of each fuzz target)
	tools/test.sh

fmt: ## Format all Go files
	tools/lint.sh fmt

fmt-check:
	@unformatted=$$($(GOFILES) | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "run make fmt; not formatted:"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...

lint: ## Run golangci-lint, built once at its pinned version
	tools/lint.sh run

docs: ## Write the generated pages of docs/
	go generate ./internal/cli

docs-check: ## Compare the generated pages with the code
	go test -run '^TestDocs' ./internal/cli

##@ Longer looks

race: ## Run the tests of the packages with goroutines under the race detector (needs gcc)
	tools/race.sh

fuzz: ## Fuzz every target for 30 s (FUZZTIME, FUZZJOBS)
	FUZZTIME=$(FUZZTIME) FUZZJOBS=$(FUZZJOBS) tools/fuzz.sh

bench: build ## Compare the decoder and the whole way into SQLite with Go's JSON libraries (BENCH_MB)
	cd tools/bench && go build -trimpath -o ../../bin/errata-bench . && cd ../.. && bin/errata-bench -mb $(BENCH_MB) -rounds $(BENCH_ROUNDS)

bench-callers: ## Measure the error of distinct callers and of heavy ones for k and m
	go test ./aggregate -run TestCallerSimulation -callersim -v -timeout 30m

clean: ## Remove what was built; demo/ and stores stay
	rm -rf bin

.PHONY: help build demo check test fmt fmt-check vet lint docs docs-check race fuzz bench bench-callers clean
