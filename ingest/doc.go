// Package ingest is the vocabulary of sources: records, lanes, positions and
// batches. A lane is the worker's view of one Kafka partition or one file;
// its records come strictly in order and a batch of it is an exact range.
package ingest
