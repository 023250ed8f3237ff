// Package dlq is the format of dead letters and the file that keeps them.
package dlq
