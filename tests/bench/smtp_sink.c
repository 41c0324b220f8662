/* A mail server that takes everything at once and keeps nothing but a count.
 *
 * One process, epoll, any number of connections; it offers what common relays offer (PIPELINING,
 * CHUNKING, SMTPUTF8). Prints the port it listens on. Two verbs of its own: XCOUNT answers the
 * number of messages taken and the monotonic nanoseconds of the first and the last of them,
 * XRESET forgets them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 1 << 17, OUTPUT = 1 << 16, EVENTS = 64 };
enum mode { COMMAND, CONTENT, BLOCK };

struct connection {
    int socket;
    enum mode mode;
    int line_begins; /* CONTENT: nothing of the body was discarded yet, so "." may come first */
    size_t missing;  /* BLOCK: octets still to come */
    size_t length;
    char input[INPUT];
};

static unsigned long messages;
static long long first_at, last_at;
static char output[OUTPUT];
static size_t written;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void say(const char *line) {
    size_t size = strlen(line);
    memcpy(output + written, line, size);
    written += size;
}

static void taken(void) {
    last_at = now();
    if (!messages++)
        first_at = last_at;
    say("250 2.0.0 taken\r\n");
}

/* One command line; answers whether the connection goes on. */
static int command(struct connection *c, const char *line) {
    char report[128];
    if (!strncasecmp(line, "MAIL", 4) || !strncasecmp(line, "RSET", 4)) {
        say("250 2.1.0 ok\r\n");
    } else if (!strncasecmp(line, "RCPT", 4)) {
        say("250 2.1.5 ok\r\n");
    } else if (!strncasecmp(line, "BDAT", 4)) {
        c->missing = strtoul(line + 4, NULL, 10);
        c->mode = BLOCK;
    } else if (!strncasecmp(line, "DATA", 4)) {
        say("354 go on\r\n");
        c->mode = CONTENT;
        c->line_begins = 1;
    } else if (!strncasecmp(line, "EHLO", 4)) {
        say("250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n"
            "250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n");
    } else if (!strncasecmp(line, "XCOUNT", 6)) {
        snprintf(report, sizeof report, "250 %lu %lld %lld\r\n", messages, first_at, last_at);
        say(report);
    } else if (!strncasecmp(line, "XRESET", 6)) {
        messages = 0;
        first_at = last_at = 0;
        say("250 ok\r\n");
    } else if (!strncasecmp(line, "QUIT", 4)) {
        say("221 2.0.0 bye\r\n");
        return 0;
    } else {
        say("250 ok\r\n");
    }
    return 1;
}

/* Take what can be taken of the input from `at`; -1 when the client said goodbye. */
static long consume(struct connection *c) {
    size_t at = 0;
    while (at < c->length && written < OUTPUT - 1024) {
        char *here = c->input + at;
        size_t left = c->length - at;
        if (c->mode == BLOCK) {
            size_t part = left < c->missing ? left : c->missing;
            c->missing -= part;
            at += part;
            if (c->missing)
                break;
            c->mode = COMMAND;
            taken();
        } else if (c->mode == CONTENT) {
            int alone = c->line_begins && left >= 3 && !memcmp(here, ".\r\n", 3);
            char *end = alone ? here - 2 : memmem(here, left, "\r\n.\r\n", 5);
            if (!end) {
                if (left > 4) { /* keep what may be the beginning of the end */
                    at += left - 4;
                    c->line_begins = 0;
                }
                break;
            }
            at = (size_t)(end - c->input) + 5;
            c->mode = COMMAND;
            taken();
        } else {
            char *end = memchr(here, '\n', left);
            if (!end)
                break;
            *end = 0;
            at = (size_t)(end - c->input) + 1;
            if (!command(c, here))
                return -1;
        }
    }
    return (long)at;
}

static void close_connection(struct connection *c) {
    close(c->socket);
    free(c);
}

static void serve(struct connection *c) {
    ssize_t got = read(c->socket, c->input + c->length, INPUT - c->length);
    if (got <= 0) {
        close_connection(c);
        return;
    }
    c->length += (size_t)got;
    long at;
    do {
        written = 0;
        at = consume(c);
        if (at > 0) {
            c->length -= (size_t)at;
            memmove(c->input, c->input + at, c->length);
        }
        if (written && write(c->socket, output, written) != (ssize_t)written)
            at = -1; /* answers are small: a client that does not read them is gone */
    } while (at > 0 && written >= OUTPUT - 1024);
    if (at < 0 || c->length == INPUT)
        close_connection(c);
}

int main(void) {
    int one = 1, door = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    struct epoll_event wish = {.events = EPOLLIN}, events[EVENTS];

    signal(SIGPIPE, SIG_IGN);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(door, (struct sockaddr *)&address, size) || listen(door, 256))
        return perror("listen"), 1;
    getsockname(door, (struct sockaddr *)&address, &size);
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &wish);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c) {
                serve(c);
                continue;
            }
            c = calloc(1, sizeof *c);
            if (!c || (c->socket = accept(door, NULL, NULL)) < 0) {
                free(c);
                continue;
            }
            setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            wish.data.ptr = c;
            epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &wish);
            (void)!write(c->socket, "220 sink ESMTP\r\n", 16);
        }
    }
}
