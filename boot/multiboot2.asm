; The kernel's first instructions, and what loaders look for.
;
; Two loaders are understood: Multiboot2 (GRUB, on BIOS and UEFI) and PVH (QEMU's -kernel). Both jump to a 32-bit entry
; with paging off and interrupts off. From there: check the CPU, turn paging and long mode on with the tables
; below, and go on in C at arch_init_boot_cpu(magic, address of the loader's information), in the high half.

%include "offsets.inc"

extern arch_init_boot_cpu
extern cpu_stacks

MULTIBOOT_HEADER equ 0xe85250d6
TAG_INFORMATION  equ 1
TAG_CONSOLE      equ 4
TAG_FRAME_BUFFER equ 5
TAG_MODULE_ALIGN equ 6
TAG_OPTIONAL     equ 1
MEMORY_MAP       equ 6
CONSOLE_EGA_TEXT equ 2

section .boot.header progbits alloc noexec nowrite align=8
header:
    dd MULTIBOOT_HEADER, 0, header_end - header
    dd 0x100000000 - (MULTIBOOT_HEADER + (header_end - header))
    dw TAG_INFORMATION, 0                   ; refuse to load without a memory map
    dd 12, MEMORY_MAP
    align 8
    dw TAG_MODULE_ALIGN, 0                  ; modules start on page boundaries
    dd 8
    dw TAG_CONSOLE, TAG_OPTIONAL            ; an EGA text screen will do
    dd 12, CONSOLE_EGA_TEXT
    align 8
    dw TAG_FRAME_BUFFER, TAG_OPTIONAL       ; any size, 32 bits a pixel, if there is one
    dd 20, 0, 0, 32
    align 8
    dw 0, 0                                 ; end of tags
    dd 8
header_end:

section .note.pvh note alloc noexec nowrite align=4
    dd 4, 4, 18                             ; lengths of name and value; XEN_ELFNOTE_PHYS32_ENTRY
    db "Xen", 0
    dd pvh_entry

section .boot.text progbits alloc exec nowrite align=16
bits 32
pvh_entry:
    mov     eax, [ebx]                      ; the information starts with its own magic number
global multiboot_entry
multiboot_entry:
    mov     edi, eax                        ; first and second argument of arch_init_boot_cpu()
    mov     esi, ebx
    cld

    mov     eax, 0x80000000                 ; has the CPU long mode and NX?
    cpuid
    cmp     eax, 0x80000001
    jb      cpu_too_old
    mov     eax, 0x80000001
    cpuid
    and     edx, CPUID_LONG_MODE | CPUID_NX
    cmp     edx, CPUID_LONG_MODE | CPUID_NX
    jne     cpu_too_old

    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, boot_root
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LME | EFER_NXE
    wrmsr
    mov     eax, CR0_KERNEL
    mov     cr0, eax
    lgdt    [boot_gdt_pointer]
    jmp     CODE_SELECTOR:long_mode

bits 64
long_mode:
    xor     eax, eax
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     eax, DATA_SELECTOR
    mov     ss, eax
    mov     rsp, cpu_stacks + CPU_STACK_TOP
    xor     ebp, ebp                        ; a backtrace ends here
    mov     rax, arch_init_boot_cpu
    call    rax

bits 32
; Says why, on the serial line and the text screen, and stops.
cpu_too_old:
    mov     esi, too_old
    mov     edi, 0xb8000
    mov     ah, 0x0f                        ; white on black
.next:
    lodsb
    test    al, al
    jz      .stop
    stosw
    mov     dx, 0x3f8
    out     dx, al
    jmp     .next
.stop:
    cli
    hlt
    jmp     .stop

section .boot.data progbits alloc noexec write align=4096
too_old:
    db "Atelier needs an x86-64 CPU with NX (try -cpu max)", 13, 10, 0

    align 8
boot_gdt:
    dq 0
    dq GDT_KERNEL_CODE
    dq GDT_KERNEL_DATA
global boot_gdt_pointer
boot_gdt_pointer:
    dw $ - boot_gdt - 1
    dq boot_gdt

; The first page tables: the low 4 GiB where they are, again at DIRECT_MAP, and its first GiB at KERNEL_BASE.
; Used until kernelmap.c has built the final ones, and by every other CPU on its way up.
TABLE   equ 3                               ; present, writable
PAGE_2M equ 0x83                            ; the same, and a 2 MiB page

    align 4096
global boot_root
boot_root:
    dq boot_low + TABLE
    times 255 dq 0
    dq boot_low + TABLE                     ; entry 256: DIRECT_MAP
    times 254 dq 0
    dq boot_high + TABLE                    ; entry 511
boot_low:
    dq boot_directories + 0x0000 + TABLE
    dq boot_directories + 0x1000 + TABLE
    dq boot_directories + 0x2000 + TABLE
    dq boot_directories + 0x3000 + TABLE
    times 508 dq 0
boot_high:
    times 510 dq 0
    dq boot_directories + TABLE             ; entry 510: KERNEL_BASE
    dq 0
boot_directories:
%assign page 0
%rep 4 * 512
    dq page * 0x200000 + PAGE_2M
%assign page page + 1
%endrep
