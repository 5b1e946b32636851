// Package hubtest is a stand-in for Hugging Face, for tests: two servers on this machine that answer as its hub and its
// storage do when models are pulled.
//
// What is imitated was read in the documentation of the hub (https://huggingface.co/docs/hub/api) and in what its own
// client library expects: a file of the large file storage is a redirect to another host, whose headers state the
// SHA-256 and the length (X-Linked-Etag, X-Linked-Size); of any other file the ETag is git's name of its content; the
// list of files states both; X-Repo-Commit is the commit; X-Error-Code says what a refusal is about.
package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Commit is the only commit of each repository; its branch is main.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// A Hub is a running stand-in. It ends with the test.
type Hub struct {
	URL     string // of the hub
	Storage string // of where large files are

	mu       sync.Mutex
	repos    map[string]*repo
	requests []Request
	front    []Behaviour
	behind   []Behaviour
}

// A Request is one that came.
type Request struct {
	Storage bool   // to the storage, not the hub
	Host    string // as the client named it
	Path    string
	Header  http.Header
}

// A Behaviour is what a server does other than it should: it answers in the place of next, or calls it.
type Behaviour func(next http.Handler) http.Handler

type repo struct {
	files map[string][]byte
	token string // with which it may be read; empty: by anybody
	gated bool   // others are told that it is there
}

// New starts a hub with nothing in it.
func New(t testing.TB) *Hub {
	t.Helper()
	h := &Hub{repos: map[string]*repo{}}
	api, files := http.NewServeMux(), http.NewServeMux()
	api.HandleFunc("GET /api/models/{owner}/{repo}/revision/{revision}", h.list)
	api.HandleFunc("GET /api/resolve-cache/models/{owner}/{repo}/{revision}/{file...}", h.small)
	files.HandleFunc("GET /{owner}/{repo}/resolve/{revision}/{file...}", h.resolve)
	front := httptest.NewServer(h.recorded(false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			api.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	})))
	storage := httptest.NewServer(h.recorded(true, http.HandlerFunc(h.large)))
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		storage.CloseClientConnections()
		storage.Close()
	})
	h.URL, h.Storage = front.URL, strings.Replace(storage.URL, "127.0.0.1", "localhost", 1)
	return h
}

// Add puts a file into a repository, "owner/name", and makes that if it is not there.
func (h *Hub) Add(name, file string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.repo(name).files[file] = data
}

// Close lets nobody read a repository without a token. Of one that is gated people are told that it is there.
func (h *Hub) Close(name, token string, gated bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.repo(name)
	r.token, r.gated = token, gated
}

func (h *Hub) repo(name string) *repo {
	if h.repos[name] == nil {
		h.repos[name] = &repo{files: map[string][]byte{}}
	}
	return h.repos[name]
}

// Hub has the hub answer its next requests by these behaviours, one each; then it answers as it should again.
func (h *Hub) Hub(list ...Behaviour) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.front = list
}

// Store does so for the storage.
func (h *Hub) Store(list ...Behaviour) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.behind = list
}

// Requests returns what came since the last time.
func (h *Hub) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.requests
	h.requests = nil
	return list
}

// recorded writes requests down, and lets behaviours answer them.
func (h *Hub) recorded(storage bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, Request{storage, r.Host, r.URL.Path, r.Header.Clone()})
		list := &h.front
		if storage {
			list = &h.behind
		}
		answer := next
		if len(*list) > 0 {
			answer = (*list)[0](next)
			*list = (*list)[1:]
		}
		h.mu.Unlock()
		answer.ServeHTTP(w, r)
	})
}

// open finds a repository, or answers as the hub does where there is none, or none that may be read.
func (h *Hub) open(w http.ResponseWriter, r *http.Request) *repo {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.repos[r.PathValue("owner")+"/"+r.PathValue("repo")]
	authorization := r.Header.Get("Authorization")
	allowed := found != nil && (found.token == "" || authorization == "Bearer "+found.token)
	switch {
	case !allowed && found != nil && found.gated:
		refuse(w, http.StatusForbidden, "GatedRepo", "Access to model is restricted and you are not in the authorized list.")
	case !allowed && authorization == "": // the hub does not tell a private one from none
		refuse(w, http.StatusUnauthorized, "RepoNotFound", "Invalid username or password.")
	case !allowed:
		refuse(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
	case !slices.Contains([]string{"main", "refs/pr/1", Commit}, r.PathValue("revision")):
		refuse(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+r.PathValue("revision"))
	default:
		return found
	}
	return nil
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Error-Code", code)
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
}

// resolve says where a file is.
func (h *Hub) resolve(w http.ResponseWriter, r *http.Request) {
	found, file := h.open(w, r), r.PathValue("file")
	if found == nil {
		return
	}
	h.mu.Lock()
	data, ok := found.files[file]
	h.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	w.Header().Set("X-Repo-Commit", Commit)
	if !isLarge(file) {
		w.Header().Set("Etag", `"`+gitBlob(data)+`"`)
		http.Redirect(w, r, path.Join("/api/resolve-cache/models", r.PathValue("owner"), r.PathValue("repo"), Commit, file), http.StatusTemporaryRedirect)
		return
	}
	w.Header().Set("X-Linked-Etag", `"`+sum256(data)+`"`)
	w.Header().Set("X-Linked-Size", fmt.Sprint(len(data)))
	http.Redirect(w, r, fmt.Sprintf("%s/%s/%s/%s?Signature=secret", h.Storage, r.PathValue("owner"), r.PathValue("repo"), file), http.StatusFound)
}

// small answers with a file that git itself has.
func (h *Hub) small(w http.ResponseWriter, r *http.Request) {
	found := h.open(w, r)
	if found == nil {
		return
	}
	h.mu.Lock()
	data := found.files[r.PathValue("file")]
	h.mu.Unlock()
	w.Header().Set("Etag", `"`+gitBlob(data)+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// large answers with a file of the storage, in which ETags have another meaning.
func (h *Hub) large(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
	h.mu.Lock()
	data := h.repos[parts[0]+"/"+parts[1]].files[parts[2]]
	h.mu.Unlock()
	w.Header().Set("Content-Type", "binary/octet-stream")
	w.Header().Set("Etag", fmt.Sprintf(`"%x-1"`, sha1.Sum(data)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// list answers with all files of a repository.
func (h *Hub) list(w http.ResponseWriter, r *http.Request) {
	found := h.open(w, r)
	if found == nil {
		return
	}
	type lfs struct {
		SHA256      string `json:"sha256"`
		Size        int    `json:"size"`
		PointerSize int    `json:"pointerSize"`
	}
	type sibling struct {
		Path string `json:"rfilename"`
		Size int    `json:"size"`
		Blob string `json:"blobId"`
		LFS  *lfs   `json:"lfs,omitempty"`
	}
	siblings := []sibling{}
	h.mu.Lock()
	for file, data := range found.files {
		s := sibling{Path: file, Size: len(data), Blob: gitBlob(data)}
		if isLarge(file) {
			pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", sum256(data), len(data))
			s.Blob, s.LFS = gitBlob([]byte(pointer)), &lfs{sum256(data), len(data), len(pointer)}
		}
		siblings = append(siblings, s)
	}
	h.mu.Unlock()
	slices.SortFunc(siblings, func(a, b sibling) int { return strings.Compare(a.Path, b.Path) })
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": r.PathValue("owner") + "/" + r.PathValue("repo"), "sha": Commit, "siblings": siblings,
		"cardData": map[string]any{"license": "apache-2.0"},
	})
}

// isLarge tells what is in the large file storage.
func isLarge(file string) bool {
	return slices.Contains([]string{".gguf", ".safetensors"}, path.Ext(file)) || path.Base(file) == "tokenizer.json"
}

func sum256(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

func gitBlob(data []byte) string {
	return fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)))
}
