/* SPDX-License-Identifier: GPL-2.0 */
/* The errnos that the core returns: its name for each, the number, and Linux's name, which the shim compares. */
#ifndef TDX_SHIM_ERRNO_TABLE_H
#define TDX_SHIM_ERRNO_TABLE_H

#define TDX_ERRNO_TABLE(ERRNO) \
	ERRNO(kIo, 5, EIO) \
	ERRNO(kTooBig, 7, E2BIG) \
	ERRNO(kBadHandle, 9, EBADF) \
	ERRNO(kAgain, 11, EAGAIN) \
	ERRNO(kNoMemory, 12, ENOMEM) \
	ERRNO(kAccess, 13, EACCES) \
	ERRNO(kBusy, 16, EBUSY) \
	ERRNO(kNoDevice, 19, ENODEV) \
	ERRNO(kInvalid, 22, EINVAL) \
	ERRNO(kNotSupported, 95, EOPNOTSUPP) \
	ERRNO(kShutdown, 108, ESHUTDOWN) \
	ERRNO(kUnclean, 117, EUCLEAN)

#endif
