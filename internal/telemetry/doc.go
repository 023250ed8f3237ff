// Package telemetry is what the program tells about itself: its log and its
// build. Every line of the log passes a mask, so that no secret of a record can
// get into it by way of an error's text.
package telemetry
