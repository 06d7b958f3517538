# Each target is enough on a fresh machine: it installs what it needs (sudo when not root).

.DEFAULT_GOAL := help
.PHONY: help setup build install test check bench run schema coverage torture torture-bites fuzz asan tsan clean

PRESET ?= release
JOBS ?= $(shell nproc)
export PATH := $(CURDIR)/.deps/bin:$(PATH)

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

setup: ## install what is missing (ci/setup.sh --print shows it)
	@ci/setup.sh

build: setup ## build wsd, wsload and the tests into build/$(PRESET)
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS)

PREFIX ?= /usr/local
install: build ## install wsd, wsload, documents and examples below PREFIX (/usr/local)
	@cmake --install build/$(PRESET) --prefix $(PREFIX)

run: setup ## start wsd for a try: loopback, random secret, prints what to paste
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target wsd wsload
	@exec build/$(PRESET)/wsd dev

test: build ## build and run all tests
	@ci/run_tests $(PRESET)

check: build ## layout, layers, ownership, clang-tidy's short list
	@ci/run_checks $(PRESET)

schema: setup ## write docs/schema anew
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target schema

coverage: build ## run the integration tests and write docs/COVERAGE.md
	@rm -rf build/$(PRESET)/wire
	@ctest --preset $(PRESET) -j $(JOBS) -L integration
	@ci/wire_coverage build/$(PRESET)/wire

CYCLES ?= 200
torture: setup ## wsd under load while things go wrong; CYCLES=n faults in four worlds, SEED=s repeats them
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target wsd wsd_planted power_cut
	@WSD_BIN=build/$(PRESET)/wsd WSD_PLANTED_BIN=$(CURDIR)/build/$(PRESET)/tests/wsd_planted WSD_POWER_CUT=$(CURDIR)/build/$(PRESET)/tests/power_cut.so PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 tests/torture/torture.py --cycles $(CYCLES) --runs 4 $(if $(SEED),--seed $(SEED)) $(OPTIONS)

torture-bites: setup ## planted faults, each of which the torture harness must find
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target wsd_planted power_cut
	@WSD_PLANTED_BIN=$(CURDIR)/build/$(PRESET)/tests/wsd_planted WSD_POWER_CUT=$(CURDIR)/build/$(PRESET)/tests/power_cut.so \
		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/torture/test_bites.py

SECONDS ?= 60
fuzz: setup ## libFuzzer, clang: every target for SECONDS=n; TARGETS="jwt cookie" chooses, SEED=s repeats
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build --preset fuzz -j $(JOBS) --target $(if $(TARGETS),$(TARGETS:%=fuzz_%),fuzzers)
	@tests/fuzz/run build/fuzz $(SECONDS) $(TARGETS)

asan: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory test PRESET=asan

tsan: ## all tests under ThreadSanitizer
	@$(MAKE) --no-print-directory test PRESET=tsan

bench: build ## measure: throughput, latency, memory
	@ci/bench/run build/$(PRESET)

clean: ## remove what was built; .deps/ stays
	@rm -rf build
