package dlq

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Stats say what List passed over.
type Stats struct {
	Letters int64 // shown
	Entries int64 // sum of their counts
	Again   int64 // letters that were written again after a crash
	Garbage int64 // lines that are no letters
}

// List calls show for each letter of the file at path and of the one rotated
// away before it, oldest first, each identity once. No file is no letters.
func List(path string, show func(Letter) error) (Stats, error) {
	var st Stats
	last := map[identity]int64{}
	n := int64(0)
	err := each(path, func(l *Letter) error {
		n++
		last[l.identity()] = n
		return nil
	}, nil)
	if err != nil {
		return st, err
	}
	n = 0
	err = each(path, func(l *Letter) error {
		if n++; last[l.identity()] != n {
			st.Again++
			return nil
		}
		st.Letters++
		st.Entries += l.Count
		return show(*l)
	}, &st.Garbage)
	return st, err
}

func each(path string, f func(*Letter) error, garbage *int64) error {
	for _, p := range []string{path + ".1", path} {
		if err := eachOf(p, f, garbage); err != nil {
			return err
		}
	}
	return nil
}

func eachOf(path string, f func(*Letter) error, garbage *int64) error {
	file, err := openRegular(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dead letters %s: %w", path, cause(err))
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, lineMax)
	for {
		line, err := r.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n') // too long to be a letter: to its end
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("dead letters %s: %w", path, cause(err))
		}
		var l Letter
		ok := false
		if !long {
			l, ok = decode(line)
		}
		if ok {
			if err := f(&l); err != nil {
				return err
			}
		} else if garbage != nil && (len(line) > 0 || long) {
			*garbage++
		}
		if err == io.EOF {
			return nil
		}
	}
}
