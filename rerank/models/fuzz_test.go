package models

import (
	"net/http"
	"testing"
	"time"
)

// What comes from a file or from the network never leads out of a model's folder.

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"source":"hf:a/b","files":[{"name":"a.gguf","size":3,"sha256":"22c9979ce4fbcdc5acdc310c6641c32797eff1aa980b8f7a2db8a8ea23429a48"}]}`))
	f.Add([]byte(`{"source":"hf:a/b","files":{"a.gguf":{"size":-1,"sum":"","validator":"\"x\""}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := parseRecord(data); err == nil {
			for _, file := range m.Files {
				mustStay(t, file.Name)
			}
		}
		if b, err := parseBegun(data); err == nil {
			for name := range b.Files {
				mustStay(t, name)
			}
		}
	})
}

func FuzzListing(f *testing.F) {
	f.Add([]byte(`{"sha":"abc","siblings":[{"rfilename":"a/b-Q8_0.gguf","size":3,"blobId":"12","lfs":{"sha256":"x","size":3}}],"cardData":{"license":["a"]}}`), "Q8_0")
	f.Add([]byte(`{"sha":"abc","siblings":[{"rfilename":"config.json"},{"rfilename":"tokenizer.json"},{"rfilename":"m.safetensors"}]}`), "")
	f.Fuzz(func(t *testing.T, data []byte, quant string) {
		l, err := parseListing(data)
		if err != nil {
			return
		}
		src := Source{Repo: "a/b", Quant: quant}
		l.offer(src)
		m, err := l.choose(src)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, file := range m.files {
			mustStay(t, file.name)
			if seen[file.name] {
				t.Errorf("%q is there twice", file.name)
			}
			seen[file.name] = true
		}
	})
}

// Whatever a server writes into its headers is a length, a time, or nothing.
func FuzzHeaders(f *testing.F) {
	f.Add("bytes 5-9/100", "120", `"resolvers";r=0;t=120`)
	f.Add("bytes */*", "Wed, 21 Oct 2015 07:28:00 GMT", "t=9")
	f.Fuzz(func(t *testing.T, ranged, after, limit string) {
		h := http.Header{"Content-Range": {ranged}, "Retry-After": {after}, "Ratelimit": {limit}}
		if begin, total := contentRange(h); begin < -1 || total < -1 {
			t.Errorf("%q is a range from %d of %d bytes", ranged, begin, total)
		}
		if wait := retryAfter(h); wait < 0 {
			t.Errorf("%q and %q ask to wait %v", after, limit, wait)
		}
		if s := sumOf(after); s != (sum{}) && len(s.hex) != 40 && len(s.hex) != 64 {
			t.Errorf("%q is the checksum %v", after, s)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		after, limit string
		want         time.Duration
	}{
		{"", "", 0}, {"2", "", 2 * time.Second}, {"0.5", "", time.Second / 2}, {"-3", "", 0}, {"NaN", "", 0}, {"1e300", "", 24 * time.Hour},
		{"Wed, 21 Oct 2015 07:28:00 GMT", "", 0}, {"soon", "", 0},
		{"", `"resolvers";r=0;t=55`, 55 * time.Second}, {"3", `"resolvers";r=0;t=55`, 3 * time.Second}, {"", `"resolvers";r=0`, 0},
	} {
		if got := retryAfter(http.Header{"Retry-After": {test.after}, "Ratelimit": {test.limit}}); got != test.want {
			t.Errorf("%q and %q ask to wait %v, want %v", test.after, test.limit, got, test.want)
		}
	}
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if got := retryAfter(http.Header{"Retry-After": {date}}); got < 59*time.Minute || got > time.Hour {
		t.Errorf("%q asks to wait %v", date, got)
	}
}

func mustStay(t *testing.T, name string) {
	t.Helper()
	if !isFileName(name) || name == recordName || name == begunName {
		t.Errorf("%q is taken for the name of a file", name)
	}
}
