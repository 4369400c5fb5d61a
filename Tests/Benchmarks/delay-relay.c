/* delay-relay - passes connections on to a server, and each request later than it came.
 *
 *     cc -O2 -o delay-relay delay-relay.c -lpthread
 *     delay-relay SERVER-PORT MILLISECONDS [LOG]
 *
 * Listens on a free port of 127.0.0.1 and prints its number. What comes from a client is held back
 * for the given time when it follows an answer, or is the first; so each request of HTTP/1.1 is
 * delayed once, however long it is, and requests of several connections do not wait for one
 * another. Bodies pass as they come, through buffers of a fixed size. LOG gets the moment of each
 * request, in milliseconds, with its first line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { bufferSize = 256 * 1024 };

static int serverPort, delayInMilliseconds;
static FILE *requestLog;

static int setUp(int descriptor) {
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return descriptor;
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int connectToServer(void) {
    int descriptor = setUp(socket(AF_INET, SOCK_STREAM, 0));
    struct sockaddr_in address = loopback(serverPort);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

static void note(const char *bytes, ssize_t count) {
    if (!requestLog) return;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int length = 0;
    while (length < count && bytes[length] != '\r') length++;
    flockfile(requestLog);
    fprintf(requestLog, "%lld %.*s", now.tv_sec * 1000LL + now.tv_nsec / 1000000, length, bytes);
    /* Ranges tell what is read. */
    const char *range = memmem(bytes, (size_t)count, "ange: bytes", 11);
    if (range) {
        const char *end = memchr(range, '\r', (size_t)(bytes + count - range));
        if (end) fprintf(requestLog, " %.*s", (int)(end - range - 6), range + 6);
    }
    fputc('\n', requestLog);
    fflush(requestLog);
    funlockfile(requestLog);
}

static int sendAll(int descriptor, const char *bytes, ssize_t count) {
    while (count > 0) {
        ssize_t sent = send(descriptor, bytes, (size_t)count, MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        bytes += sent;
        count -= sent;
    }
    return 0;
}

static void *relay(void *argument) {
    int client = (int)(intptr_t)argument, server = connectToServer(), isAnswered = 1;
    char *buffer = malloc(bufferSize);
    struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    while (server >= 0 && buffer && (poll(ends, 2, -1) >= 0 || errno == EINTR)) {
        int from = ends[1].revents ? 1 : 0;
        if (!ends[from].revents) continue;
        ssize_t count = recv(ends[from].fd, buffer, bufferSize, 0);
        if (count <= 0) break;
        if (from == 0 && isAnswered) {
            note(buffer, count);
            usleep((useconds_t)delayInMilliseconds * 1000);
        }
        isAnswered = from == 1;
        if (sendAll(ends[1 - from].fd, buffer, count) < 0) break;
    }
    free(buffer);
    close(client);
    if (server >= 0) close(server);
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: delay-relay SERVER-PORT MILLISECONDS [LOG]\n");
        return 1;
    }
    serverPort = atoi(arguments[1]);
    delayInMilliseconds = atoi(arguments[2]);
    requestLog = count > 3 ? fopen(arguments[3], "a") : NULL;
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 256)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        pthread_t thread;
        if (pthread_create(&thread, NULL, relay, (void *)(intptr_t)setUp(client))) close(client);
        else pthread_detach(thread);
    }
}
