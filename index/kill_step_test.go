package index_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
)

// victimEnv tells TestVictim, in a process of its own, the seed, the first step and the index.
const victimEnv = "QUERN_TEST_VICTIM"

// TestVictim is the process that is killed.
func TestVictim(t *testing.T) {
	args := strings.SplitN(os.Getenv(victimEnv), " ", 3)
	if len(args) != 3 {
		t.Skip("only as another test's second process")
	}
	seed, err1 := strconv.ParseUint(args[0], 10, 64)
	next, err2 := strconv.Atoi(args[1])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	steps := make([]step, 100) // made up beforehand, so that hardly anything happens between two of them
	for i := range steps {
		steps[i] = stepAt(seed, next+i)
	}
	fmt.Println("begin", opening)
	x, err := openOrCreate(args[2])
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("done", opening)
	for i, s := range steps {
		fmt.Println("begin", next+i)
		if err := s.do(t, x); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done", next+i)
	}
}

// openOrCreate is what `quern index` does.
func openOrCreate(path string) (*index.Index, error) {
	x, err := index.Open(path)
	if errors.Is(err, index.ErrNotExist) {
		return index.Create(path, index.Config{})
	}
	return x, err
}

// A step is one call of an index's, a batch at most.
type step struct {
	kind string // put, update, delete or compact
	docs []index.Document
	ids  []string // to delete
}

// stepAt makes up step n of a sequence.
func stepAt(seed uint64, n int) step {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	docs := docsAt(seed, n)
	switch i := random.IntN(10); {
	case n%40 == 39:
		return step{kind: "compact", docs: docs}
	case i < 2:
		s := step{kind: "delete", docs: docs}
		for _, d := range docs {
			s.ids = append(s.ids, d.ID)
		}
		return s
	case i < 5 && n > 0: // half of them as they were, if the last step has put them
		last := docsAt(seed, n-1)
		return step{kind: "update", docs: append(last[:len(last)/2], docs...)}
	}
	return step{kind: "put", docs: docs}
}

// stepIDs are the IDs that steps have documents of.
func stepIDs() []string {
	ids := make([]string, 1500)
	for i := range ids {
		ids[i] = fmt.Sprint("d", i)
	}
	return ids
}

// docsAt makes up documents of IDs that many steps share, so that they replace others; a few in most steps, many in some.
func docsAt(seed uint64, n int) []index.Document {
	random := rand.New(rand.NewPCG(seed, uint64(n)<<32))
	docs, ids := make([]index.Document, 1+random.IntN(1<<random.IntN(9))), stepIDs()
	for i := range docs {
		id := ids[random.IntN(len(ids))]
		docs[i] = index.Document{
			ID: id, Title: "Document " + id, Body: fmt.Sprint(common, " step ", n, strings.Repeat(" filler", random.IntN(60))),
			URL: "/" + id, Fields: map[string]any{"step": json.Number(fmt.Sprint(n))},
		}
	}
	return docs
}

// common is a word of all documents, for a search to find them all.
const common = "garden"

func (s step) do(t *testing.T, x *index.Index) error {
	switch s.kind {
	case "compact":
		return x.Compact(t.Context())
	case "delete":
		return x.Delete(t.Context(), s.ids...)
	case "update":
		_, err := x.Update(t.Context(), s.docs...)
		return err
	}
	return x.Put(t.Context(), s.docs...)
}

// apply does to a model what do does to an index.
func (s step) apply(model map[string]index.Document) {
	switch s.kind {
	case "compact":
	case "delete":
		for _, id := range s.ids {
			delete(model, id)
		}
	default:
		for _, d := range s.docs {
			model[d.ID] = d
		}
	}
}

// difference tells in what an index differs from the documents that it should hold, all with the word common: in their
// number, the IDs, what is stored, or what a search finds. It is empty if in nothing.
func difference(t *testing.T, x *index.Index, want map[string]index.Document) string {
	t.Helper()
	if n := count(t, x); n != len(want) {
		return fmt.Sprintf("%d documents, want %d", n, len(want))
	}
	same := func(bool, index.Document) bool { return true }
	if got := allIDs(t, x); !maps.EqualFunc(got, want, same) {
		return fmt.Sprintf("the IDs are %v", got)
	}
	for id, d := range want {
		if got, err := x.Get(t.Context(), id); err != nil || !reflect.DeepEqual(got, d) {
			return fmt.Sprintf("%s is %.300v, %v, want %.300v", id, got, err, d)
		}
	}
	search, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := search.Retrieve(t.Context(), common, len(want)+100)
	if err != nil || len(found) != len(want) {
		return fmt.Sprintf("a search finds %d, %v, want %d", len(found), err, len(want))
	}
	seen := map[string]bool{}
	for _, c := range found {
		if id := c.Document.ID; seen[id] || !reflect.DeepEqual(c.Document, want[id]) {
			return fmt.Sprintf("a search finds %.300v, seen before: %t, want %.300v", c.Document, seen[id], want[id])
		}
		seen[c.Document.ID] = true
	}
	return ""
}
