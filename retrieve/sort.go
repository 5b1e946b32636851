package retrieve

import (
	"cmp"
	"slices"
)

// A sortable is a document that is to be put in the order of a field.
type sortable struct {
	hit
	key sortKey
}

// sorted returns the first k of the documents that match in the order that is asked for. Those that are equal there go by
// score, then by ID; so does everything where no order is asked for.
func (s *search) sorted(found matches) ([]hit, error) {
	all, err := s.sortables(found)
	if err != nil || s.best.k <= 0 {
		return nil, err
	}
	slices.SortFunc(all, func(a, b sortable) int { return cmp.Compare(a.key, b.key) })
	n := min(s.best.k, len(all))
	for n > 0 && n < len(all) && all[n].key == all[n-1].key {
		n++ // which of those that tie are among the first is yet to be seen
	}
	all = all[:n]
	s.choosePassages(all)
	var hits []hit
	for from, to := 0, 0; from < n; from = to {
		best := topK{k: s.best.k - len(hits), snap: s.snap} // of those with the next key
		for ; to < n && all[to].key == all[from].key; to++ {
			best.offer(all[to].hit)
		}
		some, err := best.ranked()
		if err != nil {
			return nil, err
		}
		hits = append(hits, some...)
	}
	return hits, nil
}

// sortables lists the documents that match with their keys.
func (s *search) sortables(found matches) (all []sortable, err error) {
	keys := make([][]sortKey, len(found))
	if s.order.Field != "" {
		if keys, err = s.sortKeys(s.order); err != nil {
			return nil, err
		}
	}
	for i, docs := range found {
		docs.each(func(doc uint32) {
			one := sortable{hit: hit{segment: i, doc: doc}}
			if keys[i] != nil {
				one.key = keys[i][doc]
			}
			all = append(all, one)
		})
	}
	return all, nil
}

// choosePassages moves every hit to the passage of its document that scores best, and sets its score.
func (s *search) choosePassages(all []sortable) {
	if s.browse {
		return
	}
	byDoc := map[group]*hit{}
	for i := range all {
		h := &all[i].hit
		h.score = s.score(h.segment, h.doc)
		byDoc[group{h.segment, h.doc}] = h
	}
	for i, segment := range s.snap.Segments {
		if !segment.HasPassages() {
			continue
		}
		for doc := range uint32(len(segment.Lengths)) {
			if h := byDoc[group{i, segment.Parent(doc)}]; h != nil && h.doc != doc {
				if one := (hit{segment: i, doc: doc, score: s.score(i, doc)}); s.best.better(&one, h) {
					*h = one
				}
			}
		}
	}
}
