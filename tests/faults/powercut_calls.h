/* The C library calls that powercut.c stands in for. Included by it alone. */

static struct file *file_of(int descriptor)
{
    return descriptor >= 0 && descriptor < WATCH_DESCRIPTORS ? watched[descriptor] : NULL;
}

/* ---- opening and closing ---- */

static struct file *known_file(int descriptor, const struct stat *found)
{
    for (struct file *file = files; file; file = file->next)
        if (file->device == found->st_dev && file->inode == found->st_ino)
            return file;
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    struct file *file = calloc(1, sizeof *file);
    file->device = found->st_dev;
    file->inode = found->st_ino; /* keep is never closed, so the inode number cannot be used again */
    file->keep = REAL(open64)(link, O_RDWR | O_CLOEXEC);
    file->next = files;
    files = file;
    return file;
}

static void note_truncation(int descriptor, struct file *file, off_t length)
{
    struct stat found;
    if (fstat(descriptor, &found) || found.st_size == length)
        return;
    struct note *note = add_note(LENGTH);
    note->device = file->device;
    note->inode = file->inode;
    note->keep = file->keep;
    note->former_length = found.st_size;
    if (found.st_size > length) {
        note->offset = length;
        note->former = malloc(found.st_size - length);
        ssize_t held = pread64(file->keep, note->former, found.st_size - length, length);
        note->held = held > 0 ? held : 0;
    }
}

static int opened(int descriptor, int flags, int existed)
{
    char path[PATH_MAX];
    struct stat found;
    if (descriptor < 0 || descriptor >= WATCH_DESCRIPTORS || (flags & O_ACCMODE) == O_RDONLY)
        return descriptor;
    if (fstat(descriptor, &found) || !S_ISREG(found.st_mode))
        return descriptor;
    int truncates = (flags & O_TRUNC) && found.st_size;
    if (!watch_path(descriptor, path) || !watch_covers(path)) {
        if (truncates)
            (void)!REAL(ftruncate64)(descriptor, 0);
        return descriptor;
    }
    pthread_mutex_lock(&lock);
    struct file *file = known_file(descriptor, &found);
    watched[descriptor] = file;
    if (!existed) {
        struct note *note = add_note(CREATED);
        note->device = found.st_dev;
        note->inode = found.st_ino;
        note->path = strdup(path);
    }
    if (truncates) {
        note_truncation(descriptor, file, 0);
        (void)!REAL(ftruncate64)(descriptor, 0);
    }
    pthread_mutex_unlock(&lock);
    return descriptor;
}

/* O_TRUNC is done by opened(), after the former content is noted. */
static int open_noting(int directory, const char *path, int flags, mode_t mode)
{
    struct stat found;
    if (!watch_root_length)
        return REAL(openat64)(directory, path, flags, mode);
    int existed = !fstatat(directory, path, &found, 0);
    return opened(REAL(openat64)(directory, path, flags & ~O_TRUNC, mode), flags, existed);
}

#define OPEN_MODE(flags, last)                   \
    mode_t mode = 0;                             \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {     \
        va_list more;                            \
        va_start(more, last);                    \
        mode = va_arg(more, mode_t);             \
        va_end(more);                            \
    }

int open(const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_noting(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_noting(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_noting(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { OPEN_MODE(flags, flags) return open_noting(at, path, flags, mode); }

int close(int descriptor)
{
    if (file_of(descriptor))
        watched[descriptor] = NULL;
    return REAL(close)(descriptor);
}

/* ---- writing ---- */

/* Call with the lock held, before the write. */
static struct note *note_write(int descriptor, struct file *file, off_t offset, size_t size)
{
    struct stat found;
    if (fstat(descriptor, &found))
        return NULL;
    struct note *note = add_note(DATA);
    note->device = file->device;
    note->inode = file->inode;
    note->keep = file->keep;
    note->offset = offset;
    note->size = size;
    note->former_length = found.st_size;
    note->former = malloc(size);
    ssize_t held = pread64(file->keep, note->former, size, offset);
    note->held = held > 0 ? held : 0;
    return note;
}

static off_t position(int descriptor)
{
    struct stat found;
    if (fcntl(descriptor, F_GETFL) & O_APPEND)
        return fstat(descriptor, &found) ? 0 : found.st_size;
    return lseek64(descriptor, 0, SEEK_CUR);
}

static void note_latter(struct note *note, const struct iovec *parts, int count)
{
    if (!torn || !note)
        return;
    note->latter = malloc(note->size);
    char *at = note->latter;
    for (int part = 0; part < count; part++) {
        memcpy(at, parts[part].iov_base, parts[part].iov_len);
        at += parts[part].iov_len;
    }
}

#define WITH_NOTE(descriptor, where, parts, count, call)                                      \
    struct file *file = file_of(descriptor);                                                  \
    if (!file)                                                                                \
        return call;                                                                          \
    pthread_mutex_lock(&lock);                                                                \
    note_latter(note_write(descriptor, file, where, watch_total(parts, count)), parts, count); \
    ssize_t done = call;                                                                      \
    int kept_errno = errno;                                                                   \
    pthread_mutex_unlock(&lock);                                                              \
    errno = kept_errno;                                                                       \
    return done;

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    struct iovec one = {(void *)bytes, size};
    WITH_NOTE(descriptor, position(descriptor), &one, 1, REAL(write)(descriptor, bytes, size))
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    struct iovec one = {(void *)bytes, size};
    WITH_NOTE(descriptor, offset, &one, 1, REAL(pwrite)(descriptor, bytes, size, offset))
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset)
{
    struct iovec one = {(void *)bytes, size};
    WITH_NOTE(descriptor, offset, &one, 1, REAL(pwrite64)(descriptor, bytes, size, offset))
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    WITH_NOTE(descriptor, position(descriptor), parts, count, REAL(writev)(descriptor, parts, count))
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    WITH_NOTE(descriptor, offset, parts, count, REAL(pwritev)(descriptor, parts, count, offset))
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset)
{
    WITH_NOTE(descriptor, offset, parts, count, REAL(pwritev64)(descriptor, parts, count, offset))
}

/* Copies inside the kernel cannot be noted: refused, so that callers copy by read and write. */
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count)
{
    ssize_t (*real)(int, int, off64_t *, size_t) = watch_real("sendfile64");
    if (!file_of(out))
        return real(out, in, offset, count);
    errno = EINVAL;
    return -1;
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags)
{
    if (!file_of(out))
        return REAL(copy_file_range)(in, from, out, to, count, flags);
    errno = EXDEV;
    return -1;
}

static int truncate_noting(int descriptor, off64_t length)
{
    struct file *file = file_of(descriptor);
    if (!file)
        return REAL(ftruncate64)(descriptor, length);
    pthread_mutex_lock(&lock);
    note_truncation(descriptor, file, length);
    int result = REAL(ftruncate64)(descriptor, length);
    int kept_errno = errno;
    pthread_mutex_unlock(&lock);
    errno = kept_errno;
    return result;
}

int ftruncate(int descriptor, off_t length) { return truncate_noting(descriptor, length); }
int ftruncate64(int descriptor, off64_t length) { return truncate_noting(descriptor, length); }

/* ---- making durable ---- */

static int sync_forgetting(int descriptor, int (*real)(int))
{
    struct stat found;
    char path[PATH_MAX];
    if (!watch_root_length || fstat(descriptor, &found))
        return real(descriptor);
    int directory = S_ISDIR(found.st_mode) && watch_path(descriptor, path);
    pthread_mutex_lock(&lock);
    uint64_t until = order; /* what is written while the sync runs is not covered by it */
    pthread_mutex_unlock(&lock);
    int result = real(descriptor);
    if (result)
        return result;
    pthread_mutex_lock(&lock);
    forget(until, directory ? NULL : &found, directory ? path : NULL);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fsync(int descriptor) { return sync_forgetting(descriptor, REAL(fsync)); }
int fdatasync(int descriptor) { return sync_forgetting(descriptor, REAL(fdatasync)); }

/* ---- names ---- */

/* A second name for the file, outside the watched directory, so that its content outlives the first. */
static char *keep_aside(const char *path)
{
    char name[PATH_MAX + 20];
    mkdir(attic, 0700);
    snprintf(name, sizeof name, "%.4000s/%u", attic, ++attic_count);
    return link(path, name) ? NULL : strdup(name);
}

int unlinkat(int at, const char *path, int flags)
{
    char full[PATH_MAX];
    if (flags || at != AT_FDCWD || !watch_absolute(path, full) || !watch_covers(full))
        return REAL(unlinkat)(at, path, flags);
    pthread_mutex_lock(&lock);
    char *saved = keep_aside(full);
    int result = REAL(unlinkat)(at, path, flags);
    int kept_errno = errno;
    if (!result && saved) {
        struct note *note = add_note(REMOVED);
        note->path = strdup(full);
        note->saved = saved;
    } else if (saved) {
        REAL(unlink)(saved);
        free(saved);
    }
    pthread_mutex_unlock(&lock);
    errno = kept_errno;
    return result;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rename(const char *from, const char *to)
{
    char full_from[PATH_MAX], full_to[PATH_MAX];
    if (!watch_absolute(from, full_from) || !watch_absolute(to, full_to) || !watch_covers(full_to))
        return REAL(rename)(from, to);
    pthread_mutex_lock(&lock);
    char *saved = keep_aside(full_to);
    int result = REAL(rename)(from, to);
    int kept_errno = errno;
    if (!result) {
        struct note *note = add_note(RENAMED);
        note->path = strdup(full_from);
        note->other = strdup(full_to);
        note->saved = saved;
    } else if (saved) {
        REAL(unlink)(saved);
        free(saved);
    }
    pthread_mutex_unlock(&lock);
    errno = kept_errno;
    return result;
}
