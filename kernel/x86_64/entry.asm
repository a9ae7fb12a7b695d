; The doors of the kernel: system calls, exceptions and interrupts, and the way back to user mode.
;
; A thread's registers live in its struct frame. While a thread runs, TSS.rsp0 of its CPU points to the end of that
; frame, so the CPU itself pushes an interrupt's first five words into place, and the code below the rest. The kernel
; then works on the CPU's own kernel stack. On return `current` may be another thread: its frame is
; found by rsp0 again.
;
; gs points to the CPU's struct percpu in the kernel and to nothing in user mode. swapgs exchanges the two: once on
; every way in from user mode, once on every way out. The critical exceptions (NMI, double fault, machine check) may
; strike between `syscall` and `swapgs`; they run on stacks of their own and set gs from there.

%include "offsets.inc"

extern kernel_syscall
extern kernel_leave
extern schedule
extern kernel_lock_held
extern kernel_lock_wait
extern fast_call
extern fast_reply_recv
extern fast_reply
extern trap_dispatch
extern trap_critical

; A field of a frame: of the current thread's while rsp points to its end, or of the one whose end a register points to.
%define FIELD(offset)         rsp - FRAME_SIZE + offset
%define FIELD_OF(end, offset) end - FRAME_SIZE + offset

; Takes the kernel lock (base/lock.h), destroys nothing.
%macro LOCK 0
    lock bts dword [kernel_lock_held], 0
    jnc     %%taken
    call    kernel_lock_wait
%%taken:
%endmacro

; What C functions preserve, but rbp.
%macro SAVE_PRESERVED 1
    mov     [FIELD_OF(%1, FRAME_RBX)], rbx
    mov     [FIELD_OF(%1, FRAME_R12)], r12
    mov     [FIELD_OF(%1, FRAME_R13)], r13
    mov     [FIELD_OF(%1, FRAME_R14)], r14
    mov     [FIELD_OF(%1, FRAME_R15)], r15
%endmacro

; Back to user mode from a system call; rsp = the end of the frame, and what C functions preserve is in its registers.
%macro RETURN 0
    mov     rdi, [FIELD(FRAME_RDI)]
    mov     rsi, [FIELD(FRAME_RSI)]
    mov     rdx, [FIELD(FRAME_RDX)]
    mov     rax, [FIELD(FRAME_RAX)]
    mov     r8, [FIELD(FRAME_R8)]
    mov     r9, [FIELD(FRAME_R9)]
    mov     r10, [FIELD(FRAME_R10)]
    mov     r11, [FIELD(FRAME_RFLAGS)]
    mov     rcx, [FIELD(FRAME_RIP)]         ; canonical: the last page of user space is never mapped
    mov     rsp, [FIELD(FRAME_RSP)]
    swapgs
    o64 sysret
%endmacro

section .text

; ---- system calls: rcx = user rip, r11 = user rflags, interrupts off by SFMASK; cs and ss in the frame never change
;
; What C functions preserve (rbx, rbp, r12 to r15) stays in the registers as long as the same thread goes on; it is
; saved only where another may follow. A message's words travel the same way: see kernel/ipc/fast.c.
global syscall_entry
syscall_entry:
    swapgs
    mov     [gs:PERCPU_USER_RSP], rsp
    mov     rsp, [gs:PERCPU_FRAME_END]
    mov     [FIELD(FRAME_RIP)], rcx
    mov     [FIELD(FRAME_RFLAGS)], r11
    mov     rcx, [gs:PERCPU_USER_RSP]
    mov     [FIELD(FRAME_RSP)], rcx
    mov     [FIELD(FRAME_RDI)], rdi
    mov     [FIELD(FRAME_RSI)], rsi
    mov     [FIELD(FRAME_RDX)], rdx
    mov     [FIELD(FRAME_RAX)], rax
    mov     [FIELD(FRAME_R8)], r8
    mov     [FIELD(FRAME_R9)], r9
    mov     [FIELD(FRAME_R10)], r10
    lea     ecx, [rax - MESSAGE_CALL_FIRST]
    cmp     cl, MESSAGE_CALL_LAST - MESSAGE_CALL_FIRST
    jbe     message_call

    lea     rdi, [FIELD(0)]
    mov     rsp, [gs:PERCPU_KERNEL_STACK]
    LOCK
    call    kernel_syscall                  ; rax = verdict
    cmp     rax, [gs:PERCPU_CURRENT]
    jne     switch
    cmp     dword [gs:PERCPU_DETOUR], 0
    jne     switch
    mov     dword [kernel_lock_held], 0
    mov     rsp, [gs:PERCPU_FRAME_END]
    RETURN                                  ; rbx, rbp and r12 to r15 are still the thread's

switch:                                     ; perhaps to another thread
    mov     rcx, [gs:PERCPU_FRAME_END]
    mov     [FIELD_OF(rcx, FRAME_RBP)], rbp
    mov     rbp, rcx
    SAVE_PRESERVED rbp
apply_verdict:                              ; rax, once all registers are saved
    mov     rdi, rax
    cmp     dword [gs:PERCPU_DETOUR], 0
    jne     leave_by_detour
    call    schedule
    mov     dword [kernel_lock_held], 0

; ---- the way out, to percpu()->current: by sysret if it came by syscall, else by iret
global resume_current
resume_current:
    mov     rsp, [gs:PERCPU_FRAME_END]
    cmp     qword [FIELD(FRAME_VECTOR)], FRAME_SYSCALL
    jne     .by_iret
    mov     rbx, [FIELD(FRAME_RBX)]
    mov     rbp, [FIELD(FRAME_RBP)]
    mov     r12, [FIELD(FRAME_R12)]
    mov     r13, [FIELD(FRAME_R13)]
    mov     r14, [FIELD(FRAME_R14)]
    mov     r15, [FIELD(FRAME_R15)]
    RETURN
.by_iret:
    mov     qword [FIELD(FRAME_VECTOR)], FRAME_SYSCALL ; for its next way in, unless that is a trap
    sub     rsp, FRAME_SIZE
    swapgs
    jmp     restore

leave_by_detour:
    call    kernel_leave
    jmp     resume_current

; ---- the five message calls: rbp = the end of the sender's frame; al = the call's number, then a short path's status
message_call:
    mov     [FIELD(FRAME_RBP)], rbp
    mov     rbp, rsp
    mov     rsp, [gs:PERCPU_KERNEL_STACK]
    lea     rdi, [FIELD_OF(rbp, 0)]
    LOCK
    cmp     al, SYS_CALL
    jne     .not_call
    call    fast_call
    test    al, al
    jnz     .general
    mov     rsp, [gs:PERCPU_FRAME_END]
    mov     rdi, [FIELD(FRAME_RDI)]         ; the badge
    mov     rsi, [FIELD_OF(rbp, FRAME_RSI)] ; the caller's deadline
    jmp     deliver
.not_call:
    cmp     al, SYS_REPLY_RECV
    jne     .not_reply_recv
    call    fast_reply_recv
    test    al, al
    jnz     .not_in_registers
    mov     rsp, [gs:PERCPU_FRAME_END]
    xor     edi, edi
    or      rsi, -1                         ; no deadline comes with an answer
    jmp     deliver
.not_in_registers:
    cmp     al, DELIVERY_IN_FRAME
    jne     .general
    mov     dword [kernel_lock_held], 0
    jmp     resume_current
.not_reply_recv:
    cmp     al, SYS_REPLY
    jne     .general
    SAVE_PRESERVED rbp
    call    fast_reply
    test    al, al
    jz      .general
    mov     rax, [gs:PERCPU_CURRENT]
    cmp     dword [gs:PERCPU_DETOUR], 0
    jne     apply_verdict
    mov     dword [kernel_lock_held], 0
    mov     rsp, rbp
    mov     rbp, [FIELD(FRAME_RBP)]
    RETURN
.general:                                   ; the short path has declined, or there is none
    SAVE_PRESERVED rbp
    lea     rdi, [FIELD_OF(rbp, 0)]
    call    kernel_syscall
    jmp     apply_verdict

; The short path took the message: another thread is current, rsp = the end of its frame; rax, rdx, rdi and rsi are what
; it shall find there, words 3 to 7 are in their registers, and words 0 to 2 in the sender's frame, which is nobody
; else's only until the lock is released.
deliver:
    mov     r10, [FIELD_OF(rbp, FRAME_R10)]
    mov     r8, [FIELD_OF(rbp, FRAME_R8)]
    mov     r9, [FIELD_OF(rbp, FRAME_R9)]
    mov     dword [kernel_lock_held], 0
    movzx   ecx, ah                         ; words sent: the registers of the others are cleared
    cmp     ecx, MESSAGE_REGISTER_WORDS
    jae     .words_are_there
    lea     rcx, [.clear_words + rcx + 2 * rcx] ; three bytes an instruction
    jmp     rcx
.clear_words:
    xor     r10d, r10d
    xor     r8d, r8d
    xor     r9d, r9d
    db      0x40                            ; an empty prefix makes it three bytes, too
    xor     ebx, ebx
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
.words_are_there:
    mov     r11, [FIELD(FRAME_RFLAGS)]
    mov     rcx, [FIELD(FRAME_RIP)]
    mov     rbp, [FIELD(FRAME_RBP)]
    mov     rsp, [FIELD(FRAME_RSP)]
    swapgs
    o64 sysret

; ---- exceptions and interrupts: each vector has a stub that pushes an error code (if the CPU did not) and its number
%macro SAVE_REGISTERS 0
    push    rdi
    push    rsi
    push    rdx
    push    rcx
    push    rax
    push    r8
    push    r9
    push    r10
    push    r11
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    mov     rdi, rsp                        ; the frame
%endmacro

; Known flags: no direction, no access to user memory, interrupts off. Needs a stack with room: below a thread's frame
; is the page of somebody else.
%macro CLEAR_FLAGS 0
    push    2
    popfq
%endmacro

trap_entry:
    SAVE_REGISTERS
    test    byte [rdi + FRAME_CS], 3
    jz      .from_kernel
    swapgs
    mov     rsp, [gs:PERCPU_KERNEL_STACK]
    CLEAR_FLAGS
    mov     esi, 1
    call    trap_dispatch
    jmp     resume_current
.from_kernel:                               ; cpu_idle(), or a bug in the kernel, which does not return
    CLEAR_FLAGS
    xor     esi, esi
    call    trap_dispatch

restore:                                    ; rsp = a frame
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rax
    pop     rcx
    pop     rdx
    pop     rsi
    pop     rdi
    add     rsp, 16                         ; vector and error code
    iretq

critical_entry:                             ; the word above this stack's first frame is the percpu pointer
    SAVE_REGISTERS
    CLEAR_FLAGS
    mov     ecx, MSR_GS_BASE
    rdmsr
    mov     r12d, eax
    mov     r13d, edx
    mov     eax, [rsp + FRAME_SIZE]
    mov     edx, [rsp + FRAME_SIZE + 4]
    wrmsr
    call    trap_critical
    mov     ecx, MSR_GS_BASE
    mov     eax, r12d
    mov     edx, r13d
    wrmsr
    jmp     restore

global vector_stubs
align 16
vector_stubs:
%assign vector 0
%rep 256
    align 16
  %if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21
    push    0
  %endif
    push    vector
  %if vector == 2 || vector == 8 || vector == 18
    jmp     critical_entry
  %else
    jmp     trap_entry
  %endif
  %assign vector vector + 1
%endrep
    align 16
