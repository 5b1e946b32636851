package main

import (
	"os"
	"strings"

	"github.com/quern-search/quern/web"
)

// keysVariable holds the keys that let programs in, joined with commas. An environment, unlike a command line, is not
// shown to everybody on the machine.
const keysVariable = "QUERN_API_KEYS"

// accessFlags say who may do what. A flag alone never opens anything: it takes keys.
type accessFlags struct {
	writable      bool
	protectSearch bool
}

// keys reads the keys; none where the variable is not set or is blank. No message repeats one.
func (f accessFlags) keys() ([]web.Key, error) {
	keys, err := parseKeys(os.Getenv(keysVariable))
	switch {
	case err != nil:
		return nil, err
	case len(keys) == 0 && f.writable:
		return nil, usagef("--writable takes a key, since whoever has one may change the index: set %s to one or more, joined with commas", keysVariable)
	case len(keys) == 0 && f.protectSearch:
		return nil, usagef("--protect-search takes a key, else nobody could search: set %s to one or more, joined with commas", keysVariable)
	}
	return keys, nil
}

func parseKeys(text string) ([]web.Key, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var keys []web.Key
	for secret := range strings.SplitSeq(text, ",") {
		secret = strings.TrimSpace(secret)
		n := len(keys) + 1
		if secret == "" {
			return nil, usagef("%s: key %d is empty: join keys with one comma", keysVariable, n)
		}
		if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, usagef("%s: key %d has a character that clients cannot send: make keys of letters and digits, without spaces", keysVariable, n)
		}
		keys = append(keys, web.HashKey(secret))
	}
	return keys, nil
}
