/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_CLEANUP_H
#define COMPAT_LINUX_CLEANUP_H
#define DEFINE_FREE(name, type, free) \
	static inline void __free_##name(void *p) \
	{ \
		type _T = *(type *)p; \
\
		free; \
	}
#define __free(name)	       __attribute__((cleanup(__free_##name)))
#define retain_and_null_ptr(p) ((p) = NULL)
#define no_free_ptr(p) \
	({ \
		__auto_type ptr_ = (p); \
		(p) = NULL; \
		ptr_; \
	})
#endif
