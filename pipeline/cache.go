package pipeline

import (
	"crypto/sha256"
	"encoding/binary"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/quern-search/quern/rerank"
)

// cacheEntryBytes is what one known score takes: 104 bytes of list entry (key 32, value 16, links and times), which
// the allocator rounds to 112, and 40 of map slot at a load that may be half. Every entry has this size, since the key
// is a hash, so a bound on entries is one on bytes.
const cacheEntryBytes = 192

// A cacheKey is the SHA-256 of all that a score depends on.
type cacheKey [sha256.Size]byte

// A known is a score as the cache keeps it.
type known struct {
	logit  float64
	tokens int
}

// A cache remembers scores; the zero value remembers nothing. It is safe for concurrent use.
type cache struct{ lru *lru.Cache[cacheKey, known] }

func newCache(bytes int64) (cache, error) {
	if bytes < cacheEntryBytes {
		return cache{}, nil
	}
	l, err := lru.New[cacheKey, known](int(bytes / cacheEntryBytes))
	return cache{l}, err
}

// keyOf returns the key of one document of t, or false where scores of the model must not be kept: it does not say
// when they change.
func (c cache) keyOf(m rerank.Model, t rerank.Task, document string) (cacheKey, bool) {
	if c.lru == nil || m.Fingerprint == "" {
		return cacheKey{}, false
	}
	return hashOf([]string{m.Fingerprint, t.Instruction(), t.Query, document}), true
}

func hashOf(parts []string) cacheKey {
	h := sha256.New()
	for _, part := range parts {
		var length [8]byte // before each part, or "ab","c" would be "a","bc"
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return cacheKey(h.Sum(nil))
}

func (c cache) get(k cacheKey) (rerank.Score, bool) {
	v, ok := c.lru.Get(k)
	return rerank.Score{Logit: v.logit, Tokens: v.tokens}, ok
}

func (c cache) put(k cacheKey, s rerank.Score) { c.lru.Add(k, known{s.Logit, s.Tokens}) }
