// The difference of two texts, and writing the new one in the old one's place.
#include "lang/driver/rewrite.h"
#include "runtime/base/text.h"
#include "runtime/sink/atomic_file.h"

#include <errno.h>

#define DIFF_LINES 24 // that are shown of one file
#define DIFF_LOOK 200 // lines that are searched for where both go on alike

// Takes a line, without its end, off the text.
static struct ppm_slice take_line(struct ppm_slice *text)
{
	const char *end = memchr(text->data, '\n', text->size);
	struct ppm_slice line = { text->data, end ? (size_t)(end - text->data) : text->size };
	size_t taken = end ? line.size + 1 : line.size;

	text->data += taken;
	text->size -= taken;
	return line;
}

static bool next_sign(struct ppm_slice line, size_t *at)
{
	while (*at < line.size && (line.data[*at] == ' ' || line.data[*at] == '\t' || line.data[*at] == '\r'))
		++*at;
	return *at < line.size;
}

// The same line but for its blanks, which are all that a form changes.
static bool alike(struct ppm_slice a, struct ppm_slice b)
{
	size_t i = 0, k = 0;
	bool any = false, more_a, more_b;

	for (;; i++, k++) {
		more_a = next_sign(a, &i);
		more_b = next_sign(b, &k);
		if (!more_a || !more_b)
			return any && more_a == more_b;
		if (a.data[i] != b.data[k])
			return false;
		any = true;
	}
}

// The fewest lines to leave out of both so that they go on alike; what is looked at, when that is further on.
static void find_alike(struct ppm_slice old, struct ppm_slice new, uint32_t *old_lines, uint32_t *new_lines)
{
	struct ppm_slice olds[DIFF_LOOK], news[DIFF_LOOK];
	uint32_t old_count = 0, new_count = 0;

	while (old.size && old_count < DIFF_LOOK)
		olds[old_count++] = take_line(&old);
	while (new.size && new_count < DIFF_LOOK)
		news[new_count++] = take_line(&new);
	for (uint32_t both = 0; old_count && new_count && both < old_count + new_count - 1; both++)
		for (uint32_t i = both < new_count ? 0 : both - new_count + 1; i <= both && i < old_count; i++)
			if (alike(olds[i], news[both - i])) {
				bool same = ppm_slice_equal(olds[i], news[both - i]);
				*old_lines = i + !same;
				*new_lines = both - i + !same;
				return;
			}
	*old_lines = old_count;
	*new_lines = new_count;
}

static void show_lines(const struct ppm_driver *driver, struct ppm_slice *text, uint32_t count, char sign, uint32_t *shown, struct ppm_buffer *out)
{
	for (; count; count--) {
		struct ppm_slice line = take_line(text);
		if ((*shown)++ >= DIFF_LINES)
			continue;
		ppm_buffer_format(out, "%s%c", driver->colour_out ? sign == '-' ? "\033[31m" : "\033[32m" : "", sign);
		if (line.size)
			ppm_text_append_escaped(out, line, 0, false);
		ppm_buffer_append_text(out, driver->colour_out ? "\033[0m\n" : "\n");
	}
}

void ppm_rewrite_difference(const struct ppm_driver *driver, struct ppm_slice old, struct ppm_slice new, struct ppm_buffer *out)
{
	uint32_t line = 1, shown = 0;

	while (old.size || new.size) {
		struct ppm_slice rest_old = old, rest_new = new;
		uint32_t old_lines = 0, new_lines = 0, more_old, more_new;
		while (rest_old.size || rest_new.size) {
			struct ppm_slice after_old = rest_old, after_new = rest_new;
			if (rest_old.size && rest_new.size && ppm_slice_equal(take_line(&after_old), take_line(&after_new)))
				break;
			find_alike(rest_old, rest_new, &more_old, &more_new);
			for (uint32_t i = 0; i < more_old; i++)
				take_line(&rest_old);
			for (uint32_t i = 0; i < more_new; i++)
				take_line(&rest_new);
			old_lines += more_old;
			new_lines += more_new;
		}
		if (old_lines + new_lines == 0) {
			take_line(&old);
			take_line(&new);
			line++;
			continue;
		}
		if (shown < DIFF_LINES)
			ppm_buffer_format(out, "@@ line %u @@\n", line);
		show_lines(driver, &old, old_lines, '-', &shown, out);
		show_lines(driver, &new, new_lines, '+', &shown, out);
		line += old_lines;
	}
	if (shown == 0)
		ppm_buffer_append_text(out, "the last line has no end\n");
	if (shown > DIFF_LINES)
		ppm_buffer_format(out, "… and %u more lines\n", shown - DIFF_LINES);
}

enum ppm_exit ppm_rewrite_file(const struct ppm_driver *driver, const char *path, const struct ppm_buffer *text)
{
	struct ppm_atomic_file *file = NULL;
	enum ppm_status status = text->failed || *driver->memory_ran_out ? PPM_ERROR_MEMORY : ppm_atomic_file_open(&file, NULL, path);

	if (!status) {
		ppm_atomic_file_on_leftover(file, ppm_driver_left_behind, driver);
		status = ppm_atomic_file_write(file, text->data, text->size);
		if (status) {
			int error = errno;
			ppm_atomic_file_abandon(file);
			errno = error;
		} else {
			status = ppm_atomic_file_commit(file);
		}
	}
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	return status ? ppm_driver_io(driver, "write", path, errno) : PPM_EXIT_DONE;
}
