package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"time"
)

// A Usage is what was done with one key.
type Usage struct {
	Requests int64  `json:"requests"`            // that were let in
	Refused  int64  `json:"refused"`             // for a limit of the key
	Tokens   int64  `json:"tokens"`              // that the model read for them
	LastUsed string `json:"last_used,omitempty"` // the day of the last request that was let in, "2026-11-26", UTC
}

func (u Usage) plus(v Usage) Usage {
	return Usage{u.Requests + v.Requests, u.Refused + v.Refused, u.Tokens + v.Tokens, max(u.LastUsed, v.LastUsed)}
}

// usageFile is the form of a file of usage.
type usageFile struct {
	Usage map[string]Usage `json:"usage"` // by the name of the key
}

// usagePath is where the usage of a file of keys is kept.
func usagePath(path string) string { return path + ".usage" }

// ReadUsage returns what was done with the keys of a file, by their names: all that servers have saved, which they do
// every few seconds. Where none has, it is empty.
func ReadUsage(path string) (map[string]Usage, error) {
	var f usageFile
	data, err := os.ReadFile(usagePath(path))
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keyring: %s: %w", usagePath(path), err)
	}
	if f.Usage == nil { // there is no file, or somebody emptied it by hand
		f.Usage = map[string]Usage{}
	}
	return f.Usage, nil
}

// addUsage adds to what is saved, so that several servers may count for one file of keys.
func addUsage(path string, fresh map[string]Usage) error {
	return locked(path, func() error {
		all, err := ReadUsage(path)
		if err != nil {
			return err
		}
		for name, u := range fresh {
			all[name] = all[name].plus(u)
		}
		return replace(usagePath(path), usageFile{all}, forOwner)
	})
}

// saveEvery is how often usage is saved: a crash loses no more.
const saveEvery = 5 * time.Second

// Usage is what was done with each key, by its name: with those of the file ever, with others since the Ring was opened.
func (r *Ring) Usage() (map[string]Usage, error) {
	all := map[string]Usage{}
	var err error
	if r.cfg.Path != "" {
		all, err = ReadUsage(r.cfg.Path)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, u := range r.fresh {
		if err == nil {
			all[name] = all[name].plus(u)
		}
	}
	return all, err
}

// Save adds what was used since the last time to the file beside that of the keys.
func (r *Ring) Save() error {
	r.mu.Lock()
	fresh := maps.Clone(r.fresh)
	for _, m := range r.fixed {
		delete(fresh, m.Name)
	}
	for name := range fresh {
		delete(r.fresh, name)
	}
	r.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	err := addUsage(r.cfg.Path, fresh)
	if err != nil { // next time, then
		r.mu.Lock()
		defer r.mu.Unlock()
		for name, u := range fresh {
			r.fresh[name] = r.fresh[name].plus(u)
		}
	}
	return err
}

// Keep saves what is used every five seconds until ctx ends, and once more then.
func (r *Ring) Keep(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	told := ""
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			last = true
		}
		switch err := r.Save(); {
		case err == nil:
			told = ""
		case err.Error() != told:
			told = err.Error()
			r.cfg.Logger.Error("the usage of keys cannot be saved; it is tried again", "error", told)
		}
	}
}
