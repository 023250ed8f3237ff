package sqlitestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockSuffix names the file that the writer holds locked, beside the store.
// It is not the store itself: closing a second descriptor of that would drop
// the engine's own locks.
const lockSuffix = ".lock"

// lockPoll is how often a waiting writer tries again.
const lockPoll = 50 * time.Millisecond

// lockWriter takes the writer's lock. The kernel gives it back when the
// process ends, however it ends.
func lockWriter(path string, wait time.Duration) (*os.File, error) {
	for waited := time.Duration(0); ; waited += lockPoll {
		f, err := tryLock(path)
		if err != nil || f != nil {
			return f, err
		}
		if waited >= wait {
			return nil, fmt.Errorf("store %s: %w%s: try again when it is done", path, ErrBusy, holder(path))
		}
		time.Sleep(lockPoll)
	}
}

// tryLock takes the lock if it is free; no file and no error: it is held.
func tryLock(path string) (_ *os.File, err error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explainFile(path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return nil, f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("store %s: lock it for writing: %w", path, err)
	}
	// The one before us removes the file when it is done: what we hold must be
	// the file that the next one will find.
	mine, err := f.Stat()
	if err != nil {
		return nil, explainFile(path, err)
	}
	if there, err := os.Stat(path + lockSuffix); err != nil || !os.SameFile(mine, there) {
		return nil, f.Close()
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(io.NewOffsetWriter(f, 0), "%d\n", os.Getpid())
	}
	return f, nil
}

// unlock removes the lock's file while it is still held, then gives it back:
// whoever gets the lock of the file that went sees that and takes the next one.
func unlock(path string, f *os.File) error {
	err := os.Remove(path + lockSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // somebody tidied up
	}
	return errors.Join(err, f.Close())
}

// holder names the process that holds the lock, if it said so.
func holder(path string) string {
	b, err := os.ReadFile(path + lockSuffix)
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" || len(pid) > 20 {
		return ""
	}
	return " (process " + pid + ")"
}
