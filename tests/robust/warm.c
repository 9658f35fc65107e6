// ppmc as a server, for programs that watch it and take long to begin: under valgrind a command of a few milliseconds takes a second, and most of that is
// spent on translating the same code as the command before. Linked with --wrap=main. With WARM_SOCKET in the environment the process first runs the
// commands of WARM_UP in itself (a line each: a folder and words, parted by tabs), which translates what most commands need; then it forks a process for each
// command that warm_call hands over, with its words, environment, folder and descriptors. Main runs once in each of those, and it ends like any other process.
#include "tests/robust/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_RUNNING 64
#define MOST_WORDS 4096

int __real_main(int count, char **words);
int __wrap_main(int count, char **words);

struct running {
	pid_t process;
	int caller;
};

static void give_up(const char *what)
{
	perror(what);
	_exit(125);
}

static bool take_all(int file, void *out, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(file, (char *)out + done, size - done);
		if (got <= 0 && errno != EINTR)
			return false;
		done += got > 0 ? (size_t)got : 0;
	}
	return true;
}

static void warm_up(const char *path)
{
	char line[4096], *words[64];
	FILE *list = fopen(path, "re");
	int streams[3] = { dup(0), dup(1), dup(2) }, nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (!list || nowhere < 0)
		give_up(path);
	while (fgets(line, sizeof line, list)) {
		int count = 0;
		for (char *word = strtok(line, "\t\n"); word && count < 63; word = strtok(NULL, "\t\n"))
			words[count++] = word;
		words[count] = NULL;
		if (count < 2 || chdir(words[0]))
			give_up(line);
		for (int i = 0; i < 3; i++)
			dup2(nowhere, i);
		__real_main(count - 1, words + 1);
		fflush(NULL);
		for (int i = 0; i < 3; i++)
			dup2(streams[i], i);
	}
	fclose(list);
	close(nowhere);
	for (int i = 0; i < 3; i++)
		close(streams[i]);
}

// A request's descriptors come with its first bytes.
static bool take_request(int caller, struct warm_request *request, int *files, char **text)
{
	char control[CMSG_SPACE(WARM_FILES * sizeof(int))];
	struct iovec part = { request, sizeof *request };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *head;

	memset(control, 0, sizeof control);
	if (recvmsg(caller, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != (ssize_t)sizeof *request)
		return false;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_len != CMSG_LEN(request->file_count * sizeof(int)))
		return false;
	memcpy(files, CMSG_DATA(head), request->file_count * sizeof(int));
	*text = malloc(request->text_size);
	return *text && take_all(caller, *text, request->text_size);
}

// In the process of the command: what the caller has is what it has.
static int become(const struct warm_request *request, const int *files, char *text)
{
	static char *words[MOST_WORDS];
	char *at = text, *folder = at;
	int placed[WARM_FILES];
	sigset_t none;

	if (request->word_count + request->variable_count + 2 > MOST_WORDS)
		_exit(125);
	at += strlen(at) + 1;
	for (uint32_t i = 0, j = 0; i < request->word_count + request->variable_count; i++, j++) {
		if (i == request->word_count)
			words[j++] = NULL; // between the words and the environment
		words[j] = at;
		at += strlen(at) + 1;
	}
	for (uint32_t i = 0; i < request->file_count; i++) // out of the way of the numbers that they are to have
		placed[i] = fcntl(files[i], F_DUPFD, 200);
	for (uint32_t i = 0; i < request->file_count; i++)
		if (placed[i] < 0 || dup2(placed[i], request->files[i]) < 0)
			_exit(125);
	for (int file = 0; file < 200 + WARM_FILES; file++) {
		bool wanted = false;
		for (uint32_t i = 0; i < request->file_count; i++)
			wanted = wanted || request->files[i] == file;
		if (!wanted)
			close(file);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < 32; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, request->ignored >> i & 1 ? SIG_IGN : SIG_DFL);
	umask(request->mask);
	if (chdir(folder))
		_exit(125);
	environ = words + request->word_count + 1;
	return __real_main((int)request->word_count, words);
}

static void tell(int caller, int number)
{
	(void)!send(caller, &number, sizeof number, MSG_NOSIGNAL);
}

int __wrap_main(int count, char **words)
{
	const char *path = getenv("WARM_SOCKET"), *list = getenv("WARM_UP");
	static struct running running[MOST_RUNNING];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct signalfd_siginfo news;
	sigset_t children;
	int door, ended, started = 0;

	if (!path)
		return __real_main(count, words);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (list)
		warm_up(list);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	ended = signalfd(-1, &children, SFD_CLOEXEC);
	door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (ended < 0 || door < 0 || bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, MOST_RUNNING))
		give_up(path);
	for (;;) {
		struct pollfd files[] = { { door, started < MOST_RUNNING ? POLLIN : 0, 0 }, { ended, POLLIN, 0 }, { 0, POLLHUP, 0 } };
		if (poll(files, 3, -1) < 0 && errno != EINTR)
			give_up("poll");
		if (files[2].revents)
			_exit(0); // who started this has gone, and its pipe with it
		if (files[1].revents & POLLIN) {
			int status;
			pid_t process;
			(void)!read(ended, &news, sizeof news);
			while ((process = waitpid(-1, &status, WNOHANG)) > 0)
				for (int i = 0; i < started; i++)
					if (running[i].process == process) {
						tell(running[i].caller, status);
						close(running[i].caller);
						running[i--] = running[--started];
					}
		}
		if (files[0].revents & POLLIN) {
			struct warm_request request;
			int given[WARM_FILES], caller = accept4(door, NULL, NULL, SOCK_CLOEXEC);
			char *text = NULL;
			pid_t process;
			if (!take_request(caller, &request, given, &text))
				give_up("a request");
			process = fork();
			if (process == 0)
				return become(&request, given, text);
			for (uint32_t i = 0; i < request.file_count; i++)
				close(given[i]);
			free(text);
			tell(caller, process);
			running[started++] = (struct running){ process, caller };
		}
	}
}
