package ollamatest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Registry is where a server pulls one model from: a stand-in for ollama.com on this machine, which answers what a
// pull asks (manifest, and blobs by a redirect to where they are stored), over TLS.
type Registry struct {
	Model string // the name to pull: it begins with the registry's address
	Env   string // for [Start]: makes the server trust the registry
}

// NewRegistry serves a GGUF under a name that ends in name.
func NewRegistry(t testing.TB, name string, gguf []byte) Registry {
	t.Helper()
	blobs := map[string][]byte{}
	layer := func(kind string, data []byte) map[string]any {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(data))
		blobs[digest] = data
		return map[string]any{"mediaType": kind, "digest": digest, "size": len(data)}
	}
	config := encode(t, map[string]any{
		"model_format": "gguf", "model_family": "qwen3", "model_families": []string{"qwen3"},
		"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers"},
	})
	manifest := encode(t, map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.docker.distribution.manifest.v2+json",
		"config":        layer("application/vnd.docker.container.image.v1+json", config),
		"layers":        []any{layer("application/vnd.ollama.image.model", gguf)},
	})
	serveBlob := func(w http.ResponseWriter, r *http.Request) {
		data, ok := blobs[filepath.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data)) // it understands the ranges that are asked for
	}
	store := httptest.NewServer(http.HandlerFunc(serveBlob))
	t.Cleanup(store.Close)
	elsewhere := strings.Replace(store.URL, "127.0.0.1", "localhost", 1) // another host name: only that is a redirect to the server

	repository := "/v2/quern/" + name
	routes := http.NewServeMux()
	routes.HandleFunc("GET "+repository+"/manifests/latest", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(manifest) })
	routes.HandleFunc("HEAD "+repository+"/blobs/{digest}", serveBlob)
	routes.HandleFunc("GET "+repository+"/blobs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+"/"+r.PathValue("digest"), http.StatusTemporaryRedirect)
	})
	front := httptest.NewTLSServer(routes)
	t.Cleanup(front.Close)

	cert := filepath.Join(t.TempDir(), "cert.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(cert, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return Registry{Model: strings.TrimPrefix(front.URL, "https://") + "/quern/" + name, Env: "SSL_CERT_FILE=" + cert}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
