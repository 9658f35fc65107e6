// Has the server of warm.c run a command as if it ran here: `warm_call SOCKET COUNT PREFIX... WORD...`, with COUNT words of prefix. Where the server cannot do as this process
// would (a limit on files or memory, many descriptors, no server), prefix and words are executed here.
#include "tests/robust/warm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t process;

static void pass_on(int signal)
{
	if (process > 0)
		kill(process, signal);
}

static uint64_t ignored(void)
{
	struct sigaction action;
	uint64_t all = 0;

	for (int i = 1; i < 32; i++)
		if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			all |= UINT64_C(1) << i;
	return all;
}

static bool ordinary(void)
{
	struct rlimit size;

	return getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur == RLIM_INFINITY && getrlimit(RLIMIT_AS, &size) == 0 && size.rlim_cur == RLIM_INFINITY &&
		getrlimit(RLIMIT_NOFILE, &size) == 0 && size.rlim_cur >= 512;
}

static bool own_files(struct warm_request *request)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		int file = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || file == dirfd(folder))
			continue;
		if (request->file_count == WARM_FILES || file >= 200)
			return false;
		request->files[request->file_count++] = file;
	}
	if (folder)
		closedir(folder);
	return folder != NULL;
}

static void append(char **text, uint64_t *size, const char *word)
{
	size_t more = strlen(word) + 1;

	*text = realloc(*text, *size + more);
	if (!*text)
		abort();
	memcpy(*text + *size, word, more);
	*size += more;
}

static int called(const char *path, char **words)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct warm_request request = { 0 };
	char control[CMSG_SPACE(WARM_FILES * sizeof(int))], folder[4096], *text = NULL;
	struct iovec part = { &request, sizeof request };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
	struct sigaction pass = { .sa_handler = pass_on };
	int server, number;

	if (!ordinary() || !own_files(&request) || !getcwd(folder, sizeof folder))
		return -1;
	server = fcntl(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), F_DUPFD_CLOEXEC, 3); // a stream may be closed, and is not to be this
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address))
		return -1;
	request.mask = umask(0);
	request.ignored = ignored();
	append(&text, &request.text_size, folder);
	for (; words[request.word_count]; request.word_count++)
		append(&text, &request.text_size, words[request.word_count]);
	for (; environ[request.variable_count]; request.variable_count++)
		append(&text, &request.text_size, environ[request.variable_count]);
	memset(control, 0, sizeof control);
	message.msg_controllen = CMSG_SPACE(request.file_count * sizeof(int));
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(request.file_count * sizeof(int));
	memcpy(CMSG_DATA(head), request.files, request.file_count * sizeof(int));
	if (sendmsg(server, &message, 0) != (ssize_t)sizeof request)
		return -1;
	for (uint64_t done = 0; done < request.text_size;) {
		ssize_t size = write(server, text + done, request.text_size - done);
		if (size < 0)
			return 125;
		done += (uint64_t)size;
	}
	for (int i = 0; i < 3; i++)
		close(i); // a pipe ends with the command, not with this
	if (read(server, &number, sizeof number) != (ssize_t)sizeof number)
		return 125;
	process = number;
	sigaction(SIGINT, &pass, NULL);
	sigaction(SIGTERM, &pass, NULL);
	sigaction(SIGHUP, &pass, NULL);
	while (read(server, &number, sizeof number) != (ssize_t)sizeof number)
		if (errno != EINTR)
			return 125;
	if (WIFSIGNALED(number)) {
		signal(WTERMSIG(number), SIG_DFL);
		raise(WTERMSIG(number));
	}
	return WEXITSTATUS(number);
}

int main(int count, char **words)
{
	int prefix = count > 3 ? atoi(words[2]) : 0, status;

	if (prefix < 1 || 3 + prefix > count)
		return 125;
	status = called(words[1], words + 2 + prefix); // the program itself is the prefix's last word
	if (status >= 0)
		return status;
	execvp(words[3], words + 3);
	perror(words[3]);
	return 125;
}
