/*
 * The shell: at a terminal, with a line editor; or for one command line or a file.
 *
 * Everything but reading the text is in user/lib/shell*.c. While a line is edited the console is in raw mode; while
 * programs run it is in cooked mode, and Ctrl-C kills the one in the foreground.
 */
#include "servers/proto/console.h"
#include "user/lib/complain.h"
#include "user/lib/complete.h"
#include "user/lib/edit.h"
#include "user/lib/ipc.h"
#include "user/lib/option.h"
#include "user/lib/shell.h"
#include "user/lib/shell_parse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: sh [-c COMMAND | FILE]\n"
                            "Runs the command line, the file, or what is typed. `help` inside explains.\n";

#define COMMAND_SIZE (4 * EDIT_LINE) /* of a command typed in several lines */
#define PROMPT_SIZE  48
#define FOLDER_SHOWN 30 /* bytes of the working folder in the prompt */

static void set_mode(enum console_mode mode)
{
    struct message m = message(CONSOLE_MODE);
    m.words[0] = mode;
    m.word_count = 1;
    ipc_request(descriptor_handle(0), &m, DEADLINE_FOREVER); /* not a console: nothing to set */
}

static void draw(void *context, const char *bytes, size_t length)
{
    (void)context;
    fwrite(bytes, 1, length, stdout);
}

/* "atelier:FOLDER$ ", the folder's end if it is long. */
static void make_prompt(char prompt[PROMPT_SIZE])
{
    const char *folder = getcwd();
    size_t length = strlen(folder);
    bool cut = length > FOLDER_SHOWN;
    snprintf(prompt, PROMPT_SIZE, "atelier:%s%s$ ", cut ? "..." : "", cut ? folder + length - FOLDER_SHOWN : folder);
}

/* Reads one line with the editor. The end of input is EDIT_END. */
static enum edit_result read_line(struct editor *editor, const char *prompt)
{
    enum edit_result result = EDIT_MORE;
    char byte;
    editor_start(editor, prompt);
    while (result == EDIT_MORE) {
        fflush(stdout);
        result = read(0, &byte, 1) == 1 ? editor_key(editor, byte) : EDIT_END;
    }
    fflush(stdout);
    return result;
}

/* Is the command incomplete, so that the next line belongs to it? */
static bool is_unfinished(const char *command)
{
    struct shell_script script;
    const char *problem;
    enum parse_result result = shell_parse(command, &script, &problem);
    shell_script_free(&script);
    return result == PARSE_UNFINISHED;
}

/* Reads a command, of several lines if it is open at the end of the first. */
static enum edit_result read_command(struct editor *editor, char command[COMMAND_SIZE])
{
    char prompt[PROMPT_SIZE];
    size_t length = 0;
    clearerr(stdout); /* a console that was restarted works again */
    make_prompt(prompt);
    enum edit_result result = read_line(editor, prompt);
    for (;;) {
        length += strlcpy(command + length, editor->line, COMMAND_SIZE - length);
        bool has_room = length + 1 + EDIT_LINE < COMMAND_SIZE;
        if (result != EDIT_DONE || !has_room || !is_unfinished(command))
            return result;
        command[length++] = '\n';
        result = read_line(editor, "> ");
    }
}

/* The life of a shell at a terminal. Returns its exit status. */
static int run_interactive(void)
{
    static struct editor editor = {.draw = draw, .complete = complete_word};
    static char command[COMMAND_SIZE];
    struct shell shell = {.interactive = true};
    while (!shell.leaving) {
        set_mode(CONSOLE_RAW);
        enum edit_result result = read_command(&editor, command);
        set_mode(CONSOLE_COOKED);
        interrupt_renew();
        if (result == EDIT_END)
            shell.leaving = true;
        else if (result == EDIT_CANCELLED)
            shell.status = STATUS_INTERRUPTED;
        else
            shell_run(&shell, command);
    }
    return shell.status;
}

/* All of a descriptor as text, made by malloc; 0 after complaining. */
static char *read_all(int descriptor, const char *name)
{
    size_t length = 0, room = 4096;
    char *text = malloc(room);
    long count = text ? 1 : -E_QUOTA;
    while (count > 0) {
        if (room - length < 2) {
            room *= 2;
            char *larger = realloc(text, room);
            if (!larger) {
                count = -E_QUOTA;
                break;
            }
            text = larger;
        }
        count = read(descriptor, text + length, room - length - 1);
        length += count > 0 ? (size_t)count : 0;
    }
    if (count == 0) {
        text[length] = 0;
        return text;
    }
    complain(name, (int)count);
    free(text);
    return 0;
}

/* Runs all of a descriptor as one script. Returns the exit status. */
static int run_descriptor(int descriptor, const char *name)
{
    struct shell shell = {0};
    char *text = read_all(descriptor, name);
    if (!text)
        return STATUS_CANNOT_RUN;
    shell_run(&shell, text);
    free(text);
    return shell.status;
}

static int run_file(const char *path)
{
    int descriptor = open(path, FS_READ, 0);
    if (descriptor >= 0)
        return run_descriptor(descriptor, path);
    complain(path, descriptor);
    return STATUS_NOT_FOUND;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "c:", usage);
    const char *command = 0;
    while (option_next(&options))
        command = options.value;
    interrupt_start();
    if (command) {
        struct shell shell = {0};
        return shell_run(&shell, command);
    }
    if (options.operands[0])
        return run_file(options.operands[0]);
    return is_terminal(0) ? run_interactive() : run_descriptor(0, "standard input");
}
