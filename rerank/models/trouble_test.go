package models_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/models/hubtest"
)

// What passes is waited for, and what has come is gone on from.
func TestPassingTrouble(t *testing.T) {
	for _, test := range []struct {
		name  string
		stall time.Duration // 0: long
		hub   []hubtest.Behaviour
		store []hubtest.Behaviour
		asked []string // of the storage
		note  string
	}{
		{
			name:  "it breaks off, again and again",
			store: []hubtest.Behaviour{hubtest.BreakOff(100_000), hubtest.BreakOff(1), hubtest.BreakOff(0), hubtest.BreakOff(50_000)},
			asked: []string{"", "bytes=100000-", "bytes=100001-", "bytes=100001-", "bytes=150001-"},
			note:  "broke: trying again in",
		},
		{
			name:  "it breaks off more often in all than it may in a row",
			store: slices.Repeat([]hubtest.Behaviour{hubtest.BreakOff(10_000)}, 9),
			asked: []string{"", "bytes=10000-", "bytes=20000-", "bytes=30000-", "bytes=40000-", "bytes=50000-", "bytes=60000-", "bytes=70000-", "bytes=80000-", "bytes=90000-"},
			note:  "broke: trying again in",
		},
		{
			name:  "it stalls",
			stall: time.Second,
			store: []hubtest.Behaviour{hubtest.Hold(1000)},
			asked: []string{"", "bytes=1000-"},
			note:  "nothing came any more for 1s: trying again in",
		},
		{
			name:  "it stalls before it answers",
			stall: time.Second,
			store: []hubtest.Behaviour{hubtest.Hold(0)},
			asked: []string{"", ""},
			note:  "nothing came any more for 1s: trying again in",
		},
		{name: "it is slow, and goes on", stall: time.Second, store: []hubtest.Behaviour{slow}, asked: []string{""}},
		{name: "the hub stalls", stall: time.Second, hub: []hubtest.Behaviour{sleeping}, asked: []string{""}, note: "nothing came any more for 1s"},
		{
			name:  "it is busy",
			hub:   []hubtest.Behaviour{hubtest.Status(429), hubtest.Status(503)},
			store: []hubtest.Behaviour{hubtest.Status(500), hubtest.Status(502), hubtest.Status(504)},
			asked: []string{"", "", "", ""},
			note:  "answers with status 504: trying again in",
		},
		{
			name:  "it asks to wait a second",
			hub:   []hubtest.Behaviour{hubtest.Status(429, "Retry-After", "1")},
			asked: []string{""},
			note:  "answers with status 429: trying again in 1s",
		},
		{
			name:  "it knows no ranges",
			store: []hubtest.Behaviour{hubtest.BreakOff(1000), hubtest.Ignore("Range")},
			asked: []string{"", "bytes=1000-"},
			note:  "does not go on where it broke off: fetching " + file + " anew",
		},
		{
			name:  "it has no such range",
			store: []hubtest.Behaviour{hubtest.BreakOff(1000), hubtest.Status(416, "Content-Range", "bytes */*")},
			asked: []string{"", "bytes=1000-", ""},
			note:  "does not go on where it broke off: fetching " + file + " anew",
		},
		{
			name:  "it sends another range",
			store: []hubtest.Behaviour{hubtest.BreakOff(1000), asking("bytes=500-")},
			asked: []string{"", "bytes=1000-", ""},
			note:  "sends another part of the file than it was asked for (status 206): trying again",
		},
		{
			name:  "it sends wrong bytes at first",
			store: []hubtest.Behaviour{func(next http.Handler) http.Handler { return hubtest.BreakOff(1000)(instead(changed())) }},
			asked: []string{"", "bytes=1000-", ""},
			note:  "the checksum is wrong: by what came it is " + sum(slices.Concat(changed()[:1000], aModel()[1000:])),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hub(t)
			p := newPuller(t, h)
			if test.stall > 0 {
				p.cfg.Stall = test.stall
			}
			h.Hub(test.hub...)
			h.Store(test.store...)
			p.mustPull(from, aModel())
			if test.note != "" {
				p.noted(test.note)
			} else if len(p.notes) > 0 {
				t.Errorf("it noted %q", p.notes)
			}
			if asked := ranges(h.Requests()); !slices.Equal(asked, test.asked) {
				t.Errorf("it asked for %q, want %q", asked, test.asked)
			}
		})
	}
}

// changed is a file of the same length, and a GGUF too.
func changed() []byte {
	data := bytes.Clone(aModel())
	for i := range 500 {
		data[len(data)-1-i] ^= 1
		data[500+i] ^= 1
	}
	return data
}

// instead answers with another file, in ranges too.
func instead(data []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

func always(h http.Handler) hubtest.Behaviour { return func(http.Handler) http.Handler { return h } }

// asking has the request ask for another range.
func asking(ranged string) hubtest.Behaviour {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", ranged)
			next.ServeHTTP(w, r)
		})
	}
}

// slow takes longer for all than nothing may come.
func slow(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		rest := aModel()
		w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
		for part := range slices.Chunk(rest, len(rest)/12) {
			time.Sleep(150 * time.Millisecond)
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush()
		}
	})
}

// sleeping answers after the client has gone.
func sleeping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
}

// What does not pass is told with what to do, and what has come is kept where it may still be of use.
func TestLastingTrouble(t *testing.T) {
	size := len(aModel())
	chunked := func(data []byte) http.Handler { // without a length
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(data)
		})
	}
	for _, test := range []struct {
		name  string
		hub   []hubtest.Behaviour
		store []hubtest.Behaviour
		want  []string
		kept  int
	}{
		{
			name: "it never comes farther", store: slices.Concat([]hubtest.Behaviour{hubtest.BreakOff(1000)}, slices.Repeat([]hubtest.Behaviour{hubtest.BreakOff(0)}, 6)),
			want: []string{"broke: 6 attempts failed like that"}, kept: 1000,
		},
		{
			name: "it begins anew each time", store: slices.Repeat([]hubtest.Behaviour{func(next http.Handler) http.Handler {
				return hubtest.Ignore("Range")(hubtest.BreakOff(1000)(next))
			}}, 10),
			want: []string{"broke: 6 attempts failed like that"}, kept: 1000,
		},
		{name: "it is down", store: slices.Repeat([]hubtest.Behaviour{hubtest.Status(503)}, 6), want: []string{"status 503: 6 attempts failed like that"}},
		{name: "it asks to wait an hour", hub: []hubtest.Behaviour{hubtest.Status(429, "Retry-After", "3600")}, want: []string{"status 429: it asks to wait 1h0m0s: try again then"}},
		{name: "it says until when, as the hub does", hub: []hubtest.Behaviour{hubtest.Status(429, "RateLimit", `"resolvers";r=0;t=301`)}, want: []string{"it asks to wait 5m1s: try again then"}},
		{
			name: "the file is longer than the hub says", store: []hubtest.Behaviour{always(chunked(append(bytes.Clone(aModel()), "more"...)))},
			want: []string{fmt.Sprintf("sends more than the %d bytes that the file has", size)}, kept: size - size%(256<<10),
		},
		{
			name: "the file is shorter than the hub says", store: slices.Repeat([]hubtest.Behaviour{always(instead(aModel()[:size-5]))}, 6),
			want: []string{fmt.Sprintf("sends a file of %d bytes, and 127.0.0.1", size-5), fmt.Sprintf("says that it has %d bytes: 6 attempts", size)},
		},
		{
			name: "it ends early, without a length", store: slices.Repeat([]hubtest.Behaviour{always(chunked(aModel()[:1000]))}, 10),
			want: []string{fmt.Sprintf("sent 1000 bytes, and then no more: it has %d bytes: 6 attempts", size)}, kept: 1000,
		},
		{
			name: "it sends another file", store: []hubtest.Behaviour{always(instead(changed()))},
			want: []string{file + ": the checksum is wrong: by what came it is " + sum(changed()) + ", and should be " + sum(aModel())},
		},
		{name: "a page to log in", store: []hubtest.Behaviour{hubtest.Body("text/html; charset=utf-8", "sign in")}, want: []string{"localhost", "a web page: does the file need a login"}},
		{name: "a page to log in, from the hub", hub: []hubtest.Behaviour{hubtest.Body("text/html; charset=utf-8", "<p>sign in")}, want: []string{"a web page: does the file need a login"}},
		{name: "a page that says it is none", hub: []hubtest.Behaviour{hubtest.Body("application/octet-stream", " <!DOCTYPE html>sign in")}, want: []string{"a web page"}},
		{name: "a pointer to a file", hub: []hubtest.Behaviour{hubtest.Body("text/plain", "version https://git-lfs.github.com/spec/v1\n")}, want: []string{"Git LFS pointer"}},
		{name: "nothing", hub: []hubtest.Behaviour{hubtest.Body("application/octet-stream", "")}, want: []string{"not a GGUF file: it is empty"}},
		{
			name: "it is compressed", store: []hubtest.Behaviour{func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Encoding", "gzip")
					next.ServeHTTP(w, r)
				})
			}}, want: []string{"compressed (gzip)"},
		},
		{
			name: "it goes round in circles", hub: slices.Repeat([]hubtest.Behaviour{hubtest.Status(302, "Location", "/again")}, 20),
			want: []string{"sent on and on"},
		},
		{name: "it leads out of the web", hub: []hubtest.Behaviour{hubtest.Status(302, "Location", "file:///etc/passwd")}, want: []string{"sends the request on to file://"}},
		{name: "it leads to nobody", hub: []hubtest.Behaviour{hubtest.Status(302, "Location", "http://127.0.0.1:1/x?Signature=secret")}, want: []string{"127.0.0.1:1 cannot be reached", "HTTPS_PROXY"}},
		{name: "it is gone", store: []hubtest.Behaviour{hubtest.Status(404)}, want: []string{"status 404: the file is not there"}},
		{name: "it forbids", store: []hubtest.Behaviour{hubtest.Status(403)}, want: []string{"status 403: it lets nobody in"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hub(t)
			p := newPuller(t, h)
			h.Hub(test.hub...)
			h.Store(test.store...)
			p.mustFail(from, append(test.want, "models: pull "+name+": ")...)
			if kept := p.kept(); kept != int64(test.kept) {
				t.Errorf("%d bytes are kept, want %d", kept, test.kept)
			}
			h.Hub()
			h.Store()
			p.mustPull(from, aModel()) // nothing stands in the way of the next
		})
	}
}

// Where there is no checksum, a file that has changed is found out by its ETag or its date.
func TestFileThatChanges(t *testing.T) {
	for _, test := range []struct {
		name   string
		header string
		ignore bool // the server does not look whether the file is the same
	}{
		{"with an ETag", "Etag", false}, {"with a date", "Last-Modified", false}, {"with an ETag, unheeded", "Etag", true}, {"with nothing", "X", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			versions := [][]byte{changed(), aModel()}
			stamps := map[string][]string{
				"Etag": {`"one"`, `"two"`}, "X": {"", ""},
				"Last-Modified": {"Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:29:00 GMT"},
			}[test.header]
			var asked []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				version := min(len(asked), 1)
				asked = append(asked, r.Header.Get("Range"))
				w.Header().Set(test.header, stamps[version])
				var modified time.Time
				if test.header == "Last-Modified" {
					modified, _ = http.ParseTime(stamps[version])
				}
				if test.ignore {
					r.Header.Del("If-Range")
				}
				serve := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					http.ServeContent(w, r, "", modified, bytes.NewReader(versions[version]))
				}))
				if len(asked) == 1 {
					serve = hubtest.BreakOff(1000)(serve)
				}
				serve.ServeHTTP(w, r)
			}))
			defer server.Close()
			p := newPuller(t, hub(t))
			p.mustPull(server.URL+"/"+file, aModel())
			if test.header != "X" {
				p.noted("has changed at")
			}
			if asked[1] != map[bool]string{true: "bytes=1000-", false: ""}[test.header != "X"] {
				t.Errorf("it asked for %q", asked)
			}
		})
	}
}

// A GGUF tells how long it is: one that is cut off is found out where nobody else tells.
func TestWithoutLengthAndChecksum(t *testing.T) {
	whole := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		data := aModel()
		if !whole {
			data = data[:len(data)-1]
		}
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(data)
	}))
	defer server.Close()
	p := newPuller(t, hub(t))
	p.mustPull(server.URL+"/download?id=3", aModel())
	whole = false
	p = newPuller(t, hub(t))
	p.mustFail(server.URL+"/download?id=3", "1 more: the download is incomplete")
}

// A request that was safe from others' eyes stays so.
func TestNoWayFromHTTPSToHTTP(t *testing.T) {
	h := hub(t)
	server := httptest.NewUnstartedServer(http.RedirectHandler(h.Storage+"/"+repo+"/"+file, http.StatusFound))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	p := newPuller(t, h)
	p.cfg.HTTP = server.Client()
	p.mustFail(server.URL+"/"+file, "sends the request on to http://localhost", "it is not followed")
	if asked := ranges(h.Requests()); len(asked) > 0 {
		t.Errorf("it asked for %q", asked)
	}
	p.cfg.HTTP = nil
	p.mustFail(server.URL+"/"+file, "the certificate of 127.0.0.1", "is not trusted")
}

// A refusal of the hub says what to do about it.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name, source, token string
		close, gated        bool
		want                []string
	}{
		{name: "no such repository", source: "hf:someone/Qwen3-Rerank/a.gguf", want: []string{"status 401", "either there is no someone/Qwen3-Rerank, or it is private", "set HF_TOKEN"}},
		{name: "no such repository, with a token", source: "hf:someone/Qwen3-Rerank/a.gguf", token: "hf_abc", want: []string{"status 404", "either there is no someone/Qwen3-Rerank"}},
		{name: "no such repository, listed", source: "hf:someone/Qwen3-Rerank", want: []string{"either there is no someone/Qwen3-Rerank, or it is private"}},
		{name: "private", source: from, close: true, want: []string{"or it is private", "set HF_TOKEN"}},
		{name: "private, with another's token", source: from, token: "other", close: true, want: []string{"status 404 (Repository not found)"}},
		{name: "gated", source: from, close: true, gated: true, want: []string{"status 403 (Access to model is restricted", "agree to terms: do so at http://127.0.0.1", "/" + repo + ", and set HF_TOKEN"}},
		{name: "gated, with another's token", source: from, token: "other", close: true, gated: true, want: []string{"agree to terms", "with the account whose token HF_TOKEN is"}},
		{name: "no such file", source: "hf:" + repo + "/a.gguf", want: []string{`has no file "a.gguf": name one of its files after hf:` + repo + "/: " + file}},
		{name: "no such form", source: "hf:" + repo + ":Q4_K_M", want: []string{"has 0 GGUF files in Q4_K_M: name one of its files after hf:" + repo + "/: " + file}},
		{name: "no model", source: "hf:someone/data", want: []string{"has 0 GGUF files: take a repository with a GGUF"}},
		{name: "half a model", source: "hf:someone/half", want: []string{"has config.json, but not tokenizer.json and weights"}},
		{name: "no such revision", source: from + "@v2", want: []string{`has no branch, tag or commit "v2"`}},
		{name: "no GGUF", source: "hf:someone/half/config.json", want: []string{"config.json is no GGUF: name one, or the whole repository of a safetensors model (hf:someone/half)"}},
		{name: "another checksum", source: from + "#sha256=" + sum(nil), want: []string{"the checksum is wrong: by 127.0.0.1", "it is " + sum(aModel()) + ", and should be " + sum(nil)}},
		{name: "another checksum, listed", source: "hf:" + repo + ":Q8_0#sha256=" + sum(nil), want: []string{"the checksum is wrong: by 127.0.0.1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hub(t)
			h.Add("someone/data", "data.csv", nil)
			h.Add("someone/half", "config.json", []byte("{}"))
			if test.close {
				h.Close(repo, "hf_abc", test.gated)
			}
			p := newPuller(t, h)
			p.cfg.Token = test.token
			p.mustFail(test.source, test.want...)
			if asked := ranges(h.Requests()); len(asked) > 1 || len(asked) > 0 && !strings.Contains(test.name, "checksum") {
				t.Errorf("it asked the storage for %q", asked)
			}
		})
	}
}

func TestWrongConfig(t *testing.T) {
	h := hub(t)
	for _, endpoint := range []string{"huggingface.co", "ftp://huggingface.co", "https://a:b@c", "https://", "https://hub?x=1", ":"} {
		p := newPuller(t, h)
		p.cfg.Endpoint = endpoint
		p.mustFail(from, "(HF_ENDPOINT) is", endpoint)
	}
	p := newPuller(t, h)
	p.store = models.Store{}
	p.mustFail(from, "there is no folder for models")
	p = newPuller(t, h)
	p.store.Dir = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(p.store.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.pull(from); err == nil {
		t.Error("it pulled into a file")
	}
	p = newPuller(t, h)
	p.cfg.Endpoint = h.URL + "/" // as good as without
	p.mustPull(from, aModel())
}
