//go:build !unix

package dlq

// openFlags: this system knows no links to guard against here.
const openFlags = 0
