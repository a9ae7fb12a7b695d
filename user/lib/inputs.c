/*
 * The loop of programs that read files.
 */
#include "user/lib/inputs.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include <stdlib.h>
#include <string.h>

/* Returns an exit status. */
static int process_one(const char *name, input_function *process, void *context)
{
    bool is_standard = strcmp(name, "-") == 0;
    int descriptor = is_standard ? 0 : open(name, FS_READ, 0);
    int status = descriptor >= 0 ? process(context, descriptor, name) : descriptor;
    if (descriptor > 0)
        close(descriptor);
    return status == OK ? EXIT_SUCCESS : complain(name, status);
}

int inputs_process(char *const *operands, input_function *process, void *context)
{
    int result = EXIT_SUCCESS;
    if (!*operands)
        return process_one("-", process, context);
    for (; *operands; operands++)
        result |= process_one(*operands, process, context);
    return result;
}
