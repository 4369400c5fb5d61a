#ifndef VARVE_CLINUX_SHIM_H
#define VARVE_CLINUX_SHIM_H

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

#endif
