#include "servers/init/manifest.h"
#include "kernel/abi/layout.h"
#include "servers/init/words.h"
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What the parser knows while it reads. */
struct parser {
    struct manifest *manifest;
    manifest_report *report;
    unsigned line;         /* number of the current line, from 1 */
    struct server *server; /* that the lines belong to; NULL outside of one, or while a broken one is skipped */
    bool skipping;         /* lines belong to a server that was reported and left out */
    unsigned lines[MANIFEST_SERVERS];
    /* `use` may name an endpoint that a later server serves: names are looked up when all is read */
    char wanted[MANIFEST_SERVERS][MANIFEST_GRANTS][MANIFEST_NAME];
};

/* The words of one line after its keyword, as its pattern told them apart. */
struct values {
    uint64_t numbers[2];  /* NUMBER and SIZE, in order */
    const char *names[2]; /* NAME and PATH, in order */
};

static void complain(struct parser *parser, const char *problem, const char *word)
{
    parser->report(parser->line, problem, word);
}

static bool copy_name(char *to, const char *name)
{
    if (strlen(name) >= MANIFEST_NAME)
        return false;
    memset(to, 0, MANIFEST_NAME);
    memcpy(to, name, strlen(name));
    return true;
}

/* The index of the endpoint with this name, or endpoint_count. */
static unsigned find_endpoint(const struct manifest *manifest, const char *name)
{
    unsigned i = 0;
    while (i < manifest->endpoint_count && strcmp(manifest->endpoints[i], name) != 0)
        i++;
    return i;
}

/* ---- one function for each kind of line ---- */

static void parse_server(struct parser *parser, const struct values *values)
{
    struct manifest *manifest = parser->manifest;
    parser->server = NULL;
    parser->skipping = true;
    for (unsigned i = 0; i < manifest->server_count; i++) {
        if (strcmp(manifest->servers[i].name, values->names[0]) == 0)
            return complain(parser, "this server is there already:", values->names[0]);
    }
    if (manifest->server_count == MANIFEST_SERVERS)
        return complain(parser, "one server too many:", values->names[0]);
    struct server *server = &manifest->servers[manifest->server_count];
    copy_name(server->name, values->names[0]);
    parser->lines[manifest->server_count++] = parser->line;
    parser->server = server;
    parser->skipping = false;
}

static void parse_program(struct parser *parser, const struct values *values)
{
    parser->server = NULL;
    parser->skipping = false;
    if (parser->manifest->program[0] != '\0')
        return complain(parser, "a second program:", values->names[0]);
    strcpy(parser->manifest->program, values->names[0]);
}

static void parse_program_debug(struct parser *parser, const struct values *values)
{
    parse_program(parser, values);
    parser->manifest->program_debugs = true;
}

static void parse_priority(struct parser *parser, const struct values *values)
{
    if (values->numbers[0] >= PRIORITIES)
        return complain(parser, "priorities go from 0 to 31", "");
    parser->server->priority = (unsigned)values->numbers[0];
}

static void parse_quota(struct parser *parser, const struct values *values)
{
    parser->server->quota = values->numbers[0];
}

static void parse_quota_rest(struct parser *parser, const struct values *values)
{
    (void)values;
    parser->server->quota = MANIFEST_REST;
}

static void parse_heartbeat(struct parser *parser, const struct values *values)
{
    if (values->numbers[0] == 0 || values->numbers[0] > MANIFEST_HEARTBEAT_LIMIT)
        return complain(parser, "a heartbeat takes 1 to 600000 milliseconds", "");
    parser->server->heartbeat = (unsigned)values->numbers[0];
}

/* Only a server above: so no two wait for each other. */
static void parse_after(struct parser *parser, const struct values *values)
{
    const struct manifest *manifest = parser->manifest;
    for (unsigned i = 0; i < manifest->server_count && &manifest->servers[i] != parser->server; i++) {
        if (strcmp(manifest->servers[i].name, values->names[0]) == 0) {
            parser->server->after |= 1u << i;
            return;
        }
    }
    complain(parser, "no server above has the name", values->names[0]);
}

/* Adds a grant with this name to the current server. NULL, and a complaint, if that is not possible. */
static struct grant *add_grant(struct parser *parser, enum grant_kind kind, const char *name)
{
    struct server *server = parser->server;
    for (unsigned i = 0; i < server->grant_count; i++) {
        if (strcmp(server->grants[i].name, name) == 0) {
            complain(parser, "the server has this name already:", name);
            return NULL;
        }
    }
    if (server->grant_count == MANIFEST_GRANTS) {
        complain(parser, "one line too many for this server:", name);
        return NULL;
    }
    struct grant *grant = &server->grants[server->grant_count++];
    grant->kind = kind;
    copy_name(grant->name, name);
    return grant;
}

static void parse_serve(struct parser *parser, const struct values *values)
{
    struct manifest *manifest = parser->manifest;
    unsigned endpoint = find_endpoint(manifest, values->names[0]);
    if (endpoint < manifest->endpoint_count)
        return complain(parser, "somebody serves this already:", values->names[0]);
    if (endpoint == MANIFEST_ENDPOINTS)
        return complain(parser, "one endpoint too many:", values->names[0]);
    struct grant *grant = add_grant(parser, GRANT_SERVE, values->names[0]);
    if (grant == NULL)
        return;
    copy_name(manifest->endpoints[manifest->endpoint_count++], values->names[0]);
    grant->endpoint = endpoint;
}

static void parse_use(struct parser *parser, const struct values *values)
{
    struct grant *grant = add_grant(parser, GRANT_USE, values->names[1]);
    if (grant == NULL)
        return;
    struct server *server = parser->server;
    copy_name(parser->wanted[server - parser->manifest->servers][grant - server->grants], values->names[0]);
    grant->first = values->numbers[0];
}

static void parse_ports(struct parser *parser, const struct values *values)
{
    uint64_t first = values->numbers[0], count = values->numbers[1];
    if (first > 0xffff || count == 0 || count > 0x10000 - first)
        return complain(parser, "ports go from 0 to 0xffff", "");
    struct grant *grant = add_grant(parser, GRANT_PORTS, values->names[0]);
    if (grant == NULL)
        return;
    grant->first = first;
    grant->second = count;
}

static void parse_irq(struct parser *parser, const struct values *values)
{
    if (values->numbers[0] > 15)
        return complain(parser, "interrupts go from 0 to 15", "");
    struct grant *grant = add_grant(parser, GRANT_IRQ, values->names[0]);
    if (grant != NULL)
        grant->first = values->numbers[0];
}

static void parse_memory(struct parser *parser, const struct values *values)
{
    uint64_t size = values->numbers[0];
    if (size == 0 || size % PAGE_SIZE != 0 || size > MANIFEST_DMA_LIMIT)
        return complain(parser, "DMA memory comes in whole pages, 4K to 4M", "");
    struct grant *grant = add_grant(parser, GRANT_MEMORY, values->names[0]);
    if (grant != NULL)
        grant->first = size;
}

static void parse_kept(struct parser *parser, const struct values *values)
{
    uint64_t size = values->numbers[0];
    if (size == 0 || size % PAGE_SIZE != 0 || size > MANIFEST_KEPT_LIMIT)
        return complain(parser, "kept memory comes in whole pages, 4K to 64M", "");
    struct grant *grant = add_grant(parser, GRANT_KEPT, values->names[0]);
    if (grant != NULL)
        grant->first = size;
}

static void parse_estate(struct parser *parser, const struct values *values)
{
    struct grant *grant = add_grant(parser, GRANT_ESTATE, values->names[0]);
    if (grant != NULL)
        grant->first = values->numbers[0];
}

static void parse_estate_rest(struct parser *parser, const struct values *values)
{
    struct grant *grant = add_grant(parser, GRANT_ESTATE, values->names[0]);
    if (grant != NULL)
        grant->first = MANIFEST_REST;
}

static void parse_screen(struct parser *parser, const struct values *values)
{
    add_grant(parser, GRANT_SCREEN, values->names[0]);
}

static void parse_archive(struct parser *parser, const struct values *values)
{
    add_grant(parser, GRANT_ARCHIVE, values->names[0]);
}

static void parse_device_memory(struct parser *parser, const struct values *values)
{
    add_grant(parser, GRANT_DEVICE_MEMORY, values->names[0]);
}

static void parse_irqs(struct parser *parser, const struct values *values)
{
    add_grant(parser, GRANT_IRQS, values->names[0]);
}

/*
 * The language. Words in capitals stand for a value, the others for themselves; the pattern is also what a wrong line
 * is answered with. The first pattern that a line fits decides, so `quota rest` comes before `quota SIZE`.
 */
static const struct pattern {
    const char *text;
    bool in_server; /* the line belongs to a server */
    void (*parse)(struct parser *, const struct values *);
} patterns[] = {
    {"server NAME", false, parse_server},
    {"program PATH", false, parse_program},
    {"program PATH debug", false, parse_program_debug},
    {"priority NUMBER", true, parse_priority},
    {"quota rest", true, parse_quota_rest},
    {"quota SIZE", true, parse_quota},
    {"heartbeat NUMBER", true, parse_heartbeat},
    {"after NAME", true, parse_after},
    {"serve NAME", true, parse_serve},
    {"use NAME badge NUMBER as NAME", true, parse_use},
    {"ports NUMBER NUMBER as NAME", true, parse_ports},
    {"irq NUMBER as NAME", true, parse_irq},
    {"memory SIZE kept as NAME", true, parse_kept},
    {"memory SIZE dma as NAME", true, parse_memory},
    {"estate rest as NAME", true, parse_estate_rest},
    {"estate SIZE as NAME", true, parse_estate},
    {"screen as NAME", true, parse_screen},
    {"archive as NAME", true, parse_archive},
    {"device_memory as NAME", true, parse_device_memory},
    {"irqs as NAME", true, parse_irqs},
};

/* Does `word` fit the pattern's `expected`? A value goes to the next free place in `values`. */
static bool word_fits(const char *expected, const char *word, struct values *values, unsigned *numbers, unsigned *names)
{
    if (strcmp(expected, "NUMBER") == 0)
        return word_to_number(word, &values->numbers[(*numbers)++]);
    if (strcmp(expected, "SIZE") == 0)
        return word_to_size(word, &values->numbers[(*numbers)++]);
    if (strcmp(expected, "NAME") == 0 || strcmp(expected, "PATH") == 0) {
        values->names[(*names)++] = word;
        return strlen(word) < (expected[0] == 'N' ? MANIFEST_NAME : MANIFEST_PATH);
    }
    return strcmp(expected, word) == 0;
}

static bool line_fits(const struct pattern *pattern, const struct line *line, struct values *values)
{
    struct line expected;
    unsigned numbers = 0, names = 0;
    line_split(&expected, pattern->text, strlen(pattern->text));
    if (expected.count != line->count)
        return false;
    for (unsigned i = 0; i < line->count; i++) {
        if (!word_fits(expected.words[i], line->words[i], values, &numbers, &names))
            return false;
    }
    return true;
}

/* The line fits no pattern: shows the one that its first word asks for. */
static void complain_about_shape(struct parser *parser, const char *keyword)
{
    uint64_t length = strlen(keyword);
    for (unsigned i = LENGTH(patterns); i-- > 0;) {
        if (strncmp(patterns[i].text, keyword, length) == 0 && patterns[i].text[length] == ' ')
            return complain(parser, "this should read:", patterns[i].text);
    }
    complain(parser, "no line starts with", keyword);
}

static void parse_line(struct parser *parser, const struct line *line)
{
    for (unsigned i = 0; i < LENGTH(patterns); i++) {
        struct values values = {0};
        if (!line_fits(&patterns[i], line, &values))
            continue;
        if (!patterns[i].in_server || parser->server != NULL)
            patterns[i].parse(parser, &values);
        else if (!parser->skipping)
            complain(parser, "this belongs below a server:", line->words[0]);
        return;
    }
    complain_about_shape(parser, line->words[0]);
    if (strcmp(line->words[0], "server") == 0) {
        parser->server = NULL;
        parser->skipping = true;
    }
}

/* Looks up the endpoints of a server's `use` lines; a line whose endpoint nobody serves is left out. */
static void resolve_endpoints(struct parser *parser, unsigned index)
{
    struct server *server = &parser->manifest->servers[index];
    unsigned kept = 0;
    for (unsigned i = 0; i < server->grant_count; i++) {
        struct grant grant = server->grants[i];
        if (grant.kind == GRANT_USE) {
            grant.endpoint = find_endpoint(parser->manifest, parser->wanted[index][i]);
            if (grant.endpoint == parser->manifest->endpoint_count) {
                complain(parser, "nobody serves", parser->wanted[index][i]);
                continue;
            }
        }
        server->grants[kept++] = grant;
    }
    server->grant_count = kept;
}

/* What can be said only when everything is read. Complaints name the server's first line. */
static void finish(struct parser *parser)
{
    for (unsigned i = 0; i < parser->manifest->server_count; i++) {
        parser->line = parser->lines[i];
        resolve_endpoints(parser, i);
        if (parser->manifest->servers[i].quota == 0)
            complain(parser, "no quota for server", parser->manifest->servers[i].name);
    }
    parser->line = 0;
    if (parser->manifest->server_count == 0)
        complain(parser, "there is no server in it", "");
}

void manifest_parse(const char *text, uint64_t length, struct manifest *manifest, manifest_report *report)
{
    static struct parser parser; /* too large for a stack */
    memset(manifest, 0, sizeof(*manifest));
    memset(&parser, 0, sizeof(parser));
    parser.manifest = manifest;
    parser.report = report;
    copy_name(manifest->endpoints[MANIFEST_INIT], "init");
    manifest->endpoint_count = 1;
    for (uint64_t start = 0; start < length;) {
        const char *newline = memchr(text + start, '\n', length - start);
        uint64_t end = newline != NULL ? (uint64_t)(newline - text) : length;
        struct line line;
        parser.line++;
        if (!line_split(&line, text + start, end - start))
            complain(&parser, "the line is too long", "");
        else if (line.count > 0)
            parse_line(&parser, &line);
        start = end + 1;
    }
    finish(&parser);
}
