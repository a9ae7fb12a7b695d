/*
 * Strings, numbers, formatting, sorting, the calendar, and SHA-256. Where the host has the same function, its answer is
 * the expected one. With an argument the program prints the SHA-256 sum of so many bytes, for test_lib.py to compare.
 */
#include "tests/host/lib/fakes.h"
#include "tests/host/lib/host.h"
#include "user/lib/sha256.h"
#include "user/lib/time.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME(...)                                                                                                      \
    do {                                                                                                               \
        char ours[200], theirs[200];                                                                                   \
        int our_length = snprintf(ours, sizeof(ours), __VA_ARGS__);                                                    \
        int their_length = host_format(theirs, sizeof(theirs), __VA_ARGS__);                                           \
        assert(strcmp(ours, theirs) == 0);                                                                             \
        assert(our_length == their_length);                                                                            \
    } while (0)

static void test_format(void)
{
    static const int numbers[] = {0, 1, -1, 42, -1234567, 2147483647, -2147483647 - 1};
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        int n = numbers[i];
        SAME("%d|%5d|%-5d|%05d|%+d|% d|%.4d|%8.4d|%-8.4d|%i", n, n, n, n, n, n, n, n, n, n);
        unsigned u = (unsigned)n;
        SAME("%u|%x|%X|%o|%#x|%#o|%08x|%#10x|%-#10x|%.0x", u, u, u, u, u, u, u, u, u, u);
        SAME("%hd|%hhd|%hu|%hhx", (short)n, (signed char)n, (unsigned short)n, (unsigned char)n);
        SAME("%ld|%lu|%lx|%lld|%zu", (long)n * 4000000000, (long)n * 3ul, (long)n * 5ul, (long long)n, (size_t)n);
        SAME("%*d|%-*d|%.*d|%*d", 7, n, 7, n, 3, n, -6, n);
    }
    SAME("%s|%10s|%-10s|%.2s|%5.1s|%s", "text", "text", "text", "text", "text", "");
    SAME("%c%c|%3c|%-3c|%%|100%%", 'a', 'b', 'c', 'd');
    SAME("%p", (void *)0x1234);
    SAME("%lu %ld", ~0ul, (long)(1ul << 63));
    char small[5];
    assert(snprintf(small, sizeof(small), "%s", "too long") == 8 && strcmp(small, "too ") == 0);
    assert(snprintf(small, 1, "x") == 1 && small[0] == 0);
    const char *volatile nothing = 0;
    /* cppcheck-suppress nullPointer */
    snprintf(small, sizeof(small), "%s", nothing);
    assert(strcmp(small, "(nul") == 0);
}

static void test_strings(void)
{
    char text[20] = "abcdefgh";
    memmove(text + 2, text, 6);
    assert(strcmp(text, "ababcdef") == 0);
    memmove(text, text + 2, 6);
    assert(strcmp(text, "abcdefef") == 0);
    memset(text, 'x', 19);
    assert(strlen(text) == 19 && strnlen(text, 5) == 5 && strnlen("ab", 5) == 2);
    assert(strlcpy(text, "0123456789012345678901234", sizeof(text)) == 25 && strlen(text) == 19);
    assert(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("\xff", "a") > 0 && strncmp("abc", "abd", 2) == 0);
    assert(strchr("abc", 'c')[0] == 'c' && !strchr("abc", 'd') && *strchr("abc", 0) == 0);
    assert(strcmp(strrchr("a/b/c", '/'), "/c") == 0 && !strrchr("abc", '/'));
    assert(strcmp(strstr("one two", "two"), "two") == 0 && !strstr("one", "two") && *strstr("a", "") == 'a');
    assert(strcspn("abc;", ";") == 3 && strcspn("abc", ";") == 3);
    assert(memcmp("a\0b", "a\0c", 3) < 0 && memchr("abc", 'd', 3) == 0 && *(char *)memchr("abc", 'b', 3) == 'b');
}

static void test_numbers(void)
{
    char *end;
    assert(strtoul("123x", &end, 10) == 123 && *end == 'x');
    assert(strtoul("0x1F", &end, 0) == 31 && *end == 0 && strtoul("010", 0, 0) == 8 && strtoul("0x", &end, 0) == 0);
    assert(strtoul("18446744073709551615", 0, 10) == ~0ul && strtoul("99999999999999999999", 0, 10) == ~0ul);
    assert(strtoul("none", &end, 10) == 0 && *end == 'n');
    assert(strtol("  -42", 0, 10) == -42 && strtol("+7", 0, 10) == 7 && atoi("12") == 12);
    assert(strtol("9223372036854775808", 0, 10) == (long)(~0ul >> 1));
    assert(strtol("-9223372036854775808", 0, 10) == (long)(1ul << 63));
}

static int compare_ints(const void *left, const void *right)
{
    return *(const int *)left < *(const int *)right ? -1 : *(const int *)left > *(const int *)right;
}

static void test_sorting(void)
{
    static int numbers[1000];
    for (unsigned count = 0; count < 1000; count += 37) {
        unsigned seed = count;
        for (unsigned i = 0; i < count; i++)
            numbers[i] = (int)((seed = seed * 1103515245 + 12345) >> 16) % 100;
        qsort(numbers, count, sizeof(*numbers), compare_ints);
        for (unsigned i = 1; i < count; i++)
            assert(numbers[i - 1] <= numbers[i]);
    }
}

static void test_calendar(void)
{
    struct calendar c = calendar_from_seconds(0);
    assert(c.year == 1970 && c.month == 1 && c.day == 1 && c.weekday == 4 && c.hour == 0);
    c = calendar_from_seconds(951827696); /* 2000-02-29 12:34:56, a Tuesday */
    assert(c.year == 2000 && c.month == 2 && c.day == 29 && c.weekday == 2);
    assert(c.hour == 12 && c.minute == 34 && c.second == 56);
    c = calendar_from_seconds(4102444799); /* 2099-12-31 23:59:59 */
    assert(c.year == 2099 && c.month == 12 && c.day == 31 && c.second == 59);
    c = calendar_from_seconds(13574563200); /* 2400-02-29 */
    assert(c.year == 2400 && c.month == 2 && c.day == 29);
}

/* The sum of `size` bytes i * 7 + i / 256, added in pieces that grow. */
static void print_sum(size_t size)
{
    static unsigned char bytes[100000];
    unsigned char digest[SHA256_SIZE];
    char text[3];
    struct sha256 sum;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    sha256_start(&sum);
    for (size_t done = 0, piece = 0; done < size; done += piece) {
        piece = piece * 2 + 1 < size - done ? piece * 2 + 1 : size - done;
        sha256_add(&sum, bytes + done, piece);
    }
    sha256_finish(&sum, digest);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        host_print(text, (size_t)snprintf(text, sizeof(text), "%02x", digest[i]));
}

int main(int count, char *arguments[])
{
    if (count == 2) {
        print_sum(strtoul(arguments[1], 0, 10));
        return 0;
    }
    test_format();
    test_strings();
    test_numbers();
    test_sorting();
    test_calendar();
    return 0;
}
