# Atelier: build, run, test. `make help` lists what can be asked for; tools/ holds everything that is more than a line.
# no rule but these: make would build servers/init/manifest from manifest.c
MAKEFLAGS += --no-builtin-rules
BUILD := build
CC := gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
COMMON := -std=gnu17 -O2 -g -ffreestanding -fno-stack-protector -fno-pic -mno-red-zone -mgeneral-regs-only \
          -fno-asynchronous-unwind-tables -fcf-protection=none -I. -MMD -MP $(WARNINGS)
KERNEL_CFLAGS := $(COMMON) -mcmodel=kernel -fno-omit-frame-pointer -momit-leaf-frame-pointer
KERNEL_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,linker.ld,-z,max-page-size=4096,-z,noexecstack,--build-id=none
# frame pointers are for crash reports (servers/init/crash.h)
USER_CFLAGS := $(COMMON) -fno-omit-frame-pointer -isystem user/lib
USER_LDFLAGS := -nostdlib -static -no-pie -Wl,-z,separate-code,-z,max-page-size=4096,-z,noexecstack,--build-id=none

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all clean help run gdb test check bench tcb lint doctor fresh-disk test-fresh test-long mutants
all: $(BUILD)/atelier.elf $(BUILD)/boot.archive ## build the kernel and the boot archive

# What a user sets (`make run CPUS=2`) reaches the tools through the environment, byte for byte: nothing is expanded.
USER_VARIABLES := CMD CPUS MEM UEFI SCREEN DISK DISK_ROOT DISK_SIZE SNAPSHOT LIMIT T B MINUTES SEED
$(foreach v,$(USER_VARIABLES),$(eval override $(v) := $$(value $(v))))
export BUILD $(USER_VARIABLES)
# builds without a word on standard output, which belongs to the command that runs in Atelier
QUIET_BUILD = @$(MAKE) --silent --no-print-directory -j$$(nproc)
CAMPAIGNS := power death journal damage model
PYTEST = @PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -c tests/pytest.ini

# ---- kernel: every .c and .asm below kernel/, and boot/; kernel/debug/ goes into the debug image only ----
KERNEL_SOURCES := $(shell find kernel boot -name '*.c' -o -name '*.asm')
KERNEL_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(filter-out kernel/debug/%,$(KERNEL_SOURCES)))
DEBUG_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(filter kernel/debug/%,$(KERNEL_SOURCES)))

$(BUILD)/kernel/ipc/fast.c.o: KERNEL_CFLAGS += -fomit-frame-pointer
$(BUILD)/kernel/%.c.o: kernel/%.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_CFLAGS) -c $< -o $@
# offsets.c holds the layout of C structures as assembler constants (see there)
$(BUILD)/kernel/offsets.inc: kernel/x86_64/offsets.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_CFLAGS) -MF $(@:.inc=.d) -MT $@ -S $< -o - | \
	    sed -n 's/^.*@define \([A-Z_0-9]*\) \$$*\(-*[0-9]*\).*$$/%define \1 \2/p' > $@
$(BUILD)/%.asm.o: %.asm $(BUILD)/kernel/offsets.inc
	@mkdir -p $(@D)
	nasm -f elf64 -g -F dwarf -I $(BUILD)/kernel/ -MD $(@:.o=.d) $< -o $@
$(BUILD)/atelier.elf: $(KERNEL_OBJECTS) linker.ld
	$(CC) $(KERNEL_LDFLAGS) $(KERNEL_OBJECTS) -o $@
$(BUILD)/atelier-debug.elf: $(KERNEL_OBJECTS) $(DEBUG_OBJECTS) linker.ld
	$(CC) $(KERNEL_LDFLAGS) $(KERNEL_OBJECTS) $(DEBUG_OBJECTS) -o $@

# ---- user space: servers/NAME/, user/{bin,bench}/NAME.c, tests/guest/NAME.c; one of all that is in user/demo/ and
# tests/guest/killing/; each linked at a base of its own ----
LIBRARY_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(wildcard user/lib/*.c user/lib/*.asm))
SERVERS := $(patsubst servers/%/,%,$(filter-out servers/proto/,$(sort $(dir $(wildcard servers/*/*.c)))))
PROGRAMS := $(sort demo $(basename $(notdir $(wildcard user/bin/*.c user/bench/*.c))))
TEST_PROGRAMS := $(sort killing $(basename $(notdir $(wildcard tests/guest/*.c))))
PROGRAM_FOLDERS := user/bin user/bench tests/guest
ALL_IMAGES := $(SERVERS) $(PROGRAMS) $(TEST_PROGRAMS)

# image number n is linked at 0x10000000 + n * 16 MiB; the list decides n, so a changed list links again
$(BUILD)/bases: $(shell mkdir -p $(BUILD); echo '$(ALL_IMAGES)' | cmp -s - $(BUILD)/bases || echo FORCE)
	@echo '$(ALL_IMAGES)' > $@
base = $(shell n=16; for i in $(ALL_IMAGES); do [ $$i != $(1) ] || printf 0x%x000000 $$n; n=$$((n + 1)); done)
FORCE:

$(BUILD)/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -c $< -o $@
$(BUILD)/libatelier.a: $(LIBRARY_OBJECTS)
	rm -f $@
	ar rcs $@ $^
objects = $(addprefix $(BUILD)/,$(addsuffix .o,$(wildcard $(1))))
.SECONDEXPANSION:
$(BUILD)/servers/%.elf: $$(call objects,servers/$$*/*.c) $(BUILD)/libatelier.a $(BUILD)/bases
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=$(call base,$*) $(filter %.o,$^) $(BUILD)/libatelier.a -o $@
folder_of = $(filter %/$(1),user/demo tests/guest/killing)
program_sources = $(if $(folder_of),$(folder_of)/*.c,$(addsuffix /$(1).c,$(PROGRAM_FOLDERS)))
$(BUILD)/bin/%.elf: $$(call objects,$$(call program_sources,$$*)) $(BUILD)/libatelier.a $(BUILD)/bases
	@mkdir -p $(@D)
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=$(call base,$*) $(filter %.o,$^) $(BUILD)/libatelier.a -o $@

# ---- the boot archive: init first, then the manifest, the servers and the programs; the tests' has their own too ----
# The images in it are stripped: the debugger reads the others, and the loader has a tenth to carry.
STRIPPED := $(BUILD)/stripped
ARCHIVE_SERVERS = servers/init=$(STRIPPED)/servers/init.elf manifest=servers/init/manifest \
    $(foreach s,$(filter-out init,$(SERVERS)),servers/$(s)=$(STRIPPED)/servers/$(s).elf)
ARCHIVE_SYMBOLS = $(foreach s,$(SERVERS),symbols/$(s)=$(BUILD)/symbols/$(s))
archive_programs = $(foreach p,$(1),bin/$(p)=$(STRIPPED)/bin/$(p).elf)

$(STRIPPED)/%.elf: $(BUILD)/%.elf
	@mkdir -p $(@D)
	strip -o $@ $<
# what `services --why` names addresses with: a line for each function, by address
$(BUILD)/symbols/%: $(BUILD)/servers/%.elf
	@mkdir -p $(@D)
	nm -n --defined-only $< | sed -n 's/^0*\([0-9a-f]*\) [tT] /\1 /p' > $@
$(BUILD)/boot.archive: $(SERVERS:%=$(STRIPPED)/servers/%.elf) $(SERVERS:%=$(BUILD)/symbols/%) \
                       $(PROGRAMS:%=$(STRIPPED)/bin/%.elf) servers/init/manifest
	tools/archive $@ $(ARCHIVE_SERVERS) $(ARCHIVE_SYMBOLS) $(call archive_programs,$(PROGRAMS))
$(BUILD)/test.archive: $(BUILD)/boot.archive $(TEST_PROGRAMS:%=$(STRIPPED)/bin/%.elf)
	tools/archive $@ $(ARCHIVE_SERVERS) $(ARCHIVE_SYMBOLS) $(call archive_programs,$(PROGRAMS) $(TEST_PROGRAMS))

# ---- a file server that tells the host what it asks of the disk (tests/guest/telling) ----
TOLD := block_disk_start disk_read disk_write disk_flush

$(BUILD)/telling/fs.elf: $(call objects,servers/fs/*.c tests/guest/telling/*.c tests/guest/killing/tell.c) \
                         $(BUILD)/libatelier.a $(BUILD)/bases
	@mkdir -p $(@D)
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=$(call base,fs) $(TOLD:%=-Wl,--wrap=%) $(filter %.o,$^) \
	    $(BUILD)/libatelier.a -o $@
$(BUILD)/test.archive: $(STRIPPED)/telling/fs.elf

# ---- the kernel's own tests: each program of tests/guest/kernel boots in place of init (tests/guest/harness) ----
KERNEL_TESTS := $(sort $(basename $(notdir $(wildcard tests/guest/kernel/*.c))))
HARNESS_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(wildcard tests/guest/harness/*.c))

$(BUILD)/kernel-tests/%.elf: $(BUILD)/tests/guest/kernel/%.c.o $(HARNESS_OBJECTS) $(BUILD)/libatelier.a
	@mkdir -p $(@D)
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=0x10000000 $^ -o $@
$(BUILD)/kernel-tests/%.archive: $(BUILD)/kernel-tests/%.elf tools/archive
	tools/archive $@ servers/init=$<
.PHONY: kernel-tests
kernel-tests: $(BUILD)/atelier.elf $(BUILD)/atelier-debug.elf $(KERNEL_TESTS:%=$(BUILD)/kernel-tests/%.archive)

# ---- and the benches that run alone with the kernel (user/bench/kernel), in the same frame ----
BENCH_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(wildcard user/bench/kernel/*.c user/bench/kernel/*.asm))

$(BUILD)/kernel-bench.elf: $(BENCH_OBJECTS) $(HARNESS_OBJECTS) $(BUILD)/libatelier.a
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=0x10000000 $^ -o $@
$(BUILD)/kernel-bench.archive: $(BUILD)/kernel-bench.elf tools/archive
	tools/archive $@ servers/init=$<

# ---- the test of supervision: init with victims and a tester instead of the servers (tests/guest/supervision) ----
$(BUILD)/supervision/%.elf: $(BUILD)/tests/guest/supervision/%.c.o $(BUILD)/libatelier.a
	@mkdir -p $(@D)
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=0x10000000 $^ -o $@
$(BUILD)/supervision.archive: $(STRIPPED)/servers/init.elf $(BUILD)/supervision/victim.elf \
                              $(BUILD)/supervision/tester.elf tests/guest/supervision/manifest
	tools/archive $@ servers/init=$< manifest=tests/guest/supervision/manifest \
	    $(foreach s,victim doomed dependent,servers/$(s)=$(BUILD)/supervision/victim.elf) \
	    servers/tester=$(BUILD)/supervision/tester.elf

# ---- the boot medium: GRUB with the kernel and the archive, for BIOS and for UEFI ----
$(BUILD)/medium: $(BUILD)/atelier.elf $(BUILD)/boot.archive boot/grub.cfg
	rm -rf $@
	mkdir -p $@/boot/grub
	cp $(BUILD)/atelier.elf $(BUILD)/boot.archive $@/boot
	cp boot/grub.cfg $@/boot/grub
$(BUILD)/atelier.iso: PLATFORM := i386-pc
$(BUILD)/atelier-uefi.iso: PLATFORM := x86_64-efi
$(BUILD)/atelier.iso $(BUILD)/atelier-uefi.iso: $(BUILD)/medium
	grub-mkrescue -d /usr/lib/grub/$(PLATFORM) -o $@ $< 2>$@.log || { cat $@.log >&2; false; }

# ---- what a user asks for ----
help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "    make %-12s %s\n", $$1, $$2 }' Makefile

run: ## boot to the prompt; CMD='...' runs one command. CPUS= MEM= UEFI=1 SCREEN=1 DISK= SNAPSHOT=1: tools/run --help
	@tools/install run $(if $(UEFI),uefi) $(if $(SCREEN),screen)
	$(QUIET_BUILD) $(if $(UEFI),$(BUILD)/atelier-uefi.iso,$(BUILD)/atelier.iso) >&2
	@tools/run

gdb: ## boot under GDB, stopped at the kernel's first instruction; CMD='...' runs GDB commands in batch
	@tools/install run gdb
	$(QUIET_BUILD) $(BUILD)/atelier.elf $(BUILD)/boot.archive >&2
	@tools/debug

test: ## lint and all tests; T=name runs those whose names contain it
	@tools/install run uefi gdb bench test
	$(QUIET_BUILD) $(BUILD)/atelier.iso $(BUILD)/atelier-uefi.iso $(BUILD)/test.archive $(BUILD)/supervision.archive \
	    kernel-tests >&2
	$(PYTEST) tests -k "$$T"

check: ## lint, host tests but the campaigns, and one boot: the quick look, under 90 seconds
	@tools/install run test
	$(QUIET_BUILD) $(BUILD)/atelier.iso $(BUILD)/test.archive >&2
	$(PYTEST) tests/host tests/system/test_boot.py::test_prompt_by_grub \
	    $(CAMPAIGNS:%=--ignore=tests/host/fs/test_fs_%.py)

test-long: ## hours of stress, kills, faults, power cuts and deaths by SEED=; what Ctrl-C stops goes on later (MINUTES=)
	@tools/install run test
	$(QUIET_BUILD) $(BUILD)/atelier.elf $(BUILD)/test.archive >&2
	@tests/soak
	@tests/kills
	@tests/faults
	@tests/power
	@LONG=1 PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -c tests/pytest.ini -s tests/host/fs/test_fs_power.py \
	    tests/host/fs/test_fs_death.py

mutants: ## break the kernel in each of many ways, and see that the test named for it notices
	@tools/install run test
	@tests/mutants/run

bench: ## measure, print, draw curves, and write BUILD/bench/results.json; B=name measures one
	@tools/install run bench
	$(QUIET_BUILD) $(BUILD)/atelier.iso $(BUILD)/kernel-bench.archive >&2
	@tools/bench

lint: ## formatting, static analysis, include directions, sizes
	@tools/install test
	@tools/lint

tcb: $(BUILD)/atelier.elf ## the trusted base: lines of kernel code, size of its text
	@tools/tcb

doctor: ## check the versions of all that is needed, and print the cure for each trap
	@tools/doctor

fresh-disk: ## remove disk.img; the next run makes a new one
	rm -f disk.img

test-fresh: ## long: build and check in a freshly installed Debian 12 folder
	@tools/fresh-machine

clean: ## remove all that was built; disk.img stays
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
