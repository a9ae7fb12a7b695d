/*
 * PS/2 scancodes of set 1, as a keyboard sends them, and the bytes that they mean.
 */
#include "servers/console/keyboard.h"
#include "tests/host/drivers/unit.h"
#include <string.h>

static struct keyboard keyboard;

static int start(void **state)
{
    (void)state;
    memset(&keyboard, 0, sizeof(keyboard));
    return 0;
}

/* The scancodes of `keys` together send `wanted`. */
static void expect(const char *keys, unsigned count, const char *wanted)
{
    char sent[64];
    unsigned length = 0;
    for (unsigned i = 0; i < count; i++) {
        length += keyboard_translate(&keyboard, (uint8_t)keys[i], sent + length);
        assert_in_range(length, 0, sizeof(sent) - KEYBOARD_BYTES);
    }
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(sent, wanted, length);
}

#define EXPECT(keys, wanted) expect(keys, sizeof(keys) - 1, wanted)

static void letters_digits_and_signs(void **state)
{
    (void)state;
    EXPECT("\x1e\x9e\x10\x90\x32\xb2", "aqm");
    EXPECT("\x02\x0b\x0c\x0d\x1a\x1b\x27\x28\x29\x2b\x33\x34\x35", "10-=[];'`\\,./");
    EXPECT("\x39\x1c\x0e\x0f\x01", " \r\177\t\033");
    EXPECT("\x47\x48\x4f\x52\x53\x37\x4a\x4e", "7810.*-+");
}

static void shift_of_either_side_and_caps_lock(void **state)
{
    (void)state;
    EXPECT("\x2a\x1e\xaa\x1e\x36\x02\xb6\x02", "Aa!1");
    EXPECT("\x3a\xba\x1e\x02\x2a\x1e\xaa", "A1a");
    EXPECT("\x3a\xba\x1e", "a");
    EXPECT("\x2a\x28\x29\x35\xaa", "\"~?");
}

static void control_gives_control_codes(void **state)
{
    (void)state;
    EXPECT("\x1d\x2e\x20\x1a\x02\x9d\x2e", "\003\004\033c");
    EXPECT("\xe0\x1d\x16\xe0\x9d\x16", "\025u");
}

static void extended_keys_send_sequences(void **state)
{
    (void)state;
    EXPECT("\xe0\x48\xe0\xc8\xe0\x50\xe0\x4d\xe0\x4b", "\033[A\033[B\033[C\033[D");
    EXPECT("\xe0\x47\xe0\x4f\xe0\x53\xe0\x1c\xe0\x35", "\033[H\033[F\033[3~\r/");
    EXPECT("\xe0\x2a\xe0\x48\xe0\xaa\x1e", "\033[Aa"); /* padding shifts are no shifts */
}

static void the_pause_key_is_swallowed(void **state)
{
    (void)state;
    EXPECT("\xe1\x1d\x45\xe1\x9d\xc5\x1e", "a");
}

static void no_scancode_is_too_much(void **state)
{
    (void)state;
    char bytes[KEYBOARD_BYTES];
    for (unsigned i = 0; i < 65536; i++) {
        keyboard_translate(&keyboard, (uint8_t)(i >> 8), bytes);
        assert_in_range(keyboard_translate(&keyboard, (uint8_t)i, bytes), 0, KEYBOARD_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(letters_digits_and_signs, start),
        cmocka_unit_test_setup(shift_of_either_side_and_caps_lock, start),
        cmocka_unit_test_setup(control_gives_control_codes, start),
        cmocka_unit_test_setup(extended_keys_send_sequences, start),
        cmocka_unit_test_setup(the_pause_key_is_swallowed, start),
        cmocka_unit_test_setup(no_scancode_is_too_much, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
