/* A slow card: every fsync, fdatasync and msync takes KIOSK_FSYNC_MS longer (a decimal number).
 *
 *   cc -shared -fPIC -O2 -o slowfsync.so slowfsync.c -ldl
 *   KIOSK_FSYNC_MS=15 LD_PRELOAD=$PWD/slowfsync.so program …
 *
 * The delay comes after the real call, in the thread that made it, as a card would.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static struct timespec delay;

__attribute__((constructor)) static void start(void)
{
    const char *given = getenv("KIOSK_FSYNC_MS");
    double milliseconds = given ? strtod(given, NULL) : 0;
    delay.tv_sec = (time_t)(milliseconds / 1000);
    delay.tv_nsec = (long)((milliseconds - 1000.0 * delay.tv_sec) * 1e6);
}

static int slowly(int result)
{
    int kept_errno = errno;
    struct timespec left = delay;
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
    errno = kept_errno;
    return result;
}

int fsync(int descriptor)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return slowly(real(descriptor));
}

int fdatasync(int descriptor)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return slowly(real(descriptor));
}

int msync(void *address, size_t length, int flags)
{
    static int (*real)(void *, size_t, int);
    if (!real)
        real = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "msync");
    return slowly(real(address, length, flags));
}
