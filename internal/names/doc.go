// Package names reads the operator's file of caller names: who stands behind a
// caller's hash.
package names
