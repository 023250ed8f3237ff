package sqlitestore

import (
	"time"

	"errata/parse/normal"
)

// DefaultWait is how long a writer waits for another one to end.
const DefaultWait = 5 * time.Second

// Config says which file and how to open it.
type Config struct {
	Path string
	// CallerKey of privacy.caller_key_file; nil: the store's own, made at its birth.
	CallerKey *normal.CallerKey
	// ReadOnly opens an existing store for queries; nothing is created or changed.
	ReadOnly bool
	// Now is the clock of `written` and of expiry; nil: the machine's.
	Now func() time.Time
	// Wait is how long Open waits for another writer; 0: DefaultWait, below 0: not at all.
	Wait time.Duration
}
