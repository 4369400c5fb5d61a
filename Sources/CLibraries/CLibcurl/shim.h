#ifndef VARVE_CLIBCURL_SHIM_H
#define VARVE_CLIBCURL_SHIM_H

#include <curl/curl.h>

// Swift calls no function with variable arguments, so there is one shim for each type of argument.

// Options that are numbers or switches.
static inline CURLcode varve_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that are sizes: curl_off_t is wider than long on some systems.
static inline CURLcode varve_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that are texts, which libcurl copies.
static inline CURLcode varve_easy_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that are addresses of what the caller keeps: contexts of callbacks, buffers.
static inline CURLcode varve_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that are lists of header fields, which the caller keeps.
static inline CURLcode varve_easy_set_list(
    CURL *easy, CURLoption option, struct curl_slist *value
) {
    return curl_easy_setopt(easy, option, value);
}

// The callback that takes the body, and the one that takes the head.
static inline CURLcode varve_easy_set_writer(
    CURL *easy, CURLoption option, curl_write_callback value
) {
    return curl_easy_setopt(easy, option, value);
}

// The callback that gives the request's body.
static inline CURLcode varve_easy_set_reader(CURL *easy, curl_read_callback value) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, value);
}

// The callback that goes back in the request's body.
static inline CURLcode varve_easy_set_seeker(CURL *easy, curl_seek_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, value);
}

// What is told as a number.
static inline CURLcode varve_easy_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// What is told as a size or a time in microseconds.
static inline CURLcode varve_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

// What is told as a text, which belongs to the handle.
static inline CURLcode varve_easy_get_text(CURL *easy, CURLINFO info, const char **value) {
    return curl_easy_getinfo(easy, info, value);
}

// Options of a multi handle that are numbers.
static inline CURLMcode varve_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

#endif
