package demand

import (
	"context"
	"errors"
)

// Build answers who asked for what, by feature and available_from.
func Build(_ context.Context, _ Reader, _ Options) (*Demand, error) {
	return nil, errors.New("demand: not built yet")
}

// BuildCallers answers who asked for what, caller by caller.
func BuildCallers(_ context.Context, _ Reader, _ Options) (*CallerDemand, error) {
	return nil, errors.New("demand: not built yet")
}
