package store

import (
	"fmt"

	"errata/ingest"
)

// FeedError is a second feed of a source that would count its requests again.
type FeedError struct {
	Source      string
	Format      string
	Feed        ingest.Feed
	OtherFormat string
	Other       ingest.Feed
}

func (e *FeedError) Error() string {
	return fmt.Sprintf("source %q has its requests from %s already (%s), %s (%s) would count them twice: "+
		"read the log with bodies with --logs response, or give it another --source",
		e.Source, e.OtherFormat, e.Other, e.Format, e.Feed)
}

// CheckFeed tells whether a feed may join those that were declared: a
// *FeedError where it would count requests again that another one stands for.
func CheckFeed(declared []FeedUse, u FeedUse) error {
	if !Requests(u.Feed) && !Bodies(u.Feed) {
		return fmt.Errorf("%q is no feed", u.Feed)
	}
	for _, d := range declared {
		if d.Source == u.Source && d.Feed != u.Feed && Requests(d.Feed) && Requests(u.Feed) {
			return &FeedError{Source: u.Source, Format: u.Format, Feed: u.Feed, OtherFormat: d.Format, Other: d.Feed}
		}
	}
	return nil
}
