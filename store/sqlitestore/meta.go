package sqlitestore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"errata/ingest"
	"errata/parse/normal"
	"errata/store"
)

// The names in meta that are the store's own.
const (
	metaKey         = "caller_key"             // of a store that made its own key
	metaFingerprint = "caller_key_fingerprint" // of whichever key it is
)

// Meta reads what another part of the program keeps under a name.
func (s *Store) Meta(ctx context.Context, name string) (value string, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, s.explain("read meta", err)
}

// SetMeta keeps a value under a name. The store's own names are refused.
func (s *Store) SetMeta(ctx context.Context, name, value string) error {
	if name == "" || strings.HasPrefix(name, "caller_key") || name == metaClear {
		return fmt.Errorf("store %s: the name %q in meta is the store's own", s.path, name)
	}
	return s.update(ctx, "write meta", func() error { return s.w.setMeta(name, value) })
}

func (w *writer) setMeta(name, value string) error {
	_, err := w.conn.ExecContext(engine(), "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", name, value)
	return err
}

// update runs f in a transaction of its own.
func (s *Store) update(ctx context.Context, op string, f func() error) error {
	if s.readOnly {
		return fmt.Errorf("store %s: %w", s.path, ErrReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return fmt.Errorf("store %s: it is closed", s.path)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.transact(op, f)
}

// CallerKey is the key that callers of this store are hashed with; false where
// the store was written with a key file that was not given.
func (s *Store) CallerKey() (normal.CallerKey, bool) { return s.key, s.hasKey }

// loadKey finds the caller key: the one given, which must be the one that the
// store was written with, else the store's own, made at its birth.
func (s *Store) loadKey(ctx context.Context, given *normal.CallerKey) error {
	fingerprint, known, err := s.Meta(ctx, metaFingerprint)
	if err != nil {
		return err
	}
	own, hasOwn, err := s.Meta(ctx, metaKey)
	if err != nil {
		return err
	}
	if hasOwn {
		key, err := normal.ParseCallerKey(own)
		if err != nil {
			return fmt.Errorf("store %s: its caller key is damaged: %w", s.path, err)
		}
		s.key, s.hasKey = key, true
	}
	switch {
	case given != nil && known && given.Fingerprint() != fingerprint:
		return fmt.Errorf("store %s: %w: it was written with the key %s, the one given is %s: %s",
			s.path, ErrCallerKey, fingerprint, given.Fingerprint(), keyHint(hasOwn))
	case given != nil:
		s.key, s.hasKey = *given, true
	case known && !hasOwn && !s.readOnly:
		return fmt.Errorf("store %s: %w: it was written with the key %s of a file: name that file in privacy.caller_key_file",
			s.path, ErrCallerKey, fingerprint)
	}
	if known || s.readOnly {
		return nil
	}
	return s.keepKey(ctx, given == nil)
}

func keyHint(own bool) string {
	if own {
		return "leave privacy.caller_key_file unset, the store keeps its own key"
	}
	return "name the right file in privacy.caller_key_file"
}

// keepKey stores the fingerprint of a new store's key, and the key itself
// where the store makes it. A key from a file never enters the store.
func (s *Store) keepKey(ctx context.Context, own bool) error {
	if own {
		if _, err := rand.Read(s.key[:]); err != nil {
			return fmt.Errorf("store %s: make a caller key: %w", s.path, err)
		}
		s.hasKey = true
	}
	return s.update(ctx, "keep the caller key", func() error {
		if own {
			if err := s.w.setMeta(metaKey, hex.EncodeToString(s.key[:])); err != nil {
				return err
			}
		}
		return s.w.setMeta(metaFingerprint, s.key.Fingerprint())
	})
}

// Files are the marks of a source's files, by lane.
func (s *Store) Files(ctx context.Context, source string) ([]ingest.FileMark, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT lane, source, name, feed, format, length, lines, head_hash, tail_hash
		FROM files WHERE source = ? ORDER BY lane`, source)
	if err != nil {
		return nil, s.explain("read file marks", err)
	}
	defer func() { _ = rows.Close() }()
	var out []ingest.FileMark
	for rows.Next() {
		var f ingest.FileMark
		var lane, feed string
		if err := rows.Scan(&lane, &f.Source, &f.Name, &feed, &f.Format, &f.Length, &f.Lines, &f.HeadHash, &f.TailHash); err != nil {
			return nil, s.explain("read file marks", err)
		}
		f.Lane, f.Feed = ingest.LaneID(lane), ingest.Feed(feed)
		out = append(out, f)
	}
	return out, s.explain("read file marks", rows.Err())
}

// Feeds are the feeds that a source was declared as, by format and feed.
func (s *Store) Feeds(ctx context.Context, source string) ([]store.FeedUse, error) {
	rows, err := s.db.QueryContext(ctx,
		"SELECT source, format, feed FROM feeds WHERE source = ? ORDER BY format, feed", source)
	if err != nil {
		return nil, s.explain("read feeds", err)
	}
	defer func() { _ = rows.Close() }()
	var out []store.FeedUse
	for rows.Next() {
		var u store.FeedUse
		var feed string
		if err := rows.Scan(&u.Source, &u.Format, &feed); err != nil {
			return nil, s.explain("read feeds", err)
		}
		u.Feed = ingest.Feed(feed)
		out = append(out, u)
	}
	return out, s.explain("read feeds", rows.Err())
}

// DeclareFeed keeps that a source has a feed in a format. Two feeds of one
// source that both stand for requests would count each request twice and are
// refused.
func (s *Store) DeclareFeed(ctx context.Context, source, format string, feed ingest.Feed) error {
	if feed != ingest.FeedAccess && feed != ingest.FeedResponse && feed != ingest.FeedBoth {
		return fmt.Errorf("store %s: %q is no feed", s.path, feed)
	}
	return s.update(ctx, "declare a feed", func() error {
		if store.Requests(feed) {
			other := ingest.FeedBoth
			if feed == ingest.FeedBoth {
				other = ingest.FeedAccess
			}
			var in string
			err := s.w.conn.QueryRowContext(engine(),
				"SELECT format FROM feeds WHERE source = ? AND feed = ? LIMIT 1", source, string(other)).Scan(&in)
			if err == nil {
				return &store.FeedError{Source: source, Format: format, Feed: feed, OtherFormat: in, Other: other}
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		_, err := s.w.conn.ExecContext(engine(),
			"INSERT INTO feeds (source, format, feed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			source, format, string(feed))
		return err
	})
}
