package keyring

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever a file holds, what is read from it can be written and read again, and is the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"keys":[{"name":"a","hash":"sha256:7ad26fe4ce8c5b17b7b1e0ff33c33c80b1d2d4f0e2c3f4ab4dcd9c3a0f3c1d2e","expires":"2026-11-09T12:00:00+01:00","tokens_per_minute":9}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Add([]byte(`{"keys":[{"name":"a","hash":"sha256:00","tokens_per_minute":1e99}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := parse(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(keyFile{keys})
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(text)
		if diff := cmp.Diff(keys, again); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
