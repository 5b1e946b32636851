package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/web/keyring"
)

func open(t testing.TB, cfg keyring.Config) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(cfg)
	check(t, err)
	return r
}

// Whose secret lets in, and why another's does not.
func TestAdmit(t *testing.T) {
	old, gone := app, app
	old.Name, old.Hash, old.Expires = "old", keyring.HashOf("qk_old"), day(3)
	gone.Name, gone.Hash = "gone", keyring.HashOf("qk_gone")
	good := app
	good.Expires = time.Now().Add(time.Hour)
	path := keysIn(t, good, old, gone)
	check(t, keyring.Revoke(path, "gone"))
	r := open(t, keyring.Config{Path: path, Secrets: []string{"sesame", "open"}})
	for secret, want := range map[string]string{
		"qk_app":  "app.v2_b-1",
		"sesame":  "key1",
		"open":    "key2",
		"":        "this is no key of this server",
		"qk_ap":   "this is no key of this server",
		"QK_APP":  "this is no key of this server",
		"qk_old":  "this key has expired, on 2026-11-03: ask whoever runs this server for another",
		"qk_gone": "this key was revoked, so ask whoever runs this server for another",
	} {
		got := ""
		if p, err := r.Admit(secret); err != nil {
			got = err.Error()
		} else {
			got = p.Name()
			p.Done()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", secret, got, want)
		}
	}
	for secret, want := range map[string]error{"": keyring.ErrUnknown, "qk_old": keyring.ErrExpired, "qk_gone": keyring.ErrRevoked} {
		if _, err := r.Admit(secret); !errors.Is(err, want) {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

func TestNoKeysLetNobodyIn(t *testing.T) {
	if _, err := open(t, keyring.Config{}).Admit(""); !errors.Is(err, keyring.ErrUnknown) {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := keyring.Open(keyring.Config{Path: keysIn(t)}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// visits are requests, each at a second, with what it costs in tokens and how it goes: "ok", or the limit and the wait.
type visits []struct {
	at, tokens int
	want       string
}

// Requests and tokens a minute: a minute's worth may come at once, and comes back evenly. What a request reads is charged
// when it is over, and may be more than was left.
func TestRates(t *testing.T) {
	tests := map[string]struct {
		key    keyring.Key
		visits visits
	}{
		"no limit": {app, visits{{0, 1e6, "ok"}, {0, 1e6, "ok"}}},
		"requests": {keyring.Key{Requests: 3}, visits{
			{0, 0, "ok"}, {0, 9, "ok"}, {0, 0, "ok"},
			{0, 0, "too many requests with this key, which may have 3 a minute: try again in 20s"},
			{19, 0, "too many requests with this key, which may have 3 a minute: try again in 1s"},
			{20, 0, "ok"},
			{21, 0, "too many requests with this key, which may have 3 a minute: try again in 19s"},
			{3600, 0, "ok"}, {3600, 0, "ok"}, {3600, 0, "ok"},
			{3600, 0, "too many requests with this key, which may have 3 a minute: try again in 20s"},
		}},
		"tokens": {keyring.Key{Tokens: 60}, visits{
			{0, 59, "ok"}, // one is left
			{0, 1, "ok"},
			{0, 0, "too many tokens with this key, which may have 60 a minute: try again in 1s"},
			{1, 301, "ok"}, // 300 more than it has
			{1, 0, "too many tokens with this key, which may have 60 a minute: try again in 5m1s"},
			{301, 0, "too many tokens with this key, which may have 60 a minute: try again in 1s"},
			{302, 0, "ok"},
		}},
		"both": {keyring.Key{Requests: 2, Tokens: 60}, visits{
			{0, 120, "ok"},
			{0, 0, "too many tokens with this key, which may have 60 a minute: try again in 1m1s"},
			{61, 0, "ok"}, // who is refused for one limit is not charged for the other
			{61, 0, "ok"},
			{61, 0, "too many requests with this key, which may have 2 a minute: try again in 30s"},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.key.Name, test.key.Hash = "a", keyring.HashOf("secret")
			path := keysIn(t, test.key)
			synctest.Test(t, func(t *testing.T) {
				r, start := open(t, keyring.Config{Path: path}), time.Now()
				for i, v := range test.visits {
					time.Sleep(time.Until(start.Add(time.Duration(v.at) * time.Second)))
					got := "ok"
					p, err := r.Admit("secret")
					if err != nil {
						var limit *keyring.LimitError
						if !errors.As(err, &limit) || !errors.Is(err, keyring.ErrRate) && !errors.Is(err, keyring.ErrTokens) {
							t.Fatal(err)
						}
						got = err.Error()
						if after := limit.RetryAfter().Round(time.Millisecond); !strings.HasSuffix(got, after.String()) {
							t.Errorf("%q, but it returns after %v", got, after)
						}
					} else {
						p.Charge(v.tokens)
						p.Done()
						p.Done() // is charged once
					}
					if got != v.want {
						t.Errorf("visit %d, after %d s: %s, want %s", i, v.at, got, v.want)
					}
				}
			})
		})
	}
}

func TestConcurrent(t *testing.T) {
	r := open(t, keyring.Config{Path: keysIn(t, keyring.Key{Name: "a", Hash: keyring.HashOf("secret"), Concurrent: 2})})
	first, err := r.Admit("secret")
	check(t, err)
	second, err := r.Admit("secret")
	check(t, err)
	var limit *keyring.LimitError
	if _, err := r.Admit("secret"); !errors.As(err, &limit) || limit.RetryAfter() != time.Second ||
		err.Error() != "too many requests with this key, which may have 2 at the same time: try again in 1s" {
		t.Error(err)
	}
	first.Done()
	first.Done() // frees one place
	third, err := r.Admit("secret")
	check(t, err)
	if _, err := r.Admit("secret"); !errors.Is(err, keyring.ErrRate) {
		t.Error(err)
	}
	second.Done()
	third.Done()
}

// A file that changes is read within a second. Keys that stay keep what they have used up, and get the new limits.
func TestChangesOfTheFile(t *testing.T) {
	a := keyring.Key{Name: "a", Hash: keyring.HashOf("a"), Requests: 2}
	path := keysIn(t, a)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := open(t, keyring.Config{Path: path, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		visit := func(secret string) string {
			p, err := r.Admit(secret)
			if err != nil {
				return err.Error()
			}
			p.Done()
			return "ok"
		}
		expect := func(secret, want string) {
			t.Helper()
			if got := visit(secret); got != want {
				t.Errorf("%s: %s, want %s", secret, got, want)
			}
		}
		expect("a", "ok")
		check(t, keyring.Add(path, keyring.Key{Name: "b", Hash: keyring.HashOf("b")}))
		expect("b", "this is no key of this server")
		time.Sleep(time.Second)
		expect("b", "ok")
		expect("a", "ok") // its second one in this minute
		expect("a", "too many requests with this key, which may have 2 a minute: try again in 29s")

		before, err := os.ReadFile(path)
		check(t, err)
		check(t, os.WriteFile(path, bytes.Replace(before, []byte(`: 2`), []byte(`: 60`), 1), 0o600))
		time.Sleep(time.Second)
		expect("a", "too many requests with this key, which may have 60 a minute: try again in 1s")
		time.Sleep(time.Second)
		expect("a", "ok") // it gets one a second from now on
		expect("a", "too many requests with this key, which may have 60 a minute: try again in 1s")

		check(t, keyring.Revoke(path, "b"))
		time.Sleep(time.Second)
		expect("b", "this key was revoked, so ask whoever runs this server for another")

		// A slip of the hand locks nobody out, and is told once.
		for range 3 {
			check(t, os.WriteFile(path, []byte("{"), 0o600))
			time.Sleep(time.Minute)
			expect("a", "ok")
		}
		check(t, os.Remove(path))
		time.Sleep(time.Minute)
		expect("a", "ok")
		if n := strings.Count(log.String(), "level=ERROR"); n != 2 || strings.Contains(log.String(), "sha256") {
			t.Errorf("the log has %d errors, want 2:\n%s", n, log.String())
		}
		check(t, os.WriteFile(path, before, 0o600)) // in which b is not revoked
		time.Sleep(time.Second)
		expect("b", "ok")
	})
}

// What is used is counted by name, added to the file beside the keys, and still there for the next server.
func TestUsage(t *testing.T) {
	path := keysIn(t, keyring.Key{Name: "a", Hash: keyring.HashOf("a"), Requests: 2}, keyring.Key{Name: "b", Hash: keyring.HashOf("b")})
	synctest.Test(t, func(t *testing.T) {
		for round := 1; round <= 2; round++ { // two servers, one after the other
			r := open(t, keyring.Config{Path: path, Secrets: []string{"fixed"}})
			ctx, cancel := context.WithCancel(t.Context())
			kept := make(chan bool)
			go func() { r.Keep(ctx); close(kept) }()
			for _, secret := range []string{"a", "a", "a", "b", "fixed", "unknown"} {
				if p, err := r.Admit(secret); err == nil {
					p.Charge(10)
					p.Charge(1)
					p.Done()
				}
			}
			today := time.Now().UTC().Format(time.DateOnly)
			n := int64(round)
			want := map[string]keyring.Usage{
				"a":    {Requests: 2 * n, Refused: n, Tokens: 22 * n, LastUsed: today},
				"b":    {Requests: n, Tokens: 11 * n, LastUsed: today},
				"key1": {Requests: 1, Tokens: 11, LastUsed: today}, // is not saved
			}
			all, err := r.Usage()
			if diff := cmp.Diff(want, all); diff != "" || err != nil {
				t.Errorf("round %d: %v\n%s", round, err, diff)
			}
			if round == 1 {
				time.Sleep(6 * time.Second) // it is saved every five
			} else {
				cancel() // and in the end
				<-kept
			}
			delete(want, "key1")
			saved, err := keyring.ReadUsage(path)
			if diff := cmp.Diff(want, saved); diff != "" || err != nil {
				t.Errorf("round %d, saved: %v\n%s", round, err, diff)
			}
			if all, err := r.Usage(); err != nil || all["a"].Requests != 2*n {
				t.Errorf("round %d, after it was saved: %+v, %v", round, all, err)
			}
			cancel()
			<-kept
		}
	})
}

// Usage that cannot be saved is not lost, and that it cannot is told once.
func TestUsageThatCannotBeSaved(t *testing.T) {
	path := keysIn(t, keyring.Key{Name: "a", Hash: keyring.HashOf("a")})
	check(t, os.WriteFile(path+".usage", []byte("{"), 0o600))
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := open(t, keyring.Config{Path: path, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		kept := make(chan bool)
		go func() { r.Keep(ctx); close(kept) }()
		p, err := r.Admit("a")
		check(t, err)
		p.Done()
		time.Sleep(time.Minute)
		check(t, os.Remove(path+".usage"))
		time.Sleep(6 * time.Second)
		if saved, err := keyring.ReadUsage(path); err != nil || saved["a"].Requests != 1 {
			t.Errorf("%+v, %v", saved, err)
		}
		cancel()
		<-kept
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("the log has %d errors, want 1:\n%s", n, log.String())
		}
	})
}

// A file of usage that was emptied by hand is one in which nothing was used yet.
func TestUsageEmptiedByHand(t *testing.T) {
	for _, text := range []string{`{}`, `null`, `{"usage":null}`} {
		path := keysIn(t, keyring.Key{Name: "a", Hash: keyring.HashOf("a")})
		check(t, os.WriteFile(path+".usage", []byte(text), 0o600))
		r := open(t, keyring.Config{Path: path})
		p, err := r.Admit("a")
		check(t, err)
		p.Done()
		check(t, r.Save())
		if saved, err := keyring.ReadUsage(path); err != nil || saved["a"].Requests != 1 {
			t.Errorf("%s: %+v, %v", text, saved, err)
		}
	}
}

// A request for which no key was asked counts nothing.
func TestNoPass(t *testing.T) {
	var p *keyring.Pass
	p.Charge(1)
	p.Done()
}
