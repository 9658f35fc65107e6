// What warm_call hands to the server of warm.c: this, with its descriptors, and then `text_size` bytes, which are a folder, the words and the environment,
// each ended by a zero. Two numbers come back: the process, and, once it has ended, its status in the form of waitpid(2).
#ifndef PPM_TESTS_WARM_H
#define PPM_TESTS_WARM_H

#include <stdint.h>
#include <sys/types.h>

#define WARM_FILES 16 // descriptors, at the most

struct warm_request {
	uint32_t file_count, word_count, variable_count;
	mode_t mask;
	int32_t files[WARM_FILES]; // their numbers
	uint64_t text_size;
	uint64_t ignored; // bit i: signal i
};

#endif
