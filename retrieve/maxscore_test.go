package retrieve_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
)

// TestLargeSegments has segments of several windows, in which most documents are passed over unscored, and in the middle
// of which a term may stop to be essential.
func TestLargeSegments(t *testing.T) {
	const n = 9000 // two windows and a bit
	random := rand.New(rand.NewPCG(20, 0))
	zipf := rand.NewZipf(random, 1.1, 3, 2000)
	text := func(words int) string {
		var list []string
		for range words {
			list = append(list, fmt.Sprintf("wo%dx", zipf.Uint64()))
		}
		return strings.Join(list, " ")
	}
	var docs []index.Document
	for i := range n {
		d := index.Document{ID: fmt.Sprintf("d%05d", i*7919%n), Body: text(1 + random.IntN(12))}
		switch {
		case i%3000 == 2321: // the best of a word come late
			d.Body = strings.Repeat("wo3x ", 100)
		case i%100 == 99: // ties all along
			d.Body = "wo1x wo2x wo9x"
		}
		docs = append(docs, d)
	}
	queries := []string{"wo1x", "wo3x wo0x", "wo1x wo2x wo9x", "wo9x wo2x wo1x", "wo1500x wo0x wo1x", text(4), text(8), text(100)}
	t.Run("in one language", func(t *testing.T) { largeSegments(t, docs, queries) })
	t.Run("in several languages", func(t *testing.T) { largeSegments(t, inLanguages(docs, 0), queries) })
}

func largeSegments(t *testing.T, docs []index.Document, queries []string) {
	x := create(t, filepath.Join(t.TempDir(), "index"))
	put(t, x, 1000, docs...)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	same := func(state string) {
		t.Run(state, func(t *testing.T) {
			checkAs(t, r, newReference(docs, x), queries, retrieve.DefaultK1, retrieve.DefaultB)
		})
	}
	if err := x.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	same("in one segment")
	var gone []string
	for _, d := range docs[:len(docs)/2] {
		gone = append(gone, d.ID)
	}
	remove(t, x, gone...)
	docs = docs[len(docs)/2:]
	same("half of it deleted")
}

// TestScoresFollowEveryChange searches after each of many random changes, so that nothing remembered can be stale.
func TestScoresFollowEveryChange(t *testing.T) {
	t.Run("in one language", func(t *testing.T) { scoresFollowEveryChange(t, 1) })
	t.Run("in several languages", func(t *testing.T) { scoresFollowEveryChange(t, 8) })
}

func scoresFollowEveryChange(t *testing.T, langs int) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "index")} {
		docs, queries := generated(60, 3)
		random := rand.New(rand.NewPCG(4, 0))
		x, now := create(t, path), map[string]index.Document{}
		r, err := retrieve.New(x, retrieve.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 80 {
			d := docs[random.IntN(len(docs))]
			switch {
			case i%29 == 28:
				if err := x.Compact(t.Context()); err != nil {
					t.Fatal(err)
				}
			case random.IntN(3) == 0:
				remove(t, x, d.ID)
				delete(now, d.ID)
			default:
				d.Body = docs[random.IntN(len(docs))].Body
				d.Fields = langField(random.IntN(langs)) // a document may change its language
				put(t, x, 1, d)
				now[d.ID] = d
			}
			ref := newReference(slices.Collect(maps.Values(now)), x)
			checkAs(t, r, ref, queries[4:6], retrieve.DefaultK1, retrieve.DefaultB)
		}
	}
}

// TestEverySearchSeesOneState: in every state of the index each document has the same word and three others, and a search
// that took its counts from different states would see something else. Documents change their languages too.
func TestEverySearchSeesOneState(t *testing.T) {
	x := create(t, filepath.Join(t.TempDir(), "index"))
	doc := func(i int) index.Document {
		return index.Document{
			ID: fmt.Sprintf("d%03d", i), Body: fmt.Sprintf("everywhere a%dx b%dx c%dx", i%7, i%11, i%13), Fields: langField(rand.IntN(3)),
		}
	}
	for i := range 100 {
		put(t, x, 1, doc(i))
	}
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var searches sync.WaitGroup
	written := make(chan struct{})
	for range 3 {
		searches.Go(func() {
			for last := false; !last; {
				select {
				case <-written:
					last = true
				default:
				}
				got, err := r.Explain(t.Context(), "everywhere a1x", 1000)
				if err != nil {
					t.Error(err)
					return
				}
				seen, inLang := map[string]bool{}, map[string]int{}
				for _, c := range got {
					inLang[x.LangOf(c.Document)]++
				}
				for _, c := range got {
					term, n := c.Terms[0], inLang[x.LangOf(c.Document)]
					if term.DF != n || term.N != n || term.AvgLength != 4 || seen[c.Document.ID] {
						t.Errorf("%d candidates in its language, %s among them (seen before: %v): %+v", n, c.Document.ID, seen[c.Document.ID], term)
						return
					}
					seen[c.Document.ID] = true
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(21, 0))
	for range 50 {
		put(t, x, 4, doc(random.IntN(200)), doc(200+random.IntN(50)), doc(random.IntN(200)))
		remove(t, x, doc(random.IntN(200)).ID, doc(random.IntN(200)).ID)
	}
	close(written)
	searches.Wait()
}
