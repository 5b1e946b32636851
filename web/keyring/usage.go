package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	f := usageFile{Usage: map[string]Usage{}}
	data, err := os.ReadFile(usagePath(path))
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keyring: %s: %w", usagePath(path), err)
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
		return replace(usagePath(path), usageFile{all})
	})
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
