package models_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/models/hubtest"
)

func TestStore(t *testing.T) {
	p := newPuller(t, hub(t))
	m := p.mustPull(from, aModel())
	if found, err := p.store.Find(strings.ToUpper(name)); err != nil || found.Name != name {
		t.Errorf("by its name in upper case: %+v, %v", found, err)
	}
	if list, err := p.store.List(); err != nil || len(list) != 1 || list[0].Path() != m.Path() {
		t.Errorf("it lists %+v, %v", list, err)
	}
	for _, other := range []string{"other", "", ".", "..", "../models/" + name, name + "/" + file, "." + name + ".lock"} {
		if _, err := p.store.Find(other); !errors.Is(err, models.ErrNotPulled) {
			t.Errorf("it has %q: %v", other, err)
		}
		if err := p.store.Remove(t.Context(), other); !errors.Is(err, models.ErrNotPulled) {
			t.Errorf("it removes %q: %v", other, err)
		}
	}
	if err := p.store.Remove(t.Context(), strings.ToUpper(name)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(m.Path()); err == nil {
		t.Error("the file is still there")
	}
	if err := p.store.Remove(t.Context(), name); !errors.Is(err, models.ErrNotPulled) {
		t.Errorf("removed twice: %v", err)
	}
	p.mustPull(from, aModel())
}

// What somebody else put into the folder is left alone.
func TestRemoveLeavesOthersAlone(t *testing.T) {
	h := hub(t)
	p := newPuller(t, h)
	h.Store(hubtest.BreakOff(1000), hubtest.Status(404))
	p.mustFail(from, "status 404")
	other := filepath.Join(p.store.Dir, name, "notes.txt")
	if err := errors.Join(os.Mkdir(filepath.Dir(other), 0o755), os.WriteFile(other, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := p.store.Remove(t.Context(), name); err != nil || p.kept() > 0 {
		t.Errorf("%v, and %d bytes are still there", err, p.kept())
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

func TestNoStore(t *testing.T) {
	for _, s := range []models.Store{{}, {Dir: filepath.Join(t.TempDir(), "none")}} {
		if list, err := s.List(); err != nil || len(list) > 0 {
			t.Errorf("%+v lists %v, %v", s, list, err)
		}
		if list, err := s.Partials(); err != nil || len(list) > 0 {
			t.Errorf("%+v has begun %v, %v", s, list, err)
		}
		if _, err := s.Find(name); !errors.Is(err, models.ErrNotPulled) {
			t.Errorf("%+v finds a model: %v", s, err)
		}
		if err := s.Remove(t.Context(), name); !errors.Is(err, models.ErrNotPulled) {
			t.Errorf("%+v removes a model: %v", s, err)
		}
	}
}

// A model that is not what was pulled is told, and what is whole is listed all the same.
func TestDamage(t *testing.T) {
	record := func(change func(*models.Model)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "model.json")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var m models.Model
			if err := json.Unmarshal(data, &m); err != nil {
				t.Fatal(err)
			}
			change(&m)
			data, err = json.Marshal(m)
			if err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   string
	}{
		{"cut off", func(t *testing.T, dir string) { truncate(t, filepath.Join(dir, file), 1000) }, "has 1000 bytes, and had"},
		{"missing", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, file)) }, "is missing"},
		{"no JSON", func(t *testing.T, dir string) { truncate(t, filepath.Join(dir, "model.json"), 10) }, "unexpected end of JSON"},
		{"leads out", record(func(m *models.Model) { m.Files[0].Name = "../../" + file }), "cannot be"},
		{"no files", record(func(m *models.Model) { m.Files = nil }), "names no files"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPuller(t, hub(t))
			if _, err := p.store.Pull(t.Context(), parse(t, from), "whole", p.cfg); err != nil {
				t.Fatal(err)
			}
			m := p.mustPull(from, aModel())
			test.damage(t, filepath.Dir(m.Path()))
			_, err := p.store.Find(name)
			if !errors.Is(err, models.ErrDamaged) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "remove it, and pull it again") {
				t.Errorf("it is found, or the error is %v", err)
			}
			if _, err := p.pull(from); !errors.Is(err, models.ErrDamaged) {
				t.Errorf("pulled again: %v", err)
			}
			if list, err := p.store.List(); !errors.Is(err, models.ErrDamaged) || len(list) != 1 || list[0].Name != "whole" {
				t.Errorf("it lists %+v, %v", list, err)
			}
			if err := p.store.Remove(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			p.mustPull(from, aModel())
		})
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// Bytes that have changed are found out by reading them.
func TestVerify(t *testing.T) {
	p := newPuller(t, hub(t))
	m := p.mustPull(from, aModel())
	if err := os.WriteFile(m.Path(), changed(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.Find(name); err != nil {
		t.Errorf("by its length alone: %v", err)
	}
	if err := m.Verify(t.Context()); !errors.Is(err, models.ErrDamaged) || !strings.Contains(err.Error(), sum(changed())) {
		t.Errorf("got %v", err)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 9949: "9.9 kB", 9960: "10 kB", 639153184: "639 MB", 999499999: "999 MB", 999500000: "1.0 GB", 4279678912: "4.3 GB", 2e15: "2000 TB",
	} {
		if got := models.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}
