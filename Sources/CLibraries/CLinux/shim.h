#ifndef VARVE_CLINUX_SHIM_H
#define VARVE_CLINUX_SHIM_H

// Tells whether the C library is glibc.
#include <limits.h>

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
