package render

import (
	"strings"

	"errata/internal/cli/out"
)

// line is pieces that fit a width.
type line = cell

// wrap lays pieces out in lines of at most width columns. It breaks between
// words; a word that is longer than a line is broken behind one of the
// characters at which people read routes and identifiers, else where it must.
func wrap(c cell, width int) []line {
	width = max(width, 8)
	var lines []line
	var cur line
	used := 0
	end := func() {
		lines = append(lines, cur)
		cur, used = nil, 0
	}
	add := func(text string, st style) {
		if used > 0 {
			used++ // the blank
		}
		used += out.Width(text)
		if n := len(cur); n > 0 && cur[n-1].style == st {
			cur[n-1].text += " " + text
		} else {
			cur = append(cur, piece{text, st})
		}
	}
	for _, p := range c {
		for word := range strings.SplitSeq(p.text, " ") {
			w := out.Width(word)
			if used > 0 && used+1+w > width {
				if w <= width || used+1 >= width-8 {
					end()
				}
			}
			for used == 0 && w > width || used > 0 && used+1+w > width {
				room := width - used
				if used > 0 {
					room--
				}
				head := breakAt(word, room)
				add(head, p.style)
				end()
				word = word[len(head):]
				w = out.Width(word)
			}
			if word != "" {
				add(word, p.style)
			}
		}
	}
	if len(cur) > 0 || len(lines) == 0 {
		end()
	}
	return lines
}

// breakers are characters behind which a long word may be broken.
const breakers = "/.,;:_-=&?]}"

// breakAt is the beginning of a word that fits n columns, at least a character.
func breakAt(word string, n int) string {
	w, last, cut := 0, 0, 0
	for i, r := range word {
		size := len(string(r))
		w += out.Width(string(r))
		if w > n && i > 0 {
			break
		}
		cut = i + size
		if strings.ContainsRune(breakers, r) {
			last = cut
		}
	}
	if last > cut/2 {
		return word[:last]
	}
	return word[:cut]
}
