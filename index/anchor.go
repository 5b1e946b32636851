package index

import (
	"strconv"
	"strings"
	"unicode"
)

// Anchors gives the headings of a page the anchors that GitHub and most generators of sites give them: letters small,
// spaces hyphens, without punctuation. An anchor that another heading has is numbered. One value is for one page; it is
// how often each anchor was wanted. Make one with Anchors{}.
type Anchors map[string]int

// Next is the anchor of the page's next heading, whose text is given without marks; empty where text has no letter or
// digit.
func (a Anchors) Next(text string) string {
	bare := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(text))
	if strings.Trim(bare, "-") == "" {
		return ""
	}
	anchor := bare
	for _, taken := a[anchor]; taken; _, taken = a[anchor] {
		a[bare]++
		anchor = bare + "-" + strconv.Itoa(a[bare])
	}
	a[anchor] = 0
	return anchor
}
