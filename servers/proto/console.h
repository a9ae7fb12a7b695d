/*
 * The terminal (badge CONSOLE_TERMINAL) and the job channel (CONSOLE_JOB), besides io.h.
 *
 * The terminal is the serial line COM1, with the PS/2 keyboard and screen beside it: output goes to both, input comes
 * from both. In cooked mode the console edits the line (backspace, Ctrl-U, Ctrl-D for end of file), echoes, and READ
 * gives whole lines; Ctrl-C signals the interrupt notification. In raw mode READ gives bytes as they come, no echo.
 *
 * All but READ, WRITE and JOB_END are idempotent; these carry a sequence number (io.h). A restarted console knows the
 * mode, the line being typed, who gets interrupts, and all bytes on their way.
 *
 * The job channel is COM2: WRITE sends bytes to the host as they are but for an escape (see JOB_ESCAPE), READ is at
 * end of file. tools/run decodes it.
 */
#pragma once

enum console_badge { CONSOLE_TERMINAL = 1, CONSOLE_JOB = 2 };

enum console_operation {
    /* words: enum console_mode */
    CONSOLE_MODE = 0x400,
    /* one capability: a notification with RIGHT_SIGNAL, gets bit 0 at Ctrl-C; none: forget it */
    CONSOLE_INTERRUPT = 0x401,
    /* lease 0 (write): the command line that the host wants run. Answer: its length; ERROR_NOT_FOUND if none.
     * It comes from QEMU's fw_cfg file JOB_COMMAND_FILE, bytes unchanged. */
    CONSOLE_JOB_COMMAND = 0x402,
    /* words: exit status 0..255, [7] sequence: tells the host, once, then drains both lines */
    CONSOLE_JOB_END = 0x403,
    /* returns when all accepted output has left the machine */
    CONSOLE_DRAIN = 0x404,
};

enum console_mode { CONSOLE_COOKED = 0, CONSOLE_RAW = 1 };

#define JOB_COMMAND_FILE "opt/atelier/command"
#define JOB_ESCAPE       0x10 /* in the stream: ESCAPE ESCAPE = one such byte; ESCAPE 'X' d d d = exit status, end */
