#include "user/lib/estate.h"
#include "user/lib/startup.h"
#include "user/lib/syscall.h"

handle_t estate(void)
{
    return startup_capability("estate");
}

handle_t estate_keep(handle_t handle)
{
    handle_t kept;
    if (!handle || !estate() || sys_cap_copy(SELF, handle, estate(), RIGHTS_ALL, &kept) != OK)
        return 0;
    return kept;
}

handle_t estate_take(handle_t kept)
{
    handle_t handle;
    return kept && estate() && sys_cap_copy(estate(), kept, SELF, RIGHTS_ALL, &handle) == OK ? handle : 0;
}

void estate_drop(handle_t kept)
{
    if (kept && estate())
        sys_cap_delete(estate(), kept);
}

void estate_sweep(bool (*is_known)(handle_t kept))
{
    handle_t kept;
    for (uint64_t index = 0; estate() && sys_cap_at(estate(), index, &kept) == OK; index++) {
        if (kept && !is_known(kept))
            estate_drop(kept);
    }
}
