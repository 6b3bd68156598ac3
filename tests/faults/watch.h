/* Which descriptors of this process are files under one watched directory.
 *
 * Shared by powercut.c and diskfull.c, preload libraries for Linux and glibc. A descriptor is
 * classed once, when it is opened, by its resolved path; sockets and other files cost one array
 * look-up a call. SQLite's shared-memory index (`-shm`) is left out: it is rebuilt at each start.
 */
#ifndef WATCH_H
#define WATCH_H
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define WATCH_DESCRIPTORS 65536
#define REAL(name)                                                \
    ({                                                            \
        static void *found_##name;                                \
        if (!found_##name)                                        \
            found_##name = watch_real(#name);                     \
        (__typeof__(&name))found_##name;                          \
    })

/* The C library's own function of that name; REAL looks it up once a call site. */
static void *watch_real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "preload: no %s\n", name);
        _exit(70);
    }
    return found;
}

static char watch_root[PATH_MAX];
static size_t watch_root_length;

/* Reads the directory from the environment; 0 when it is unset, and then nothing is watched. */
static int watch_start(const char *variable)
{
    const char *given = getenv(variable);
    if (!given || !realpath(given, watch_root))
        return 0;
    watch_root_length = strlen(watch_root);
    return 1;
}

static int watch_covers(const char *path)
{
    size_t length = strlen(path);
    if (!watch_root_length || strncmp(path, watch_root, watch_root_length) || path[watch_root_length] != '/')
        return 0;
    return !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

/* Resolved path of an open descriptor; 0 when it has none. */
static int watch_path(int descriptor, char *into)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, into, PATH_MAX - 1);
    if (length <= 0)
        return 0;
    into[length] = 0;
    return 1;
}

/* Absolute form of a path that need not exist: its directory resolved, its last part kept. */
static int watch_absolute(const char *path, char *into)
{
    char copy[PATH_MAX], directory[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    const char *last = slash ? slash + 1 : copy;
    if (slash)
        *slash = 0;
    if (!realpath(slash ? (*copy ? copy : "/") : ".", directory))
        return 0;
    return snprintf(into, PATH_MAX, "%s/%s", directory, last) < PATH_MAX;
}

static size_t watch_total(const struct iovec *parts, int count)
{
    size_t total = 0;
    for (int at = 0; at < count; at++)
        total += parts[at].iov_len;
    return total;
}
#endif
