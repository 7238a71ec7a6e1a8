# The two commands a newcomer needs are `make demo` and `make test`; both install what is missing.
# CMake does the building (CMakePresets.json); this file only strings the steps together.

.PHONY: build demo test lint bench clean help
.DEFAULT_GOAL := build

JOBS ?= $(shell nproc)
CMAKE_ARGS ?=
program := build/release/bin/clipcluster
# Where openclipart-png puts its pictures.
demo_images := /usr/share/openclipart/png

help:
	@echo "make demo    install what is missing, build, cluster 8,121 pictures, say where the page is"
	@echo "make test    install what is missing, build, run every test, sanitizers included"
	@echo "make build   install what is missing, build build/release/bin/clipcluster"
	@echo "make lint    clang-tidy over the whole project"
	@echo "make bench   build and run the benchmarks"

build:
	@tools/install-packages.sh build
	@tools/quiet.sh cmake --preset release -DCLIPCLUSTER_BUILD_TESTS=OFF $(CMAKE_ARGS)
	@cmake --build --preset release -j $(JOBS)

demo:
	@tools/install-packages.sh demo
	@$(MAKE) --no-print-directory build
	@$(program) run $(demo_images) -o demo/openclipart; code=$$?; [ $$code -eq 0 ] || [ $$code -eq 3 ]

test:
	@tools/test.sh

lint:
	@tools/install-packages.sh build test lint
	@tools/lint.sh

bench:
	@tools/install-packages.sh build bench
	@tools/quiet.sh cmake --preset release -DCLIPCLUSTER_BUILD_BENCHMARKS=ON $(CMAKE_ARGS)
	@cmake --build --preset release -j $(JOBS)
	@for program in build/release/bench/*_bench; do echo "== $$program"; $$program || exit 1; done

clean:
	rm -rf build
