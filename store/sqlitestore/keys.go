package sqlitestore

import "errata/aggregate"

// keyColumn is a dimension of rows; text is nil for status.
type keyColumn struct {
	name string
	text func(*aggregate.Key) *string
}

// keyColumns in the order of docs/schema.md.
func keyColumns() []keyColumn {
	return []keyColumn{
		{"source", func(k *aggregate.Key) *string { return &k.Source }},
		{"route", func(k *aggregate.Key) *string { return &k.Route }},
		{"method", func(k *aggregate.Key) *string { return &k.Method }},
		{"status", nil},
		{"type", func(k *aggregate.Key) *string { return &k.Type }},
		{"code", func(k *aggregate.Key) *string { return &k.Code }},
		{"param", func(k *aggregate.Key) *string { return &k.Param }},
		{"param_source", func(k *aggregate.Key) *string { return &k.ParamSource }},
		{"feature", func(k *aggregate.Key) *string { return &k.Feature }},
		{"available_from", func(k *aggregate.Key) *string { return &k.AvailableFrom }},
		{"reason", func(k *aggregate.Key) *string { return &k.Reason }},
		{"shape", func(k *aggregate.Key) *string { return &k.Shape }},
		{"origin", func(k *aggregate.Key) *string { return &k.Origin }},
		{"template", func(k *aggregate.Key) *string { return &k.Template }},
		{"client", func(k *aggregate.Key) *string { return &k.Client }},
		{"auth", func(k *aggregate.Key) *string { return &k.Auth }},
		{"retry", func(k *aggregate.Key) *string { return &k.Retry }},
		{"finding", func(k *aggregate.Key) *string { return &k.Finding }},
		{"x1", func(k *aggregate.Key) *string { return &k.X1 }},
		{"x2", func(k *aggregate.Key) *string { return &k.X2 }},
		{"x3", func(k *aggregate.Key) *string { return &k.X3 }},
	}
}
