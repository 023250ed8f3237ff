package store

// The measures.
const (
	MeasureRequests = "requests"
	// MeasureResponses counts everything answered, whatever the feeds: requests,
	// and in hours of a source without request rows its errors.
	MeasureResponses = "responses"
	MeasureErrors    = "errors"
	MeasureRatio     = "ratio"
	MeasureEnvelopes = "envelopes"
	MeasureCallers   = "callers"
	MeasureBytes     = "bytes"
	MeasureP50       = "p50"
	MeasureP95       = "p95"
	MeasureP99       = "p99"

	// MeasureEntries counts what was read, dead letters included, by reason:
	// "" counted, "success", else the dead letters'.
	MeasureEntries = "entries"
	// MeasureFindings counts entries by the finding that they show.
	MeasureFindings = "findings"
	// MeasureAttempts counts the 501 answers that name a feature.
	MeasureAttempts = "attempts"
	// MeasureActiveCallers counts the distinct callers of all requests.
	MeasureActiveCallers = "active_callers"

	// MeasureCallerMap hands the merged caller maps to other parts of the
	// program as a CallerMap; it is never printed.
	MeasureCallerMap = "caller_map"
)

// Measures are the measures that a user may ask for.
func Measures() []string {
	return []string{
		MeasureRequests, MeasureResponses, MeasureErrors, MeasureRatio, MeasureEnvelopes, MeasureCallers, MeasureBytes,
		MeasureP50, MeasureP95, MeasureP99, MeasureEntries, MeasureFindings, MeasureAttempts, MeasureActiveCallers,
	}
}

// ownMeasure tells whether a measure has a meaning in its own kind only, so
// that asking for it elsewhere is a mistake and not a null.
func ownMeasure(m string) bool {
	return m == MeasureEntries || m == MeasureFindings || m == MeasureAttempts || m == MeasureActiveCallers
}

// percentile of a measure, 0 for those that are none.
func percentileOf(m string) float64 {
	switch m {
	case MeasureP50:
		return 0.50
	case MeasureP95:
		return 0.95
	case MeasureP99:
		return 0.99
	default:
		return 0
	}
}

// ErrorColumn is the column of a measure's standard error, which stands behind
// it; "" for those that have none.
func ErrorColumn(m string) string {
	switch m {
	case MeasureCallers:
		return ColumnCallersError
	case MeasureActiveCallers:
		return ColumnActiveCallersError
	default:
		return ""
	}
}
