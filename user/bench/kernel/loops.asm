; The loops that are measured, instruction by instruction: what a user program executes is part of every figure, so it
; is written down here and not left to a compiler. C calls them with a struct loop (loops.h).

%define LOOP_HANDLE    rbp
%define LOOP_SHAPE     rbp + 8
%define LOOP_DEADLINE  rbp + 16
%define LOOP_COUNT     rbp + 24
%define LOOP_OTHER     rbp + 32
%define LOOP_WORDS     rbp + 40
%define WORDS          0x7f00          ; SHAPE_WORDS(~0)
%define SHAPE_WINDOW   1 << 22
%define SYS_RECV       2               ; loops.h asserts these
%define SYS_CALL       3
%define SYS_REPLY      4
%define SYS_REPLY_RECV 5
%define SYS_LEASE_READ 6
%define SYS_SIGNAL     8
%define SYS_WAIT       9
%define SYS_IRQ_ACKNOWLEDGE 34
%define SYS_PROTECT    31
%define SYS_CLOCK      39

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
    call    load_words
.again:
    mov     rax, [LOOP_SHAPE]
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, [LOOP_DEADLINE]
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    call    store_words
    LEAVE

; ---- the same where other CPUs spin: `pause` in each round lets them have their turn when nobody holds the kernel lock
global loop_call_in_turns
loop_call_in_turns:
    ENTER
    call    load_words
.again:
    pause
    mov     rax, [LOOP_SHAPE]
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, [LOOP_DEADLINE]
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    call    store_words
    LEAVE

load_words:
    mov     r10, [LOOP_WORDS]
    mov     r8, [LOOP_WORDS + 8]
    mov     r9, [LOOP_WORDS + 16]
    mov     rbx, [LOOP_WORDS + 24]
    mov     r12, [LOOP_WORDS + 32]
    mov     r13, [LOOP_WORDS + 40]
    mov     r14, [LOOP_WORDS + 48]
    mov     r15, [LOOP_WORDS + 56]
    ret

store_words:
    mov     [LOOP_SHAPE], rax
    mov     [LOOP_WORDS], r10
    mov     [LOOP_WORDS + 8], r8
    mov     [LOOP_WORDS + 16], r9
    mov     [LOOP_WORDS + 24], rbx
    mov     [LOOP_WORDS + 32], r12
    mov     [LOOP_WORDS + 40], r13
    mov     [LOOP_WORDS + 48], r14
    mov     [LOOP_WORDS + 56], r15
    ret

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

; ---- servers of data in bulk, at `other`: word 0, its length, goes back as it came; word 1 is the first word of the
; data. This one looks where the data are already; what `shape` says goes with each answer. 8 instructions a round
global loop_look
loop_look:
    mov     rbp, rdi
    xor     edx, edx
    mov     eax, SYS_REPLY_RECV | SHAPE_WINDOW
    mov     rbx, [LOOP_SHAPE]
    or      rbx, SYS_REPLY_RECV | 2 << 8
    mov     [LOOP_SHAPE], rbx
.again:
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, -1
    syscall
    mov     rcx, [LOOP_OTHER]
    mov     r8, [rcx]
    mov     rax, [LOOP_SHAPE]
    jmp     .again

; ---- and this one copies them there, by the lease that came along. 18 instructions a round
global loop_take_copy
loop_take_copy:
    mov     rbp, rdi
    xor     edx, edx
    mov     eax, SYS_REPLY_RECV
.again:
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, -1
    syscall
    mov     rbx, rdx                        ; the token
    mov     r12, r10                        ; the length
    mov     eax, SYS_LEASE_READ
    mov     rdi, rdx
    xor     esi, esi                        ; the first lease, from its beginning
    xor     edx, edx
    mov     r8, r10
    mov     r10, [LOOP_OTHER]
    syscall
    mov     rcx, [LOOP_OTHER]
    mov     r8, [rcx]
    mov     r10, r12
    mov     rdx, rbx
    mov     eax, SYS_REPLY_RECV | 2 << 8
    jmp     .again

; ---- a server that ends after some rounds, with a call to answer (word 0 keeps its token)
global loop_serve
loop_serve:
    ENTER
    mov     rdx, [LOOP_WORDS]
.again:
    mov     rax, [LOOP_SHAPE]
    mov     rdi, [LOOP_HANDLE]
    mov     rsi, [LOOP_DEADLINE]
    syscall
    dec     qword [LOOP_COUNT]
    jnz     .again
    mov     [LOOP_SHAPE], rax
    mov     [LOOP_WORDS], rdx
    LEAVE

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

; ---- several CPUs: the one that takes rights away (`handle` is a mapped Memory). Word 0: the rights to be left; word
; 1: the count before the call; word 2: the count after it. 5 instructions are the caller's
global loop_protect
loop_protect:
    ENTER
    pause                               ; all others have had their turn, and spin
    rdtsc
    mov     ecx, eax
    mov     [LOOP_WORDS + 8], rcx
    mov     eax, SYS_PROTECT
    xor     edi, edi
    mov     rsi, [LOOP_HANDLE]
    mov     rdx, [LOOP_WORDS]
    syscall
    mov     ecx, eax
    rdtsc
    mov     [LOOP_WORDS + 16], rax
    mov     [LOOP_SHAPE], rcx
    LEAVE

; ---- and those that run the same process, and spin: notes the count at rdi, and how many turns behind it. One turn is
; 5 instructions; it is left at `pause`, which is where an interrupt strikes
global loop_spin
loop_spin:
    rdtsc
    mov     [rdi], eax
    inc     dword [rdi + 4]
    pause
    jmp     loop_spin

; ---- crowds (crowd.h): rdi = the place, rdx = the thread's number; no stack
%define PLACE_HANDLE  rbp
%define PLACE_ARRIVED rbp + 8

global crowd_sleep
crowd_sleep:
    mov     r12, -1
    jmp     sleep
global crowd_sleep_until
crowd_sleep_until:
    mov     r12, 0x9e3779b97f4a7c15         ; scatters the numbers
    imul    r12, rdx
    shr     r12, 8
    bts     r12, 62
sleep:
    mov     rbp, rdi
    lock inc qword [PLACE_ARRIVED]
.again:
    mov     eax, SYS_WAIT
    mov     rdi, [PLACE_HANDLE]
    mov     rsi, r12
    syscall
    jmp     .again

global crowd_sleep_seconds
crowd_sleep_seconds:
    mov     rbp, rdi
    lock inc qword [PLACE_ARRIVED]
    mov     eax, SYS_CLOCK
    syscall
    mov     rsi, rdx
    add     rsi, 1 << 30
    or      rsi, (1 << 30) - 1              ; the same moment for all
    mov     eax, SYS_WAIT
    mov     rdi, [PLACE_HANDLE]
    syscall
    mov     r12, -1
    jmp     sleep.again

global crowd_receive
crowd_receive:
    mov     rbp, rdi
    lock inc qword [PLACE_ARRIVED]
.again:
    mov     eax, SYS_RECV
    mov     rdi, [PLACE_HANDLE]
    mov     rsi, -1
    syscall
    jmp     .again

global crowd_call
crowd_call:
    mov     rbp, rdi
    lock inc qword [PLACE_ARRIVED]
.again:
    mov     eax, SYS_CALL | 4 << 8          ; 4 words
    mov     rdi, [PLACE_HANDLE]
    mov     rsi, -1
    syscall
    jmp     .again

global crowd_spin
crowd_spin:
    lock inc qword [rdi + 8]
    jmp     $
