// Package migrations holds the schemas of the stores as versioned SQL and
// brings a database to the newest one. A migration is applied in a transaction
// of its own: one that was interrupted runs again from its start.
package migrations
