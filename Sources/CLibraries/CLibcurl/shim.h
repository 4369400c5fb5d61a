#ifndef VARVE_CLIBCURL_SHIM_H
#define VARVE_CLIBCURL_SHIM_H

#include <curl/curl.h>

#endif
