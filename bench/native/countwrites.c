/* What a program writes in one folder: bytes, calls and synchronisations, counted as they happen.
 *
 *   cc -shared -fPIC -O2 -o countwrites.so countwrites.c -ldl
 *   KIOSK_COUNT_FOLDER=/data KIOSK_COUNT_FILE=/tmp/counts LD_PRELOAD=$PWD/countwrites.so program …
 *
 * The counts are three native 64-bit integers at the start of KIOSK_COUNT_FILE, shared by every process that
 * counts there. Writes through memory maps are not seen: SQLite maps only the log's index, which is never synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BYTES, CALLS, SYNCS, COUNTS };

static uint64_t *counts;
static const char *folder;

__attribute__((constructor)) static void start(void)
{
    const char *file = getenv("KIOSK_COUNT_FILE");
    int descriptor;
    folder = getenv("KIOSK_COUNT_FOLDER");
    if (!file || !folder)
        return;
    descriptor = open(file, O_RDWR | O_CREAT, 0600);
    if (descriptor < 0 || ftruncate(descriptor, 4096) != 0)
        return;
    counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (counts == MAP_FAILED)
        counts = NULL;
}

/* Whether a descriptor leads into the folder: asked each time, since descriptors are reused. */
static int inside(int descriptor)
{
    char link[64], path[4096];
    ssize_t length;
    if (!counts)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static ssize_t wrote(int descriptor, ssize_t result)
{
    if (result > 0 && inside(descriptor)) {
        __atomic_add_fetch(&counts[BYTES], (uint64_t)result, __ATOMIC_RELAXED);
        __atomic_add_fetch(&counts[CALLS], 1, __ATOMIC_RELAXED);
    }
    return result;
}

static int synced(int descriptor, int result)
{
    if (result == 0 && inside(descriptor))
        __atomic_add_fetch(&counts[SYNCS], 1, __ATOMIC_RELAXED);
    return result;
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t write(int descriptor, const void *data, size_t size)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return wrote(descriptor, real(descriptor, data, size));
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return wrote(descriptor, real(descriptor, data, size, at));
}

ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return wrote(descriptor, real(descriptor, data, size, at));
}

ssize_t writev(int descriptor, const struct iovec *parts, int number)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return wrote(descriptor, real(descriptor, parts, number));
}

int fsync(int descriptor)
{
    REAL(int, "fsync", int);
    return synced(descriptor, real(descriptor));
}

int fdatasync(int descriptor)
{
    REAL(int, "fdatasync", int);
    return synced(descriptor, real(descriptor));
}
