#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * measure - measure LOG NAME COMMAND...: runs it, as the kernel accounts for it and all it started, and adds a line to LOG:
 * NAME, CPU seconds, wall seconds, peak memory in KB. Its output goes to LOG.out.
 */
static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage use;
	char name[4096];
	FILE *log;
	pid_t pid;
	int status, fd;

	if (argc < 4 || snprintf(name, sizeof(name), "%s.out", argv[1]) >= (int)sizeof(name)) {
		fprintf(stderr, "measure LOG NAME COMMAND...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = fork();
	if (pid == 0) {
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(127);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
		return 3;
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s: %s ended with status %d; see %s\n", argv[2], argv[3], status, name);
		return 1;
	}
	log = fopen(argv[1], "a");
	if (!log)
		return 3;
	fprintf(log, "%s %.6f %.6f %ld\n", argv[2], seconds(use.ru_utime) + seconds(use.ru_stime),
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9, use.ru_maxrss);
	fclose(log);
	return 0;
}
