#ifndef VARVE_CLIBZSTD_SHIM_H
#define VARVE_CLIBZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

// The two sentinels are macros with casts, which Swift does not import.
static const unsigned long long varve_zstd_content_size_unknown = ZSTD_CONTENTSIZE_UNKNOWN;
static const unsigned long long varve_zstd_content_size_error = ZSTD_CONTENTSIZE_ERROR;

#endif
