// Runs a command (measure FILE BYTES COMMAND…) and writes into FILE what it took: wall seconds, processor seconds, peak memory in KiB. A program of its own, because the peak
// that the system reports for a process begins with that of the process that started it: started from Python, nothing is below 15 MiB.
//
// Before the clock runs, BYTES of memory are touched and given back. A virtual machine's free memory is taken from it while nobody uses it, and whoever is the first to write
// there again waits for it: a result in a RAM file system would cost the first engine more than those after it.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// In a process of its own, so that it is in nobody's peak.
static void touch(size_t size)
{
	pid_t child = fork();
	if (child == 0) {
		char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (size_t i = 0; memory != MAP_FAILED && i < size; i += 4096)
			memory[i] = 1;
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

int main(int count, char **arguments)
{
	struct rusage usage;
	int status = 0;
	if (count < 4)
		return 2;
	size_t size = strtoul(arguments[2], NULL, 10);
	if (size)
		touch(size);
	double began = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(arguments[3], arguments + 3);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 1;
	double wall = now() - began;
	double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
	FILE *file = fopen(arguments[1], "w");
	if (!file || fprintf(file, "%.6f %.6f %ld\n", wall, cpu, usage.ru_maxrss) < 0 || fclose(file))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
