package index

import (
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/blevesearch/vellum"
	"github.com/blevesearch/vellum/levenshtein"
)

// MaxEdits is the largest distance of a Near: beyond, a word is near to most others.
const MaxEdits = 2

// Terms yields the terms of a field that begin with prefix, in the order of their bytes; those of deleted documents
// among them. What it yields depends on the segment's ID, the field and the prefix alone.
func (s *Segment) Terms(field, prefix string) iter.Seq2[string, error] {
	if prefix == "" {
		return s.terms(field, nil, nil, nil)
	}
	after := []byte(prefix)
	after[len(after)-1]++ // UTF-8 has no byte 255
	return s.terms(field, nil, []byte(prefix), after)
}

// A Near is what comes of a term by a few edits: a character put in, left out, replaced, or swapped with its neighbour.
// It takes more time to make than a segment to be looked through.
type Near struct{ dfa *levenshtein.DFA }

// Near gives what comes of term by as many edits or fewer, 1 to MaxEdits.
func (x *Index) Near(term string, edits int) (*Near, error) {
	builder, err := x.distances.within(edits)
	if err != nil {
		return nil, fmt.Errorf("index: terms near %q: %w", term, err)
	}
	dfa, err := builder.BuildDfa(term, uint8(edits))
	if err != nil {
		return nil, fmt.Errorf("index: terms near %q: %w", term, err)
	}
	return &Near{dfa}, nil
}

// TermsNear yields the terms of a field that are near to one.
func (s *Segment) TermsNear(field string, n *Near) iter.Seq2[string, error] {
	return s.terms(field, n.dfa, nil, nil)
}

// distances are what automata of so many edits are made by. They are made when they are first wanted, which takes some
// milliseconds, and may be used concurrently.
type distances struct {
	mu   sync.Mutex
	made map[int]*levenshtein.LevenshteinAutomatonBuilder // by edits
}

func (d *distances) within(edits int) (*levenshtein.LevenshteinAutomatonBuilder, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b, ok := d.made[edits]; ok {
		return b, nil
	}
	b, err := levenshtein.NewLevenshteinAutomatonBuilder(uint8(edits), true)
	if err != nil {
		return nil, err
	}
	if d.made == nil {
		d.made = map[int]*levenshtein.LevenshteinAutomatonBuilder{}
	}
	d.made[edits] = b
	return b, nil
}

func (s *Segment) terms(field string, a vellum.Automaton, from, to []byte) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		dictionary, err := s.inner.Segment().Dictionary(field)
		if err != nil {
			yield("", fmt.Errorf("index: terms: %w", err))
			return
		}
		for walk := dictionary.AutomatonIterator(a, from, to); ; {
			entry, err := walk.Next()
			if err != nil {
				yield("", fmt.Errorf("index: terms: %w", err))
				return
			}
			if entry == nil || !yield(entry.Term, nil) {
				return
			}
		}
	}
}

// Values yields every value that a field of Document.Fields has in the segment (see Document.values for which), in the
// order of their bytes, with the numbers of the documents that have it: those of their first passages, deleted ones
// among them. What it yields depends on the segment's ID and the name alone.
func (s *Segment) Values(name string) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		prefix := valueTerm(name, "")
		for term, err := range s.Terms(valueField, prefix) {
			if err != nil {
				yield(Value{}, err)
				return
			}
			p, err := readPostings(s.inner, valueField, term)
			if !yield(Value{strings.TrimPrefix(term, prefix), p.Docs}, err) || err != nil {
				return
			}
		}
	}
}

// A Value is one of a field's, with the documents that have it.
type Value struct {
	Text string   // a number as it was written
	Docs []uint32 // ascending
}

// HasField tells whether any document of the snapshot, a deleted one maybe, has a value under a name.
func (s *Snapshot) HasField(name string) (bool, error) {
	for _, segment := range s.Segments {
		for _, err := range segment.Terms(valueField, valueTerm(name, "")) {
			return err == nil, err
		}
	}
	return false, nil
}
