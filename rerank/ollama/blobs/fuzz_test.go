package blobs

import (
	"path/filepath"
	"testing"
)

// Whatever a manifest says, its file lies in the folder of blobs.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"config":{"digest":"sha256:1cdc3cd0ffc23c51582d3ccc6fb709c747dfa117c16fc092af0e81fa5598df04","size":264},"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:1b70ee89573579c63495f94805003ce0aec83bd3aa245cda0d6bc59c94870ec6","size":10058528}]}`))
	f.Add([]byte(`{"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:../x","size":-1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseConfig(data)
		m, err := parse(data)
		if err != nil {
			return
		}
		p, err := m.file()
		if err != nil {
			return
		}
		s := Store{Dir: "models"}
		if path := s.blob(p.Digest); filepath.Dir(path) != filepath.Join("models", "blobs") || p.Size < 0 {
			t.Errorf("it lies at %q and has %d bytes", path, p.Size)
		}
	})
}
