//go:build unix

package dlq

import "syscall"

// openFlags: no link is followed, and a fifo in the file's place does not hang the open.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK | syscall.O_CLOEXEC
