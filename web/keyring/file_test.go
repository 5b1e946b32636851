package keyring_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/web/keyring"
)

var (
	shop = keyring.Key{Name: "shop", Hash: keyring.HashOf("qk_shop"), Created: day(1), Expires: day(9), Requests: 60, Tokens: 1000, Concurrent: 4}
	app  = keyring.Key{Name: "app.v2_b-1", Hash: keyring.HashOf("qk_app"), Created: day(2)}
)

func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// keysIn makes a file of keys.
func keysIn(t testing.TB, keys ...keyring.Key) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys.json")
	for _, k := range keys {
		check(t, keyring.Add(path, k))
	}
	return path
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The file is for its owner alone, can be read by people, and holds no secret.
func TestFile(t *testing.T) {
	path := keysIn(t, shop, app)
	keys, err := keyring.Read(path)
	if diff := cmp.Diff([]keyring.Key{shop, app}, keys); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	data, err := os.ReadFile(path)
	check(t, err)
	hash := func(secret string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(secret))) }
	want := `{
  "keys": [
    {
      "name": "shop",
      "hash": "` + hash("qk_shop") + `",
      "created": "2026-11-01T12:00:00Z",
      "expires": "2026-11-09T12:00:00Z",
      "requests_per_minute": 60,
      "tokens_per_minute": 1000,
      "concurrent": 4
    },
    {
      "name": "app.v2_b-1",
      "hash": "` + hash("qk_app") + `",
      "created": "2026-11-02T12:00:00Z"
    }
  ]
}
`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	check(t, err)
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %o", mode)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) != 1 || left[0] != path+".lock" {
		t.Errorf("beside it there are %v, %v; want the lock alone", left, err)
	}
}

func TestRevoke(t *testing.T) {
	path := keysIn(t, shop, app)
	check(t, keyring.Revoke(path, "shop"))
	first, err := keyring.Read(path)
	check(t, err)
	if first[0].State(day(3)) != "revoked" || first[1].State(day(3)) != "active" {
		t.Errorf("%+v", first)
	}
	check(t, keyring.Revoke(path, "shop"))
	if again, err := keyring.Read(path); err != nil || !again[0].Revoked.Equal(first[0].Revoked) {
		t.Errorf("revoked twice: %+v, %v", again, err)
	}
	if err := keyring.Revoke(path, "shp"); err == nil || !strings.Contains(err.Error(), `there is no key "shp"`) {
		t.Error(err)
	}
	if err := keyring.Revoke(path+"x", "shop"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestState(t *testing.T) {
	for at, want := range map[time.Time]string{day(8): "active", day(9): "expired", day(10): "expired"} {
		if got := shop.State(at); got != want {
			t.Errorf("at %v: %s, want %s", at, got, want)
		}
	}
}

// A key that could be mistaken for another, or is none, is not added, and the file stays as it was.
func TestAddRefuses(t *testing.T) {
	path := keysIn(t, shop)
	check(t, keyring.Revoke(path, "shop"))
	before, err := os.ReadFile(path)
	check(t, err)
	hash := keyring.HashOf("x")
	for want, k := range map[string]keyring.Key{
		`there is a key "shop" already (revoked)`:                  {Name: "shop", Hash: hash},
		`the name "": give 1 to 64 letters`:                        {Hash: hash},
		`the name "a b"`:                                           {Name: "a b", Hash: hash},
		`the name "a\n"`:                                           {Name: "a\n", Hash: hash},
		`the name "key7": key1, key2, ... are`:                     {Name: "key7", Hash: hash},
		`the name "` + strings.Repeat("a", 65):                     {Name: strings.Repeat("a", 65), Hash: hash},
		`key "a" has no hash`:                                      {Name: "a"},
		`key "a" has a negative limit: give a positive number, or`: {Name: "a", Hash: hash, Tokens: -1},
	} {
		if err := keyring.Add(path, k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file changed to %s, %v", after, err)
	}
}

// A file that is not what it should be is refused as a whole: a limit that is mistyped would be none. No message repeats
// a hash, or what stands in its place.
func TestReadRefuses(t *testing.T) {
	key := func(more string) string {
		return `{"keys":[{"name":"a","hash":"sha256:` + strings.Repeat("ab", 32) + `"` + more + `}]}`
	}
	same := "sha256:" + strings.Repeat("cd", 32)
	for text, want := range map[string]string{
		"":                                    "EOF",
		"{":                                   "unexpected EOF",
		"[]":                                  "cannot unmarshal array",
		key(`,"token_per_minute":1`):          `unknown field "token_per_minute"`,
		key(`,"concurrent":-1`):               "negative limit",
		key(`,"concurrent":"4"`):              "cannot unmarshal string",
		key(`,"expires":"soon"`):              "parsing time",
		key("") + "{}":                        "something follows",
		`{"keys":[{"name":"a"}]}`:             `key 1: key "a" has no hash`,
		`{"keys":[{"hash":"qk_secret"}]}`:     "a hash is not",
		`{"keys":[{"hash":"sha256:abcdef"}]}`: "a hash is not",
		`{"keys":[` + strings.Repeat(`{"name":"a","hash":"sha256:`+strings.Repeat("ab", 32)+`"},`, 2) + `{}]}`: `there are two keys "a"`,
		`{"keys":[{"name":"a","hash":"` + same + `"},{"name":"b","hash":"` + same + `"}]}`:                     `the keys "a" and "b" are of one secret`,
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		check(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := keyring.Read(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "qk_secret") {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}

// Nothing is lost by many who change the file at once.
func TestManyChangeTheFile(t *testing.T) {
	const n = 24
	path := keysIn(t, shop)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := keyring.Add(path, keyring.Key{Name: fmt.Sprint("a", i), Hash: keyring.HashOf(fmt.Sprint(i))}); err != nil {
				t.Error(err)
			}
			if _, err := keyring.Read(path); err != nil { // never half a file
				t.Error(err)
			}
		})
	}
	all.Wait()
	if keys, err := keyring.Read(path); err != nil || len(keys) != n+1 {
		t.Errorf("%d keys, %v; want %d", len(keys), err, n+1)
	}
}

func TestNewSecret(t *testing.T) {
	a, b := keyring.NewSecret(), keyring.NewSecret()
	if a == b || len(a) < len("qk_")+26 || !strings.HasPrefix(a, "qk_") || strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("%q, %q", a, b)
	}
}
