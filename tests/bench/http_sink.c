/* A text message provider that takes every POST at once and keeps nothing but a count.
 *
 * HTTP/1.1 with kept connections; each answer is a message resource as Twilio writes it, with a
 * name of its own. GET answers the number of messages taken. Prints the port it listens on. With an
 * argument, every answer takes so many milliseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 1 << 16, OUTPUT = 1 << 16, EVENTS = 64, ROOM = 2048, WAITING = 4096 };

struct connection {
    int socket;
    size_t length;
    char input[INPUT + 1];
};

/* Who waits for an answer, in the order they asked: all wait for the same time. */
static struct { struct connection *who; long due; } waiting[WAITING];
static unsigned long first, last;

static unsigned long messages;
static char output[OUTPUT];
static size_t written;

static const char RESOURCE[] =
    "{\"account_sid\":\"AC00000000000000000000000000000000\",\"api_version\":\"2010-04-01\","
    "\"body\":\"a text\",\"date_created\":\"Mon, 05 Oct 2026 10:00:00 +0000\",\"date_sent\":null,"
    "\"date_updated\":\"Mon, 05 Oct 2026 10:00:00 +0000\",\"direction\":\"outbound-api\","
    "\"error_code\":null,\"error_message\":null,\"from\":\"1789\",\"num_media\":\"0\","
    "\"num_segments\":\"1\",\"price\":null,\"price_unit\":\"USD\",\"messaging_service_sid\":null,"
    "\"sid\":\"SM%032lx\",\"status\":\"queued\",\"subresource_uris\":{\"media\":\"/Media.json\"},"
    "\"to\":\"+32470000000\",\"uri\":\"/Messages.json\"}";

static void answer(int is_post) {
    char body[ROOM - 256];
    int size = is_post ? snprintf(body, sizeof body, RESOURCE, ++messages)
                       : snprintf(body, sizeof body, "%lu", messages);
    written += (size_t)snprintf(output + written, OUTPUT - written,
                                "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                                "Content-Length: %d\r\n\r\n%s",
                                is_post ? "201 Created" : "200 OK", size, body);
}

/* Take whole requests from the input; answers how many octets they had. */
static size_t consume(struct connection *c) {
    size_t at = 0;
    c->input[c->length] = 0;
    while (written < OUTPUT - ROOM) {
        char *head = c->input + at;
        char *end = strstr(head, "\r\n\r\n");
        if (!end)
            break;
        *end = 0;
        char *says = strcasestr(head, "\r\ncontent-length:");
        size_t body = says ? strtoul(says + 17, NULL, 10) : 0;
        *end = '\r';
        size_t next = (size_t)(end - c->input) + 4 + body;
        if (next > c->length)
            break;
        answer(head[0] == 'P');
        at = next;
    }
    return at;
}

static void serve(struct connection *c) {
    ssize_t got = read(c->socket, c->input + c->length, INPUT - c->length);
    if (got > 0) {
        c->length += (size_t)got;
        written = 0;
        size_t at = consume(c);
        c->length -= at;
        memmove(c->input, c->input + at, c->length);
        if (write(c->socket, output, written) == (ssize_t)written && c->length < INPUT)
            return;
    }
    close(c->socket);
    free(c);
}

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
    long delay = argc > 1 ? atol(argv[1]) : 0;
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
        long pause = first < last ? waiting[first % WAITING].due - now() : -1;
        int ready = epoll_wait(poll, events, EVENTS, first < last && pause < 0 ? 0 : (int)pause);
        for (; first < last && waiting[first % WAITING].due <= now(); first++) {
            struct connection *c = waiting[first % WAITING].who;
            wish.events = EPOLLIN | EPOLLONESHOT;
            wish.data.ptr = c;
            epoll_ctl(poll, EPOLL_CTL_MOD, c->socket, &wish);
            serve(c);
        }
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c && delay) {
                waiting[last % WAITING].who = c;
                waiting[last++ % WAITING].due = now() + delay;
                continue;
            }
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
            wish.events = delay ? EPOLLIN | EPOLLONESHOT : EPOLLIN;
            wish.data.ptr = c;
            epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &wish);
        }
    }
}
