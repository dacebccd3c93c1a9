/* stopped.c: see stopped.h. Linux says in /proc/locks who holds a lock, as far as we may know. */
#include "store/stopped.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = 256 };

/* "12: FLOCK  ADVISORY  WRITE 4242 fe:01:1234567 0 EOF". The device is not compared: file systems
 * of several volumes give another one here than to stat(). */
static int holder_of(unsigned long long inode)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[LINE];
	int found = 0;

	while (locks && !found && fgets(line, sizeof line, locks)) {
		unsigned long long its;
		int pid;

		if (sscanf(line, "%*d: FLOCK %*s WRITE %d %*x:%*x:%llu", &pid, &its) == 2 && its == inode)
			found = pid;
	}
	if (locks)
		fclose(locks);
	return found;
}

/* "4242 (maagal) T …": the name, with its brackets, and the state. */
static bool read_name(int pid, char name[LINE], char *state)
{
	char path[64], line[LINE] = "", *end;
	FILE *stat;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	end = fgets(line, sizeof line, stat) ? strrchr(line, ')') : NULL;
	fclose(stat);
	if (!end || end[1] != ' ' || !strchr(line, '('))
		return false;
	*state = end[2];
	end[1] = '\0';
	snprintf(name, LINE, "%s", strchr(line, '('));
	return true;
}

int stopped_holder_wake(int descriptor)
{
	char ours[LINE], theirs[LINE], state;
	struct stat file;
	int pid = fstat(descriptor, &file) == 0 ? holder_of(file.st_ino) : 0;

	/* Only one that is stopped ('T', not 't': traced by a debugger), and one of ours: nobody else
	 * is to be woken by a mistake. */
	if (pid <= 0 || pid == getpid() || !read_name(getpid(), ours, &state) ||
		!read_name(pid, theirs, &state) || state != 'T' || strcmp(ours, theirs) != 0)
		return 0;
	return kill(pid, SIGCONT) == 0 ? pid : 0;
}
