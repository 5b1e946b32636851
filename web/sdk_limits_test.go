package web_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/keyring"
)

// sdkRate is how many requests a minute a key of sdkTask.Keys.Again may have. One that has had them waits for 5 s, which
// is longer than clients wait in all when they are not told how long: cohere's wait 1 s and 2 s.
const sdkRate = 12

// sdkSite is the server that clients are tested with, and turns some of their keys away.
func sdkSite(t *testing.T, task sdkTask) http.Handler {
	t.Helper()
	all := []keyring.Key{{Name: task.Keys.Good}, {Name: task.Keys.Busy, Concurrent: 1}}
	for _, name := range task.Keys.Again {
		all = append(all, keyring.Key{Name: name, Requests: sdkRate})
	}
	keys := ring(keyring.Config{Path: keyFile(t, all...)})
	asking, err := keys.Admit(task.Keys.Busy)
	check(t, err)
	t.Cleanup(asking.Done)
	next := tinySite(t, web.Config{Keys: keys})
	var met sync.Map // what keys have come by now
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, known := met.LoadOrStore(secret, true); !known && slices.Contains(task.Keys.Again, secret) {
			useUp(keys, secret)
		}
		next.ServeHTTP(w, r)
	})
}

// useUp has a key ask until it may not.
func useUp(keys *keyring.Ring, secret string) {
	for {
		pass, err := keys.Admit(secret)
		if err != nil {
			return
		}
		pass.Done()
	}
}
