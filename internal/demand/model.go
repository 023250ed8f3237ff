package demand

import (
	"context"
	"time"

	"errata/store"
)

// Reader is what demand is read from.
type Reader interface {
	Query(ctx context.Context, q store.Query) (store.Result, error)
	List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error
}

// Demand is who asked for what answers 501. JSON names are a contract, and so
// is the order of members.
type Demand struct {
	From   *time.Time `json:"from"` // whole UTC days
	To     *time.Time `json:"to"`
	Rows   []Row      `json:"rows"` // attempts descending, then callers; ties by feature and available_from
	Totals Totals     `json:"totals"`
	Notes  []string   `json:"notes"`
}

// Row is the demand for one feature under one available_from. A null cannot be
// known; a note says why.
type Row struct {
	Feature        string     `json:"feature"`
	AvailableFrom  string     `json:"available_from"`
	Attempts       int64      `json:"attempts"`
	Callers        *int64     `json:"callers"`
	CallersError   *float64   `json:"callers_error"` // standard error in callers, 0 when exact
	Orgs           *int64     `json:"orgs"`          // needs a file of caller names
	Days           int64      `json:"days"`          // UTC days with an attempt
	FirstSeen      *time.Time `json:"first_seen"`    // within the range; null where attempts is 0
	LastSeen       *time.Time `json:"last_seen"`
	New            *int64     `json:"new"`       // callers of the range that are not among those of the range before
	Returning      *int64     `json:"returning"` // callers of both
	Gone           *int64     `json:"gone"`      // callers of the range before only
	TopCallerShare *float64   `json:"top_caller_share"`
	Reasons        Reasons    `json:"reasons"` // of attempts
	Converted      *int64     `json:"converted"`
	Reach          *float64   `json:"reach"`
}

// Reasons counts attempts by why they failed.
type Reasons struct {
	NoHeader     int64 `json:"no_header"`
	OtherFeature int64 `json:"other_feature"`
	OlderValue   int64 `json:"older_value"`
	RightValue   int64 `json:"right_value"`
	Unknown      int64 `json:"unknown"`
}

// Totals are of the whole range. Callers are distinct over all features.
type Totals struct {
	Attempts     *int64   `json:"attempts"` // null: 501 was answered and no feed with bodies was read
	Callers      *int64   `json:"callers"`
	CallersError *float64 `json:"callers_error"`
	NoFeature    *int64   `json:"no_feature"` // error rows with status 501 that name no feature; null as attempts
}

// CallerRow is what one caller asked for: errata demand --callers.
type CallerRow struct {
	Feature       string    `json:"feature"`
	AvailableFrom string    `json:"available_from"`
	Caller        string    `json:"caller"` // 16 hex digits, "" for attempts without a caller
	Name          string    `json:"name"`   // from the operator's file, else ""
	Org           string    `json:"org"`
	Attempts      int64     `json:"attempts"`
	Days          int64     `json:"days"`
	FirstSeen     time.Time `json:"first_seen"`
	LastSeen      time.Time `json:"last_seen"`
	Reason        string    `json:"reason"` // of most attempts, ties in the order of Reasons
	Converted     *bool     `json:"converted"`
	Client        string    `json:"client"` // of most attempts, ties by byte order
}

// CallerDemand is demand caller by caller.
type CallerDemand struct {
	From   *time.Time  `json:"from"`
	To     *time.Time  `json:"to"`
	Rows   []CallerRow `json:"rows"` // attempts descending; ties by feature, available_from, caller
	Totals Totals      `json:"totals"`
	Notes  []string    `json:"notes"`
}
