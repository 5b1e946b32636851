package index

import (
	"fmt"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Positions tell where in its passages a term stands. Not for concurrent use.
type Positions struct {
	walk segment.PostingsIterator
	at   segment.Posting // the last that was read
	end  bool
	term string
}

// Positions reads a term's positions in a field.
func (s *Segment) Positions(field, term string) (*Positions, error) {
	list, err := postingsList(s.inner, field, term, nil)
	if err != nil {
		return nil, err
	}
	return &Positions{walk: list.Iterator(true, false, true, nil), term: term}, nil
}

// In gives the term's positions in a passage, ascending, counted in words from 1; none where it does not have the term.
// Passages must be asked for in ascending order.
func (p *Positions) In(doc uint32) ([]uint64, error) {
	if !p.end && (p.at == nil || p.at.Number() < uint64(doc)) {
		var err error
		if p.at, err = p.walk.Advance(uint64(doc)); err != nil {
			return nil, fmt.Errorf("index: positions of %q: %w", p.term, err)
		}
		p.end = p.at == nil
	}
	if p.end || p.at.Number() != uint64(doc) {
		return nil, nil
	}
	var positions []uint64
	for _, location := range p.at.Locations() {
		positions = append(positions, location.Pos())
	}
	return positions, nil
}
