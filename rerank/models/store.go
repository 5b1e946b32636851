package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What can be wrong with a model in a store. The error around each says what to do about it.
var (
	ErrNotPulled = errors.New("the model is not here")
	ErrExists    = errors.New("there is another model of that name")
	ErrDamaged   = errors.New("the model is damaged")
)

// A Store is a folder with a folder for each model in it. It may be used by several processes at once. The zero value
// holds nothing.
type Store struct{ Dir string }

// Beside the folder of a model called NAME there may be hidden ones: .NAME.part with what has come of it so far,
// .NAME.gone on its way out, and .NAME.lock, whose owner may change the others. No model's name begins with a dot.
const (
	partSuffix = ".part"
	goneSuffix = ".gone"
	lockSuffix = ".lock"
)

func (s Store) path(name string) string           { return filepath.Join(s.Dir, name) }
func (s Store) beside(name, suffix string) string { return filepath.Join(s.Dir, "."+name+suffix) }

// Find returns the model of a name, in upper or lower case. Its error wraps ErrNotPulled or ErrDamaged.
func (s Store) Find(name string) (Model, error) {
	m, err := s.read(strings.ToLower(name))
	if err != nil {
		return Model{}, fmt.Errorf("models: %q: %w", name, err)
	}
	return m, nil
}

// read reads the record of a model, and makes sure that its files are there, in their length.
func (s Store) read(name string) (Model, error) {
	if s.Dir == "" || CheckName(name) != nil {
		return Model{}, ErrNotPulled
	}
	dir := s.path(name)
	data, err := os.ReadFile(filepath.Join(dir, recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return Model{}, ErrNotPulled
	}
	if err != nil {
		return Model{}, err
	}
	m, err := parseRecord(data)
	if err != nil {
		return Model{}, fmt.Errorf("%w: %s: %w: %s", ErrDamaged, filepath.Join(dir, recordName), err, anew)
	}
	m.Name, m.dir = name, dir // its folder may have been renamed
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return m, fmt.Errorf("%w: %s is missing: %s", ErrDamaged, filepath.Join(dir, f.Name), anew)
		case err != nil:
			return m, err
		case info.Size() != f.Size:
			return m, fmt.Errorf("%w: %s has %d bytes, and had %d when it was pulled: %s", ErrDamaged, filepath.Join(dir, f.Name), info.Size(), f.Size, anew)
		}
	}
	return m, nil
}

const anew = "remove it, and pull it again"

// List returns all models, by name. Where some cannot be read the error says why, and the others are returned all the same.
func (s Store) List() (list []Model, err error) {
	entries, err := s.entries()
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e, ".") {
			continue
		}
		m, err := s.Find(e)
		switch {
		case err == nil:
			list = append(list, m)
		case !errors.Is(err, ErrNotPulled): // something else that lies in the folder
			errs = append(errs, err)
		}
	}
	return list, cmp.Or(err, errors.Join(errs...))
}

// entries are the names in the store's folder; none where there is no folder yet.
func (s Store) entries() (names []string, err error) {
	if s.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("models: %w", err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// Remove deletes a model, and what has come of one that was not pulled to its end. Its error wraps ErrNotPulled where
// there is neither.
func (s Store) Remove(ctx context.Context, name string) error {
	name = strings.ToLower(name)
	if err := s.remove(ctx, name); err != nil {
		return fmt.Errorf("models: remove %q: %w", name, err)
	}
	return nil
}

func (s Store) remove(ctx context.Context, name string) error {
	if s.Dir == "" || CheckName(name) != nil || !s.holds(name) {
		return ErrNotPulled
	}
	unlock, err := s.lock(ctx, name, nil)
	if err != nil {
		return err
	}
	defer unlock()
	gone := s.beside(name, goneSuffix)
	if err := os.RemoveAll(gone); err != nil { // left over from a crash
		return err
	}
	if isThere(filepath.Join(s.path(name), recordName)) { // another folder of that name is not the store's
		// One step takes it out of the store; deleting is many.
		if err := os.Rename(s.path(name), gone); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(gone), os.RemoveAll(s.beside(name, partSuffix)))
}

// holds tells whether there is a model of that name, whole, damaged or under way.
func (s Store) holds(name string) bool {
	return isThere(filepath.Join(s.path(name), recordName)) || isThere(s.beside(name, partSuffix))
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
