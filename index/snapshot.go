package index

import (
	"context"
	"fmt"
	"sync"
	"weak"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// A Snapshot is the index as it stood at one moment: later changes do not reach it. Close it when done.
type Snapshot struct {
	bleveindex.IndexReader // Bleve's postings and stored fields
	*Lengths
}

// Lengths are the text lengths of a snapshot's documents, counted in terms. They are exact whatever was deleted,
// replaced or merged before.
type Lengths struct {
	Of    []uint32 // by Bleve's document number; 0 for a document without text, or one that is deleted
	Docs  int      // live documents that have text: BM25's N
	Terms uint64   // terms of all of them together
}

// Average is the mean length of the documents that have text; 0 where there are none.
func (l *Lengths) Average() float64 {
	if l.Docs == 0 {
		return 0
	}
	return float64(l.Terms) / float64(l.Docs)
}

// Snapshot gives the present state to read from.
func (x *Index) Snapshot() (*Snapshot, error) {
	root, err := x.root()
	if err != nil {
		return nil, err
	}
	lengths, err := x.lengths.of(root)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("index: snapshot: %w", err)
	}
	return &Snapshot{root, lengths}, nil
}

// Load gives a document as it stood at the snapshot, or ErrNotFound.
func (s *Snapshot) Load(id string) (Document, error) { return load(s.IndexReader, id) }

// A lengthCache remembers the lengths of the newest snapshot asked for, since a walk over all documents costs too much
// for every query. Bleve makes a new root for each change, merges included, so that the root's identity is the key; the
// pointer is weak so as not to keep a past state alive.
type lengthCache struct {
	mu      sync.Mutex
	root    weak.Pointer[scorch.IndexSnapshot]
	lengths *Lengths
}

func (c *lengthCache) of(root *scorch.IndexSnapshot) (*Lengths, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lengths != nil && c.root == weak.Make(root) {
		return c.lengths, nil
	}
	lengths, err := readLengths(root)
	if err != nil {
		return nil, err
	}
	c.root, c.lengths = weak.Make(root), lengths
	return lengths, nil
}

func readLengths(root *scorch.IndexSnapshot) (*Lengths, error) {
	var size int64
	for _, s := range root.Segments() {
		size += s.FullSize()
	}
	l := &Lengths{Of: make([]uint32, size)}
	postings, err := root.TermFieldReader(context.Background(), []byte(lengthTerm), lengthField, true, false, false)
	if err != nil {
		return nil, err
	}
	defer postings.Close()
	var posting bleveindex.TermFieldDoc
	for {
		p, err := postings.Next(&posting)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return l, nil
		}
		l.Of[p.ID.Value()] = uint32(p.Freq)
		l.Docs++
		l.Terms += p.Freq
	}
}
