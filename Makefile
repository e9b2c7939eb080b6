# make                the generator, build/dossier
# make deps site      what the build needs, the generator, and content/ built into public/
# make deps test      what the tests need too, and all test suites (T=name: only those)
# make tools lint docs bench fuzz stress laws install clean
# DEV=1 SAN=1 TSAN=1  unoptimised, address+undefined, thread sanitizer: each in its own folder under build/
# STATIC=1            outside libraries linked into the binary where an archive is installed

.SUFFIXES:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

CC := $(if $(filter default undefined,$(origin CC)),cc,$(CC))
HOSTCC ?= $(CC)
AR := $(if $(filter default undefined,$(origin AR)),ar,$(AR))
PREFIX ?= /usr/local
DESTDIR ?=
T ?=
FUZZ_SECONDS ?= 60

B := build
OPT := -O2 -g
WERROR := -Werror
SAN_FLAGS :=
ifdef DEV
B := build/dev
OPT := -O0 -g3
endif
# gcc 12 gives false format warnings under UBSan: warnings are errors in the plain build only.
ifdef SAN
B := build/san
OPT := -O1 -g -fno-omit-frame-pointer
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined
WERROR :=
endif
ifdef TSAN
B := build/tsan
OPT := -O1 -g -fno-omit-frame-pointer
SAN_FLAGS := -fsanitize=thread
WERROR :=
endif
ifdef STATIC
B := $(B)/static
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef $(WERROR)
CFLAGS ?=
CPPFLAGS ?=
LDFLAGS ?=
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Igenerator $(OPT) $(WARN) $(SAN_FLAGS) -pthread -fstack-protector-strong \
	-ffile-prefix-map=$(CURDIR)=. $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(SAN_FLAGS) -pthread $(LDFLAGS)

GEN := $(B)/gen/embed_theme.c $(B)/gen/embed_prelude.c $(B)/gen/embed_skeleton.c $(B)/gen/version.c
SRC := $(sort $(shell find generator -name '*.c'))
THEME := $(sort $(shell find templates assets/theme -type f ! -name '.*' ! -name '*~' 2>/dev/null))
PRELUDE := $(wildcard)
SKELETON := $(sort $(shell find generator/app/skeleton -type f ! -name '.*' ! -name '*~'))
OBJ := $(SRC:generator/%.c=$(B)/obj/%.o) $(GEN:$(B)/gen/%.c=$(B)/obj/gen/%.o)
MAIN := $(B)/obj/app/main.o
LIB := $(B)/libdossier.a
BIN := $(B)/dossier

# tests/tools/toml_decoder.c and tests/tools/toml-decoder.c both make build/toml-decoder.
TOOL_SRC := $(sort $(wildcard tests/tools/*.c))
TOOLS := $(foreach f,$(TOOL_SRC),$(B)/$(subst _,-,$(basename $(notdir $(f)))))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
E2E := $(patsubst tests/e2e/%.c,$(B)/tests/%,$(sort $(wildcard tests/e2e/test_*.c)))
E2E_SH := $(sort $(wildcard tests/e2e/test_*.sh tests/browser/test_*.sh))
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
REPLAY := $(FUZZ:%=$(B)/tests/replay_%)
FUZZERS := $(FUZZ:%=build/fuzz/fuzz_%)

# Everything that needs an outside library waits for deps where both are asked for.
AFTER_DEPS := $(if $(filter deps,$(MAKECMDGOALS)),deps)
DEPS_FOR := build $(if $(filter test,$(MAKECMDGOALS)),test) $(if $(filter lint fuzz,$(MAKECMDGOALS)),lint)

.PHONY: all deps site docs test tools lint format bench fuzz stress laws install uninstall clean FORCE
all: $(BIN)

deps:
	@CC='$(CC)' tools/deps.sh $(DEPS_FOR)

site: $(BIN)
	$(BIN) build

tools: $(TOOLS)

test: $(BIN) $(TOOLS) $(UNIT) $(E2E) $(REPLAY)
	@DOSSIER='$(CURDIR)/$(BIN)' TOOLS_DIR='$(CURDIR)/$(B)' tools/run-tests.sh '$(T)' $(B)/tests \
		$(UNIT) $(E2E) $(REPLAY) $(E2E_SH)

# What the program says of itself, put into docs/.
docs: $(BIN)
	@DOSSIER='$(BIN)' tools/docs.sh

lint: $(OBJ) $(BIN)
	@B='$(B)' CC='$(CC)' tools/lint.sh

# What lint asks of .c files.
format:
	clang-format -i $(SRC) $(sort $(wildcard tests/*/*.c tools/*.c))

bench: $(BIN)
	@DOSSIER='$(CURDIR)/$(BIN)' bench/run.sh

fuzz: $(FUZZERS)
	@tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

# Threads against one thread, long; a short form of it is in the tests.
stress: $(B)/tests/stress_markdown
	@$<

# Random edits of a small site for LAWS_SECONDS: is what is built upon the last build what a clean build gives?
# LAWS_SEED says which edits, LAWS_EDITS how many at most; a short form of it is in the tests.
laws: $(BIN) $(B)/tests/test_laws
	@DOSSIER='$(CURDIR)/$(BIN)' LAWS_EDITS=$${LAWS_EDITS:-1000000} LAWS_SECONDS=$${LAWS_SECONDS:-600} \
		LAWS_SEED=$${LAWS_SEED:-$$(date +%s)} $(B)/tests/test_laws

install: $(BIN)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 755 $(BIN) '$(DESTDIR)$(PREFIX)/bin/dossier'
	install -m 644 docs/dossier.1 '$(DESTDIR)$(PREFIX)/share/man/man1/dossier.1'

uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/dossier' '$(DESTDIR)$(PREFIX)/share/man/man1/dossier.1'

clean:
	rm -rf build

# Puts $$new in the place of the target when they differ: the target's time tells whether anything changed.
# Each run has a file of its own, so that two of them in one checkout do no harm.
SETTLE = if cmp -s $$new $@; then rm -f $$new; else mv $$new $@; fi

# Flags live in files that compiler and linker read: they are asked for after deps has run,
# and a change of flags or compiler rebuilds what depends on it.
$(B)/compiler: FORCE | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@new=$@.$$$$; { echo '$(CC)'; '$(firstword $(CC))' --version; } > $$new 2>/dev/null; $(SETTLE)

$(B)/cflags: $(B)/compiler FORCE | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@new=$@.$$$$; { tools/flags.sh cflags '$(CC)' && printf '%s\n' '$(ALL_CFLAGS)'; } > $$new || { rm -f $$new; exit 1; }; $(SETTLE)

$(B)/libs: FORCE | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@new=$@.$$$$; STATIC='$(STATIC)' tools/flags.sh libs '$(CC)' > $$new || { rm -f $$new; exit 1; }; $(SETTLE)

$(B)/obj/%.o: generator/%.c $(B)/cflags $(B)/compiler
	@mkdir -p $(@D)
	$(CC) @$(B)/cflags -MMD -MP -c -o $@ $<

# What the program is made from: the next build tells by it whether the last one was this program's.
$(B)/gen/version.c: $(sort $(SRC) $(wildcard generator/*/*.h)) $(B)/gen/theme.list $(THEME)
	@mkdir -p $(@D)
	@printf '#include "base/version.h"\n\nconst char version_sources[] = "%s";\n' "$$(cat $^ | cksum | tr ' ' -)" > $@

$(B)/obj/gen/%.o: $(B)/gen/%.c $(B)/cflags $(B)/compiler
	@mkdir -p $(@D)
	$(CC) @$(B)/cflags -MMD -MP -c -o $@ $<

# The list of members is a prerequisite too: an object whose source is gone must leave the archive.
$(B)/members: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' $(OBJ) > $$new; $(SETTLE)

$(LIB): $(filter-out $(MAIN),$(OBJ)) $(B)/members
	@rm -f $@
	$(AR) rcs $@ $(filter-out $(MAIN),$(OBJ))

$(BIN): $(MAIN) $(LIB) $(B)/libs
	$(CC) $(ALL_LDFLAGS) -o $@ $(MAIN) $(LIB) @$(B)/libs

build/host/embed: tools/embed.c | $(AFTER_DEPS)
	@mkdir -p $(@D)
	$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -o $@ $<

# The theme: written again when a file of it, or the list of its files, changes.
$(B)/gen/theme.list: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' $(THEME) $(PRELUDE) $(SKELETON) > $$new; $(SETTLE)

$(B)/gen/embed_theme.c: build/host/embed $(B)/gen/theme.list $(THEME)
	@build/host/embed theme $@ . $(THEME)

# What `dossier init` writes.
$(B)/gen/embed_skeleton.c: build/host/embed $(B)/gen/theme.list $(SKELETON)
	@build/host/embed skeleton $@ generator/app/skeleton $(SKELETON)

$(B)/gen/embed_prelude.c: build/host/embed $(B)/gen/theme.list $(PRELUDE)
	@build/host/embed prelude $@ $(PRELUDE)

define TOOL_RULE
$(B)/$(subst _,-,$(basename $(notdir $(1)))): $(1) $(LIB) $(B)/cflags $(B)/libs
	@mkdir -p $$(@D) $(B)/d
	$$(CC) @$(B)/cflags -MMD -MP -MF $(B)/d/$(notdir $(1)).d $$(ALL_LDFLAGS) -o $$@ $(1) $(LIB) $$(TOOL_LIBS) @$(B)/libs
endef
# Schemas are libxml2's, which the program itself does not link.
$(B)/sharing-check: TOOL_LIBS = $(shell pkg-config --libs libxml-2.0)
$(foreach f,$(TOOL_SRC),$(eval $(call TOOL_RULE,$(f))))

define TEST_COMMAND
@mkdir -p $(@D) $(B)/d
$(CC) @$(B)/cflags -Itests -MMD -MP -MF $(B)/d/$(@F).d $(ALL_LDFLAGS) -o $@ $(filter %.c,$^) $(LIB) -lcmocka @$(B)/libs
endef

$(B)/tests/test_%: tests/unit/test_%.c $(LIB) $(B)/cflags $(B)/libs
	$(TEST_COMMAND)

$(B)/tests/test_%: tests/e2e/test_%.c $(LIB) $(B)/cflags $(B)/libs
	$(TEST_COMMAND)

# What it is made of has a folder of its own.
$(B)/tests/test_laws: $(wildcard tests/laws/*.c)

$(B)/tests/stress_%: tests/stress/stress_%.c $(LIB) $(B)/cflags $(B)/libs
	@mkdir -p $(@D) $(B)/d
	$(CC) @$(B)/cflags -Itests -MMD -MP -MF $(B)/d/$(@F).d $(ALL_LDFLAGS) -o $@ $< $(LIB) @$(B)/libs

$(B)/tests/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(LIB) $(B)/cflags $(B)/libs
	@mkdir -p $(@D) $(B)/d
	$(CC) @$(B)/cflags -Itests -MMD -MP -MF $(B)/d/$(@F).d $(ALL_LDFLAGS) -o $@ $(filter %.c,$^) $(LIB) @$(B)/libs

# libFuzzer is clang's. The whole generator is compiled anew with coverage, in one step per harness.
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -Igenerator -Itests -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined
FUZZ_SRC := $(filter-out generator/app/main.c,$(SRC))
FUZZ_OBJ := $(FUZZ_SRC:generator/%.c=build/fuzz/obj/%.o) $(GEN:$(B)/gen/%.c=build/fuzz/obj/gen/%.o)

build/fuzz/obj/%.o: generator/%.c $(B)/cflags
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined $$(head -n 1 $(B)/cflags) \
		-MMD -MP -c -o $@ $<

build/fuzz/obj/gen/%.o: $(B)/gen/%.c $(B)/cflags
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -c -o $@ $<

build/fuzz/libdossier.a: $(FUZZ_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/libdossier.a $(B)/libs
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined $$(head -n 1 $(B)/cflags) -o $@ $< build/fuzz/libdossier.a \
		@$(B)/libs

-include $(OBJ:.o=.d) $(wildcard $(B)/d/*.d) $(wildcard build/fuzz/obj/*/*.d)
