package retrieve_test

import (
	"html"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/rivo/uniseg"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// FuzzHighlights: for any text, query and analyzer, every fragment is safe HTML with words of the passage and nothing else,
// cut between characters; marked are the query's terms in it and nothing else; and no two fragments have a part of the
// passage in common.
func FuzzHighlights(f *testing.F) {
	long := func(text string) string { return strings.Repeat(text, 2000/len(text)) }
	for i, seed := range []struct{ query, title, body string }{
		{"red wine", "Stains", "A red <wine> stain. " + long("lorem ipsum. ") + "Red! \"Red wine & more."},
		{`"red wine" -stain`, "Red", "wine red wine\n# Red\n\n- wine\n- red wine " + long("wine red. ")},
		{"東京", "東", long("東京都に住む") + "東京。" + long("東京都に住む")},
		{"ภาษา", "", long("ภาษาไทยกำกำ")},
		{"خانه", "خانه", "خانه\u200cها \u200c خانه " + long("آن خانه\u200cها بزرگ ")},
		{"a", "a", long("x") + " a " + long("yy")},
		{"लड़का", "घर", long("लड\u093cके क्\u200dषत्रिय ")},
		{"e\u0301t*", "", long("e\u0301te\u0301\u0302\u0303👨‍👩‍👧🇩🇪🇩🇪") + long("🇩🇪") + "été"},
		{"ısı title:x", "x", "ISI'x ısı, İ " + long("Isının. ")},
		{`"a a" b*`, "a", "a a a\u200db ba " + long("a b a a\r\n")},
	} {
		for lang := range uint8(len(fuzzLangs)) {
			if int(lang)%5 == i%5 { // of each text some
				f.Add(seed.query, seed.title, seed.body, lang)
			}
		}
	}
	x, err := index.Create("", index.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { x.Close() })
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, title, body string, lang uint8) {
		if !utf8.ValidString(title) || !utf8.ValidString(body) || strings.ContainsAny(title+body, "…·") {
			t.Skip("no index has such a document, or its text has the signs of what is left out")
		}
		d := in(fuzzLangs[int(lang)%len(fuzzLangs)], "d", body)
		d.Title = title
		c := retrieve.Candidate{Document: d, Passage: index.Passage{To: len(body)}}
		q := parse(text)
		whole := passageOf(x, q, c)
		var taken []span
		all := r.Highlights(q, c, 4)
		for i, fragment := range all {
			at, ok := whole.find(t, fragment, taken)
			if !ok || !strings.Contains(fragment, "<mark>") {
				t.Fatalf("%s: fragment %d of %q is not as it should be: %q of %q", d.Fields["lang"], i, text, fragment, body)
			}
			taken = append(taken, at)
		}
		if len(all) == 0 && slices.Contains(whole.marked(span{0, len(whole.runes)}), true) {
			t.Fatalf("%s: nothing for %q in %q", d.Fields["lang"], text, body)
		}
		if snippet := r.Snippet(q, c); len(all) > 0 && snippet != all[0] {
			t.Fatalf("the snippet is %q, the first fragment %q", snippet, all[0])
		} else if _, ok := whole.find(t, snippet, nil); !ok {
			t.Fatalf("bad snippet %q of %q", snippet, body)
		}
		if got, _ := unmark(t, r.Title(q, c)); string(got) != string(essence(title, nil)) {
			t.Fatalf("got %q for the title %q", string(got), title)
		}
	})
}

var fuzzLangs = []string{"en", "de", "zh", "th", "hi", "ar", "tr", "el", "fa", "ja", "fr", "standard"}

type span struct{ from, to int }

// A passage is what is looked for: the characters of a text that show it, without white space and the marks of lists
// and headings, and where each stands; and what is to be marked, found the slow way.
type passage struct {
	text  string
	runes []rune
	at    []int  // byte of text
	spans []span // bytes of text
}

func passageOf(x *index.Index, q query.Query, c retrieve.Candidate) (p passage) {
	p.text = c.Document.Body
	p.runes = essence(p.text, &p.at)
	a := x.AnalyzerOf(x.LangOf(c.Document))
	tokens := a.Analyze([]byte(c.Text()))
	for _, t := range tokens {
		if slices.ContainsFunc(q.Clauses, func(clause query.Clause) bool { return !clause.Not && wants(clause, x, a, tokens, t) }) {
			start := len(c.Text()) - len(p.text)
			p.spans = append(p.spans, span{t.Start - start, t.End - start})
		}
	}
	return p
}

// wants tells whether a clause is why a token of a text is marked.
func wants(c query.Clause, x *index.Index, a analysis.Analyzer, tokens analysis.TokenStream, t *analysis.Token) bool {
	words := a.Analyze([]byte(c.Text))
	isWord := func(w *analysis.Token) bool { return string(w.Term) == string(t.Term) }
	switch c.Kind {
	case query.Field:
		return false
	case query.Prefix:
		if prefix := x.AnalyzerOf(index.AnyLang).Analyze([]byte(c.Text)); len(prefix) == 1 {
			asTyped := string(prefix[0].Term)
			own := a.Analyze(prefix[0].Term) // as the language writes it, if that leaves all letters
			return strings.HasPrefix(string(t.Term), asTyped) || len(own) == 1 &&
				utf8.RuneCount(own[0].Term) >= utf8.RuneCountInString(asTyped) && strings.HasPrefix(string(t.Term), string(own[0].Term))
		}
	case query.Phrase:
		return slices.ContainsFunc(words, func(w *analysis.Token) bool {
			for _, other := range words {
				if !slices.ContainsFunc(tokens, func(u *analysis.Token) bool {
					return string(u.Term) == string(other.Term) && u.Position-t.Position == other.Position-w.Position
				}) {
					return false
				}
			}
			return isWord(w)
		})
	}
	return slices.ContainsFunc(words, isWord)
}

// essence gives the characters of a text that are not white space or a mark of layout, and where each stands.
func essence(text string, at *[]int) (runes []rune) {
	for i, r := range text {
		if unicode.IsSpace(r) || strings.ContainsRune("#-*+•·…", r) {
			continue
		}
		runes = append(runes, r)
		if at != nil {
			*at = append(*at, i)
		}
	}
	return runes
}

// unmark reads HTML, and tells of every character whether it is marked.
func unmark(t *testing.T, fragment string) (runes []rune, marked []bool) {
	t.Helper()
	for i, piece := range strings.Split(fragment, "<mark>") {
		in, out, closed := strings.Cut(piece, "</mark>")
		if closed != (i > 0) || strings.ContainsAny(in+out, "<>\"'") {
			t.Fatalf("bad HTML: %q", fragment)
		}
		if !closed {
			in, out = "", piece
		}
		for j, part := range []string{in, out} {
			some := essence(html.UnescapeString(part), nil)
			runes = append(runes, some...)
			marked = append(marked, slices.Repeat([]bool{j == 0}, len(some))...)
		}
	}
	return runes, marked
}

// find gives where a fragment is from, if it can be from anywhere: cut between characters, marked as it should be, and
// with no part that is taken.
func (p passage) find(t *testing.T, fragment string, taken []span) (at span, ok bool) {
	t.Helper()
	runes, marked := unmark(t, fragment)
	for from := 0; from+len(runes) <= len(p.runes); from++ {
		at := span{from, from + len(runes)}
		overlaps := slices.ContainsFunc(taken, func(s span) bool { return s.from < at.to && at.from < s.to })
		if slices.Equal(p.runes[from:at.to], runes) && !overlaps && slices.Equal(p.marked(at), marked) && p.canCut(at.from) && p.canCut(at.to) {
			return at, true
		}
	}
	return span{}, false
}

// marked tells which characters of a part should be: all of those terms that are in it as a whole.
func (p passage) marked(s span) []bool {
	marked := make([]bool, s.to-s.from)
	for _, m := range p.spans {
		from, _ := slices.BinarySearch(p.at, m.from)
		to, _ := slices.BinarySearch(p.at, m.to)
		if from >= s.from && to <= s.to {
			for i := from; i < to; i++ {
				marked[i-s.from] = true
			}
		}
	}
	return marked
}

// canCut tells whether a character begins where one of the essence does, or something else stands before.
func (p passage) canCut(i int) bool {
	if i == 0 || i == len(p.runes) || p.at[i] > p.at[i-1]+utf8.RuneLen(p.runes[i-1]) {
		return true
	}
	at := 0
	for g := uniseg.NewGraphemes(p.text); at < p.at[i] && g.Next(); {
		_, at = g.Positions()
	}
	return at == p.at[i]
}
