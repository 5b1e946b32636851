package retrieve_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// checkSearch compares a result with what the oracle says.
func (o *oracle) checkSearch(t *testing.T, r retrieve.Request, got retrieve.Result) {
	t.Helper()
	name := fmt.Sprintf("%q, filters %v, sorted by %v, K %d, boost %v", r.Text, r.Filters, r.Sort, r.K, o.boost)
	if len(got.Corrections) > 0 {
		if len(o.shelfs) > 1 {
			return // each language has its own
		}
		name += fmt.Sprintf(", corrected to %q", got.Query)
	}
	want := o.search(got.Query, r)
	if got.Total != len(want) || len(got.Candidates) != min(r.K, len(want)) {
		t.Fatalf("%s: %d of %d, want %d", name, len(got.Candidates), got.Total, len(want))
	}
	byID := map[string]foretold{}
	for _, f := range want {
		byID[f.ID] = f
	}
	for i, c := range got.Candidates {
		f, found := byID[c.Document.ID]
		delete(byID, c.Document.ID) // each once
		sum := 0.0
		for _, term := range c.Terms {
			sum += term.Score
		}
		if !found || math.Abs(c.Score-f.score) > tolerance || math.Abs(sum-f.score) > tolerance || c.Rank != i+1 {
			t.Fatalf("%s: place %d: %s with %v, terms %v, rank %d; want %v (%t)", name, i+1, c.Document.ID, c.Score, sum, c.Rank, f.score, found)
		}
		if math.Abs(c.Score-want[i].score) > tolerance || r.Sort.Compare(f.key, want[i].key) != 0 {
			t.Fatalf("%s: place %d: %s with %v, %q; want %s with %v, %q", name, i+1, f.ID, c.Score, f.key, want[i].ID, want[i].score, want[i].key)
		}
		if i > 0 && got.Candidates[i-1].Score == c.Score && r.Sort.Compare(want[i-1].key, f.key) == 0 && got.Candidates[i-1].Document.ID > f.ID {
			t.Fatalf("%s: place %d: %s after %s", name, i+1, f.ID, got.Candidates[i-1].Document.ID)
		}
		at := slices.IndexFunc(f.pages, func(p *page) bool { return p.passage.From == c.Passage.From && p.passage.To == c.Passage.To })
		if at < 0 || math.Abs(f.scores[at]-f.score) > tolerance || slices.Index(f.scores, f.scores[at]) != at {
			t.Fatalf("%s: %s is shown by passage %d %+v, scores %v", name, f.ID, at, c.Passage, f.scores)
		}
	}
	for i, facet := range r.Facets {
		counts := map[string]int{}
		for _, f := range want {
			for _, value := range valuesOf(f.Document, facet.Field) {
				counts[value]++
			}
		}
		var list []retrieve.ValueCount
		for value, n := range counts {
			list = append(list, retrieve.ValueCount{Value: value, Count: n})
		}
		slices.SortFunc(list, func(a, b retrieve.ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		n := min(len(list), max(0, cmp.Or(facet.Size, retrieve.DefaultFacetSize)))
		if g := got.Facets[i]; g.Field != facet.Field || !slices.Equal(g.Values, list[:n]) || g.Others != len(list)-n {
			t.Fatalf("%s: facet %+v, want %v", name, got.Facets[i], list)
		}
	}
}

// A maker makes documents and requests at random.
type maker struct{ *rand.Rand }

func (m maker) one(list ...string) string { return list[m.IntN(len(list))] }

var vocabulary = strings.Fields(`boil boils boiling egg eggs salt salty the of and pan pans panning red wine Äpfel Apfel Übung
	Übungen l'hôtel hôtels 北京 北京大学 東京 ภาษาไทย ไทย كتاب الكتاب 12 3.5 rock'n'roll a-b don't`)

func (m maker) text(n int) string {
	var words []string
	for range m.IntN(n + 1) {
		words = append(words, m.one(vocabulary...))
	}
	return strings.Join(words, " ")
}

func (m maker) document(langs int) index.Document {
	d := index.Document{ID: fmt.Sprintf("d%02d", m.IntN(40)), Title: m.text(3), Fields: map[string]any{}}
	for range m.IntN(6) {
		if m.IntN(2) == 0 {
			d.Body += "\n\n" + m.one("#", "##") + " " + m.text(2) + "\n\n"
		}
		d.Body += m.text(15) + m.one(".", ", ", "\n")
	}
	maps.Copy(d.Fields, langField(m.IntN(langs)))
	if m.IntN(3) > 0 {
		d.Fields["kind"] = m.one("wine", "Wine", "2024", "a b:c", "x\x00y", "é")
	}
	if m.IntN(3) > 0 {
		d.Fields["n"] = []any{m.one("1", "1.0", "10", "9", "-3", "2024-05-01", "2024-05", "z", ""), m.one("2", "3e2", "2025", "Z")}
	}
	if m.IntN(5) == 0 {
		d.URL = m.one("/a", "/b")
	}
	return d
}

func (m maker) request() (r retrieve.Request) {
	var parts []string
	for range m.IntN(5) {
		word := m.one(vocabulary...)
		parts = append(parts, m.one("", "", "", "-", "title:", "-title:", "kind:", "-kind:", "n:", "TITLE:")+
			m.one(word, word, word+"*", word[:len(word)/2]+"*", `"`+word+" "+m.text(2)+`"`, "wine", "1..9", ">=2024", "2024"))
	}
	r.Text, r.Plain = strings.Join(parts, " "), m.IntN(8) == 0
	for range max(0, m.IntN(5)-2) {
		text := m.one("kind:wine", "kind:wine|é", "kind:*", "n:1..10", "n:<2024-06", "n:z*", "title:egg", "title:bo*", "title:egg|red wine|the", "title:*", "url:/a", "nothing:x")
		if f, err := query.ParseFilter(text); err == nil {
			r.Filters = append(r.Filters, f)
		}
	}
	if m.IntN(3) == 0 {
		r.Sort = query.Sort{Field: m.one("kind", "n", "nothing", "url"), Descending: m.IntN(2) == 0}
	}
	r.Facets = []retrieve.Facet{{Field: m.one("kind", "n", "nothing"), Size: m.IntN(7) - 1}}
	r.K, r.Explain = []int{0, 1, 2, 5, 1000}[m.IntN(5)], true
	return r
}

// TestSearchIsAsForetold: over random documents in random states of an index.
func TestSearchIsAsForetold(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { searchIsAsForetold(t, seed) })
	}
}

func searchIsAsForetold(t *testing.T, seed uint64) {
	m := maker{rand.New(rand.NewPCG(seed, 0))}
	path := ""
	if seed%3 == 2 {
		path = filepath.Join(t.TempDir(), "index")
	}
	x, err := index.Create(path, index.Config{Passages: index.Passages{Tokens: 5 + m.IntN(10), Overlap: m.IntN(4) - 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	boost := []float64{0, 1, 2, 0.3}[m.IntN(4)]
	r, err := retrieve.New(x, retrieve.Config{TitleBoost: boost})
	if err != nil {
		t.Fatal(err)
	}
	langs, now := 1+7*m.IntN(2), map[string]index.Document{}
	for i := range 60 {
		switch d := m.document(langs); {
		case i%20 == 19:
			if err := x.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		case m.IntN(4) == 0:
			remove(t, x, d.ID)
			delete(now, d.ID)
		default:
			put(t, x, 1, d)
			now[d.ID] = d
		}
		if i%6 > 0 {
			continue
		}
		o := newOracle(slices.Collect(maps.Values(now)), x, cmp.Or(boost, 1))
		for range 8 {
			request := m.request()
			got, err := r.Search(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			o.checkSearch(t, request, got)
		}
	}
}
