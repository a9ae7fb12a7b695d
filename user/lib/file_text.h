/*
 * What files look like in listings.
 */
#pragma once
#include "user/lib/file.h"

#define FILE_PERMISSIONS 11 /* "drwxr-xr-x" */
#define FILE_TIME        20 /* "2000-12-31 23:59:59" */

/* Kind and permissions, as ls -l shows them. */
void file_permissions(const struct file_status *status, char text[FILE_PERMISSIONS]);

/* Date and time of day, UTC. */
void file_time(uint64_t seconds, char text[FILE_TIME]);
