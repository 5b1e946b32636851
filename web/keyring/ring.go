package keyring

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Why a secret lets nobody in.
var (
	ErrUnknown = errors.New("this is no key of this server")
	ErrExpired = errors.New("this key has expired")
	ErrRevoked = errors.New("this key was revoked")
)

// lookEvery is how often the file of keys is looked at: a key that was revoked works for no longer.
const lookEvery = time.Second

// A Config says which keys a Ring has; without any it lets nobody in.
type Config struct {
	// Path is the file of keys. It is read anew when it has changed; default: there is none.
	Path string
	// Secrets are keys without limits beside those of the file. They are called key1, key2, ..., and their usage is not
	// saved.
	Secrets []string
	// Logger hears of a file that cannot be read or written, never of keys; default: nowhere.
	Logger *slog.Logger
}

// A Ring is the keys of a running server. It is safe for concurrent use.
type Ring struct {
	cfg   Config
	fixed []*member // of Config.Secrets

	mu      sync.Mutex
	members []*member // fixed and those of the file
	seen    os.FileInfo
	looked  time.Time // at the file
	trouble string    // what was last told of the file, to tell it once
	fresh   map[string]Usage
}

// A member is one key in use.
type member struct {
	Key
	allowance
}

// Open returns the Ring of cfg, or says what is wrong with the file.
func Open(cfg Config) (*Ring, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Ring{cfg: cfg, fresh: map[string]Usage{}}
	for i, secret := range cfg.Secrets {
		r.fixed = append(r.fixed, &member{Key: Key{Name: fmt.Sprintf("key%d", i+1), Hash: HashOf(secret)}})
	}
	r.members = r.fixed
	if cfg.Path == "" {
		return r, nil
	}
	return r, r.read(time.Now())
}

// read reads the file of keys if it has changed. Keys that stay keep what they have used up.
func (r *Ring) read(now time.Time) error {
	r.looked = now
	info, err := os.Stat(r.cfg.Path)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if s := r.seen; s != nil && os.SameFile(s, info) && s.ModTime().Equal(info.ModTime()) && s.Size() == info.Size() {
		return nil
	}
	keys, err := Read(r.cfg.Path)
	if err != nil {
		return err
	}
	old := map[Hash]*member{}
	for _, m := range r.members {
		old[m.Hash] = m
	}
	members := r.fixed[:len(r.fixed):len(r.fixed)]
	for _, k := range keys {
		m := old[k.Hash]
		if m == nil || m.Name != k.Name {
			m = &member{}
		}
		m.Key = k
		m.adapt(k)
		members = append(members, m)
	}
	r.members, r.seen = members, info
	return nil
}

// look reads the file of keys now and then. Where that fails, the keys stay what they were: a slip of the hand in the
// file locks nobody out.
func (r *Ring) look(now time.Time) {
	if r.cfg.Path == "" || now.Sub(r.looked) < lookEvery {
		return
	}
	r.tell(r.read(now), "the file of keys cannot be read, so they stay what they were")
}

// tell logs trouble once.
func (r *Ring) tell(err error, what string) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != r.trouble {
		r.cfg.Logger.Error(what, "error", text)
	}
	r.trouble = text
}

// Admit lets a request with a secret in; whoever makes it must call Done on its Pass when it is over. Else the error is
// [ErrUnknown], wraps [ErrExpired] or [ErrRevoked], or is a [*LimitError].
func (r *Ring) Admit(secret string) (*Pass, error) {
	hash := HashOf(secret)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.look(now)
	m := r.find(hash)
	if m == nil {
		return nil, ErrUnknown
	}
	switch m.State(now) {
	case "revoked":
		return nil, fmt.Errorf("%w, so ask whoever runs this server for another", ErrRevoked)
	case "expired":
		return nil, fmt.Errorf("%w, on %s: ask whoever runs this server for another", ErrExpired, m.Expires.UTC().Format(time.DateOnly))
	}
	if err := m.admit(m.Key, now); err != nil {
		r.count(m, Usage{Refused: 1})
		return nil, err
	}
	r.count(m, Usage{Requests: 1, LastUsed: now.UTC().Format(time.DateOnly)})
	return &Pass{ring: r, member: m}, nil
}

// find returns the key of a hash; nil: there is none. The time it takes does not depend on what the hashes are: every
// one is compared, whole.
func (r *Ring) find(hash Hash) *member {
	at := -1
	for i, m := range r.members {
		at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(m.Hash[:], hash[:]), i, at)
	}
	if at < 0 {
		return nil
	}
	return r.members[at]
}

func (r *Ring) count(m *member, u Usage) { r.fresh[m.Name] = r.fresh[m.Name].plus(u) }
