// Package demand answers who asks for the features that a server answers 501
// for: by feature and available_from, and caller by caller. It reads any store
// through its Reader and holds the callers of one range and of the range before
// in memory, exactly.
package demand
