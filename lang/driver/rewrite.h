// Models that are rewritten in place, by fmt and by `lint --fix`.
#ifndef PPM_LANG_DRIVER_REWRITE_H
#define PPM_LANG_DRIVER_REWRITE_H

#include "lang/driver/driver.h"

// Appends what differs between two texts, by lines; blanks within lines are passed over when the two are aligned.
void ppm_rewrite_difference(const struct ppm_driver *driver, struct ppm_slice old, struct ppm_slice new, struct ppm_buffer *out);
// Writes the text in the file's place, whole or not at all; not when memory ran out while the text, or a message before it, was made. Failures were shown.
enum ppm_exit ppm_rewrite_file(const struct ppm_driver *driver, const char *path, const struct ppm_buffer *text);

#endif
