// Package keyring knows who may use a server, how much, and how much they have: keys with limits and an end, in a file
// that people can read, and what has been used with each, in another beside it.
//
// keyring.go is a [Key]. file.go reads and changes the file of keys, which holds hashes and no secrets. ring.go is the
// [Ring] of a running server: it lets a secret in (pass.go) or says why not, by the limits of limit.go, and counts, in
// usage.go.
// The package knows nothing of HTTP. Read next: web/keys.go, which asks it, and cmd/quern/keys.go, which changes the file.
package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A Key is what is kept of a secret that lets clients in: a hash, so that neither the file nor a dump of it opens
// anything, and what may be done with it.
type Key struct {
	Name       string    `json:"name"` // unique in its file, that of a revoked key too: usage is counted under it
	Hash       Hash      `json:"hash"`
	Created    time.Time `json:"created,omitzero"`
	Expires    time.Time `json:"expires,omitzero"`             // zero: never
	Revoked    time.Time `json:"revoked,omitzero"`             // zero: it is not
	Requests   int       `json:"requests_per_minute,omitzero"` // 0: no limit; so for what follows
	Tokens     int       `json:"tokens_per_minute,omitzero"`   // that the model reads
	Concurrent int       `json:"concurrent,omitzero"`          // requests at the same time
}

// State says in a word whether the key lets anybody in at a time: "active", "expired" or "revoked".
func (k Key) State(at time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case !k.Expires.IsZero() && !at.Before(k.Expires):
		return "expired"
	}
	return "active"
}

// names are those that keys of a file may have: they stand in tables and in the names of lines of a queue.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// fixedNames are those of keys that have no name of their own: see Config.Secrets.
var fixedNames = regexp.MustCompile(`^key[0-9]+$`)

// check says what is wrong with the key.
func (k Key) check() error {
	switch {
	case !names.MatchString(k.Name):
		return fmt.Errorf("the name %.70q: give 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first", k.Name)
	case fixedNames.MatchString(k.Name):
		return fmt.Errorf("the name %q: key1, key2, ... are the keys of the environment: give another", k.Name)
	case k.Hash == Hash{}:
		return fmt.Errorf("key %q has no hash", k.Name)
	case k.Requests < 0 || k.Tokens < 0 || k.Concurrent < 0:
		return fmt.Errorf("key %q has a negative limit: give a positive number, or leave it out for no limit", k.Name)
	}
	return nil
}

// A Hash is the SHA-256 of a secret. A fast hash is enough, since secrets are drawn at random, not made up by people.
type Hash [sha256.Size]byte

// HashOf returns the hash of a secret.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// hashPrefix says how a hash was made, should there ever be another way.
const hashPrefix = "sha256:"

// MarshalText implements [encoding.TextMarshaler]: "sha256:" and 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) {
	return []byte(hashPrefix + hex.EncodeToString(h[:])), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. Its error does not repeat the text, which may be a secret in the
// wrong place.
func (h *Hash) UnmarshalText(text []byte) error {
	digits, found := strings.CutPrefix(string(text), hashPrefix)
	data, err := hex.DecodeString(digits)
	if !found || err != nil || len(data) != len(h) {
		return errors.New("a hash is not \"sha256:\" and 64 hexadecimal digits")
	}
	copy(h[:], data)
	return nil
}

// secretPrefix makes secrets easy to find for people and for programs that look for leaked ones.
const secretPrefix = "qk_"

// NewSecret draws a secret at random, of more than 128 bits. Clients can send it as it is.
func NewSecret() string { return secretPrefix + rand.Text() }
