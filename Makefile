# One makefile for everything, and no make below it: each build mode is a set of the same rules under build/MODE/, so that modes never
# mix objects. Sources are found by wildcards: a new .c file needs no line here.
#
#   make            ./ppmc, libppm.a, libppm.so, ppm.pc (release)
#   make help       what else there is

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
SHELL := /bin/bash

# All processors, unless -j was given.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j% --jobs%,$(shell ps -o args= $$PPID 2>/dev/null)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
endif

# CC and AR of the environment or the command line count; make's own defaults do not.
ifeq ($(filter-out undefined default,$(origin CC)),)
CC := gcc
endif
ifeq ($(filter-out undefined default,$(origin AR)),)
AR := ar
endif
CLANG ?= clang
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60

version := $(shell sed -n 's/^\#define PPM_VERSION "\(.*\)"/\1/p' lang/ppm.h)
so_major := 0

# ---- what there is to build -----------------------------------------------------------------------------

library_sources := $(sort $(wildcard runtime/*/*.c runtime/*/*/*.c stdlib/*.c stdlib/kernels/*.c) \
	$(filter-out lang/driver/%,$(wildcard lang/*.c lang/*/*.c)))
driver_sources := $(sort $(wildcard lang/driver/*.c))
scanners := $(sort $(wildcard lang/*/*.re))
grammars := $(sort $(wildcard lang/*/*.y))
generated_sources := $(scanners:.re=.c) $(grammars:.y=.c) \
	$(if $(wildcard stdlib/modules.h),stdlib/modules_data.c) $(if $(wildcard lang/error_pages.h),lang/error_pages_data.c)
generated_headers := $(grammars:.y=.h)
modules := $(sort $(wildcard stdlib/*.ppm))
error_pages := $(sort $(wildcard docs/errors/*.md))
unit_tests := $(sort $(wildcard tests/unit/*_test.c))
fuzzers := $(sort $(wildcard tests/fuzz/*_fuzz.c))
# These hold the loops over rows: the compiler may unroll and vectorise them as it likes, but never fuse or reorder floating point.
hot_sources := $(filter runtime/vm/kernels/% runtime/source/% runtime/dataset/%,$(library_sources))

libraries := -lpcre2-8 -lz -lzstd -lnettle -lutf8proc -lm -lpthread
warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror
language := -std=gnu11 -D_GNU_SOURCE -ffp-contract=off
common_flags := $(language) $(warnings) -fPIC -fno-semantic-interposition -fno-math-errno -g

# ---- modes: compiler, flags, and how hot files differ --------------------------------------------------------

modes := release asan tsan msan valgrind coverage fuzz mutate trace
compiler_release := $(CC)
flags_release := $(common_flags) -O2 -fno-plt
hot_release := -O3
link_release := -Wl,-O1,-z,relro,-z,now
compiler_asan := $(CC)
flags_asan := $(common_flags) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
link_asan := -fsanitize=address,undefined
compiler_tsan := $(CC)
flags_tsan := $(common_flags) -O1 -fno-omit-frame-pointer -fsanitize=thread
link_tsan := -fsanitize=thread
# MSan sees what is compiled here and nothing else: runtime/base/instrumented.h tells it what libraries wrote.
compiler_msan := $(CLANG)
flags_msan := $(common_flags) -O1 -fno-omit-frame-pointer -fsanitize=memory -fsanitize-memory-track-origins
link_msan := -fsanitize=memory
# Valgrind looks at what is shipped; its own mode, so that a build of its own stays beside the one that others test.
compiler_valgrind := $(CC)
flags_valgrind := $(flags_release)
hot_valgrind := $(hot_release)
link_valgrind := $(link_release)
compiler_coverage := $(CC)
# Without optimisation intrinsics are macros, whose casts are not ours.
flags_coverage := $(common_flags) -Wno-sign-conversion -O0 --coverage -fprofile-update=atomic
link_coverage := --coverage
compiler_fuzz := $(CLANG)
flags_fuzz := $(common_flags) -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
link_fuzz := -fsanitize=address,undefined
# tests/mutate links these itself: a library that changes, and programs that do not; `trace` notes which tests run which blocks.
compiler_mutate := $(CC)
flags_mutate := $(language) -w -fPIC -fno-semantic-interposition -fno-math-errno -O1
compiler_trace := $(CC)
flags_trace := $(language) -w -fPIC -fno-semantic-interposition -fno-math-errno -gdwarf-4 -fdebug-prefix-map=$(CURDIR)=. -O0 -fsanitize-coverage=trace-pc

quiet := $(if $(VERBOSE),,@)
say = $(if $(VERBOSE),,@printf '  %-5s %s\n' "$(1)" "$(2)")

# ---- the rules of one mode ----------------------------------------------------------------------------------

define mode_rules
# $(1): the mode
build_$(1) := build/$(1)
library_objects_$(1) := $$(library_sources:%.c=build/$(1)/%.o) $$(generated_sources:%.c=build/$(1)/%.o)
driver_objects_$(1) := $$(driver_sources:%.c=build/$(1)/%.o)
generated_headers_$(1) := $$(generated_headers:%=build/$(1)/%)
hot_objects_$(1) := $$(hot_sources:%.c=build/$(1)/%.o)
unit_programs_$(1) := $$(unit_tests:tests/unit/%.c=build/$(1)/tests/unit/%)
replays_$(1) := $$(fuzzers:tests/fuzz/%.c=build/$(1)/tests/fuzz/%_replay)

# Objects are made anew when the flags change.
build/$(1)/flags: always
	@mkdir -p $$(@D)
	@echo '$$(compiler_$(1)) $$(flags_$(1)) $$(hot_$(1)) $$(CFLAGS)' | cmp -s - $$@ || echo '$$(compiler_$(1)) $$(flags_$(1)) $$(hot_$(1)) $$(CFLAGS)' > $$@

$$(hot_objects_$(1)): optimise := $$(hot_$(1))

build/$(1)/%.o: %.c build/$(1)/flags | build/.packages-build $$(generated_headers_$(1))
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(quiet)$$(compiler_$(1)) $$(flags_$(1)) $$(optimise) $$(CFLAGS) -I. -Ibuild/$(1) -MMD -MP -c -o $$@ $$<

build/$(1)/%.o: build/$(1)/%.c build/$(1)/flags | build/.packages-build $$(generated_headers_$(1))
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(quiet)$$(compiler_$(1)) $$(flags_$(1)) $$(CFLAGS) -I. -Ibuild/$(1) -MMD -MP -c -o $$@ $$<

build/$(1)/%.c: %.re | build/.packages-build
	@mkdir -p $$(@D)
	$$(call say,RE2C,$$@)
	$$(quiet)re2c -c -W -Werror -8 --input-encoding utf8 --no-generation-date -o $$@ $$<

build/$(1)/%.c build/$(1)/%.h &: %.y | build/.packages-build
	@mkdir -p build/$(1)/$$(dir $$*)
	$$(call say,BISON,build/$(1)/$$*.c)
	$$(quiet)bison -Wall -Werror --defines=build/$(1)/$$*.h -o build/$(1)/$$*.c $$<

build/$(1)/stdlib/modules_data.c: $$(modules) stdlib stdlib/embed stdlib/modules.h
	@mkdir -p $$(@D)
	$$(call say,EMBED,$$@)
	$$(quiet)bash stdlib/embed stdlib/modules.h ppm_module_data $$(modules) > $$@

build/$(1)/lang/error_pages_data.c: $$(error_pages) docs/errors stdlib/embed lang/error_pages.h
	@mkdir -p $$(@D)
	$$(call say,EMBED,$$@)
	$$(quiet)bash stdlib/embed lang/error_pages.h ppm_error_page_data $$(error_pages) > $$@

build/$(1)/libppm.a: $$(library_objects_$(1))
	$$(call say,AR,$$@)
	$$(quiet)rm -f $$@ && $$(AR) rcs $$@ $$^

build/$(1)/ppmc: $$(driver_objects_$(1)) build/$(1)/libppm.a
	$$(call say,LINK,$$@)
	$$(quiet)$$(compiler_$(1)) $$(link_$(1)) $$(LDFLAGS) -o $$@ $$^ $$(libraries)

build/$(1)/tests/unit/%: build/$(1)/tests/unit/%.o build/$(1)/libppm.a | build/.packages-tests
	$$(call say,LINK,$$@)
	$$(quiet)$$(compiler_$(1)) $$(link_$(1)) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(libraries)

build/$(1)/tests/fuzz/%: build/$(1)/tests/fuzz/%.o build/$(1)/libppm.a
	$$(call say,LINK,$$@)
	$$(quiet)$$(compiler_$(1)) $$(link_$(1)) -fsanitize=fuzzer $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(libraries)

# What makes calls of a process fail, loaded before the C library. It has no mode's flags: it is to work in all of them.
build/$(1)/tests/robust/inject.so: tests/robust/inject.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(quiet)$(CC) $(language) $(warnings) -O2 -fPIC -shared -o $$@ $$<

build/$(1)/tests/robust/mutate: build/$(1)/tests/robust/mutate.o build/$(1)/libppm.a
	$$(call say,LINK,$$@)
	$$(quiet)$$(compiler_$(1)) $$(link_$(1)) $$(LDFLAGS) -o $$@ $$^ $$(libraries)

.PHONY: $(1)-objects
# What the command and the unit tests are linked from.
$(1)-objects: build/$(1)/libppm.a $$(driver_objects_$(1)) $$(unit_programs_$(1):=.o)

# A fuzzer that only tries the files that it is given: any compiler builds it.
build/$(1)/tests/fuzz/%_replay: build/$(1)/tests/fuzz/%.o build/$(1)/tests/fuzz/replay.o build/$(1)/libppm.a
	$$(call say,LINK,$$@)
	$$(quiet)$$(compiler_$(1)) $$(link_$(1)) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(libraries)

.PHONY: $(1)-tests $(1)-replays
# The command and the unit tests of this mode, without running them; the replays of the fuzzers' inputs.
$(1)-tests: build/$(1)/ppmc $$(unit_programs_$(1)) build/$(1)/tests/robust/inject.so
$(1)-replays: $$(replays_$(1))

-include $$(library_objects_$(1):.o=.d) $$(driver_objects_$(1):.o=.d) $$(unit_programs_$(1):=.d) $$(replays_$(1):_replay=.d) build/$(1)/tests/fuzz/replay.d
endef
$(foreach mode,$(modes),$(eval $(call mode_rules,$(mode))))

# ppmc as a server for what watches it (tests/robust/warm.c), and what calls it.
build/valgrind/warm: $(driver_objects_valgrind) build/valgrind/tests/robust/warm.o build/valgrind/libppm.a
	$(call say,LINK,$@)
	$(quiet)$(compiler_valgrind) $(link_valgrind) -Wl,--wrap=main $(LDFLAGS) -o $@ $^ $(libraries)

build/valgrind/warm_call: build/valgrind/tests/robust/warm_call.o
	$(call say,LINK,$@)
	$(quiet)$(compiler_valgrind) $(link_valgrind) -o $@ $^

valgrind-tests: build/valgrind/warm build/valgrind/warm_call

# Lists of headers come with the objects; there is nothing to do for one that is not there.
%.d: ;

.PHONY: always
always:

# ---- the products of a release ---------------------------------------------------------------------------------

.PHONY: all
all: ppmc libppm.a libppm.so ppm.pc

ppmc: build/release/ppmc
	$(quiet)ln -f $< $@ 2>/dev/null || cp -f $< $@

libppm.a: build/release/libppm.a
	$(quiet)ln -f $< $@ 2>/dev/null || cp -f $< $@

build/release/libppm.so.$(version): $(library_objects_release) lang/libppm.map
	$(call say,LINK,$@)
	$(quiet)$(CC) -shared $(link_release) $(LDFLAGS) -Wl,-soname,libppm.so.$(so_major) -Wl,--version-script=lang/libppm.map -Wl,-z,defs \
		-o $@ $(library_objects_release) $(libraries)

libppm.so: build/release/libppm.so.$(version)
	$(quiet)ln -f $< $@ 2>/dev/null || cp -f $< $@

ppm.pc: lang/ppm.pc.in lang/ppm.h Makefile
	$(quiet)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(version)|' $< > $@

# ---- packages: `make` says what is missing; `make demo` and `make check` install it --------------------------------

installing := $(filter demo check check-all bench fuzz msan valgrind coverage,$(MAKECMDGOALS))

build/.packages-%: .ci/packages
	@mkdir -p build
	@bash .ci/packages $(if $(installing),install,check) $*
	@touch $@

# ---- running ---------------------------------------------------------------------------------------------------

.PHONY: demo check check-all asan tsan msan valgrind coverage bench bench-report fuzz clang-check install uninstall docs format format-check tidy clean help

# From a fresh clone to a scored file.
demo: all
	@bash examples/demo

# Everything that has to pass; ends with "N passed, N failed". check-all: the slow ones too (threads under TSan, every fuzzer for a while).
check-all: build/.packages-fuzz build/.packages-measures
check check-all: build/.packages-tests build/.packages-build
	@MAKE="$(MAKE)" python3 tests/run $@

asan tsan: build/.packages-tests build/.packages-build
	@MAKE="$(MAKE)" python3 tests/run $@

# Templates that are included several times have functions of one name on several lines; the gcovr of Debian 12 (5.2) cannot put them together.
build/gcovr/bin/gcovr:
	@mkdir -p build
	$(call say,PIP,gcovr)
	$(quiet)python3 -m venv build/gcovr && build/gcovr/bin/pip --quiet install 'gcovr>=8,<9'

coverage check-all: build/gcovr/bin/gcovr
msan valgrind coverage: build/.packages-tests build/.packages-build build/.packages-measures
	@MAKE="$(MAKE)" python3 tests/run $@

bench: all build/.packages-tests
	@bash tests/bench/run

# All of it at the sizes that count, and docs/performance.md with its charts made from that.
bench-report: all build/.packages-tests
	@bash tests/bench/run full

fuzz: build/.packages-fuzz build/.packages-tests build/.packages-build
	@MAKE="$(MAKE)" python3 tests/run fuzz $(FUZZ_SECONDS) $(FUZZERS)

# Clang's opinion of every file, generated ones included; nothing is linked.
clang_checked := $(patsubst %.c,build/clang/%.checked,$(library_sources) $(driver_sources) $(unit_tests)) \
	$(patsubst %.c,build/clang/generated/%.checked,$(generated_sources))
clang-check: $(clang_checked)

build/clang/%.checked: %.c | build/.packages-tests $(generated_headers_release)
	@mkdir -p $(@D)
	$(call say,CLANG,$<)
	$(quiet)$(CLANG) $(common_flags) -I. -Ibuild/release -MMD -MP -MF $(@:.checked=.d) -MT $@ -fsyntax-only $<
	@touch $@

build/clang/generated/%.checked: build/release/%.c | build/.packages-tests $(generated_headers_release)
	@mkdir -p $(@D)
	$(call say,CLANG,$<)
	$(quiet)$(CLANG) $(common_flags) -I. -Ibuild/release -MMD -MP -MF $(@:.checked=.d) -MT $@ -fsyntax-only $<
	@touch $@

-include $(clang_checked:.checked=.d)

# The header and those that it includes keep their folders below include/ppm.
installed_headers = $(shell $(CC) -std=gnu11 -I. -MM lang/ppm.h | tr -d '\\' | tr ' ' '\n' | grep -E '\.(h|def)$$' | sort -u)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 ppmc $(DESTDIR)$(PREFIX)/bin/ppmc
	install -m 644 libppm.a $(DESTDIR)$(PREFIX)/lib/libppm.a
	install -m 755 build/release/libppm.so.$(version) $(DESTDIR)$(PREFIX)/lib/libppm.so.$(version)
	ln -sf libppm.so.$(version) $(DESTDIR)$(PREFIX)/lib/libppm.so.$(so_major)
	ln -sf libppm.so.$(so_major) $(DESTDIR)$(PREFIX)/lib/libppm.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(version)|' lang/ppm.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/ppm.pc
	for header in $(installed_headers); do install -D -m 644 $$header $(DESTDIR)$(PREFIX)/include/ppm/$$header || exit 1; done
	install -m 644 docs/ppmc.1 $(DESTDIR)$(PREFIX)/share/man/man1/ppmc.1
	./ppmc completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ppmc
	./ppmc completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_ppmc
	./ppmc completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ppmc.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ppmc $(DESTDIR)$(PREFIX)/lib/libppm.a $(DESTDIR)$(PREFIX)/lib/libppm.so* $(DESTDIR)$(PREFIX)/lib/pkgconfig/ppm.pc
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/ppmc.1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ppmc
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_ppmc $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ppmc.fish
	rm -rf $(DESTDIR)$(PREFIX)/include/ppm

formatted := $(sort $(library_sources) $(driver_sources) $(unit_tests) $(wildcard tests/fuzz/*.[ch]) $(wildcard tests/robust/*.c) $(wildcard runtime/*/*.h runtime/*/*/*.h stdlib/*.h lang/*.h lang/*/*.h))

# Pages that are made from the lists in the code.
docs: ppmc
	./ppmc docs --markdown > docs/stdlib.md
	awk -f runtime/bytecode/document.awk runtime/bytecode/opcodes.def runtime/bytecode/job.h > docs/bytecode.md

format:
	clang-format -i $(formatted)

tidy: $(generated_headers_release)
	clang-tidy --quiet $(library_sources) $(driver_sources) -- $(language) -I. -Ibuild/release

clean:
	rm -rf build ppmc libppm.a libppm.so ppm.pc

help:
	@echo 'make            ppmc, libppm.a, libppm.so, ppm.pc'
	@echo 'make demo       builds, then scores the example customers'
	@echo 'make check      all tests; the last line counts them (check-all: the slow ones too)'
	@echo 'make docs       docs/stdlib.md from the standard modules, docs/bytecode.md from the list of opcodes'
	@echo 'make asan       unit and golden tests under AddressSanitizer and UBSan (tsan, msan, valgrind: under those)'
	@echo 'make coverage   the share of lines and branches that the tests run, by folder and by line'
	@echo 'make fuzz       every fuzzer for FUZZ_SECONDS=60 (FUZZERS="csv model": those), LEDGER=1: into tests/fuzz/LEDGER.md'
	@echo 'make bench      speed against the yardstick and other engines (tests/bench/run says which parts there are); bench-report: docs/performance.md made anew'
	@echo 'make install    DESTDIR= PREFIX=/usr/local (uninstall takes it away)'
	@echo 'make format     clang-format over all sources; make tidy: clang-tidy'
	@echo 'make clean      removes what was built; VERBOSE=1 shows the commands'
