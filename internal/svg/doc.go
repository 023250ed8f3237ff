// Package svg draws lines, bands, bars, heat maps and sparklines as SVG text
// to be put inline into a page. All text that it is given is escaped; colours
// are classes, so that the page decides about light, dark and print.
package svg
