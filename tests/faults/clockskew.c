/* A machine whose clock is wrong.
 *
 *   LD_PRELOAD=clockskew.so KIOSK_CLOCK_SKEW=1200 program …
 *
 * The wall clock that the program reads is so many seconds ahead (behind, when negative); the monotonic one is the
 * machine's own, as on a machine whose battery is flat.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_clock)(clockid_t, struct timespec *);
static long skew;

__attribute__((constructor)) static void start(void)
{
    const char *asked = getenv("KIOSK_CLOCK_SKEW");
    skew = asked ? atol(asked) : 0;
    real_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t which, struct timespec *at)
{
    if (!real_clock)
        start();
    int failed = real_clock(which, at);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        at->tv_sec += skew;
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}
