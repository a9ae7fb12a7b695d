/*
 * A system call with every register said: for calls that the library would never make, and for looking at what the
 * kernel leaves in registers.
 */
#pragma once
#include "kernel/abi/message.h"
#include "user/lib/syscall.h"

struct raw_call {
    uint64_t rax, rdi, rsi, rdx;
    uint64_t words[MESSAGE_REGISTER_WORDS]; /* r10 r8 r9 rbx r12 r13 r14 r15 */
};

/* Makes the call with these registers and keeps what came back in them. Returns the status. */
static inline int raw_syscall(struct raw_call *call)
{
    uint64_t rax = call->rax, rdi = call->rdi, rsi = call->rsi, rdx = call->rdx;
    register uint64_t word0 __asm__("r10") = call->words[0];
    register uint64_t word1 __asm__("r8") = call->words[1];
    register uint64_t word2 __asm__("r9") = call->words[2];
    register uint64_t word3 __asm__("rbx") = call->words[3];
    register uint64_t word4 __asm__("r12") = call->words[4];
    register uint64_t word5 __asm__("r13") = call->words[5];
    register uint64_t word6 __asm__("r14") = call->words[6];
    register uint64_t word7 __asm__("r15") = call->words[7];
    __asm__ volatile("syscall"
                     : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(word0), "+r"(word1), "+r"(word2), "+r"(word3),
                       "+r"(word4), "+r"(word5), "+r"(word6), "+r"(word7)
                     :
                     : "rcx", "r11", "memory");
    *call = (struct raw_call){rax, rdi, rsi, rdx, {word0, word1, word2, word3, word4, word5, word6, word7}};
    return (int)SHAPE_GET_STATUS(rax);
}
