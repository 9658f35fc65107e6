// A signal handler has no argument of ours, so here is the one variable of the project that is neither constant nor somebody's.
#include "lang/driver/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile int signal_seen;

static void on_signal(int number)
{
	__atomic_store_n(&signal_seen, number, __ATOMIC_RELAXED); // its thread is any of them
}

void ppm_signals_install(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action, old;

	memset(&action, 0, sizeof action);
	action.sa_handler = on_signal;
	action.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!sigaction(numbers[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

const volatile int *ppm_signals_flag(void)
{
	return &signal_seen;
}

void ppm_signals_raise(void)
{
	int number = __atomic_load_n(&signal_seen, __ATOMIC_RELAXED);

	if (!number)
		return;
	signal(number, SIG_DFL);
	raise(number);
}
