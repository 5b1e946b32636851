package index

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// show writes passages for people: "path #anchor: text".
func show(d Document, passages []Passage) (list []string) {
	for _, p := range passages {
		text := strings.ReplaceAll(d.Body[p.From:p.To], "\n", "/")
		if p.Anchor != "" {
			text = "#" + p.Anchor + ": " + text
		}
		list = append(list, strings.TrimSpace(strings.Join(p.Path, " > ")+" "+text))
	}
	return list
}

// numbered is a text of n words, the first of which has the number first: "w1 w2 w3".
func numbered(first, n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint("w", first+i))
	}
	return strings.Join(list, " ")
}

func TestSplit(t *testing.T) {
	ten := Passages{Tokens: 10, Overlap: -1}
	tests := []struct {
		name string
		how  Passages
		body string
		want []string
	}{
		{"an empty body is a passage too", ten, "", []string{""}},
		{"what fits stays as it is", ten, "\n# A\na b\n\n## B\nc ", []string{"/# A/a b//## B/c"}},
		{"so does what fits but for its headings", ten, "# A B C\n## D\n" + numbered(1, 9) + "\n", []string{"# A B C/## D/" + numbered(1, 9) + "/"}},
		{"never split", Passages{Tokens: -1}, numbered(1, 999), []string{numbered(1, 999)}},
		{"at headings", ten, "a\n# A\n" + numbered(1, 9) + "\n## B\n" + numbered(1, 8) + "\n# C\n" + numbered(1, 8), []string{
			"a", "A #a: " + numbered(1, 9), "A > B #b: " + numbered(1, 8), "C #c: " + numbered(1, 8)}},
		{"a heading without text is in the paths below", ten, "# A\n## B\n" + numbered(1, 8) + "\n## C\n" + numbered(1, 8), []string{
			"A > B #b: " + numbered(1, 8), "A > C #c: " + numbered(1, 8)}},
		{"one that has nothing below is a passage", ten, "# A\n## B\n" + numbered(1, 9) + "\n## C\n# D\n" + numbered(1, 9), []string{
			"A > B #b: " + numbered(1, 9), "A #c: ## C", "D #d: " + numbered(1, 9)}},
		{"a small section joins the next beside it", ten, "# A\n## B\nb\n## C\nc d e\n## D\n" + numbered(1, 8), []string{
			"A #b: ## B/b/## C/c d e", "A > D #d: " + numbered(1, 8)}},
		{"or its own first subsection", ten, "# A\na\n## B\nb c\n# C\n" + numbered(1, 8), []string{
			"A #a: a/## B/b c", "C #c: " + numbered(1, 8)}},
		{"but not what is under another heading", ten, "# A\n## B\nb\n# C\n## D\nd\n# E\n" + numbered(1, 8), []string{
			"A > B #b: b", "C > D #d: d", "E #e: " + numbered(1, 8)}},
		{"nor what does not fit with it", ten, "# A\na\n# B\n" + numbered(1, 9), []string{"A #a: a", "B #b: " + numbered(1, 9)}},
		{"levels may be skipped", ten, "## A\n" + numbered(1, 9) + "\n#### B\n" + numbered(1, 9) + "\n### C\n" + numbered(1, 9), []string{
			"A #a: " + numbered(1, 9), "A > B #b: " + numbered(1, 9), "A > C #c: " + numbered(1, 9)}},
		{"at paragraphs rather than lines", ten, "a b c d e f\n\ng\nh\ni\nj\nk\nl", []string{"a b c d e f", "g/h/i/j/k/l"}},
		{"at lines rather than sentences", ten, "a b c d e f\ng. h. i. j. k. l.", []string{"a b c d e f", "g. h. i. j. k. l."}},
		{"at sentences rather than words", ten, "a b c d e f. g h i j k (l)", []string{"a b c d e f.", "g h i j k (l)"}},
		{"not before the middle", ten, "a.\n\n" + numbered(1, 12), []string{"a.//" + numbered(1, 9), numbered(10, 3)}},
		{"anywhere between words", ten, numbered(1, 22), []string{numbered(1, 10), numbered(11, 10), numbered(21, 2)}},
		{"with sentences in common", Passages{Tokens: 10, Overlap: 3}, "a b c d. e f. g h. i j. k l. m", []string{
			"a b c d. e f. g h. i j.", "i j. k l. m"}},
		{"or words, where a sentence is cut", Passages{Tokens: 10, Overlap: 2}, numbered(1, 15), []string{numbered(1, 10), numbered(9, 7)}},
		{"not across headings", Passages{Tokens: 10, Overlap: 3}, numbered(1, 9) + ".\n# A\n" + numbered(1, 9), []string{
			numbered(1, 9) + ".", "A #a: " + numbered(1, 9)}},
		{"a third in common at most", Passages{Tokens: 9, Overlap: 99}, numbered(1, 12), []string{numbered(1, 9), numbered(7, 6)}},
		{"Chinese", Passages{Tokens: 10, Overlap: 4}, "水烧开以后,等五分钟。“再倒茶。”不要太烫", []string{
			"水烧开以后,等五分钟。", "“再倒茶。”不要太烫"}},
		{"Chinese without a mark", Passages{Tokens: 10, Overlap: 2}, "绿茶红茶白茶黑茶黄茶青茶花茶", []string{
			"绿茶红茶白茶黑茶黄茶", "黄茶青茶花茶"}},
		{"Thai, whose marks stay with their letters", Passages{Tokens: 4, Overlap: -1}, "น้ำชาดีที่สุด", []string{"น้ำชา", "ดีที่สุด"}},
		{"punctuation goes with its words", Passages{Tokens: 3, Overlap: -1}, "«a» (b) [c] (d) — e-f", []string{"«a» (b) [c]", "(d) — e-f"}},
		{"no words at all", ten, strings.Repeat("-", 50), []string{strings.Repeat("-", 50)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Document{Body: test.body}
			got := test.how.split(d)
			if diff := cmp.Diff(test.want, show(d, got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestSplitDefaults: a document of the default size is one passage, a longer one is cut so that the pieces overlap.
func TestSplitDefaults(t *testing.T) {
	if got := (Passages{}).split(Document{Body: numbered(1, DefaultPassageTokens)}); len(got) != 1 {
		t.Errorf("%d passages of a document that fits", len(got))
	}
	d := Document{Body: numbered(1, 2*DefaultPassageTokens)}
	got := Passages{}.split(d)
	if want := numbered(1+DefaultPassageTokens-DefaultPassageOverlap, DefaultPassageTokens); len(got) != 3 || d.Body[got[1].From:got[1].To] != want {
		t.Errorf("got %q, want three, the second %q", show(d, got), want)
	}
}

// checkPassages: what is promised of every document.
func checkPassages(t *testing.T, how Passages, d Document) {
	t.Helper()
	passages := how.split(d)
	how = how.withDefaults()
	covered := make([]bool, len(d.Body))
	inPath := map[string]bool{}
	for i, p := range passages {
		whole := len(passages) == 1 && p.From == 0 && p.To == len(d.Body)
		if p.From < 0 || p.To > len(d.Body) || p.From >= p.To && !whole {
			t.Fatalf("passage %d is [%d, %d) of %d bytes", i, p.From, p.To, len(d.Body))
		}
		if text := d.Body[p.From:p.To]; utf8.ValidString(d.Body) { // else nobody can tell what a character or a word is
			if !utf8.ValidString(text) {
				t.Errorf("passage %d cuts a character: %q", i, text)
			}
			// The whole of a document may be longer by its headings, which count for none.
			if n := len(wordsOf(text)); how.Tokens > 0 && n > how.Tokens && !whole {
				t.Errorf("passage %d has %d words: %q", i, n, text)
			}
		}
		if i > 0 && p.To <= passages[i-1].To {
			t.Errorf("passage %d brings nothing: %+v after %+v", i, p, passages[i-1])
		}
		for at := p.From; at < p.To; at++ {
			covered[at] = true
		}
		for _, heading := range p.Path {
			inPath[heading] = true
		}
	}
	for _, h := range d.headings() {
		for at := h.at; at < h.end && inPath[h.text]; at++ {
			covered[at] = true
		}
	}
	for at, r := range d.Body {
		if !covered[at] && !unicode.IsSpace(r) {
			t.Fatalf("byte %d, %q, is in no passage: %q", at, r, show(d, passages))
		}
	}
}

// FuzzSplit: any body, with any headings, is covered by passages that are not empty and not too long.
func FuzzSplit(f *testing.F) {
	f.Add("# A\n## B\nb c. d\n## C\n```\n# no\n```\n# D\n\n東京。ไทย", 4, 1, 0, 7)
	f.Add("a\r\n\r\n## x {#y}\r\n“これは。”\xff\xfe\n#\n# \n####### z", 2, 1, 5, -3)
	f.Add("# # B\nb", 51, -5, 87, -90)
	f.Add(" \u2003\n\u0301東e\u0301. . . ? 。」 x", 1, 9, 99, 2)
	f.Fuzz(func(t *testing.T, body string, tokens, overlap, first, second int) {
		how := Passages{Tokens: tokens % 50, Overlap: overlap}
		for _, headings := range [][]Heading{nil, {}, {{At: first, Anchor: "a"}, {At: second}}} {
			d := Document{ID: "a", Body: body, Headings: headings}
			checkPassages(t, how, d)
			for _, p := range how.split(d) {
				_, _ = d.PassageText(p), d.PassageURL(p)
			}
			if data, err := d.encode(); err == nil {
				if back, err := decode("a", data); err != nil || !cmp.Equal(back, d) {
					t.Errorf("stored %+v, got %+v, %v", d, back, err)
				}
			}
		}
	})
}

// TestSplitWithoutEnd: what has no place to be cut takes no more time for its size than a text. Were it to grow with the
// square, this would take minutes.
func TestSplitWithoutEnd(t *testing.T) {
	const size = 512 << 10
	for name, piece := range map[string]string{
		"words": "word ", "one word": "x", "dashes": "-", "words and dashes": "a" + strings.Repeat("-", size/4), "blanks": " ", "Chinese": "茶",
		"headings": "# a\n", "headings of marks": "# !\n", "levels": "# a\n## b\n### c\n#### d\n##### e\n###### f\n",
		"long headings": "## " + strings.Repeat("a ", 400) + "\nb\n", "fences": "```\n", "lines": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Repeat(piece, size/len(piece))
			if n := len(Passages{}.split(Document{Body: body})); n > size {
				t.Errorf("%d passages", n)
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	english := strings.Repeat("## Green tea\n\nLet boiled water cool for five minutes, then pour it. "+strings.Repeat("Leaves that are steeped twice taste milder. ", 40)+"\n\n", 50)
	for name, body := range map[string]string{"english": english, "chinese": strings.Repeat("水烧开以后，等五分钟再倒茶。不要太烫。\n\n", 2000)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Passages{}.split(Document{Body: body})
			}
		})
	}
}
