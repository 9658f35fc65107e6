// MemorySanitizer sees what is compiled with it and nothing else. Memory that another library has written is named here, at the border, so that the sanitizer takes it as written; so are
// the arguments of a function that such a library calls. What a library reads of its own memory through the C library's functions is not checked. In every other build there is nothing of this.
#ifndef PPM_RUNTIME_BASE_INSTRUMENTED_H
#define PPM_RUNTIME_BASE_INSTRUMENTED_H

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define PPM_WRITTEN_OUTSIDE(pointer, size) __msan_unpoison(pointer, size)
#define PPM_OUTSIDE_BEGINS() __msan_scoped_disable_interceptor_checks()
#define PPM_OUTSIDE_ENDS() __msan_scoped_enable_interceptor_checks()
#endif
#endif

#ifndef PPM_WRITTEN_OUTSIDE
#define PPM_WRITTEN_OUTSIDE(pointer, size) ((void)0)
#define PPM_OUTSIDE_BEGINS() ((void)0)
#define PPM_OUTSIDE_ENDS() ((void)0)
#endif

#endif
