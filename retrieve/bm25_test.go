package retrieve_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/retrieve"
)

// generated makes n documents of made-up words, few of them common and many rare as in a language, and queries for them.
// Some documents are empty, some have stop words only, some are each other's copies.
func generated(n int, seed uint64) (docs []index.Document, queries []string) {
	random := rand.New(rand.NewPCG(seed, 0))
	zipf := rand.NewZipf(random, 1.2, 2, 400)
	words := func(n int) string {
		var list []string
		for range n {
			list = append(list, fmt.Sprintf("wo%dx", zipf.Uint64()))
		}
		return strings.Join(list, " ")
	}
	for i := range n {
		d := index.Document{ID: fmt.Sprintf("d%03d", i), Title: words(random.IntN(6)), Body: words(random.IntN(200))}
		switch {
		case i%17 == 3:
			d.Title, d.Body = "", ""
		case i%17 == 5:
			d.Title, d.Body = "and the", "of it"
		case i%17 == 7:
			d.Title, d.Body = docs[i-1].Title, docs[i-1].Body
		}
		docs = append(docs, d)
	}
	for i := range 12 {
		queries = append(queries, words(1+i))
	}
	return docs, append(queries, "wo1x wo1x wo2x wo1x", "wo399x nowhere", "the", "", "wo0x")
}

func create(t testing.TB, path string) *index.Index {
	t.Helper()
	x, err := index.Create(path, index.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// put adds documents in batches of the given size.
func put(t testing.TB, x *index.Index, size int, docs ...index.Document) {
	t.Helper()
	for batch := range slices.Chunk(docs, size) {
		if err := x.Put(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, x *index.Index, ids ...string) {
	t.Helper()
	if err := x.Delete(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
}

// TestScoresAreTheFormulas: by whatever way an index came to hold its documents.
func TestScoresAreTheFormulas(t *testing.T) {
	docs, queries := generated(120, 1)
	others, _ := generated(120, 2)
	whole, split := index.Passages{}, index.Passages{Tokens: 40, Overlap: 8}
	t.Run("in one language", func(t *testing.T) { scoresAreTheFormulas(t, whole, docs, others, queries) })
	t.Run("in several languages", func(t *testing.T) {
		scoresAreTheFormulas(t, whole, inLanguages(docs, 0), inLanguages(others, 3), queries)
	})
	t.Run("in passages", func(t *testing.T) {
		scoresAreTheFormulas(t, split, inLanguages(docs, 0), inLanguages(others, 3), queries)
	})
}

// scoresAreTheFormulas brings docs into an index by many ways. The others have the same IDs, and may be in other languages.
func scoresAreTheFormulas(t *testing.T, passages index.Passages, docs, others []index.Document, queries []string) {
	at := func(t *testing.T, path string) *index.Index {
		x, err := index.Create(path, index.Config{Passages: passages})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close() })
		return x
	}
	disk := func(t *testing.T) *index.Index { return at(t, filepath.Join(t.TempDir(), "index")) }
	memory := func(t *testing.T) *index.Index { return at(t, "") }
	history := map[string]func(t *testing.T) (*index.Index, []index.Document){
		"one batch": func(t *testing.T) (*index.Index, []index.Document) {
			x := memory(t)
			put(t, x, len(docs), docs...)
			return x, docs
		},
		"batches of one": func(t *testing.T) (*index.Index, []index.Document) {
			x := memory(t)
			put(t, x, 1, docs...)
			return x, docs
		},
		"batches of 7, backwards": func(t *testing.T) (*index.Index, []index.Document) {
			x, back := memory(t), slices.Clone(docs)
			slices.Reverse(back)
			put(t, x, 7, back...)
			return x, docs
		},
		"after deletions": func(t *testing.T) (*index.Index, []index.Document) {
			x := memory(t)
			put(t, x, 50, docs...)
			for _, d := range docs[20:60] {
				remove(t, x, d.ID)
			}
			return x, slices.Concat(docs[:20], docs[60:])
		},
		"after replacements": func(t *testing.T) (*index.Index, []index.Document) {
			x := memory(t)
			put(t, x, 13, others...)
			put(t, x, 11, docs[:90]...)
			return x, live(slices.Concat(others, docs[:90])...)
		},
		"after updates": func(t *testing.T) (*index.Index, []index.Document) {
			x := memory(t)
			put(t, x, 13, others...)
			for batch := range slices.Chunk(slices.Concat(docs[:90], others[80:]), 20) {
				if _, err := x.Update(t.Context(), batch...); err != nil {
					t.Fatal(err)
				}
			}
			return x, live(slices.Concat(docs[:90], others[80:])...)
		},
		"on disk": func(t *testing.T) (*index.Index, []index.Document) {
			x := disk(t)
			put(t, x, 17, docs...)
			return x, docs
		},
		"on disk, changed, then compacted": func(t *testing.T) (*index.Index, []index.Document) {
			x := disk(t)
			put(t, x, 17, others...)
			put(t, x, 19, docs[:100]...)
			remove(t, x, "d001", "d050", "d110")
			if err := x.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
			left := live(slices.Concat(others, docs[:100])...)
			return x, slices.DeleteFunc(left, func(d index.Document) bool { return d.ID == "d001" || d.ID == "d050" || d.ID == "d110" })
		},
		"on disk, changed, opened again": func(t *testing.T) (*index.Index, []index.Document) {
			path := filepath.Join(t.TempDir(), "index")
			x := at(t, path)
			put(t, x, 30, docs...)
			remove(t, x, docs[0].ID, docs[119].ID)
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			x, err := index.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { x.Close() })
			return x, docs[1:119]
		},
	}
	for name, build := range history {
		t.Run(name, func(t *testing.T) {
			x, docs := build(t)
			check(t, x, docs, queries, retrieve.DefaultK1, retrieve.DefaultB)
		})
	}
	x := memory(t)
	put(t, x, 25, docs...)
	for _, boost := range []float64{0.01, 0.5, 2, 3.7, 100} {
		t.Run(fmt.Sprintf("titles count %v times", boost), func(t *testing.T) {
			r, err := retrieve.New(x, retrieve.Config{TitleBoost: boost})
			if err != nil {
				t.Fatal(err)
			}
			checkAs(t, r, newTitled(docs, x, boost), queries, retrieve.DefaultK1, retrieve.DefaultB)
		})
	}
	for _, p := range [][2]float64{{0.9, 0.4}, {0, 0.75}, {1.2, 0}, {1.2, 1}, {0, 0}, {1000, 0.5}} {
		t.Run(fmt.Sprintf("k1=%v b=%v", p[0], p[1]), func(t *testing.T) { check(t, x, docs, queries, p[0], p[1]) })
	}
}

// TestFixtures does the same with text that people wrote.
func TestFixtures(t *testing.T) {
	read := func(name string) (docs []index.Document) {
		f, err := fixtures.FS.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for d, err := range corpus.JSONL(f, name) {
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, d)
		}
		return docs
	}
	docs := read("corpus.jsonl")
	var queries []string
	for _, q := range read("queries.jsonl") {
		queries = append(queries, q.Body)
	}
	for _, tokens := range []int{0, -1, 30} {
		x, err := index.Create("", index.Config{Passages: index.Passages{Tokens: tokens}})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		put(t, x, 70, docs...)
		check(t, x, docs, queries, retrieve.DefaultK1, retrieve.DefaultB)
	}
}

func TestTheBestKAreTheFirstOfAll(t *testing.T) {
	docs, queries := generated(150, 5)
	for i := range 20 { // ties at every cut
		docs = append(docs, index.Document{ID: fmt.Sprintf("tie%02d", 20-i), Body: "wo1x wo2x"})
	}
	t.Run("in one language", func(t *testing.T) { theBestKAreTheFirstOfAll(t, docs, queries) })
	t.Run("in several languages", func(t *testing.T) { theBestKAreTheFirstOfAll(t, inLanguages(docs, 0), queries) })
}

func theBestKAreTheFirstOfAll(t *testing.T, docs []index.Document, queries []string) {
	x := create(t, "")
	put(t, x, 9, docs...)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range queries {
		all, err := r.Retrieve(t.Context(), query, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{-1, 0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, len(all) - 1, len(all), len(all) + 1} {
			got, err := r.Retrieve(t.Context(), query, k)
			if err != nil {
				t.Fatal(err)
			}
			want := all[:min(max(k, 0), len(all))]
			same := slices.EqualFunc(got, want, func(a, b retrieve.Candidate) bool {
				return a.Document.ID == b.Document.ID && a.Score == b.Score && a.Rank == b.Rank
			})
			if !same {
				t.Fatalf("%q: the best %d are not the first %d of all", query, k, k)
			}
		}
	}
}

func TestTiesAreInOrderOfID(t *testing.T) {
	x := create(t, "")
	for _, id := range []string{"c", "a", "10", "b", "9"} { // a segment each, and "b" twice
		put(t, x, 1, index.Document{ID: id, Body: "the same words"}, index.Document{ID: "b", Body: "the same words"})
	}
	r, _ := retrieve.New(x, retrieve.Config{})
	for k, want := range map[int]string{1: "10", 3: "10 9 a", 5: "10 9 a b c"} {
		got, err := r.Retrieve(t.Context(), "words", k)
		if err != nil {
			t.Fatal(err)
		}
		if s := ids(got); s != want {
			t.Errorf("the best %d: %s, want %s", k, s, want)
		}
	}
}

func TestExplainAddsUp(t *testing.T) {
	docs, queries := generated(80, 6)
	x := create(t, "")
	put(t, x, 9, docs...)
	r, _ := retrieve.New(x, retrieve.Config{K1: new(0.9), B: new(0.4)})
	for _, query := range queries {
		got, err := r.Explain(t.Context(), query, 30)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := r.Retrieve(t.Context(), query, 30)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range got {
			sum := 0.0
			for _, s := range c.Terms {
				sum += s.Score
				tf, length := float64(s.TF), float64(s.Length)
				want := float64(s.Count) * s.IDF * tf * 1.9 / (tf + 0.9*(0.6+0.4*length/s.AvgLength))
				if math.Abs(s.Score-want) > tolerance || s.Count != strings.Count(query+" ", s.Term+" ") {
					t.Errorf("%q, %s: %+v does not give its score", query, c.Document.ID, s)
				}
			}
			if sum != c.Score || plain[i].Score != c.Score || plain[i].Terms != nil {
				t.Errorf("%q, %s: the terms add up to %v, the score is %v", query, c.Document.ID, sum, c.Score)
			}
		}
	}
}

func TestAnyStringIsAQuery(t *testing.T) {
	docs, _ := generated(50, 7)
	x := create(t, "")
	put(t, x, 9, docs...)
	r, _ := retrieve.New(x, retrieve.Config{})
	var long strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&long, "wo%dx ", i)
	}
	tests := []struct {
		name, query string
		finds       bool
	}{
		{"nothing", "", false},
		{"spaces", " \t\n", false},
		{"stop words only", "to be or not to be", false},
		{"words of no document", "xylophone", false},
		{"what is syntax elsewhere", `+wo1x -"wo2x" (wo3x:^2 AND *~ \ `, true},
		{"not UTF-8", "\xff\xfe wo1x \x80", true},
		{"NUL", "wo1x\x00wo1x wo1x", true},
		{"10,000 words", long.String(), true},
		{"one word of a million letters", strings.Repeat("w", 1_000_000), false},
	}
	for _, test := range tests {
		got, err := r.Retrieve(t.Context(), test.query, 10)
		if err != nil || len(got) > 0 != test.finds {
			t.Errorf("%s: %d candidates, %v", test.name, len(got), err)
		}
	}
}

func TestAnEmptyIndexFindsNothing(t *testing.T) {
	r, _ := retrieve.New(create(t, ""), retrieve.Config{})
	if got, err := r.Retrieve(t.Context(), "word", 10); len(got) > 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestParametersOutOfRange(t *testing.T) {
	x := create(t, "")
	for _, bad := range []retrieve.Config{
		{K1: new(-0.1)}, {K1: new(math.NaN())}, {K1: new(math.Inf(1))}, {B: new(-0.1)}, {B: new(1.1)}, {B: new(math.NaN())},
	} {
		if _, err := retrieve.New(x, bad); err == nil || !strings.Contains(err.Error(), "give a number") {
			t.Errorf("%v, %v: got %v", bad.K1, bad.B, err)
		}
	}
}

func TestRetrieveEndsWithItsContext(t *testing.T) {
	docs, _ := generated(50, 8)
	x := create(t, "")
	put(t, x, 9, docs...)
	r, _ := retrieve.New(x, retrieve.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Retrieve(ctx, "wo1x", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	x.Close()
	if _, err := r.Retrieve(t.Context(), "wo1x", 10); !errors.Is(err, index.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
