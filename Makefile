# SPDX-License-Identifier: Apache-2.0
# The only commands anyone types. `make help` lists them.

VERSION := 0.1.0
PREFIX ?= /usr
DESTDIR ?=
PLUGINS ?= noop bpflsm apparmor selinux ebpf replay file local syslog http otlp grpc containerd cri docker nri
KERNEL ?= 6.1
LSM ?= bpf
ENFORCER ?=
SCENARIOS ?= Tests/Scenarios
SEED ?= 1

SHELL := /bin/bash
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
MULTIARCH := $(shell gcc -print-multiarch 2>/dev/null || echo $(shell uname -m)-linux-gnu)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
SWIFT := swift
# The toolchain's own clang has the bpf target and C23's #embed; Debian's is too old for the latter.
CLANG := $(shell dirname "$$(readlink -f "$$(command -v swift)")")/clang
SWIFT_RUNTIME := $(shell dirname "$$(readlink -f "$$(command -v swift)")")/../lib/swift/linux

STAGE := build/stage
STAGED_PLUGINS := $(STAGE)/usr/lib/kubearmor/plugins
SWIFT_FLAGS := -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error
RELEASE_FLAGS := $(SWIFT_FLAGS) -c release -Xswiftc -no-toolchain-stdlib-rpath --disable-local-rpath \
	-Xlinker '-rpath=$$ORIGIN/../lib/kubearmor/swift' -Xlinker -z -Xlinker now
RELEASE_DIR := .build/release

# What the build, the tests and the lab take from Debian.
BUILD_PACKAGES := libbpf-dev libapparmor-dev libselinux1-dev libsepol-dev libelf-dev libffi-dev libyaml-dev pkg-config zlib1g-dev libc6-dev binutils gcc g++
TEST_PACKAGES := qemu-system-x86 busybox-static cpio zstd kmod apparmor secilc bzip2 containerd runc docker.io podman protobuf-compiler python3-grpcio openssl

BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-declarations \
	-Wno-address -Wno-compare-distinct-pointer-types -Wno-default-const-init-var-unsafe \
	-D__TARGET_ARCH_$(BPF_ARCH) \
	-Ibpf -ISources/KernelEvents/include -idirafter /usr/include/$(MULTIARCH)
PLUGIN_CFLAGS := -std=gnu2x -O2 -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wall -Wextra \
	-Werror -D_GNU_SOURCE -DKUBEARMOR_VERSION='"$(VERSION)"' -ISources/PluginABI/include \
	-ISources/KernelEvents/include -IPlugins/shared -Ibpf --embed-dir=build/bpf
PLUGIN_LDFLAGS := -shared -Wl,--version-script=Plugins/plugin.map -Wl,-z,now -Wl,-z,relro

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=build/bpf/%.bpf.o)
SHARED_HEADERS := $(wildcard bpf/*.h Sources/KernelEvents/include/*.h Sources/PluginABI/include/*.h)
SWIFT_SOURCES := $(shell find Sources Plugins Tests/Lab/Sources Tests/Cases/Sources Tests/Bench/Sources -type f) Package.swift

FUZZ_FLAGS := $(SWIFT_FLAGS) --scratch-path .build-fuzz -c release -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld \
	-Xcc -fsanitize=fuzzer-no-link
# The backtracer would take a failure before libFuzzer can keep its input.
FUZZ := SWIFT_BACKTRACE=enable=no .build-fuzz/release/Fuzz
# 256 MiB for an input and 48 MiB for libFuzzer itself. Time is measured by the targets (Limits.swift); this is for hangs.
FUZZ_LIMITS := -rss_limit_mb=304 -timeout=20 -dict=Tests/Fuzz/policy.dict
TARGET ?= yaml
# How many inputs each target gets in `make test`, the kept ones among them: about ten seconds each.
FUZZ_RUNS := yaml=40000 scale=60 globs=400 rules=15000
# libFuzzer writes what it finds into the first folder, which is a new one: every run is the same.
fuzz_once = printf '==> fuzz %s: ' $(1) && rm -rf build/fuzz/new && mkdir -p build/fuzz/new && \
	{ KUBEARMOR_FUZZ_SLACK=10 $(FUZZ) $(1) $(FUZZ_LIMITS) -seed=1 -runs=$(2) -artifact_prefix=build/fuzz/ build/fuzz/new Tests/Fuzz/Corpus/$(1) \
	>build/fuzz/log 2>&1 || { tail -n 40 build/fuzz/log >&2; exit 1; }; } && grep '^Done' build/fuzz/log

LAB := build/tools/bin/kubearmor-lab --stage $(STAGE)

say = @printf '==> %s\n' "$(1)"

.PHONY: all build packages test-packages test unit flood bench-events native native-runtimes native-hook \
	native-nri native-feeders native-grpc native-logs proto-tools protos protos-check lab lab-newer lab-apparmor \
	lab-selinux lab-shared-apparmor lab-shared-selinux lab-selection lab-random lab-random-bpf \
	lab-random-apparmor lab-random-selinux lab-preempted lab-table bench lint format install run clean help fuzz \
	fuzz-regression

all: build

##@ Build

build: build/.staged ## Build daemon, command line and plugins; stage the installed tree under build/stage

packages: build/.packages

build/.packages:
	@mkdir -p build
	@missing=; for p in $(BUILD_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "==> installing$$missing"; \
	$(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; fi
	@touch $@

build/.test-packages: build/.packages
	@apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 || $(SUDO) apt-get update -q
	@missing=; for p in $(TEST_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "==> installing$$missing"; \
	$(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; fi
	@touch $@

build/bpf/%.bpf.o: bpf/%.bpf.c $(SHARED_HEADERS) build/.packages
	@mkdir -p build/bpf
	$(call say,bpf $*)
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# What several plugins in C have in common is compiled into each; the ring buffer into those that read one.
SHARED_PLUGIN_SOURCES := $(wildcard Plugins/shared/*)
SHARED_WITHOUT_BPF := $(filter-out %/ring.c,$(wildcard Plugins/shared/*.c))

build/plugins/kubearmor-enforcer-bpflsm.so: $(wildcard Plugins/enforcer/bpflsm/Sources/*) $(SHARED_HEADERS) \
		$(SHARED_PLUGIN_SOURCES) build/bpf/enforcer.bpf.o build/bpf/probe.bpf.o
	@mkdir -p build/plugins
	$(call say,plugin bpflsm)
	@$(CLANG) $(PLUGIN_CFLAGS) Plugins/enforcer/bpflsm/Sources/*.c $(addprefix Plugins/shared/,answer.c fail.c ring.c) \
		$(PLUGIN_LDFLAGS) -lbpf -o $@

build/plugins/kubearmor-enforcer-apparmor.so: $(wildcard Plugins/enforcer/apparmor/Sources/*) $(SHARED_PLUGIN_SOURCES) $(SHARED_HEADERS) \
		build/.packages
	@mkdir -p build/plugins
	$(call say,plugin apparmor)
	@$(CLANG) $(PLUGIN_CFLAGS) Plugins/enforcer/apparmor/Sources/*.c $(SHARED_WITHOUT_BPF) $(PLUGIN_LDFLAGS) -lapparmor -o $@

# libsepol's tables, which have no stable interface, are of the library that is linked in; its header is no C23.
build/plugins/kubearmor-enforcer-selinux.so: $(wildcard Plugins/enforcer/selinux/Sources/*) $(SHARED_PLUGIN_SOURCES) $(SHARED_HEADERS) \
		build/.packages
	@mkdir -p build/plugins
	$(call say,plugin selinux)
	@$(CLANG) $(PLUGIN_CFLAGS) -std=gnu17 Plugins/enforcer/selinux/Sources/*.c $(SHARED_WITHOUT_BPF) $(PLUGIN_LDFLAGS) -Wl,--gc-sections \
		-lselinux -l:libsepol.a -o $@

build/plugins/kubearmor-monitor-ebpf.so: $(wildcard Plugins/monitor/ebpf/Sources/*) $(SHARED_PLUGIN_SOURCES) $(SHARED_HEADERS) \
		build/bpf/monitor_raw.bpf.o build/bpf/monitor_fentry.bpf.o build/bpf/monitor_fentry_more.bpf.o
	@mkdir -p build/plugins
	$(call say,plugin ebpf)
	@$(CLANG) $(PLUGIN_CFLAGS) Plugins/monitor/ebpf/Sources/*.c $(addprefix Plugins/shared/,answer.c ring.c) $(PLUGIN_LDFLAGS) -lbpf -o $@

build/.swift: $(SWIFT_SOURCES) build/.packages
	$(call say,swift (release; the first build takes a few minutes))
	@$(SWIFT) build $(RELEASE_FLAGS)
	@touch $@

build/.staged: build/.swift build/plugins/kubearmor-enforcer-bpflsm.so build/plugins/kubearmor-enforcer-apparmor.so \
		build/plugins/kubearmor-enforcer-selinux.so build/plugins/kubearmor-monitor-ebpf.so
	$(call say,staging $(STAGE))
	@rm -rf $(STAGE)
	@install -d $(STAGE)/usr/bin $(STAGED_PLUGINS) $(STAGE)/usr/lib/kubearmor/swift $(STAGE)/usr/lib/systemd/system \
		$(STAGE)/etc/kubearmor/policies $(STAGE)/usr/share/doc/kubearmor $(STAGE)/etc/logrotate.d
	@install -m 755 $(RELEASE_DIR)/kubearmor $(STAGE)/usr/bin/kubearmor
	@ln -sf kubearmor $(STAGE)/usr/bin/kubearmor-runtime
	@install -m 755 build/plugins/*.so $(STAGED_PLUGINS)
	@install -m 755 $(RELEASE_DIR)/libkubearmor-enforcer-noop.so $(STAGED_PLUGINS)/kubearmor-enforcer-noop.so
	@for feeder in file local syslog http otlp grpc; do install -m 755 $(RELEASE_DIR)/libkubearmor-feeder-$$feeder.so \
		$(STAGED_PLUGINS)/kubearmor-feeder-$$feeder.so; done
	@install -m 755 $(RELEASE_DIR)/libkubearmor-monitor-replay.so $(STAGED_PLUGINS)/kubearmor-monitor-replay.so
	@for source in containerd cri docker nri; do install -m 755 $(RELEASE_DIR)/libkubearmor-source-$$source.so \
		$(STAGED_PLUGINS)/kubearmor-source-$$source.so; done
	@for f in $$(LD_LIBRARY_PATH=$(SWIFT_RUNTIME) ldd $(STAGE)/usr/bin/kubearmor $(STAGED_PLUGINS)/*.so | \
		grep -o '/[^ ]*/swift/linux/[^ ]*' | sort -u); do install -m 755 $$f $(STAGE)/usr/lib/kubearmor/swift/; done
	@strip --strip-unneeded $(STAGE)/usr/bin/kubearmor $(STAGED_PLUGINS)/*.so $(STAGE)/usr/lib/kubearmor/swift/*.so
	@install -m 644 deploy/systemd/kubearmor.service $(STAGE)/usr/lib/systemd/system/
	@install -m 600 deploy/config/kubearmor.yaml $(STAGE)/etc/kubearmor/
	@install -m 644 deploy/logrotate/kubearmor $(STAGE)/etc/logrotate.d/
	@install -m 644 README.md LICENSE docs/*.md $(STAGE)/usr/share/doc/kubearmor/
	@rm -rf build/tools && install -d build/tools/bin build/tools/lib/kubearmor
	@install -m 755 $(RELEASE_DIR)/kubearmor-lab $(RELEASE_DIR)/kubearmor-cases $(RELEASE_DIR)/kubearmor-bench build/tools/bin/
	@ln -s $(abspath $(SWIFT_RUNTIME)) build/tools/lib/kubearmor/swift
	@touch $@

install: build ## Copy the staged tree to DESTDIR/PREFIX with PLUGINS="noop bpflsm …" only
	@install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/kubearmor/plugins $(DESTDIR)$(PREFIX)/lib/kubearmor/swift \
		$(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/share/doc/kubearmor $(DESTDIR)/etc/kubearmor/policies \
		$(DESTDIR)/etc/logrotate.d
	@install -m 755 $(STAGE)/usr/bin/kubearmor $(DESTDIR)$(PREFIX)/bin/
	@ln -sf kubearmor $(DESTDIR)$(PREFIX)/bin/kubearmor-runtime
	@install -m 755 $(STAGE)/usr/lib/kubearmor/swift/*.so $(DESTDIR)$(PREFIX)/lib/kubearmor/swift/
	@for p in $(PLUGINS); do f=$$(ls $(STAGED_PLUGINS)/kubearmor-*-$$p.so 2>/dev/null); \
		[ -n "$$f" ] || { echo "there is no plugin $$p; there are: $$(ls $(STAGED_PLUGINS))" >&2; exit 1; }; \
		install -m 755 $$f $(DESTDIR)$(PREFIX)/lib/kubearmor/plugins/; done
	@install -m 644 $(STAGE)/usr/lib/systemd/system/* $(DESTDIR)$(PREFIX)/lib/systemd/system/
	@install -m 644 $(STAGE)/usr/share/doc/kubearmor/* $(DESTDIR)$(PREFIX)/share/doc/kubearmor/
	@install -m 644 $(STAGE)/etc/logrotate.d/* $(DESTDIR)/etc/logrotate.d/
	@[ -e $(DESTDIR)/etc/kubearmor/kubearmor.yaml ] || install -m 600 $(STAGE)/etc/kubearmor/kubearmor.yaml $(DESTDIR)/etc/kubearmor/

clean: ## Remove everything that was built (kernels of the lab too)
	rm -rf build .build .build-*

##@ Try

run: build ## Start the daemon on this host with a sample policy and show its alerts
	@$(SUDO) deploy/try/run.sh $(STAGE)

##@ Test

TESTS := lint unit protos-check fuzz-regression flood \
	native native-runtimes native-hook native-nri native-feeders native-grpc native-logs \
	lab-apparmor lab-selinux lab-shared-apparmor lab-shared-selinux lab-selection lab-random lab lab-newer lab-table
test: $(TESTS) ## Everything: lint, unit tests, generated code, fuzzing, accounting, native integration, lab

unit: build/.packages build/.staged ## Unit tests
	$(call say,unit tests (debug build))
	@SWIFT_BACKTRACE=enable=no KUBEARMOR_WITHOUT_GRPC=1 $(SWIFT) test $(SWIFT_FLAGS) --disable-xctest

# Everything is instrumented, in a place of its own. Debian's gold cannot export some symbols of libFuzzer: lld.
build/.fuzz: $(shell find Sources/Policy Sources/KernelEvents Tests/Fuzz/Sources -type f) Package.swift build/.packages
	$(call say,fuzz targets (instrumented build))
	@KUBEARMOR_FUZZ=1 $(SWIFT) build $(FUZZ_FLAGS) --product Fuzz
	@touch $@

fuzz-regression: build/.fuzz ## Fuzz targets: the kept inputs, then a fixed number of random ones
	@$(foreach run,$(FUZZ_RUNS),$(call fuzz_once,$(firstword $(subst =, ,$(run))),$(lastword $(subst =, ,$(run)))) &&) true

fuzz: build/.fuzz ## Fuzz without end: TARGET=yaml, scale, globs or rules; what fails is kept in build/fuzz
	@mkdir -p build/fuzz/$(TARGET)
	@$(FUZZ) $(TARGET) $(FUZZ_LIMITS) -artifact_prefix=build/fuzz/ build/fuzz/$(TARGET) Tests/Fuzz/Corpus/$(TARGET)

native: build build/.test-packages build/bpf/verdict.bpf.o ## The product on this machine's own kernel
	$(call say,native integration)
	@$(SUDO) Tests/Native/run.sh $(STAGE) "$(CLANG)"

# Beside `native`, which needs no runtime: each of these starts runtimes of its own in a folder of its own.
native-runtimes: build build/.test-packages ## Containers of containerd, Docker and CRI on this machine, and who they are
	$(call say,native runtimes)
	@$(SUDO) Tests/Native/runtimes.sh $(STAGE)

native-hook: build build/.test-packages ## Containers of runc, held before their first instruction
	$(call say,native hook)
	@$(SUDO) Tests/Native/hook.sh $(STAGE)

native-nri: build build/.test-packages ## Containers of a containerd with NRI, held before their first instruction
	$(call say,native nri)
	@Tests/Native/containerd.sh build/containerd
	@$(SUDO) Tests/Native/nri.sh $(STAGE) build/containerd

# The browser is 120 MB that nothing else needs: where it cannot be had, that one test says so and is skipped.
native-feeders: build build/.test-packages ## Who takes what feeders give: syslog, OTLP, OpenMetrics, a browser
	$(call say,native feeders)
	@command -v chromium >/dev/null || $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends chromium >/dev/null 2>&1 || true
	@$(SUDO) Tests/Native/feeders.sh $(STAGE) "$(CLANG)"

native-grpc: build build/.test-packages ## The feeder grpc with a client that is not ours
	$(call say,native grpc)
	@$(SUDO) Tests/Native/grpc.sh $(STAGE) "$(CLANG)"

native-logs: build build/.test-packages ## What people see of alerts and logs: logs, top, profile, record and replay
	$(call say,native logs)
	@$(SUDO) Tests/Native/logs.sh $(STAGE)

# What the code is compiled with makes the code.
PROTO_TOOLS := protoc-gen-swift protoc-gen-grpc-swift-2
proto-tools: build/.test-packages
	@for tool in $(PROTO_TOOLS); do $(SWIFT) build $(SWIFT_FLAGS) --product $$tool || exit 1; done

protos: proto-tools ## Write the Swift code of the folders named Protos anew
	@Plugins/generate.sh .build/debug client Plugins/source/runtimes
	@Plugins/generate.sh .build/debug server Plugins/feeder/grpc

protos-check: proto-tools ## The Swift code of the protos is what it would be anew
	$(call say,protos)
	@rm -rf build/protos && Plugins/generate.sh .build/debug client Plugins/source/runtimes build/protos/client && \
		Plugins/generate.sh .build/debug server Plugins/feeder/grpc build/protos/server
	@{ diff -r build/protos/client Plugins/source/runtimes/Sources/Generated && \
		diff -r build/protos/server Plugins/feeder/grpc/Sources/Generated; } || { echo "run make protos" >&2; exit 1; }

lab: build build/.test-packages ## Scenarios on real kernels: SCENARIOS=dir ENFORCER=name KERNEL=6.1 LSM=bpf
	$(call say,lab)
	@if [ -n "$(ENFORCER)" ]; then \
	$(LAB) --scenarios $(SCENARIOS) --kernel $(KERNEL) --lsm $(LSM) --enforcer $(ENFORCER); \
	else \
	$(LAB) --scenarios $(SCENARIOS) --kernel $(KERNEL) --lsm bpf --enforcer bpflsm && \
	$(LAB) --scenarios $(SCENARIOS) --kernel $(KERNEL) --lsm none --enforcer noop; fi

lab-newer: build build/.test-packages ## The scenarios on the newest kernel that the lab has
	@$(MAKE) --no-print-directory lab KERNEL=6.12 LSM=bpf ENFORCER=bpflsm

lab-apparmor lab-selinux: lab-%: build build/.test-packages ## What is an enforcer's own, on the kernels where all of it was seen
	$(call say,lab: $*)
	@for kernel in $(KERNELS_$*); do \
	$(LAB) --scenarios Tests/$(OWN_$*) --kernel $$kernel --lsm $* --enforcer $* || exit 1; done

OWN_apparmor := AppArmor
KERNELS_apparmor := 6.1 6.12
KERNELS_selinux := 6.1 6.12
OWN_selinux := SELinux

# GAPS=--gaps runs what an enforcer does not declare, too: it must not work after all. That takes twice as long.
GAPS ?=

lab-shared-apparmor lab-shared-selinux: lab-shared-%: build build/.test-packages ## The scenarios of all, under that enforcer
	$(call say,lab: all scenarios under $*)
	@$(LAB) --kernel $(KERNEL) --lsm $* --enforcer $* $(GAPS)

lab-selection: build build/.test-packages ## Which enforcer is chosen at boot
	$(call say,lab: selection)
	@$(LAB) --scenarios Tests/Selection --kernel $(KERNEL) --lsm lockdown,yama,apparmor,bpf --enforcer bpflsm

lab-preempted: build build/.test-packages ## Decisions that are interrupted by others, on a preemptible kernel
	$(call say,lab: preempt=full)
	@$(LAB) --kernel 6.12 --lsm bpf --enforcer bpflsm --append preempt=full --only '^preempted-decisions$$'

# Sets of rules, and accesses under each.
RANDOM_bpf := 10 2000
RANDOM_apparmor := 5 1000
RANDOM_selinux := 5 1000
ENFORCER_bpf := bpflsm
ENFORCER_apparmor := apparmor
ENFORCER_selinux := selinux

lab-random: lab-random-bpf lab-random-apparmor lab-random-selinux ## Random rules and real accesses, kernels against evaluator: SEED=number KERNEL=6.1

lab-random-bpf lab-random-apparmor lab-random-selinux: lab-random-%: build build/.test-packages
	$(call say,lab: random rule sets and accesses under $(ENFORCER_$*))
	@rm -rf build/lab/random && mkdir -p build/lab
	@build/tools/bin/kubearmor-cases lab $(SEED) $(RANDOM_$*) build/lab/random $(STAGED_PLUGINS) $(ENFORCER_$*)
	@$(LAB) --scenarios build/lab/random --kernel $(KERNEL) --lsm $* --enforcer $(ENFORCER_$*)

lab-table: build ## What earlier runs have found, scenario by backend
	@$(LAB) --table

bench: build build/.test-packages build/bpf/verdict.bpf.o ## Cost in the kernel by the lab's clock, and of one verdict natively
	@$(LAB) --bench --kernel $(KERNEL)
	@Tests/Bench/verdict.sh "$(CLANG)"
	@Tests/Bench/compile.sh $(STAGE)
	@$(SUDO) Tests/Bench/hook.py $(STAGE)
	@Tests/Bench/grpc.sh $(STAGE) "$(CLANG)"
	@$(MAKE) --no-print-directory bench-events

# The last processor: the first takes the interrupts. Every bench is run, then a bar that was missed is a failure.
bench-events: build ## Events, alerts and memory: throughput of one core, latency, and the daemon idle and in a flood
	$(call say,bench: events)
	@missed=0; taskset -c $$(($$(nproc) - 1)) build/tools/bin/kubearmor-bench throughput || missed=1; \
	build/tools/bin/kubearmor-bench latency || missed=1; \
	$(SUDO) Tests/Bench/node.py $(STAGE) $(FLOOD_SECONDS) || missed=1; exit $$missed

# How long the daemon is flooded; 600 for the bar of ten minutes.
FLOOD_SECONDS ?= 30

flood: build ## Five million events and feeders that stall, refuse and fail: all sums are exact, memory is bounded
	$(call say,flood)
	@build/tools/bin/kubearmor-bench flood

##@ Source

lint: build/.packages ## Format, and compile the header as C and C++ with both compilers
	$(call say,lint)
	@$(SWIFT) format lint --strict --recursive Sources Plugins Tests Package.swift
	@Tests/Native/header.sh "$(CLANG)"

format: ## Format the Swift sources
	@$(SWIFT) format --in-place --recursive Sources Plugins Tests Package.swift

help: ## Show this
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
