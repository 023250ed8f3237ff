package filesrc

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"errata/ingest"
)

const (
	// identSize is how many bytes each of the two identity hashes covers.
	identSize = 4 << 10
	// maxLineDefault is the longest line that is decoded; a longer one is one dead entry.
	maxLineDefault = 40 << 20
	// chunkDefault is large enough that the hand-over of chunks costs nothing
	// beside decoding, and small enough to stay near the cache.
	chunkDefault = 1 << 20
	// spoolDefault bounds the temporary file that holds stdin while it is
	// compared with a known file that begins alike.
	spoolDefault = 1 << 30
	// maxWindow is the largest zstd window that is decoded: that of zstd's
	// levels up to 21. The window is held whole, so level 22 and --long=27 would
	// break the promise of 200 MB; unpacked by zstd -dc they are read from stdin.
	maxWindow = 64 << 20
	// fetchMax bounds the records of one Fetch, so that a chunk of empty lines
	// does not become a slice of a million records.
	fetchMax = 4096
)

// Config says what to read.
type Config struct {
	Source  string            // name of the source, kept in the marks
	Inputs  []string          // FILE, DIR, GLOB or "-" for stdin, in this order
	Known   []ingest.FileMark // what the store keeps of this source's files
	Final   bool              // an unterminated last line counts as whole
	Exclude []string          // paths that are never inputs: the store and its side files

	MaxLine  int       // longest line in bytes, 0: 40 MiB
	Chunk    int       // bytes read at once, 0: 1 MiB
	Stdin    io.Reader // nil: os.Stdin
	SpoolDir string    // for stdin that begins like a known file; "": the system's temporary directory
	SpoolMax int64     // 0: 1 GiB

	Notice   func(ingest.Notice)     // called from Next and Fetch; nil: nobody listens
	Progress func(done, total int64) // bytes on disk, total 0 if unknown; called from Next, Fetch and Close
	Nonce    func() string           // draws the id of a new lane; nil: 128 random bits in hex
}

// DefaultConfig is the configuration before inputs and marks are known.
func DefaultConfig() Config {
	return Config{Source: "default", MaxLine: maxLineDefault, Chunk: chunkDefault, SpoolMax: spoolDefault}
}

// Validate says what is wrong with c.
func (c *Config) Validate() error {
	var errs []error
	if c.Source == "" {
		errs = append(errs, errors.New("filesrc: no source name"))
	}
	if len(c.Inputs) == 0 {
		errs = append(errs, errors.New("filesrc: no inputs"))
	}
	if c.MaxLine != 0 && c.MaxLine < identSize {
		errs = append(errs, fmt.Errorf("filesrc: lines of at most %d bytes: at least %d are needed to know a file again", c.MaxLine, identSize))
	}
	if c.Chunk < 0 || c.SpoolMax < 0 {
		errs = append(errs, fmt.Errorf("filesrc: sizes must not be negative (chunk %d, spool %d)", c.Chunk, c.SpoolMax))
	}
	return errors.Join(errs...)
}

func (c *Config) fill() {
	if c.MaxLine == 0 {
		c.MaxLine = maxLineDefault
	}
	if c.Chunk == 0 {
		c.Chunk = chunkDefault
	}
	if c.SpoolMax == 0 {
		c.SpoolMax = spoolDefault
	}
	if c.Stdin == nil {
		c.Stdin = os.Stdin
	}
	if c.Notice == nil {
		c.Notice = func(ingest.Notice) {}
	}
	if c.Progress == nil {
		c.Progress = func(int64, int64) {}
	}
	if c.Nonce == nil {
		c.Nonce = randomNonce
	}
}

func randomNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return hex.EncodeToString(b[:])
}
