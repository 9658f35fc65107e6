// Threads that are made once and wait for work: to make one is dear under a sanitizer, and some tests need thousands. For one test at a time.
#ifndef PPM_TESTS_UNIT_CREW_H
#define PPM_TESTS_UNIT_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define CREW_SIZE 8

struct crew_member {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool hired;
	void *(*work)(void *); // NULL: it waits
	void *context;
};

static struct crew_member crew[CREW_SIZE];

static inline void *crew_life(void *context)
{
	struct crew_member *member = context;
	pthread_mutex_lock(&member->lock);
	for (;;) {
		while (!member->work)
			pthread_cond_wait(&member->changed, &member->lock);
		pthread_mutex_unlock(&member->lock);
		member->work(member->context);
		pthread_mutex_lock(&member->lock);
		member->work = NULL;
		pthread_cond_signal(&member->changed);
	}
	return NULL;
}

// `number` below CREW_SIZE, and not at work.
static inline void crew_start(unsigned number, void *(*work)(void *), void *context)
{
	struct crew_member *member = &crew[number];
	if (!member->hired) {
		pthread_t thread;
		pthread_mutex_init(&member->lock, NULL);
		pthread_cond_init(&member->changed, NULL);
		if (pthread_create(&thread, NULL, crew_life, member) != 0 || pthread_detach(thread) != 0)
			abort();
		member->hired = true;
	}
	pthread_mutex_lock(&member->lock);
	member->work = work;
	member->context = context;
	pthread_cond_signal(&member->changed);
	pthread_mutex_unlock(&member->lock);
}

static inline void crew_wait(unsigned number)
{
	struct crew_member *member = &crew[number];
	pthread_mutex_lock(&member->lock);
	while (member->work)
		pthread_cond_wait(&member->changed, &member->lock);
	pthread_mutex_unlock(&member->lock);
}

#endif
