/* A disk that is full while a flag file exists.
 *
 *   LD_PRELOAD=diskfull.so KIOSK_DISKFULL_DIR=/data KIOSK_DISKFULL_FLAG=/tmp/full program …
 *
 * While the flag exists, a call that would take room in the directory fails with ENOSPC: write and its
 * kin, growing truncations, allocations, the creation of files. The flag's text is the room left, in
 * bytes: a write larger than that is cut short, as on a real disk, and the next one fails. An empty
 * flag means none; "ro" makes every such call fail with EROFS instead, as once the system has turned the
 * disk read-only. Writing over what exists takes room too (as on a copy-on-write or thin disk), so
 * that a cut can fall on any write. Reads, syncs and removals work. Removing the flag frees the disk.
 */
#include "watch.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *flag;
static struct timespec seen_flag;
static long long room;
static int refusal = ENOSPC;
static char watched[WATCH_DESCRIPTORS];

__attribute__((constructor)) static void start(void)
{
    flag = getenv("KIOSK_DISKFULL_FLAG");
    if (flag)
        watch_start("KIOSK_DISKFULL_DIR");
}

/* Bytes that may still be written of those asked for; -1 with errno set when the disk is full. */
static long long take_room(size_t asked)
{
    struct stat found;
    if (stat(flag, &found))
        return asked;
    pthread_mutex_lock(&lock);
    if (found.st_mtim.tv_sec != seen_flag.tv_sec || found.st_mtim.tv_nsec != seen_flag.tv_nsec) {
        char text[32] = "";
        int descriptor = REAL(open64)(flag, O_RDONLY | O_CLOEXEC);
        if (descriptor >= 0) {
            (void)!read(descriptor, text, sizeof text - 1);
            REAL(close)(descriptor);
        }
        refusal = strncmp(text, "ro", 2) ? ENOSPC : EROFS;
        room = strtoll(text, NULL, 10);
        seen_flag = found.st_mtim;
    }
    long long granted = room < (long long)asked ? room : (long long)asked;
    room -= granted;
    pthread_mutex_unlock(&lock);
    if (granted > 0 || !asked)
        return granted;
    errno = refusal;
    return -1;
}

static int is_watched(int descriptor)
{
    return descriptor >= 0 && descriptor < WATCH_DESCRIPTORS && watched[descriptor];
}

static int disk_is_full(void)
{
    return flag && take_room(1) < 0;
}

/* ---- opening and closing ---- */

static int open_checking(int directory, const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    struct stat found;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (watch_root_length && writes && (flags & O_CREAT) && directory == AT_FDCWD && stat(path, &found) &&
        watch_absolute(path, full) && watch_covers(full) && disk_is_full())
        return -1;
    int descriptor = REAL(openat64)(directory, path, flags, mode);
    if (watch_root_length && writes && descriptor >= 0 && descriptor < WATCH_DESCRIPTORS)
        watched[descriptor] = watch_path(descriptor, full) && watch_covers(full);
    return descriptor;
}

#define OPEN_MODE(flags, last)               \
    mode_t mode = 0;                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list more;                        \
        va_start(more, last);                \
        mode = va_arg(more, mode_t);         \
        va_end(more);                        \
    }

int open(const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_checking(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_checking(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_checking(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_checking(at, path, flags, mode); }

int close(int descriptor)
{
    if (is_watched(descriptor))
        watched[descriptor] = 0;
    return REAL(close)(descriptor);
}

/* ---- writing ---- */

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    if (!is_watched(descriptor))
        return REAL(write)(descriptor, bytes, size);
    long long granted = take_room(size);
    return granted < 0 ? -1 : REAL(write)(descriptor, bytes, granted);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset)
{
    if (!is_watched(descriptor))
        return REAL(pwrite64)(descriptor, bytes, size, offset);
    long long granted = take_room(size);
    return granted < 0 ? -1 : REAL(pwrite64)(descriptor, bytes, granted, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    return pwrite64(descriptor, bytes, size, offset);
}

/* Several parts in one call: all or nothing, for simplicity. */
static int refuses_whole(int descriptor, size_t size)
{
    if (!is_watched(descriptor))
        return 0;
    long long granted = take_room(size);
    if (granted >= 0 && (size_t)granted < size)
        errno = refusal;
    return granted < 0 || (size_t)granted < size;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    return refuses_whole(descriptor, watch_total(parts, count)) ? -1 : REAL(writev)(descriptor, parts, count);
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset)
{
    return refuses_whole(descriptor, watch_total(parts, count)) ? -1 : REAL(pwritev64)(descriptor, parts, count, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    return pwritev64(descriptor, parts, count, offset);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags)
{
    return refuses_whole(out, count) ? -1 : REAL(copy_file_range)(in, from, out, to, count, flags);
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t count)
{
    ssize_t (*real)(int, int, off64_t *, size_t) = watch_real("sendfile64");
    return refuses_whole(out, count) ? -1 : real(out, in, offset, count);
}

int ftruncate64(int descriptor, off64_t length)
{
    struct stat found;
    if (is_watched(descriptor) && !fstat(descriptor, &found) && length > found.st_size &&
        refuses_whole(descriptor, length - found.st_size))
        return -1;
    return REAL(ftruncate64)(descriptor, length);
}

int ftruncate(int descriptor, off_t length)
{
    return ftruncate64(descriptor, length);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length)
{
    return refuses_whole(descriptor, length) ? ENOSPC : REAL(posix_fallocate64)(descriptor, offset, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length)
{
    return posix_fallocate64(descriptor, offset, length);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return refuses_whole(descriptor, length) ? -1 : REAL(fallocate64)(descriptor, mode, offset, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    return fallocate64(descriptor, mode, offset, length);
}

int mkdir(const char *path, mode_t mode)
{
    char full[PATH_MAX];
    if (watch_root_length && watch_absolute(path, full) && watch_covers(full) && disk_is_full())
        return -1;
    return REAL(mkdir)(path, mode);
}
