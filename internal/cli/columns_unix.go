//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// widest is the width above which lines are hard to follow.
const widest = 140

// columns is the width of the terminal that f is, 0 where it is none.
func columns(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return min(int(size.Col), widest)
}
