# Atelier: build, run, test. `make help` lists the targets.
BUILD := build
CC := gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
COMMON := -std=gnu17 -O2 -g -ffreestanding -fno-stack-protector -fno-pic -mno-red-zone -mgeneral-regs-only \
          -fno-asynchronous-unwind-tables -fcf-protection=none -I. -MMD -MP $(WARNINGS)
KERNEL_CFLAGS := $(COMMON) -mcmodel=kernel -fno-omit-frame-pointer
USER_CFLAGS := $(COMMON) -isystem user/lib
USER_LDFLAGS := -nostdlib -static -no-pie -Wl,-z,separate-code,-z,max-page-size=4096,-z,noexecstack,--build-id=none

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all clean
all: $(BUILD)/atelier.elf $(BUILD)/boot.archive

# ---- kernel: every .c and .asm below kernel/, and boot/ ----
KERNEL_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(shell find kernel boot -name '*.c' -o -name '*.asm'))

$(BUILD)/kernel/%.c.o: kernel/%.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_CFLAGS) -c $< -o $@
# offsets.c holds the layout of C structures as assembler constants (see there)
$(BUILD)/kernel/offsets.inc: kernel/x86_64/offsets.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_CFLAGS) -MF $(@:.inc=.d) -MT $@ -S $< -o - | sed -n 's/^.*@define \([A-Z_0-9]*\) \$$*\(-*[0-9]*\).*$$/%define \1 \2/p' > $@
$(BUILD)/%.asm.o: %.asm $(BUILD)/kernel/offsets.inc
	@mkdir -p $(@D)
	nasm -f elf64 -g -F dwarf -I $(BUILD)/kernel/ -MD $(@:.o=.d) $< -o $@
$(BUILD)/atelier.elf: $(KERNEL_OBJECTS) linker.ld
	$(CC) -nostdlib -static -no-pie -Wl,-T,linker.ld,-z,max-page-size=4096,-z,noexecstack,--build-id=none $(KERNEL_OBJECTS) -o $@

# ---- user space: servers/NAME/, and user/{bin,demo,bench}/NAME.c, tests/guest/NAME.c; each linked at a base of its own ----
LIBRARY_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(wildcard user/lib/*.c user/lib/*.asm))
SERVERS := $(patsubst servers/%/,%,$(filter-out servers/proto/,$(sort $(dir $(wildcard servers/*/*.c)))))
PROGRAMS := $(sort $(basename $(notdir $(wildcard user/bin/*.c user/demo/*.c user/bench/*.c))))
TEST_PROGRAMS := $(sort $(basename $(notdir $(wildcard tests/guest/*.c))))
vpath %.c user/bin user/demo user/bench tests/guest
ALL_IMAGES := $(SERVERS) $(PROGRAMS) $(TEST_PROGRAMS)

# image number n is linked at 0x10000000 + n * 16 MiB; the list decides n, so a changed list links again
$(BUILD)/bases: $(shell mkdir -p $(BUILD); echo '$(ALL_IMAGES)' | cmp -s - $(BUILD)/bases || echo FORCE)
	@echo '$(ALL_IMAGES)' > $@
base = $(shell n=0; for i in $(ALL_IMAGES); do [ $$i = $(1) ] && printf 0x%x $$((0x10000000 + n * 0x1000000)); n=$$((n + 1)); done)
FORCE:

$(BUILD)/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -c $< -o $@
$(BUILD)/libatelier.a: $(LIBRARY_OBJECTS)
	rm -f $@
	ar rcs $@ $^
.SECONDEXPANSION:
$(BUILD)/servers/%: $$(patsubst %,$(BUILD)/%.o,$$(wildcard servers/$$*/*.c)) $(BUILD)/libatelier.a $(BUILD)/bases
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=$(call base,$*) $(filter %.o,$^) $(BUILD)/libatelier.a -o $@
$(BUILD)/bin/%: $$(patsubst %,$(BUILD)/%.o,$$(wildcard user/bin/$$*.c user/demo/$$*.c user/bench/$$*.c tests/guest/$$*.c)) $(BUILD)/libatelier.a $(BUILD)/bases
	@mkdir -p $(@D)
	$(CC) $(USER_LDFLAGS) -Wl,-Ttext-segment=$(call base,$*) $(filter %.o,$^) $(BUILD)/libatelier.a -o $@

# ---- the boot archive: init first, then the manifest, the servers and the programs ----
$(BUILD)/boot.archive: tools/archive $(SERVERS:%=$(BUILD)/servers/%) $(PROGRAMS:%=$(BUILD)/bin/%) servers/init/manifest
	tools/archive $@ servers/init=$(BUILD)/servers/init manifest=servers/init/manifest \
	    $(foreach s,$(filter-out init,$(SERVERS)),servers/$(s)=$(BUILD)/servers/$(s)) $(foreach p,$(PROGRAMS),bin/$(p)=$(BUILD)/bin/$(p))

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
