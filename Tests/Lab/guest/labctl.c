/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's side of the lab: runs the scenarios of a folder, one after
 * another, and writes what happened to a serial port as frames:
 *
 *   F <kind> <scenario> <step> <length>\n<length bytes>\n
 *
 * It judges nothing; the host compares. Also starts and stops the daemon for the
 * shell of a step (daemon-start, daemon-stop, daemon-kill, daemon-restart).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define STATE "/lab/state"
#define CONFIG STATE "/config.yaml"
#define ALERTS STATE "/alerts.jsonl"
#define DAEMON_LOG STATE "/daemon.log"
#define DAEMON_PID STATE "/daemon.pid"
#define NOTIFY STATE "/notify"
#define OUTPUT STATE "/output"
#define POLICY_DIR "/etc/kubearmor/policies"
#define DAEMON "/usr/bin/kubearmor"
#define PLUGINS "/run/kubearmor/plugins.json"
#define LAST_PLUGINS "/lab/plugins.json" /* of the daemon before: what it lacks, the next one lacks */
#define LAST_CONFIG "/lab/last.yaml"     /* its settings */

#define READY_MS 60000 /* emulation is slow */
#define STOP_MS 15000
#define STEP_MS 90000
#define ALERT_MS 30000 /* how long an expected alert may take: the machine may have other things to do, too */
#define GAP_MS 1000	/* the same where nobody says that it works */
#define SETTLE_MS 4000 /* how long more may come behind it */
#define QUIET_MS 60   /* nothing new for so long: the step's alerts are complete */
#define ABSENT_MS 300 /* the same where the absence of an alert is asked for */

#define OUTPUT_LIMIT (64 << 10)
#define ALERTS_LIMIT (128 << 10)
#define LOG_LIMIT (12 << 10)

/* The host wants to know whether what is not declared does not work, either. */
#define TRY_GAPS "/lab/try-gaps"

static int results = -1;
static int is_gap; /* the scenario needs what is not declared */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&t, NULL);
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		size -= (size_t)n;
	}
}

static void frame(const char *kind, int scenario, int step, const char *data, size_t size)
{
	char head[96];
	int n = snprintf(head, sizeof(head), "F %s %d %d %zu\n", kind, scenario, step, size);

	write_all(results, head, (size_t)n);
	write_all(results, data, size);
	write_all(results, "\n", 1);
}

__attribute__((format(printf, 4, 5))) static void framef(const char *kind, int scenario, int step,
							 const char *format, ...)
{
	char text[1024];
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	frame(kind, scenario, step, text, (size_t)n);
}

/* The bytes of a file from `from`, NUL-terminated; an empty text when there is none. */
static char *read_file(const char *path, off_t from, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	char *text;
	size_t got = 0;

	if (fd >= 0)
		fstat(fd, &st);
	if (st.st_size < from)
		from = 0;
	text = malloc((size_t)(st.st_size - from) + 1);
	if (!text)
		abort();
	while (fd >= 0 && got < (size_t)(st.st_size - from)) {
		ssize_t n = pread(fd, text + got, (size_t)(st.st_size - from) - got, from + (off_t)got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	text[got] = 0;
	if (size)
		*size = got;
	return text;
}

static off_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_size;
}

static int copy_file(const char *from, const char *to)
{
	size_t size;
	char *text = read_file(from, 0, &size);
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0) {
		write_all(fd, text, size);
		close(fd);
	}
	free(text);
	return fd < 0 ? -errno : 0;
}

/* ---- the daemon --------------------------------------------------------- */

static pid_t daemon_pid(void)
{
	char *text = read_file(DAEMON_PID, 0, NULL);
	pid_t pid = atoi(text);

	free(text);
	return pid > 0 && kill(pid, 0) == 0 ? pid : 0;
}

static int has_selinux(void)
{
	return access("/sys/fs/selinux/load", F_OK) == 0;
}

/* Steps are what a login starts, the daemon is a service, whoever starts it. */
static void set_domain(const char *context)
{
	int fd = has_selinux() ? open("/proc/thread-self/attr/exec", O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	if (write(fd, context, strlen(context)) < 0)
		dprintf(2, "labctl: %s: %s\n", context, strerror(errno));
	close(fd);
}

static int open_notify(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = NOTIFY };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(NOTIFY);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return fd;
}

static void exec_daemon(void)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(DAEMON_LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);

	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	setenv("NOTIFY_SOCKET", NOTIFY, 1);
	setenv("SWIFT_BACKTRACE", "enable=no", 1);
	set_domain("system_u:system_r:initrc_t:s0");
	execl(DAEMON, "kubearmor", "daemon", "--config", CONFIG, (char *)NULL);
	dprintf(2, "labctl: %s: %s\n", DAEMON, strerror(errno));
	_exit(127);
}

/* Starts the daemon in the background and waits for READY=1. */
static int daemon_start(void)
{
	int notify = open_notify();
	int64_t end = now_ms() + READY_MS;
	char text[1024];
	pid_t pid;

	if (notify < 0)
		return notify;
	pid = fork();
	if (pid == 0)
		exec_daemon();
	snprintf(text, sizeof(text), "%d\n", pid);
	int fd = open(DAEMON_PID, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	write_all(fd, text, strlen(text));
	close(fd);
	while (now_ms() < end) {
		struct pollfd p = { .fd = notify, .events = POLLIN };

		if (poll(&p, 1, 100) > 0) {
			ssize_t n = recv(notify, text, sizeof(text) - 1, 0);

			text[n < 0 ? 0 : n] = 0;
			if (strstr(text, "READY=1")) {
				close(notify);
				return 0;
			}
		}
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			close(notify);
			return -ECHILD;
		}
	}
	close(notify);
	return -ETIMEDOUT;
}

static int daemon_stop(int signal)
{
	pid_t pid = daemon_pid();
	struct pollfd p = { .events = POLLIN };
	int n;

	if (!pid)
		return 0;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0)
		return -errno;
	kill(pid, signal);
	n = poll(&p, 1, STOP_MS);
	close(p.fd);
	waitpid(pid, NULL, WNOHANG);
	if (n > 0)
		unlink(DAEMON_PID);
	return n > 0 ? 0 : -ETIMEDOUT;
}

/* daemon-start | daemon-stop | daemon-kill | daemon-reload | daemon-restart [kill] */
static int daemon_command(const char *name, const char *how)
{
	int kill_it = !strcmp(name, "daemon-kill") || (how && !strcmp(how, "kill"));
	int error = 0;

	if (!strcmp(name, "daemon-reload")) {
		pid_t pid = daemon_pid();

		return !pid || kill(pid, SIGHUP) ? 1 : 0;
	}
	if (strcmp(name, "daemon-start"))
		error = daemon_stop(kill_it ? SIGKILL : SIGTERM);
	if (!error && (!strcmp(name, "daemon-start") || !strcmp(name, "daemon-restart")))
		error = daemon_start();
	if (error)
		dprintf(2, "%s: %s\n", name,
			error == -ECHILD ? "the daemon ended before it was ready" : strerror(-error));
	return error ? 1 : 0;
}

/* ---- fresh state --------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	if (at->level)
		remove(path);
	return 0;
}

static void empty(const char *dir)
{
	nftw(dir, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}

static void fresh_mount(const char *path, mode_t mode, const char *type)
{
	char label[128] = "";

	if (has_selinux())
		snprintf(label, sizeof(label), "rootcontext=system_u:object_r:%s:s0", type);
	umount2(path, MNT_DETACH);
	if (mount("tmpfs", path, "tmpfs", 0, label))
		dprintf(2, "lab: %s: %s\n", path, strerror(errno));
	chmod(path, mode);
}

static int remove_link(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_F && strstr(path, "/links/"))
		remove(path);
	return 0;
}

/*
 * Nothing decides any more. The verified programs stay for the next daemon, which adopts
 * them: to verify them again takes longer than most scenarios. A setup that wants a node
 * without them removes /sys/fs/bpf/kubearmor.
 */
static void take_down_links(void)
{
	nftw("/sys/fs/bpf", remove_link, 32, FTW_PHYS);
}

/*
 * Whether a program of BPF is still called. What the rules that hold meanwhile keep from being
 * looked at is; a kernel without the list tells of its links only.
 */
static int is_attached(void)
{
	FILE *file = fopen("/sys/kernel/tracing/enabled_functions", "re");
	char line[512];
	int found = 0;

	if (!file)
		return !has_selinux() && errno == EACCES;
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, "bpf") != NULL;
	fclose(file);
	return found;
}

static int has_links(void)
{
	union bpf_attr next = { 0 };

	return syscall(SYS_bpf, BPF_LINK_GET_NEXT_ID, &next, sizeof(next)) == 0;
}

/*
 * The kernel lets go of links some time after their pins are gone, and of a link's number before
 * its program is detached (6.12): until then the rules of the scenario before would decide about
 * this one's setup.
 */
static int await_no_links(void)
{
	int64_t end = now_ms() + STOP_MS;

	while (has_links() || is_attached()) {
		if (now_ms() > end)
			return -ETIMEDOUT;
		sleep_ms(2);
	}
	return 0;
}

static void remove_profile(const char *name)
{
	int fd = open("/sys/kernel/security/apparmor/.remove", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, name, strlen(name)) < 0 && errno != ENOENT)
		dprintf(2, "lab: profile %s stays: %s\n", name, strerror(errno));
	close(fd);
}

/* The distribution's policy, with the labels that belong to it. */
static void fresh_labels(void)
{
	if (!has_selinux())
		return;
	if (system("/lab/bin/labsel enforce 0; /lab/bin/labsel load /lab/selinux/policy; "
		   "/lab/bin/labsel label /lab/selinux/labels; /lab/bin/labsel enforce 1"))
		dprintf(2, "lab: the policy cannot be put back\n");
}

/* Of a kernel without AppArmor there is nothing to remove. A child goes with its parent. */
static void remove_profiles(void)
{
	FILE *file = fopen("/sys/kernel/security/apparmor/profiles", "re");
	char names[256][128];
	size_t count = 0;

	while (file && count < 256 && fgets(names[count], sizeof(*names), file)) {
		char *end = strrchr(names[count], '(');

		if (end && end > names[count] && !strncmp(names[count], "kubearmor", 9)) {
			end[-1] = '\0';
			count++;
		}
	}
	if (file)
		fclose(file);
	while (count-- > 0)
		remove_profile(names[count]);
}

/* Ends everything a scenario left: daemon, processes, pins, files. */
static int fresh_state(void)
{
	int error;

	empty(POLICY_DIR);
	error = daemon_stop(SIGTERM);
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	take_down_links();
	remove_profiles();
	if (!error)
		error = await_no_links();
	fresh_mount("/tmp", 01777, "tmp_t");
	fresh_mount("/run", 0755, "var_run_t");
	empty("/var/lib/kubearmor");
	fresh_labels();
	empty(STATE);
	return error;
}

/* ---- steps ---------------------------------------------------------------- */

static void exec_step(const char *script, unsigned int uid)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);

	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (chdir("/"))
		_exit(125);
	set_domain("unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023");
	if (uid && (setgroups(0, NULL) || setgid(uid) || setuid(uid)))
		_exit(125);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	dprintf(2, "sh: %s\n", strerror(errno));
	_exit(127);
}

/* Runs a script; the exit status as a shell reports it, or -1 after the time limit. */
static int run_script(const char *script, unsigned int uid)
{
	int64_t end = now_ms() + STEP_MS;
	int status = 0;
	pid_t pid;

	unlink(OUTPUT);
	pid = fork();
	if (pid == 0)
		exec_step(script, uid);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ms() > end) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		sleep_ms(2);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Does one line of `text` hold every word (separated by tabs) of `words`? */
static int line_with(const char *text, const char *words)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length), *copy = strdup(words), *word, *rest = copy;
		int all = 1;

		while ((word = strsep(&rest, "\t")))
			all = all && strstr(line, word);
		free(line);
		free(copy);
		if (all)
			return 1;
		text += length + (text[length] == '\n');
	}
	return 0;
}

static int all_arrived(const char *want, off_t from)
{
	char *text = read_file(ALERTS, from, NULL), *copy = strdup(want), *line, *rest = copy;
	int all = 1;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			all = all && line_with(text, line);
	free(text);
	free(copy);
	return all;
}

/* Waits for the expected alerts, then until nothing more comes. */
static void settle(const char *want, off_t from, int quiet)
{
	int64_t end = now_ms() + (is_gap ? GAP_MS : ALERT_MS), since;
	off_t size;

	while (!all_arrived(want, from) && now_ms() < end)
		sleep_ms(10);
	size = file_size(ALERTS);
	since = now_ms();
	end = since + SETTLE_MS;
	while (now_ms() - since < quiet && now_ms() < end) {
		sleep_ms(10);
		if (file_size(ALERTS) != size) {
			size = file_size(ALERTS);
			since = now_ms();
		}
	}
}

static char *part(const char *dir, const char *name, size_t *size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return read_file(path, 0, size);
}

/* The file from `from`; of a long one as much of its beginning and its end as `limit` permits. */
static void frame_file(const char *kind, int scenario, int step, const char *path, off_t from, size_t limit)
{
	size_t size;
	char *text = read_file(path, from, &size);

	if (size > limit) {
		memmove(text + limit / 2, text + size - limit / 2, limit / 2);
		text[limit / 2] = '\n';
		size = limit;
	}
	frame(kind, scenario, step, text, size);
	free(text);
}

static void run_step(const char *dir, int scenario, int step)
{
	off_t from = file_size(ALERTS);
	char *script = part(dir, "run", NULL), *uid = part(dir, "uid", NULL), *want = part(dir, "want", NULL);
	char *absent = part(dir, "absent", NULL);
	int status = run_script(script, (unsigned int)atoi(uid));

	settle(want, from, *absent ? ABSENT_MS : QUIET_MS);
	framef("exit", scenario, step, "%d", status);
	frame_file("output", scenario, step, OUTPUT, 0, OUTPUT_LIMIT);
	frame_file("alerts", scenario, step, ALERTS, from, ALERTS_LIMIT);
	free(script);
	free(uid);
	free(want);
	free(absent);
}

/* ---- scenarios ------------------------------------------------------------- */

/* Whether an active plugin names the word. */
static int is_named(char *plugins, const char *quoted)
{
	char *next, *plugin = strstr(plugins, "\"kind\"");

	for (; plugin; plugin = next) {
		int found;

		next = strstr(plugin + 1, "\"kind\"");
		if (next)
			*next = '\0';
		found = strstr(plugin, "\"status\": \"active\"") && strstr(plugin, quoted);
		if (next)
			*next = '"';
		if (found)
			return 1;
	}
	return 0;
}

/*
 * A word that no active plugin names cannot be met. Which plugins are active is for
 * the host to judge.
 */
static int lacks_capability(const char *dir, const char *of)
{
	char *plugins = read_file(of, 0, NULL), *words = part(dir, "requires", NULL), *word, *rest = words;
	int lacks = 0;

	while ((word = strsep(&rest, "\n"))) {
		char quoted[128];

		snprintf(quoted, sizeof(quoted), "\"%s\"", word);
		lacks = lacks || (*word && *plugins && !is_named(plugins, quoted));
	}
	free(plugins);
	free(words);
	return lacks;
}

/* With the plugins that `of` names the steps are not worth running, unless the host wants to see that they fail. */
static int is_skipped(const char *dir, const char *of)
{
	is_gap = lacks_capability(dir, of);
	return is_gap && access(TRY_GAPS, F_OK);
}

/* What the next daemon with these settings lacks too; not when they left monitors out. */
static void remember_plugins(void)
{
	char *config = read_file(CONFIG, 0, NULL);

	if (!strstr(config, "monitors")) {
		copy_file(PLUGINS, LAST_PLUGINS);
		copy_file(CONFIG, LAST_CONFIG);
	}
	free(config);
}

/* The value of the setting enforcer, to the end of its line. */
static int copy_enforcer(const char *path, char *value, size_t size)
{
	char *config = read_file(path, 0, NULL), *line = strstr(config, "enforcer:");

	snprintf(value, size, "%.*s", line ? (int)strcspn(line, "\n") : 0, line ? line : "");
	free(config);
	return *value != '\0';
}

/* Whether the daemon that is remembered was started with the enforcer that this scenario has. */
static int is_like_last(const char *dir)
{
	char path[512], own[128], last[128];

	snprintf(path, sizeof(path), "%s/config.yaml", dir);
	return copy_enforcer(path, own, sizeof(own)) && copy_enforcer(LAST_CONFIG, last, sizeof(last)) &&
	       !strcmp(own, last);
}

static int prepare(const char *dir, int scenario)
{
	char path[512];
	char *setup = part(dir, "setup", NULL);
	int status = 0, error;

	if (*setup && (status = run_script(setup, 0))) {
		framef("error", scenario, 0, "setup ended with %d", status);
		frame_file("output", scenario, 0, OUTPUT, 0, OUTPUT_LIMIT);
	}
	free(setup);
	if (status)
		return -1;
	snprintf(path, sizeof(path), "%s/config.yaml", dir);
	copy_file(path, CONFIG);
	snprintf(path, sizeof(path), "%s/policies.yaml", dir);
	if (access(path, F_OK) == 0)
		copy_file(path, POLICY_DIR "/scenario.yaml");
	error = daemon_start();
	if (error == -ECHILD)
		framef("error", scenario, 0, "the daemon ended before it was ready");
	else if (error)
		framef("error", scenario, 0, "the daemon was not ready: %s", strerror(-error));
	return error;
}

static void run_scenario(const char *dir, int scenario)
{
	int64_t start = now_ms();
	char path[512];
	int error = fresh_state();

	framef("begin", scenario, 0, "%s", dir);
	if (error)
		framef("note", scenario, 0, "the daemon of the scenario before did not stop: %s", strerror(-error));
	if (is_like_last(dir) && is_skipped(dir, LAST_PLUGINS)) {
		frame_file("plugins", scenario, 0, LAST_PLUGINS, 0, 64 << 10);
	} else if (prepare(dir, scenario)) {
		frame_file("plugins", scenario, 0, LAST_PLUGINS, 0, 64 << 10);
	} else {
		remember_plugins();
		frame_file("plugins", scenario, 0, PLUGINS, 0, 64 << 10);
		for (int step = 1; !is_skipped(dir, PLUGINS); step++) {
			snprintf(path, sizeof(path), "%s/%02d", dir, step);
			if (access(path, F_OK))
				break;
			run_step(path, scenario, step);
		}
	}
	frame_file("log", scenario, 0, DAEMON_LOG, 0, LOG_LIMIT);
	framef("end", scenario, 0, "%lld", (long long)(now_ms() - start));
}

static void set_environment(void)
{
	setenv("PATH", "/lab/bin:/usr/bin:/bin:/sbin", 1);
	setenv("HOME", "/", 1);
	setenv("POLICY_DIR", POLICY_DIR, 1);
	setenv("LABTOOL", "/lab/bin/labtool", 1);
	setenv("ALERTS", ALERTS, 1);
}

static int run_all(const char *folder, const char *port)
{
	struct termios raw;
	struct dirent **names;
	struct utsname system;
	int count = scandir(folder, &names, NULL, alphasort);

	results = open(port, O_WRONLY | O_NOCTTY | O_CREAT | O_CLOEXEC, 0600);
	if (results < 0 || count < 0) {
		dprintf(2, "labctl: %s, %s: %s\n", folder, port, strerror(errno));
		return 1;
	}
	if (tcgetattr(results, &raw) == 0) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B115200);
		tcsetattr(results, TCSANOW, &raw);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	set_environment();
	mkdir(STATE, 0755);
	uname(&system);
	framef("boot", 0, 0, "%s", system.release);
	for (int i = 0; i < count; i++) {
		char dir[512];

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", folder, names[i]->d_name);
		dprintf(1, "lab: %s\n", names[i]->d_name);
		run_scenario(dir, atoi(names[i]->d_name));
	}
	fresh_state();
	framef("done", 0, 0, "%d", count - 2);
	tcdrain(results);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	name = name ? name + 1 : argv[0];
	if (!strncmp(name, "daemon-", 7))
		return daemon_command(name, argc > 1 ? argv[1] : NULL);
	if (argc == 4 && !strcmp(argv[1], "run"))
		return run_all(argv[2], argv[3]);
	dprintf(2, "usage: labctl run FOLDER PORT\n");
	return 2;
}
