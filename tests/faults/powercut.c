/* Pulls the plug on one process: what no fsync made durable is gone.
 *
 *   LD_PRELOAD=powercut.so KIOSK_POWERCUT_DIR=/data program …      then: kill -USR2 PID
 *
 * Every write to a file under the directory is made as asked, after its former content has been
 * noted. fsync and fdatasync forget the notes made before they began. On SIGUSR2 the notes are
 * undone, newest first, and the process ends at once with status 137, without any clean-up.
 *
 * Also undone while nothing made them durable: truncations, and (until an fsync of the directory, or
 * for a creation, of the file itself) creations, removals and renames.
 *
 * KIOSK_POWERCUT_TORN=<seed>: a disk may have written some of the unsynced data in any order. Each
 * undone write is then made again with one chance in two, whole or only some of its 512-byte sectors.
 *
 * Not modelled: writes through mmap (SQLite only maps `-shm`), O_DIRECT, io_uring.
 */
#include "watch.h"

enum kind { DATA, LENGTH, CREATED, REMOVED, RENAMED };

struct note {
    enum kind kind;
    uint64_t order;
    dev_t device;
    ino_t inode;           /* of the file */
    int keep;              /* read-write descriptor never closed: a close would drop SQLite's locks */
    off_t offset;
    off_t former_length;
    size_t size, held;     /* bytes written; bytes that were there before */
    char *former, *latter;
    char *path, *other;    /* name; new name of a rename */
    char *saved;           /* hard link to what the name stood for */
    struct note *older;
};

struct file {
    dev_t device;
    ino_t inode;
    int keep;
    struct file *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct note *newest;
static struct file *files;
static struct file *watched[WATCH_DESCRIPTORS];
static uint64_t order;
static char attic[PATH_MAX];
static unsigned attic_count;
static int torn;

/* ---- notes ---- */

static struct note *add_note(enum kind kind)
{
    struct note *note = calloc(1, sizeof *note);
    note->kind = kind;
    note->order = ++order;
    note->keep = -1;
    note->older = newest;
    newest = note;
    return note;
}

static void free_note(struct note *note)
{
    if (note->saved)
        REAL(unlink)(note->saved);
    free(note->former);
    free(note->latter);
    free(note->path);
    free(note->other);
    free(note->saved);
    free(note);
}

static int in_directory(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return path && !strncmp(path, directory, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

/* Forgets what a finished sync of a file (or of a directory, by its path) made durable. */
static void forget(uint64_t until, const struct stat *file, const char *directory)
{
    for (struct note **at = &newest; *at;) {
        struct note *note = *at;
        int named = note->kind == CREATED || note->kind == REMOVED || note->kind == RENAMED;
        int durable = 0;
        if (file && note->kind != REMOVED && note->kind != RENAMED)
            durable = note->device == file->st_dev && note->inode == file->st_ino;
        if (directory && named)
            durable = in_directory(note->path, directory) && (!note->other || in_directory(note->other, directory));
        if (durable && note->order <= until) {
            *at = note->older;
            free_note(note);
        } else {
            at = &note->older;
        }
    }
}

/* ---- the cut ---- */

static void restore_name(const char *saved, const char *path)
{
    if (saved)
        (void)!link(saved, path);
}

static void undo(struct note *note)
{
    switch (note->kind) {
    case DATA:
        if (note->held)
            (void)!REAL(pwrite64)(note->keep, note->former, note->held, note->offset);
        (void)!REAL(ftruncate64)(note->keep, note->former_length);
        break;
    case LENGTH:
        (void)!REAL(ftruncate64)(note->keep, note->former_length);
        if (note->held)
            (void)!REAL(pwrite64)(note->keep, note->former, note->held, note->offset);
        break;
    case CREATED:
        REAL(unlink)(note->path);
        break;
    case REMOVED:
        restore_name(note->saved, note->path);
        break;
    case RENAMED:
        REAL(rename)(note->other, note->path);
        restore_name(note->saved, note->other);
        break;
    }
}

/* A write that reached the disk though nobody waited for it, perhaps in part. */
static void make_again(struct note *note, unsigned *seed)
{
    if (note->kind != DATA || rand_r(seed) % 2)
        return;
    int whole = rand_r(seed) % 2;
    for (size_t at = 0; at < note->size; at += 512) {
        size_t part = note->size - at < 512 ? note->size - at : 512;
        if (whole || rand_r(seed) % 2)
            (void)!REAL(pwrite64)(note->keep, note->latter + at, part, note->offset + at);
    }
}

static void cut(void)
{
    pthread_mutex_lock(&lock); /* never released: nothing more is written or synced */
    struct note *oldest = NULL;
    while (newest) {
        struct note *note = newest;
        newest = note->older;
        undo(note);
        note->older = oldest; /* the list turned round, for make_again */
        oldest = note;
    }
    const char *seeded = getenv("KIOSK_POWERCUT_TORN");
    unsigned seed = seeded ? (unsigned)strtoul(seeded, NULL, 10) : 0;
    for (struct note *note = oldest; torn && note; note = note->older)
        make_again(note, &seed);
    _exit(137);
}

static void *wait_for_signal(void *set)
{
    int number;
    while (sigwait(set, &number) || number != SIGUSR2)
        ;
    cut();
    return NULL;
}

__attribute__((constructor)) static void start(void)
{
    static sigset_t set;
    if (!watch_start("KIOSK_POWERCUT_DIR"))
        return;
    torn = getenv("KIOSK_POWERCUT_TORN") != NULL;
    snprintf(attic, sizeof attic, "%.4000s.attic-%d", watch_root, (int)getpid());
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2); /* blocked here, so in every thread to come: only ours takes it */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_signal, &set))
        _exit(70);
    pthread_detach(thread);
}

#include "powercut_calls.h"
