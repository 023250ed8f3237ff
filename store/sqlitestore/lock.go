package sqlitestore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockSuffix names the file that the writer holds locked, beside the store.
// It is not the store itself: closing a second descriptor of that would drop
// the engine's own locks. It stays there: to remove it while another process
// waits for it would let two in.
const lockSuffix = ".lock"

// lockPoll is how often a waiting writer tries again.
const lockPoll = 50 * time.Millisecond

// lockWriter takes the writer's lock. The kernel gives it back when the
// process ends, however it ends.
func lockWriter(path string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explainFile(path, err)
	}
	for waited := time.Duration(0); ; waited += lockPoll {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			_ = f.Close()
			return nil, fmt.Errorf("store %s: lock it for writing: %w", path, err)
		}
		if waited >= wait {
			holder := holderOf(f)
			_ = f.Close()
			return nil, fmt.Errorf("store %s: %w%s: try again when it is done", path, ErrBusy, holder)
		}
		time.Sleep(lockPoll)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(fmt.Sprintf("%d\n", os.Getpid())), 0)
	}
	return f, nil
}

// holderOf names the process that holds the lock, if it said so.
func holderOf(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		return ""
	}
	return " (process " + pid + ")"
}
