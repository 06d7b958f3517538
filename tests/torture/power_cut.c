/* A machine whose disk can lose power and whose clock can jump, for LD_PRELOAD.
 *
 * Of every file in POWER_CUT_DIR (but the lock and SQLite's -shm, which is memory) POWER_CUT_SHADOW holds a copy of what a
 * power cut would leave: the octets that were synced. Beside it NAME.map has one octet for each sector of 512 octets, 1 where
 * something was written since. Both outlive a kill -9; tests/torture/power.py makes of them what the next start finds.
 * A sync copies the sectors so marked and does not bother the real disk.
 *
 * POWER_CUT_BOOT, if given, is a file that is read in place of the kernel's boot_id.
 *
 * POWER_CUT_CONTROL is a file of at least one page, shared with who gives commands: see struct control.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { sector = 512, sectors_max = 2 * 1024 * 1024, files_max = 32, descriptors_max = 4096, chunk = 1 << 16 };

struct control {
    atomic_int full;          /* files can't grow: ENOSPC */
    atomic_int sync_errors;   /* so many syncs fail with EIO (-1: all), and what they should have written is lost */
    atomic_int write_errors;  /* so many writes fail with EIO */
    atomic_int sync_delay_us; /* a slow disk */
    atomic_int late_truncate; /* a file shrinks on the disk with the next sync, not at once */
    atomic_int syncs, writes; /* counted, to show that the shim is there */
    atomic_int failures;      /* given on command */
    atomic_int clock_offset_s; /* the wall clock is wrong by so much; the monotonic one is not */
};

struct shadowed {
    char name[64];
    int shadow; /* 0: unused */
    int gone;   /* unlinked */
    unsigned char* map;
    pthread_mutex_t mutex;
};

static char directory[4096], shadow_directory[4096], boot_path[4096];
static struct control nothing, *control = &nothing;
static struct shadowed files[files_max];
static _Atomic(struct shadowed*) by_descriptor[descriptors_max];
static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The real calls without the library, so that nothing here comes back to itself. */
static int raw_open(const char* path, int flags, mode_t mode) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); }
static ssize_t raw_pwrite(int fd, const void* data, size_t size, off_t at) { return syscall(SYS_pwrite64, fd, data, size, at); }
static ssize_t raw_pread(int fd, void* data, size_t size, off_t at) { return syscall(SYS_pread64, fd, data, size, at); }
static int raw_truncate(int fd, off_t size) { return (int)syscall(SYS_ftruncate, fd, size); }

static void die(const char* what) {
    dprintf(2, "power_cut: %s: %s\n", what, strerror(errno));
    abort();
}

static void set_up(void) {
    const char* watched = getenv("POWER_CUT_DIR");
    const char* shadow = getenv("POWER_CUT_SHADOW");
    const char* commands = getenv("POWER_CUT_CONTROL");
    if (watched == NULL || shadow == NULL || commands == NULL) return;
    snprintf(directory, sizeof directory, "%s/", watched);
    snprintf(shadow_directory, sizeof shadow_directory, "%s", shadow);
    const char* boot = getenv("POWER_CUT_BOOT");
    if (boot != NULL) snprintf(boot_path, sizeof boot_path, "%s", boot);
    const int fd = raw_open(commands, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) die(commands);
    void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) die("mmap");
    close(fd);
    control = page;
    for (int i = 0; i < files_max; ++i) pthread_mutex_init(&files[i].mutex, NULL);
}

/* The name of a file that has a shadow, or NULL. */
static const char* name_of(const char* path) {
    pthread_once(&once, set_up);
    const size_t length = strlen(directory);
    if (length == 0 || strncmp(path, directory, length) != 0) return NULL;
    const char* name = path + length;
    const size_t size = strlen(name);
    if (size == 0 || size >= sizeof files[0].name || strchr(name, '/') != NULL || strcmp(name, "lock") == 0) return NULL;
    return size > 4 && strcmp(name + size - 4, "-shm") == 0 ? NULL : name;
}

static void path_of(char* to, size_t size, const char* name, const char* suffix) {
    if ((size_t)snprintf(to, size, "%s/%s%s", shadow_directory, name, suffix) >= size) die("path too long");
}

static void copy_sectors(int from, int to, off_t begin, off_t end) {
    char data[chunk];
    while (begin < end) {
        const size_t wanted = (size_t)(end - begin) < sizeof data ? (size_t)(end - begin) : sizeof data;
        const ssize_t got = raw_pread(from, data, wanted, begin);
        if (got <= 0) return; /* beyond the end */
        if (raw_pwrite(to, data, (size_t)got, begin) != got) die("write of a shadow");
        begin += got;
    }
}

static void make_shadow(struct shadowed* file, const char* name, int real) {
    char path[8192];
    path_of(path, sizeof path, name, "");
    const int known = access(path, F_OK) == 0;
    file->shadow = raw_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->shadow < 0) die(path);
    struct stat status;
    if (!known && fstat(real, &status) == 0) copy_sectors(real, file->shadow, 0, status.st_size); /* it was there before us */
    path_of(path, sizeof path, name, ".map");
    const int map = raw_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (map < 0 || raw_truncate(map, sectors_max) != 0) die(path);
    file->map = mmap(NULL, sectors_max, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (file->map == MAP_FAILED) die("mmap");
    close(map);
    snprintf(file->name, sizeof file->name, "%s", name);
    file->gone = 0;
}

static struct shadowed* find(const char* name) {
    for (int i = 0; i < files_max; ++i)
        if (files[i].shadow != 0 && !files[i].gone && strcmp(files[i].name, name) == 0) return &files[i];
    return NULL;
}

static int opened(int fd, const char* path) {
    const char* name = fd < 0 ? NULL : name_of(path);
    if (name == NULL || fd >= descriptors_max) return fd;
    const int kept_errno = errno;
    pthread_mutex_lock(&table_mutex);
    struct shadowed* file = find(name);
    for (int i = 0; file == NULL && i < files_max; ++i) {
        if (files[i].shadow != 0) continue;
        file = &files[i];
        make_shadow(file, name, fd);
    }
    if (file == NULL) die("too many files");
    atomic_store(&by_descriptor[fd], file);
    pthread_mutex_unlock(&table_mutex);
    errno = kept_errno;
    return fd;
}

static struct shadowed* file_of(int fd) {
    return fd >= 0 && fd < descriptors_max ? atomic_load(&by_descriptor[fd]) : NULL;
}

static void mark(struct shadowed* file, off_t begin, off_t end) {
    if (end > (off_t)sector * sectors_max) die("file too large");
    for (off_t at = begin / sector; at * sector < end; ++at) file->map[at] = 1;
}

static int refuse(int code) {
    atomic_fetch_add(&control->failures, 1);
    errno = code;
    return -1;
}

/* Takes one of a number of failures that are still to be given; -1 gives any number. */
static int take(atomic_int* left) {
    int seen = atomic_load(left);
    while (seen > 0 && !atomic_compare_exchange_weak(left, &seen, seen - 1)) {
    }
    return seen != 0;
}

static ssize_t write_at(struct shadowed* file, int fd, const void* data, size_t size, off_t at) {
    struct stat status;
    atomic_fetch_add(&control->writes, 1);
    if (take(&control->write_errors)) return refuse(EIO);
    if (atomic_load(&control->full) && fstat(fd, &status) == 0 && at + (off_t)size > status.st_size) return refuse(ENOSPC);
    pthread_mutex_lock(&file->mutex);
    mark(file, at, at + (off_t)size);
    const ssize_t written = raw_pwrite(fd, data, size, at);
    pthread_mutex_unlock(&file->mutex);
    return written;
}

/* On failure the marks go, as those of the kernel's pages do: a later sync succeeds and has not written them. */
static int sync_file(struct shadowed* file, int fd) {
    const int delay = atomic_load(&control->sync_delay_us), fails = take(&control->sync_errors);
    if (delay > 0) usleep((useconds_t)delay);
    atomic_fetch_add(&control->syncs, 1);
    struct stat status;
    if (fstat(fd, &status) != 0) return -1;
    pthread_mutex_lock(&file->mutex);
    const off_t sectors = (status.st_size + sector - 1) / sector;
    for (off_t at = 0; at < sectors_max; ++at) {
        const unsigned char* next = memchr(file->map + at, 1, (size_t)(sectors_max - at));
        if (next == NULL) break;
        at = next - file->map;
        off_t end = at;
        while (end < sectors_max && file->map[end] == 1) ++end;
        if (!fails && at < sectors) copy_sectors(fd, file->shadow, at * sector, end * sector);
        memset(file->map + at, 0, (size_t)(end - at));
        at = end;
    }
    if (!fails && raw_truncate(file->shadow, status.st_size) != 0) die("truncate");
    pthread_mutex_unlock(&file->mutex);
    return fails ? refuse(EIO) : 0;
}

static int truncate_file(struct shadowed* file, int fd, off_t size) {
    struct stat real, shadow;
    if (fstat(fd, &real) != 0 || fstat(file->shadow, &shadow) != 0) return -1;
    if (atomic_load(&control->full) && size > real.st_size) return refuse(ENOSPC);
    pthread_mutex_lock(&file->mutex);
    if (size < real.st_size) mark(file, size, real.st_size);
    const int outcome = raw_truncate(fd, size);
    if (!atomic_load(&control->late_truncate) && size < shadow.st_size && raw_truncate(file->shadow, size) != 0) die("truncate");
    pthread_mutex_unlock(&file->mutex);
    return outcome;
}

static void forget(const char* path) {
    const char* name = name_of(path);
    if (name == NULL) return;
    char shadow[8192];
    pthread_mutex_lock(&table_mutex);
    struct shadowed* file = find(name);
    if (file != NULL) file->gone = 1;
    path_of(shadow, sizeof shadow, name, "");
    unlink(shadow);
    path_of(shadow, sizeof shadow, name, ".map");
    unlink(shadow);
    pthread_mutex_unlock(&table_mutex);
}

/* ---- what the program calls ---- */
static mode_t mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

/* Each power cut begins another life of the machine. */
static const char* real_path(const char* path) {
    pthread_once(&once, set_up);
    return boot_path[0] != 0 && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 ? boot_path : path;
}

#define OPEN(NAME)                                                                                                             \
    int NAME(const char* path, int flags, ...) {                                                                               \
        va_list arguments;                                                                                                     \
        va_start(arguments, flags);                                                                                            \
        const mode_t mode = mode_of(flags, arguments);                                                                         \
        va_end(arguments);                                                                                                     \
        return opened(raw_open(real_path(path), flags, mode), path);                                                                      \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < descriptors_max) atomic_store(&by_descriptor[fd], NULL);
    return (int)syscall(SYS_close, fd);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    struct shadowed* file = file_of(fd);
    return file == NULL ? raw_pwrite(fd, data, size, at) : write_at(file, fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) { return pwrite(fd, data, size, at); }

ssize_t write(int fd, const void* data, size_t size) {
    struct shadowed* file = file_of(fd);
    if (file == NULL) return syscall(SYS_write, fd, data, size);
    const off_t at = lseek(fd, 0, SEEK_CUR);
    const ssize_t written = write_at(file, fd, data, size, at);
    if (written > 0) lseek(fd, at + written, SEEK_SET);
    return written;
}

int fsync(int fd) {
    struct shadowed* file = file_of(fd);
    return file == NULL ? (int)syscall(SYS_fsync, fd) : sync_file(file, fd);
}
int fdatasync(int fd) {
    struct shadowed* file = file_of(fd);
    return file == NULL ? (int)syscall(SYS_fdatasync, fd) : sync_file(file, fd);
}

int ftruncate(int fd, off_t size) {
    struct shadowed* file = file_of(fd);
    return file == NULL ? raw_truncate(fd, size) : truncate_file(file, fd, size);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int unlink(const char* path) {
    const int outcome = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (outcome == 0) forget(path);
    return outcome;
}

int rename(const char* from, const char* to) {
    const int outcome = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    const char *old_name = name_of(from), *new_name = name_of(to);
    if (outcome != 0 || (old_name == NULL && new_name == NULL)) return outcome;
    if (old_name == NULL || new_name == NULL) die("rename out of or into what has shadows");
    forget(to);
    char old_path[8192], new_path[8192];
    pthread_mutex_lock(&table_mutex);
    for (int part = 0; part < 2; ++part) {
        path_of(old_path, sizeof old_path, old_name, part == 0 ? "" : ".map");
        path_of(new_path, sizeof new_path, new_name, part == 0 ? "" : ".map");
        syscall(SYS_renameat2, AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
    }
    struct shadowed* file = find(old_name);
    if (file != NULL) snprintf(file->name, sizeof file->name, "%s", new_name);
    pthread_mutex_unlock(&table_mutex);
    return outcome;
}

/* ---- the wall clock ---- */
int clock_gettime(clockid_t which, struct timespec* to) {
    pthread_once(&once, set_up);
    const int outcome = (int)syscall(SYS_clock_gettime, which, to);
    if (outcome == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        to->tv_sec += atomic_load(&control->clock_offset_s);
    return outcome;
}

int gettimeofday(struct timeval* restrict to, void* restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    to->tv_sec = now.tv_sec;
    to->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* to) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
    if (to != NULL) *to = now.tv_sec;
    return now.tv_sec;
}
