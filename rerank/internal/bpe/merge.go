package bpe

import (
	"fmt"
	"math/bits"
	"strings"
)

// A mergeTable says which neighbouring tokens become one, and which pair goes first.
type mergeTable struct {
	list  []merge // by rank, the most important first
	slots []int32 // a hash table with open addressing: a rank + 1, or 0 where there is none
	shift int     // takes a hash to a place in slots
}

type pair struct{ left, right int32 }

type merge struct {
	pair
	joined int32
}

// fill reads merges in the file's form. It fails where one names a token that the vocabulary lacks.
func (m *mergeTable) fill(plain map[string]int32, merges []string) error {
	m.list = make([]merge, 0, len(merges))
	size := bits.Len(uint(len(merges))) + 1 // so that at most half of the slots are taken
	m.slots, m.shift = make([]int32, 1<<size), 64-size
	for i, text := range merges {
		left, right, ok := strings.Cut(text, " ")
		if !ok {
			return fmt.Errorf("bpe: merge %d, %q, is not two tokens with a space between: the file is damaged", i, text)
		}
		a, okA := plain[left]
		b, okB := plain[right]
		joined, ok := plain[left+right]
		if !okA || !okB || !ok {
			return fmt.Errorf("bpe: merge %d, %q, names a token that is not in the vocabulary: the file is damaged", i, text)
		}
		p := pair{a, b}
		other, slot := m.find(p)
		if other >= 0 {
			return fmt.Errorf("bpe: merges %d and %d are both %q: the file is damaged", other, i, text)
		}
		m.list = append(m.list, merge{p, joined})
		m.slots[slot] = int32(len(m.list))
	}
	return nil
}

// find returns the rank of a pair, or -1 and the slot where it would be. Most pairs of neighbours have no merge, and an
// empty slot says so with one look at memory: this is where encoding spends its time.
func (m *mergeTable) find(p pair) (rank int32, slot uint64) {
	hash := (uint64(uint32(p.left))<<32 | uint64(uint32(p.right))) * 0x9e3779b97f4a7c15 // 2^64 / golden ratio
	hash ^= hash >> 32
	hash *= 0x9e3779b97f4a7c15
	for slot = hash >> m.shift; ; slot = (slot + 1) & uint64(len(m.slots)-1) {
		rank = m.slots[slot] - 1
		if rank < 0 || m.list[rank].pair == p {
			return rank, slot
		}
	}
}

// A symbol is a token of the piece being joined, linked to its neighbours by their places in the slice.
// A symbol that its left neighbour has taken in has id gone.
type symbol struct {
	id         int32
	prev, next int32 // -1 at the ends
}

const gone = -1

// scratch is the memory of one call, kept for the next.
type scratch struct {
	symbols []symbol
	queue   queue
}

// appendPiece appends the tokens of one piece. Of all pairs of neighbours that have a merge, the one with the lowest
// rank is joined, the leftmost first, until there is none. A queue of candidates makes that n log n, so that one word
// of a million letters is harmless.
//
// A piece that is itself a token takes the same way: the reference (ignore_merges false) does not look it up either.
func (t *Tokenizer) appendPiece(dst []int32, piece string, s *scratch) []int32 {
	if len(piece) == 1 {
		return append(dst, t.bytes[piece[0]])
	}
	s.symbols = s.symbols[:0]
	for i := range len(piece) {
		s.symbols = append(s.symbols, symbol{id: t.bytes[piece[i]], prev: int32(i) - 1, next: int32(i) + 1})
	}
	s.symbols[len(piece)-1].next = -1
	s.queue = s.queue[:0]
	for i := range int32(len(piece) - 1) {
		t.offer(s, i)
	}
	for len(s.queue) > 0 {
		t.join(s, s.queue.pop())
	}
	for i := int32(0); i >= 0; i = s.symbols[i].next {
		dst = append(dst, s.symbols[i].id)
	}
	return dst
}

// offer queues the pair that begins at place i, if it has a merge.
func (t *Tokenizer) offer(s *scratch, i int32) {
	left := s.symbols[i]
	if rank, _ := t.merges.find(pair{left.id, s.symbols[left.next].id}); rank >= 0 {
		s.queue.push(candidate(rank)<<32 | candidate(i))
	}
}

// join carries out a merge, unless one of its two tokens has changed since it was queued.
func (t *Tokenizer) join(s *scratch, c candidate) {
	i, m := int32(c&0xffffffff), t.merges.list[c>>32]
	left := &s.symbols[i]
	if left.id != m.left || left.next < 0 || s.symbols[left.next].id != m.right {
		return
	}
	right := &s.symbols[left.next]
	left.id, left.next = m.joined, right.next
	right.id = gone
	if left.next >= 0 {
		s.symbols[left.next].prev = i
		t.offer(s, i)
	}
	if left.prev >= 0 {
		t.offer(s, left.prev)
	}
}
