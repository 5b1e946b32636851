package qwen3

import (
	"slices"
	"sync"
)

// prefixBytes bounds what is remembered of prompts: with the 0.6B, whose 75 tokens of prompt and query take 17 MB, the part
// that all queries share and two queries. A prompt that is larger alone, of about 290 tokens, is computed for each task.
const prefixBytes = 64 << 20

// prefixes remembers the keys and values of the latest prompts up to the document, and of the part that prompts of one
// instruction share, so that a second task of the same query, or of another, does not compute them again.
type prefixes struct {
	mu      sync.Mutex
	entries []prefixEntry // the latest last
}

type prefixEntry struct {
	ids []int32
	kv  []kv // a layer each; never changed
}

func (e prefixEntry) bytes() (n int) {
	for _, kv := range e.kv {
		n += 4 * (len(kv.k) + len(kv.v))
	}
	return n
}

// get returns what is remembered of exactly these tokens, or nil.
func (p *prefixes) get(ids []int32) []kv {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, e := range p.entries {
		if slices.Equal(e.ids, ids) {
			p.entries = append(slices.Delete(p.entries, i, i+1), e)
			return e.kv
		}
	}
	return nil
}

// put remembers the keys and values of tokens, unless they are too many, and forgets those that were not asked for the
// longest.
func (p *prefixes) put(ids []int32, layers []kv) {
	e := prefixEntry{slices.Clone(ids), layers}
	if e.bytes() > prefixBytes {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = slices.DeleteFunc(p.entries, func(e prefixEntry) bool { return slices.Equal(e.ids, ids) })
	p.entries = append(p.entries, e)
	total := 0
	for i, e := range slices.Backward(p.entries) {
		if total += e.bytes(); total > prefixBytes {
			p.entries = slices.Delete(p.entries, 0, i+1)
			return
		}
	}
}
