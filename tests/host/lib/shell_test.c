/*
 * The shell without a terminal and without programs: patterns, grammar, expansion, and which commands run in what
 * order. shell_program() and shell_background() are played here: they note what they were asked to run.
 */
#include "tests/host/lib/fakes.h"
#include "user/lib/glob.h"
#include "user/lib/path.h"
#include "user/lib/shell.h"
#include "user/lib/shell_expand.h"
#include "user/lib/shell_parse.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char noted[2000]; /* "[name,argument,...]" of each program; "&" in front: in the background */

static void note(const char *mark, char *const *arguments)
{
    strcat(noted, mark);
    for (unsigned i = 0; arguments[i]; i++) {
        strcat(noted, i ? "," : "[");
        strcat(noted, arguments[i]);
    }
    strcat(noted, "]");
}

/* `false` fails, `say` writes its argument, `status N` ends with N. */
int shell_program(char *const *arguments, const int streams[3])
{
    note("", arguments);
    if (strcmp(arguments[0], "say") == 0) {
        write(streams[1], arguments[1], strlen(arguments[1]));
        write(streams[2], "!", 1);
    }
    return strcmp(arguments[0], "status") == 0 ? atoi(arguments[1]) : strcmp(arguments[0], "false") == 0;
}

int shell_background(struct shell *shell, char *const *arguments, const int streams[3])
{
    (void)shell, (void)streams;
    note("&", arguments);
    return 0;
}

int shell_wait_all(struct shell *shell)
{
    (void)shell;
    return 0;
}

bool interrupt_seen(void)
{
    return false;
}

/* Runs a script in a fresh shell and compares what was run and its status. */
static void check(const char *script, const char *expected, int status)
{
    struct shell shell = {0};
    noted[0] = 0;
    int result = shell_run(&shell, script);
    if (strcmp(noted, expected) != 0 || result != status) {
        fprintf(stderr, "script: %s\nran: %s\nstatus: %d\n", script, noted, result);
        fflush(stderr);
        assert(strcmp(noted, expected) == 0);
        assert(result == status);
    }
    strings_free(&shell.variables);
}

static void test_order(void)
{
    check("", "", 0);
    check("a b  c", "[a,b,c]", 0);
    check("a;b\nc;", "[a][b][c]", 0);
    check("true && b || c", "[true][b]", 0);
    check("false && b || c", "[false][c]", 0);
    check("false || b && c", "[false][b][c]", 0);
    check("false && b; c", "[false][c]", 0);
    check("false && b", "[false]", 1);
    check("a &&\n b", "[a][b]", 0);
    check("status 7", "[status,7]", 7);
    check("exit 3; a", "", 3);
    check("false; exit", "[false]", 1);
    check("a & b", "&[a][b]", 0);
    check("a && b & c", "&[/system/bin/sh,-c,a && b ][c]", 0);
    check("# nothing\na # b\nc#d", "[a][c#d]", 0);
    check("a \\\n b", "[a,b]", 0);
}

static void test_words(void)
{
    check("a 'b  c' \"d  e\" f\\ g", "[a,b  c,d  e,f g]", 0);
    check("a '' \"\"", "[a,,]", 0);
    check("a 'x''y'\"z\"w", "[a,xyzw]", 0);
    check("a '$b' '\\' \"\\$c \\\" \\x\"", "[a,$b,\\,$c \" \\x]", 0);
    check("a 'two\nlines'", "[a,two\nlines]", 0);
    check("A=5; a $A ${A}x $B \"$B\" '$A' $A$A", "[a,5,5x,,$A,55]", 0);
    check("A='x  *'; a $A; A=y; a $A", "[a,x  *][a,y]", 0);
    check("A=1 B=$A; a $B", "[a,1]", 0);
    check("false; a $?; a $?", "[false][a,1][a,0]", 0);
    check("a $ $$ $1 ${ ${}", "[a,$,$$,$1,${,${}]", 0);
    check("a \xc3\xa4 % = ,", "[a,\xc3\xa4,%,=,,]", 0);
}

static void test_mistakes(void)
{
    check("a | b", "", 2);
    check("&& a", "", 2);
    check("a ;; b", "", 2);
    check("a >", "", 2);
    check("a > > b", "", 2);
    check("a 'open", "", 2);
    check("a >& 5", "", 2);
    check("a < none", "", 1);
    struct shell_script script;
    const char *problem;
    assert(shell_parse("a \"b", &script, &problem) == PARSE_UNFINISHED);
    shell_script_free(&script);
    assert(shell_parse("a \\", &script, &problem) == PARSE_UNFINISHED);
    shell_script_free(&script);
    assert(shell_parse("a ||\n", &script, &problem) == PARSE_UNFINISHED);
    shell_script_free(&script);
    assert(shell_parse("a |", &script, &problem) == PARSE_WRONG);
    shell_script_free(&script);
}

static const struct fake_file *file(const char *path)
{
    const struct fake_file *found = fake_files;
    while (found->path && strcmp(found->path, path) != 0)
        found++;
    return found;
}

static bool contains(const char *path, const char *text)
{
    return file(path)->length == strlen(text) && memcmp(file(path)->bytes, text, strlen(text)) == 0;
}

static void test_redirection(void)
{
    fakes_reset();
    check("say one > /f; say two >> /f", "[say,one][say,two]", 0);
    assert(contains("/f", "onetwo"));
    check("say a >/g 2>&1", "[say,a]", 0);
    assert(contains("/g", "a!"));
    check("say b 2>/h >/g", "[say,b]", 0);
    assert(contains("/g", "b") && contains("/h", "!"));
    check("> /g", "", 0);
    assert(contains("/g", ""));
    check("pwd > /g; pwd >> /g 2>&1", "", 0);
    assert(contains("/g", "/\n/\n"));
    check("say x > '/with space'", "[say,x]", 0);
    assert(contains("/with space", "x"));
    check("echo 2 >/g", "[echo,2]", 0);
}

static void test_matching(void)
{
    assert(glob_match("*", "abc") && glob_match("a*c", "abbc") && glob_match("*b*", "abc") && glob_match("", ""));
    assert(!glob_match("a*c", "abcd") && !glob_match("a", "ab") && !glob_match("ab", "a") && !glob_match("*b", "abc"));
    assert(glob_match("?b?", "abc") && !glob_match("?", "") && glob_match("*a*a*a", "aaaa"));
    assert(glob_match("[a-c]x", "bx") && !glob_match("[a-c]", "d") && glob_match("[!a]", "b") &&
           glob_match("[]]", "]"));
    assert(glob_match("[a", "[a") && glob_match("\\*", "*") && !glob_match("\\*", "a") && glob_match("[a-]", "-"));
    assert(!glob_match("*", ".hidden") && glob_match(".*", ".hidden") && !glob_match("?x", ".x"));
    char long_name[200], long_pattern[200];
    memset(long_name, 'a', 199);
    long_name[199] = 0;
    for (unsigned i = 0; i < 99; i++)
        memcpy(long_pattern + 2 * i, "*a", 2);
    strcpy(long_pattern + 198, "b");
    assert(!glob_match(long_pattern, long_name)); /* and that at once */
}

static void test_patterns(void)
{
    static const char *const paths[] = {"/b.c", "/a.c", "/d", "/d/x.h", "/d/y.h", "/d/.z.h", "/a*b", "/e", "/e/x.h"};
    fakes_reset();
    for (unsigned i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        fake_files[i] = (struct fake_file){.path = paths[i], .folder = strlen(paths[i]) == 2};
    check("p *.c", "[p,a.c,b.c]", 0);
    check("p /*.c", "[p,/a.c,/b.c]", 0);
    check("p */*.h d/?.h", "[p,d/x.h,d/y.h,e/x.h,d/x.h,d/y.h]", 0);
    check("p d/.* [de]/x.h", "[p,d/.z.h,d/x.h,e/x.h]", 0);
    check("p '*'.c \"*\" \\*.c *.none", "[p,*.c,*,*.c,*.none]", 0);
    check("p 'a*b'* d/x*", "[p,a*b,d/x.h]", 0);
    check("p ./*.c d//*.h", "[p,./a.c,./b.c,d//x.h,d//y.h]", 0);
}

int main(void)
{
    fakes_reset();
    test_order();
    test_words();
    test_mistakes();
    test_redirection();
    test_matching();
    test_patterns();
    return 0;
}
