#include "user/lib/operands.h"
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/path.h"
#include <stdlib.h>
#include <string.h>

int operands_each(const struct options *options, int (*step)(const char *operand))
{
    int result = EXIT_SUCCESS;
    if (!*options->operands)
        option_misuse(options);
    for (char **operand = options->operands; *operand; operand++) {
        int status = step(*operand);
        result |= status < 0 ? complain(*operand, status) : status;
    }
    return result;
}

static bool is_folder(const char *path)
{
    struct file_status status;
    return stat(path, &status) == OK && status.kind == KIND_DIRECTORY;
}

/* Where the source is to arrive. OK or a negative status. */
static int find_target(const char *source, const char *target, char path[PATH_SIZE])
{
    char absolute[PATH_SIZE];
    if (!is_folder(target))
        return strlcpy(path, target, PATH_SIZE) < PATH_SIZE ? OK : -ERROR_NAME_TOO_LONG;
    int status = path_absolute(source, absolute);
    return status != OK ? status : path_join(path, target, path_name(absolute));
}

int operands_each_to(const struct options *options, int (*step)(const char *source, const char *target))
{
    char **operands = options->operands, path[PATH_SIZE];
    size_t last = 0;
    int result = EXIT_SUCCESS;
    while (operands[last] && operands[last + 1])
        last++;
    if (last == 0)
        option_misuse(options);
    if (last > 1 && !is_folder(operands[last]))
        return complain(operands[last], ERROR_NOT_DIRECTORY);
    for (size_t i = 0; i < last; i++) {
        int status = find_target(operands[i], operands[last], path);
        if (status == OK)
            status = step(operands[i], path);
        result |= status < 0 ? complain(operands[i], status) : status;
    }
    return result;
}
