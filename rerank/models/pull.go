package models

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// What a Config stands for where it is silent.
const (
	DefaultEndpoint = "https://huggingface.co"
	DefaultStall    = time.Minute
	DefaultPause    = time.Second
)

// A Config says how to fetch. The zero value works.
type Config struct {
	Endpoint string         // where Hugging Face is, or a mirror of it; empty: DefaultEndpoint
	Token    string         // of an account at Endpoint; sent to that host, and never to where it sends requests on to
	HTTP     *http.Client   // nil: http.DefaultTransport, which goes through the proxies that the environment names
	Progress func(Progress) // told how far it is; may be nil
	Stall    time.Duration  // how long nothing may come before an attempt is given up; 0: DefaultStall
	Pause    time.Duration  // before the second attempt; it doubles with each; 0: DefaultPause
}

// A Progress is how far a pull is. It comes often, from one goroutine.
type Progress struct {
	Done, Total int64  // bytes of all files; Total 0: not known yet
	Note        string // what people should know that has just happened; mostly empty
}

// Pull fetches a model, or finds that it is here already, and returns it. An empty name stands for the one that it has in
// the catalogue or where it comes from. What came before an error is kept, and the next Pull goes on from there, but for
// what is known to be wrong. Two pulls of one model wait for each other.
//
// Its error wraps ErrExists where the store has another model of that name.
func (s Store) Pull(ctx context.Context, src Source, name string, cfg Config) (Model, error) {
	cfg.Endpoint = cmp.Or(cfg.Endpoint, DefaultEndpoint)
	cfg.Stall, cfg.Pause = cmp.Or(cfg.Stall, DefaultStall), cmp.Or(cfg.Pause, DefaultPause)
	p := &pull{store: s, src: src, cfg: cfg, vouch: ByCaller}
	m, err := p.run(ctx, name)
	if err != nil {
		return Model{}, fmt.Errorf("models: pull %s: %w", cmp.Or(p.name, src.String()), err)
	}
	return m, nil
}

// A pull is one run of Pull.
type pull struct {
	store  Store
	src    Source
	cfg    Config
	client *client
	vouch  string // who stated the source's checksum
	name   string
	remote remoteModel

	dir   string // what has come so far
	begun begun
	done  int64 // bytes of the files before the one under way
	total int64 // of all; 0: not known
}

func (p *pull) run(ctx context.Context, name string) (m Model, err error) {
	if p.store.Dir == "" {
		return m, errors.New("there is no folder for models: name one")
	}
	if p.client, err = newClient(p.cfg); err != nil {
		return m, err
	}
	if e, found := knownFrom(p.src); found && p.src.SHA256 == "" {
		p.src.SHA256 = e.SHA256
	}
	if e, found := knownFrom(p.src); found && p.src.SHA256 == e.SHA256 {
		p.vouch = ByCatalogue
	}
	if err := p.settle(ctx, name); err != nil {
		return m, err
	}
	if err := os.MkdirAll(p.store.Dir, 0o755); err != nil {
		return m, err
	}
	unlock, err := p.store.lock(ctx, p.name, func() { p.note("another process is pulling " + p.name + ": waiting for it") })
	if err != nil {
		return m, err
	}
	defer unlock()
	switch m, err = p.store.read(p.name); {
	case err == nil && m.Source == p.src.String() && p.src.SHA256 != "" && m.Files[0].SHA256 != p.src.SHA256:
		return m, fmt.Errorf("%w: what came from %s before has the SHA-256 %s, not %s: remove that, or call this one something else", ErrExists, m.Source, m.Files[0].SHA256, p.src.SHA256)
	case err == nil && m.Source == p.src.String():
		p.note(fmt.Sprintf("%s is here already, since %s", p.name, m.Pulled.Local().Format(time.DateTime)))
		return m, nil
	case err == nil:
		return m, fmt.Errorf("%w: it comes from %s: remove that, or call this one something else", ErrExists, m.Source)
	case !errors.Is(err, ErrNotPulled):
		return m, err
	}
	if _, err := os.Lstat(p.store.path(p.name)); err == nil {
		return m, fmt.Errorf("%w: %s is no model that was pulled: move it away, or call this one something else", ErrExists, p.store.path(p.name))
	}
	return p.fetchAll(ctx)
}

// settle finds the model's name. A name of the catalogue stands for one model only.
func (p *pull) settle(ctx context.Context, name string) (err error) {
	known, found := knownFrom(p.src)
	switch {
	case name != "":
	case found:
		name = known.Name
	case p.src.name() != "":
		name = p.src.name()
	default:
		if have := p.here(); have != "" {
			name = have
			break
		}
		if p.remote, err = p.find(ctx); err != nil {
			return err
		}
		name = p.remote.name
	}
	if name == "" {
		return errors.New("nothing says what to call the model: give it a name")
	}
	if err := CheckName(name); err != nil {
		return err
	}
	if e, taken := Known(name); taken && e.From != p.src.String() {
		return fmt.Errorf("%q is the catalogue's name for %s: give this one another name", name, e.From)
	}
	p.name = name
	return nil
}

// here is the name of a model in the store that comes from the same source; empty where there is none.
func (p *pull) here() string {
	list, _ := p.store.List() // what is damaged is none
	for _, m := range list {
		if m.Source == p.src.String() {
			return m.Name
		}
	}
	return ""
}

// fetchAll fetches the model's files one after the other, and puts it into the store.
func (p *pull) fetchAll(ctx context.Context) (Model, error) {
	if len(p.remote.files) == 0 {
		var err error
		if p.remote, err = p.find(ctx); err != nil {
			return Model{}, err
		}
	}
	if err := p.begin(); err != nil {
		return Model{}, err
	}
	m := Model{Name: p.name, Source: p.src.String(), Licence: p.remote.licence}
	if e, found := knownFrom(p.src); found {
		m.Licence = e.Licence
	}
	if p.total = p.sizes(); p.total > 0 {
		if err := p.room(p.total - p.came()); err != nil {
			return Model{}, err
		}
	}
	for i := range p.remote.files {
		f, err := p.fetch(ctx, &p.remote.files[i])
		if err != nil {
			return Model{}, err
		}
		m.Files = append(m.Files, f)
		p.done += f.Size
	}
	m.Commit, m.Pulled = p.remote.commit, time.Now().UTC().Truncate(time.Second)
	return p.finish(m)
}

// sizes is how many bytes all files have; 0 where that is not known of some.
func (p *pull) sizes() (total int64) {
	for _, f := range p.remote.files {
		if f.size < 0 {
			return 0
		}
		total += f.size
	}
	return total
}

// finish writes the record and gives the folder its name, which is the step that puts the model into the store. All of it
// is on disk before.
func (p *pull) finish(m Model) (Model, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Model{}, err
	}
	if err := write(filepath.Join(p.dir, recordName), data); err != nil {
		return Model{}, err
	}
	m.dir = p.store.path(p.name)
	if err := errors.Join(syncDir(p.dir), os.Rename(p.dir, m.dir), syncDir(p.store.Dir)); err != nil {
		return Model{}, err
	}
	return m, os.Remove(filepath.Join(m.dir, begunName))
}

func (p *pull) note(text string) { p.progress(Progress{Done: p.done, Total: p.total, Note: text}) }

func (p *pull) progress(is Progress) {
	if p.cfg.Progress != nil {
		p.cfg.Progress(is)
	}
}
