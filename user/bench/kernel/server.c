#include "user/bench/kernel/server.h"
#include "user/bench/kernel/bench.h"

handle_t server_endpoint;
static handle_t server;

static void serve(void *loop)
{
    void (*run)(const struct loop *) = loop;
    run(&(struct loop){.handle = told(HANDLE)});
}

void start_server(void (*loop)(const struct loop *))
{
    server = partner(serve, loop, 0, 0);
    server_endpoint = new_endpoint();
    tell(HANDLE, give(server_endpoint, server, RIGHTS_ALL));
}

void stop_server(void)
{
    EQUAL(sys_cap_delete(SELF, server), OK);
    EQUAL(sys_cap_delete(SELF, server_endpoint), OK);
}
