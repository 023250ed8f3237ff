// Package envelope holds envelope dialects as data: whose API's errors these
// are, which members they have and which type goes with which status.
package envelope

// Dialect describes the error envelopes of one API.
type Dialect struct {
	Name  string
	Outer string // member that marks an envelope, "type" …
	Mark  string // … and its value, "error"
	Error string // member that holds the error object

	// Messages are the members of a flat body that may hold the message, first come first.
	Messages []string

	// Statuses lists for each type the statuses that the contract gives it.
	Statuses map[string][]uint16
	// FeatureType is the type whose envelope carries feature and available_from, FeatureStatus its status.
	FeatureType   string
	FeatureStatus uint16
}

// CloudAgents is the dialect of the Cloud Agents API. Statuses: the errors
// page and the endpoint pages, which give api_error with 500, 502 and 503 and
// not_found_error with 404 and 410.
func CloudAgents() Dialect {
	return Dialect{
		Name: "cloud-agents", Outer: "type", Mark: "error", Error: "error",
		Messages: []string{"message", "error_msg", "error"},
		Statuses: map[string][]uint16{
			"invalid_request_error": {400},
			"authentication_error":  {401},
			"permission_error":      {403},
			"not_found_error":       {404, 410},
			"conflict_error":        {409},
			"api_error":             {500, 502, 503},
			"feature_not_available": {501},
		},
		FeatureType: "feature_not_available", FeatureStatus: 501,
	}
}
