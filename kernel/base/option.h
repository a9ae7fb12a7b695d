/*
 * The kernel's own boot options: words of the command line. It knows a handful and ignores the rest.
 */
#pragma once

/* What follows this word (as "inherit=off" or "shake=") on the command line; 0 if it is not there. */
const char *boot_option(const char *word);
