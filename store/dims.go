package store

import (
	"errata/aggregate"
)

// NoBody is the value of the envelope dimensions in the rows of errors whose
// body nobody logged: requests with status >= 400 without an error row.
const NoBody = "(no body)"

// The dimensions, by the name of their key column.
const (
	dimSource = "source"
	dimStatus = "status"
	dimReason = "reason"
	dimCaller = "caller"
	dimShape  = "shape"
)

// kindDims are the key columns of a kind that a query may ask for, in the
// order of docs/schema.md. Caller is no dimension: hashes are handed out only
// by the internal measure caller_map.
func kindDims(k aggregate.Kind) []string {
	switch k {
	case aggregate.KindRequest:
		return []string{"source", "route", "method", "status"}
	case aggregate.KindError:
		return []string{
			"source", "route", "method", "status", "type", "code", "param", "param_source",
			"feature", "available_from", "shape", "origin", "template",
		}
	case aggregate.KindRClient:
		return []string{"source", "route", "method", "status", "client", "auth", "retry"}
	case aggregate.KindEClient:
		return []string{"source", "route", "method", "status", "type", "param", "client", "auth", "retry"}
	case aggregate.KindFinding:
		return []string{"source", "route", "method", "status", "type", "finding"}
	case aggregate.KindRead:
		return []string{"source", "reason"}
	case aggregate.KindDemand:
		return []string{"source", "feature", "available_from", "reason", "client"}
	case aggregate.KindActive:
		return []string{"source"}
	default:
		return nil
	}
}

// Dimensions are all dimensions that a query may group by or filter on.
func Dimensions() []string {
	return []string{
		"source", "route", "method", "status", "type", "code", "param", "param_source",
		"feature", "available_from", "shape", "origin", "template", "client", "auth", "retry",
		"finding", "reason",
	}
}

// capOf names the setting that bounds a dimension's values, "" for none.
func capOf(dim string) string {
	switch dim {
	case "route":
		return "caps.routes"
	case "method":
		return "caps.methods"
	case "type":
		return "caps.types"
	case "code":
		return "caps.codes"
	case "param":
		return "caps.params"
	case "feature", "available_from":
		return "caps.features"
	case "template":
		return "caps.templates"
	case "client":
		return "caps.clients"
	default:
		return ""
	}
}

// family is a set of kinds that answers a query together: its errors, or what
// else is counted, and where there are any the requests that they are a part of.
type family struct {
	name     string
	requests aggregate.Kind // 0: none
	errors   aggregate.Kind
	grain    int64
	measures []string // what it can answer; the rest is null with a note
}

// families in the order in which they are tried: the finest grain first.
func families() []family {
	return []family{
		{
			name: "error", requests: aggregate.KindRequest, errors: aggregate.KindError, grain: 60,
			measures: []string{
				MeasureRequests, MeasureResponses, MeasureErrors, MeasureRatio, MeasureEnvelopes, MeasureCallers,
				MeasureBytes, MeasureP50, MeasureP95, MeasureP99, MeasureCallerMap,
			},
		},
		{
			name: "client", requests: aggregate.KindRClient, errors: aggregate.KindEClient, grain: 3600,
			measures: []string{MeasureRequests, MeasureResponses, MeasureErrors, MeasureRatio},
		},
		{
			name: "finding", errors: aggregate.KindFinding, grain: 3600,
			measures: []string{MeasureErrors, MeasureFindings},
		},
		{
			name: "demand", errors: aggregate.KindDemand, grain: 86400,
			measures: []string{MeasureErrors, MeasureAttempts, MeasureCallers, MeasureCallerMap},
		},
		{
			name: "read", errors: aggregate.KindRead, grain: 3600,
			measures: []string{MeasureEntries},
		},
		{
			name: "active", errors: aggregate.KindActive, grain: 3600,
			measures: []string{MeasureRequests, MeasureActiveCallers, MeasureCallerMap},
		},
	}
}

// dims are the dimensions that the family knows: those of its errors.
func (f family) dims() []string { return kindDims(f.errors) }

// common tells whether a dimension is known of every request, so that errors
// without a logged body have it too.
func (f family) common(dim string) bool {
	if f.requests == 0 {
		return dim == dimSource
	}
	return contains(kindDims(f.requests), dim)
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
