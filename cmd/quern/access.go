package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/web/keyring"
)

// keysVariable holds keys that let programs in, joined with commas. An environment, unlike a command line, is not
// shown to everybody on the machine.
const keysVariable = "QUERN_API_KEYS"

// accessFlags say who may do what. A flag alone never opens anything: it takes keys.
type accessFlags struct {
	keysFile      string
	writable      bool
	protectSearch bool
}

func (f *accessFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.keysFile, "keys", "", "let in who has a key of `FILE`, which `quern keys` makes and changes, also while this runs")
	flags.BoolVar(&f.writable, "writable", false, "let the bearers of a key put and delete documents; the index may be empty")
	flags.BoolVar(&f.protectSearch, "protect-search", false, "ask for a key on the page too")
}

// keys reads the keys: those of the file and those of the environment. Where neither is given it returns nil, and the
// server is open; a file without keys lets nobody in yet. No message repeats a key.
func (f accessFlags) keys(log *slog.Logger) (*keyring.Ring, error) {
	secrets, err := parseKeys(os.Getenv(keysVariable))
	switch {
	case err != nil:
		return nil, err
	case len(secrets) > 0 || f.keysFile != "":
	case f.writable:
		return nil, usagef("--writable takes a key, since whoever has one may change the index: name a file with --keys, or set %s to one or more, joined with commas", keysVariable)
	case f.protectSearch:
		return nil, usagef("--protect-search takes a key, else nobody could search: name a file with --keys, or set %s to one or more, joined with commas", keysVariable)
	default:
		return nil, nil
	}
	ring, err := keyring.Open(keyring.Config{Path: f.keysFile, Secrets: secrets, Logger: log})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no file of keys %q: make one with quern keys add NAME --keys FILE", f.keysFile)
	}
	return ring, err
}

// keep has the usage of keys saved until the function that it returns is called: after the last request, which comes
// later than the end of ctx.
func keep(ctx context.Context, keys *keyring.Ring) (saved func()) {
	if keys == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var keeping sync.WaitGroup
	keeping.Go(func() { keys.Keep(ctx) })
	return func() {
		cancel()
		keeping.Wait()
	}
}

func parseKeys(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var secrets []string
	for secret := range strings.SplitSeq(text, ",") {
		secret = strings.TrimSpace(secret)
		n := len(secrets) + 1
		if secret == "" {
			return nil, usagef("%s: key %d is empty: join keys with one comma", keysVariable, n)
		}
		if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, usagef("%s: key %d has a character that clients cannot send: make keys of letters and digits, without spaces", keysVariable, n)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}
