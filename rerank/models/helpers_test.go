package models_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/models/hubtest"
)

// aModel is a GGUF of some 300 kB.
var aModel = sync.OnceValue(func() []byte { return bake.Model(bake.Recipe{Weights: gguf.Q8_0, Head: "tied"}) })

const (
	repo = "someone/Qwen3-Reranker-GGUF"
	file = "Qwen3-Reranker-Q8_0.gguf"
	from = "hf:" + repo + "/" + file
	name = "qwen3-reranker-q8_0"
)

// hub starts a hub that has aModel.
func hub(t *testing.T) *hubtest.Hub {
	t.Helper()
	h := hubtest.New(t)
	h.Add(repo, file, aModel())
	return h
}

// A puller pulls into a store of its own from a hub, and keeps what it is told.
type puller struct {
	t     *testing.T
	hub   *hubtest.Hub
	store models.Store
	cfg   models.Config
	notes []string
	done  int64
	total int64
}

func newPuller(t *testing.T, h *hubtest.Hub) *puller {
	p := &puller{t: t, hub: h, store: models.Store{Dir: filepath.Join(t.TempDir(), "models")}}
	p.cfg = models.Config{Endpoint: h.URL, Pause: time.Millisecond, Stall: 20 * time.Second, Progress: func(is models.Progress) {
		p.done, p.total = is.Done, is.Total
		if is.Note != "" {
			p.notes = append(p.notes, is.Note)
		}
	}}
	return p
}

func parse(t *testing.T, text string) models.Source {
	t.Helper()
	s, err := models.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *puller) pull(source string) (models.Model, error) {
	p.t.Helper()
	p.notes = nil
	return p.store.Pull(context.Background(), parse(p.t, source), "", p.cfg)
}

// mustPull pulls, and makes sure that the store then has the bytes and nothing besides.
func (p *puller) mustPull(source string, want []byte) models.Model {
	p.t.Helper()
	m, err := p.pull(source)
	if err != nil {
		p.t.Fatalf("%v; notes: %q", err, p.notes)
	}
	p.mustHold(m, want)
	return m
}

func (p *puller) mustHold(m models.Model, want []byte) {
	p.t.Helper()
	got, err := os.ReadFile(m.Path())
	if err != nil || !bytes.Equal(got, want) {
		p.t.Fatalf("%s has %d bytes, other than the %d that it should have, or: %v", m.Path(), len(got), len(want), err)
	}
	found, err := p.store.Find(m.Name)
	if err != nil || found.Path() != m.Path() || found.Size() != int64(len(want)) || found.Files[0].SHA256 != sum(want) {
		p.t.Errorf("the store has %+v, %v", found, err)
	}
	if err := found.Verify(p.t.Context()); err != nil {
		p.t.Error(err)
	}
	if left, _ := p.store.Partials(); len(left) > 0 {
		p.t.Errorf("there is still %v", left)
	}
	names, err := os.ReadDir(filepath.Dir(m.Path()))
	if err != nil || len(names) != 2 {
		p.t.Errorf("its folder has %v, %v, want the file and the record", names, err)
	}
}

// mustFail pulls, and makes sure that the error says what to do and that the store has no model.
func (p *puller) mustFail(source string, want ...string) {
	p.t.Helper()
	_, err := p.pull(source)
	for _, text := range want {
		if err == nil || !strings.Contains(err.Error(), text) {
			p.t.Fatalf("got the error %v, want one with %q; notes: %q", err, text, p.notes)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		p.t.Errorf("the error tells a signature: %v", err)
	}
	if list, err := p.store.List(); err != nil || len(list) > 0 {
		p.t.Errorf("the store has %v, %v", list, err)
	}
}

// noted makes sure that a note has a text.
func (p *puller) noted(want string) {
	p.t.Helper()
	if !slices.ContainsFunc(p.notes, func(n string) bool { return strings.Contains(n, want) }) {
		p.t.Errorf("the notes are %q, want one with %q", p.notes, want)
	}
}

// kept is how many bytes have come of the model that was not pulled to its end.
func (p *puller) kept() int64 {
	left, _ := p.store.Partial(name)
	return left.Done
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// ranges are the parts that were asked for of the storage.
func ranges(list []hubtest.Request) (asked []string) {
	for _, r := range list {
		if r.Storage {
			asked = append(asked, r.Header.Get("Range"))
		}
	}
	return asked
}
