#ifndef VARVE_CLIBZSTD_SHIM_H
#define VARVE_CLIBZSTD_SHIM_H

// Leaving out checksums is one of the parameters that zstd keeps apart, for static linking; the
// shared library takes it like any other.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

// The two sentinels are macros with casts, which Swift does not import.
static const unsigned long long varve_zstd_content_size_unknown = ZSTD_CONTENTSIZE_UNKNOWN;
static const unsigned long long varve_zstd_content_size_error = ZSTD_CONTENTSIZE_ERROR;

// The parameter is a macro for one of the enumeration's numbers.
static inline size_t varve_zstd_ignore_checksums(ZSTD_DCtx *context) {
    return ZSTD_DCtx_setParameter(context, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
}

#endif
