// Runs a command (measure FILE COMMAND…) and writes into FILE what it took: wall seconds, processor seconds, peak memory in KiB. A program of its own, because the peak
// that the system reports for a process begins with that of the process that started it: started from Python, nothing is below 15 MiB.
#include <stdio.h>
#include <stdlib.h>
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

int main(int count, char **arguments)
{
	struct rusage usage;
	int status = 0;
	if (count < 3)
		return 2;
	double began = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(arguments[2], arguments + 2);
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
