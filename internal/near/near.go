// Package near finds the word that was probably meant, for messages about typos.
package near

import (
	"fmt"
	"strings"
)

// Nearest is the known word that was probably meant, "" if none is near: at
// most a third of the word's letters may differ.
func Nearest(word string, known []string) string {
	best, bestD := "", 0
	w := strings.ToLower(word)
	if len(w) > longest {
		return ""
	}
	for _, k := range known {
		lk := strings.ToLower(k)
		d := distance(w, lk)
		if len(w) >= 3 && (strings.HasPrefix(lk, w) || strings.HasPrefix(w, lk) && len(lk) >= 3) {
			d = min(d, 1)
		}
		if d <= max(1, max(len(w), len(lk))/3) && (best == "" || d < bestD) {
			best, bestD = k, d
		}
	}
	return best
}

// DidYouMean is the end of a message: `; did you mean "x"?`, or "".
func DidYouMean(word string, known []string) string {
	if n := Nearest(word, known); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}

// longest is the longest word that is compared: the effort is quadratic.
const longest = 64

// distance is the number of letters to insert, drop, replace or swap with
// their neighbour between two words.
func distance(a, b string) int {
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
