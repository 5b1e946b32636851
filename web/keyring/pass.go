package keyring

import "time"

// A Pass is one request that was let in. A nil Pass is one for which no key was asked; it counts nothing.
type Pass struct {
	ring   *Ring
	member *member
	tokens int
	done   bool
}

// Name is that of the key.
func (p *Pass) Name() string { return p.member.Name }

// Charge says that the model has read so many tokens for the request.
func (p *Pass) Charge(tokens int) {
	if p == nil {
		return
	}
	p.ring.mu.Lock()
	defer p.ring.mu.Unlock()
	p.tokens += tokens
}

// Done says that the request is over, and charges its key. Calling it again does nothing.
func (p *Pass) Done() {
	if p == nil {
		return
	}
	p.ring.mu.Lock()
	defer p.ring.mu.Unlock()
	if p.done {
		return
	}
	p.done = true
	p.member.end(p.tokens, time.Now())
	p.ring.count(p.member, Usage{Tokens: int64(p.tokens)})
}
