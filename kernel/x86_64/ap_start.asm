; Where the other CPUs begin. This code is copied to AP_START, because a CPU starts in real mode, below 1 MiB. It goes
; from there to long mode in one step, with the boot tables of multiboot2.asm, which map it where it is.

%include "offsets.inc"

extern ap_main
extern ap_place
extern boot_root
extern boot_gdt_pointer

; The address of a label of the copy.
%define COPY(label) (AP_START + label - ap_start)

section .text
global ap_start
global ap_start_end
bits 16
ap_start:
    cli
    xor     ax, ax
    mov     ds, ax
    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, boot_root
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LME | EFER_NXE
    wrmsr
    mov     eax, CR0_KERNEL                 ; protected mode and paging at once
    mov     cr0, eax
    o32 lgdt [COPY(gdt_pointer)]
    jmp     dword CODE_SELECTOR:COPY(long_mode)

bits 64
long_mode:
    mov     eax, DATA_SELECTOR
    mov     ss, eax
    xor     eax, eax
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     rcx, take_place                 ; to the high half
    jmp     rcx
align 8
gdt:
    dq 0, GDT_KERNEL_CODE, GDT_KERNEL_DATA
gdt_pointer:
    dw $ - gdt - 1
    dd COPY(gdt)
ap_start_end:

; Takes the place that smp.c offers, or halts for good if there is none.
take_place:
    xor     edi, edi
    xchg    rdi, [ap_place]
    test    rdi, rdi
    jz      .none
    mov     rsp, [rdi + PERCPU_KERNEL_STACK]
    xor     ebp, ebp
    call    ap_main
.none:
    cli
    hlt
    jmp     .none
