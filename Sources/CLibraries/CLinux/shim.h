#ifndef VARVE_CLINUX_SHIM_H
#define VARVE_CLINUX_SHIM_H

// Tells whether the C library is glibc.
#include <limits.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

// glibc declares syncfs only under _GNU_SOURCE, which Swift's import of glibc does not set.
static inline int varve_syncfs(int descriptor) {
#ifdef __linux__
    extern int syncfs(int);
    return syncfs(descriptor);
#else
    (void)descriptor;
    return -1;
#endif
}

// As is pipe2. Between pipe and fcntl another thread could start a program, which would inherit both.
static inline int varve_pipe(int ends[2], int flags) {
#ifdef __linux__
    extern int pipe2(int[2], int);
    return pipe2(ends, flags);
#else
    (void)ends;
    (void)flags;
    return -1;
#endif
}

// As is getdents64. Reading a directory through fdopendir takes a second descriptor, and calls that
// ask what kind it is.
static inline long varve_read_directory(int directory, void *entries, unsigned long size) {
#ifdef __linux__
    extern long syscall(long, ...);
    return syscall(SYS_getdents64, directory, entries, size);
#else
    (void)directory;
    (void)entries;
    (void)size;
    return -1;
#endif
}

// As is copy_file_range, which shares the blocks of both files where the file system can.
static inline long varve_copy_file_range(
    int source, long long sourceOffset, int target, long long targetOffset, unsigned long count
) {
#ifdef __linux__
    extern long copy_file_range(int, long long *, int, long long *, unsigned long, unsigned int);
    return copy_file_range(source, &sourceOffset, target, &targetOffset, count, 0);
#else
    (void)source;
    (void)sourceOffset;
    (void)target;
    (void)targetOffset;
    (void)count;
    return -1;
#endif
}

// As is renameat2. Without it a name that somebody takes meanwhile would be replaced.
static inline int varve_rename_to_free_name(
    int directory, const char *name, int newDirectory, const char *newName
) {
#ifdef __linux__
    extern int renameat2(int, const char *, int, const char *, unsigned int);
    return renameat2(directory, name, newDirectory, newName, 1 /* RENAME_NOREPLACE */);
#elif defined(__APPLE__)
    extern int renameatx_np(int, const char *, int, const char *, unsigned int);
    return renameatx_np(directory, name, newDirectory, newName, 4 /* RENAME_EXCL */);
#else
    return -1;
#endif
}

// Of <sys/xattr.h> Swift's import of glibc has nothing, and including it here would bring types
// that Swift then takes from two modules. What a file already has is replaced: the flags are 0.

static inline long varve_flistxattr(int file, char *list, unsigned long size) {
#ifdef __linux__
    extern long flistxattr(int, char *, unsigned long);
    return flistxattr(file, list, size);
#else
    (void)file;
    (void)list;
    (void)size;
    return -1;
#endif
}

static inline long varve_llistxattr(const char *path, char *list, unsigned long size) {
#ifdef __linux__
    extern long llistxattr(const char *, char *, unsigned long);
    return llistxattr(path, list, size);
#else
    (void)path;
    (void)list;
    (void)size;
    return -1;
#endif
}

static inline long varve_fgetxattr(int file, const char *name, void *value, unsigned long size) {
#ifdef __linux__
    extern long fgetxattr(int, const char *, void *, unsigned long);
    return fgetxattr(file, name, value, size);
#else
    (void)file;
    (void)name;
    (void)value;
    (void)size;
    return -1;
#endif
}

static inline long varve_lgetxattr(
    const char *path, const char *name, void *value, unsigned long size
) {
#ifdef __linux__
    extern long lgetxattr(const char *, const char *, void *, unsigned long);
    return lgetxattr(path, name, value, size);
#else
    (void)path;
    (void)name;
    (void)value;
    (void)size;
    return -1;
#endif
}

static inline int varve_fsetxattr(
    int file, const char *name, const void *value, unsigned long size
) {
#ifdef __linux__
    extern int fsetxattr(int, const char *, const void *, unsigned long, int);
    return fsetxattr(file, name, value, size, 0 /* create or replace */);
#else
    (void)file;
    (void)name;
    (void)value;
    (void)size;
    return -1;
#endif
}

static inline int varve_lsetxattr(
    const char *path, const char *name, const void *value, unsigned long size
) {
#ifdef __linux__
    extern int lsetxattr(const char *, const char *, const void *, unsigned long, int);
    return lsetxattr(path, name, value, size, 0 /* create or replace */);
#else
    (void)path;
    (void)name;
    (void)value;
    (void)size;
    return -1;
#endif
}

static inline int varve_fremovexattr(int file, const char *name) {
#ifdef __linux__
    extern int fremovexattr(int, const char *);
    return fremovexattr(file, name);
#else
    (void)file;
    (void)name;
    return -1;
#endif
}

static inline int varve_lremovexattr(const char *path, const char *name) {
#ifdef __linux__
    extern int lremovexattr(const char *, const char *);
    return lremovexattr(path, name);
#else
    (void)path;
    (void)name;
    return -1;
#endif
}

// glibc declares statx only under _GNU_SOURCE; the structure is the kernel's (linux/stat.h).
// Returns 1 for the root of a mount, 0 for anything else, -1 where the system cannot tell.
static inline int varve_is_mount_root(int descriptor) {
#ifdef __linux__
    extern int statx(int, const char *, int, unsigned int, void *);
    unsigned long long status[32] = {0};
    const unsigned long long mountRoot = 0x2000 /* STATX_ATTR_MOUNT_ROOT */;
    if (statx(descriptor, "", 0x1000 /* AT_EMPTY_PATH */, 0, status) != 0) return -1;
    // stx_attributes_mask at byte 56, stx_attributes at byte 8.
    if ((status[7] & mountRoot) == 0) return -1;
    return (status[1] & mountRoot) != 0;
#else
    (void)descriptor;
    return -1;
#endif
}

struct varve_moment {
    long long seconds;
    unsigned int nanoseconds;
    int reserved;
};

// The kernel's struct statx, by names that mean nothing else.
struct varve_file_status {
    unsigned int mask;
    unsigned int blockSize;
    unsigned long long attributes;
    unsigned int linkCount;
    unsigned int userID;
    unsigned int groupID;
    unsigned short mode;
    unsigned short reserved;
    unsigned long long inode;
    unsigned long long size;
    unsigned long long blocks;
    unsigned long long attributesMask;
    struct varve_moment accessed;
    struct varve_moment created;
    struct varve_moment changed;
    struct varve_moment modified;
    unsigned int numberMajor;
    unsigned int numberMinor;
    unsigned int deviceMajor;
    unsigned int deviceMinor;
    unsigned long long later[14];
};

_Static_assert(sizeof(struct varve_file_status) == 256, "the size that the kernel fills");

// What stat tells, and when the file was made. An empty name means the descriptor's own file.
static inline int varve_status_with_birth_time(
    int directory, const char *name, int followsLinks, struct varve_file_status *status
) {
#ifdef __linux__
    extern int statx(int, const char *, int, unsigned int, void *);
    const int emptyPath = 0x1000, noFollow = 0x100;
    const unsigned int basicStatsAndBirthTime = 0xfff;
    const int flags = emptyPath | (followsLinks ? 0 : noFollow);
    return statx(directory, name, flags, basicStatsAndBirthTime, status);
#else
    (void)directory;
    (void)name;
    (void)followsLinks;
    (void)status;
    return -1;
#endif
}

// Nor are <sys/vfs.h> and its structure, whose first member is the number of the kind.
// Returns 0 where the system cannot tell.
static inline unsigned long varve_file_system_type(int descriptor) {
#ifdef __linux__
    extern int fstatfs(int, void *);
    unsigned long status[32] = {0};
    return fstatfs(descriptor, status) == 0 ? status[0] : 0;
#else
    (void)descriptor;
    return 0;
#endif
}

// ioctl takes any arguments, which Swift does not import. The numbers are those of _IOR('f', 1, long)
// and _IOW('f', 2, long) in <linux/fs.h>, whatever a long has; what the kernel moves is an int.

static inline int varve_get_flags(int file, unsigned int *flags) {
#ifdef __linux__
    extern int ioctl(int, unsigned long, ...);
    const unsigned long request = 2UL << 30 | sizeof(long) << 16 | 'f' << 8 | 1;
    return ioctl(file, request, flags);
#else
    (void)file;
    (void)flags;
    return -1;
#endif
}

static inline int varve_set_flags(int file, unsigned int flags) {
#ifdef __linux__
    extern int ioctl(int, unsigned long, ...);
    const unsigned long request = 1UL << 30 | sizeof(long) << 16 | 'f' << 8 | 2;
    return ioctl(file, request, &flags);
#else
    (void)file;
    (void)flags;
    return -1;
#endif
}

// <malloc.h> is no part of Swift's import of glibc.
static inline int varve_limit_arenas(int count) {
#if defined(__linux__) && defined(__GLIBC__)
    extern int mallopt(int, int);
    return mallopt(-8 /* M_ARENA_MAX */, count);
#else
    (void)count;
    return 0;
#endif
}

#endif
