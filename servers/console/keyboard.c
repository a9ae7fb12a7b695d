#include "servers/console/keyboard.h"
#include <string.h>

enum {
    RELEASED = 0x80, /* set in a scancode when the key goes up */
    PREFIX_EXTENDED = 0xe0,
    PREFIX_PAUSE = 0xe1, /* two more scancodes follow, twice */
    KEY_CONTROL = 0x1d,
    KEY_LEFT_SHIFT = 0x2a,
    KEY_RIGHT_SHIFT = 0x36,
    KEY_CAPS_LOCK = 0x3a,
};

/* US layout, by scancode; 0 sends nothing. The keypad gives its digits. */
static const char plain[] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.";
static const char shifted[] = "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "789-456+1230.";

/* Keys behind the prefix 0xe0. */
static const struct {
    uint8_t scancode;
    const char *bytes;
} extended[] = {
    {0x1c, "\r"},     {0x35, "/"},      {0x47, "\033[H"}, {0x48, "\033[A"},  {0x49, "\033[5~"}, {0x4b, "\033[D"},
    {0x4d, "\033[C"}, {0x4f, "\033[F"}, {0x50, "\033[B"}, {0x51, "\033[6~"}, {0x53, "\033[3~"},
};

/* Keeps track of the keys that only change others; true if the scancode was one of them. */
static bool modifier(struct keyboard *keyboard, uint8_t key, bool down)
{
    switch (key) {
    case KEY_CONTROL:
        keyboard->control = down;
        return true;
    case KEY_LEFT_SHIFT:
        keyboard->left_shift = down;
        return true;
    case KEY_RIGHT_SHIFT:
        keyboard->right_shift = down;
        return true;
    case KEY_CAPS_LOCK:
        keyboard->caps_lock ^= down;
        return true;
    default:
        return false;
    }
}

static unsigned extended_key(uint8_t key, char *bytes)
{
    for (unsigned i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
        if (extended[i].scancode == key) {
            unsigned length = (unsigned)strlen(extended[i].bytes);
            memcpy(bytes, extended[i].bytes, length);
            return length;
        }
    }
    return 0;
}

static unsigned plain_key(const struct keyboard *keyboard, uint8_t key, char *bytes)
{
    if (key >= sizeof(plain) - 1 || plain[key] == 0)
        return 0;
    bool shift = keyboard->left_shift || keyboard->right_shift;
    bool letter = plain[key] >= 'a' && plain[key] <= 'z';
    bytes[0] = (letter ? shift != keyboard->caps_lock : shift) ? shifted[key] : plain[key];
    if (keyboard->control) {
        char base = letter ? shifted[key] : plain[key];
        if (base < '@' || base > '_')
            return 0;
        bytes[0] = base & 0x1f;
    }
    return 1;
}

unsigned keyboard_translate(struct keyboard *keyboard, uint8_t scancode, char *bytes)
{
    bool was_extended = keyboard->extended;
    keyboard->extended = scancode == PREFIX_EXTENDED;
    if (keyboard->skip > 0) {
        keyboard->skip--;
        return 0;
    }
    if (scancode == PREFIX_PAUSE)
        keyboard->skip = 2;
    if (scancode == PREFIX_PAUSE || scancode == PREFIX_EXTENDED)
        return 0;
    uint8_t key = scancode & (uint8_t)~RELEASED;
    bool down = !(scancode & RELEASED);
    /* behind the prefix, the shift codes are padding that some keys send */
    if (was_extended && key != KEY_CONTROL)
        return down ? extended_key(key, bytes) : 0;
    if (modifier(keyboard, key, down) || !down)
        return 0;
    return plain_key(keyboard, key, bytes);
}
