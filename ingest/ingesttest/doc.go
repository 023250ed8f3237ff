// Package ingesttest is the contract suite of sources: what every
// implementation of ingest.Source and ingest.Lane must keep, whatever it reads.
package ingesttest
