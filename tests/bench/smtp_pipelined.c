/* A mail sender in C that pipelines (RFC 2920) and records nothing: what a machine can do at most.
 *
 * smtp_pipelined PORT CONNECTIONS MESSAGES LETTER
 *
 * On each connection the body of one letter and the envelope of the next leave in one write, so
 * that a letter costs one round trip. Ends with status 1 when the server refuses anything.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 64
static const char ENVELOPE[] =
    "MAIL FROM:<alerts@example.org>\r\nRCPT TO:<person@example.org>\r\nDATA\r\n";

enum { GREETING, HELLO, READY, DONE };
struct line {
    int fd, state, wanted, bodies;      /* replies still expected; 354s seen and not served */
    size_t from, to, capacity;
    char *out;                          /* what is still to be written */
    char reply[1024];
    size_t held;
};

static char *letter;
static size_t letter_size;
static long left, taken;

static void fail(const char *what) { perror(what); exit(1); }

static void put(struct line *l, const char *bytes, size_t size) {
    if (l->to + size > l->capacity) {
        memmove(l->out, l->out + l->from, l->to - l->from);
        l->to -= l->from;
        l->from = 0;
        if (l->to + size > l->capacity) {
            l->capacity = (l->to + size) * 2;
            if (!(l->out = realloc(l->out, l->capacity))) fail("realloc");
        }
    }
    memcpy(l->out + l->to, bytes, size);
    l->to += size;
}

static int envelope(struct line *l) {
    if (left == 0) return 0;
    left--;
    put(l, ENVELOPE, sizeof ENVELOPE - 1);
    return 1;
}

static void answered(struct line *l, const char *reply) {
    if (l->state == GREETING) {
        put(l, "EHLO bench\r\n", 12);
        l->state = HELLO;
    } else if (l->state == HELLO) {
        if (reply[3] == '-') return;
        l->state = READY;
        if (!envelope(l)) l->state = DONE;
        l->wanted = 3;
    } else if (reply[0] == '3') {
        put(l, letter, letter_size);
        l->bodies = envelope(l);
        l->wanted = 1 + (l->bodies ? 3 : 0);
    } else if (reply[0] != '2') {
        fprintf(stderr, "refused: %.60s\n", reply);
        exit(1);
    } else if (l->wanted == 4 || (l->wanted == 1 && !l->bodies)) {
        taken++;                        /* the reply to a body comes before those to an envelope */
        if (l->wanted == 1) l->state = DONE;
        else l->wanted = 3;
    }
}

static void heard(struct line *l) {
    ssize_t n = read(l->fd, l->reply + l->held, sizeof l->reply - l->held);
    if (n <= 0) {
        if (n < 0 && errno == EAGAIN) return;
        fail("the server hung up");
    }
    l->held += n;
    char *start = l->reply, *end;
    while ((end = memchr(start, '\n', l->reply + l->held - start))) {
        answered(l, start);
        start = end + 1;
    }
    l->held -= start - l->reply;
    memmove(l->reply, start, l->held);
}

static void said(struct line *l) {
    ssize_t n = write(l->fd, l->out + l->from, l->to - l->from);
    if (n < 0 && errno != EAGAIN) fail("write");
    if (n > 0) l->from += n;
    if (l->from == l->to) l->from = l->to = 0;
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *raw = malloc(size);
    letter = malloc(size * 2 + 8);
    if (!raw || !letter || fread(raw, 1, size, file) != (size_t)size) fail("reading the letter");
    int fresh = 1;
    for (long at = 0; at < size; at++) {
        if (raw[at] == '\r') continue;
        if (raw[at] == '\n') letter[letter_size++] = '\r';
        if (raw[at] == '.' && fresh) letter[letter_size++] = '.';
        letter[letter_size++] = raw[at];
        fresh = raw[at] == '\n';
    }
    memcpy(letter + letter_size, ".\r\n", 3);
    letter_size += 3;
    free(raw);
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int number = atoi(argv[2]);
    left = atol(argv[3]);
    load(argv[4]);
    if (number < 1 || number > MOST) return 2;
    static struct line lines[MOST];
    struct pollfd watched[MOST];
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < number; i++) {
        int one = 1;
        lines[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(lines[i].fd, (struct sockaddr *)&there, sizeof there)) fail("connect");
        setsockopt(lines[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    for (int busy = number; busy;) {
        busy = 0;
        for (int i = 0; i < number; i++) {
            struct line *l = &lines[i];
            watched[i].fd = l->state == DONE && l->from == l->to ? -1 : l->fd;
            watched[i].events = POLLIN | (l->from < l->to ? POLLOUT : 0);
            watched[i].revents = 0;
            busy += watched[i].fd >= 0;
        }
        if (busy && poll(watched, number, 10000) <= 0) fail("nothing happens");
        for (int i = 0; i < number; i++) {
            if (watched[i].revents & (POLLIN | POLLHUP)) heard(&lines[i]);
            if (lines[i].from < lines[i].to) said(&lines[i]);
        }
    }
    printf("%ld\n", taken);
    return 0;
}
