package retrieve

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// fragmentRunes is about how many characters a fragment has: two to three lines on a results page.
	fragmentRunes = 220
	// wordRunes is how far a cut moves to spare a word. Scripts that write no spaces are cut between any two characters.
	wordRunes = 20
	// sentenceRunes is how far the beginning moves to be that of a sentence or line.
	sentenceRunes = 60
)

// A span is the bytes [from, to) of a text.
type span struct{ from, to int }

// A stretch is a part of a text, from a match to a match, that fits into a fragment.
type stretch struct {
	span
	first         int // match
	weight, count int // of its distinct terms, and how many matches it has
}

// best chooses up to n fragments that do not overlap, the best first. Each in turn is around the best stretch of what is
// left of the text.
func (v view) best(n int) (chosen []span) {
	all := v.stretches()
	heap.Init(&all)
	var taken []span // as chosen, in the text's order
	for len(chosen) < n && len(all) > 0 {
		s := &all[0]
		i, _ := slices.BinarySearchFunc(taken, s.from, func(t span, from int) int { return cmp.Compare(t.to, from+1) })
		free := v.part
		if i > 0 {
			free.from = taken[i-1].to
		}
		if i < len(taken) {
			free.to = taken[i].from
		}
		switch {
		case s.from >= free.to || v.matches[s.first].end > free.to:
			heap.Pop(&all)
		case s.to > free.to:
			*s = v.shorter(*s, free.to)
			heap.Fix(&all, 0)
		default:
			f := v.fragment(s.span, free)
			chosen = append(chosen, f)
			taken = slices.Insert(taken, i, f)
			heap.Pop(&all)
		}
	}
	return chosen
}

// stretches gives the longest one from every match on. A window moves over the matches, so that each is looked at twice.
func (v view) stretches() (all stretches) {
	counts := map[string]int{}
	now := stretch{}
	at, limit, next := v.part.from, forward(v.text, v.part.from, fragmentRunes), 0
	for i, m := range v.matches {
		limit = forward(v.text, limit, utf8.RuneCountInString(v.text[at:m.start]))
		at, now.from, now.first = m.start, m.start, i
		for ; next < len(v.matches) && (v.matches[next].end <= limit || next == i); next++ { // a longer word stands alone
			now.add(v, v.matches[next], counts)
		}
		all = append(all, now)
		now.count--
		if counts[m.term]--; counts[m.term] == 0 {
			now.weight -= v.weights[m.term]
		}
	}
	return all
}

func (s *stretch) add(v view, m match, counts map[string]int) {
	if counts[m.term]++; counts[m.term] == 1 {
		s.weight += v.weights[m.term]
	}
	s.count++
	s.to = max(s.to, m.end)
}

// shorter gives what there is of a stretch up to a byte.
func (v view) shorter(s stretch, to int) stretch {
	short, counts := stretch{span: span{from: s.from}, first: s.first}, map[string]int{}
	for _, m := range v.matches[s.first : s.first+s.count] {
		if m.end <= to {
			short.add(v, m, counts)
		}
	}
	return short
}

// stretches are a heap, the best on top.
type stretches []stretch

func (s stretches) Len() int      { return len(s) }
func (s stretches) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *stretches) Push(x any)   { *s = append(*s, x.(stretch)) }

func (s stretches) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(s[j].weight, s[i].weight), cmp.Compare(s[j].count, s[i].count), cmp.Compare(s[i].first, s[j].first)) < 0
}

func (s *stretches) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// fragment widens a stretch to the length of a fragment, on both sides alike as far as there is text.
func (v view) fragment(core, free span) span {
	text := v.text[:free.to]
	spare := max(fragmentRunes-utf8.RuneCountInString(text[core.from:core.to]), 0)
	after := utf8.RuneCountInString(text[core.to:forward(text, core.to, spare)])
	ideal := max(back(text, core.from, max(spare/2, spare-after)), free.from)
	from := v.begin(max(back(text, core.from, spare), free.from), ideal, core, free)
	to := max(forward(text, from, fragmentRunes), core.to)
	return trim(text, span{from, end(v.text, core.to, to, free.to)})
}

// begin finds where a fragment begins, from earliest on: with a sentence or line if one begins near the ideal place, or
// else with a word.
func (v view) begin(earliest, ideal int, core, free span) int {
	begin, distance := -1, sentenceRunes+1
	consider := func(at int) {
		if d := utf8.RuneCountInString(v.text[min(at, ideal):max(at, ideal)]); d < distance {
			begin, distance = at, d
		}
	}
	if earliest == v.part.from {
		consider(earliest)
	}
	rest, state := v.text[earliest:core.to], -1
	for rest != "" {
		_, rest, state = uniseg.FirstSentenceInString(rest, state) // the end of a line ends one too
		at := core.to - len(rest)
		if at > core.from || rest == "" {
			break
		}
		consider(at)
	}
	if begin >= 0 {
		return begin
	}
	if last, _ := utf8.DecodeLastRuneInString(v.text[:ideal]); unicode.IsSpace(last) {
		return ideal
	}
	near := v.text[ideal:min(core.from, forward(v.text, ideal, wordRunes))]
	if i := strings.IndexFunc(near, unicode.IsSpace); i >= 0 {
		return ideal + i
	}
	return max(free.from, clusterStart(v.text, ideal))
}

// end moves a cut at to back to the end of a word, but not before least, nor behind most.
func end(text string, least, to, most int) int {
	if r, _ := utf8.DecodeRuneInString(text[to:]); to == len(text) || unicode.IsSpace(r) {
		return to
	}
	near := max(least, back(text, to, wordRunes))
	if i := strings.LastIndexFunc(text[near:to], unicode.IsSpace); i >= 0 {
		return near + i
	}
	if cut := clusterStart(text, to); cut >= least {
		return cut
	}
	for to = least; to < most && clusterStart(text, to) != to; { // a match may end within a character, as a Thai one does
		to = forward(text, to, 1)
	}
	return to
}

// clusterStart is where the character begins that a byte is in, as people see characters: with its accents, or a family
// of four. From white space on, or from where nothing can belong together, Unicode's rules (UAX 29) tell.
func clusterStart(text string, at int) int {
	start := back(text, at, wordRunes)
	for start > 0 {
		r, _ := utf8.DecodeRuneInString(text[start:])
		last, _ := utf8.DecodeLastRuneInString(text[:start])
		if !unicode.In(r, unicode.M, unicode.Cf, unicode.Sk, unicode.Regional_Indicator) && !unicode.Is(unicode.Cf, last) {
			break
		}
		start = back(text, start, 1)
	}
	rest, state := text[start:], -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if start+len(cluster) > at {
			break
		}
		start += len(cluster)
	}
	return start
}

// trim takes white space off both ends.
func trim(text string, s span) span {
	shown := text[s.from:s.to]
	s.from += len(shown) - len(strings.TrimLeftFunc(shown, unicode.IsSpace))
	shown = strings.TrimRightFunc(text[s.from:s.to], unicode.IsSpace)
	return span{s.from, s.from + len(shown)}
}

// forward is the byte n characters after at, or the end of text.
func forward(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// back is the byte n characters before at, or 0.
func back(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}
