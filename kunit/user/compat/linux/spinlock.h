/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_SPINLOCK_H
#define COMPAT_LINUX_SPINLOCK_H
typedef char raw_spinlock_t; /* behind it is the platform's own lock of the books */
extern unsigned long platform_lock_books(void);
extern void platform_unlock_books(unsigned long flags);
#define raw_spin_lock_irqsave(lock, flags)	((flags) = platform_lock_books())
#define raw_spin_unlock_irqrestore(lock, flags) platform_unlock_books(flags)
#endif
