; The loops that are measured, instruction by instruction: what a user program executes is part of every figure, so it
; is written down here and not left to a compiler. C calls them with a struct loop (loops.h).

%define LOOP_HANDLE    rbp
%define LOOP_SHAPE     rbp + 8
%define LOOP_DEADLINE  rbp + 16
%define LOOP_COUNT     rbp + 24
%define LOOP_OTHER     rbp + 32
%define LOOP_WORDS     rbp + 40
%define WORDS          0x7f00          ; SHAPE_WORDS(~0)
%define SYS_RECV       2               ; loops.h asserts these
%define SYS_REPLY      4
%define SYS_REPLY_RECV 5
%define SYS_SIGNAL     8
%define SYS_WAIT       9
%define SYS_IRQ_ACKNOWLEDGE 34

section .text

%macro ENTER 0
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    mov     rbp, rdi
%endmacro
%macro LEAVE 0
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret
%endmacro

; ---- the door alone: 4 instructions a round
global loop_null
loop_null:
    ENTER
.again:
    xor     eax, eax
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    LEAVE

; ---- a client: 6 instructions a round. The words go out and come back in the same registers
global loop_call
loop_call:
    ENTER
    mov     r10, [LOOP_WORDS]
    mov     r8, [LOOP_WORDS + 8]
    mov     r9, [LOOP_WORDS + 16]
    mov     rbx, [LOOP_WORDS + 24]
    mov     r12, [LOOP_WORDS + 32]
    mov     r13, [LOOP_WORDS + 40]
    mov     r14, [LOOP_WORDS + 48]
    mov     r15, [LOOP_WORDS + 56]
.again:
    mov     rax, [LOOP_SHAPE]
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, [LOOP_DEADLINE]
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    mov     [LOOP_SHAPE], rax
    mov     [LOOP_WORDS], r10
    mov     [LOOP_WORDS + 8], r8
    mov     [LOOP_WORDS + 16], r9
    mov     [LOOP_WORDS + 24], rbx
    mov     [LOOP_WORDS + 32], r12
    mov     [LOOP_WORDS + 40], r13
    mov     [LOOP_WORDS + 48], r14
    mov     [LOOP_WORDS + 56], r15
    LEAVE

; ---- a server: gives back the words that came; 6 instructions a round
global loop_echo
loop_echo:
    mov     rbp, rdi
    xor     edx, edx
    mov     eax, SYS_REPLY_RECV
.again:
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, -1
    syscall
    and     eax, WORDS
    or      al, SYS_REPLY_RECV
    jmp     .again

; ---- a server that answers by a call of its own: 8 instructions a round
global loop_receive_reply
loop_receive_reply:
    mov     rbp, rdi
.again:
    mov     eax, SYS_RECV
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, -1
    syscall
    and     eax, WORDS
    or      al, SYS_REPLY
    syscall
    jmp     .again

; ---- two threads that wake each other: `handle` is signalled, `other` waited for; 10 instructions a round
global loop_signal_wait
loop_signal_wait:
    ENTER
.again:
    mov     eax, SYS_SIGNAL
    mov     rdi, [LOOP_HANDLE]
    mov     esi, 1
    syscall
    mov     eax, SYS_WAIT
    mov     rdi, [LOOP_OTHER]
    mov     rsi, -1
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    LEAVE

; ---- and the one that begins by waiting
global loop_wait_signal
loop_wait_signal:
    mov     rbp, rdi
.again:
    mov     eax, SYS_WAIT
    mov     rdi, [LOOP_OTHER]
    mov     rsi, -1
    syscall
    mov     eax, SYS_SIGNAL
    mov     rdi, [LOOP_HANDLE]
    mov     esi, 1
    syscall
    jmp     .again

; ---- a thread that meets a page fault again and again, at rdi; 2 instructions a round
global loop_fault
loop_fault:
    mov     al, [rdi]
    jmp     loop_fault

; ---- its handler: lets it go on behind the 2 bytes of the instruction. `other`: where the registers' rip lies;
; word 0 is FAULT_RESUME. 8 instructions a round
global loop_resume
loop_resume:
    ENTER
    mov     rdx, [LOOP_WORDS + 8]      ; the token of the fault that waits
.again:
    mov     rbx, [LOOP_OTHER]
    add     qword [rbx], 2
    mov     rax, [LOOP_SHAPE]
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, [LOOP_DEADLINE]
    mov     r10, [LOOP_WORDS]
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    mov     [LOOP_WORDS + 8], rdx
    LEAVE

; ---- interrupts: makes a device interrupt by a write to its register (`other`). Word 0: the count before the write;
; word 1: the count when this thread goes on
global loop_interrupt
loop_interrupt:
    ENTER
    mov     rbx, [LOOP_OTHER]
    rdtsc
    mov     ecx, eax
    mov     dword [rbx], 1
    rdtsc
    mov     [LOOP_WORDS], rcx
    mov     [LOOP_WORDS + 8], rax
    LEAVE

; ---- and its driver: `handle` is the interrupt, `other` the notification; word 0 of the loop at `words` gets the count
; at the first instruction. 11 instructions from one interrupt to the next
global loop_driver
loop_driver:
    mov     rbp, rdi
.again:
    mov     eax, SYS_WAIT
    mov     rdi, [LOOP_OTHER]
    mov     rsi, -1
    syscall
    rdtsc
    mov     rcx, [LOOP_WORDS]
    mov     [rcx], eax
    mov     eax, SYS_IRQ_ACKNOWLEDGE
    mov     rdi, [LOOP_HANDLE]
    syscall
    jmp     .again
