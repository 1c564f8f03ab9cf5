/* Makes the n-th write, sync, rename or new file below a folder fail, as a full or broken disk does.
   Loaded before the C library (LD_PRELOAD); armed and read through ctypes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char below[4096];
static long countdown = -1, seen = 0;
static int number = 0, for_good = 0;

void faults_arm(const char *folder, long n, int error, int sticky) {
    strncpy(below, folder, sizeof below - 1);
    countdown = n, number = error, for_good = sticky, seen = 0;
}

long faults_seen(void) { return seen; }

static int fails(void) {
    if (countdown < 0) return 0;
    seen++;
    if (seen == countdown || (for_good && seen > countdown && countdown > 0)) {
        errno = number;
        return 1;
    }
    return 0;
}

static int path_fails(const char *path) {
    return countdown >= 0 && path && !strncmp(path, below, strlen(below)) && fails();
}

static int fd_fails(int fd) {
    char link[64], path[4096];
    if (countdown < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return path_fails(path);
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

ssize_t write(int fd, const void *data, size_t n) { return fd_fails(fd) ? -1 : REAL(write, fd, data, n); }
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return fd_fails(fd) ? -1 : REAL(pwrite, fd, data, n, at); }
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) { return fd_fails(fd) ? -1 : REAL(pwrite64, fd, data, n, at); }
int fsync(int fd) { return fd_fails(fd) ? -1 : REAL(fsync, fd); }
int fdatasync(int fd) { return fd_fails(fd) ? -1 : REAL(fdatasync, fd); }
int ftruncate(int fd, off_t n) { return fd_fails(fd) ? -1 : REAL(ftruncate, fd, n); }
int ftruncate64(int fd, off64_t n) { return fd_fails(fd) ? -1 : REAL(ftruncate64, fd, n); }
int rename(const char *from, const char *to) { return path_fails(to) ? -1 : REAL(rename, from, to); }
int mkdir(const char *path, mode_t mode) { return path_fails(path) ? -1 : REAL(mkdir, path, mode); }

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        mode_t mode = 0;                                               \
        if (flags & (O_CREAT | __O_TMPFILE)) {                         \
            va_list rest;                                              \
            va_start(rest, flags);                                     \
            mode = va_arg(rest, mode_t);                               \
            va_end(rest);                                              \
            if (path_fails(path)) return -1;                           \
        }                                                              \
        return REAL(name, path, flags, mode);                          \
    }
OPEN(open)
OPEN(open64)
